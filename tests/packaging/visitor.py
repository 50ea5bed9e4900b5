"""A visitor with cookies, and no more: what the environment of a reader has no need of."""

import re
import time
import urllib.request
from http.cookiejar import CookieJar
from urllib.error import URLError
from urllib.parse import urlencode

START_SECONDS = 60
NAME = re.compile(r'class="clvrec-name">\s*(?:<a [^>]*>)?([^<]+)')


class Visitor:
    """Looks at pages of a site, and signs in."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def page(self, path: str, **form: str) -> str:
        data = urlencode(form).encode() if form else None
        with self.opener.open(self.site + path, data, timeout=START_SECONDS) as answer:
            return answer.read().decode()

    def wait(self) -> "Visitor":
        """Until the site answers."""
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self.page("/")
            except URLError:
                assert time.monotonic() < until, "the site does not answer"
                time.sleep(0.2)
            else:
                return self

    def sign_in(self, path: str, name: str, password: str) -> "Visitor":
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(path))
        self.page(path, username=name, password=password, csrfmiddlewaretoken=token[1])
        return self


def shelves(page: str) -> dict[str, list[str]]:
    """The names on each shelf of a page, by its title."""
    found = {}
    for shelf in page.split("<section")[1:]:
        title = re.search(r"<h2[^>]*>([^<]+)", shelf)[1]
        found[title] = [name.strip() for name in NAME.findall(shelf)]
    return found
