"""What web processes do at the tutorial's shop, for an environment with the base alone: a script
that prints a JSON object, of what was asked and what came of it.

Run it where the shop's `manage.py` is. It makes orders, an experiment and a second snapshot there.
"""

import json
import sys
import traceback
from collections import Counter
from decimal import Decimal
from importlib import import_module
from io import StringIO

import django

HEAVY = ("pandas", "pyarrow", "scipy", "sklearn", "threadpoolctl", "torch")
EVENTS = "/clvrec/v1/events/"
INTENTS = ("discover", "again", "mixed")
ERRORS = []


def blocked(*names):
    """Nobody finds these packages, as where they are not installed."""
    for name in names:
        sys.modules[name] = None


def there(name):
    try:
        import_module(name)
    except ImportError:
        return False
    return True


def command(*words):
    """Exit code, and the last words of what it said."""
    from django.core.management import CommandError, call_command

    out = StringIO()
    try:
        call_command(*words, stdout=out, stderr=out)
    except CommandError as error:
        return [error.returncode, str(error)]
    except SystemExit as end:
        return [end.code, out.getvalue()]
    return [0, out.getvalue()]


def buy(user, count=1):
    """Orders of now, of the first products, told as a shop tells them."""
    from django.utils import timezone

    from django_clvrec.contrib.practice.models import Order, Product
    from django_clvrec.orders import order_placed

    for _ in range(count):
        order = Order.objects.create(customer=user, placed_at=timezone.now())
        for product in Product.objects.order_by("pk")[3:6]:
            order.orderline_set.create(product=product, unit_price=Decimal(5))
    return order_placed(str(user.pk))


def folded_in():
    """How lists are made for customers of each tier, who have bought just now."""
    from django.contrib.auth.models import User

    from django_clvrec.models import CustomerScore
    from django_clvrec.serving import recommend

    keys = CustomerScore.objects.order_by("tier", "pk").values_list("customer_key", "tier")
    sources, reasons, tiers = Counter(), 0, {}
    for key, tier in {tier: (key, tier) for key, tier in keys}.values():
        tiers[tier] = buy(User.objects.get(pk=key))
        for level in ("category", "product"):
            for intent in INTENTS:
                found = recommend(key, level, 5, intent, explain=True)
                sources[str(found.source)] += 1
                reasons += sum(item.because is not None for item in found)
    return {"sources": sources, "reasons": reasons, "tiers": tiers}


def every_recommender():
    """Those whose arrays the snapshot keeps, and how many items each lists for a history."""
    from django_clvrec.core.recommenders.bought import Bought
    from django_clvrec.core.recommenders.visits import history_of, ranked
    from django_clvrec.serving.room import room_of
    from django_clvrec.serving.stored import live_of
    from django_clvrec.sources import get_source

    room = room_of(live_of(get_source().name), "product")
    lines = [
        Bought(item=number, order=str(number % 3), days=9.0 * number) for number in range(1, 9)
    ]
    history = history_of(lines, len(room.keys), "high")
    found = {}
    for name, fitted in room.fitted.items():
        places, _ = ranked(fitted, history, 5, "discover")
        fitted.explain(history, int(places[0]))
        found[name] = len(places)
    return found


def newcomer():
    """The tier of somebody after the first order, and after some more."""
    from django.contrib.auth.models import User

    user = User.objects.create(username="newcomer")
    return [buy(user), buy(user, 3)]


def interests():
    from django_clvrec.contrib.practice.models import Product
    from django_clvrec.serving import recommend

    chosen = [str(product.pk) for product in Product.objects.all()[:3]]
    return str(recommend(None, "product", 5, interests=chosen).source)


def pages(client):
    """Status by address of every page that needs no number, and of those of a customer."""
    from django.urls import get_resolver, reverse

    from django_clvrec.models import CustomerScore, Snapshot
    from django_clvrec.sources import get_source

    def walk(resolver, before="/"):
        for one in resolver.url_patterns:
            path = before + str(one.pattern)
            if hasattr(one, "url_patterns"):
                yield from walk(one, path)
            elif "clvrec" in path and not set("<^(") & set(path):
                yield path

    snapshot = Snapshot.objects.live(get_source().name).get()
    score = CustomerScore.objects.filter(snapshot=snapshot).first()
    paths = [
        *walk(get_resolver()),
        reverse("admin:app_list", args=["clvrec"]),
        reverse("admin:clvrec_customerscore_change", args=[score.pk]),
        reverse("admin:clvrec_snapshot_change", args=[snapshot.pk]),
        f"/clvrec/v1/customers/{score.customer_key}/",
        f"/clvrec/v1/customers/{score.customer_key}/held/",
        f"/clvrec/v1/customers/{score.customer_key}/recommendations/?level=product",
        "/clvrec/v1/me/recommendations/?level=product&explain=1",
        "/clvrec/v1/related/?level=product&items=1",
    ]
    return {path: client.get(path).status_code for path in paths}


def exported(client):
    """Lines of the CSV that the admin streams."""
    from django.urls import reverse

    answer = client.get(reverse("admin:clvrec_customerscore_changelist") + "export/")
    return len(b"".join(answer.streaming_content).decode().splitlines())


