"""A metadata that no setting of the supplier uses is a warning with the name that was perhaps meant."""

from typing import Any

import pytest

from chorus_connector.domain.invoices.attachments import AttachmentPolicy, LinkRule
from chorus_connector.domain.suppliers.unused_metadata import unused_metadata
from tests.builders import a_supplier

ENGAGEMENT = {"": {"engagement_number": "Bon de commande"}}


def warned(metadata: dict[str, str], **settings: Any) -> tuple[str, str] | None:
    """The French and the English text of the warning."""
    problems = unused_metadata(a_supplier(**settings), metadata)
    if not problems:
        return None
    (problem,) = problems
    assert (problem.code, problem.blocking) == ("metadata_unused", False)
    return problem.fr, problem.en


@pytest.mark.parametrize("name", ["bon_de_commande", "Bondecommande", "BON.DE.COMMANDE", "bon de comande"])
def test_the_warning_of_a_name_proposes_the_used_name_that_is_nearly_the_same(name: str) -> None:
    told = warned({name: "BC-1"}, associations=ENGAGEMENT)
    assert told is not None
    assert all(name in text and "Bon de commande" in text and "BC-1" not in text for text in told)


def test_the_warning_names_what_nothing_uses_and_nothing_else() -> None:
    told = warned({"Couleur": "bleu", "BON-DE-COMMANDE": "BC-1"}, associations=ENGAGEMENT)
    assert told is not None
    assert "« Couleur »" in told[0]
    assert "commande" not in told[0].casefold()


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("bon de commande", {"associations": {"Travaux": {"engagement_number": "Bon de commande"}}}),
        ("pj", {"attachments": AttachmentPolicy(send=True, switch_metadata="PJ"), "associations": ENGAGEMENT}),
        ("Chantier", {"attachments": AttachmentPolicy(send=True, rules=(LinkRule(metadata="chantier"),))}),
        ("Pole", {"user_label_metadata": "Pôle", "associations": ENGAGEMENT}),
        ("user_label", {"associations": ENGAGEMENT}),
    ],
)
def test_whatever_a_setting_uses_is_no_fault(name: str, settings: dict[str, Any]) -> None:
    assert warned({name: "x"}, **settings) is None


def test_a_supplier_that_uses_no_metadata_is_warned_of_none_unless_one_is_nearly_its_user_label() -> None:
    assert warned({"Couleur": "bleu", "Atelier": "2"}) is None
    told = warned({"User label": "Nord"})
    assert told is not None
    assert "user_label" in told[0]


def test_many_names_are_one_warning_of_bounded_length() -> None:
    told = warned({f"{at} {'x' * 90}": "v" for at in range(50)}, associations=ENGAGEMENT)
    assert told is not None
    assert all(len(text) < 700 for text in told)
