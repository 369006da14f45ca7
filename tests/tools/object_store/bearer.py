"""Checking tokens of tests/tools/token_service: `token.<process>-<number>.<end, ms since the epoch>`."""

import re

from answers import error

_TOKEN = re.compile(r"Bearer token\.[\d-]+\.(\d+)")


class Tokens:
    """Instead of signature.Credentials: whoever has a token that has not expired may do everything, and read who
    has none: the tests' own client."""

    def check(self, request, now):
        """None, or the answer that refuses the request. `now` is Unix time by the store's clock."""
        if request.method == "GET":
            return None
        found = _TOKEN.fullmatch(request.get("authorization") or "")
        if not found:
            return error(401, "Unauthorized", "A bearer token is required.")
        if int(found[1]) <= now * 1000:
            return error(401, "Unauthorized", "The token has expired.")
        if request.get("x-amz-content-sha256") is None:
            return error(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
        return None