def experiment(client):
    """What a report says of lists that were shown and clicked, and its page in the admin."""
    from django.contrib.auth.models import User
    from django.test import Client
    from django.urls import reverse

    from django_clvrec import experiments
    from django_clvrec.models import Experiment

    variants = [
        {"name": "control", "weight": 1},
        {"name": "other", "weight": 1, "most_per_category": 1},
    ]
    made = Experiment.objects.create(key="base", name="Base", variants=variants)
    experiments.start(made)
    accepted = 0
    for number, user in enumerate(User.objects.filter(username__startswith="customer-")[:20]):
        visitor = Client()
        visitor.force_login(user)
        shown = visitor.get("/clvrec/v1/me/recommendations/?level=product").json()
        events = [{"list": shown["list"], "kind": "shown"}]
        if number % 4 == 0:
            item = shown["results"][0]["key"]
            events.append({"list": shown["list"], "kind": "clicked", "item": item})
        body = json.dumps({"events": events})
        accepted += visitor.post(EVENTS, body, "application/json").json()["accepted"]
    report = experiments.report(made)
    page = client.get(reverse("admin:clvrec_experiment_change", args=[made.pk]))
    command_report = command("clvrec_experiment", "report", "base")
    experiments.stop(made)
    [level] = report.levels
    return {
        "accepted": accepted,
        "subjects": sum(one.subjects for one in level.overall.results.values()),
        "p_value": level.overall.ratio.p_value,
        "page": page.status_code,
        "command": command_report[0],
    }


def refresh_button(client):
    """What an admin is told whose broker takes the task, and what a worker makes of it here."""
    from celery import Celery
    from django.urls import reverse

    from django_clvrec.models import Snapshot

    app = Celery("base", broker="memory://")
    app.set_default()
    app.loader.import_default_modules()
    path = reverse("admin:clvrec_snapshot_refresh")
    told = client.post(path, headers={"Accept": "application/json"}).json()
    from django_clvrec import tasks  # as `autodiscover_tasks` does in a worker

    done = tasks.refresh.apply()
    return {
        "told": told["message"],
        "registered": "clvrec.refresh" in app.tasks,
        "worker": [done.state, type(done.result).__name__],
        "running": Snapshot.objects.filter(state="running").count(),
    }


def rolled_back(client):
    """The page of the admin that makes a snapshot live, there and back."""
    from django.urls import reverse

    from django_clvrec.models import Snapshot
    from django_clvrec.sources import get_source

    live = Snapshot.objects.live(get_source().name).get()
    other = Snapshot.objects.create(
        source=live.source, engine=live.engine, as_of=live.as_of, report=live.report, state="ready"
    )
    found = []
    for before, wanted in ((live, other), (other, live)):
        path = reverse("admin:clvrec_snapshot_activate", args=[wanted.pk])
        client.post(path, {"live": str(before.pk)})
        found.append(Snapshot.objects.live(live.source).get() == wanted)
    other.delete()
    return found


def erased():
    from django_clvrec.models import CustomerScore

    key = CustomerScore.objects.order_by("-pk").values_list("customer_key", flat=True)[0]
    code, _ = command("clvrec_erase", key, "--stays-out")
    return [code, CustomerScore.objects.filter(customer_key=key).count()]


def results():
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(username="admin"))
    yield "there", lambda: [name for name in HEAVY if there(name)]
    yield "check", lambda: command("check", "--fail-level", "INFO")
    yield "migrate", lambda: command("migrate", "--check")
    yield "doctor", lambda: command("clvrec_doctor", "--json")
    yield "prune", lambda: command("clvrec_prune")
    yield "csv", lambda: command("clvrec_export", "scores", "--out", "scores-of-base.csv")
    parquet = ("--format", "parquet", "--out", "scores.parquet")
    yield "parquet", lambda: command("clvrec_export", "scores", *parquet)
    yield "refresh", lambda: command("clvrec_refresh")
    yield "evaluate", lambda: command("clvrec_evaluate")
    columns = ("--customer", "a", "--item", "b", "--time", "c")
    yield "try", lambda: command("clvrec_try", "orders.csv", *columns)
    yield "pages", lambda: pages(client)
    yield "exported", lambda: exported(client)
    yield "every_recommender", every_recommender
    yield "folded_in", folded_in
    yield "newcomer", newcomer
    yield "interests", interests
    yield "experiment", lambda: experiment(client)
    yield "refresh_button", lambda: refresh_button(client)
    yield "rolled_back", lambda: rolled_back(client)
    yield "erased", erased


def set_up():
    sys.path.insert(0, "")
    django.setup()
    from django.conf import settings
    from django.core.signals import got_request_exception
    from django.urls import include, path

    urls = import_module(settings.ROOT_URLCONF)
    urls.urlpatterns += [path("clvrec/", include("django_clvrec.api.urls"))]
    settings.ALLOWED_HOSTS = ["testserver"]
    got_request_exception.connect(_note, weak=False)


def _note(**_):
    if sys.exc_info()[0].__name__ not in {"PermissionDenied", "Http404"}:
        ERRORS.append(traceback.format_exc())


def main():
    if "--blocked" in sys.argv:
        blocked(*HEAVY)
    set_up()
    found = {}
    for name, result in results():
        try:
            found[name] = result()
        except Exception:  # noqa: BLE001 - what went wrong is told beside the rest
            ERRORS.append(f"{name}\n{traceback.format_exc()}")
    print(json.dumps(found | {"errors": ERRORS}))  # noqa: T201


if __name__ == "__main__":
    main()
