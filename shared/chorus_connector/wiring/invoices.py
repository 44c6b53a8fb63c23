"""The use cases on one supplier's invoices, made from its ``Tenant``."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from chorus_connector.domain.quotas import Holder
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring.clients import function_client
from chorus_connector.wiring.installation import lessons, queue, quotas, recent_deaths
from chorus_connector.wiring.tenant import AuthorisedTenant, Tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from chorus_connector.adapters.pdf_reader import SandboxedPdfs
    from chorus_connector.adapters.queues.work import SqsPostponed
    from chorus_connector.adapters.s3 import S3Export
    from chorus_connector.adapters.sandbox import ChildDied
    from chorus_connector.domain.invoices.choices import FieldChoice
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.portal.recipient import Recipient
    from chorus_connector.ports.values import Lookups
    from chorus_connector.usecases.invoices.assigning import ResolveAssignment
    from chorus_connector.usecases.invoices.attachments import Links, TakeAttachments
    from chorus_connector.usecases.invoices.batch import ProcessBatch
    from chorus_connector.usecases.invoices.counting import KeepCounts, ReadCounts
    from chorus_connector.usecases.invoices.deletion import DeleteDocument
    from chorus_connector.usecases.invoices.filing import CorrectFiling
    from chorus_connector.usecases.invoices.form import CompleteForm
    from chorus_connector.usecases.invoices.intake import Intake, StoreUploads, Uploader
    from chorus_connector.usecases.invoices.layouts import LearnLayouts
    from chorus_connector.usecases.invoices.listing import ListInvoices
    from chorus_connector.usecases.invoices.pictures import DrawPages
    from chorus_connector.usecases.invoices.reading import ReadDocument
    from chorus_connector.usecases.invoices.repair import ReissueInvoice, RepairInvoices
    from chorus_connector.usecases.invoices.resolution import Resolution
    from chorus_connector.usecases.invoices.submission import SubmitInvoice
    from chorus_connector.usecases.invoices.work_claims import ClaimWork
    from chorus_connector.usecases.portal.tracking import TrackInvoices

_FOR_ANOTHER_PAGE = 4.0
"""Seconds another page of a search may take, with its writes."""
_FOR_A_BATCH = 18.0
"""Seconds for all documents of a batch. The gateway waits for 30."""
_FOR_ANOTHER_DOCUMENT = 6.0
"""Seconds of these that another document may need, when the portal is slow."""


def intake(tenant: Tenant) -> Intake:
    """Takes uploaded documents, and examines those that the bucket announces."""
    from chorus_connector.usecases.invoices.intake import Intake  # noqa: PLC0415

    return Intake(
        supplier=tenant.supplier,
        invoices=tenant.invoices,
        documents=tenant.documents,
        ocr_queue=queue("ocr_queue_url"),
        inspect=_pdfs(tenant).examine,
    )


def uploader(tenant: AuthorisedTenant, content: bytes = b"") -> Uploader:
    """The caller as an uploader, and what they see; read together with all that the upload of ``content`` looks up."""
    from chorus_connector.adapters.table import keys  # noqa: PLC0415
    from chorus_connector.usecases.invoices.intake import Uploader  # noqa: PLC0415

    known = keys.content_claim(hashlib.sha256(content).hexdigest())
    tenant.reads.plan(
        [
            keys.unrestricted(tenant.supplier_id),
            keys.supplier_record(tenant.supplier_id),
            keys.primary_key(keys.supplier(tenant.supplier_id), known),
        ]
    )
    return Uploader(tenant.by, tenant.visibility)


def plan_documents(tenant: Tenant, document_ids: Iterable[str]) -> None:
    """Have these documents read in a few calls."""
    from chorus_connector.adapters.table import keys  # noqa: PLC0415

    partition = keys.supplier(tenant.supplier_id)
    tenant.reads.plan(keys.primary_key(partition, keys.invoice(each)) for each in document_ids)


def store_uploads(tenant: Tenant) -> StoreUploads:
    """Stores what came by upload links. Does not read the supplier's record: there may be any number of files."""
    from chorus_connector.usecases.invoices.intake import StoreUploads  # noqa: PLC0415

    return StoreUploads(tenant.invoices, tenant.documents)


def take_attachments(tenant: Tenant) -> TakeAttachments:
    """Takes uploaded attachments, of a caller or from the bucket."""
    from chorus_connector.domain.invoices.visibility import EVERYTHING  # noqa: PLC0415
    from chorus_connector.usecases.invoices.attachments import TakeAttachments  # noqa: PLC0415

    sight = tenant.visibility if isinstance(tenant, AuthorisedTenant) else EVERYTHING
    return TakeAttachments(tenant.suppliers, tenant.attachments, tenant.attachment_files, sight)


