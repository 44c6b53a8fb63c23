"""Function invoice_api. HTTP: lists of invoices; one invoice, its filing, form, history and submission; layouts."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.api.http import resolver
from chorus_connector.api.routes import (
    batches,
    claims,
    filing,
    forms,
    invoices,
    layouts,
    portal_records,
    repairs,
    tracking,
)

app = resolver()
for resource in (invoices, batches, claims, filing, forms, layouts, tracking, portal_records, repairs):
    app.include_router(resource.router)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
