"""What the page on compatibility says of packages, where they are installed."""

from django.utils.module_loading import import_string
from drf_spectacular.settings import SPECTACULAR_DEFAULTS

from tests.compat.page import blocks, names_of
from tests.shelf import Shelf


def test_every_panel_is_one():
    panels = names_of(blocks("python", "django-debug-toolbar")[0])["DEBUG_TOOLBAR_PANELS"]
    assert [import_string(one).__name__ for one in panels] == ["SQLPanel", "RecommendationsPanel"]


def test_the_prefix_is_a_setting():
    found = names_of(blocks("python", "drf-spectacular")[0])["SPECTACULAR_SETTINGS"]
    assert {*found} <= {*SPECTACULAR_DEFAULTS}


def test_the_resource_exports_the_live_snapshot(db):
    Shelf().score("ann", tier="high", segment="champions")
    Shelf(is_live=False).score("bob")
    resource = names_of(blocks("python", "django-import-export")[0])["ScoreResource"]()
    [row] = resource.export().dict
    assert (row["customer_key"], row["tier"]) == ("ann", "high")
