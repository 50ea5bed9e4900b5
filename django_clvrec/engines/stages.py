"""The stages of a run, in order, the same for every engine."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django_clvrec.core.dimensions import DIMENSIONS
from django_clvrec.core.recommenders.base import Fitted
from django_clvrec.core.recommenders.names import ALS_BY_TIER, BLEND, POPULAR
from django_clvrec.core.steady import steady_clusters
from django_clvrec.core.tiers import NEW, TIERS, Scale
from django_clvrec.engines.base import (
    Engine,
    Learnt,
    Model,
    Outputs,
    Parameters,
    Popular,
    Report,
    Run,
    als_name,
)
from django_clvrec.engines.cohorts import told
from django_clvrec.engines.others import fit_others
from django_clvrec.engines.plans import FACTORISATIONS, Plan


def compute(
    engine: Engine, log: Path, out: Path, parameters: Parameters, report: Report
) -> Outputs:
    """Everything from the purchase log to lists per customer, left in `out`."""
    report("start engine", 0, 1)
    with engine.open(log, out, parameters) as run:
        scale = find_scale(run, parameters, report)
        report("scores", 0, 1)
        sizes = run.score(scale)
        cohorts = told(run.cohorts())
        popular: list[Popular] = []
        models: list[Model] = []
        learnt: list[Learnt] = []
        for number, level in enumerate(parameters.levels):
            report("popularity", number, len(parameters.levels))
            popular += run.popular(level)
            report("interactions", number, len(parameters.levels))
            run.prepare(level)
            trained, one = train(run, level, sizes, parameters, report)
            models += trained
            learnt.append(one)
        report("stop engine", 0, 1)
    return Outputs(
        scale=scale,
        tier_sizes=sizes,
        popular=tuple(popular),
        models=tuple(models),
        learnt=tuple(learnt),
        cohorts=cohorts,
    )


def find_scale(run: Run, parameters: Parameters, report: Report) -> Scale:
    """RFM, and the clusters of each of its dimensions."""
    report("rfm", 0, 1)
    counts = run.value_counts()
    clusters = {}
    for number, dimension in enumerate(DIMENSIONS):
        report("clusters", number, len(DIMENSIONS))
        values, weights = counts[dimension]
        clusters[dimension] = steady_clusters(
            parameters.clusters_before.get(dimension),
            values,
            weights,
            k=parameters.clusters[dimension],
            # who has not bought is as many days older
            aged=parameters.days_since if dimension == "recency" else 0,
        )
    return Scale(**clusters, tiers=parameters.tiers, min_orders=parameters.min_orders)


def train(
    run: Run, level: str, sizes: dict[str, int], parameters: Parameters, report: Report
) -> tuple[list[Model], Learnt]:
    """The models of `level` and what else was learnt; writes lists as the plan says."""
    plan = parameters.plan(level)
    report(f"train {level}", 0, len(TIERS) + 1)
    overall = run.fit(level, "")
    models = {"": overall}
    for number, tier in enumerate(TIERS):
        report(f"train {level}", number + 1, len(TIERS) + 1)
        models[tier] = _fit_tier(run, level, tier, overall, plan)
    others = fit_others(run, level, models, parameters, report)
    fitted, keys, plan = others.fitted, others.keys, others.serving(plan)
    tiers = [tier for tier in (NEW, *TIERS) if sizes.get(tier) and plan.rankers(tier)]
    for number, tier in enumerate(tiers):
        report(f"recommend {level}", number, len(tiers))
        names = plan.rankers(tier)
        if plan.is_factorised(tier):
            own = models.get(tier, overall) if ALS_BY_TIER in names else overall
            chosen = own if own.is_trained else overall
            if chosen.is_trained:
                run.recommend(level, tier, chosen)
        elif fitted:
            fallback = fitted[POPULAR]
            rankers = {
                name: (fitted.get(name, fallback), intents) for name, intents in names.items()
            }
            run.rank(level, tier, rankers, keys)
    learnt = _learnt(level, plan, fitted, keys, overall)
    return [*models.values(), *others.told], learnt


def _learnt(
    level: str, plan: Plan, fitted: Mapping[str, Fitted], keys: Any, overall: Model
) -> Learnt:
    """What is kept for visits: not the factorisations, which are kept as models are."""
    named = plan.needed() - FACTORISATIONS | {BLEND}
    return Learnt(
        level=level,
        item_keys=overall.item_keys if keys is None else tuple(keys.to_pylist()),
        fitted={name: fitted[name] for name in sorted(named) if name in fitted},
        served=plan.served,
    )


def _fit_tier(run: Run, level: str, tier: str, overall: Model, plan: Plan) -> Model:
    names = plan.rankers(tier)
    if ALS_BY_TIER not in names:
        served = ", ".join(names) or "what is popular"
        return Model(
            name=als_name(tier),
            level=level,
            tier=tier,
            customers=0,
            interactions=0,
            fallback=f"not trained; served by {served}",
        )
    model = run.fit(level, tier)
    if model.is_trained:
        return model
    instead = "the global model" if overall.is_trained else "what is popular"
    return replace(model, fallback=f"{model.fallback}; served by {instead}")
