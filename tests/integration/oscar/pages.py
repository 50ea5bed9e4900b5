"""The shelves of a page, as a visitor gets them."""

import re
from html.parser import HTMLParser


class Shelves(HTMLParser):
    """Item keys by the title of the shelf."""

    def __init__(self, html):
        super().__init__()
        self.found, self._title, self._in_shelf, self._in_heading = {}, "", False, False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if "clvrec-shelf" in told.get("class", ""):
            self._in_shelf = True
        if self._in_shelf and tag == "h2":
            self._in_heading, self._title = True, ""
        if "data-clvrec-item" in told:
            self.found.setdefault(self._title, []).append(told["data-clvrec-item"])

    def handle_endtag(self, tag):
        if tag == "h2":
            self._in_heading = False
        if tag == "section":
            self._in_shelf = False

    def handle_data(self, data):
        if self._in_heading:
            self._title += data


def shelves(response):
    return Shelves(response.content.decode()).found


def text_of(response):
    """What can be read on a page, without tags, scripts and tokens."""
    html = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", html)
