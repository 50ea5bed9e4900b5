"""What a variant of an experiment may say, and what is wrong with one that does not."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.utils.translation import gettext as _

from django_clvrec.conf import asked_recommenders, own_names
from django_clvrec.core.recommenders.names import DEEP, with_own
from django_clvrec.models.choices import LABEL_LENGTH
from django_clvrec.models.rules import MerchandisingRule

OPTIONS = ("name", "weight", "recommender", "most_per_category", "rules", "template")
RULE_OPTIONS = ("action", "items", "categories", "price_from", "price_to", "factor", "position")


def wrong_variants(key: str, variants: Any) -> list[str]:
    """Every fault in words; none where the variants of the experiment `key` are right."""
    if faults := _shape_faults(variants):
        return faults
    names = [one["name"] for one in variants]
    faults = [] if len({*names}) == len(names) else [_("Two variants have the same name.")]
    for one in variants:
        faults += [f"{one['name']}: {fault}" for fault in _faults(key, one)]
    return faults


def is_divided(variants: Any) -> bool:
    """Whether there are names and weights to count by, whatever else is wrong."""
    return not _shape_faults(variants) and all(_is_weight(one.get("weight")) for one in variants)


def _shape_faults(variants: Any) -> list[str]:
    if not isinstance(variants, list) or not all(isinstance(one, dict) for one in variants):
        return [_('A list of objects, such as [{"name": "control", "weight": 1}, …].')]
    if len(variants) < 2:
        return [_("At least two variants; the first one is the control.")]
    names = [one.get("name") for one in variants]
    if not all(isinstance(name, str) and name and ":" not in name for name in names):
        return [_("Each variant needs a name, a text without a colon.")]
    return []


def _faults(key: str, variant: dict[str, Any]) -> Iterator[str]:
    if len(f"{key}:{variant['name']}".encode(errors="surrogatepass")) > LABEL_LENGTH:
        yield _("Key and name together have more than %d characters of ASCII.") % (LABEL_LENGTH - 1)
    if unknown := [name for name in variant if name not in OPTIONS]:
        yield _("There is no option %(unknown)s; use %(options)s.") % {
            "unknown": ", ".join(map(repr, unknown)),
            "options": ", ".join(OPTIONS),
        }
    if not _is_weight(variant.get("weight")):
        yield _("The weight must be a number above 0.")
    if not _is_finite(variant):
        yield _("NaN and infinite numbers, which have no place in JSON, cannot be stored.")
        return
    yield from _recommender_faults(variant)
    most = variant.get("most_per_category", 1)
    if type(most) is not int or most < 1:
        yield _("most_per_category must be a whole number from 1.")
    yield from _rule_faults(variant.get("rules", []))
    yield from _template_faults(variant)


def _is_weight(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # compared and not asked by isfinite, for which a whole number may be too large
    return is_number and 0 < value <= sys.float_info.max


def _is_finite(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def _recommender_faults(variant: dict[str, Any]) -> Iterator[str]:
    if "recommender" not in variant:
        return
    asked = asked_recommenders()
    names = with_own([*(name for name in DEEP if name in asked), *own_names()])
    if variant["recommender"] not in names:
        yield _("There is no recommender %(name)r; use one of %(names)s.") % {
            "name": variant["recommender"],
            "names": ", ".join(names),
        }


def _rule_faults(rules: Any) -> Iterator[str]:
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        yield _('rules must be a list of objects, such as [{"action": "hide", "items": ["17"]}].')
        return
    for number, rule in enumerate(rules, 1):
        if unknown := [name for name in rule if name not in RULE_OPTIONS]:
            yield _("Rule %(number)d has no option %(unknown)s; use %(options)s.") % {
                "number": number,
                "unknown": ", ".join(map(repr, unknown)),
                "options": ", ".join(RULE_OPTIONS),
            }
            continue
        for field, messages in _judged(rule).items():
            yield _("Rule %(number)d, %(field)s: %(why)s") % {
                "number": number,
                "field": field,
                "why": " ".join(messages),
            }


def _judged(rule: dict[str, Any]) -> dict[str, list[str]]:
    """By the rules that admins keep, which mean the same."""
    one = MerchandisingRule(name="variant", level="any", **rule)
    try:
        one.clean_fields()
        one.clean()
    except ValidationError as error:
        return error.message_dict
    except OverflowError:
        return {"factor": [_("The number is too large.")]}
    return {}


def _template_faults(variant: dict[str, Any]) -> Iterator[str]:
    if "template" not in variant:
        return
    name = variant["template"]
    try:
        get_template(name if isinstance(name, str) and name else "?")
    except (TemplateDoesNotExist, TemplateSyntaxError, OSError, ValueError):
        yield _("There is no template %(name)r that can be used.") % {"name": name}
