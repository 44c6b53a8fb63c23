"""The checks of a supplier's own rules: criteria, switches and tables. A rule without effect is a warning.

Pure, like ``domain.portal.diagnosis``, whose findings these follow.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from chorus_connector.domain.portal.diagnosis import Check, CheckResult, ResponsibleParty
from chorus_connector.domain.suppliers.matching import same_name
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.domain.suppliers.tables import TableKind, TableRow

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
            "Aucun critère : chaque document déposé est mis de côté.",
            "There is no criterion: each uploaded document is set aside.",
            _CRITERIA,
        )
        return
    for rule in supplier.associations:
        if rule and not _taken(supplier, rule):
            yield _warning(
                "criteria",
                "associations_without_criterion",
                f"Les associations de « {rule} » ne servent jamais : aucun critère ne prend cette règle de classement.",
                f"The associations of '{rule}' are never used: no criterion takes that classification rule.",
                _CRITERIA,
            )


def _switches(supplier: Supplier) -> Iterator[CheckResult]:
    policy = supplier.attachments
    if not policy.send and (policy.rules or policy.switch_metadata):
        yield _warning(
            "switches",
            "attachments_not_sent",
            "Les règles des pièces jointes sont sans effet : leur envoi est arrêté (`send` : false).",
            "The rules of attachments have no effect: sending them is switched off (`send`: false).",
            _ATTACHMENTS,
        )
    for rule in policy.rules:
        if (
            policy.send
            and rule.classification_rule
            and supplier.criteria
            and not _taken(supplier, rule.classification_rule)
        ):
            yield _warning(
                "switches",
                "attachment_rule_without_criterion",
                f"La règle de pièces jointes de « {rule.classification_rule} » ne lie rien : aucun critère ne prend "
                "cette règle de classement.",
                f"The attachment rule of '{rule.classification_rule}' links nothing: no criterion takes that "
                "classification rule.",
                _ATTACHMENTS,
            )


def _taken(supplier: Supplier, rule: str) -> bool:
    """Whether some criterion can take a document of that rule: one on the rule, or any on a folder."""
    return any(
        each.classification_rule is None or same_name(each.classification_rule, rule) for each in supplier.criteria
    )


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
