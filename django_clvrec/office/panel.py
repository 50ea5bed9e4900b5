"""The panel of refreshes, for any page of the admin.

`{% include "admin/clvrec/_run_panel.html" with panel=panel %}` shows it, where `panel` is
`run_panel(request)`. It brings its own script and styles.
"""

from typing import Any

from celery import current_app
from django.http import HttpRequest

from django_clvrec.office.states import Asked, run_states
from django_clvrec.schedule import planned

ASKED = "clvrec_asked"
"""In the session: which refreshes this person has handed to Celery, and when."""
TASK = "clvrec.refresh"


def may_run(request: HttpRequest) -> bool:
    """Whether this person starts and cancels refreshes."""
    return request.user.has_perm("clvrec.run_refresh")


def may_view(request: HttpRequest) -> bool:
    """Whether this person sees snapshots."""
    return request.user.has_perm("clvrec.view_snapshot")


def run_panel(request: HttpRequest) -> dict[str, Any]:
    """What the panel shows, in two queries; nothing for who may not see snapshots.

    `runs` of each source, whether this person `may_run`, where to `poll` and to come back to
    (`here`), what is `planned`, and how to start a `worker`.
    """
    if not may_view(request):
        return {}
    allowed = may_run(request)
    return {
        "runs": run_states(asked(request), may_run=allowed),
        "may_run": allowed,
        "here": request.get_full_path(),
        "planned": planned(),
        "worker": worker_command(),
    }


def worker_command() -> str:
    """How to start a worker that takes refreshes."""
    queue = current_app.amqp.router.route({}, TASK).get("queue")
    name = getattr(queue, "name", queue) or "celery"
    return f"celery -A {current_app.main or 'your_project'} worker -Q {name} --concurrency 1"


def asked(request: HttpRequest) -> Asked:
    """What this person has handed to Celery."""
    found: Asked = request.session.get(ASKED, {})
    return found
