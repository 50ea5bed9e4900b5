"""Metrics that are on, and a reader of their text."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "let-me-see"


def parsed(text):
    """Values by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Scraped:
    """What Prometheus gets, and how much of it came since the test began."""

    def __init__(self, client):
        self._client = client
        self._before = self.read()

    def ask(self, token=TOKEN, **headers):
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self._client.get("/clvrec/metrics/", headers=headers)

    def read(self):
        return parsed(self.ask().text)

    def value(self, name, **labels):
        return self.read().get((f"clvrec_{name}", *sorted(labels.items())))

    def grown(self, name, **labels):
        key = (f"clvrec_{name}", *sorted(labels.items()))
        return self.read().get(key, 0) - self._before.get(key, 0)


@pytest.fixture
def scraped(db, settings, client):
    settings.CLVREC = settings.CLVREC | {"METRICS": {"token": TOKEN}}
    return Scraped(client)
