"""`manage.py clvrec_experiment`: what came of an experiment, and starting and stopping it."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_clvrec.exceptions import ClvrecError
from django_clvrec.experiments import estimate_popular, experiment_of, report, start, stop
from django_clvrec.management.experiments import (
    estimates_table,
    experiments_table,
    moment,
    report_tables,
)
from django_clvrec.models import Experiment, Tier
from django_clvrec.sources import get_source


class Command(BaseCommand):
    """List, report, start and stop; and what popular items alone would have earned."""

    help = "List experiments, report what came of one, start or stop it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="all experiments")
        reporting = actions.add_parser("report", help="figures by variant and tier")
        reporting.add_argument("key")
        reporting.add_argument("--level", help="default: each level in which lists were shown")
        reporting.add_argument("--tier", choices=Tier.values, help="when a subject first took part")
        reporting.add_argument(
            "--json",
            metavar="PATH",
            help="write JSON into a file, or with - to stdout in place of the table",
        )
        for name, what in (("start", "let it run"), ("stop", "show everybody the normal lists")):
            actions.add_parser(name, help=what).add_argument("key")
        judging = actions.add_parser(
            "off-policy", help="clicks that popular items alone would have had, from the log"
        )
        judging.add_argument("--level", help="default: the source's first one")
        judging.add_argument("--source", help="name of the purchase source; default: the first one")

    def handle(self, **options: Any) -> None:
        try:
            told = getattr(self, "_" + options["action"].replace("-", "_"))(options)
        except ClvrecError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(told)

    def _list(self, options: dict[str, Any]) -> str:
        return experiments_table(Experiment.objects.order_by("-is_active", "key"))

    def _report(self, options: dict[str, Any]) -> str:
        found = report(experiment_of(options["key"]), options["level"], options["tier"])
        if options["json"] == "-":
            return json.dumps(found.to_json())
        if options["json"]:
            try:
                Path(options["json"]).write_text(json.dumps(found.to_json(), indent=2) + "\n")
            except OSError as error:
                raise CommandError(f"{options['json']} cannot be written: {error}.") from error
        return report_tables(found)

    def _start(self, options: dict[str, Any]) -> str:
        experiment = experiment_of(options["key"])
        for warning in start(experiment):
            self.stderr.write(warning)
        when = f" from {moment(experiment.starts_at)}" if experiment.starts_at else ""
        return f"{experiment.key} runs{when}."

    def _stop(self, options: dict[str, Any]) -> str:
        experiment = experiment_of(options["key"])
        stop(experiment)
        return f"{experiment.key} is stopped; everybody gets the normal lists."

    def _off_policy(self, options: dict[str, Any]) -> str:
        level = options["level"] or get_source(options["source"]).levels[0]
        return estimates_table(estimate_popular(level, options["source"]))
