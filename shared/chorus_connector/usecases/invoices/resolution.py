"""Fills an invoice's form and decides whether it can be sent; used by the function resolution and others.

``judge`` is used after a reading, after a person's correction and again just before sending. It fills the form, asks
the portal's directory and runs the green light. If the portal cannot be asked, the invoice is held only when it has no
other problem, so that a person can work on the other problems meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.attachments import LinkedAttachment, check_linked
from chorus_connector.domain.invoices.form import Candidate, Form, FormField, fill_form
from chorus_connector.domain.invoices.green_light import GreenLightFacts, check
from chorus_connector.domain.invoices.sending import Sending, Wishes, decide, sending_problems
from chorus_connector.domain.invoices.service import (
    reference_to_try,
    with_code_of_service,
    with_labelled_service,
    with_reference,
)
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.submission import DEFAULTS, vat_regime_for
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.portal.answers import PortalFailure
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.contradiction import said_once
from chorus_connector.domain.reading.invoice_types import ASKED_OF_A_PERSON, SHOWN_BESIDE_A_METADATA
from chorus_connector.domain.reading.unattended import LAYOUT_UNCONFIRMED, needs_a_lesson
from chorus_connector.domain.suppliers.identifier import names_a_recipient
from chorus_connector.domain.suppliers.unused_metadata import unused_metadata
from chorus_connector.ports.values import Lookups, Move
from chorus_connector.usecases.invoices.attachments import LinkAttachments, Links
from chorus_connector.usecases.invoices.translation import Translate, rows_asked
from chorus_connector.usecases.invoices.waiting import RETRY_PORTAL, hold_problem, retry_after

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.domain.invoices.file_facts import FileFacts
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.portal.recipient import Recipient
    from chorus_connector.domain.reading.result import Reading
    from chorus_connector.domain.suppliers.supplier import BankAccount, Supplier
    from chorus_connector.ports.invoices import AttachmentStore, InvoiceStore
    from chorus_connector.ports.suppliers import Tables
    from chorus_connector.usecases.portal.directory import Directory

UNFINISHED_REISSUE = "reissue_unfinished"


@dataclass(frozen=True)
class Judgement:
    """A filled form, its problems, and the reason to hold the invoice, if any."""

    form: Form
    problems: tuple[Problem, ...]
    attachments: tuple[LinkedAttachment, ...] = ()
    #: how it would be sent; None: what its file carries is not known
    sending: Sending | None = None
    hold: Problem | None = None
    retry_in: timedelta = RETRY_PORTAL

    @property
    def facts(self) -> dict[str, object]:
        """What the invoice's record keeps of it."""
        return {
            "form": self.form,
            "problems": self.problems,
            "attachments": self.attachments,
            "sending": self.sending,
        }

    @property
    def green(self) -> bool:
        return self.hold is None and not self.blocked

    @property
    def blocked(self) -> bool:
        return any(problem.blocking for problem in self.problems)


