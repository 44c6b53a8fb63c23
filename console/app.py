"""The console's entry point: one HTTP request in, one answer out. A placeholder until the screens are here."""

from typing import Any


def respond(event: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request of the HTTP API (payload 2.0)."""
    del event
    return {"statusCode": 200, "headers": {"Content-Type": "text/plain; charset=utf-8"}, "body": "ok"}
