"""The VAT regime that a page prints."""

import pytest

from tests.domain.reading.paper import read


@pytest.mark.parametrize(
    ("line", "regime"),
    [
        ("TVA sur les encaissements", "on_receipts"),
        ("TVA acquittée sur les encaissements", "on_receipts"),
        ("T.V.A. acquittée sur encaissements.", "on_receipts"),
        ("Régime de TVA : encaissements", "on_receipts"),
        ("TVA exigible d'après les encaissements", "on_receipts"),
        ("Taxe exigible à l'encaissement", "on_receipts"),
        ("TVA sur les débits", "on_debits"),
        ("TVA acquittée d’après les débits", "on_debits"),
        ("Option pour le paiement de la taxe d'après les débits", "on_debits"),
        ("SIRET 12345678900012 - TVA sur les débits - RCS Lyon", "on_debits"),
        ("Pas d'option sur les débits", None),
        ("TVA 20 % : 120,00", None),
        ("Paiement par carte de débit", None),
        ("Frais d'encaissement 3,00", None),
        ("Encaissements du mois", None),
        ("Total TVA. Débit du compteur pour les débits d'eau", None),
    ],
)
def test_the_words_of_a_page_say_when_its_vat_falls_due(line: str, regime: str | None) -> None:
    assert read((50, 60, "FACTURE"), (50, 100, line)).vat_regime == regime


def test_two_regimes_on_one_page_are_none() -> None:
    lines = (50, 100, "TVA sur les débits"), (50, 130, "TVA sur les encaissements")
    assert read((50, 60, "FACTURE"), *lines).vat_regime is None
