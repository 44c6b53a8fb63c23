"""The checks of a supplier's rules: what has no effect is a warning, and the other checks are green."""

from typing import Any

import pytest

from chorus_connector.domain.invoices.attachments import AttachmentPolicy, LinkRule
from chorus_connector.domain.portal.diagnosis import TITLES
from chorus_connector.domain.suppliers.rule_checks import check_rules
from chorus_connector.domain.suppliers.supplier import Criterion
from chorus_connector.domain.suppliers.tables import TableKind, TableRow
from chorus_connector.domain.suppliers.warnings import supplier_warnings
from tests.builders import NOW, a_supplier

ON_RULE = Criterion(criterion_id="c1", classification_rule="Facture publique")
ON_FOLDER = Criterion(criterion_id="c2", folder="factures")


def row(kind: TableKind, label: str, value: str, *, verified: bool = True) -> TableRow:
    return TableRow(kind=kind, label=label, value=value, verified=verified, changed_at=NOW, changed_by="anna")


def warnings(*rows: TableRow, users: frozenset[str] = frozenset(), **settings: Any) -> list[tuple[str, str]]:
    """The check and the code of every warning."""
    supplier = a_supplier(**{"criteria": (ON_RULE,), **settings})
    found = check_rules(supplier, rows, users)
    assert {each.check for each in found} == {"criteria", "switches", "tables"}
    assert all(each.fr and each.en and each.where_fr for each in found if each.verdict == "warning")
    return [(each.check, each.code) for each in found if each.verdict != "ok"]


def test_a_supplier_whose_rules_all_have_an_effect_is_green() -> None:
    policy = AttachmentPolicy(send=True, rules=(LinkRule(classification_rule="FACTURE PUBLIQUE", metadata="BC"),))
    associations = {"": {"total_ttc": "Montant"}, "facture-publique": {"engagement_number": "BC"}}
    rows = (row("users", "Nord", "anna"), row("bank", "Loire", "7001"))
    assert warnings(*rows, users=frozenset({"anna"}), attachments=policy, associations=associations) == []


def test_without_a_criterion_every_upload_is_set_aside_and_the_doctor_says_so() -> None:
    assert warnings(criteria=()) == [("criteria", "criteria_missing")]


def test_associations_of_a_rule_that_no_criterion_takes_are_never_used() -> None:
    associations = {"Travaux": {"engagement_number": "BC"}}
    assert warnings(associations=associations) == [("criteria", "associations_without_criterion")]
    assert warnings(associations=associations, criteria=(ON_RULE, ON_FOLDER)) == []


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (AttachmentPolicy(switch_metadata="PJ"), "attachments_not_sent"),
        (AttachmentPolicy(rules=(LinkRule(metadata="BC"),)), "attachments_not_sent"),
        (
            AttachmentPolicy(send=True, rules=(LinkRule(classification_rule="Courriers", metadata="BC"),)),
            "attachment_rule_without_criterion",
        ),
        (AttachmentPolicy(send=True, switch_values=("Joindre",)), "switch_values_without_switch"),
        (AttachmentPolicy(send=True, switch_metadata=" "), "metadata_name_blank"),
        (AttachmentPolicy(send=True, switch_metadata="PJ", switch_values=("non",)), "switch_value_means_no"),
        (AttachmentPolicy(send=True, switch_metadata="PJ", switch_values=("/",)), "switch_value_blank"),
        (AttachmentPolicy(send=True, rules=(LinkRule(metadata="/"),)), "metadata_name_blank"),
        (AttachmentPolicy(send=True, rules=(LinkRule(metadata="BC"), LinkRule(metadata="bc"))), "rule_repeated"),
    ],
)
def test_a_switch_or_a_rule_of_attachments_without_effect_is_a_warning(policy: AttachmentPolicy, code: str) -> None:
    assert warnings(attachments=policy) == [("switches", code)]


def test_user_labels_in_a_metadata_without_a_name_are_a_warning() -> None:
    assert warnings(user_label_metadata="/") == [("switches", "metadata_name_blank")]


def test_what_has_no_effect_is_a_warning_of_the_supplier_too_but_not_while_it_has_no_criterion() -> None:
    policy = AttachmentPolicy(send=True, rules=(LinkRule(classification_rule="Nulle part", metadata="BC"),))
    dead: dict[str, Any] = {"associations": {"Travaux": {"engagement_number": "BC"}}, "attachments": policy}
    told = list(supplier_warnings(a_supplier(criteria=(ON_RULE,), **dead)))
    assert [(each.field, each.code, each.blocking) for each in told] == [
        ("associations.Travaux", "associations_without_criterion", False),
        ("attachments.rules", "attachment_rule_without_criterion", False),
    ]
    assert list(supplier_warnings(a_supplier(criteria=(), **dead))) == []


def test_rows_that_the_portal_never_confirmed_are_counted_by_table() -> None:
    rows = [row("recipients", f"Mairie {at}", "21000031100014", verified=False) for at in range(3)]
    found = check_rules(a_supplier(criteria=(ON_FOLDER,)), [*rows, row("bank", "Loire", "7001")], frozenset())
    (warning,) = (each for each in found if each.verdict == "warning")
    assert warning.code == "rows_unverified"
    assert "3" in warning.fr
    assert "3" in warning.en


def test_a_row_of_the_users_table_without_the_right_to_use_is_a_warning_that_names_a_few_labels() -> None:
    rows = [row("users", f"Secteur {at}", "bob") for at in range(9)]
    found = check_rules(a_supplier(criteria=(ON_FOLDER,)), rows, frozenset({"anna"}))
    (warning,) = (each for each in found if each.verdict == "warning")
    assert warning.code == "users_without_right"
    assert "Secteur 4 …" in warning.en
    assert "Secteur 5" not in warning.en


def test_every_check_of_the_rules_has_a_title() -> None:
    assert {"criteria", "switches", "tables"} <= TITLES.keys()
