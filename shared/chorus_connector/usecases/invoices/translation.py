"""Looks up one invoice in the supplier's correspondence tables.

The metadata associated with a field is looked up first, then the value that was read. A row that translates a metadata
takes its place; a row that translates a printed label beats every value that was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.form import Form, Translation
from chorus_connector.domain.suppliers.matching import value_named
from chorus_connector.domain.suppliers.tables import TableKind, label_key

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.ports.suppliers import Tables


@dataclass(frozen=True)
class Translate:
    tables: Tables

    def translations(
        self, plain: Form, *, metadata: Mapping[str, str], associations: Mapping[FormFieldName, str]
    ) -> dict[FormFieldName, Translation]:
        """The rows that apply, by field. ``plain`` is the form filled from all other sources."""
        fed = _fed(metadata, associations)
        found: dict[FormFieldName, Translation] = {}
        recipient = self._first("recipients", metadata=fed.get("recipient_siret"), read=plain.value("recipient_name"))
        if recipient is not None:
            found["recipient_siret"] = recipient
        siret = _final_recipient(plain, recipient)
        if siret is not None:
            service = self._first("services", metadata=fed.get("service_code"), read=_read_service(plain), scope=siret)
            if service is not None:
                found["service_code"] = service
        account = self._first("bank", metadata=fed.get("bank_account"), read=None)
        if account is not None:
            found["bank_account"] = account
        return found

    def _first(self, kind: TableKind, *, metadata: str | None, read: str | None, scope: str = "") -> Translation | None:
        for key, of_metadata in _keys(metadata, read, scope):
            if (row := self.tables.row(kind, key)) is not None:
                return Translation(value=row.value, of_metadata=of_metadata)
        return None


def rows_asked(
    plain: Form, *, metadata: Mapping[str, str], associations: Mapping[FormFieldName, str]
) -> tuple[tuple[TableKind, str], ...]:
    """The rows that ``translations`` may look up, as long as none of them gives another recipient."""
    fed = _fed(metadata, associations)
    siret = plain.value("recipient_siret")
    asked: list[tuple[TableKind, Iterator[tuple[str, bool]]]] = [
        ("recipients", _keys(fed.get("recipient_siret"), plain.value("recipient_name"))),
        ("services", _keys(fed.get("service_code"), _read_service(plain), siret) if siret else iter(())),
        ("bank", _keys(fed.get("bank_account"), None)),
    ]
    return tuple((kind, key) for kind, found in asked for key, _ in found)


def _fed(metadata: Mapping[str, str], associations: Mapping[FormFieldName, str]) -> dict[FormFieldName, str]:
    return {name: value_named(metadata_name, metadata) for name, metadata_name in associations.items()}


def _keys(metadata: str | None, read: str | None, scope: str = "") -> Iterator[tuple[str, bool]]:
    """The keys to look up in turn, and whether each is the metadata's."""
    for label, of_metadata in ((metadata, True), (read, False)):
        key = label_key(label, scope=scope) if label else ""
        # a whole paragraph is no label, and its key would be too long for the table
        if key and len(key.encode()) <= _LONGEST_KEY:
            yield key, of_metadata


_LONGEST_KEY = 700


def _final_recipient(plain: Form, translated: Translation | None) -> str | None:
    """The SIRET the form will have: the table's, unless a stronger source gives another."""
    field = plain.fields.get("recipient_siret")
    if field is not None and field.source == "person":
        return plain.value("recipient_siret")
    if translated is not None and (translated.of_metadata or field is None or field.source != "metadata"):
        return translated.value
    return plain.value("recipient_siret")


def _read_service(plain: Form) -> str | None:
    """The service code read from the document, even if a correction or a metadata has replaced it.

    Without one it is the service's name: what is printed in a code's place is a label of the table.
    """
    field = plain.fields.get("service_code")
    for candidate in (field, *field.beaten) if field else ():
        if candidate.source in ("xml", "text", "ocr") and isinstance(candidate.value, str):
            return candidate.value
    return plain.value("service_label")
