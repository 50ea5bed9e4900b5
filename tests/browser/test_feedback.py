"""What a real browser reports of the lists it shows."""

import json

import pytest

from tests.browser.reports import EVENTS, KEPT, answer_of, events_of
from tests.browser.test_walkthrough import household

pytestmark = pytest.mark.browser


def test_lists_in_view_and_clicks_are_reported(page):
    page.add_init_script(KEPT)
    household(page)
    page.goto("/")
    with page.expect_response(EVENTS) as answered:
        page.wait_for_timeout(100)
    shown = events_of(answered.value.request)
    assert answer_of(page) == {"accepted": len(shown), "ignored": {}}
    assert {event["kind"] for event in shown} == {"shown"}
    tile = page.get_by_role("region", name="New to your basket").get_by_role("listitem").first
    key = tile.get_attribute("data-clvrec-item")
    tile.get_by_role("heading").get_by_role("link").click()
    page.wait_for_url("**/product/**")
    left = json.loads(page.evaluate("sessionStorage.getItem('beacon')"))["events"]
    assert [event["item"] for event in left if event["kind"] == "clicked"] == [key]
