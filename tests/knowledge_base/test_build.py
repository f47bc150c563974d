"""What is built belongs together, is the same each time, and says so when it does not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from core.errors import StaffError
from knowledge_base.article_files import load_articles
from knowledge_base.build import build
from knowledge_base.encoder import SentenceTransformerEncoder, open_encoder
from knowledge_base.evaluation import Part, held_out, part_of
from knowledge_base.gram_embedding import GramEmbedding
from knowledge_base.index import VectorIndex
from knowledge_base.load import open_retriever
from knowledge_base.segment import INDEX, Segment
from knowledge_base.thesaurus import load_thesaurus
from knowledge_base.training import train_encoder
from tests.knowledge_base.small_corpus import NOW, RING, SMALL, STRANGERS, write_small


def test_training_twice_gives_the_same_vectors(tmp_path: Path) -> None:
    articles = load_articles(write_small(tmp_path / "articles"))
    models = [train_encoder(articles, load_thesaurus(), tmp_path / name) for name in ("one", "two")]
    one, two = (model.encode(["出国怎么上网"]) for model in models)
    assert np.array_equal(one, two)


def test_held_out_questions_are_nowhere_in_what_is_built(built: Path, tmp_path: Path) -> None:
    articles = load_articles(write_small(tmp_path / "articles"))
    corpus = "".join(path.read_text(encoding="utf-8") for path in built.glob("part-*/articles.jsonl"))
    texts = [text for part in Part for text, _ in held_out(articles, part)]
    assert len(texts) == 24
    assert not [text for text in texts if json.dumps(text, ensure_ascii=False) in corpus]


def test_one_text_alone_and_in_a_batch_get_the_same_unit_vector(built: Path) -> None:
    encoder = open_encoder(str(built / "model"))
    alone, batch = encoder.encode(["漫游怎么开"]), encoder.encode(["漫游怎么开", "开发票"])
    assert np.allclose(alone[0], batch[0], atol=1e-5)
    assert np.linalg.norm(alone[0]) == pytest.approx(1, abs=1e-5)


def test_model_read_without_torch_gives_the_same_vectors(built: Path) -> None:
    texts = ["漫游怎么开", "开发票", "!!"]
    with_torch = SentenceTransformer(modules=[GramEmbedding.load(str(built / "model"))], device="cpu")
    expected = SentenceTransformerEncoder(with_torch, "model").encode(texts)
    assert np.allclose(open_encoder(str(built / "model")).encode(texts), expected, atol=1e-5)


def own_model(folder: Path) -> str:
    """Save a tiny sentence-transformers model that none of our code made."""
    vocabulary = {char: n for n, char in enumerate(["?", *sorted({c for c in SMALL if c > "一"})])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="?"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    weights = np.random.default_rng(1).standard_normal((len(vocabulary), 48)).astype(np.float32)
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)])
    model.save(str(folder))
    return str(folder)


def test_another_sentence_transformers_model_goes_through_the_same_code(tmp_path: Path) -> None:
    name = own_model(tmp_path / "own")
    manifest = build(write_small(tmp_path / "a"), [RING], tmp_path / "b", name, at=NOW, strangers=STRANGERS)
    assert (manifest.model, manifest.dimension) == (name, 48)
    assert open_retriever(tmp_path / "b", name).search("怎么开电子发票")[0].article.id == "invoice"
    with pytest.raises(StaffError, match="app train"):
        open_retriever(tmp_path / "b", "")


def test_encoder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(StaffError, match="TONGDA_ENCODER"):
        open_encoder(str(tmp_path / "empty"))


def copy_of(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "copy"))


def part_of_copy(folder: Path) -> Path:
    return next(folder.glob("part-*"))


def refusal(folder: Path) -> str:
    with pytest.raises(StaffError) as error:
        open_retriever(folder)
    assert "run: .venv/bin/python -m app train" in error.value.detail
    return error.value.detail


def test_missing_knowledge_base_says_what_to_run(tmp_path: Path) -> None:
    assert "no knowledge base" in refusal(tmp_path / "nothing")


def test_index_of_another_size_is_refused(built: Path, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path)
    part = part_of_copy(folder)
    VectorIndex.build(Segment(part).vectors_of(0)).save(part / INDEX)
    assert "rows" in refusal(folder)


def test_index_of_another_model_is_refused(built: Path, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["probe"] = [-value for value in manifest["probe"]]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert "not the model" in refusal(folder)


def test_file_changed_after_the_build_is_refused(built: Path, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path)
    corpus = part_of_copy(folder) / "articles.jsonl"
    corpus.write_text(corpus.read_text(encoding="utf-8").replace("红灯", "绿灯"), encoding="utf-8")
    assert "changed after it was built" in refusal(folder)


def test_damaged_index_is_refused(built: Path, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path)
    (part_of_copy(folder) / INDEX).write_bytes(b"not an index")
    assert "cannot be read" in refusal(folder)


def test_failed_build_leaves_the_old_one_in_place(built: Path, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(StaffError, match="no article file"):
        build(tmp_path / "empty", [RING], folder, at=NOW)
    assert open_retriever(folder).articles
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "empty"]


def test_held_out_question_never_changes_sides() -> None:
    sides = {text: part_of(text) for text in ("怎么充值", "怎么退订", "没信号", "开发票")}
    assert sides == {"怎么充值": Part.TEST, "怎么退订": Part.TEST, "没信号": Part.DEV, "开发票": Part.TEST}
