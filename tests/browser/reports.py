"""What a page reports of its lists, and how that is answered."""

import json

EVENTS = "**/clvrec/v1/events/"
KEPT = """
const send = navigator.sendBeacon.bind(navigator);
navigator.sendBeacon = (url, body) => {
  sessionStorage.setItem("beacon", body);
  return send(url, body);
};
const ask = window.fetch;
window.fetch = async (...words) => {
  const response = await ask(...words);
  if (response.url.endsWith("/events/")) {
    sessionStorage.setItem("answer", await response.clone().text());
  }
  return response;
};
"""
"""What a page sends as it is left is not told to those who watch it from outside, and of an answer
that may outlive its page they may wait for the body without end."""


def events_of(request):
    return json.loads(request.post_data)["events"]


def answer_of(page):
    """Of the last report; the page needs the script KEPT."""
    wait_until(page, lambda: page.evaluate("sessionStorage.getItem('answer')"))
    return json.loads(page.evaluate("sessionStorage.getItem('answer')"))


def wait_until(page, found, tries=100):
    """Not wait_for_function, which has to evaluate a text: a page's policy may forbid that."""
    while not found():
        tries -= 1
        assert tries, "it did not happen within five seconds"
        page.wait_for_timeout(50)