def document_reader(tenant: Tenant) -> ReadDocument:
    """Reads documents: their XML, their text layer, or Textract's answer."""
    from chorus_connector.adapters.textract import Textract  # noqa: PLC0415
    from chorus_connector.runtime.reading_metrics import count_reading  # noqa: PLC0415
    from chorus_connector.usecases.invoices.reading import ReadDocument  # noqa: PLC0415

    return ReadDocument(
        supplier=tenant.supplier,
        invoices=tenant.invoices,
        documents=tenant.documents,
        ocr=Textract(
            tenant.client("textract"),
            bucket=settings().required("bucket"),
            topic_arn=settings().required("textract_topic_arn"),
            role_arn=settings().required("textract_role_arn"),
            supplier_id=tenant.supplier_id,
        ),
        resolution_queue=queue("resolution_queue_url"),
        pdfs=_pdfs(tenant),
        layouts=tenant.layouts,
        spending_pages=partial(quotas().spending, _holder(tenant), "recognised_pages"),
        count=lambda cost: count_reading(
            cost, supplier_id=tenant.supplier_id, dollars_a_page=settings().textract_dollars_a_page
        ),
        resolved=lambda read, reading, now: resolution(tenant, asks_portal=False).resolved(read, reading, now=now),
    )


def learn_layouts(tenant: Tenant) -> LearnLayouts:
    """Learns the supplier's layouts from confirmed documents."""
    from chorus_connector.usecases.invoices.layouts import LearnLayouts  # noqa: PLC0415

    return LearnLayouts(tenant.invoices, tenant.documents, tenant.layouts, _pdfs(tenant))


def postponed_readings(*, started: bool) -> SqsPostponed:
    """Where a reading waits for Textract's capacity: the queue of jobs that ended once its job is started."""
    from chorus_connector.adapters.queues.work import SqsPostponed  # noqa: PLC0415

    setting = "textract_completion_queue_url" if started else "ocr_queue_url"
    return SqsPostponed(function_client("sqs"), settings().required(setting))


def resolution(tenant: Tenant, *, asks_portal: bool = True) -> Resolution:
    """Decides whether a read document is complete; without ``asks_portal`` from what the table remembers only."""
    from chorus_connector.usecases.invoices.resolution import Resolution  # noqa: PLC0415
    from chorus_connector.wiring.portal import directory, remembered_directory  # noqa: PLC0415

    recipients = directory(tenant) if asks_portal else remembered_directory(tenant)
    return Resolution(
        supplier=tenant.supplier,
        invoices=tenant.invoices,
        directory=recipients,
        tables=tenant.tables,
        attachments=tenant.attachments,
        look_ahead=partial(_plan, tenant),
    )


def _plan(tenant: Tenant, lookups: Lookups) -> None:
    """Have what a judgement is expected to look up read in one call."""
    from chorus_connector.adapters.table import keys  # noqa: PLC0415
    from chorus_connector.adapters.table.recipients import wanted_keys  # noqa: PLC0415

    own = [keys.table_row(*row) for row in lookups.rows]
    own += [keys.number_claim(lookups.number)] if lookups.number else []
    partition = keys.supplier(tenant.supplier_id)
    recipient = wanted_keys(lookups.recipient, lookups.service) if lookups.recipient else []
    tenant.reads.plan([*(keys.primary_key(partition, each) for each in own), *recipient])


def complete_form(tenant: AuthorisedTenant) -> CompleteForm:
    """The caller's changes to the form of an invoice they may see."""
    from chorus_connector.usecases.invoices.form import CompleteForm  # noqa: PLC0415

    return CompleteForm(
        invoices=tenant.visible_invoices,
        resolution=resolution(tenant),
        submission_queue=queue("submission_queue_url"),
    )


def correct_filing(tenant: AuthorisedTenant) -> CorrectFiling:
    """The caller's corrections of the filing of a document they may see, and their stops and releases."""
    from chorus_connector.usecases.invoices.filing import CorrectFiling  # noqa: PLC0415

    return CorrectFiling(
        invoices=tenant.visible_invoices,
        sight=tenant.visibility,
        resolution=resolution(tenant),
        ocr_queue=queue("ocr_queue_url"),
    )


def process_batch(tenant: AuthorisedTenant) -> ProcessBatch:
    """One action on several documents that the caller may see."""
    from chorus_connector.usecases.invoices.batch import ProcessBatch  # noqa: PLC0415

    bounded = tenant.within(_FOR_A_BATCH)
    return ProcessBatch(
        complete_form(bounded),
        correct_filing(bounded),
        delete_document(bounded),
        may_go_on=lambda: bounded.seconds_left() > _FOR_ANOTHER_DOCUMENT,
    )


