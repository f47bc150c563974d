import pytest
from tests.browser.alone import FakeService
from tests.browser.conftest import *
from tests.browser.test_widget_people import _tells_all, _asks_for_stars, _asks, DETAILS
@pytest.mark.parametrize("theme",["light","dark"])
def test_shot(phone, theme):
    s=FakeService(phone); _tells_all(s); _asks_for_stars(s); s.open(theme)
    phone.get_by_role("button", name="有用", exact=True).click()
    phone.get_by_role("radio", name="4星").click()
    phone.wait_for_timeout(400)
    phone.evaluate("document.querySelector('tongda-widget').log.scrollTop=0"); phone.wait_for_timeout(200)
    phone.screenshot(path=f"/tmp/p-{theme}-1.png")
    _asks(s, DETAILS, "谢谢您的评价！您的问题解决了吗？")
    for n in ("没解决","等待太久"): phone.get_by_role("button", name=n, exact=True).click()
    phone.wait_for_timeout(200); phone.mouse.move(0,0)
    phone.screenshot(path=f"/tmp/p-{theme}-2.png")
