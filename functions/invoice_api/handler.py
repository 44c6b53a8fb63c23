"""Function invoice_api. HTTP: lists of invoices; one invoice, its form, history and submission; layouts; recipients."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.api.http import resolver
from chorus_connector.api.routes import (
    batches,
    claims,
    directory,
    filing,
    forms,
    invoices,
    layouts,
    portal_records,
    repairs,
    tracking,
)

app = resolver()
for resource in (invoices, batches, claims, directory, filing, forms, layouts, tracking, portal_records, repairs):
    app.include_router(resource.router)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
