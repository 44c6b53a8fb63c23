"""The composition root: which adapter stands behind each port, made once per container and only when used.

Imports are inside the makers on purpose: a function pays only for what its box uses (cold start).
"""

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from chorus_connector.runtime.settings import settings
from chorus_connector.wiring.clients import function_client, tenant_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from chorus_connector.adapters.chorus import ChorusPortal
    from chorus_connector.adapters.queues.work import SqsQueue, SqsTrackingQueue
    from chorus_connector.adapters.s3 import S3Attachments, S3Documents, S3Export
    from chorus_connector.adapters.secrets import SecretsManagerCredentials
    from chorus_connector.adapters.table.administration import DynamoAccess, DynamoAuditTrail
    from chorus_connector.adapters.table.breakers import DynamoBreakers
    from chorus_connector.adapters.table.idempotency import DynamoKeptAnswers
    from chorus_connector.adapters.table.invoices import DynamoInvoices, DynamoTrackingProgress
    from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier
    from chorus_connector.adapters.table.tables import DynamoAttachments, DynamoTables
    from chorus_connector.chorus_pro.credentials import ClientCertificate
    from chorus_connector.domain.invoices.choices import FieldChoice
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.invoices.visibility import Visibility
    from chorus_connector.domain.portal.credentials import Credentials
    from chorus_connector.domain.problem import Problem
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.usecases.invoices.attachments import Links, TakeAttachments
    from chorus_connector.usecases.invoices.due_work import HandOutDueWork
    from chorus_connector.usecases.invoices.form import CompleteForm
    from chorus_connector.usecases.invoices.intake import Intake
    from chorus_connector.usecases.invoices.listing import ListInvoices
    from chorus_connector.usecases.invoices.reading import ReadDocument
    from chorus_connector.usecases.invoices.repair import ReissueInvoice, RepairInvoices
    from chorus_connector.usecases.invoices.resolution import Resolution
    from chorus_connector.usecases.invoices.submission import SubmitInvoice
    from chorus_connector.usecases.invoices.visibility import VisibleInvoices
    from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal
    from chorus_connector.usecases.portal.credential_probe import HandOutProbes, ProbeCredentials
    from chorus_connector.usecases.portal.directory import Directory
    from chorus_connector.usecases.portal.tracking import StartNightlyTracking, TrackInvoices
    from chorus_connector.usecases.suppliers.access import ManageAccess
    from chorus_connector.usecases.suppliers.provisioning import Configure, Provision
    from chorus_connector.usecases.suppliers.tables import EditTables


_TO_WRITE_A_TABLE = 15.0
"""Seconds kept for writing 10,000 rows, when an import has asked the portal about many recipients."""


_FOR_ANOTHER_PAGE = 4.0
"""Seconds another page of a search may take, with the writes it brings."""


def _no_deadline() -> float:
    return float("inf")


def installation() -> "DynamoInstallation":
    """What spans tenants."""
    from chorus_connector.adapters.table.suppliers import DynamoInstallation  # noqa: PLC0415

    return DynamoInstallation(function_client("dynamodb"), settings().required("table"))


def kept_answers() -> "DynamoKeptAnswers":
    """Answers to requests that carried an Idempotency-Key."""
    from chorus_connector.adapters.table.idempotency import DynamoKeptAnswers  # noqa: PLC0415

    return DynamoKeptAnswers(function_client("dynamodb"), settings().required("table"))


@cache
def cursor_key() -> bytes:
    """The key that seals cursors, made with the installation."""
    from chorus_connector.adapters.secrets import plain_secret  # noqa: PLC0415

    return plain_secret(function_client("secretsmanager"), settings().required("cursor_secret_id")).encode()


def access(supplier_id: str, *, by: str) -> "ManageAccess":
    """One supplier's access list, changed by ``by``."""
    from chorus_connector.usecases.suppliers.access import ManageAccess  # noqa: PLC0415

    def leave_messages(principal: str) -> None:
        from chorus_connector.wiring import messages as message_wiring  # noqa: PLC0415

        if siret := supplier_store(supplier_id).get().siret:
            message_wiring.structures().unsubscribe(principal, siret)

    return ManageAccess(access_store(supplier_id), by=by, leave_messages=leave_messages)