def resolve_assignment(tenant: AuthorisedTenant) -> ResolveAssignment:
    """What it means to assign documents to a person, or to a label, of the users table."""
    from chorus_connector.usecases.invoices.assigning import ResolveAssignment  # noqa: PLC0415

    return ResolveAssignment(tenant.supplier, tenant.tables, tenant.visibility)


def claim_work(tenant: AuthorisedTenant) -> ClaimWork:
    """The caller's word that they work on a document they may see."""
    from chorus_connector.usecases.invoices.work_claims import ClaimWork  # noqa: PLC0415

    return ClaimWork(tenant.visible_invoices, tenant.work_claims)


def delete_document(tenant: AuthorisedTenant) -> DeleteDocument:
    """The caller's deletion of a document they may see."""
    from chorus_connector.usecases.invoices.deletion import DeleteDocument  # noqa: PLC0415

    return DeleteDocument(tenant.visible_invoices, tenant.invoices, tenant.documents)


def form_choices(tenant: Tenant, invoice: Invoice) -> dict[FormFieldName, tuple[FieldChoice, ...]]:
    """The values to choose from in the invoice's form, as far as the table remembers them. Does not ask the portal."""
    from chorus_connector.domain.invoices.choices import choices  # noqa: PLC0415

    return choices(recipient=_remembered_recipient(invoice), bank_accounts=tenant.supplier.bank_accounts)


def service_choices(
    tenant: AuthorisedTenant, document_id: str, *, search: str, limit: int, cursor: str | None
) -> tuple[list[FieldChoice], str | None]:
    """A page of the services to choose from in a document's form, and the next cursor; None at the end."""
    from chorus_connector.domain.invoices.choices import service_page  # noqa: PLC0415

    recipient = _remembered_recipient(tenant.visible_invoices.get(document_id))
    return service_page(recipient, search=search, limit=limit, cursor=cursor)


def _remembered_recipient(invoice: Invoice) -> Recipient | None:
    """The form's recipient with all its services, if the table remembers it. Does not ask the portal."""
    from chorus_connector.wiring.portal import remembered_recipients  # noqa: PLC0415

    siret = invoice.form.value("recipient_siret")
    return remembered_recipients().whole(siret) if siret else None


def linked_attachments(tenant: AuthorisedTenant, document_id: str, *, now: datetime) -> Links:
    """The files that would be submitted with that invoice now, as far as the caller may see them.

    Raises NotFound when the caller may not see the invoice.
    """
    from chorus_connector.usecases.invoices.attachments import LinkAttachments  # noqa: PLC0415

    invoice = tenant.visible_invoices.get(document_id)
    links = LinkAttachments(tenant.supplier, tenant.attachments).links(invoice, now=now)
    return links.seen_by(tenant.visibility)


def submit_invoice(tenant: Tenant) -> SubmitInvoice:
    """Submits invoices to Chorus Pro, each exactly once."""
    from chorus_connector.usecases.invoices.submission import SubmitInvoice  # noqa: PLC0415
    from chorus_connector.usecases.suppliers.tables import propose_from  # noqa: PLC0415

    def postpone(document_id: str) -> None:
        from chorus_connector.ports.values import Work  # noqa: PLC0415

        queue("submission_queue_url").send_later(Work(tenant.supplier_id, document_id, run_at=tenant.run_at))

    return SubmitInvoice(
        invoices=tenant.invoices,
        documents=tenant.documents,
        pdfs=_pdfs(tenant),
        portal=tenant.portal,
        resolution=resolution(tenant),
        settle_after=settings().settle_after,
        settle_flow_after=settings().settle_flow_after,
        outage=tenant.portal.deposit_failure,
        postpone=postpone,
        probed_elsewhere=lambda: tenant.portal.met_probe,
        attachment_files=tenant.attachment_files,
        learn=propose_from(tenant.tables),
        lessons=lessons(),
    )


def track_invoices(tenant: Tenant) -> TrackInvoices:
    """Retrieves what changed at the portal."""
    from chorus_connector.usecases.portal.tracking import TrackInvoices  # noqa: PLC0415
    from chorus_connector.wiring.portal import directory  # noqa: PLC0415

    recipients = directory(tenant)

    def reports_payment(siret: str, now: datetime) -> bool:
        recipient = recipients.recipient(siret, None, now=now)
        return recipient is None or recipient.reports_payment

    return TrackInvoices(
        supplier=tenant.supplier,
        invoices=tenant.invoices,
        portal=tenant.portal,
        progress=tenant.tracking_progress,
        reports_payment=reports_payment,
        may_go_on=lambda: tenant.seconds_left() > _FOR_ANOTHER_PAGE,
        lessons=lessons(),
    )


