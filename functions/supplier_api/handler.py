"""Function supplier_api. HTTP: create suppliers and configure them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.api.http import resolver
from chorus_connector.api.routes import (
    access,
    attachment_policy,
    audit,
    credentials,
    criteria,
    me,
    removal,
    suppliers,
    tables,
)

app = resolver()
for resource in (me, suppliers, removal, credentials, criteria, access, audit, tables, attachment_policy):
    app.include_router(resource.router)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
