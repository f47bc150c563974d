"""The catalogue over real HTTP: read, edited, imported; the answers made from it follow at once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from bss.sandbox.catalogue import load_offerings
from conversations.desk_model import Role
from core.clock import FixedClock
from core.database import Database
from core.ids import OfferingId
from core.money import Fen
from core.settings import Settings
from core.tmf_offering import to_tmf
from knowledge_base.catalogue.answerer import CatalogueAnswerer
from knowledge_base.catalogue.answers import CatalogueAnswer
from tests.console.files_desk import FilesDesk, Staff
from tests.knowledge_base.sheets import csv_of, workbook_of

HEADER = ("套餐名称", "月费", "国内流量", "国内语音", "办理方式", "别名")
ROW = ("城市畅游卡", "29元/月", "12GB", "80分钟", "发送CY29到10066", "畅游卡")
CELLS = {
    "name": "城市畅游卡",
    "category": "套餐",
    "price": "29",
    "period": "月",
    "data": "12GB",
    "voice": "80",
}


@pytest.fixture
async def desk(
    database: Database, clock: FixedClock, settings: Settings, tmp_path: Path
) -> AsyncIterator[FilesDesk]:
    """The routes on a free port, with the shipped catalogue as the billing system's."""
    desk = FilesDesk(database, clock, settings, tmp_path / "imports")
    desk.billing = list(load_offerings())
    async with desk.open() as opened:
        yield opened


@pytest.fixture
async def operator(desk: FilesDesk) -> Staff:
    """An operator, signed in."""
    return await desk.signs_in("lin", Role.OPERATOR)


async def test_an_imported_table_answers_catalogue_questions_at_once(
    desk: FilesDesk, operator: Staff
) -> None:
    job = await operator.imports("套餐.xlsx", workbook_of(ROW, header=HEADER), kind="offerings")
    answer = CatalogueAnswerer.from_offerings(await desk.shelves.offerings()).ask("城市畅游卡多少钱")

    assert (job["state"], job["created"], job["columns"]["月费"]) == ("done", 1, "price")
    assert isinstance(answer, CatalogueAnswer)
    offering = next(one for one in await desk.shelves.offerings() if one.id == answer.offerings[0])
    assert (offering.name, offering.price_fen, offering.data_mb, offering.is_orderable) == (
        "城市畅游卡",
        2900,
        12288,
        False,
    )
    assert desk.changes == 1


async def test_columns_are_shown_and_can_be_read_another_way_before_anything_goes_in(
    desk: FilesDesk, operator: Staff
) -> None:
    data = csv_of(("城市畅游卡", "29", "畅快"), header=("名称", "标价", "口号")).encode("gbk")
    job = await operator.imports("a.csv", data, kind="offerings", dry_run="1")
    assert (job["columns"], job["problem_count"]) == ({"名称": "name", "标价": "", "口号": ""}, 1)
    assert "价格" in job["problems"][0]["message"]

    await operator.http.put(
        f"/api/knowledge/imports/{job['id']}/columns",
        json={"columns": {"标价": "price", "口号": "description"}},
    )
    job = await operator.settled(job["id"])
    (row,) = (await operator.get(f"knowledge/imports/{job['id']}/rows"))["rows"]
    assert (row["verdict"], row["body"]["price_fen"], row["body"]["description"]) == ("create", 2900, "畅快")
    await operator.http.post(f"/api/knowledge/imports/{job['id']}/apply", json={})
    assert (await operator.settled(job["id"]))["state"] == "done"


async def test_what_others_changed_of_an_offering_since_the_file_was_read_stays(operator: Staff) -> None:
    header = ("编号", "名称", "价格", "办理方式")
    rows = (("宽带-百兆", "百兆光宽", "50元/月", "打10066"), ("宽带-千兆", "千兆光宽", "99元/月", "打10066"))
    await operator.imports("a.csv", csv_of(*rows, header=header).encode(), kind="offerings")
    later = [(*row[:2], price, "在APP办") for row, price in zip(rows, ("55元/月", "99元/月"), strict=True)]
    job = await operator.imports(
        "b.csv", csv_of(*later, header=header).encode(), kind="offerings", dry_run="1"
    )
    for name in ("宽带-百兆", "宽带-千兆"):
        path = f"/api/catalogue/offerings/{quote(name)}"
        shown = (await operator.http.get(path)).json()
        await operator.http.put(
            path, json={"cells": {**shown["cells"], "price": "60"}, "version": shown["version"]}
        )
    await operator.http.post(f"/api/knowledge/imports/{job['id']}/apply", json={})
    done = await operator.settled(job["id"])

    assert (done["state"], done["updated"], [one["row"] for one in done["problems"]]) == ("done", 1, [2])
    cells = [(await operator.get(f"catalogue/offerings/{quote(row[0])}"))["cells"] for row in rows]
    assert [(each["price"], each["subscribe"]) for each in cells] == [("60", "打10066"), ("60", "在APP办")]