@dataclass(frozen=True)
class Resolution:
    """``tables`` and ``attachments`` belong to the supplier; without them nothing is translated or linked.

    ``look_ahead`` is called with what a judgement is about to look up, so that all of it is read in one call.
    """

    supplier: Supplier
    invoices: InvoiceStore
    directory: Directory
    tables: Tables | None = None
    attachments: AttachmentStore | None = None
    look_ahead: Callable[[Lookups], None] = lambda _: None

    def resolve(self, document_id: str, *, now: datetime) -> Invoice:
        """Check a document that was read or held. It becomes READY, TO_COMPLETE with the reasons, or HELD."""
        invoice = self.invoices.get(document_id)
        resolvable = invoice.state is State.HELD or (invoice.state is State.READING and invoice.was_read)
        if not resolvable:
            return invoice
        judgement = self.judge(invoice, now=now)
        if self._is_unfinished_reissue(invoice):
            judgement = replace(judgement, problems=(*judgement.problems, _unfinished_reissue()))
        settled = self.settle(invoice, judgement, now=now)
        self.invoices.save_steps(_resolved(settled))
        return settled

    def resolved(self, read: Invoice, reading: Reading, *, now: datetime) -> Move | None:
        """The step that ``resolve`` would take, for a document that is being saved with its reading.

        None when something must be asked or awaited first: then ``resolve`` takes it.
        """
        if read.replaces is not None:
            return None
        judgement = self.judge(read, now=now, reading=reading)
        return None if judgement.hold else _resolved(self.settle(read, judgement, now=now))

    def _is_unfinished_reissue(self, invoice: Invoice) -> bool:
        """Whether it is meant to replace a rejected invoice whose record does not name it as the replacement.

        Another document may have become the replacement, or still become it.
        """
        if invoice.state is not State.READING or invoice.replaces is None:
            return False
        return self.invoices.get(invoice.replaces).replaced_by != invoice.document_id

    def judge(
        self,
        invoice: Invoice,
        *,
        now: datetime,
        fresh: bool = False,
        reading: Reading | None = None,
        file: FileFacts | None = None,
    ) -> Judgement:
        """Fill the form and check it. ``fresh`` asks the portal's directory instead of the cache.

        The submission of the invoice may have been requested (``submit_requested_by``): that confirms its layout.

        ``reading`` is the document's, if it is not stored yet; ``file`` what its file carries, if no reading says so.
        """
        reading = reading or self.invoices.reading(invoice)
        file = reading.file or file
        form, conversion_problems = self._form(invoice, reading)
        recipient: Recipient | None = None
        accounts: tuple[BankAccount, ...] | None = None
        failure: PortalFailure | None = None
        notes: tuple[Problem, ...] = ()
        siret = _well_formed_siret(form)
        try:
            if siret is not None:
                ask = partial(self.directory.recipient, siret, now=now, fresh=fresh)
                emptied = "service_code" in invoice.corrections
                form, recipient, notes = _addressed(form, _reference(form, invoice, reading), ask, emptied=emptied)
                if recipient is not None and "recipient_name" not in invoice.corrections:
                    form = form.with_recipient_named(recipient.name)
            accounts = self._bank_accounts(form)
        except PortalFailure as error:
            failure = error
        number = form.value("invoice_number")
        holder = self.invoices.number_holder(number) if number else None
        facts = GreenLightFacts(
            supplier_siret=self.supplier.siret,
            today=day_in_paris(now),
            xml_supplier_siren=_seller(reading, invoice),
            recipient=recipient,
            recipient_unknown=siret is not None and recipient is None and failure is None,
            number_taken_by=holder if holder not in (None, invoice.document_id) else None,
            bank_accounts=None if accounts is None else frozenset(str(each.portal_id) for each in accounts),
            confidence_threshold=self.supplier.confidence_threshold,
            submission_requested=invoice.submit_requested_by is not None,
            reissued=invoice.replaces is not None,
        )
        links = self._links(invoice, now)
        sending = decide(form, file, self._wishes(invoice, links)) if file else None
        problems = (
            *conversion_problems,
            *unused_metadata(self.supplier, invoice.metadata),
            *check(form, facts),
            *check_linked(links.attachments, invoice_size=invoice.size or 0, types=self.supplier.attachment_types),
            *links.problems,
            *(sending_problems(sending, file) if sending and file else ()),
            *notes,
            *_still_true(reading, form, invoice.corrections),
        )
        problems = said_once(problems, form)
        if self._needs_a_lesson(invoice, form, reading, problems):
            problems = (*problems, LAYOUT_UNCONFIRMED)
        judgement = Judgement(
            form=form,
            problems=problems,
            attachments=links.attachments,
            sending=sending,
            hold=links.hold,
        )
        if failure is None:
            return judgement
        return replace(judgement, hold=hold_problem(failure), retry_in=retry_after(failure))

    def _needs_a_lesson(self, invoice: Invoice, form: Form, reading: Reading, others: tuple[Problem, ...]) -> bool:
        """Whether a person must confirm the document's layout; a request to submit does, if nothing else blocks it."""
        if invoice.submit_requested_by and not any(problem.blocking for problem in others):
            return False
        return needs_a_lesson(form.fields, reading.layout, new_layouts=self.supplier.new_layouts)

    def _wishes(self, invoice: Invoice, links: Links) -> Wishes:
        return Wishes(
            self.supplier.siret,
            as_flow=self.supplier.facturx_as_flow,
            keep_xml=self.supplier.keep_xml if invoice.keep_xml is None else invoice.keep_xml,
            plain_pdf=invoice.plain_pdf,
            rejected=invoice.flow_rejected,
            attachments=bool(links.attachments),
        )

    def _links(self, invoice: Invoice, now: datetime) -> Links:
        if self.attachments is None:
            return Links()
        return LinkAttachments(self.supplier, self.attachments).links(invoice, now=now)

    def _bank_accounts(self, form: Form) -> tuple[BankAccount, ...] | None:
        """The supplier's accounts: the cached ones, or the portal's if the form's account is not among them."""
        wanted = form.value("bank_account")
        if wanted is None:
            return None
        known = self.supplier.bank_accounts
        return known if wanted in {str(each.portal_id) for each in known} else self.directory.portal.bank_accounts()

    def settle(self, invoice: Invoice, judgement: Judgement, *, now: datetime) -> Invoice:
        """The invoice in the state that its judgement leads to. While it is blocked, no submission is requested.

        A document that a person stopped stays where that person put it.
        """
        facts = judgement.facts
        if invoice.stopped is not None:
            return invoice.stopped_for(invoice.stopped, now, action="stop", **facts)
        if judgement.blocked:
            return invoice.to_complete(now, **facts)
        if judgement.hold is not None:
            held = invoice.held(now, judgement.hold, retry_in=judgement.retry_in)
            return held.model_copy(update={**facts, "problems": (*judgement.problems, judgement.hold)})
        return invoice.ready(now, automatic=self.supplier.automatic_submission, **facts)

    def _form(self, invoice: Invoice, reading: Reading) -> tuple[Form, tuple[Problem, ...]]:
        associations = self.supplier.associations_for(invoice.classification_rule)
        fill = partial(
            fill_form,
            reading,
            metadata=invoice.metadata,
            associations=associations,
            corrections=invoice.corrections,
            supplier_values=self.supplier.defaults,
        )
        form, problems = fill()
        rows = rows_asked(form, metadata=invoice.metadata, associations=associations)
        service = _service_asked(form, _reference(form, invoice, reading))
        self.look_ahead(Lookups(rows, _well_formed_siret(form), service, form.value("invoice_number")))
        if self.tables is not None:
            known = Translate(self.tables).translations(form, metadata=invoice.metadata, associations=associations)
            form, problems = fill(translations=known) if known else (form, problems)
        return _with_defaults(_with_printed_regime(form, reading, invoice.corrections), invoice.corrections), problems


