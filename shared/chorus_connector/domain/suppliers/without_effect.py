"""Settings of a supplier that have no effect as the others are now: warnings in answers, which the doctor says too."""

from collections.abc import Iterator

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import same_name
from chorus_connector.domain.suppliers.supplier import Supplier


def settings_without_effect(supplier: Supplier) -> Iterator[Problem]:
    """The warnings; the field of each begins with ``associations`` or ``attachments``.

    A rule without a criterion is no warning while the supplier has no criterion at all: it is being set up.
    """
    yield from _associations(supplier)
    yield from _attachments(supplier)


def _associations(supplier: Supplier) -> Iterator[Problem]:
    for rule in supplier.associations:
        if rule and not _taken(supplier, rule):
            yield Problem(
                field=f"associations.{rule}",
                code="associations_without_criterion",
                fr=f"Les associations de « {rule} » ne servent jamais : aucun critère ne prend cette règle de "
                "classement.",
                en=f"The associations of '{rule}' are never used: no criterion takes that classification rule.",
                blocking=False,
            )


def _attachments(supplier: Supplier) -> Iterator[Problem]:
    policy = supplier.attachments
    if policy.switch_values and policy.switch_metadata is None:
        yield Problem(
            field="attachments.switch_values",
            code="switch_values_without_switch",
            fr="Valeurs sans effet : aucune métadonnée ne décide d'envoyer des pièces (`switch_metadata`).",
            en="The values that send attachments have no effect: no metadata decides (`switch_metadata`).",
            blocking=False,
        )
    if not policy.send:
        if policy.rules or policy.switch_metadata:
            yield Problem(
                field="attachments.send",
                code="attachments_not_sent",
                fr="Les règles des pièces jointes sont sans effet : leur envoi est arrêté (`send` : false).",
                en="The rules of attachments have no effect: sending them is switched off (`send`: false).",
                blocking=False,
            )
        return
    for name in dict.fromkeys(rule.classification_rule for rule in policy.rules):
        if name and not _taken(supplier, name):
            yield Problem(
                field="attachments.rules",
                code="attachment_rule_without_criterion",
                fr=f"La règle de pièces jointes de « {name} » ne lie rien : aucun critère ne prend cette règle de "
                "classement.",
                en=f"The attachment rule of '{name}' links nothing: no criterion takes that classification rule.",
                blocking=False,
            )


def _taken(supplier: Supplier, rule: str) -> bool:
    """Whether some criterion can take a document of that rule: one on the rule, or any on a folder."""
    return not supplier.criteria or any(
        each.classification_rule is None or same_name(each.classification_rule, rule) for each in supplier.criteria
    )
