"""Who may ask what: the table that the walk is compared with. A new address needs a line here."""

from collections import namedtuple

Line = namedtuple("Line", "methods needs also", defaults=("", (), {}))
"""`methods` that are answered, the permissions that are needed, all of them, and what one method
needs besides."""
VISITORS = ()

API = {
    "v1/me/recommendations/": Line("GET"),
    "v1/popular/": Line("GET"),
    "v1/related/": Line("GET"),
    "v1/interests/": Line("POST"),
    "v1/events/": Line("POST"),
    "shelf/<str:signed>/": Line("GET"),
    "v1/customers/": Line("GET", ("view_customerscore",)),
    "v1/customers/<key>/recommendations/": Line("GET", ("view_customerscore",)),
    "v1/segments/": Line("GET", ("view_customerscore",)),
    "v1/leaderboard/": Line("GET", ("view_customerscore",)),
    "v1/snapshots/": Line("GET", ("view_customerscore",)),
    "v1/customers/<key>/held/": Line("GET", ("view_customerscore", "export_customerscore")),
    # last, for there is nothing to ask for when it has erased the customer
    "v1/customers/<key>/": Line(
        "GET DELETE", ("view_customerscore",), {"DELETE": ("erase_customer",)}
    ),
}
OPERATORS = ("health/live/", "health/ready/", "health/fresh/", "metrics/")
"""For probes and scrapers: read by everybody, who are told a status; what more, they ask for
themselves."""
NOWHERE = ("v1/", "v1/<rest>/")
"""Not found for everybody, by every method."""

READ, WRITE = "GET", "GET POST"


def _pages(model, writable, needs=()):
    """The five addresses that Django gives a model."""
    view = (f"view_{model}", *needs)
    return {
        f"{model}/": Line(WRITE, view),
        f"{model}/<path:object_id>/history/": Line(READ, view),
        f"{model}/<path:object_id>/change/": Line(
            WRITE, view, {"POST": (f"change_{model}",) if writable else NOBODY}
        ),
        f"{model}/add/": Line(WRITE, (f"add_{model}",) if writable else NOBODY),
        f"{model}/<path:object_id>/delete/": Line(
            WRITE, (f"delete_{model}",) if writable else NOBODY
        ),
        # an old address of a row, which leads to its page
        f"{model}/<path:object_id>/": Line(READ),
    }


NOBODY = ("nobody has this permission",)
OF_CUSTOMERS = ("view_customerscore",)
"""Whoever sees tiers of customers needs it, by the policy."""
SEE = ("view_snapshot",)
ADMIN = {
    **_pages("customerscore", writable=False),
    **_pages("snapshot", writable=False),
    **_pages("tierchange", writable=False, needs=OF_CUSTOMERS),
    **_pages("segmentchange", writable=False, needs=OF_CUSTOMERS),
    **_pages("banditarm", writable=False),
    **_pages("quarantine", writable=False),
    **_pages("merchandisingrule", writable=True),
    **_pages("segmenttable", writable=True),
    **_pages("experiment", writable=True),
    "customerscore/": Line("GET", OF_CUSTOMERS),
    "customerscore/count/": Line("GET", OF_CUSTOMERS),
    "customerscore/compare/": Line("GET", OF_CUSTOMERS),
    "customerscore/export/": Line("GET", (*OF_CUSTOMERS, "export_customerscore")),
    "customerscore/groups/save/": Line("POST", (*OF_CUSTOMERS, "add_customergroup")),
    "customerscore/groups/<int:pk>/delete/": Line("POST", (*OF_CUSTOMERS, "delete_customergroup")),
    "customerscore/<int:pk>/preview/": Line("POST", OF_CUSTOMERS),
    "customerscore/<int:pk>/held/": Line("POST", (*OF_CUSTOMERS, "export_customerscore")),
    "customerscore/<int:pk>/erase/": Line(WRITE, (*OF_CUSTOMERS, "erase_customer")),
    # whoever is in a preview may leave it, also who has lost the permission meanwhile
    "customerscore/preview/end/": Line("POST"),
    "snapshot/refresh/": Line("POST", ("run_refresh",)),
    "snapshot/cancel/": Line("POST", ("run_refresh",)),
    "snapshot/progress/": Line("GET", SEE),
    "snapshot/<int:pk>/activate/": Line(WRITE, (*SEE, "activate_snapshot")),
    "snapshot/compare/": Line("GET", SEE),
    "snapshot/<int:pk>/picture/<slug:key>.<slug:form>": Line("GET", SEE),
}
