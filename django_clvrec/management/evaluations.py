"""Evaluations as tables for a terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from django_clvrec.core.evaluation.names import ALL, NEWCOMER


def evaluation_table(found: dict[str, Any]) -> str:
    """The leaderboard of all customers, then who would have served each tier."""
    k = found["k"]
    metrics = [f"{name}@{k}" for name in ("ndcg", "recall", "precision", "hit", "map", "coverage")]
    rows = [["recommender", *metrics, "90 % interval"]]
    board = [found["served"] | {"name": f"auto: {found['served']['name']}"}]
    everyone = [row for row in found["contestants"] if row["tier"] == ALL]
    board += sorted(everyone, key=lambda row: -row[metrics[0]])
    rows += [_metrics(row, metrics) for row in board]
    sample = found["customers_sampled"]
    who = f"{found['customers']:,} customers"
    if sample < found["customers_in_log"]:
        who += f" of a sample of {sample:,} of {found['customers_in_log']:,}"
    cuts = ", ".join(cut[:16] for cut in found["cuts"])
    title = f"{found['level']}, {found['intent']}: bought after {cuts}, by {who}"
    tiers = [["tier", "customers", "served by", metrics[0], "90 % interval"]]
    for row in found["served_by_tier"]:
        name = found["served"]["by_tier"][row["tier"]]
        tiers.append([row["tier"], f"{row['customers']:,}", name, *_ndcg(row, metrics[0])])
    tiers += [
        [row["tier"], f"{row['customers']:,}", row["name"], *_ndcg(row, metrics[0])]
        for row in found["contestants"]
        if row["tier"] == NEWCOMER and row["customers"]
    ]
    limits = {row["name"]: row["limit"] for row in everyone if "limit" in row}
    notes = [f"{name}: {told}" for name, told in (limits | found["left_out"]).items()]
    return "\n".join([title, "", *aligned(rows), "", *aligned(tiers), *notes])


def article_tables(found: dict[str, Any]) -> str:
    """The article's figures, what is left of them without the leak, and the share of the leak."""
    # tables of what needs no SciPy are made here too
    from django_clvrec.core.evaluation.article import PUBLISHED_RMSE

    leak, honest = found["leak"], {row["name"]: row for row in found["honest"]["rows"]}
    rows = [["algorithm", "RMSE", "same rows", f"precision@{found['k']}", f"recall@{found['k']}"]]
    rows[0] += ["honest RMSE", "hit@10", "NDCG@10", "published RMSE"]
    for row in found["article"]:
        other = honest.get(row["name"], {})
        figures = [row[name] for name in ("rmse", "rmse_same_rows", "precision", "recall")]
        figures += [other.get(name) for name in ("rmse", "hit_rate", "ndcg")]
        published = PUBLISHED_RMSE.get(row["name"], {})
        known = " ".join(f"{tier} {value:.3f}" for tier, value in published.items())
        rows.append([row["name"], *(_number(figure) for figure in figures), known])
    for name, row in honest.items():
        if name not in {one["name"] for one in found["article"]}:
            figures = [row.get(key) for key in ("rmse", "hit_rate", "ndcg")]
            rows.append([name, "", "", "", "", *(_number(figure) for figure in figures), ""])
    share = leak["share"]
    told = f"{share:.1%}" if share is not None else "none"
    return "\n".join(
        [
            f"{found['rows']:,} ratings, random 60/20/20, {found['splits']} splits",
            f"leak: {told} of the {leak['known_rows']:,} test rows that ALS can score, and "
            f"{leak['share_of_all_test_rows']:.1%} of all {leak['test_rows']:,}, are customer–item "
            "pairs of training too",
            "",
            *aligned(rows),
            *([found["note"]] if found["note"] else []),
        ]
    )


def worth_table(found: dict[str, Any]) -> str:
    """What lists of each recommender are worth, the best first, and how sure that is."""
    rows = [["recommender", "revenue", "90 % interval", "more than was spent", "SNIPS", "weight"]]
    board = sorted(found["contestants"], key=lambda row: -row["doubly_robust"]["value"])
    for row in board:
        worth, gain = row["doubly_robust"], row["gain"]
        rows.append(
            [
                row["name"],
                f"{worth['value']:,.2f}",
                f"{worth['low']:,.2f} – {worth['high']:,.2f}",
                f"{gain['value']:+,.2f} ({gain['low']:+,.2f} – {gain['high']:+,.2f})",
                f"{row['snips']['value']:,.2f}",
                f"{row['weight']:.2f}",
            ]
        )
    title = (
        f"{found['level']}: revenue in the {found['horizon_days']:g} days from a purchase, by "
        f"{found['purchases']:,} purchases of {found['customers']:,} customers, who spent "
        f"{found['spent']:,.2f}"
    )
    notes = [f"{name}: {why}" for name, why in found["left_out"].items()]
    return "\n".join([title, "", *aligned(rows), *notes])


def _metrics(row: dict[str, Any], metrics: Sequence[str]) -> list[str]:
    return [row["name"], *(_number(row.get(name)) for name in metrics), _interval(row)]


def _ndcg(row: dict[str, Any], metric: str) -> list[str]:
    return [_number(row[metric]), _interval(row)]


def _interval(row: dict[str, Any]) -> str:
    low, high = row["interval"]
    return f"{low:.3f} – {high:.3f}"


def _number(value: Any) -> str:
    return "–" if value is None else f"{value:.3f}"


def aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Lines whose columns stand below each other: the first to the left, figures to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()