def access_store(supplier_id: str) -> "DynamoAccess":
    """One supplier's access list and who is told of what."""
    from chorus_connector.adapters.table.administration import DynamoAccess  # noqa: PLC0415

    return DynamoAccess(tenant_client(supplier_id, "dynamodb"), settings().required("table"), supplier_id)


def audit_trail(supplier_id: str) -> "DynamoAuditTrail":
    """What was changed of one supplier's configuration."""
    from chorus_connector.adapters.table.administration import DynamoAuditTrail  # noqa: PLC0415

    return DynamoAuditTrail(tenant_client(supplier_id, "dynamodb"), settings().required("table"), supplier_id)


def invoices(supplier_id: str) -> "DynamoInvoices":
    """One supplier's invoices."""
    from chorus_connector.adapters.table.invoices import DynamoInvoices  # noqa: PLC0415

    return DynamoInvoices(tenant_client(supplier_id, "dynamodb"), settings().required("table"), supplier_id)


def supplier_store(supplier_id: str) -> "DynamoSupplier":
    """One supplier's record."""
    from chorus_connector.adapters.table.suppliers import DynamoSupplier  # noqa: PLC0415

    return DynamoSupplier(tenant_client(supplier_id, "dynamodb"), settings().required("table"), supplier_id)


def suppliers(supplier_ids: "Iterable[str]") -> "list[Supplier]":
    """Their records, in this order; one that was deleted meanwhile is left out."""
    from chorus_connector.adapters.table.suppliers import read_suppliers  # noqa: PLC0415

    return read_suppliers(function_client("dynamodb"), settings().required("table"), supplier_ids)


def documents(supplier_id: str) -> "S3Documents":
    """One supplier's files."""
    from chorus_connector.adapters.s3 import S3Documents  # noqa: PLC0415

    return S3Documents(tenant_client(supplier_id, "s3"), settings().required("bucket"), supplier_id)


def secrets(supplier_id: str) -> "SecretsManagerCredentials":
    """One supplier's credentials."""
    from chorus_connector.adapters.secrets import SecretsManagerCredentials  # noqa: PLC0415

    return SecretsManagerCredentials(
        tenant_client(supplier_id, "secretsmanager"), settings().required("secret_prefix"), supplier_id
    )


def tables(supplier_id: str) -> "DynamoTables":
    """One supplier's correspondence tables."""
    from chorus_connector.adapters.table.tables import DynamoTables  # noqa: PLC0415

    return DynamoTables(tenant_client(supplier_id, "dynamodb"), settings().required("table"), supplier_id)


def attachments(supplier_id: str) -> "DynamoAttachments":
    """One supplier's attachments."""
    from chorus_connector.adapters.table.tables import DynamoAttachments  # noqa: PLC0415

    return DynamoAttachments(tenant_client(supplier_id, "dynamodb"), settings().required("table"), supplier_id)


def attachment_files(supplier_id: str) -> "S3Attachments":
    """The files behind one supplier's attachments."""
    from chorus_connector.adapters.s3 import S3Attachments  # noqa: PLC0415

    return S3Attachments(tenant_client(supplier_id, "s3"), settings().required("bucket"), supplier_id)


def take_attachments(supplier_id: str) -> "TakeAttachments":
    """The attachments' half of box upload_intake for one supplier."""
    from chorus_connector.usecases.invoices.attachments import TakeAttachments  # noqa: PLC0415

    return TakeAttachments(supplier_store(supplier_id), attachments(supplier_id), attachment_files(supplier_id))


def visible_invoices(supplier_id: str, principal: str) -> "VisibleInvoices":
    """One supplier's invoices as that principal may see them."""
    from chorus_connector.usecases.invoices.visibility import VisibleInvoices  # noqa: PLC0415

    return VisibleInvoices(invoices(supplier_id), visibility(supplier_id, principal))


def visibility(supplier_id: str, principal: str) -> "Visibility":
    """What of one supplier's documents that principal may see."""
    from chorus_connector.usecases.invoices.visibility import visibility_of  # noqa: PLC0415

    return visibility_of(principal, tables=tables(supplier_id), suppliers=supplier_store(supplier_id))