async def test_tmf620_changes_what_differs_and_leaves_the_rest(desk: FilesDesk, operator: Staff) -> None:
    changed = replace(desk.billing[0], subscribe="在APP首页办理")
    nodes = [to_tmf(changed), *(to_tmf(one) for one in desk.billing[1:3])]
    job = await operator.imports("tmf.json", json.dumps(nodes).encode(), kind="offerings")

    assert (job["created"], job["updated"], job["unchanged"]) == (0, 1, 2)
    shown = await operator.get(f"catalogue/offerings/{changed.id}")
    assert (shown["cells"]["subscribe"], shown["own_fields"], shown["is_orderable"]) == (
        "在APP首页办理",
        ["subscribe"],
        True,
    )
    assert any("在APP首页办理" in article["answer"] for article in shown["articles"])


async def test_an_edited_price_is_told_but_no_longer_ordered_in_the_chat(
    desk: FilesDesk, operator: Staff
) -> None:
    plan = await operator.get("catalogue/offerings/plan-star-59")
    answer = await operator.http.put(
        "/api/catalogue/offerings/plan-star-59",
        json={"cells": {**plan["cells"], "price": "49"}, "version": plan["version"]},
    )

    shown = answer.json()
    assert (shown["shown"]["price"], shown["is_orderable"], shown["differs"]) == (
        "49元/月",
        False,
        ["price_fen"],
    )
    assert shown["billing_cells"]["price"] == "59"
    assert any("49元/月" in article["answer"] for article in shown["articles"])
    listed = await operator.get("catalogue/offerings", state="differs")
    assert [one["id"] for one in listed["offerings"]] == ["plan-star-59"]


async def test_a_price_the_billing_system_changes_later_wins(desk: FilesDesk, operator: Staff) -> None:
    plan = await operator.get("catalogue/offerings/plan-star-59")
    await operator.http.put(
        "/api/catalogue/offerings/plan-star-59",
        json={"cells": {**plan["cells"], "price": "49"}, "version": 0},
    )
    desk.billing = [
        replace(one, price_fen=Fen(6900)) if one.id == "plan-star-59" else one for one in desk.billing
    ]
    desk.shelves.forget()

    shown = await operator.get("catalogue/offerings/plan-star-59")
    assert (shown["shown"]["price"], shown["is_orderable"], shown["overtaken"]) == (
        "69元/月",
        True,
        ["price_fen"],
    )


async def test_an_offering_is_added_edited_taken_back_and_restored(desk: FilesDesk, operator: Staff) -> None:
    added = (await operator.http.post("/api/catalogue/offerings", json={"cells": CELLS})).json()
    path = f"/api/catalogue/offerings/{added['id']}"
    await operator.http.put(
        path, json={"cells": {**added["cells"], "price": "39"}, "version": added["version"]}
    )
    await operator.http.request("DELETE", path, json={"version": 2})
    gone = await operator.get(f"catalogue/offerings/{added['id']}")
    assert (gone["is_deleted"], gone["is_offered"], gone["cells"]["price"]) == (True, False, "39")
    listed = await operator.get("catalogue/offerings", state="deleted")
    assert [one["name"] for one in listed["offerings"]] == [added["name"]]
    restored = (await operator.http.post(f"{path}/restore", json={"number": 1, "version": 3})).json()

    assert (restored["cells"]["price"], restored["is_deleted"]) == ("29", False)
    assert (await operator.get("catalogue/offerings", state="deleted"))["total"] == 0
    deeds = [one["deed"] for one in await operator.get(f"catalogue/offerings/{added['id']}/revisions")]
    assert deeds == ["restored", "deleted", "changed", "created"]
    assert await desk.noted() == [
        "offering.changed",
        "offering.changed",
        "offering.deleted",
        "offering.changed",
    ]
    assert desk.changes == 4


