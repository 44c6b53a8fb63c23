"""One supplier's invoices that a user may see: any other is not found.

Functions that answer people use ``VisibleInvoices`` and never the store behind it, so no route can forget the check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.invoices.states import List, State
from chorus_connector.domain.invoices.visibility import EVERYTHING, NOTHING, Visibility
from chorus_connector.domain.suppliers.access import GROUP_PREFIX
from chorus_connector.ports.values import ALWAYS

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice, ListedInvoice
    from chorus_connector.domain.reading.result import Reading
    from chorus_connector.ports.invoices import InvoiceStore
    from chorus_connector.ports.suppliers import SupplierStore, Tables, UserDirectory
    from chorus_connector.ports.values import AuditEvent, InvoicePage, ReceivedBetween, ValueChange
    from chorus_connector.usecases.portal.tracking import Changed

AnyInvoice = TypeVar("AnyInvoice", bound="ListedInvoice")
_LOOKED_AT = 50
_TO_COMPLETE = frozenset({State.TO_COMPLETE, State.REFUSED})


@dataclass(frozen=True)
class VisibleInvoices:
    invoices: InvoiceStore
    visibility: Visibility

    def get(self, document_id: str) -> Invoice:
        """The invoice. Raises NotFound if it does not exist or the user may not see it."""
        invoice = self.invoices.get(document_id)
        if not self.visibility.sees(invoice):
            raise NotFound
        return self._shown(invoice)

    def visible_changes(self, changes: Iterable[Changed]) -> list[Changed]:
        """The changes of those invoices that the user may see."""
        return [each._replace(after=self._shown(each.after)) for each in changes if self.visibility.sees(each.after)]

    def reading(self, invoice: Invoice) -> Reading:
        return self.invoices.reading(invoice)

    def save(
        self, invoice: Invoice, *, by: str, action: str, detail: str = "", changes: tuple[ValueChange, ...] = ()
    ) -> None:
        self.invoices.save(invoice, by=by, action=action, detail=detail, changes=changes)

    def page(
        self,
        listed_in: List | None,
        *,
        limit: int,
        cursor: str | None,
        wanted: Callable[[ListedInvoice], bool] | None = None,
        received: ReceivedBetween = ALWAYS,
    ) -> InvoicePage:
        """A page of the invoices that the user may see and ``wanted`` accepts.

        A page may be short or empty and still have a cursor.
        """
        sees = self._both(wanted)
        page = self.invoices.page(listed_in, limit=limit, cursor=cursor, sees=sees, received=received)
        return page._replace(invoices=tuple(self._shown(each) for each in page.invoices))

    def _shown(self, invoice: AnyInvoice) -> AnyInvoice:
        """The invoice; a duplicate names the other document only to a user who may see that one too."""
        if invoice.duplicate_of is None or not self.visibility.restricted:
            return invoice
        with suppress(NotFound):
            if self.visibility.sees(self.invoices.get(invoice.duplicate_of)):
                return invoice
        return invoice.model_copy(update={"duplicate_of": None})

    def _both(self, wanted: Callable[[ListedInvoice], bool] | None) -> Callable[[ListedInvoice], bool] | None:
        if not self.visibility.restricted:
            return wanted
        if wanted is None:
            return self.visibility.sees
        return lambda invoice: self.visibility.sees(invoice) and wanted(invoice)

    def events(self, document_id: str) -> Sequence[AuditEvent]:
        self.get(document_id)
        return self.invoices.events(document_id)

    def with_the_number_of(self, invoice: Invoice) -> str | None:
        """The id of the other document that has the invoice's number; None: there is none, or the user may not see it.

        It is looked up only when the last check said that the number is taken.
        """
        number = invoice.form.value("invoice_number")
        if number is None or all(each.code != "number_taken" for each in invoice.problems):
            return None
        holder = self.invoices.number_holder(number)
        if holder in (None, invoice.document_id):
            return None
        with suppress(NotFound):
            return self.get(str(holder)).document_id
        return None

    def next_to_complete(self, after: str) -> ListedInvoice | None:
        """Another document that waits for a person, which the form offers next: the first of those that came first.

        If none of those is meant, it is the newest: a longer search would cost more than it is worth.
        """
        wanted = _waits_for_a_person(self.visibility, after)
        for each in self.invoices.oldest("to_process", limit=_LOOKED_AT):
            if wanted(each):
                return each
        page = self.invoices.page("to_process", limit=1, cursor=None, sees=wanted)
        return page.invoices[0] if page.invoices else None


def visibility_of(identities: Iterable[str], *, tables: Tables, suppliers: SupplierStore) -> Visibility:
    """The visibility of the user with these identities, their own and their groups': the labels of all of them.

    Read at every request, so that a withdrawn permission takes effect at once.
    """
    if tables.unrestricted():
        return EVERYTHING
    labels = frozenset().union(*(tables.labels_of(each) for each in identities))
    # a user who is not in the users table sees everything, so the supplier's record is not needed
    return Visibility(suppliers.get().user_label_metadata, labels) if labels else EVERYTHING


@dataclass(frozen=True)
class VisibilityOfSubscribers:
    """What a principal sees when no token names its groups: for the e-mails.

    ``warn_of_unknown`` is called for a principal that is not in the user pool.
    """

    tables: Tables
    suppliers: SupplierStore
    directory: UserDirectory
    warn_of_unknown: Callable[[], None]

    def __call__(self, principal: str) -> Visibility:
        """The visibility of that principal. A group's is that of its own rows. Raises Transient.

        The groups matter, and are asked for, only when the table has rows of groups. A principal whose groups cannot be
        known sees nothing then.
        """
        identities = [principal]
        if self._groups_matter(principal):
            if not self.directory.exists(principal):
                self.warn_of_unknown()
                return NOTHING
            identities += [f"{GROUP_PREFIX}{each}" for each in sorted(self.directory.groups_of(principal))]
        return visibility_of(identities, tables=self.tables, suppliers=self.suppliers)

    def _groups_matter(self, principal: str) -> bool:
        if principal.startswith(GROUP_PREFIX):
            return False
        return bool(self.tables.page("users", limit=1, cursor=None, key_prefix=GROUP_PREFIX).rows)


def _waits_for_a_person(visibility: Visibility, after: str) -> Callable[[ListedInvoice], bool]:
    return lambda invoice: invoice.state in _TO_COMPLETE and invoice.document_id != after and visibility.sees(invoice)
