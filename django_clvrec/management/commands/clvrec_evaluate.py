"""`manage.py clvrec_evaluate`: what recommends best, on the shop's own orders."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_clvrec.core.evaluation.names import SPLIT
from django_clvrec.core.ranking import DISCOVER, INTENTS
from django_clvrec.core.recommenders.names import DEEP, NAMES
from django_clvrec.engines.registry import require_training
from django_clvrec.exceptions import ClvrecError
from django_clvrec.management.arguments import whole
from django_clvrec.management.evaluations import article_tables, evaluation_table, worth_table
from django_clvrec.management.progress import ProgressBar
from django_clvrec.parameters import end_of_observation
from django_clvrec.sources import get_source

CHRONOLOGICAL, ARTICLE, WORTH = "chronological", "article", "worth"

TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    CHRONOLOGICAL: evaluation_table,
    ARTICLE: article_tables,
    WORTH: worth_table,
}


class Command(BaseCommand):
    """Learn from older orders, and see which recommender lists what was bought later."""

    help = (
        "Measure every recommender on the shop's own orders: learn from those before a moment, "
        "look for what was bought after it. Nothing is stored or published."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", help="name of the purchase source; default: the first one")
        parser.add_argument("--level", help="what is recommended; default: the source's first one")
        parser.add_argument("--intent", choices=INTENTS, default=DISCOVER)
        parser.add_argument(
            "--split",
            type=_split,
            default=SPLIT,
            help="share of the time that is learnt from, or an ISO date or time up to which",
        )
        parser.add_argument(
            "--folds", type=whole, default=1, help="blocks of time after the split, one by one"
        )
        parser.add_argument("--k", type=whole, default=10, help="length of the lists")
        parser.add_argument(
            "--recommenders",
            nargs="+",
            default=(),
            metavar="NAME",
            help=", ".join((*NAMES, *DEEP)) + "; default: all that compete in a refresh",
        )
        parser.add_argument(
            "--deep",
            action="store_true",
            help="those that are trained with PyTorch too: " + ", ".join(DEEP),
        )
        parser.add_argument(
            "--json",
            nargs="?",
            const="-",
            metavar="PATH",
            help="write JSON into a file, or to stdout in place of the table",
        )
        parser.add_argument(
            "--protocol",
            choices=(CHRONOLOGICAL, ARTICLE, WORTH),
            default=CHRONOLOGICAL,
            help="“article” repeats the random split of the article this project started from, "
            "on ratings, beside an honest one; “worth” estimates what customers would spend who "
            "buy from the lists of each recommender",
        )
        parser.add_argument(
            "--ratings", type=Path, help="with --protocol article: a CSV file of customer, item, "
            "rating, in place of the source's ratings",
        )  # fmt: skip
        parser.add_argument(
            "--days", type=whole, default=30, help="with --protocol worth: how far it looks ahead"
        )
        parser.add_argument(
            "--splits", type=whole, help="with --protocol article: how many random splits"
        )

    def handle(self, **options: Any) -> None:
        bar = ProgressBar(sys.stderr)
        try:
            found = self._found(options, bar)
        except ClvrecError as error:
            bar.close("failed")
            raise CommandError(str(error)) from error
        bar.close()
        if options["json"] == "-":
            self.stdout.write(json.dumps(found))
            return
        if options["json"]:
            try:
                Path(options["json"]).write_text(json.dumps(found, indent=2) + "\n")
            except OSError as error:
                raise CommandError(f"{options['json']} cannot be written: {error}.") from error
        self.stdout.write(TABLES[options["protocol"]](found))

    def _found(self, options: dict[str, Any], bar: ProgressBar) -> dict[str, Any]:
        require_training()
        # else web servers would have an ImportError in place of what to do
        from django_clvrec.evaluation import Wish, evaluate, evaluate_article, evaluate_worth

        source = options["source"]
        if options["protocol"] == ARTICLE:
            return evaluate_article(
                options["level"],
                options["ratings"],
                source,
                splits=options["splits"],
                on_progress=bar,
            )
        # what is trained with PyTorch is asked for
        also = DEEP if options["deep"] else ()
        names = options["recommenders"]
        wish = Wish(
            level=options["level"] or get_source(source).levels[0],
            intent=options["intent"],
            split=options["split"],
            folds=options["folds"],
            k=options["k"],
            names=(*names, *also) if names else (),
            also=also,
        )
        if options["protocol"] == WORTH:
            return evaluate_worth(wish, options["days"], source, on_progress=bar)
        return evaluate(wish, source, on_progress=bar)


def _split(text: str) -> float | datetime:
    try:
        share = float(text)
    except ValueError:
        try:
            return end_of_observation(text)
        except ValueError:
            raise ArgumentTypeError(
                f"{text!r} is neither a share such as 0.8 nor an ISO date"
            ) from None
    if not 0 < share < 1:
        raise ArgumentTypeError(f"{text} is not between 0 and 1")
    return share
