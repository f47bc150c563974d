"""The drafts as they stand are tried out with the catalogue of now, before any release."""

from __future__ import annotations

from dataclasses import replace

from core.ids import OfferingId
from tests.knowledge_base.content.writing import article
from tests.knowledge_base.small_corpus import RING
from tests.newsroom.house import House, until


async def test_drafts_are_filled_from_the_catalogue_of_now_and_who_cannot_be_is_named(house: House) -> None:
    process = await house.process()
    await process.content.create(
        article("note", title="便签业务怎么收费", answer="每月{{vas-note.price}}。"), "wang"
    )
    await process.content.create(article("lost", title="没有的业务", answer="{{nobody.price}}"), "wang")
    await process.content.delete("invoice", 1, "wang")
    drafts = await until(process.newsroom.drafts, 200.0)
    assert (drafts.article("note"), drafts.article("invoice")) == (None, None)
    assert sorted(process.newsroom.left_out()) == ["便签业务怎么收费", "没有的业务"]

    note = replace(RING, id=OfferingId("vas-note"), name="便签", nicknames=())
    house.catalogue = (RING, note)  # as an import brings it
    drafts = await until(process.newsroom.drafts, 200.0)
    found = drafts.article("note")
    assert (found and found.answer, process.newsroom.left_out()) == ("每月6元/月。", ("没有的业务",))
    assert drafts.article(f"offering-{note.id}-overview") is not None
    assert process.retriever.article("note") is None