def form_choices(invoice: "Invoice") -> "dict[FormFieldName, tuple[FieldChoice, ...]]":
    """What a person may choose from in that invoice's form, as far as it is remembered: the portal is not asked."""
    from chorus_connector.adapters.table.recipients import DynamoRecipients  # noqa: PLC0415
    from chorus_connector.domain.invoices.choices import choices  # noqa: PLC0415

    siret = invoice.form.value("recipient_siret")
    remembered = (
        DynamoRecipients(function_client("dynamodb"), settings().required("table")).get(siret) if siret else None
    )
    return choices(recipient=remembered, bank_accounts=supplier_store(invoice.supplier_id).get().bank_accounts)


def linked_attachments(supplier_id: str, document_id: str, *, by: str, now: "datetime") -> "Links":
    """The files that go along with that invoice now, if ``by`` may see it."""
    from chorus_connector.usecases.invoices.attachments import LinkAttachments  # noqa: PLC0415

    invoice = visible_invoices(supplier_id, by).get(document_id)
    policy = supplier_store(supplier_id).get().attachments
    return LinkAttachments(policy, attachments(supplier_id)).links(invoice, now=now)


def edit_tables(supplier_id: str, *, by: str, seconds_left: "Callable[[], float]" = _no_deadline) -> "EditTables":
    """The correspondence tables of box supplier_api for one supplier, changed by ``by``."""
    import uuid  # noqa: PLC0415

    from chorus_connector.adapters.table.recipients import DynamoRecipients  # noqa: PLC0415
    from chorus_connector.usecases.portal.directory import Directory  # noqa: PLC0415
    from chorus_connector.usecases.suppliers.tables import EditTables  # noqa: PLC0415

    recipients = DynamoRecipients(function_client("dynamodb"), settings().required("table"))
    supplier = supplier_store(supplier_id).get()
    return EditTables(
        tables=tables(supplier_id),
        audit=audit_trail(supplier_id),
        directory=Directory(cache=recipients, portal=_guarded(supplier, seconds_left)),
        by=by,
        new_id=lambda: uuid.uuid4().hex,
        may_ask=lambda: seconds_left() > _TO_WRITE_A_TABLE,
    )


def queue(setting: str) -> "SqsQueue":
    """The queue whose URL stands in that setting."""
    from chorus_connector.adapters.queues.work import SqsQueue  # noqa: PLC0415

    return SqsQueue(function_client("sqs"), settings().required(setting))


@cache
def _portal_http() -> Any:
    import httpx  # noqa: PLC0415

    from chorus_connector.runtime.correlation import log_like_ours  # noqa: PLC0415

    log_like_ours("chorus_pro")
    return httpx.Client(limits=httpx.Limits(max_connections=8))


@lru_cache(maxsize=16)
def _certificate_http(certificate: "ClientCertificate") -> Any:
    """Connections for one client certificate: the TLS handshake is made with it."""
    import httpx  # noqa: PLC0415

    from chorus_connector.chorus_pro.certificate import tls_context  # noqa: PLC0415

    return httpx.Client(verify=tls_context(certificate), limits=httpx.Limits(max_connections=8))


def portal(
    supplier: "Supplier",
    credentials: "Credentials | None" = None,
    *,
    seconds_left: "Callable[[], float]" = _no_deadline,
) -> "ChorusPortal":
    """Chorus Pro as that supplier; with the given credentials, or those kept for it when first needed."""
    from chorus_connector.adapters.chorus import ChorusPortal  # noqa: PLC0415
    from chorus_connector.chorus_pro.hosts import PortalHosts  # noqa: PLC0415

    gateway = settings().chorus_certificate_base
    return ChorusPortal(
        hosts=PortalHosts(settings().required("chorus_token_url"), settings().required("chorus_api_base")),
        certificate_hosts=PortalHosts(None, gateway) if gateway else None,
        certificate_http=_certificate_http,
        http=_portal_http(),
        supplier=supplier,
        credentials=(lambda: credentials) if credentials else secrets(supplier.supplier_id).get,
        seconds_left=seconds_left,
    )


