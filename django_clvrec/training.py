"""What a refresh trains: from a shop's orders to the rows and arrays of a snapshot.

Only the processes that refresh import it: it needs what the extra `local` brings.
"""

import errno
import json
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django_clvrec import pseudonyms, publish
from django_clvrec.cells import Cell, counted, summed
from django_clvrec.conf import get_config
from django_clvrec.core.dimensions import DIMENSIONS
from django_clvrec.core.segments import SegmentRule
from django_clvrec.ending import FOLDER_PREFIX
from django_clvrec.engines.base import SCORES, Engine, Outputs
from django_clvrec.engines.lifetime import learn, told
from django_clvrec.engines.neighbours import neighbours_of
from django_clvrec.engines.stages import compute
from django_clvrec.exceptions import DiskFull, FilesLost
from django_clvrec.extract import extract, extract_shown, line_count
from django_clvrec.forgetting import forget_erased
from django_clvrec.models import CustomerScore, Snapshot, Tier, write_database
from django_clvrec.parameters import run_parameters, segment_rules
from django_clvrec.planning import after_last, levels_with_feedback, make_plans
from django_clvrec.progress import EXTRACT, Progress
from django_clvrec.publish.spread import Spread
from django_clvrec.quarantine import learning as quarantine
from django_clvrec.sources import PurchaseSource

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""A full disk, a quota that is used up, a file that may not become larger."""
NO_PLACE = {errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EACCES, errno.EPERM, errno.EROFS}
"""A folder that is gone, is none, or is not ours."""


def train(
    snapshot: Snapshot,
    shop: PurchaseSource,
    runner: Engine,
    as_of: datetime,
    progress: Progress,
    *,
    full: bool,
) -> None:
    """Train, and write everything but the pointer to what is live."""
    # may have to look at a dataset for its levels
    parameters = after_last(shop.name, run_parameters(shop, as_of))
    with _folder(snapshot) as folder:
        progress(EXTRACT, 0, 0)
        table = segment_rules(shop.name)  # a table that is none ends a refresh before its work
        total = line_count(shop)
        rules = extract(
            shop,
            folder / "log",
            parameters.as_of,
            lambda done: progress(EXTRACT, done, total),
            full=full,
        )
        counted_lines = quarantine.learnt_from(
            shop.name,
            folder / "log",
            folder / "counted",
            parameters.levels,
            lambda done, of: progress(quarantine.QUARANTINE, done, of),
        )
        in_quarantine = quarantine.keep(snapshot, counted_lines.found)
        log = counted_lines.log
        if levels := levels_with_feedback(parameters):
            shown = extract_shown(folder / "shown", levels, parameters.as_of)
            parameters = replace(parameters, shown=shown)
        planned = make_plans(snapshot, log, parameters, progress)
        parameters, snapshot.plan = planned.parameters, planned.stored
        outputs = compute(runner, log, folder / "out", parameters, progress)
        lifetime = learn(
            folder / "out" / SCORES,
            outputs.scale,
            days=parameters.horizon_days,
            discount_rate=get_config()["CLV_DISCOUNT"],
            on_step=lambda done, of: progress("lifetime value", done, of),
        )
        near = neighbours_of(log, parameters, progress)
        listed = publish.listed_items(folder / "out")
        progress("publish", 0, 0)
        spread = Spread()
        lists = publish.write(
            snapshot,
            folder / "out",
            outputs,
            lambda batch: spread.watch(told(batch, lifetime, table, outputs.scale)),
            lambda done, of: progress("publish", done, of),
        )
        publish.save_neighbours(snapshot, near)
    forget_erased(snapshot)
    # not from a replica, which may be behind
    cells = counted(CustomerScore.objects.using(write_database()).filter(snapshot=snapshot))
    progress.finish()
    stages = progress.meter.stages.items()
    snapshot.report = {
        "engine": runner.name,
        "lines_read": rules.lines_read,
        "lines_kept": rules.lines_kept,
        "lines_dropped": dict(rules.dropped),
        "quarantine": in_quarantine | {"lines": counted_lines.kept_out},
        "lines_capped": counted_lines.capped,
        "customers": sum(outputs.tier_sizes.values()),
        "tiers": {tier: outputs.tier_sizes.get(tier, 0) for tier in Tier.values},
        "clusters": _clusters(outputs),
        "scale": {"tiers": dict(outputs.scale.tiers), "min_orders": outputs.scale.min_orders},
        "models": [model.summary() for model in outputs.models],
        "recommendations": lists,
        "items_listed": listed,
        "served": {learnt.level: learnt.served for learnt in outputs.learnt},
        "leaderboard": planned.leaderboard,
        "left_out": planned.left_out,
        "lifetime": lifetime.report,
        "cohorts": outputs.cohorts,
        "segments": _segment_sizes(cells, table),
        "segment_rules": _as_json([asdict(rule) for rule in table]),
        "cells": cells,
        "spread": spread.quantiles(),
        "stages": {name: round(seconds, 2) for name, seconds in stages},
        "peak_memory_mb": progress.meter.peak_memory_mb,
        "snapshot": snapshot.pk,
        pseudonyms.REPORTED: pseudonyms.fingerprint(),
    }


def _segment_sizes(rows: list[list[Any]], rules: tuple[SegmentRule, ...]) -> dict[str, int]:
    """Customers by segment, in the order of the table."""
    found = summed(map(Cell.of_json, rows), lambda cell: cell.segment)
    return {rule.name: found[rule.name].customers if rule.name in found else 0 for rule in rules}


def _clusters(outputs: Outputs) -> Any:
    return _as_json(
        {dimension: asdict(getattr(outputs.scale, dimension)) for dimension in DIMENSIONS}
    )


def _as_json(found: Any) -> Any:
    return json.loads(json.dumps(found))  # lists in place of tuples, as it is stored


@contextmanager
def _folder(snapshot: Snapshot) -> Iterator[Path]:
    """A folder for the run's files, known to the snapshot before it exists."""
    base = Path(get_config()["WORK_DIR"] or tempfile.gettempdir())
    folder = base / f"{FOLDER_PREFIX}{uuid.uuid4().hex}"
    snapshot.folder = str(folder)
    snapshot.save(update_fields=["folder"])
    try:
        (folder / "out").mkdir(parents=True)
        yield folder
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull from error
        if error.errno in NO_PLACE:
            raise FilesLost from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    snapshot.folder = ""
