"""The use cases on ZIPs of documents, made from a ``Tenant``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.runtime.settings import settings
from chorus_connector.wiring.clients import function_client

if TYPE_CHECKING:
    from chorus_connector.adapters.queues.archives import SqsArchives
    from chorus_connector.adapters.s3 import S3Uploads
    from chorus_connector.adapters.table.archives import DynamoArchives
    from chorus_connector.usecases.invoices.archives import ExpectArchives, TakeArchives
    from chorus_connector.wiring.tenant import Tenant


def expect_archives(tenant: Tenant) -> ExpectArchives:
    """Announces ZIPs, and notices when one has arrived."""
    from chorus_connector.usecases.invoices.archives import ExpectArchives  # noqa: PLC0415

    return ExpectArchives(archives(tenant), _uploads(tenant), _queue())


def take_archives(tenant: Tenant) -> TakeArchives:
    """Takes the files of ZIPs that have arrived."""
    from chorus_connector.adapters.zip_reader import INFLATED_AT_ONCE, SandboxedZips, zip_sandbox  # noqa: PLC0415
    from chorus_connector.usecases.invoices.archives import TakeArchives  # noqa: PLC0415
    from chorus_connector.wiring.invoices import intake, remembered_death  # noqa: PLC0415

    return TakeArchives(
        supplier=tenant.supplier,
        archives=archives(tenant),
        uploads=_uploads(tenant),
        zips=SandboxedZips(zip_sandbox(), remembered_death(tenant, short_limits=False)),
        intake=intake(tenant),
        queue=_queue(),
        at_once=INFLATED_AT_ONCE,
    )


def archives(tenant: Tenant) -> DynamoArchives:
    """The supplier's ZIPs."""
    from chorus_connector.adapters.table.archives import DynamoArchives  # noqa: PLC0415

    return DynamoArchives(tenant.client("dynamodb"), settings().required("table"), tenant.supplier_id)


def _uploads(tenant: Tenant) -> S3Uploads:
    from chorus_connector.adapters.s3 import S3Uploads  # noqa: PLC0415

    return S3Uploads(tenant.client("s3"), settings().required("bucket"), tenant.supplier_id, "archives")


def _queue() -> SqsArchives:
    from chorus_connector.adapters.queues.archives import SqsArchives  # noqa: PLC0415

    return SqsArchives(function_client("sqs"), settings().required("archive_queue_url"))
