"""`GET metrics/`: what Prometheus scrapes."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from django_clvrec import metrics
from django_clvrec.api.health import may_watch


@require_safe
def scrape(request: HttpRequest) -> HttpResponse:
    """All metrics, for who may watch; 404 where METRICS is not set."""
    if not metrics.is_on():
        raise Http404("Metrics are off: set METRICS in CLVREC, and install prometheus-client.")
    if not may_watch(request):
        return HttpResponse("Send the token of METRICS.", status=403, content_type="text/plain")
    from django_clvrec.metrics.exposing import exposition

    text, content_type = exposition()
    response = HttpResponse(text, content_type=content_type)
    add_never_cache_headers(response)
    return response