def _resolved(settled: Invoice) -> Move:
    return Move(settled, by="resolution", action="resolved", detail=codes(settled.problems))


def _well_formed_siret(form: Form) -> str | None:
    recipient = form.value("recipient_siret")
    return recipient if recipient is not None and names_a_recipient(recipient) else None


def _seller(reading: Reading, invoice: Invoice) -> str | None:
    """The seller's SIREN in the XML, unless a person has decided about the supplier's SIRET, or emptied it."""
    return reading.xml.supplier_siren if reading.xml and "supplier_siret" not in invoice.corrections else None


def _reference(form: Form, invoice: Invoice, reading: Reading) -> str | None:
    return reference_to_try(form, reading.xml, emptied="service_code" in invoice.corrections)


def _service_asked(form: Form, reference: str | None) -> str | None:
    """The code or label by which the recipient's service is looked up first."""
    return reference or form.value("service_code") or form.value("service_label")


def _addressed(
    form: Form, reference: str | None, ask: Callable[[str | None], Recipient | None], *, emptied: bool
) -> tuple[Form, Recipient | None, tuple[Problem, ...]]:
    """The form with the code of its service, the recipient, and what is shown of the buyer's reference and the label.

    ``ask`` gives the recipient with the service of that code or label; ``emptied``: a person emptied the service.
    Raises PortalFailure.
    """
    recipient = ask(_service_asked(form, reference))
    if recipient is None:
        return form, None, ()
    form, notes = with_reference(form, reference, recipient)
    other = _service_asked(form, None)
    if reference is not None and other not in (None, reference):  # the page's: the recipient may not have it yet
        recipient = ask(other) or recipient
    form, unknown = with_labelled_service(with_code_of_service(form, recipient), recipient, emptied=emptied)
    return form, recipient, (*notes, *unknown)


