"""The charting library comes from its wheel: packed where the browser can unpack it, and only once."""

from __future__ import annotations

from tests.console.conftest import Door


async def test_charts_are_served_locally_packed_and_kept_by_the_browser(door: Door) -> None:
    packed = await door.http.get("/console/lib/plotly.min.js")
    assert (packed.status_code, packed.headers["content-encoding"]) == (200, "gzip")
    assert int(packed.headers["content-length"]) < 2_000_000 < len(packed.content)
    again = await door.http.get(
        "/console/lib/plotly.min.js", headers={"If-None-Match": packed.headers["etag"]}
    )
    assert again.status_code == 304
    plain = await door.http.get("/console/lib/plotly.min.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == packed.content
