"""Function notification_api. HTTP: a user's notification feed, and a supplier's webhook endpoints."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.api.http import resolver
from chorus_connector.api.routes import feed, webhooks

app = resolver()
for resource in (feed, webhooks):
    app.include_router(resource.router)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
