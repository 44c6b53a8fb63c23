"""The portal client behind the circuit breakers: no call is made while a breaker is open.

Every call passes the portal's breaker and the supplier's breaker, and its result is counted in both
(``domain.portal.breaker`` decides). While a breaker is open, the caller at once gets the failure that the call would
have had, and how long to wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.portal.answers import (
    CredentialsRefused,
    FlowReport,
    FoundInvoice,
    InvoiceHistory,
    PortalAccount,
    PortalFailure,
    PortalPage,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.domain.portal.breaker import (
    Admission,
    Breaker,
    Circuit,
    Weight,
    admit,
    after_failure,
    after_success,
    asks_within_pause,
    retry_at,
    with_probe_claimed,
)

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.attachments import AttachmentType
    from chorus_connector.domain.invoices.invoice import Deposit
    from chorus_connector.domain.invoices.submission import Submission
    from chorus_connector.domain.portal.recipient import Recipient, Service
    from chorus_connector.domain.portal.recipient_search import RecipientFound
    from chorus_connector.domain.suppliers.supplier import BankAccount
    from chorus_connector.ports.portal import Breakers, Portal
    from chorus_connector.ports.values import StoredAttachment

_LOG = logging.getLogger("circuit_breaker")
_T = TypeVar("_T")
_TRIES = 5
"""Attempts at a write that lost a race. A count that is lost after them only delays the opening of the breaker."""


@dataclass
class GuardedPortal:
    """``ports.Portal`` for the work on one message. The breakers are read once, and written when they change.

    ``clock`` is not a time argument, because a call may end half a minute after it began and its end counts.
    ``claimant`` is unique to this object: it recognises its own claim when the answer to the write was lost.
    ``run_at``: when the ten-minute run began that handed out the work; None: it comes from elsewhere.
    ``met_probe``: a call was not made, because another worker asked the portal at that moment.
    """

    portal: Portal
    breakers: Breakers
    supplier_id: str
    clock: Callable[[], datetime]
    claimant: str
    run_at: datetime | None = None
    met_probe: bool = field(default=False, init=False)
    _circuit: Circuit | None = field(default=None, init=False)

    def deposit_failure(self) -> PortalFailure | None:
        """The failure that every deposit would get now, None when calls may go. Makes no call and claims no probe."""
        now = self.clock()
        circuit = self._current()
        for breaker in (circuit.supplier, circuit.portal):
            admission = self._admission(breaker, Weight.DEPOSIT, now)
            if (failure := self._failure_while_open(breaker, admission, now)) is not None:
                return failure
        return None

    def account(self) -> PortalAccount:
        return self._call(Weight.READ, self.portal.account)

    def attached_to(self) -> frozenset[int]:
        return self._call(Weight.READ, self.portal.attached_to)

    def bank_accounts(self) -> tuple[BankAccount, ...]:
        return self._call(Weight.READ, self.portal.bank_accounts)

    def recipient(self, siret: str, *, now: datetime) -> Recipient | None:
        return self._call(Weight.READ, lambda: self.portal.recipient(siret, now=now))

    def service_requires_engagement(self, recipient: Recipient, service: Service) -> bool:
        return self._call(Weight.READ, lambda: self.portal.service_requires_engagement(recipient, service))

    def search_recipients(self, siret: str, text: str, *, most: int) -> tuple[Sequence[RecipientFound], bool]:
        return self._call(Weight.READ, lambda: self.portal.search_recipients(siret, text, most=most))

    def attachment_types(self) -> tuple[AttachmentType, ...]:
        return self._call(Weight.READ, self.portal.attachment_types)

    def upload(self, file_name: str, data: bytes) -> int:
        return self._call(Weight.UPLOAD, lambda: self.portal.upload(file_name, data))

    def submit(
        self,
        submission: Submission,
        *,
        file_id: int,
        file_name: str,
        attachments: Sequence[StoredAttachment] = (),
    ) -> Deposit:
        def call() -> Deposit:
            return self.portal.submit(submission, file_id=file_id, file_name=file_name, attachments=attachments)

        return self._call(Weight.DEPOSIT, call)

    def deposit_flow(self, file_name: str, data: bytes) -> str:
        return self._call(Weight.DEPOSIT, lambda: self.portal.deposit_flow(file_name, data))

    def flow_report(self, flow_number: str) -> FlowReport:
        return self._call(Weight.READ, lambda: self.portal.flow_report(flow_number))

    def find(self, invoice_number: str) -> Sequence[FoundInvoice]:
        return self._call(Weight.READ, lambda: self.portal.find(invoice_number))

    def changes(self, *, since: datetime | None, page: int) -> PortalPage:
        return self._call(Weight.READ, lambda: self.portal.changes(since=since, page=page))

    def history(self, chorus_id: int) -> InvoiceHistory:
        return self._call(Weight.READ, lambda: self.portal.history(chorus_id))

    def recycle(
        self,
        chorus_id: int,
        *,
        recipient_siret: str,
        service_code: str | None,
        engagement_number: str | None,
        comment: str | None,
    ) -> None:
        def call() -> None:
            self.portal.recycle(
                chorus_id,
                recipient_siret=recipient_siret,
                service_code=service_code,
                engagement_number=engagement_number,
                comment=comment,
            )

        self._call(Weight.DEPOSIT, call)

    def complete(self, chorus_id: int, *, comment: str | None, attachments: Sequence[StoredAttachment]) -> None:
        self._call(Weight.DEPOSIT, lambda: self.portal.complete(chorus_id, comment=comment, attachments=attachments))

    def treat_rejection(self, chorus_id: int) -> None:
        self._call(Weight.DEPOSIT, lambda: self.portal.treat_rejection(chorus_id))

    def correct_validator(self, chorus_id: int, *, siret: str) -> None:
        self._call(Weight.DEPOSIT, lambda: self.portal.correct_validator(chorus_id, siret=siret))

    def download(self, chorus_id: int, *, with_attachments: bool) -> bytes:
        return self._call(Weight.READ, lambda: self.portal.download(chorus_id, with_attachments=with_attachments))

    # --- one call ----------------------------------------------------------------------------------------

    def _call(self, weight: Weight, call: Callable[[], _T]) -> _T:
        self._pass_breakers(weight)
        began = self.clock()
        try:
            answer = call()
        except PortalRefused:
            self._record_success(weight)  # the portal judged the invoice, so it works
            raise
        except PortalFailure as failure:
            self._record_failure(failure, weight, began)
            failure.by_next_run = _is_tried_by_next_run(failure)
            failure.retry_in = self._wait_after(failure)
            if isinstance(failure, CredentialsRefused) and self._current().supplier.fault is not None:
                failure.passing = self._current().supplier.suspected
            raise
        self._record_success(weight)
        return answer

    def _record_success(self, weight: Weight) -> None:
        now = self.clock()
        self._record(lambda circuit: after_success(circuit, weight, now))

    def _record_failure(self, failure: PortalFailure, weight: Weight, began: datetime) -> None:
        now = self.clock()
        self._record(
            lambda known: after_failure(known, failure, weight, supplier_id=self.supplier_id, now=now, began=began)
        )

    def _wait_after(self, failure: PortalFailure) -> timedelta | None:
        """How long the failed call has to wait: at least as long as calls that meet the open breaker."""
        at = retry_at(self._current())
        if at is None:
            return failure.retry_in
        return max(at - self.clock(), failure.retry_in or timedelta(0))

    def _pass_breakers(self, weight: Weight) -> None:
        """Raise the breaker's failure while it is open; claim the probe when the pause is over."""
        for _ in range(_TRIES):
            circuit, now = self._current(), self.clock()
            admissions = [(each, self._admission(each, weight, now)) for each in (circuit.supplier, circuit.portal)]
            for breaker, admission in admissions:
                if (failure := self._failure_while_open(breaker, admission, now)) is not None:
                    raise failure
            claims = (
                with_probe_claimed(each, weight, now, by=self.claimant) if to.probe else each for each, to in admissions
            )
            if self._save_claims(circuit, *claims):
                return
        self.met_probe = True
        failure = PortalUnreachable("the breaker's probe was claimed by others", blame="caller")
        failure.by_next_run = failure.probing = True
        raise failure

    def _admission(self, breaker: Breaker, weight: Weight, now: datetime) -> Admission:
        return admit(breaker, weight, now, by=self.claimant, run_at=self.run_at)

    def _save_claims(self, known: Circuit, supplier: Breaker, portal: Breaker) -> bool:
        """Whether the claims are written, or there are none. Otherwise the breakers are read again."""
        claims = Circuit(portal, supplier)
        if claims == known:
            return True
        try:
            self._circuit = self.breakers.save(known, claims)
        except StaleWrite:  # another worker wrote, or this worker's claim succeeded and its answer was lost
            self._circuit = self.breakers.get()
            return False
        return True

    def _record(self, update: Callable[[Circuit], Circuit]) -> None:
        """Write the result of a call, on top of what other workers have written meanwhile.

        The result is already known, and a failure to write it must not hide it: a lost note costs one more failed
        call, a lost result would cost the answer of a submission.
        """
        try:
            self._record_portal(update)
            self._record_supplier(update)
        except Exception as error:
            _LOG.warning("the breaker's record was not written", extra={"error": type(error).__name__})

    def _record_portal(self, update: Callable[[Circuit], Circuit]) -> None:
        self._record_one(lambda circuit: replace(circuit, portal=update(circuit).portal))

    def _record_supplier(self, update: Callable[[Circuit], Circuit]) -> None:
        self._record_one(lambda circuit: replace(circuit, supplier=update(circuit).supplier))

    def _record_one(self, update: Callable[[Circuit], Circuit]) -> None:
        """Change one breaker, so that a try after a lost race counts nothing twice."""
        circuit = self._current()
        for _ in range(_TRIES):
            updated = update(circuit)
            if updated == circuit:
                return
            try:
                self._circuit = self.breakers.save(circuit, updated)
            except StaleWrite:
                circuit = self._circuit = self.breakers.get()
            else:
                return

    def _current(self) -> Circuit:
        if self._circuit is None:
            self._circuit = self.breakers.get()
        return self._circuit

    def _failure_while_open(self, breaker: Breaker, admission: Admission, now: datetime) -> PortalFailure | None:
        if admission.wait_until is None:
            return None
        wait = admission.wait_until - now
        failure: PortalFailure = PortalUnreachable("breaker open", wait, blame="caller")
        if breaker.fault is not None:
            failure = CredentialsRefused(breaker.fault, retry_in=wait, passing=breaker.suspected)
        failure.by_next_run, failure.probing = asks_within_pause(breaker), admission.probing
        self.met_probe = self.met_probe or admission.probing
        return failure


def _is_tried_by_next_run(failure: PortalFailure) -> bool:
    """Whether the portal neither blames the supplier nor says how long to wait."""
    if isinstance(failure, CredentialsRefused):
        return failure.passing
    return failure.blame in ("portal", "caller") and failure.retry_in is None
