"""Whether built pages load anything from elsewhere, or lead to what is not there.

`python -m docs.links build/docs` prints what is wrong, and ends with 1 if anything is.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {
    ("audio", "src"), ("embed", "src"), ("form", "action"), ("iframe", "src"), ("image", "href"),
    ("img", "src"), ("img", "srcset"), ("input", "src"), ("link", "href"), ("object", "data"),
    ("script", "src"), ("source", "src"), ("source", "srcset"), ("track", "src"), ("use", "href"),
    ("video", "poster"), ("video", "src"),
}  # fmt: skip
"""Attributes that a browser follows by itself, or where it sends what somebody typed."""
IN_CSS = re.compile(r"""(?:url\(|@import)\s*["']?([^"')\s;]+)""")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
IN_SCRIPT = re.compile(r"""(?:fetch|import|importScripts)\(\s*["'`](https?:)?//""")


class Page(HTMLParser):
    """What a page loads, leads to and can be led to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.names: set[str] = set()
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        for name, value in attrs:
            if value is None:
                continue
            if name in {"id", "name"}:
                self.names.add(value)
            if (tag, name) in LOADED:
                self.loads.append(value)
            elif (tag, name) == ("a", "href"):
                self.leads.append(value)
            elif name == "style":
                self.loads += IN_CSS.findall(value)

    def handle_data(self, data: str) -> None:
        if self._tag == "style":
            self.loads += IN_CSS.findall(COMMENT.sub("", data))


def faults(folder: Path) -> Iterator[str]:
    """Every fault of the pages, stylesheets and scripts below a folder, in words."""
    folder = folder.resolve()
    pages = {path: Page(path.read_text()) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        here = path.relative_to(folder)
        yield from (f"{here} loads {one}" for one in page.loads if is_foreign(one))
        yield from (f"{here} leads to {one}" for one in page.leads if _is_dead(path, one, pages))
    for path in sorted(folder.rglob("*.css")):
        for one in IN_CSS.findall(COMMENT.sub("", path.read_text())):
            if is_foreign(one):
                yield f"{path.relative_to(folder)} loads {one}"
    for path in sorted(folder.rglob("*.js")):
        if IN_SCRIPT.search(path.read_text()):
            yield f"{path.relative_to(folder)} fetches from elsewhere"


def is_foreign(address: str) -> bool:
    """Whether a browser would ask another host for it."""
    parts = urlsplit(address.strip())
    return bool(parts.netloc) or parts.scheme not in {"", "data"}


def _is_dead(path: Path, address: str, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return False
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return True
    known = pages.get(target)
    return bool(known and parts.fragment and unquote(parts.fragment) not in known.names)


def main(folder: str | Path) -> int:
    """The exit code: 1 where anything is wrong."""
    found = list(faults(Path(folder)))
    sys.stderr.writelines(f"{one}\n" for one in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
