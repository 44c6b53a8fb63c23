"""Function message_api. HTTP: « Mes messages » (inbox, outbox, distribution lists), and structures."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.api.http import resolver
from chorus_connector.api.routes import inbox, lists, messages, outbox, previews, recipients, structures

app = resolver()
for resource in (messages, inbox, previews, outbox, recipients, lists, structures):
    app.include_router(resource.router)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
