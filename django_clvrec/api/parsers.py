"""Bodies of a bounded length."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MOST_BYTES = 256 * 1024
"""Four times what a browser's sendBeacon sends at most."""
MOST_DEEP = 8
"""Lists and objects within each other; nothing that is asked for needs more than three."""


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"At most {MOST_BYTES} bytes."
    default_code = "too_large"


class BoundedJSON(BaseParser):
    """JSON of a bounded length and depth, without the numbers that JSON does not have."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge
        try:
            found = json.loads(body, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise ParseError("This is not JSON.") from error
        if _is_deeper(found, MOST_DEEP):
            raise ParseError(f"At most {MOST_DEEP} lists and objects within each other.")
        return found


class BoundedPlainText(BoundedJSON):
    """The same as plain text, which is how sendBeacon sends a string."""

    media_type = "text/plain"


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _is_deeper(value: Any, most: int) -> bool:
    layer = [value]
    for _ in range(most + 1):
        layer = [
            one
            for held in layer
            if isinstance(held, (dict, list))
            for one in (held.values() if isinstance(held, dict) else held)
            if isinstance(one, (dict, list))
        ]
        if not layer:
            return False
    return True
