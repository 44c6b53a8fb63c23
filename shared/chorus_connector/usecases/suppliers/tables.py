"""Correspondence tables: rows saved one by one or from a file, checked outside. Function: supplier_api.

A value that the portal does not know is refused with a reason, and so is a user that the user pool does not know. If
it cannot be asked, because it is down or because a file names more values than the time allows, the row is saved as not
verified; the green light checks it before sending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from chorus_connector.domain.errors import Invalid, NotFound, Transient, refuse_if_any
from chorus_connector.domain.portal.answers import PortalFailure
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE, Recipient
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.table_csv import CsvLine, RefusedCsvLine, Suggestion, read_csv, write_csv
from chorus_connector.domain.suppliers.tables import (
    Proposal,
    TableKind,
    TableRow,
    decode_row_id,
    new_row,
    proposals_from,
)
from chorus_connector.usecases.paging import every_page
from chorus_connector.usecases.suppliers.principals import may_name, unknown_principal
from chorus_connector.usecases.suppliers.suggestions import Suggestions

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.suppliers.access import Caller
    from chorus_connector.domain.suppliers.supplier import BankAccount
    from chorus_connector.ports.suppliers import AuditTrail, Tables, UserDirectory
    from chorus_connector.usecases.portal.directory import Directory
    from chorus_connector.usecases.portal.recipient_search import SearchRecipients

Suggest = Callable[[CsvLine, tuple[Problem, ...]], tuple[Suggestion, ...]]

EXPORT_ROWS = 100_000
_PAGE = 1000


@dataclass(frozen=True)
class ImportReport:
    """The result of an import: how many rows were accepted, which lines could not be verified, which were refused.

    ``doubtful``: lines that were accepted although the check digit of their SIRET is wrong.
    """

    accepted: int
    unverified: tuple[int, ...]
    doubtful: tuple[int, ...]
    refused: tuple[RefusedCsvLine, ...]
    dry_run: bool


class Activated(NamedTuple):
    """A row that a person activated, and the proposal that it was."""

    row: TableRow
    proposal: Proposal


@dataclass(frozen=True)
class EditTables:
    """``directory``: of the portal; ``users``: the user pool; ``may_ask``: whether there is time to ask them.

    ``search`` finds what a dry run offers for a refused line; without it nothing is offered.
    """

    tables: Tables
    audit: AuditTrail
    directory: Directory
    users: UserDirectory
    by: Caller
    new_id: Callable[[], str]
    may_ask: Callable[[], bool] = lambda: True
    search: SearchRecipients | None = None

    def save(self, kind: TableKind, *, label: str, value: str, scope: str = "", now: datetime) -> TableRow:
        """Save one row; it replaces the row with the same label. Raises Invalid."""
        row = new_row(kind, label=label, value=value, scope=scope, by=self.by.principal, now=now)
        checked, problem = self._checker(now).check(row)
        refuse_if_any("Ligne refusée.", "The row is refused.", problem)
        before = self.tables.row(kind, checked.key)
        self.tables.put([checked])
        self._record(kind, "changed" if before else "added", now, before=before, after=checked)
        return checked

    def delete(self, kind: TableKind, row_id: str, *, now: datetime) -> None:
        """Delete that row. Raises NotFound."""
        before = self.tables.row(kind, decode_row_id(row_id))
        if before is None:
            raise NotFound
        self.tables.delete(kind, before.key)
        self._record(kind, "removed", now, before=before)

    def import_csv(self, kind: TableKind, data: bytes, *, now: datetime, dry_run: bool = False) -> ImportReport:
        """Save every valid line of a file; it replaces the rows with the same labels.

        Other lines are reported with reasons.

        ``dry_run`` reports, with suggestions for refused lines, and writes nothing. Raises Invalid when the whole file
        is unusable.
        """
        kept: dict[str, TableRow] = {}
        unverified: list[int] = []
        doubtful: list[int] = []
        refused: list[RefusedCsvLine] = []
        suggest = self._suggestions(kind, now) if dry_run else _nothing
        for line, row in self._judged(kind, read_csv(kind, data), now, seen=kept, suggest=suggest):
            if isinstance(row, RefusedCsvLine):
                refused.append(row)
                continue
            kept[row.key] = row
            if not row.verified:
                unverified.append(line)
            if row.warning:
                doubtful.append(line)
        if kept and not dry_run:
            self.tables.put(tuple(kept.values()))
            self._record(kind, "imported", now, counts={"accepted": len(kept), "refused": len(refused)})
        return ImportReport(len(kept), tuple(unverified), tuple(doubtful), tuple(refused), dry_run)

    def export_csv(self, kind: TableKind) -> str:
        """The table as a CSV file, limited to its first ``EXPORT_ROWS`` rows."""
        return write_csv(kind, self._all(kind))

    def activate(self, proposal_id: str, *, now: datetime, label: str | None = None) -> Activated:
        """Save a proposed row in the table, under ``label`` if it is given.

        Raises NotFound, or Invalid when the portal does not know its value; then it is still proposed.
        """
        proposal = self.tables.proposal(decode_row_id(proposal_id))
        row = proposal.row.model_copy(update={"changed_at": now, "changed_by": self.by.principal})
        if label is not None:
            row = new_row(row.kind, label=label, value=row.value, scope=row.scope, by=self.by.principal, now=now)
        checked, problem = self._checker(now).check(row)
        refuse_if_any("Proposition refusée.", "The proposal is refused.", problem)
        before = self.tables.row(row.kind, row.key)
        self.tables.activate(proposal, checked)
        self._record(row.kind, "activated", now, before=before, after=checked)
        return Activated(checked, proposal)

    def dismiss(self, proposal_id: str, *, now: datetime) -> None:
        """Reject a proposed row; it is not proposed again. Raises NotFound."""
        proposal = self.tables.proposal(decode_row_id(proposal_id))
        self.tables.dismiss(proposal)
        self._record(proposal.row.kind, "dismissed", now, before=proposal.row)

    def _judged(
        self,
        kind: TableKind,
        lines: Iterable[CsvLine | RefusedCsvLine],
        now: datetime,
        *,
        seen: dict[str, TableRow],
        suggest: Suggest,
    ) -> Iterator[tuple[int, TableRow | RefusedCsvLine]]:
        checker = self._checker(now)
        for line in lines:
            if isinstance(line, RefusedCsvLine):
                yield line.line, line
                continue
            try:
                row = new_row(kind, label=line.label, value=line.value, scope=line.scope, by=self.by.principal, now=now)
            except Invalid as error:
                offered = suggest(line, error.problems)
                yield line.number, RefusedCsvLine(line.number, error.problems, offered)
                continue
            if row.key in seen:
                yield line.number, RefusedCsvLine(line.number, (_duplicate_label(),))
                continue
            checked, problem = checker.check(row)
            if problem:
                yield line.number, RefusedCsvLine(line.number, (problem,), suggest(line, (problem,)))
            else:
                yield line.number, checked

    def _suggestions(self, kind: TableKind, now: datetime) -> Suggest:
        if self.search is None:
            return _nothing
        offers = Suggestions(self.search, self.directory, self.may_ask)
        return lambda line, problems: offers.for_line(kind, line, problems, now)

    def _all(self, kind: TableKind) -> Iterator[TableRow]:
        pages = every_page(lambda cursor: self.tables.page(kind, limit=_PAGE, cursor=cursor))
        return (row for page in islice(pages, EXPORT_ROWS // _PAGE) for row in page.rows)

    def _checker(self, now: datetime) -> _Checker:
        return _Checker(self.directory, self.users, self.by, now, self.may_ask)

    def _record(
        self,
        kind: TableKind,
        action: str,
        now: datetime,
        *,
        before: TableRow | None = None,
        after: TableRow | None = None,
        counts: dict[str, int] | None = None,
    ) -> None:
        change = Change(
            change_id=self.new_id(),
            at=now,
            by=self.by.principal,
            item=f"tables/{kind}",
            action=action,
            before=before.model_dump(mode="json") if before else None,
            after=after.model_dump(mode="json") if after else counts,
        )
        self.audit.append(change)


def _nothing(line: CsvLine, problems: tuple[Problem, ...]) -> tuple[Suggestion, ...]:  # noqa: ARG001
    return ()


def propose_from(tables: Tables) -> Callable[[Invoice], None]:
    """A function to call with each invoice that the portal accepted: it proposes rows from the corrections."""

    def learn(invoice: Invoice) -> None:
        for proposal in proposals_from(invoice, now=invoice.changed_at):
            known = tables.row(proposal.row.kind, proposal.row.key)
            if known is None or known.value != proposal.row.value:
                tables.propose(proposal)

    return learn


@dataclass
class _Checker:
    """Checks of many rows against the portal and the user pool.

    Each SIRET and principal is asked once; after a first failure nothing is asked again.
    """

    directory: Directory
    users: UserDirectory
    by: Caller
    now: datetime
    may_ask: Callable[[], bool]
    _recipients: dict[str, Recipient | None] = field(default_factory=dict, init=False)
    _principals: dict[str, Problem | None] = field(default_factory=dict, init=False)
    _accounts: tuple[BankAccount, ...] | None = field(default=None, init=False)
    _failed: bool = field(default=False, init=False)

    def check(self, row: TableRow) -> tuple[TableRow, Problem | None]:
        """The row, marked as not verified when the portal could not be asked; and the problem, if it is refused."""
        try:
            return row, self._problem_of(row)
        except (PortalFailure, Transient):
            self._failed = True
        except _NotAsked:
            pass
        return row.model_copy(update={"verified": False}), None

    def _problem_of(self, row: TableRow) -> Problem | None:
        match row.kind:
            case "recipients":
                return _recipient_problem(self._recipient(row.value), "value")
            case "services":
                recipient = self._recipient(row.scope)
                return _recipient_problem(recipient, "recipient_siret") or _service_problem(recipient, row.value)
            case "bank":
                return None if row.value in self._bank_account_ids() else _unknown_account()
            case "users":
                return self._principal_problem(row.value)

    def _recipient(self, siret: str) -> Recipient | None:
        if siret not in self._recipients:
            self._check_may_ask()
            self._recipients[siret] = self.directory.whole(siret, now=self.now)
        return self._recipients[siret]

    def _principal_problem(self, principal: str) -> Problem | None:
        if not may_name(self.by, principal):
            return _foreign_group()
        if principal not in self._principals:
            self._check_may_ask()
            self._principals[principal] = unknown_principal(self.users, principal, field="value")
        return self._principals[principal]

    def _bank_account_ids(self) -> frozenset[str]:
        if self._accounts is None:
            self._check_may_ask()
            self._accounts = self.directory.portal.bank_accounts()
        return frozenset(str(each.portal_id) for each in self._accounts)

    def _check_may_ask(self) -> None:
        if self._failed or not self.may_ask():
            raise _NotAsked


class _NotAsked(Exception):
    """There is no time left, or the portal or the user pool has failed: the row is not verified."""


def _recipient_problem(recipient: Recipient | None, field_name: str) -> Problem | None:
    if recipient is None:
        return Problem(
            field=field_name,
            code="recipient_unknown",
            fr="Ce SIRET n'est pas dans l'annuaire de Chorus Pro.",
            en="This SIRET is not in the Chorus Pro directory.",
        )
    if not recipient.active:
        return Problem(
            field=field_name,
            code="recipient_inactive",
            fr="Cette structure n'est plus active dans Chorus Pro.",
            en="This structure is no longer active in Chorus Pro.",
        )
    return None


def _service_problem(recipient: Recipient | None, code: str) -> Problem | None:
    """Why the portal would refuse that service code.

    Not judged for a structure without services (see the green light).
    """
    assert recipient is not None
    service = recipient.service(code)
    if service is not None and not service.active:
        return Problem(
            field="value",
            code="service_inactive",
            fr="Ce service n'est plus actif chez ce destinataire.",
            en="This service is no longer active at this recipient.",
        )
    if code == TECHNICAL_SERVICE or (service is None and recipient.lists_services):
        return Problem(
            field="value",
            code="service_unknown",
            fr="Ce code service n'existe pas chez ce destinataire.",
            en="This recipient has no such service code.",
        )
    return None


def _unknown_account() -> Problem:
    return Problem(
        field="value",
        code="bank_account_unknown",
        fr="Chorus Pro ne connaît pas ces coordonnées bancaires : voyez la liste « bank-accounts ».",
        en="Chorus Pro knows no such bank details of this supplier: see the list 'bank-accounts'.",
    )


def _foreign_group() -> Problem:
    """The same for a group that does not exist: the answer does not show which groups the user pool has."""
    return Problem(
        field="value",
        code="group_not_yours",
        fr="Vous n'êtes pas dans ce groupe : un de ses membres, ou un administrateur de l'installation, le nomme.",
        en="You are not in this group: one of its members, or an administrator of the installation, names it.",
    )


def _duplicate_label() -> Problem:
    return Problem(
        field="label",
        code="label_twice",
        fr="Ce libellé est déjà plus haut dans le fichier (casse, accents et espaces ne comptent pas).",
        en="This label is further up in the file already (case, accents and spaces do not count).",
    )
