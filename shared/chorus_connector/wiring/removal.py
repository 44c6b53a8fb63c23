"""The composition root of a supplier's end and of its export: beside ``wiring``, on it and on the notifications'."""

from typing import TYPE_CHECKING

from chorus_connector.runtime.settings import settings
from chorus_connector.wiring import tenant as wiring
from chorus_connector.wiring.clients import function_client, tenant_client

if TYPE_CHECKING:
    from chorus_connector.adapters.queues.work import SqsRemovals
    from chorus_connector.adapters.s3 import S3TenantFiles
    from chorus_connector.adapters.table.administration import DynamoTenantRecords
    from chorus_connector.usecases.suppliers.removal import ExportSupplier, RemoveSupplier, TenantContents


def tenant_contents(supplier_id: str, siret: str) -> "TenantContents":
    """Everything one supplier has here, for its export."""
    from chorus_connector.usecases.suppliers.removal import TenantContents  # noqa: PLC0415

    return TenantContents(_tenant_records(supplier_id, siret), _tenant_files(supplier_id))


def export_supplier(supplier_id: str, siret: str) -> "ExportSupplier":
    """One supplier's export, written into the bucket."""
    from chorus_connector.adapters.s3 import S3ExportParts  # noqa: PLC0415
    from chorus_connector.usecases.suppliers.removal import ExportSupplier  # noqa: PLC0415

    file = S3ExportParts(tenant_client(supplier_id, "s3"), settings().required("bucket"), supplier_id)
    return ExportSupplier(tenant_contents(supplier_id, siret), file, wiring.audit_trail(supplier_id))


def remove_supplier(supplier_id: str, siret: str) -> "RemoveSupplier":
    """One supplier's end. ``siret`` is its own, which says whose space of messages goes too."""
    from chorus_connector.usecases.suppliers.removal import RemoveSupplier  # noqa: PLC0415
    from chorus_connector.wiring.notifications import endpoint_secrets, endpoints  # noqa: PLC0415

    return RemoveSupplier(
        suppliers=wiring.supplier_store(supplier_id),
        invoices=wiring.invoices(supplier_id),
        records=_tenant_records(supplier_id, siret),
        files=_tenant_files(supplier_id),
        exports=export_supplier(supplier_id, siret),
        secrets=wiring.secrets(supplier_id),
        endpoints=endpoints(supplier_id),
        endpoint_secrets=endpoint_secrets(supplier_id),
    )


def removal_queue() -> "SqsRemovals":
    """Where suppliers on their way out wait for the next steps."""
    from chorus_connector.adapters.queues.work import SqsRemovals  # noqa: PLC0415

    return SqsRemovals(function_client("sqs"), settings().required("removal_queue_url"))


def _tenant_records(supplier_id: str, siret: str) -> "DynamoTenantRecords":
    from chorus_connector.adapters.table.administration import DynamoTenantRecords  # noqa: PLC0415

    return DynamoTenantRecords(tenant_client(supplier_id, "dynamodb"), settings().required("table"), supplier_id, siret)


def _tenant_files(supplier_id: str) -> "S3TenantFiles":
    from chorus_connector.adapters.s3 import S3TenantFiles  # noqa: PLC0415

    return S3TenantFiles(tenant_client(supplier_id, "s3"), settings().required("bucket"), supplier_id)
