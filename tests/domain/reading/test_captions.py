import pytest

from chorus_connector.domain.reading.paper.lines import fold
from chorus_connector.domain.reading.words.captions import kinds_in
from tests.domain.reading.paper import read, value


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("Total hors TVA / Total excl. VAT", "total_ht"),
        ("Honoraires H.T.", "total_ht"),
        ("Montant des prestations avant taxes", "total_ht"),
        ("Total TVA incluse / Total incl. VAT", "total_ttc"),
        ("Honoraires T.T.C.", "total_ttc"),
        ("Montant y compris la TVA", "total_ttc"),
        ("TVA / VAT 20 %", "total_tva"),
        ("Taxe sur les prestations", "total_tva"),
        ("Total net de taxe à nous devoir", "amount_due"),
        ("Net à payer, acompte déduit", "amount_due"),
        ("Reste dû après acompte", "amount_due"),
        ("Somme restant due TTC", "amount_due"),
        ("Total H.T. net de remise", "total_ht"),
        ("Acompte HT", "total_ht"),
        ("Acompte TTC à verser", "amount_due"),
        ("Provision reçue", "deduction"),
        ("Moins acompte 30 %", "deduction"),
        ("Restera à facturer", "other_amount"),
        ("dont éco-participation HT", "other_amount"),
        ("Acompte TTC déjà versé", "deduction"),
        ("Total de la page précédente", "other_amount"),
    ],
)
def test_the_words_of_a_caption_together_say_what_its_sum_is(caption: str, kind: str) -> None:
    kinds = kinds_in(fold(caption))
    assert max(kinds, key=lambda found: kinds[found]) == kind


@pytest.mark.parametrize("caption", ["Remorque HT/TTC", "Nettoyage des vitres", "Fourniture et pose"])
def test_words_that_name_no_sum_or_two_say_nothing(caption: str) -> None:
    assert kinds_in(fold(caption)) == {}


def test_a_caption_in_two_languages_is_one_label() -> None:
    reading = read((300, 600, "Total hors TVA / Total excl. VAT"), (500, 600, "€ 1 000,00"),
                   (300, 615, "TVA / VAT 20 % (€ 1 000,00)"), (500, 615, "€ 200,00"),
                   (300, 630, "Total TVA incluse / Total incl. VAT"), (500, 630, "€ 1 200,00"))  # fmt: skip
    assert [value(reading, field) for field in ("total_ht", "total_tva", "total_ttc")] == [
        "1000.00", "200.00", "1200.00"
    ]  # fmt: skip


def test_words_that_no_label_table_holds_can_announce_what_was_paid() -> None:
    reading = read((300, 600, "Honoraires hors taxes"), (500, 600, "1 000,00"), (300, 615, "T.V.A. 20 %"),
                   (500, 615, "200,00"), (300, 630, "Honoraires T.T.C."), (500, 630, "1 200,00"),
                   (300, 645, "Provision reçue"), (500, 645, "480,00-"),
                   (50, 680, "Arrêtée la présente note à la somme de 720,00 toutes taxes comprises"))  # fmt: skip
    assert value(reading, "total_ttc") == "1200.00"
    assert value(reading, "amount_due") == "720.00"


def test_a_word_in_a_sentence_is_no_column_header() -> None:
    reading = read((65, 290, "Cet avoir vient en déduction de notre facture du mois de mai et il solde la commande"),
                   (205, 305, "200,00"), (65, 400, "Total HT"), (205, 400, "1 000,00"), (65, 415, "TVA 20 %"),
                   (205, 415, "200,00"), (65, 430, "Total TTC"), (205, 430, "1 200,00"))  # fmt: skip
    assert value(reading, "amount_due") == "1200.00"


def test_a_label_may_follow_its_sum_with_other_words_between() -> None:
    reading = read((250, 600, "1 000,00 €"), (330, 600, "Valeur nette H.T."), (250, 615, "200,00 €"),
                   (330, 615, "T.V.A. 20 % sur 1 000,00"), (250, 630, "1 200,00 €"),
                   (330, 630, "Total avec TVA"))  # fmt: skip
    assert [value(reading, field) for field in ("total_ht", "total_tva", "total_ttc")] == [
        "1000.00", "200.00", "1200.00"
    ]  # fmt: skip


def test_a_sentence_says_what_was_paid_and_what_is_left() -> None:
    reading = read((45, 600, "Total : 1 000,00 € HT + TVA 20 % 200,00 € = 1 200,00 € TTC"),
                   (45, 615, "Compte tenu de 300,00 € déjà versés, il reste à nous devoir 900,00 €."))  # fmt: skip
    assert value(reading, "total_ttc") == "1200.00"
    assert value(reading, "amount_due") == "900.00"


def test_labels_and_sums_that_follow_each_other_on_one_line_keep_apart() -> None:
    reading = read((45, 600, "Total HT : 1 000,00 € T.V.A. : 200,00 € TTC : 1 200,00 €"))
    assert [value(reading, field) for field in ("total_ht", "total_tva", "total_ttc")] == [
        "1000.00", "200.00", "1200.00"
    ]  # fmt: skip
