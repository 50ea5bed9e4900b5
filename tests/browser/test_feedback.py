"""What a real browser reports of the lists it shows."""

import json

import pytest

from tests.browser.test_walkthrough import household

pytestmark = pytest.mark.browser

EVENTS = "**/clvrec/v1/events/"


def events_of(request):
    return json.loads(request.post_data)["events"]


KEPT = """
const send = navigator.sendBeacon.bind(navigator);
navigator.sendBeacon = (url, body) => {
  sessionStorage.setItem("beacon", body);
  return send(url, body);
};
"""
"""What a page sends as it is left is not told to those who watch it from outside."""


def test_lists_in_view_and_clicks_are_reported(page):
    page.add_init_script(KEPT)
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
    tile.get_by_role("heading").get_by_role("link").click()
    page.wait_for_url("**/product/**")
    left = json.loads(page.evaluate("sessionStorage.getItem('beacon')"))["events"]
    assert [event["item"] for event in left if event["kind"] == "clicked"] == [key]
