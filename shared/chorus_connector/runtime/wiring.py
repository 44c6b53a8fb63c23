"""The composition root: which adapter stands behind each port, made once per container and only when used.

Imports are inside the makers on purpose: a function pays only for what its box uses (cold start).
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from chorus_connector.runtime.settings import settings

if TYPE_CHECKING:
    from chorus_connector.adapters.chorus import ChorusPortal
    from chorus_connector.adapters.dynamodb import DynamoInstallation, DynamoInvoices, DynamoSupplier
    from chorus_connector.adapters.s3 import S3Documents
    from chorus_connector.adapters.secrets import SecretsManagerCredentials
    from chorus_connector.adapters.sqs import SqsQueue
    from chorus_connector.domain.credentials import Credentials
    from chorus_connector.domain.problem import Problem
    from chorus_connector.domain.supplier import Supplier
    from chorus_connector.usecases.form import CompleteForm
    from chorus_connector.usecases.intake import Intake
    from chorus_connector.usecases.provisioning import Configure, Provision
    from chorus_connector.usecases.reading import ReadDocument
    from chorus_connector.usecases.resolution import Resolution
    from chorus_connector.usecases.submission import SubmitInvoice
    from chorus_connector.usecases.sweep import Sweep


@cache
def _aws(service: str) -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    # dead connections must not eat the function's time; standard mode retries throttling with jitter
    config = Config(connect_timeout=3, read_timeout=20, retries={"mode": "standard", "max_attempts": 4})
    return boto3.client(service, config=config)


def installation() -> "DynamoInstallation":
    """What spans tenants."""
    from chorus_connector.adapters.dynamodb import DynamoInstallation  # noqa: PLC0415

    return DynamoInstallation(_aws("dynamodb"), settings().required("table"))


def invoices(supplier_id: str) -> "DynamoInvoices":
    """One supplier's invoices."""
    from chorus_connector.adapters.dynamodb import DynamoInvoices  # noqa: PLC0415

    return DynamoInvoices(_aws("dynamodb"), settings().required("table"), supplier_id)


def supplier_store(supplier_id: str) -> "DynamoSupplier":
    """One supplier's record."""
    from chorus_connector.adapters.dynamodb import DynamoSupplier  # noqa: PLC0415

    return DynamoSupplier(_aws("dynamodb"), settings().required("table"), supplier_id)


def documents(supplier_id: str) -> "S3Documents":
    """One supplier's files."""
    from chorus_connector.adapters.s3 import S3Documents  # noqa: PLC0415

    return S3Documents(_aws("s3"), settings().required("bucket"), supplier_id)


def secrets(supplier_id: str) -> "SecretsManagerCredentials":
    """One supplier's credentials."""
    from chorus_connector.adapters.secrets import SecretsManagerCredentials  # noqa: PLC0415

    return SecretsManagerCredentials(_aws("secretsmanager"), settings().required("secret_prefix"), supplier_id)


def queue(setting: str) -> "SqsQueue":
    """The queue whose URL stands in that setting."""
    from chorus_connector.adapters.sqs import SqsQueue  # noqa: PLC0415

    return SqsQueue(_aws("sqs"), settings().required(setting))


@cache
def _portal_http() -> Any:
    import httpx  # noqa: PLC0415

    return httpx.Client(limits=httpx.Limits(max_connections=8))


def portal(supplier: "Supplier", credentials: "Credentials | None" = None) -> "ChorusPortal":
    """Chorus Pro as that supplier; with the given credentials, or those kept for it when first needed."""
    from chorus_connector.adapters.chorus import ChorusPortal  # noqa: PLC0415
    from chorus_connector.chorus_pro.hosts import PortalHosts  # noqa: PLC0415

    return ChorusPortal(
        hosts=PortalHosts(settings().required("chorus_token_url"), settings().required("chorus_api_base")),
        http=_portal_http(),
        supplier=supplier,
        credentials=(lambda: credentials) if credentials else secrets(supplier.supplier_id).get,
    )


