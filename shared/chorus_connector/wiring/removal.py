"""The export of one supplier and its deletion, made from its ``Tenant``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.domain.errors import NotFound
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring.clients import function_client
from chorus_connector.wiring.installation import installation, removal_queue

if TYPE_CHECKING:
    from chorus_connector.adapters.s3 import S3TenantFiles
    from chorus_connector.adapters.table.administration import DynamoTenantRecords
    from chorus_connector.ports.values import DeletedSupplier
    from chorus_connector.usecases.messages.withdrawal import SettleMessages
    from chorus_connector.usecases.suppliers.removal import ExportSupplier, RemoveSupplier, TenantContents
    from chorus_connector.wiring.tenant import Tenant


def tenant_contents(tenant: Tenant) -> TenantContents:
    """Everything the supplier has here."""
    from chorus_connector.usecases.suppliers.removal import TenantContents  # noqa: PLC0415

    return TenantContents(_records(tenant), _files(tenant))


def export_supplier(tenant: Tenant) -> ExportSupplier:
    """Writes the supplier's contents into the bucket."""
    from chorus_connector.adapters.s3 import S3ExportParts  # noqa: PLC0415
    from chorus_connector.usecases.suppliers.removal import ExportSupplier  # noqa: PLC0415

    file = S3ExportParts(tenant.client("s3"), settings().required("bucket"), tenant.supplier_id)
    return ExportSupplier(tenant_contents(tenant), file, tenant.audit_trail)


def remove_supplier(tenant: Tenant) -> RemoveSupplier:
    """Exports the supplier, then deletes it, step by step."""
    from chorus_connector.usecases.suppliers.removal import RemoveSupplier  # noqa: PLC0415
    from chorus_connector.wiring.notifications import endpoint_secrets, endpoints  # noqa: PLC0415

    return RemoveSupplier(
        suppliers=tenant.suppliers,
        invoices=tenant.invoices,
        records=_records(tenant),
        files=_files(tenant),
        exports=export_supplier(tenant),
        secrets=tenant.secrets,
        endpoints=endpoints(tenant),
        endpoint_secrets=endpoint_secrets(tenant),
        messages=lambda: _own_messages(tenant),
    )


def _own_messages(tenant: Tenant) -> SettleMessages | None:
    """The messages of the structure that goes with the supplier; None: it has no structure, or one on its own."""
    from chorus_connector.adapters.table import claims  # noqa: PLC0415
    from chorus_connector.adapters.table.outbox import DynamoOutbox  # noqa: PLC0415
    from chorus_connector.usecases.messages.withdrawal import SettleMessages  # noqa: PLC0415

    siret, table = tenant.supplier.identifier_key, settings().required("table")
    if not siret:
        return None
    client = tenant.session(siret).client("dynamodb")
    if claims.owner(client, table, siret) != tenant.supplier_id:
        return None
    return SettleMessages(DynamoOutbox(client, table, siret, tenant.supplier_id))


def queue_removal(tenant: Tenant) -> None:
    """Have function supplier_removal work on the supplier. A second message resumes a removal that stopped."""
    removal_queue().go_on(tenant.supplier_id)


def deletion(tenant: Tenant) -> DeletedSupplier | None:
    """What remains of a deleted supplier; None while it is not deleted."""
    return installation().deleted(tenant.supplier_id)


def _records(tenant: Tenant) -> DynamoTenantRecords:
    from chorus_connector.adapters.table.administration import DynamoTenantRecords  # noqa: PLC0415
    from chorus_connector.adapters.table.announcements import DynamoAnnouncements  # noqa: PLC0415

    claimed = _claimed(tenant)
    session, table = tenant.session(claimed, installation=True), settings().required("table")
    announcements = DynamoAnnouncements(function_client("dynamodb"), table)
    return DynamoTenantRecords(session.client("dynamodb"), table, tenant.supplier_id, claimed, announcements)


def _files(tenant: Tenant) -> S3TenantFiles:
    from chorus_connector.adapters.s3 import S3TenantFiles  # noqa: PLC0415

    return S3TenantFiles(tenant.client("s3"), settings().required("bucket"), tenant.supplier_id)


def _claimed(tenant: Tenant) -> str:
    """The key of the supplier's identifier, also of a deleted one: that structure's messages are the supplier's too.

    Raises NotFound when there never was such a supplier.
    """
    try:
        return tenant.supplier.identifier_key
    except NotFound:
        deleted = deletion(tenant)
        if deleted is None:
            raise
        return deleted.claimed
