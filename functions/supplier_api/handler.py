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
    removal,
    suppliers,
    tables,
)
from chorus_connector.domain.errors import Forbidden, NotFound
from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.portal.credentials import CredentialMode, credentials_from
from chorus_connector.domain.suppliers.access import Access, Member, NotificationKind, Subscriber, kind_of
from chorus_connector.domain.suppliers.supplier import DEFAULT_SUPPLIER, Criterion, LoadingMode, OcrUse, Role
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.usecases.suppliers.audit import audit_file, whole_trail
from chorus_connector.wiring import removal as removal_wiring
from chorus_connector.wiring import tenant as wiring

app = resolver()
for resource in (suppliers, removal, credentials, criteria, access, audit, tables, attachment_policy):
    app.include_router(resource.router)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
