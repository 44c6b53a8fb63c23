"""A supplier's own rules: which documents are taken, and which metadata feeds which field of a document."""

import pytest

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.invoices.attachments import AttachmentPolicy, LinkRule
from chorus_connector.domain.suppliers.filing import (
    check_associations,
    check_attachments,
    check_criteria,
    check_user_label,
)
from chorus_connector.domain.suppliers.supplier import Criterion
from tests.builders import a_supplier


def test_the_metadata_of_a_classification_rule_come_before_those_of_every_rule() -> None:
    general = {"service_code": "Service", "engagement_number": "Engagement"}
    supplier = a_supplier(associations={"": general, "Achats": {"service_code": "Code achat"}})
    assert supplier.associations_for("Achats") == {"service_code": "Code achat", "engagement_number": "Engagement"}
    assert supplier.associations_for("Ventes") == general
    assert supplier.associations_for(None) == general


def test_without_general_metadata_a_document_without_a_rule_has_none() -> None:
    supplier = a_supplier(associations={"Achats": {"service_code": "Code achat"}})
    assert supplier.associations_for(None) == {}
    assert supplier.associations_for("") == {}
    assert supplier.associations_for("Achats") == {"service_code": "Code achat"}


@pytest.mark.row("S32")
@pytest.mark.parametrize("rule", ["FACTURE PUBLIQUE", "facture-publique", "Facture  publique "])
def test_the_associations_of_a_rule_are_found_under_any_spelling_of_its_name(rule: str) -> None:
    supplier = a_supplier(associations={"Facture publique": {"engagement_number": "BC"}})
    assert supplier.associations_for(rule) == {"engagement_number": "BC"}


@pytest.mark.row("S26")
@pytest.mark.parametrize(
    "given", ["facture publique", "Facture\u00a0 Publique", "FACTURE-PUBLIQUE", "facture publique."]
)
def test_a_criterion_takes_every_spelling_of_its_rule(given: str) -> None:
    criterion = Criterion(criterion_id="c", classification_rule="Facture publique")
    assert criterion.matches(classification_rule=given, folder=None)
    assert not criterion.matches(classification_rule="Factures publiques", folder="Facture publique")


@pytest.mark.row("S27")
@pytest.mark.parametrize(
    ("given", "alone", "with_subfolders"),
    [
        ("CLIENTS/FACTURES EMISES", True, True),
        ("/Clients/Factures émises/", True, True),
        ("Clients\\Factures-émises", True, True),
        ("Clients//Factures émises", True, True),
        ("Clients/Factures émises/2026/Mai", False, True),
        ("Clients/Factures émises 2026", False, False),
        ("Clients", False, False),
        ("Archives/Clients/Factures émises", False, False),
        (None, False, False),
    ],
)
def test_a_folder_is_the_same_in_any_spelling_and_its_subfolders_only_where_the_criterion_says_so(
    given: str | None, alone: bool, with_subfolders: bool
) -> None:
    only = Criterion(criterion_id="c", folder="Clients/Factures émises")
    deep = only.model_copy(update={"include_subfolders": True})
    assert only.matches(classification_rule=None, folder=given) is alone
    assert deep.matches(classification_rule=None, folder=given) is with_subfolders


def problems_of(*criteria: Criterion) -> list[tuple[str | None, str]]:
    with pytest.raises(Invalid) as refused:
        check_criteria(criteria)
    return [(each.field, each.code) for each in refused.value.problems]


def test_a_blank_or_repeated_criterion_is_refused() -> None:
    rule = Criterion(criterion_id="c", classification_rule="Facture d'État")
    assert problems_of(Criterion(criterion_id="c", classification_rule=" - ")) == [
        ("classification_rule", "criterion_blank")
    ]
    assert problems_of(Criterion(criterion_id="c", folder=" / ")) == [("folder", "criterion_blank")]
    assert problems_of(rule, Criterion(criterion_id="d", classification_rule="FACTURE D’ETAT")) == [
        ("classification_rule", "criterion_repeated")
    ]
    deep_rule = Criterion(criterion_id="c", classification_rule="x", include_subfolders=True)
    assert problems_of(deep_rule) == [("include_subfolders", "subfolders_of_a_rule")]
    folder = Criterion(criterion_id="c", folder="Factures")
    assert problems_of(folder, Criterion(criterion_id="d", folder="/factures/", include_subfolders=True)) == [
        ("folder", "criterion_repeated")
    ]
    check_criteria((rule, Criterion(criterion_id="d", folder="Facture d'État")))


@pytest.mark.row("S33")
@pytest.mark.parametrize(
    ("associations", "codes"),
    [
        ({"": {"total_ttc": ""}}, ["metadata_name_blank"]),
        ({"": {"total_ttc": " - "}}, ["metadata_name_blank"]),
        ({" ": {"total_ttc": "Montant"}}, ["rule_blank"]),
        ({"Achats": {"total_ttc": "A"}, "ACHATS": {"total_ht": "B"}}, ["rule_repeated"]),
        ({"": {"vat_lines": "TVA"}}, ["not_associable"]),
    ],
)
def test_an_association_that_could_have_no_effect_is_refused(associations: dict, codes: list[str]) -> None:  # type: ignore[type-arg]
    with pytest.raises(Invalid) as refused:
        check_associations(associations)
    assert [each.code for each in refused.value.problems] == codes


@pytest.mark.parametrize(
    ("policy", "problems"),
    [
        (AttachmentPolicy(switch_metadata="  "), [("switch_metadata", "metadata_name_blank")]),
        (AttachmentPolicy(switch_metadata="PJ", switch_values=("/",)), [("switch_values", "switch_value_blank")]),
        (AttachmentPolicy(switch_metadata="PJ", switch_values=("NON ",)), [("switch_values", "switch_value_means_no")]),
        (
            AttachmentPolicy(switch_metadata="PJ", switch_values=("Joindre", "JOINDRE")),
            [("switch_values", "switch_value_repeated")],
        ),
        (AttachmentPolicy(rules=(LinkRule(metadata=" "),)), [("rules.0.metadata", "metadata_name_blank")]),
        (
            AttachmentPolicy(rules=(LinkRule(classification_rule="-", metadata="BC"),)),
            [("rules.0.classification_rule", "rule_blank")],
        ),
        (
            AttachmentPolicy(
                rules=(
                    LinkRule(classification_rule="travaux d'ete", metadata="Commande"),
                    LinkRule(classification_rule="Travaux d’été", metadata="commande", attachment_type="RIB"),
                )
            ),
            [("rules.1", "rule_repeated")],
        ),
    ],
)
def test_a_setting_of_attachments_that_could_have_no_effect_is_refused(
    policy: AttachmentPolicy, problems: list[tuple[str, str]]
) -> None:
    with pytest.raises(Invalid) as refused:
        check_attachments(policy)
    assert [(each.field, each.code) for each in refused.value.problems] == problems


def test_settings_of_attachments_that_have_an_effect_are_taken() -> None:
    rules = (LinkRule(metadata="BC"), LinkRule(metadata="Lot"), LinkRule(classification_rule="F", metadata="BC"))
    check_attachments(AttachmentPolicy(send=True, switch_metadata="PJ", switch_values=("Joindre", "oui"), rules=rules))
    check_user_label("Pôle")


@pytest.mark.parametrize("name", [" ", "/", "\u200b"])
def test_the_metadata_of_user_labels_has_a_name(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_user_label(name)
    assert [(each.field, each.code) for each in refused.value.problems] == [
        ("user_label_metadata", "metadata_name_blank")
    ]