def breakers(supplier: "Supplier") -> "DynamoBreakers":
    """The outage pilot's memory: of the portal this supplier's credentials lead to, and of the supplier."""
    from chorus_connector.adapters.table.breakers import DynamoBreakers  # noqa: PLC0415

    by_certificate = supplier.credentials_mode == "certificate"
    base = settings().chorus_certificate_base if by_certificate else settings().chorus_api_base
    client = tenant_client(supplier.supplier_id, "dynamodb")
    return DynamoBreakers(client, settings().required("table"), portal=base, supplier_id=supplier.supplier_id)


def _guarded(supplier: "Supplier", seconds_left: "Callable[[], float]") -> "GuardedPortal":
    import uuid  # noqa: PLC0415
    from datetime import UTC, datetime  # noqa: PLC0415

    from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal  # noqa: PLC0415

    return GuardedPortal(
        portal=portal(supplier, seconds_left=seconds_left),
        breakers=breakers(supplier),
        supplier_id=supplier.supplier_id,
        clock=lambda: datetime.now(UTC),
        claimant=uuid.uuid4().hex,
    )


def intake(supplier_id: str) -> "Intake":
    """Box upload_intake for one supplier."""
    from chorus_connector.usecases.invoices.intake import Intake  # noqa: PLC0415

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
    from chorus_connector.runtime.reading_metrics import count_reading  # noqa: PLC0415
    from chorus_connector.usecases.invoices.reading import ReadDocument  # noqa: PLC0415

    return ReadDocument(
        supplier=supplier_store(supplier_id).get(),
        invoices=invoices(supplier_id),
        documents=documents(supplier_id),
        ocr=Textract(
            tenant_client(supplier_id, "textract"),
            bucket=settings().required("bucket"),
            topic_arn=settings().required("textract_topic_arn"),
            role_arn=settings().required("textract_role_arn"),
            supplier_id=supplier_id,
        ),
        resolution_queue=queue("resolution_queue_url"),
        open_pdf=open_pdf,
        subset_pdf=subset_pdf,
        pages_from_textract=_pages_from_textract,
        count=lambda cost: count_reading(
            cost, supplier_id=supplier_id, dollars_a_page=settings().textract_dollars_a_page
        ),
    )


def _why_unreadable(data: bytes) -> "Problem | None":
    from chorus_connector.adapters.pdf import UnreadablePdf, open_pdf  # noqa: PLC0415

    try:
        open_pdf(data).close()
    except UnreadablePdf as refusal:
        return refusal.problem
    return None


def _pages_from_textract(answer: Any, page_numbers: Any, sizes: Any) -> Any:
    # trp is 25 ms and a megabyte of marshmallow: only a document that was OCR'd pays for it
    from chorus_connector.adapters.textract_blocks import pages_from_textract  # noqa: PLC0415

    return pages_from_textract(answer, page_numbers, sizes)


def resolution(supplier_id: str, *, seconds_left: "Callable[[], float]" = _no_deadline) -> "Resolution":
    """Box resolution for one supplier."""
    supplier = supplier_store(supplier_id).get()
    return _resolution(supplier, _guarded(supplier, seconds_left))


def _resolution(supplier: "Supplier", guarded: "GuardedPortal") -> "Resolution":
    from chorus_connector.adapters.table.recipients import DynamoRecipients  # noqa: PLC0415
    from chorus_connector.usecases.invoices.resolution import Resolution  # noqa: PLC0415
    from chorus_connector.usecases.portal.directory import Directory  # noqa: PLC0415

    recipients = DynamoRecipients(function_client("dynamodb"), settings().required("table"))
    return Resolution(
        supplier=supplier,
        invoices=invoices(supplier.supplier_id),
        directory=Directory(cache=recipients, portal=guarded),
        tables=tables(supplier.supplier_id),
        attachments=attachments(supplier.supplier_id),
    )


def submit_invoice(supplier_id: str, *, seconds_left: "Callable[[], float]" = _no_deadline) -> "SubmitInvoice":
    """Box submission for one supplier."""
    from chorus_connector.usecases.invoices.submission import SubmitInvoice  # noqa: PLC0415
    from chorus_connector.usecases.suppliers.tables import propose_from  # noqa: PLC0415

    supplier = supplier_store(supplier_id).get()
    guarded = _guarded(supplier, seconds_left)
    resolving = _resolution(supplier, guarded)
    return SubmitInvoice(
        invoices=resolving.invoices,
        documents=documents(supplier_id),
        portal=guarded,
        resolution=resolving,
        settle_after=settings().settle_after,
        settle_flow_after=settings().settle_flow_after,
        outage=guarded.deposit_failure,
        embedded_xml=_embedded_xml,
        attachment_files=attachment_files(supplier_id),
        learn=propose_from(tables(supplier_id)),
    )