async def test_the_second_of_two_operators_is_told(operator: Staff) -> None:
    plan = await operator.get("catalogue/offerings/plan-star-59")
    body = {"cells": {**plan["cells"], "cancel": "随时"}, "version": plan["version"]}
    first = await operator.http.put("/api/catalogue/offerings/plan-star-59", json=body)
    second = await operator.http.put("/api/catalogue/offerings/plan-star-59", json=body)

    assert (first.status_code, second.status_code, second.json()["error"]["code"]) == (
        200,
        409,
        "offering.taken",
    )


@pytest.mark.parametrize(
    ("cells", "field"),
    [({"price": "很贵"}, "price"), ({"name": ""}, ""), ({"name": "星享套餐59元"}, "name"), ({"data": "无限"}, "data"), ({"name": "<script>x"}, "name"),
     ({"price": ""}, "price"), ({"category": "家电"}, "category")],
)  # fmt: skip
async def test_cells_that_make_no_offering_are_refused_with_the_field(
    operator: Staff, cells: dict[str, str], field: str
) -> None:
    answer = await operator.http.post("/api/catalogue/offerings", json={"cells": {**CELLS, **cells}})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "offering.invalid")
    assert field in {one["field"] for one in error["problems"]}


@pytest.mark.parametrize(("form", "name"), [("json", "a.json"), ("csv", "a.csv"), ("xlsx", "a.xlsx")])
async def test_an_exported_catalogue_imported_again_changes_nothing(
    operator: Staff, form: str, name: str
) -> None:
    exported = await operator.http.get("/api/catalogue/export", params={"format": form})
    job = await operator.imports(name, exported.content, kind="offerings")

    assert (job["created"], job["updated"], job["problem_count"], job["unchanged"]) == (
        0,
        0,
        0,
        len(load_offerings()),
    )


async def test_the_list_is_searched_and_counted(operator: Staff) -> None:
    found = await operator.get("catalogue/offerings", q="59", category="plan")

    assert "plan-star-59" in [one["id"] for one in found["offerings"]]
    assert found["categories"]["plan"] == sum(one.category.value == "plan" for one in load_offerings())


async def test_an_agent_and_a_page_without_token_are_refused(desk: FilesDesk, operator: Staff) -> None:
    agent = await desk.signs_in("agent", Role.AGENT)
    del operator.http.headers["X-CSRF-Token"]

    assert (await agent.http.get("/api/catalogue/offerings")).status_code == 403
    answer = await operator.http.post("/api/catalogue/offerings", json={"cells": CELLS})
    assert answer.json()["error"]["code"] == "csrf.wrong"


async def test_an_offering_whose_name_another_one_takes_can_still_be_renamed(
    desk: FilesDesk, operator: Staff
) -> None:
    added = (await operator.http.post("/api/catalogue/offerings", json={"cells": CELLS})).json()
    desk.billing = [*desk.billing, replace(desk.billing[0], id=OfferingId("plan-city"), name=CELLS["name"])]
    desk.shelves.forget()
    hidden = await operator.get(f"catalogue/offerings/{added['id']}")
    assert (hidden["taken_by"], hidden["is_offered"], hidden["articles"]) == (
        {"id": "plan-city", "name": "城市畅游卡"},
        False,
        [],
    )

    changed = await operator.http.put(
        f"/api/catalogue/offerings/{added['id']}",
        json={"cells": {**hidden["cells"], "name": "城市畅游卡29元"}, "version": hidden["version"]},
    )
    assert (changed.status_code, changed.json()["taken_by"], changed.json()["is_offered"]) == (
        200,
        None,
        True,
    )


async def test_an_update_is_shown_as_an_operator_would_write_it(operator: Staff) -> None:
    header = ("编号", "名称", "价格", "流量", "下线时间")
    row = ("plan-star-59", "星享套餐59元", "69", "30GB", "2027-01-31")
    job = await operator.imports("a.csv", csv_of(row, header=header).encode(), kind="offerings", dry_run="1")

    (shown,) = (await operator.get(f"knowledge/imports/{job['id']}/rows"))["rows"]
    assert [(one["field"], one["before"], one["after"]) for one in shown["changed"]] == [
        ("price", "59", "69"),
        ("data", "20GB", "30GB"),
        ("valid_to", "", "2027-01-31"),
    ]


async def test_an_offering_named_like_anothers_nickname_is_refused_in_an_import(operator: Staff) -> None:
    job = await operator.imports(
        "a.csv", csv_of(("59元套餐", "1"), header=("名称", "价格")).encode(), kind="offerings"
    )

    assert (job["created"], job["problem_count"]) == (0, 1)
    assert "plan-star-59" in job["problems"][0]["message"]
