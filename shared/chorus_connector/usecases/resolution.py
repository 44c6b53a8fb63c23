"""Box resolution: what was read, what the supplier's rules say, and whether the result may leave.

``judge`` is the heart, used after a reading, after a person's correction and again just before sending: it
fills the form, asks the directory, and shows the green light or the problems. A portal that cannot be asked
holds the invoice only when nothing else is wrong with it: a person can work on the rest meanwhile.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chorus_connector.domain.form import Form, FormField, FormFieldName, fill_form
from chorus_connector.domain.green_light import Evidence, check
from chorus_connector.domain.invoice import Invoice, State
from chorus_connector.domain.portal import AnswerLost, CredentialsRefused, PortalRefused, PortalUnreachable
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.recipient import Recipient
from chorus_connector.domain.submission import DEFAULTS, vat_regime_for
from chorus_connector.domain.supplier import Supplier
from chorus_connector.ports import InvoiceStore
from chorus_connector.usecases.directory import Directory
from chorus_connector.usecases.holding import credentials_problem, portal_problem

PARIS = ZoneInfo("Europe/Paris")
RETRY_PORTAL = timedelta(minutes=10)
RETRY_CREDENTIALS = timedelta(hours=1)


@dataclass(frozen=True)
class Verdict:
    """A filled form, everything that stands in its way, and whether the portal could be asked."""

    form: Form
    problems: tuple[Problem, ...]
    hold: Problem | None = None
    retry_in: timedelta = RETRY_PORTAL

    @property
    def green(self) -> bool:
        return self.hold is None and not self.blocked

    @property
    def blocked(self) -> bool:
        return any(problem.blocking for problem in self.problems)


@dataclass(frozen=True)
class Resolution:
    supplier: Supplier
    invoices: InvoiceStore
    directory: Directory

    def resolve(self, document_id: str, *, now: datetime) -> Invoice:
        """After a reading, or when a hold is over: READY, TO_COMPLETE with the reasons, or HELD."""
        invoice = self.invoices.get(document_id)
        resolvable = invoice.state is State.HELD or (invoice.state is State.READING and invoice.reading is not None)
        if not resolvable:
            return invoice
        settled = self.settle(invoice, self.judge(invoice, now=now), now=now)
        self.invoices.save(settled, by="resolution", action="resolved", detail=codes(settled.problems))
        return settled

    def judge(self, invoice: Invoice, *, now: datetime, fresh: bool = False) -> Verdict:
        """Fill the form and check it. ``fresh`` asks the portal's directory whatever is remembered."""
        form, conversion_problems = self._form(invoice)
        evidence_problem: Problem | None = None
        retry_in = RETRY_PORTAL
        recipient: Recipient | None = None
        unknown = False
        siret = form.value("recipient_siret")
        if siret is not None and siret.isdigit() and len(siret) == 14:
            try:
                recipient = self.directory.recipient(siret, form.value("service_code"), now=now, fresh=fresh)
                unknown = recipient is None
            except (PortalUnreachable, AnswerLost, PortalRefused) as error:
                evidence_problem = portal_problem()
                retry_in = getattr(error, "retry_in", None) or RETRY_PORTAL
            except CredentialsRefused as error:
                evidence_problem, retry_in = credentials_problem(error.fault), RETRY_CREDENTIALS
        number = form.value("invoice_number")
        holder = self.invoices.number_holder(number) if number else None
        evidence = Evidence(
            supplier_siret=self.supplier.siret,
            today=today_in_paris(now),
            recipient=recipient,
            recipient_unknown=unknown,
            number_taken_by=holder if holder not in (None, invoice.document_id) else None,
            confidence_threshold=self.supplier.confidence_threshold,
        )
        reading_problems = _still_true(invoice, form)
        problems = (*conversion_problems, *check(form, evidence), *reading_problems)
        return Verdict(form=form, problems=problems, hold=evidence_problem, retry_in=retry_in)

    def settle(self, invoice: Invoice, verdict: Verdict, *, now: datetime, by_person: str | None = None) -> Invoice:
        """The invoice in the state its verdict puts it in. ``by_person`` asks for submission when green."""
        facts: dict[str, object] = {"form": verdict.form, "problems": verdict.problems}
        if verdict.blocked:
            return invoice.to_complete(now, **facts)
        if verdict.hold is not None:
            requested = by_person or invoice.submit_requested_by
            held = invoice.held(now, verdict.hold, retry_in=verdict.retry_in)
            return held.model_copy(
                update={"form": verdict.form, "problems": (*verdict.problems, verdict.hold)}
                | ({"submit_requested_by": requested} if requested else {})
            )
        requested = by_person or invoice.submit_requested_by
        return invoice.ready(now, automatic=self.supplier.automatic_submission, submit_requested_by=requested, **facts)

    def _form(self, invoice: Invoice) -> tuple[Form, tuple[Problem, ...]]:
        form, problems = fill_form(
            invoice.reading or Reading(),
            metadata=invoice.metadata,
            associations=self.supplier.associations_for(invoice.classification_rule),
            corrections=invoice.corrections,
            supplier_values=self.supplier.defaults,
        )
        return _with_defaults(form, invoice.corrections), problems


def today_in_paris(now: datetime) -> date:
    """The portal's calendar day."""
    return now.astimezone(PARIS).date()


def codes(problems: tuple[Problem, ...]) -> str:
    """The problems' codes for an audit line or a log: no value of the invoice in it."""
    return ", ".join(sorted({f"{problem.field or 'document'}:{problem.code}" for problem in problems}))


def _with_defaults(form: Form, corrections: dict[FormFieldName, str]) -> Form:
    fields = dict(form.fields)

    def default(name: FormFieldName, value: str, confidence: float = 1.0) -> None:
        if name not in fields and name not in corrections:
            fields[name] = FormField(value=value, source="default", confidence=confidence)

    for name, value in DEFAULTS.items():
        default(name, value)
    default("vat_regime", vat_regime_for(form.value("total_tva"), form.value("vat_regime")))
    if (total := fields.get("total_ttc")) is not None and isinstance(total.value, str):
        default("amount_due", "0.00" if form.value("framework") == "A2" else total.value, total.confidence)
    return Form(fields=fields)


def _still_true(invoice: Invoice, form: Form) -> tuple[Problem, ...]:
    """What the reader had to say about fields that nobody has corrected since."""
    if invoice.reading is None:
        return ()
    return tuple(
        problem
        for problem in invoice.reading.problems
        if problem.field is None
        or (field := form.fields.get(problem.field)) is None  # type: ignore[call-overload]  # any name may be asked
        or field.source not in ("person", "metadata", "table")
    )