def _embedded_xml(data: bytes) -> bytes | None:
    from chorus_connector.adapters.pdf import open_pdf  # noqa: PLC0415

    pdf = open_pdf(data)
    try:
        return pdf.embedded_xml
    finally:
        pdf.close()


def hand_out_probes() -> "HandOutProbes":
    """The daily half of box credential_probe."""
    from chorus_connector.adapters.queues.work import SqsSupplierQueue  # noqa: PLC0415
    from chorus_connector.usecases.portal.credential_probe import HandOutProbes  # noqa: PLC0415

    url = settings().required("credential_probe_queue_url")
    return HandOutProbes(installation=installation(), queue=SqsSupplierQueue(function_client("sqs"), url))


def probe_credentials(supplier_id: str, *, seconds_left: "Callable[[], float]" = _no_deadline) -> "ProbeCredentials":
    """Box credential_probe for one supplier."""
    from chorus_connector.usecases.portal.credential_probe import ProbeCredentials  # noqa: PLC0415

    store = supplier_store(supplier_id)
    supplier = store.get()
    return ProbeCredentials(
        suppliers=store,
        invoices=invoices(supplier_id),
        portal=portal(supplier, seconds_left=seconds_left),
        breakers=breakers(supplier),
    )


def sweep() -> "HandOutDueWork":
    """Box sync_ten_minutes."""
    from chorus_connector.usecases.invoices.due_work import HandOutDueWork  # noqa: PLC0415

    return HandOutDueWork(
        installation=installation(),
        submission_queue=queue("submission_queue_url"),
        tracking_queue=_tracking_queue(),
    )


def start_nightly_tracking() -> "StartNightlyTracking":
    """Box sync_nightly."""
    from chorus_connector.usecases.portal.tracking import StartNightlyTracking  # noqa: PLC0415

    return StartNightlyTracking(installation=installation(), queue=_tracking_queue())


def _tracking_queue() -> "SqsTrackingQueue":
    from chorus_connector.adapters.queues.work import SqsTrackingQueue  # noqa: PLC0415

    return SqsTrackingQueue(function_client("sqs"), settings().required("tracking_queue_url"))


def tracking_progress(supplier_id: str) -> "DynamoTrackingProgress":
    """How far the retrieval of one supplier's invoices is."""
    from chorus_connector.adapters.table.invoices import DynamoTrackingProgress  # noqa: PLC0415

    return DynamoTrackingProgress(tenant_client(supplier_id, "dynamodb"), settings().required("table"), supplier_id)


def track_invoices(supplier_id: str, *, seconds_left: "Callable[[], float]" = _no_deadline) -> "TrackInvoices":
    """Box tracking_sync for one supplier, and what the lists of box invoice_api ask before they answer."""
    supplier = supplier_store(supplier_id).get()
    return _tracking(supplier, _guarded(supplier, seconds_left), seconds_left)


def _tracking(supplier: "Supplier", guarded: "GuardedPortal", seconds_left: "Callable[[], float]") -> "TrackInvoices":
    from chorus_connector.usecases.portal.tracking import TrackInvoices  # noqa: PLC0415

    directory = _directory(guarded)

    def reports_payment(siret: str, now: "datetime") -> bool:
        recipient = directory.recipient(siret, None, now=now)
        return recipient is None or recipient.reports_payment

    return TrackInvoices(
        supplier=supplier,
        invoices=invoices(supplier.supplier_id),
        portal=guarded,
        progress=tracking_progress(supplier.supplier_id),
        reports_payment=reports_payment,
        may_go_on=lambda: seconds_left() > _FOR_ANOTHER_PAGE,
    )


def _directory(guarded: "GuardedPortal") -> "Directory":
    from chorus_connector.adapters.table.recipients import DynamoRecipients  # noqa: PLC0415
    from chorus_connector.usecases.portal.directory import Directory  # noqa: PLC0415

    return Directory(cache=DynamoRecipients(function_client("dynamodb"), settings().required("table")), portal=guarded)


