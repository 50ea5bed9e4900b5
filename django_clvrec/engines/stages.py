"""The stages of a run, in order, the same for every engine."""

from dataclasses import replace
from pathlib import Path

from django_clvrec.core.clusters import fit_clusters
from django_clvrec.core.dimensions import DIMENSIONS
from django_clvrec.core.tiers import TIERS, Scale
from django_clvrec.engines.base import (
    Engine,
    Model,
    Outputs,
    Parameters,
    Popular,
    Report,
    Run,
)


def compute(
    engine: Engine, log: Path, out: Path, parameters: Parameters, report: Report
) -> Outputs:
    """Everything from the purchase log to lists per customer, left in `out`."""
    report("start engine", 0, 1)
    with engine.open(log, out, parameters) as run:
        scale = find_scale(run, parameters, report)
        report("scores", 0, 1)
        sizes = run.score(scale)
        popular: list[Popular] = []
        models: list[Model] = []
        for number, level in enumerate(parameters.levels):
            report("popularity", number, len(parameters.levels))
            popular += run.popular(level)
            report("interactions", number, len(parameters.levels))
            run.prepare(level)
            models += train(run, level, sizes, report)
        report("stop engine", 0, 1)
    return Outputs(scale=scale, tier_sizes=sizes, popular=tuple(popular), models=tuple(models))


def find_scale(run: Run, parameters: Parameters, report: Report) -> Scale:
    """RFM, and the clusters of each of its dimensions."""
    report("rfm", 0, 1)
    counts = run.value_counts()
    clusters = {}
    for number, dimension in enumerate(DIMENSIONS):
        report("clusters", number, len(DIMENSIONS))
        values, weights = counts[dimension]
        clusters[dimension] = fit_clusters(values, weights, k=parameters.clusters[dimension])
    return Scale(**clusters, tiers=parameters.tiers, min_orders=parameters.min_orders)


def train(run: Run, level: str, sizes: dict[str, int], report: Report) -> list[Model]:
    """The global model and one per tier at `level`, and the lists of every tier's customers."""
    report(f"train {level}", 0, len(TIERS) + 1)
    overall = run.fit(level, "")
    models = [overall]
    for number, tier in enumerate(TIERS):
        report(f"train {level}", number + 1, len(TIERS) + 1)
        models.append(_fit_tier(run, level, tier, overall))
    for number, (tier, model) in enumerate(zip(TIERS, models[1:], strict=True)):
        report(f"recommend {level}", number, len(TIERS))
        chosen = model if model.is_trained else overall
        if chosen.is_trained and sizes.get(tier):
            run.recommend(level, tier, chosen)
    return models


def _fit_tier(run: Run, level: str, tier: str, overall: Model) -> Model:
    model = run.fit(level, tier)
    if model.is_trained:
        return model
    instead = "the global model" if overall.is_trained else "what is popular"
    return replace(model, fallback=f"{model.fallback}; served by {instead}")
