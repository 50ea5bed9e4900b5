"""How Sphinx builds the documentation: `make docs`.

The repository is the source folder, so that links between pages, the README and other files are the
same here and where the repository is hosted.
"""

import re
from pathlib import Path

from pygments.lexers.shell import BashLexer
from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
HOME = "docs/index"

project = "django-clvrec"
copyright = "the authors of django-clvrec"  # noqa: A001 - so Sphinx calls it
[release] = re.findall(r'__version__ = "(.*)"', (ROOT / "django_clvrec/__init__.py").read_text())
version = release

extensions = ["myst_parser"]
root_doc = HOME
include_patterns = ["*.md", "docs/**.md", "benchmarks/README.md"]
nitpicky = True
# GitHub's names of headings, for links such as page.md#heading
myst_heading_anchors = 4

# quotes in code that stands in a sentence are to be copied
smartquotes = False

html_theme = "furo"
html_title = f"django-clvrec {release}"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False


def setup(app: Sphinx) -> None:
    """A crontab is coloured as a shell; the folder's first page leads to the home."""
    app.add_lexer("cron", BashLexer)
    app.connect("build-finished", _lead_home)


def _lead_home(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        leads = f'<meta http-equiv="refresh" content="0; url={HOME}.html">'
        page = f"<!doctype html><title>{project}</title>{leads}\n"
        Path(app.outdir, "index.html").write_text(page)