def intake(supplier_id: str) -> "Intake":
    """Box upload_intake for one supplier."""
    from chorus_connector.usecases.intake import Intake  # noqa: PLC0415

    return Intake(
        supplier=supplier_store(supplier_id).get(),
        invoices=invoices(supplier_id),
        documents=documents(supplier_id),
        ocr_queue=queue("ocr_queue_url"),
        inspect=_why_unreadable,
    )


def read_document(supplier_id: str) -> "ReadDocument":
    """Box textract_ocr for one supplier."""
    from chorus_connector.adapters.pdf import open_pdf, subset_pdf  # noqa: PLC0415
    from chorus_connector.adapters.textract import Textract  # noqa: PLC0415
    from chorus_connector.usecases.reading import ReadDocument  # noqa: PLC0415

    return ReadDocument(
        supplier=supplier_store(supplier_id).get(),
        invoices=invoices(supplier_id),
        documents=documents(supplier_id),
        ocr=Textract(
            _aws("textract"),
            bucket=settings().required("bucket"),
            topic_arn=settings().required("textract_topic_arn"),
            role_arn=settings().required("textract_role_arn"),
            supplier_id=supplier_id,
        ),
        resolution_queue=queue("resolution_queue_url"),
        open_pdf=open_pdf,
        subset_pdf=subset_pdf,
        pages_from_textract=_pages_from_textract,
    )


def _why_unreadable(data: bytes) -> "Problem | None":
    from chorus_connector.adapters.pdf import UnreadablePdf, open_pdf  # noqa: PLC0415

    try:
        open_pdf(data).close()
    except UnreadablePdf as refusal:
        return refusal.problem
    return None


def _pages_from_textract(answer: Any, page_numbers: Any) -> Any:
    # trp is 25 ms and a megabyte of marshmallow: only a document that was OCR'd pays for it
    from chorus_connector.adapters.textract_blocks import pages_from_textract  # noqa: PLC0415

    return pages_from_textract(answer, page_numbers)


def resolution(supplier_id: str) -> "Resolution":
    """Box resolution for one supplier."""
    from chorus_connector.adapters.dynamodb import DynamoRecipients  # noqa: PLC0415
    from chorus_connector.usecases.directory import Directory  # noqa: PLC0415
    from chorus_connector.usecases.resolution import Resolution  # noqa: PLC0415

    supplier = supplier_store(supplier_id).get()
    recipients = DynamoRecipients(_aws("dynamodb"), settings().required("table"))
    return Resolution(
        supplier=supplier,
        invoices=invoices(supplier_id),
        directory=Directory(cache=recipients, portal=portal(supplier)),
    )


def submit_invoice(supplier_id: str) -> "SubmitInvoice":
    """Box submission for one supplier."""
    from chorus_connector.usecases.submission import SubmitInvoice  # noqa: PLC0415

    resolving = resolution(supplier_id)
    return SubmitInvoice(
        invoices=resolving.invoices,
        documents=documents(supplier_id),
        portal=resolving.directory.portal,
        resolution=resolving,
        settle_after=settings().settle_after,
    )


def sweep() -> "Sweep":
    """Box sync_ten_minutes."""
    from chorus_connector.usecases.sweep import Sweep  # noqa: PLC0415

    return Sweep(installation=installation(), submission_queue=queue("submission_queue_url"))


def complete_form(supplier_id: str) -> "CompleteForm":
    """The form of box invoice_api for one supplier."""
    from chorus_connector.usecases.form import CompleteForm  # noqa: PLC0415

    resolving = resolution(supplier_id)
    return CompleteForm(
        invoices=resolving.invoices,
        resolution=resolving,
        submission_queue=queue("submission_queue_url"),
    )


def provision() -> "Provision":
    """The tenant-making half of box supplier_api."""
    from chorus_connector.usecases.provisioning import Provision  # noqa: PLC0415

    return Provision(installation=installation(), strict_siret=settings().strict_siret)


def configure(supplier_id: str) -> "Configure":
    """The configuration half of box supplier_api for one supplier."""
    from chorus_connector.usecases.provisioning import Configure  # noqa: PLC0415

    store = supplier_store(supplier_id)
    return Configure(
        suppliers=store,
        invoices=invoices(supplier_id),
        secrets=secrets(supplier_id),
        portal=lambda credentials: portal(store.get(), credentials),
    )
