"""The page of metrics: names, kinds, labels, and what they count."""

from prometheus_client import Counter

from django_clvrec.metrics.counting import METERS
from django_clvrec.metrics.reading import GAUGES
from docs.from_code.markdown import code, codes, table, whole


def page() -> str:
    counted = [
        [code(f"{one._name}_total" if isinstance(one, Counter) else one._name), one._type,
         codes(one._labelnames), one._documentation]
        for one in METERS.values()
    ]  # fmt: skip
    read = [["`clvrec_database_up`", "", "1 where the database answers."]] + [
        [code(f"clvrec_{name}"), codes(("source", *labels)), text]
        for name, (text, labels) in GAUGES.items()
    ]
    return whole(
        "Metrics",
        "For Prometheus, where the setting `METRICS` turns them on. How to expose them, and rules "
        "of alarms: [monitoring](../how-to/monitoring.md#metrics).",
        "## Counted where it happens",
        table(("Metric", "Kind", "Labels", ""), counted),
        "## Read from the database at each scrape",
        table(("Gauge", "Labels", ""), read),
    )
