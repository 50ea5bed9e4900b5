"""What is fitted beside factorisations, in the process that runs the engine, on a sample."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from django_clvrec.core.histories import Histories
from django_clvrec.core.recommenders.base import Fitted
from django_clvrec.core.recommenders.blend import FittedBlend
from django_clvrec.core.recommenders.by_tier import FittedByTier
from django_clvrec.core.recommenders.features import ItemFacts
from django_clvrec.core.recommenders.implicit_als import FittedAls
from django_clvrec.core.recommenders.names import ALS, ALS_BY_TIER, BLEND, PARTS, POPULAR
from django_clvrec.core.recommenders.popular import Popular as Popularity
from django_clvrec.core.tiers import NEW, TIERS
from django_clvrec.engines.base import Model, Parameters, Report, Run
from django_clvrec.engines.plans import FACTORISATIONS, Plan
from django_clvrec.engines.samples import Sample
from django_clvrec.engines.shown import moment, shown_to
from django_clvrec.exceptions import NotTrained

MOST_LEARNT_FROM = 200_000
"""Customers from whom recommenders other than factorisations learn, so that one process can."""


@dataclass(frozen=True, kw_only=True)
class Others:
    """Fitted recommenders by name, and the items that they know."""

    fitted: Mapping[str, Fitted] = field(default_factory=dict)
    keys: Any = None
    told: list[Model] = field(default_factory=list)
    """Of those that were not trained as they would be, for the report."""

    def serving(self, plan: Plan) -> Plan:
        """The plan with a factorisation, or what is popular, for who could not be trained."""
        wanted = plan.needed() - FACTORISATIONS
        missing = wanted - self.fitted.keys() if self.fitted else set()
        instead = ALS if ALS in self.fitted else POPULAR
        return replace(
            plan,
            served={
                intent: {
                    tier: instead if name in missing else name for tier, name in by_tier.items()
                }
                for intent, by_tier in plan.served.items()
            },
        )


def fit_others(
    run: Run, level: str, models: Mapping[str, Model], parameters: Parameters, report: Report
) -> Others:
    """What the plan needs beside factorisations."""
    plan = parameters.plan(level)
    if all(plan.is_factorised(tier) for tier in (NEW, *TIERS)):
        return Others()
    sample = run.sample(level, MOST_LEARNT_FROM)
    if not len(sample.histories.items):
        return Others()
    histories = _with_shown(sample, level, parameters)
    fitted, told = _fitted(histories, level, plan, report)
    overall = models[""]
    if overall.is_trained and not overall.is_explicit:
        by_tier = {
            tier: _factors(model, sample.keys) for tier, model in models.items() if model.is_trained
        }
        fitted[ALS] = by_tier.pop("")
        fitted[ALS_BY_TIER] = FittedByTier(fitted[ALS], by_tier)
    parts = {name: fitted[name] for name in PARTS if name in fitted}
    if plan.weighings and parts.keys() == {*PARTS} & {*plan.recommenders}:
        facts = ItemFacts.of(histories)
        fitted[BLEND] = FittedBlend(parts=parts, facts=facts, weighings=plan.weighings)
    return Others(fitted=fitted, keys=sample.keys, told=told)


def _fitted(
    histories: Histories, level: str, plan: Plan, report: Report
) -> tuple[dict[str, Fitted], list[Model]]:
    found: dict[str, Fitted] = {POPULAR: Popularity().fit(histories)}
    told: list[Model] = []
    names = sorted(plan.needed() - FACTORISATIONS)
    for number, name in enumerate(names):
        report(f"fit {level}", number, len(names))
        try:
            found[name] = plan.recommenders[name].fit(histories)
            stopped = getattr(found[name], "stopped", "")
            why = f"training was stopped: {stopped}" if stopped else ""
        except NotTrained as error:
            why = f"{error} Served by a factorisation, or by what is popular"
        if why:
            told.append(_told(name, level, histories, why))
    return found, told


def _told(name: str, level: str, histories: Histories, why: str) -> Model:
    return Model(
        name=name,
        level=level,
        tier="",
        customers=len(histories),
        interactions=len(histories.items),
        fallback=why,
    )


def _with_shown(sample: Sample, level: str, parameters: Parameters) -> Histories:
    """The histories of a sample, with what its customers were shown if that is learnt from."""
    found = sample.histories
    is_asked = level in parameters.shown and parameters.plan(level).learns_from_feedback()
    if not is_asked or found.customers is None:
        return found
    customers, end = pa.array(found.customers, pa.string()), moment(parameters.as_of)
    return replace(found, shown=shown_to(parameters.shown[level], customers, sample.keys, end))


def _factors(model: Model, keys: pa.Array) -> FittedAls:
    """A trained model over all items; those that it does not know have no factors."""
    assert model.item_factors is not None  # noqa: S101 - only trained models come here
    places = pc.index_in(pa.array(model.item_keys, pa.string()), keys).to_numpy()
    factors = np.zeros((len(keys), model.item_factors.shape[1]), dtype=np.float32)
    factors[places] = model.item_factors
    return FittedAls(factors, model.parameters)
