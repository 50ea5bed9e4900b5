"""Experiments: the form, what came of them, and two actions."""

import json
from functools import partial
from math import isnan, nan
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from django_clvrec.admin.base import WithContext
from django_clvrec.admin.fields import level_choices, tiers_field
from django_clvrec.exceptions import ClvrecError
from django_clvrec.exports import places
from django_clvrec.models import Experiment, Tier
from django_clvrec.models.variants import is_divided

if TYPE_CHECKING:  # other pages do without SciPy
    from django_clvrec.core.experiments import Figure
    from django_clvrec.experiments import Part

VARIANTS = _(
    "A list, the control first. Each has a “name” and a “weight”, and what it does otherwise: "
    "“recommender”, “most_per_category”, “rules”, “template”. For example "
    '[{"name": "control", "weight": 1}, {"name": "ease", "weight": 1, "recommender": "ease"}]. '
    "While it runs, change nothing but the dates: who has seen one variant would see another."
)


MOST_LISTS = 100_000
"""A report of more lists takes longer than a page should; it is made for whoever asks."""
BEGINNING = [{"name": "control", "weight": 1}, {"name": "other", "weight": 1}]
"""In the form of a new experiment."""


class Readable(json.JSONDecoder):
    """Says of numbers and nesting beyond what Python reads that this is no JSON."""

    def decode(self, s: str, *args: Any) -> Any:
        try:
            return super().decode(s, *args)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("It cannot be read", s, 0) from error


class Indented(json.JSONEncoder):
    """As a person writes it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"indent": 2})


class ExperimentForm(forms.ModelForm):  # type: ignore[type-arg]
    """An experiment as an admin thinks of it."""

    level = forms.ChoiceField(label=capfirst(_("level")), required=False)
    tiers = tiers_field()
    variants = forms.JSONField(
        label=capfirst(_("variants")),
        widget=forms.Textarea(attrs={"rows": 12, "cols": 80}),
        help_text=VARIANTS,
        encoder=Indented,
        decoder=Readable,
    )

    class Meta:
        model = Experiment
        fields = (
            "key", "name", "is_active", "level", "tiers", "variants", "starts_at", "ends_at",
        )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.initial.get("variants") is None:
            self.initial["variants"] = BEGINNING
        if "level" in self.fields:
            field: Any = self.fields["level"]
            field.choices = [("", _("Every level")), *level_choices(self.instance.level)]


@admin.register(Experiment)
class ExperimentAdmin(WithContext):
    """Define an experiment, start it, and read what came of it."""

    form = ExperimentForm
    list_display = ("key", "name", "is_active", "level", "starts_at", "ends_at")
    list_filter = ("is_active", "level")
    search_fields = ("key", "name")
    actions = ("start", "stop")
    change_form_template = "admin/clvrec/experiment/change_form.html"

    @admin.action(description=_("Start"), permissions=["change"])
    def start(self, request: HttpRequest, chosen: QuerySet[Experiment]) -> None:
        from django_clvrec.experiments import start

        for experiment in chosen.order_by("pk"):
            try:
                warnings = start(experiment)
            except ClvrecError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                for warning in warnings:
                    self.message_user(request, warning, messages.WARNING)
                self._tell(request, experiment, _("%s runs.") % experiment)

    @admin.action(description=_("Stop"), permissions=["change"])
    def stop(self, request: HttpRequest, chosen: QuerySet[Experiment]) -> None:
        from django_clvrec.experiments import stop

        for experiment in chosen.order_by("pk"):
            stop(experiment)
            self._tell(request, experiment, _("%s is stopped.") % experiment)

    def _tell(self, request: HttpRequest, experiment: Experiment, told: str) -> None:
        self.log_change(request, experiment, [{"changed": {"fields": ["is_active"]}}])
        self.message_user(request, told, messages.SUCCESS)

    def page_context(self, row: Any) -> dict[str, Any]:
        # where a form was sent, mostly no page is shown
        return {"report": _report(row)}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        is_asked = "report" in request.GET
        extra = {"is_report_asked": is_asked} | (extra_context or {})
        place = places.take("report", request.user.pk) if is_asked else None
        if is_asked and place is None:
            told = _("Other reports are being made. Wait until one is done.")
            return HttpResponse(told, status=429, content_type="text/plain; charset=utf-8")
        response = super().changeform_view(request, object_id, form_url, extra)
        if place is not None:
            _at_the_end(response, place)
        return response


def _at_the_end(response: HttpResponse, place: places.Place) -> None:
    """The report is made where the page is rendered, which is after its view."""
    if isinstance(response, TemplateResponse) and not response.is_rendered:
        response.add_post_render_callback(lambda _response: place.give_back())
    else:
        place.give_back()


def _report(experiment: Experiment) -> dict[str, Any]:
    """Whether so many lists were shown that the report has to be asked for; and its tables."""
    some = experiment.shown_lists()[: MOST_LISTS + 1]
    return {
        "is_long": SimpleLazyObject(lambda: some.count() > MOST_LISTS),
        "tables": SimpleLazyObject(partial(tables, experiment)),
        "most": MOST_LISTS,
    }


def tables(experiment: Experiment) -> list[dict[str, Any]]:
    """What came of it, as the page shows it: by level, all subjects and then each tier.

    Nothing where the variants cannot be counted by, so that the page is there to mend them.
    """
    from django_clvrec.experiments import report

    if not is_divided(experiment.variants):
        return []
    return [
        {"level": level.level, "tier": part.tier and Tier(part.tier).label, "rows": _rows(part)}
        | {"notes": part.notes, "p_value": part.ratio.p_value}
        for level in report(experiment).levels
        for part in (level.overall, *level.by_tier)
    ]


def _rows(part: "Part") -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "subjects": result.subjects,
            "cells": [
                (_percent(metric, figure), _percent(metric, result.differences.get(metric)))
                for metric, figure in result.figures.items()
            ],
        }
        for name, result in part.results.items()
    ]


def _percent(metric: str, figure: "Figure | None") -> dict[str, Any] | None:
    """Bounds as they are shown; a metric that cannot be said is none."""
    if figure is None or isnan(figure.value):
        return None
    scale, unit = (1, "") if metric == "revenue" else (100, "%")
    bounds = {name: _known(scale * getattr(figure, name)) for name in ("value", "low", "high")}
    p_value = _known(getattr(figure, "p_value", nan))
    return bounds | {"unit": unit, "p_value": p_value}


def _known(value: float) -> float | None:
    return None if isnan(value) else value