def list_invoices(tenant: AuthorisedTenant) -> ListInvoices:
    """The lists of the invoices that the caller may see, tracked before the first page."""
    from chorus_connector.usecases.invoices.listing import ListInvoices  # noqa: PLC0415

    return ListInvoices(tenant.visible_invoices, track_invoices(tenant))


def keep_counts(tenant: Tenant) -> KeepCounts:
    """Keeps the counts of the supplier's documents."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from chorus_connector.usecases.invoices.counting import KeepCounts  # noqa: PLC0415

    return KeepCounts(tenant.counts, tenant.invoices, clock=lambda: datetime.now(UTC))


def read_counts(tenant: AuthorisedTenant) -> ReadCounts:
    """The counts of the documents that the caller may see."""
    from chorus_connector.usecases.invoices.counting import ReadCounts  # noqa: PLC0415

    return ReadCounts(keep_counts(tenant), tenant.visible_invoices)


def repair_invoices(tenant: Tenant) -> RepairInvoices:
    """Answers to returned invoices: of those that the caller may see, or of all for a queue message."""
    from chorus_connector.domain.invoices.visibility import EVERYTHING  # noqa: PLC0415
    from chorus_connector.usecases.invoices.repair import RepairInvoices  # noqa: PLC0415
    from chorus_connector.wiring.portal import directory  # noqa: PLC0415

    caller = tenant if isinstance(tenant, AuthorisedTenant) else None
    return RepairInvoices(
        visible=caller.visible_invoices if caller else tenant.invoices,
        invoices=tenant.invoices,
        tracking=track_invoices(tenant),
        directory=directory(tenant),
        attachments=tenant.attachments,
        attachment_files=tenant.attachment_files,
        settle_after=settings().settle_after,
        visibility=caller.visibility if caller else EVERYTHING,
    )


def reissue_invoice(tenant: AuthorisedTenant) -> ReissueInvoice:
    """Makes a new document from a rejected one that the caller may see."""
    from chorus_connector.usecases.invoices.repair import ReissueInvoice  # noqa: PLC0415

    return ReissueInvoice(
        visible=tenant.visible_invoices,
        invoices=tenant.invoices,
        documents=tenant.documents,
        resolution=resolution(tenant),
        portal=tenant.portal,
    )


def csv_export(tenant: Tenant, name: str) -> S3Export:
    """A file among the supplier's exports, written piece by piece."""
    from chorus_connector.adapters.s3 import S3Export  # noqa: PLC0415

    return S3Export(tenant.client("s3"), settings().required("bucket"), tenant.supplier_id, f"{name}.csv")


def draw_pages(tenant: Tenant) -> DrawPages:
    """Draws pages of the supplier's documents, within short limits while many of its files end their processes."""
    from chorus_connector.adapters.page_drawer import (  # noqa: PLC0415
        DRAWING,
        DRAWING_IN_A_HURRY,
        SandboxedDrawer,
        drawing_sandbox,
    )
    from chorus_connector.adapters.s3_pictures import S3PagePictures  # noqa: PLC0415
    from chorus_connector.usecases.invoices.pictures import DrawPages  # noqa: PLC0415

    hurried = recent_deaths().are_many(_holder(tenant))
    limits = DRAWING_IN_A_HURRY if hurried else DRAWING
    return DrawPages(
        pictures=S3PagePictures(tenant.client("s3"), settings().required("bucket"), tenant.supplier_id),
        pages=SandboxedDrawer(drawing_sandbox(), remembered_death(tenant, short_limits=hurried), limits=limits),
        spend=lambda: quotas().spend(_holder(tenant), "drawn_pages"),
    )


def _pdfs(tenant: Tenant) -> SandboxedPdfs:
    """Reads files, within short limits while many of the supplier's files end their processes."""
    from chorus_connector.adapters.pdf_reader import SHORT, SandboxedPdfs, pdf_sandbox  # noqa: PLC0415
    from chorus_connector.adapters.sandbox import FULL  # noqa: PLC0415

    limits = SHORT if recent_deaths().are_many(_holder(tenant)) else FULL
    return SandboxedPdfs(pdf_sandbox(), remembered_death(tenant, short_limits=limits is SHORT), limits=limits)


def remembered_death(tenant: Tenant, *, short_limits: bool) -> Callable[[ChildDied], None]:
    """What to call with a child that died: the container remembers whose file it was, and the death is measured."""
    from chorus_connector.runtime.reading_metrics import report_death  # noqa: PLC0415

    def on_death(death: ChildDied) -> None:
        recent_deaths().add(_holder(tenant))
        report_death(tenant.supplier_id, short_limits=short_limits, **vars(death))

    return on_death


def _holder(tenant: Tenant) -> Holder:
    return Holder("supplier", tenant.supplier_id)