def codes(problems: tuple[Problem, ...]) -> str:
    """The problems' fields and codes for the audit trail or a log, without any value of the invoice."""
    return ", ".join(sorted({f"{problem.field or 'document'}:{problem.code}" for problem in problems}))


def _with_printed_regime(form: Form, reading: Reading, corrections: dict[FormFieldName, str]) -> Form:
    """The form with the VAT regime that the pages print, which beats the supplier's setting."""
    if reading.vat_regime is None or "vat_regime" in corrections:
        return form
    known = form.fields.get("vat_regime")
    if known is not None and known.source != "supplier":
        return form
    beaten = () if known is None else (Candidate(value=known.value, source=known.source), *known.beaten)
    printed = FormField(value=reading.vat_regime, source="ocr" if reading.ocr_pages else "text", beaten=beaten)
    return form.model_copy(update={"fields": {**form.fields, "vat_regime": printed}})


def _with_defaults(form: Form, corrections: dict[FormFieldName, str]) -> Form:
    fields = dict(form.fields)

    def default(name: FormFieldName, value: str, confidence: float = 1.0) -> None:
        if name not in fields and name not in corrections:
            fields[name] = FormField(value=value, source="default", confidence=confidence)

    for name, value in DEFAULTS.items():
        default(name, value)
    regime, preferred = vat_regime_for(form.value("total_tva"), form.value("vat_regime")), fields.get("vat_regime")
    given = preferred is not None and preferred.source in ("supplier", "text", "ocr")
    if preferred is not None and given and regime == "none" != preferred.value:
        # the supplier's own regime is for its invoices with VAT
        beaten = (Candidate(value=preferred.value, source=preferred.source), *preferred.beaten)
        fields["vat_regime"] = FormField(value=regime, source="default", beaten=beaten)
    default("vat_regime", regime)
    if (total := fields.get("total_ttc")) is not None and isinstance(total.value, str):
        default("amount_due", "0.00" if form.value("framework") == "A2" else total.value, total.confidence)
    if form.value("invoice_type") == "credit_note":
        fields.pop("payment_method", None)  # the portal accepts none; the green light says so
    return form.model_copy(update={"fields": fields})


def _unfinished_reissue() -> Problem:
    return Problem(
        field=None,
        code=UNFINISHED_REISSUE,
        fr="La réémission de la facture rejetée n'est pas allée à son terme : vérifiez qu'elle n'a pas été réémise "
        "sous un autre numéro, puis validez ou laissez ce document.",
        en="Issuing the rejected invoice anew did not come to its end: check that it was not issued anew under another "
        "number, then validate this document or leave it.",
    )


def _still_true(reading: Reading, form: Form, corrections: Mapping[FormFieldName, str]) -> Iterator[Problem]:
    """The reading's problems, except those that a person, a metadata, a table or the directory settled.

    A person also settles one by emptying its field. What no metadata can know stays, or no longer blocks.
    """
    for problem in reading.problems:
        field = form.fields.get(problem.field)  # type: ignore[call-overload]  # any name may be asked
        if problem.field is not None and problem.field in corrections:
            continue
        if field is None or field.source not in ("metadata", "table", "directory") or problem.code in ASKED_OF_A_PERSON:
            yield problem
        elif problem.code in SHOWN_BESIDE_A_METADATA:
            yield problem.model_copy(update={"blocking": False})
