"""The strictest Content-Security-Policy a shop may have: nothing inline, nothing from elsewhere."""


class StrictPolicy:
    """Sends it with every page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["Content-Security-Policy"] = "default-src 'self'"
        return response
