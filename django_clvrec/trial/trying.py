"""What a refresh would learn from a file of orders."""

import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from django_clvrec.conf import get_config
from django_clvrec.core.evaluation.names import ALL
from django_clvrec.core.purchases import ORDER, TIME, LineRules
from django_clvrec.core.ranking import DISCOVER
from django_clvrec.core.recommenders.names import POPULARITIES
from django_clvrec.core.tiers import NEW, TIERS, Scale
from django_clvrec.engines.base import SCORES, Parameters
from django_clvrec.engines.counting import counted
from django_clvrec.engines.lifetime import Lifetime, learn, told
from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.stages import find_scale
from django_clvrec.evaluation import Wish, judged
from django_clvrec.exceptions import NoPurchases, NothingToEvaluate
from django_clvrec.extract import extract_strange
from django_clvrec.parameters import engine_options, run_parameters, segment_rules_of_settings
from django_clvrec.progress import EXTRACT, OnProgress
from django_clvrec.quarantine.learning import burst_rules, weight_caps
from django_clvrec.sources import ParquetPurchaseSource
from django_clvrec.trial.reading import Columns, write_dataset

READ = "read"
SAME = POPULARITIES[:2]
"""Recommenders with one list for everybody."""


def attempt(
    path: Path,
    columns: Columns,
    *,
    intent: str = DISCOVER,
    k: int = 10,
    on_progress: OnProgress = lambda *_: None,
) -> dict[str, Any]:
    """`lines`, `customers`, `orders`, `tiers`, `segments`, `lifetime` and, by level, `levels`.

    Ready for JSON. The settings of CLVREC hold; no database is asked, and nothing is stored. The
    moment of observation is that of the last order. Raises BadPurchases, NoPurchases and
    SourceUnreadable.
    """
    with tempfile.TemporaryDirectory(
        prefix="clvrec-try-", dir=get_config()["WORK_DIR"] or None
    ) as name:
        folder = Path(name)
        (folder / "data").mkdir()
        write_dataset(path, columns, folder / "data", lambda rows: on_progress(READ, rows, 0))
        source = _Tried(folder / "data", tuple(columns.items))
        parameters = run_parameters(source, _last(source))
        rules = _extracted(path, source, folder / "log", parameters, on_progress)
        log = counted(
            folder / "log",
            folder / "counted",
            source.levels,
            caps=weight_caps(),
            rules=burst_rules(),
        ).log
        scores, lifetime = _scores(log, folder / "out", parameters, on_progress)
        known = ds.dataset(log).to_table(columns=[ORDER, TIME])
        return {
            "lines": {"read": rules.lines_read, "dropped": _dropped(rules)},
            "customers": len(scores),
            "orders": pc.count_distinct(known[ORDER]).as_py(),
            "from": pc.min(known[TIME]).as_py().isoformat(),
            "until": pc.max(known[TIME]).as_py().isoformat(),
            "tiers": _groups(scores, "tier", (NEW, *TIERS)),
            "segments": _groups(
                scores, "segment", [rule.name for rule in segment_rules_of_settings()]
            ),
            "lifetime": dict(lifetime.report),
            "levels": {
                level: _judged(log, parameters, Wish(level=level, intent=intent, k=k), on_progress)
                for level in source.levels
            },
        }


def _extracted(
    path: Path,
    source: ParquetPurchaseSource,
    folder: Path,
    parameters: Parameters,
    on_progress: OnProgress,
) -> LineRules:
    """The rules with their counts; the purchase log is in `folder`. Raises NoPurchases."""
    rules = LineRules(parameters.as_of)
    try:
        extract_strange(source, folder, rules, lambda rows: on_progress(EXTRACT, rows, 0))
    except NoPurchases as error:
        dropped = ", ".join(f"{rule} {lines:,}" for rule, lines in _dropped(rules).items())
        raise NoPurchases(
            f"None of the {rules.lines_read:,} lines of {path} is a purchase: "
            f"{dropped or 'there are none'}."
        ) from error
    return rules


class _Tried(ParquetPurchaseSource):
    """The file, as a source that is not registered."""

    def __init__(self, path: Path, levels: tuple[str, ...]) -> None:
        self.path = path  # type: ignore[misc]  # there is one for each file
        self.levels = levels


def _last(source: ParquetPurchaseSource) -> datetime:
    """The time of the last order; a mistake in the future is none."""
    times = source.dataset().to_table(columns=[TIME])[TIME]
    now = pa.scalar(datetime.now(UTC), times.type)
    last = pc.max(pc.if_else(pc.less_equal(times, now), times, None)).as_py()
    return last or datetime.now(UTC)


def _dropped(rules: LineRules) -> dict[str, int]:
    return {rule: number for rule, number in rules.dropped.items() if number}


def _scores(
    log: Path, out: Path, parameters: Parameters, on_progress: OnProgress
) -> tuple[pd.DataFrame, Lifetime]:
    """A row for each customer, with tier, segment and forecasts."""
    out.mkdir()
    engine = build_engine("local", engine_options("local"))
    with engine.open(log, out, parameters) as run:
        scale: Scale = find_scale(run, parameters, on_progress)
        run.score(scale)
    lifetime = learn(
        out / SCORES,
        scale,
        days=parameters.horizon_days,
        discount_rate=get_config()["CLV_DISCOUNT"],
        on_step=lambda done, of: on_progress("lifetime value", done, of),
    )
    rules = segment_rules_of_settings()
    batches = ds.dataset(out / SCORES).to_batches()
    found = [told(batch, lifetime, rules, scale) for batch in batches if batch.num_rows]
    return pa.Table.from_batches(found).to_pandas(), lifetime


def _groups(scores: pd.DataFrame, by: str, names: Iterable[str]) -> list[dict[str, Any]]:
    """Sizes, revenue so far and forecasts of the groups that have customers."""
    spent = scores["monetary_value"].astype(float)
    whole = float(spent.sum())
    groups = []
    for name in dict.fromkeys(names):  # several rules may lead to one segment
        mine = scores[by] == name
        size = int(mine.sum())
        if not size:
            continue
        revenue = float(spent[mine].sum())
        groups.append(
            {
                "name": name,
                "customers": size,
                "share": size / len(scores),
                "revenue": round(revenue, 2),
                "revenue_share": revenue / whole if whole else 0.0,
                "clv": _mean(scores.loc[mine, "clv"]),
                "p_alive": _mean(scores.loc[mine, "p_alive"]),
            }
        )
    return groups


def _mean(column: "pd.Series[Any]") -> float | None:
    known = column.astype(float).dropna()
    return round(float(known.mean()), 4) if len(known) else None


def _judged(
    log: Path, parameters: Parameters, wish: Wish, on_progress: OnProgress
) -> dict[str, Any]:
    try:
        found = judged(log, parameters, wish, on_progress)
    except NothingToEvaluate as error:
        return {"reason": str(error)}
    return found | {"benefit": _benefit(found)}


def _benefit(found: Mapping[str, Any]) -> dict[str, float]:
    """Customers who would have seen something that they then bought, beside the best list that is
    the same for everybody."""
    hit = f"hit@{found['k']}"
    same = [row[hit] for row in found["contestants"] if row["tier"] == ALL and row["name"] in SAME]
    return {"served": found["served"][hit], "bestsellers": max(same)}
