"""Fills Oscar's recommended products with what goes together, below what people entered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import router, transaction
from django.db.models import Manager
from oscar.core.loading import get_model

from django_clvrec.contrib.oscar import conf
from django_clvrec.contrib.oscar.models import FilledRecommendation
from django_clvrec.contrib.oscar.ranking import ProductRows
from django_clvrec.serving import every_related

PRODUCT = "product"
"""The level that is asked for."""
MOST_ENTERED = 20
"""Oscar's dashboard takes so many for a product; these may all be among the best."""
AT_ONCE = 200
"""Products whose rows are read and written in one transaction."""


@dataclass(kw_only=True)
class Filled:
    """How many rows of Oscar's ProductRecommendation were written."""

    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(kw_only=True)
class Batch:
    """What is to be written for some products."""

    added: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    removed: list[Any] = field(default_factory=list)
    forgotten: list[Any] = field(default_factory=list)
    """Our notes of rows that a person has changed since: they are theirs now."""


def fill() -> Filled:
    """Write what goes with each product of the live snapshot, and nothing that is so already.

    Products that are in the snapshot no more lose what was filled in for them.
    """
    done, n = Filled(), int(conf.option("recommended_products"))
    seen: set[str] = set()
    for few in _batches(every_related(PRODUCT, n + MOST_ENTERED) if n else iter(())):
        seen |= few.keys()
        _write(few, n, done)
    notes = FilledRecommendation.objects.order_by("primary_key")
    left = set(notes.values_list("primary_key", flat=True).distinct()) - seen
    for few in _batches((key, []) for key in sorted(left)):
        _write(few, n, done)
    return done


def _batches(pairs: Iterator[tuple[str, list[str]]]) -> Iterator[dict[str, list[str]]]:
    while few := dict(islice(pairs, AT_ONCE)):
        yield few


def _write(near: Mapping[str, list[str]], n: int, done: Filled) -> None:
    rows = get_model("catalogue", "ProductRecommendation")._default_manager
    with transaction.atomic(using=router.db_for_write(rows.model)):
        batch, found = Batch(), _rows_of(rows, near)
        for primary, product in found.items():
            _compare(rows.model, primary, product, product.wanted(near[primary], n), batch)
        _save(rows, batch)
        if deleted := near.keys() - found.keys():
            FilledRecommendation.objects.filter(primary_key__in=deleted).delete()
    done.added += len(batch.added)
    done.changed += len(batch.changed)
    done.removed += len(batch.removed)


def _rows_of(rows: "Manager[Any]", near: Mapping[str, list[str]]) -> dict[str, ProductRows]:
    """Three queries. Products that are gone are left out."""
    products = get_model("catalogue", "Product")._default_manager.filter(pk__in=list(near))
    found = {str(pk): ProductRows() for pk in products.values_list("pk", flat=True)}
    for note in FilledRecommendation.objects.filter(primary_key__in=list(found)):
        found[note.primary_key].notes[note.recommendation_key] = note
    for row in rows.filter(primary_id__in=list(found)):
        found[str(row.primary_id)].rows[str(row.recommendation_id)] = row
    return found


def _compare(
    model: Any, primary: str, product: ProductRows, wanted: Mapping[str, int], batch: Batch
) -> None:
    own = product.own
    batch.forgotten += product.taken_over
    batch.removed += [(row, product.notes[key]) for key, row in own.items() if key not in wanted]
    for key, ranking in wanted.items():
        if key not in own:
            row = model(primary_id=primary, recommendation_id=key, ranking=ranking)
            batch.added.append((row, _note(primary, key, ranking)))
        elif own[key].ranking != ranking:
            own[key].ranking = product.notes[key].ranking = ranking
            batch.changed.append((own[key], product.notes[key]))


def _note(primary: str, key: str, ranking: int) -> FilledRecommendation:
    return FilledRecommendation(primary_key=primary, recommendation_key=key, ranking=ranking)


def _save(rows: "Manager[Any]", batch: Batch) -> None:
    notes = FilledRecommendation.objects
    if gone := [row.pk for row, _ in batch.removed]:
        rows.filter(pk__in=gone).delete()
    if past := [one.pk for one in (*batch.forgotten, *(note for _, note in batch.removed))]:
        notes.filter(pk__in=past).delete()
    if batch.changed:
        rows.bulk_update([row for row, _ in batch.changed], ["ranking"])
        notes.bulk_update([note for _, note in batch.changed], ["ranking"])
    if batch.added:
        rows.bulk_create([row for row, _ in batch.added])
        notes.bulk_create([note for _, note in batch.added])
