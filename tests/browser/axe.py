"""What axe-core calls serious on a page."""

from axe_playwright_python.sync_playwright import Axe

SERIOUS = ("serious", "critical")


def violations(page):
    """By rule and element. axe tries styles out, so the page has to be opened with bypass_csp."""
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in found
        if one["impact"] in SERIOUS
    ]