def list_invoices(supplier_id: str, *, by: str, seconds_left: "Callable[[], float]" = _no_deadline) -> "ListInvoices":
    """The lists of box invoice_api for one supplier, of what ``by`` may see."""
    from chorus_connector.usecases.invoices.listing import ListInvoices  # noqa: PLC0415

    return ListInvoices(visible_invoices(supplier_id, by), track_invoices(supplier_id, seconds_left=seconds_left))


def repair_invoices(
    supplier_id: str, *, by: str | None = None, seconds_left: "Callable[[], float]" = _no_deadline
) -> "RepairInvoices":
    """Answers to send-backs for one supplier: of what ``by`` may see, or of all for box tracking_sync."""
    from chorus_connector.domain.invoices.visibility import EVERYTHING  # noqa: PLC0415
    from chorus_connector.usecases.invoices.repair import RepairInvoices  # noqa: PLC0415

    tracking = track_invoices(supplier_id, seconds_left=seconds_left)
    return RepairInvoices(
        visible=visible_invoices(supplier_id, by) if by else invoices(supplier_id),
        invoices=invoices(supplier_id),
        tracking=tracking,
        directory=_directory(cast("GuardedPortal", tracking.portal)),
        attachments=attachments(supplier_id),
        attachment_files=attachment_files(supplier_id),
        settle_after=settings().settle_after,
        visibility=visibility(supplier_id, by) if by else EVERYTHING,
    )


def reissue_invoice(
    supplier_id: str, *, by: str, seconds_left: "Callable[[], float]" = _no_deadline
) -> "ReissueInvoice":
    """A new document in place of a rejected one, for one supplier."""
    from chorus_connector.usecases.invoices.repair import ReissueInvoice  # noqa: PLC0415

    supplier = supplier_store(supplier_id).get()
    guarded = _guarded(supplier, seconds_left)
    return ReissueInvoice(
        visible=visible_invoices(supplier_id, by),
        invoices=invoices(supplier_id),
        documents=documents(supplier_id),
        resolution=_resolution(supplier, guarded),
        portal=guarded,
    )


def csv_export(supplier_id: str, name: str) -> "S3Export":
    """A file among one supplier's exports, written piece by piece."""
    from chorus_connector.adapters.s3 import S3Export  # noqa: PLC0415

    return S3Export(tenant_client(supplier_id, "s3"), settings().required("bucket"), supplier_id, f"{name}.csv")


def complete_form(supplier_id: str, *, by: str, seconds_left: "Callable[[], float]" = _no_deadline) -> "CompleteForm":
    """The form of box invoice_api for one supplier, of the documents that ``by`` may see."""
    from chorus_connector.usecases.invoices.form import CompleteForm  # noqa: PLC0415

    resolving = resolution(supplier_id, seconds_left=seconds_left)
    return CompleteForm(
        invoices=visible_invoices(supplier_id, by),
        resolution=resolving,
        submission_queue=queue("submission_queue_url"),
    )


def provision(supplier_id: str) -> "Provision":
    """The tenant-making half of box supplier_api, for the supplier that is to be made."""
    from chorus_connector.adapters.table.suppliers import DynamoInstallation  # noqa: PLC0415
    from chorus_connector.usecases.suppliers.provisioning import Provision  # noqa: PLC0415

    installation = DynamoInstallation(tenant_client(supplier_id, "dynamodb"), settings().required("table"))
    return Provision(installation=installation, strict_siret=settings().strict_siret)


def configure(supplier_id: str, *, by: str, seconds_left: "Callable[[], float]" = _no_deadline) -> "Configure":
    """The configuration half of box supplier_api for one supplier, changed by ``by``."""
    from chorus_connector.usecases.suppliers.provisioning import Configure  # noqa: PLC0415

    store = supplier_store(supplier_id)
    return Configure(
        suppliers=store,
        invoices=invoices(supplier_id),
        secrets=secrets(supplier_id),
        portal=lambda credentials: portal(store.get(), credentials, seconds_left=seconds_left),
        breakers=breakers(store.get()),
        by=by,
        strict_siret=settings().strict_siret,
        progress=tracking_progress(supplier_id),
    )
