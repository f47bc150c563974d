"""A catalogue of an operator that does not exist, and questions about it with their true reading."""

from __future__ import annotations

import json
from pathlib import Path

ROWS = [
    {
        "entity": "晨光套餐",
        "tier": "晨光_0",
        "价格": "30",
        "流量": "10240",
        "开通方式": "开_1",
        "取消方式": "退_1",
    },
    {
        "entity": "晨光套餐",
        "tier": "晨光_1",
        "价格": "50",
        "流量": "20480",
        "开通方式": "开_2",
        "取消方式": "退_1",
    },
    {
        "entity": "晨光套餐",
        "tier": "晨光_2",
        "价格": "80",
        "流量": "40960",
        "开通方式": "开_3",
        "产品_生效规则": "次月",
    },
    {"entity": "星河铃音", "tier": "铃_0", "价格": "6", "子业务": "月包", "开通方式": "开_4"},
    {"entity": "星河铃音", "tier": "铃_1", "价格": "60", "子业务": "年包", "开通方式": "开_4"},
    {"entity": "山海活动", "tier": "山_0", "业务简介": "简_5", "开通条件": "限_5", "取消条件": "退限_5"},
]
SYNONYMS = "entity\tsynonyms\n晨光套餐\t晨光卡|朝阳卡\n星河铃音\t铃声|来电音乐\n山海活动\t无\n"
TRIPLES = "subject\tpredicate\tobject\n山海活动\t使用范围\t范_5\n山海\t结转规则\t结_5\n"
SCHEME = "一级属性\t二级属性\t示例\t说明\t例句\n生效规则\t\t\t什么时候开始算\t这个月就能用吗\n\t价格\t9\t多少钱\t要花多少\n"


def write_catalogue(folder: Path) -> Path:
    """Write the catalogue's tables into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
    (folder / "plan_catalogue.jsonl").write_text(lines, encoding="utf-8")
    (folder / "synonyms.tsv").write_text(SYNONYMS, encoding="utf-8")
    (folder / "triples.tsv").write_text(TRIPLES, encoding="utf-8")
    (folder / "scheme.tsv").write_text(SCHEME, encoding="utf-8")
    return folder


def question(
    text: str, entity: str, asked: str, answer: str, constraint: tuple[str, str, str] = ("", "", "")
) -> dict[str, str]:
    """Return one line of a file of questions; `constraint` is property, comparison and value."""
    name, op, value = constraint
    return {
        "question": text,
        "entity": entity,
        "property": asked,
        "answer": answer,
        "constraint_prop": name,
        "constraint_op": op,
        "constraint_value": value,
    }


QUESTIONS = [
    question("晨光套餐如何退订", "晨光套餐", "档位介绍-取消方式", "退_1"),
    question("50元的朝阳卡怎么开通", "晨光套餐", "档位介绍-开通方式", "开_2", ("价格", "=", "50")),
    question("来电音乐年包多少钱", "星河铃音", "档位介绍-价格", "60", ("子业务", "=", "年包")),
    question("请问山海活动是什么", "山海活动", "档位介绍-业务简介", "简_5"),
    question("为什么我办理不了山海活动", "山海活动", "档位介绍-开通条件", "限_5"),
    question("晨光卡什么时候生效", "晨光套餐", "生效规则", "次月"),
    question(
        "铃声月包多少钱，怎么办理",
        "星河铃音",
        "档位介绍-价格|档位介绍-开通方式",
        "6|开_4",
        ("子业务", "=", "月包"),
    ),
    question("最便宜的晨光卡有多少流量", "晨光套餐", "档位介绍-流量", "10240", ("价格", "min", "1")),
]


def write_questions(path: Path) -> Path:
    """Write the questions, one a line, and return the file."""
    path.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in QUESTIONS), encoding="utf-8"
    )
    return path
