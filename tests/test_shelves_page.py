"""What `docs/how-to/shelves.md` says is true."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.template import Context, Template
from django.template.loader import get_template

import django_clvrec
from django_clvrec.shelves.addresses import LONGEST
from django_clvrec.templatetags.clvrec_shelf import image_of, price_text
from tests.shelf import Shelf, product

PAGE = (Path(__file__).parent.parent / "docs/how-to/shelves.md").read_text()
TEMPLATES = Path(django_clvrec.__file__).parent / "templates/clvrec/recommendations"
CSS = Path(finders.find("clvrec/shelf.css")).read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def own(settings, tmp_path):
    """Puts templates before those of the app."""
    folder = tmp_path / "clvrec/recommendations"
    folder.mkdir(parents=True)
    folders = [tmp_path, TEMPLATES.parent.parent]
    settings.TEMPLATES = [
        settings.TEMPLATES[0] | {"DIRS": folders, "APP_DIRS": False, "OPTIONS": {}}
    ]
    return folder


def rendered(tag, **context):
    return Template("{% load clvrec %}" + tag).render(Context(context))


def test_the_page_renders(db):
    html = Template(blocks("django")[0]).render(Context({"product": product()}))
    assert "clvrec/shelf.css" in html
    assert html.count("aria-busy") == 2


def test_one_block_is_overridden_and_the_others_stay(db, own):
    (own / "default.html").write_text(blocks("html")[0])
    Shelf().popular(product("Oats"))
    html = rendered("{% recommendations 'product' title='For you' %}")
    assert "only 2" in html
    assert "Wish for it" in html
    assert ">For you</h2>" in html


def test_the_placeholders_tiles_are_the_shops(db, own):
    (own / "placeholder.html").write_text(blocks("html")[1])
    html = rendered("{% recommendations 'product' n=3 title='For you' lazy=True %}")
    assert html.count("my-tile-empty") == 3
    assert 'aria-busy="true"' in html


@pytest.mark.parametrize("name", ["base", "placeholder"])
def test_every_block_is_told(name):
    found = re.findall(r"{% block (\w+) %}", (TEMPLATES / f"{name}.html").read_text())
    assert found
    assert not [block for block in found if f"`{block}`" not in PAGE]
    assert get_template(f"clvrec/recommendations/{name}.html")


def test_every_property_is_told_and_no_other():
    table = PAGE.partition("| Property |")[2].partition("\n\n")[0]
    told = {*re.findall(r"`(--clvrec-[\w-]+)`", table)}
    assert told == {*re.findall(r"var\((--clvrec-[\w-]+)", CSS)}
    assert {*re.findall(r"(--clvrec-[\w-]+):", blocks("css")[0])} <= told


def test_the_policy_says_what_a_price_and_a_picture_are(settings, monkeypatch, db):
    found = {}
    exec(blocks("python")[0], found)  # noqa: S102
    monkeypatch.setattr("tests.policies.ShopPolicy", found["ShopPolicy"], raising=False)
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.ShopPolicy"}
    oats = product()
    oats.price = Decimal("1234.50")
    assert price_text(oats, "new") == "€ 1,234.50"
    assert image_of(oats) == f"/media/small/{oats.pk}.webp"


def test_the_page_that_is_cached_is_the_same_for_everybody(own, rf):
    found = {}
    exec(blocks("python")[1], found)  # noqa: S102
    (own.parent.parent / "home.html").write_text(
        "{% load clvrec %}{% recommendations 'product' title='For you' lazy=True %}"
    )
    cache.clear()
    pages = [found["home"](rf.get("/home/")) for _ in range(2)]
    cache.clear()
    assert pages[0].content == pages[1].content
    assert "Cookie" not in pages[0].headers.get("Vary", "")


def test_the_rate_and_the_limit_are_those_of_the_code():
    found = {}
    exec(blocks("python")[2], found)  # noqa: S102
    from django_clvrec.api.shelf import Shelf as View

    assert [*found["REST_FRAMEWORK"]["DEFAULT_THROTTLE_RATES"]] == [View.throttle_scope]
    assert f"{LONGEST:,} characters" in PAGE


# the stylesheet


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(share * one for share, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_can_be_read_in_light_and_dark(scheme):
    found = re.findall(r"--_(\w+): var\([\w-]+, light-dark\((#\w+), (#\w+)\)\)", CSS)
    colours = {name: pair[scheme] for name, *pair in found}
    assert contrast(colours["ink"], colours["card"]) > 7
    assert contrast(colours["soft"], colours["card"]) > 4.5
    assert contrast(colours["soft"], colours["tint"]) > 4.5
    assert contrast(colours["focus"], colours["card"]) > 3


def test_script_and_stylesheet_are_small_and_keep_nothing():
    script = Path(finders.find("clvrec/shelf.js")).read_text()
    assert len(script.splitlines()) < 80
    assert len(CSS.splitlines()) < 180
    assert not [word for word in ("cookie", "localStorage", "eval", "http") if word in script]
