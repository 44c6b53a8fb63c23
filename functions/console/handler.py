"""Function console. HTTP, no token: the screens for people, who sign in at the user pool's page."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from console.app import respond

logger = Logger()


def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    cause = str(event["requestContext"].get("requestId", ""))
    with logger.append_context_keys(correlation_id=cause, cause=cause):
        return respond(event)
