"""What lists are worth on real orders: off-policy estimates with intervals.

`python -m benchmarks.worth --cases grocer/category --json PATH`

Each recommender learns up to 80 % of a log's time, with parameters as they come; what customers
spend in the thirty days after a purchase is estimated as if they had bought from its lists.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.quality import CASES, Case, parameters, write
from django_clvrec.core.recommenders.names import DEEP
from django_clvrec.engines.backtests import Question
from django_clvrec.engines.deep.budget import Budget
from django_clvrec.engines.deep.contestants import deep_recommenders
from django_clvrec.engines.worth import worth
from django_clvrec.management.evaluations import worth_table

DAYS = 30.0
NAMES = ("popular", "personal", "tifu_knn", "ease", "als")


def main(arguments: Sequence[str] | None = None) -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.worth", description=__doc__)
    words.add_argument("--cases", default="grocer/category,grocer/type,retailer/product")
    words.add_argument("--deep", nargs="*", default=DEEP, metavar="NAME", help=", ".join(DEEP))
    words.add_argument("--json", type=Path, help="where to write the result")
    options = words.parse_args(arguments)
    found = {}
    for case in CASES:
        name = f"{case.name}/{case.level}"
        if name in options.cases.split(","):
            found[name] = measure(case, options.deep)
            print(worth_table(found[name]), "\n")  # noqa: T201
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


def measure(case: Case, deep: Sequence[str]) -> dict[str, Any]:
    own = deep_recommenders(deep, Budget())
    with tempfile.TemporaryDirectory() as folder:
        write(case, Path(folder) / "log.parquet")
        question = Question(names=(*NAMES, *own))
        return worth(Path(folder), replace(parameters(case), own=own), question, DAYS)


if __name__ == "__main__":
    main()
