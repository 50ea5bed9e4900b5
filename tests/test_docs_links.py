"""Built pages load nothing from elsewhere and lead nowhere that is not there."""

import pytest

from docs.links import faults, main


@pytest.fixture
def built(tmp_path):
    """Writes files as a build does; what is wrong with them."""

    def built(page, **files):
        (tmp_path / "page.html").write_text(page)
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text)
        return [*faults(tmp_path)]

    return built


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<img src="http://pictures.example/a.png">',
        '<img srcset="https://pictures.example/a.png 2x">',
        '<iframe src="https://elsewhere.example"></iframe>',
        '<form action="https://search.example"></form>',
        "<style>@import 'https://fonts.example/css';</style>",
        '<p style="background: url(https://pictures.example/a.png)">',
    ],
)
def test_what_a_browser_would_fetch_from_elsewhere_is_found(built, page):
    [fault] = built(page)
    assert fault.startswith("page.html loads ")


def test_stylesheets_and_scripts_are_read_too(built):
    styles = "/* https://notes.example */ body { background: url(https://pictures.example/a.png) }"
    found = built("", x_css=styles, x_js='fetch("https://elsewhere.example")')
    assert found == [
        "x.css loads https://pictures.example/a.png",
        "x.js fetches from elsewhere",
    ]


def test_a_link_is_followed_by_people_and_may_lead_elsewhere(built):
    page = '<a href="https://www.djangoproject.com/">Django</a><img src="data:image/png;base64,">'
    assert built(page, x_js='fetch("searchindex.js")') == []


@pytest.mark.parametrize("target", ["gone.html", "page.html#gone", "#gone"])
def test_a_link_to_what_is_not_there_is_found(built, target):
    assert built(f'<a href="{target}">x</a>') == [f"page.html leads to {target}"]


def test_a_link_to_a_heading_is_followed(built):
    assert built('<h2 id="here">x</h2><a href="#here">x</a><a href="page.html#here">x</a>') == []


def test_the_exit_code_tells(tmp_path, capsys):
    assert main(tmp_path) == 0
    (tmp_path / "page.html").write_text('<script src="//cdn.example"></script>')
    assert main(tmp_path) == 1
    assert capsys.readouterr().err == "page.html loads //cdn.example\n"
