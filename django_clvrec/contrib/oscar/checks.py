"""Judges CLVREC_OSCAR, and what else an Oscar shop needs."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.urls import NoReverseMatch, reverse

from django_clvrec.conf import load_class
from django_clvrec.contrib.oscar import conf


@register(Tags.compatibility)
def check_oscar(**_: Any) -> list[CheckMessage]:
    """The setting, the policy and the order of INSTALLED_APPS."""
    given = getattr(settings, conf.SETTING, {})
    if not isinstance(given, Mapping):
        message = "CLVREC_OSCAR must be a dict."
        return [Error(message, hint="CLVREC_OSCAR = {}", id="clvrec_oscar.E001")]
    return [*_names(given), *_statuses(), *_number(), *_policy(), *_order_of_apps(), *_addresses()]


def _names(given: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for name in given:
        if name not in conf.DEFAULTS:
            near = get_close_matches(str(name), conf.DEFAULTS, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"There is {', '.join(conf.DEFAULTS)}."
            message = f"CLVREC_OSCAR has no setting {name!r}."
            yield Error(message, hint=hint, id="clvrec_oscar.E002")


def _statuses() -> Iterator[CheckMessage]:
    known = conf.statuses()
    for status in conf.uncounted():
        if status not in known:
            yield Error(
                f"CLVREC_OSCAR['uncounted'] has {status!r}, which no status pipeline has.",
                hint=f"Oscar's pipelines have {', '.join(known) or 'no status at all'}.",
                id="clvrec_oscar.E003",
            )
    if known and conf.option("uncounted") is None and not conf.uncounted():
        yield Warning(
            "No status of Oscar's pipelines is called cancelled, so every order counts.",
            hint="Name those that are no purchases: CLVREC_OSCAR = {'uncounted': […]}; "
            "an empty list if there are none.",
            id="clvrec_oscar.W001",
        )


def _number() -> Iterator[CheckMessage]:
    found = conf.option("recommended_products")
    if type(found) is not int or not 0 <= found <= 100:
        yield Error(
            f"CLVREC_OSCAR['recommended_products'] is {found!r}, no number from 0 to 100.",
            hint="Oscar shows 6; 0 fills none.",
            id="clvrec_oscar.E004",
        )


def _policy() -> Iterator[CheckMessage]:
    from django_clvrec.contrib.oscar.policy import OscarPolicy

    try:
        is_right = issubclass(load_class("POLICY"), OscarPolicy)
    except (ImportError, TypeError):
        return  # the check of CLVREC tells
    if not is_right:
        yield Warning(
            "CLVREC['POLICY'] knows nothing of Oscar: what is hidden or sold out may be shown.",
            hint="CLVREC = {'POLICY': 'django_clvrec.contrib.oscar.policy.OscarPolicy'}, or a "
            "class of yours made from it.",
            id="clvrec_oscar.W002",
        )


def _order_of_apps() -> Iterator[CheckMessage]:
    names = [config.label for config in apps.get_app_configs()]
    for later in ("clvrec", "oscar"):
        if later in names and names.index(later) < names.index("clvrec_oscar"):
            yield Error(
                f"django_clvrec.contrib.oscar stands behind {later!r} in INSTALLED_APPS, so its "
                "templates are not found.",
                hint="Put it before django_clvrec and before Oscar's apps.",
                id="clvrec_oscar.E005",
            )


def _addresses() -> Iterator[CheckMessage]:
    try:
        reverse("clvrec:events")
    except NoReverseMatch:
        yield Error(
            "Oscar's pages have shelves now, and the addresses that these ask are in no URLconf.",
            hint='Add path("clvrec/", include("django_clvrec.api.urls")) to ROOT_URLCONF.',
            id="clvrec_oscar.E006",
        )
