"""What a real browser reports of the lists it shows."""

import json

import pytest

from tests.browser.test_walkthrough import household

pytestmark = pytest.mark.browser

EVENTS = "**/clvrec/events/"


def events_of(request):
    return json.loads(request.post_data)["events"]


def test_lists_in_view_and_clicks_are_reported(page):
    household(page)
    page.goto("/")
    with page.expect_response(EVENTS) as answered:
        page.wait_for_timeout(100)
    response = answered.value
    shown = events_of(response.request)
    assert response.json() == {"accepted": len(shown), "ignored": {}}
    assert {event["kind"] for event in shown} == {"shown"}
    tile = page.get_by_role("region", name="New to your basket").get_by_role("listitem").first
    key = tile.get_attribute("data-clvrec-item")
    with page.expect_request(EVENTS) as left:
        tile.get_by_role("heading").get_by_role("link").click()
    clicks = [event for event in events_of(left.value) if event["kind"] == "clicked"]
    assert [event["item"] for event in clicks] == [key]
