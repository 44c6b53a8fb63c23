import pytest

from chorus_connector.domain.reading.paper.lines import fold
from chorus_connector.domain.reading.words.labels import announcing


def kinds(text: str) -> list[set[str]]:
    return [set(meaning) for _, _, meaning in announcing().find(fold(text))]


@pytest.mark.parametrize(
    "label",
    ["Facture n°", "N° fact.", "FACTURE NUMERO", "No de Facture", "Réf. pièce", "Ndefacture", "Facture de travaux n°"],
)
def test_every_spelling_announces_the_invoice_number(label: str) -> None:
    assert "invoice_number" in kinds(label)[0]


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Dt éch.", "due_date"),
        ("Date due", "due_date"),
        ("Payable au plus tard le", "due_date"),
        ("Date limite de règlement", "due_date"),
        ("Code SE", "service_code"),
        ("Service exéc.", "service_code"),
        ("N° d'EJ", "engagement_number"),
        ("Bon de cde n°", "engagement_number"),
        ("Marché public n°", "contract_number"),
        ("SIRET de l'établissement", "recipient_siret"),
        ("Notre SIRET", "supplier_siret"),
        ("Montant hors T.V.A.", "total_ht"),
        ("Total à régler TTC", "amount_due"),
    ],
)
def test_abbreviations_and_variants_mean_the_same(label: str, kind: str) -> None:
    assert kind in kinds(label)[0]


@pytest.mark.parametrize("code", ["FACT-2026-12", "SERVICE_FACTURIER", "CLIENT1", "FA-BC-12"])
def test_a_label_is_not_read_as_a_code(code: str) -> None:
    assert kinds(code) == []


def test_the_longer_of_two_labels_counts() -> None:
    (found,) = kinds("Date de commande")
    assert "other_date" in found
    assert "invoice_date" not in found
