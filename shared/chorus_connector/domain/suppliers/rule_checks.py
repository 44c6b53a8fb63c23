"""The checks of a supplier's own rules: criteria, switches and tables. A rule without effect is a warning.

Pure, like ``domain.portal.diagnosis``, whose findings these follow.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from chorus_connector.domain.portal.diagnosis import Check, CheckResult, ResponsibleParty
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.filing import blank_metadata_name, dead_attachment_settings
from chorus_connector.domain.suppliers.matching import matching_form
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.domain.suppliers.tables import TableKind, TableRow
from chorus_connector.domain.suppliers.without_effect import settings_without_effect

_SHOWN = 5
_CRITERIA = "POST /suppliers/{id}/configuration/criteria"
_SETTINGS = "PATCH /suppliers/{id}"
_ATTACHMENTS = "PUT /suppliers/{id}/configuration/attachments"


def check_rules(supplier: Supplier, rows: Iterable[TableRow], users: frozenset[str]) -> tuple[CheckResult, ...]:
    """One result per check, or one per warning of it.

    ``rows`` are those of all tables, read once; ``users`` the principals that may use the supplier.
    """
    return (
        *_or_ok("criteria", _criteria(supplier)),
        *_or_ok("switches", _switches(supplier)),
        *_or_ok("tables", _tables(rows, users)),
    )


def _or_ok(check: Check, findings: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    return tuple(findings) or (CheckResult(check=check, verdict="ok"),)


def _criteria(supplier: Supplier) -> Iterator[CheckResult]:
    if not supplier.criteria:
        yield _warning(
            "criteria",
            "criteria_missing",
            "Aucun critère : chaque document ajouté est mis de côté.",
            "There is no criterion: each uploaded document is set aside.",
            _CRITERIA,
        )
        return
    yield from _told("criteria", _of("associations", supplier), _SETTINGS)


def _switches(supplier: Supplier) -> Iterator[CheckResult]:
    dead = list(dead_attachment_settings(supplier.attachments))
    blank = [] if matching_form(supplier.user_label_metadata) else [blank_metadata_name("user_label_metadata")]
    yield from _told("switches", dead, _ATTACHMENTS)
    yield from _told("switches", blank, _SETTINGS)
    yield from _told("switches", _of("attachments", supplier), _ATTACHMENTS)


def _of(setting: str, supplier: Supplier) -> Iterator[Problem]:
    return (each for each in settings_without_effect(supplier) if (each.field or "").startswith(setting))


def _told(check: Check, problems: Iterable[Problem], where: str) -> Iterator[CheckResult]:
    return (_warning(check, each.code, each.fr, each.en, where) for each in problems)


def _tables(rows: Iterable[TableRow], users: frozenset[str]) -> Iterator[CheckResult]:
    unverified: Counter[TableKind] = Counter()
    without_right: list[str] = []
    for row in rows:
        unverified[row.kind] += not row.verified
        if row.kind == "users" and row.value not in users:
            without_right.append(row.label)
    for kind, count in sorted((+unverified).items()):
        yield _warning(
            "tables",
            "rows_unverified",
            f"Table « {kind} » : {count} ligne(s) enregistrée(s) sans que Chorus Pro ait pu les vérifier.",
            f"Table {kind}: {count} row(s) were saved while Chorus Pro could not check them.",
            f"PUT /suppliers/{{id}}/configuration/tables/{kind}/rows",
        )
    if without_right:
        shown = ", ".join(without_right[:_SHOWN]) + (" …" if len(without_right) > _SHOWN else "")
        yield _warning(
            "tables",
            "users_without_right",
            f"Libellés d'une personne ou d'un groupe qui ne peut pas utiliser le fournisseur : {shown}.",
            f"These labels name a person or a group that may not use the supplier: {shown}.",
            "PUT /suppliers/{id}/configuration/access/{principal}",
        )


def _warning(check: Check, code: str, fr: str, en: str, where: str) -> CheckResult:
    actor: ResponsibleParty = "administrator"
    return CheckResult(
        check=check, verdict="warning", code=code, fr=fr, en=en, actor=actor, where_fr=where, where_en=where
    )
