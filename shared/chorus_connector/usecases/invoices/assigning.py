"""Assigning documents: they get a label of the users table, so that those who have it see them.

The label is a metadata, so the change is a correction of the filing, with the same rules and the same line in the
audit trail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import matching_form, same_name
from chorus_connector.domain.suppliers.tables import user_prefix
from chorus_connector.usecases.paging import every_page

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.visibility import Visibility
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.domain.suppliers.tables import TableRow
    from chorus_connector.ports.suppliers import Tables

_PAGE = 1000


@dataclass(frozen=True)
class Assignment:
    """The metadata that gives a document to people: its name, and the label."""

    metadata_name: str
    label: str

    @property
    def metadata(self) -> dict[str, str | None]:
        return {self.metadata_name: self.label}


@dataclass(frozen=True)
class ResolveAssignment:
    """``sight`` is what the caller sees: a restricted caller assigns its own labels only, and learns of no others."""

    supplier: Supplier
    tables: Tables
    sight: Visibility

    def to(self, *, principal: str | None, label: str | None) -> Assignment:
        """The label that the users table has for this principal, this label, or this label of this principal.

        Raises Invalid when there is no such label, or several of the principal.
        """
        if label is not None:
            self._check_own(label)
        rows = self._rows(principal)
        wanted = {
            matching_form(each.label): each.label for each in rows if label is None or same_name(each.label, label)
        }
        if self.sight.labels is not None:
            wanted = {form: text for form, text in wanted.items() if form in self.sight.labels}
        if len(wanted) == 1:
            return Assignment(self.supplier.user_label_metadata, next(iter(wanted.values())))
        raise Invalid.about(_several_labels() if wanted else _no_such_label())

    def _rows(self, principal: str | None) -> Iterator[TableRow]:
        prefix = user_prefix(principal) if principal is not None else ""
        pages = every_page(lambda cursor: self.tables.page("users", limit=_PAGE, cursor=cursor, key_prefix=prefix))
        return (row for page in pages for row in page.rows)

    def _check_own(self, label: str) -> None:
        self.sight.check_upload({self.supplier.user_label_metadata: label})


def _no_such_label() -> Problem:
    return Problem(
        field="label",
        code="label_unknown",
        fr="La table « users » n'a pas cette étiquette (ou aucune pour cette personne) : ajoutez-y d'abord la ligne. "
        "Seule une personne qui n'y figure ni elle-même ni par un groupe voit déjà tous les documents.",
        en="The table 'users' has no such label (or none for this person): add the row to it first. Only a "
        "person who is not in it, and of whom no group is, sees every document already.",
    )


def _several_labels() -> Problem:
    return Problem(
        field="label",
        code="label_ambiguous",
        fr="Cette personne a plusieurs étiquettes : dites laquelle (label).",
        en="This person has several labels: say which one (label).",
    )
