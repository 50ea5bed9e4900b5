"""Starting and stopping an experiment, for the command and the admin."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from django_clvrec.cache import forget, live_fact
from django_clvrec.exceptions import ExperimentNotReady, UnknownExperiment
from django_clvrec.models import Experiment
from django_clvrec.serving.stored import live_of
from django_clvrec.serving.variants import EXPERIMENTS, missing_recommenders
from django_clvrec.sources import registered


def experiment_of(key: str) -> Experiment:
    """Raises UnknownExperiment, with the keys that there are."""
    found: Experiment | None = Experiment.objects.filter(key=key).first()
    if found is None:
        known = ", ".join(Experiment.objects.order_by("key").values_list("key", flat=True))
        told = f"there is {known}" if known else "there is none yet"
        raise UnknownExperiment(
            f"There is no experiment {key!r}; {told}. Add experiments in the admin."
        )
    return found


def start(experiment: Experiment) -> list[str]:
    """Let it run, from `starts_at` on where that is set; warnings of where it has to rest.

    Raises ExperimentNotReady.
    """
    if experiment.has_ended(timezone.now()):
        raise ExperimentNotReady(
            f"{experiment.key} cannot be started: it has ended. Give it a later end in the admin."
        )
    experiment.is_active = True
    try:
        experiment.full_clean()
    except ValidationError as error:
        experiment.is_active = False
        why = " ".join(error.messages)
        raise ExperimentNotReady(
            f"{experiment.key} cannot be started: {why} Correct it in the admin."
        ) from error
    _switch(experiment)
    return list(_warnings(experiment))


def stop(experiment: Experiment) -> None:
    """Show everybody the normal lists again. What was counted stays, also for a later start."""
    experiment.is_active = False
    _switch(experiment)


def _warnings(experiment: Experiment) -> Iterator[str]:
    """Where the live snapshot lacks a recommender, so that everybody gets the normal lists."""
    for source in registered().values():
        live = live_of(source.name)
        levels = source.levels if not experiment.level else {experiment.level} & {*source.levels}
        for level in levels if live.snapshot_id else ():
            if missing := missing_recommenders(experiment.variants, live, level):
                yield (
                    f"It rests at level {level} of {source.name}: the live snapshot keeps no "
                    f"{', '.join(missing)}. Set RECOMMENDER to “auto”, or to one that is served, "
                    "and refresh."
                )


def _switch(experiment: Experiment) -> None:
    experiment.save(update_fields=["is_active"])
    # earlier, somebody else could put back what holds until then
    transaction.on_commit(_forget, using=experiment._state.db)


def _forget() -> None:
    for fact in (EXPERIMENTS, *map(live_fact, registered())):
        forget(fact)
