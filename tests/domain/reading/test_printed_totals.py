"""Totals as suppliers print them: rounded a cent apart, without decimals, partly without VAT, paid already."""

import pytest

from chorus_connector.domain.reading.result import Reading, VatLine
from tests.domain.reading.paper import page, read, read_document, value

_TITLE = (40.0, 100.0, "FACTURE N° K-208")


def _foot(*rows: tuple[str, str], at: float = 600.0) -> list[tuple[float, float, str]]:
    """Captions and sums one under the other, the sums aligned on the right."""
    lines = []
    for index, (caption, sum_) in enumerate(rows):
        y = at + 15 * index
        lines += [(300.0, y, caption), (540.0 - 5 * len(sum_), y, sum_)]
    return [line for line in lines if line[2]]


def _totals(reading: Reading) -> list[object]:
    return [value(reading, field) for field in ("total_ht", "total_tva", "total_ttc", "amount_due")]


def _lines(reading: Reading) -> set[tuple[str, str, str]]:
    lines = value(reading, "vat_lines")
    return {(each.rate, each.base, each.amount) for each in lines} if isinstance(lines, tuple) else set()


_GOODS_THAT_ADD_UP = [
    (40.0, 320.0, "Chaise"), (300.0, 320.0, "100,00"), (400.0, 320.0, "20,00"), (500.0, 320.0, "120,00")
]  # fmt: skip


@pytest.mark.parametrize("goods", [[], _GOODS_THAT_ADD_UP])
def test_labelled_totals_a_cent_apart_are_given_as_they_are_printed_but_not_as_sure(
    goods: list[tuple[float, float, str]],
) -> None:
    foot = _foot(("Total HT", "210,41"), ("Total TVA", "42,09"), ("Total TTC", "252,49"))
    reading = read(_TITLE, *goods, *foot)
    assert _totals(reading) == ["210.41", "42.09", "252.49", "252.49"]
    assert all(reading.fields[field].confidence < 0.9 for field in ("total_ht", "total_tva", "total_ttc"))


def test_totals_a_cent_apart_on_a_scan_are_a_misread_digit() -> None:
    foot = _foot(("Total HT", "210,41"), ("Total TVA", "42,09"), ("Total TTC", "252,49"))
    assert value(read(_TITLE, *foot, source="ocr"), "total_tva") is None


def test_totals_a_cent_off_beside_others_that_add_up_are_left_to_a_person() -> None:
    one = page(_TITLE, *_foot(("Total HT", "210,41"), ("Total TVA", "42,09"), ("Total TTC", "252,49")))
    other = page(*_foot(("Total HT", "900,00"), ("Total TVA", "180,00"), ("Total TTC", "1 080,00")), number=2)
    assert _totals(read_document([one, other])) == [None, None, None, None]


def test_a_currency_before_the_sum_belongs_to_its_own_caption() -> None:
    reading = read(
        _TITLE, (40, 600, "TOTAL HT 75,00"), (220, 600, "TOTAL TVA 15,00"), (400, 600, "NET A PAYER EUR 90,00")
    )
    assert _totals(reading) == ["75.00", "15.00", "90.00", "90.00"]


def test_sure_labels_take_sums_without_decimals_or_currency() -> None:
    reading = read(_TITLE, *_foot(("Total HT", "3 500"), ("Total TVA", "700"), ("Total TTC", "4 200")))
    assert _totals(reading)[:3] == ["3500.00", "700.00", "4200.00"]


def test_a_number_of_things_is_no_sum() -> None:
    reading = read(
        _TITLE, (40, 400, "Total"), (300, 400, "12"), (500, 400, "96,00 €"), *_foot(("Total TTC", "96,00 €"))
    )
    assert value(reading, "total_ttc") == "96.00"


def test_a_euro_sign_that_comes_out_as_a_letter_is_one_where_several_sums_have_it() -> None:
    sums = ((330.0, 400.0, "12,50 e"), (330.0, 415.0, "37,50 e"))
    reading = read(_TITLE, *sums, *_foot(("Total net de TVA", "50 e"), ("Montant dû", "50 e")),
                   (40, 700, "TVA non applicable, article 293 B du CGI"))  # fmt: skip
    assert _totals(reading) == ["50.00", "0.00", "50.00", "50.00"]
    assert value(reading, "currency") == "EUR"
    assert value(read(_TITLE, (40, 200, "2 e étage, 12 e arrondissement")), "currency") is None


def test_what_bears_no_vat_is_a_line_of_its_own() -> None:
    reading = read(_TITLE, *_foot(("Total honoraires HT", "800,00"), ("TVA 20 %", "160,00"),
                                  ("Frais non soumis à TVA", "45,00"), ("Total HT", "845,00"),
                                  ("Total TTC", "1 005,00")))  # fmt: skip
    assert _totals(reading)[:3] == ["845.00", "160.00", "1005.00"]
    assert _lines(reading) == {("20.00", "800.00", "160.00"), ("0.00", "45.00", "0.00")}


def test_a_line_of_zero_percent_is_read_from_the_table() -> None:
    table = [(40.0, 500.0, "Taux"), (120.0, 500.0, "Base HT"), (220.0, 500.0, "Montant TVA"),
             (40.0, 512.0, "10 %"), (120.0, 512.0, "300,00"), (220.0, 512.0, "30,00"),
             (40.0, 524.0, "0 %"), (120.0, 524.0, "25,00"), (220.0, 524.0, "0,00")]  # fmt: skip
    reading = read(_TITLE, *table, *_foot(("Total HT", "325,00"), ("Total TVA", "30,00"), ("Total TTC", "355,00")))
    assert _lines(reading) == {("10.00", "300.00", "30.00"), ("0.00", "25.00", "0.00")}


def test_the_lines_of_each_rate_add_up_to_the_base_that_is_not_printed() -> None:
    goods = [(40.0, 300.0, "Abonnement"), (300.0, 300.0, "5,5 %"), (500.0, 300.0, "36,00"),
             (40.0, 315.0, "Énergie"), (300.0, 315.0, "20 %"), (500.0, 315.0, "150,00"),
             (40.0, 330.0, "Acheminement"), (300.0, 330.0, "20 %"), (500.0, 330.0, "50,00")]  # fmt: skip
    foot = _foot(("Total HT", "236,00"), ("TVA à 20 %", "40,00"), ("TVA à 5,5 %", "1,98"), ("Total TTC", "277,98"))
    assert _lines(read(_TITLE, *goods, *foot)) == {("20.00", "200.00", "40.00"), ("5.50", "36.00", "1.98")}
    assert _lines(read(_TITLE, *foot)) == set()


def test_a_sentence_about_article_293_b_is_no_vat_line() -> None:
    reading = read(_TITLE, *_foot(("Total HT", "310,00 €")), (40, 700, "TVA non applicable, art. 293 B du CGI"))
    assert value(reading, "total_tva") == "0.00"
    assert value(reading, "vat_lines") is None
    zero = read(_TITLE, *_foot(("Total HT", "310,00 €"), ("TVA 0 %", "0,00 €"), ("Total TTC", "310,00 €")))
    assert value(zero, "vat_lines") == (VatLine(rate="0.00", base="310.00", amount="0.00"),)


def test_an_invoice_that_is_paid_has_nothing_due() -> None:
    foot = [("Total HT", "50,00"), ("TVA 20 %", "10,00"), ("Total TTC", "60,00")]
    assert value(read(_TITLE, *_foot(*foot, ("Déjà réglé", "60,00"), ("Net à payer", "0,00"))), "amount_due") == "0.00"
    assert value(read(_TITLE, *_foot(*foot, ("Net à payer", "0,00"))), "amount_due") is None


def test_instalments_leave_the_amount_due_as_it_is() -> None:
    foot = _foot(("Total HT", "500,00"), ("TVA 20 %", "100,00"), ("Total TTC", "600,00"))
    for first, second in (("300,00", "300,00"), ("400,00", "200,00")):
        rest = [
            (40.0, 700.0, "1re échéance"),
            (140.0, 700.0, first),
            (40.0, 712.0, "2e échéance"),
            (140.0, 712.0, second),
        ]
        assert value(read(_TITLE, *foot, *rest), "amount_due") == "600.00"


def test_sums_that_add_up_without_an_invoice_s_words_are_no_totals() -> None:
    reading = read((40, 200, "Date"), (200, 200, "Débit"), (300, 200, "Crédit"), (400, 200, "Solde"),
                   (40, 215, "03/03"), (200, 215, "500,00"), (300, 215, "100,00"), (400, 215, "600,00"))  # fmt: skip
    assert _totals(reading)[:3] == [None, None, None]


def test_captions_in_the_middle_of_their_columns_head_sums_on_the_right() -> None:
    head = [(100.0, 600.0, "Total HT"), (230.0, 600.0, "Total TVA"), (360.0, 600.0, "Net à payer")]
    sums = [(145.0, 615.0, "350,00"), (280.0, 615.0, "70,00"), (420.0, 615.0, "420,00")]
    assert _totals(read(_TITLE, *head, *sums)) == ["350.00", "70.00", "420.00", "420.00"]


def test_a_value_beside_a_caption_of_two_lines_is_read() -> None:
    rows = (
        *(("Facture n°", "Invoice no.", "K-209"), ("Date", "Date", "7 October 2026"), ("Total HT", "Net", "50.00 EUR")),
        *(("TVA 20 %", "VAT", "10.00 EUR"), ("Total TTC", "Gross", "60.00 EUR")),
    )
    lines = []
    for index, (french, english, printed) in enumerate(rows):
        y = 200.0 + 40 * index
        lines += [(50.0, y, french), (130.0, y + 7, printed), (50.0, y + 14, english)]
    reading = read(*lines)
    assert _totals(reading)[:3] == ["50.00", "10.00", "60.00"]
    assert value(reading, "invoice_number") == "K-209"
    assert value(reading, "invoice_date") == "2026-10-07"


def test_a_value_of_two_lines_beside_a_caption_is_not_half_read() -> None:
    reading = read(_TITLE, (50, 207, "N° de marché"), (130, 200, "2026-PI-"), (130, 214, "00731"))
    assert value(reading, "contract_number") != "00731"


@pytest.mark.parametrize("words", ["Solde de votre compte", "Ancien solde", "Solde du compte client", "Nouveau solde"])
def test_the_balance_of_an_account_is_not_the_amount_due(words: str) -> None:
    foot = _foot(("Total HT", "50,00"), ("TVA 20 %", "10,00"), ("Total TTC", "60,00"), (words, "45,00"))
    assert value(read(_TITLE, *foot), "amount_due") in ("60.00", None)


@pytest.mark.parametrize(("ttc", "off"), [("1 250,00", "+50.00"), ("1 100,00", "-100.00")])
def test_printed_totals_that_contradict_each_other_are_one_problem_with_the_figures(ttc: str, off: str) -> None:
    foot = _foot(("Total HT", "1 000,00"), ("Total TVA", "200,00"), ("Total TTC", ttc))
    (problem,) = read(_TITLE, *foot).problems
    assert (problem.field, problem.code) == ("total_ttc", "totals_contradict")
    assert "HT 1000.00 + TVA 200.00 = 1200.00" in problem.fr
    assert off in problem.fr
    assert off in problem.en


def test_totals_that_agree_or_lack_a_label_contradict_nothing() -> None:
    agreed = _foot(("Total HT", "1 000,00"), ("Total TVA", "200,00"), ("Total TTC", "1 200,00"))
    assert read(_TITLE, *agreed).problems == ()
    assert read(_TITLE, *_foot(("Total HT", "1 000,00"), ("Total TTC", "1 250,00"))).problems == ()


@pytest.mark.parametrize(("taken", "due"), [("-400,00", "1200.00"), ("-300,00", None)])
def test_a_deposit_among_the_goods_is_taken_off_before_the_net_total(taken: str, due: str | None) -> None:
    goods = [("Maçonnerie", "900,00"), ("Charpente", "500,00"), ("À déduire : acompte facturé F-2026/102", taken)]
    lines = [_TITLE, *_foot(*goods, at=320), *_foot(("Total HT", "1 000,00"), ("TVA 20 %", "200,00"))]
    assert value(read(*lines, *_foot(("Total TTC", "1 200,00"), at=640)), "amount_due") == due


@pytest.mark.parametrize(
    "goods",
    [
        [("Acompte 30 % à la signature", "1 000,00")],
        [("Acompte à la notification", "700,00"), ("Acompte sur les fournitures", "300,00")],
    ],
)
def test_a_deposit_that_is_billed_is_due(goods: list[tuple[str, str]]) -> None:
    lines = [_TITLE, *_foot(*goods, at=320), *_foot(("Total HT", "1 000,00"), ("TVA 20 %", "200,00"))]
    assert value(read(*lines, *_foot(("Total TTC", "1 200,00"), at=640)), "amount_due") == "1200.00"
    paid = _foot(("Total TTC", "1 200,00"), ("Acompte versé", "-300,00"), at=640)
    assert value(read(*lines, *paid), "amount_due") != "1200.00"


@pytest.mark.parametrize(
    "line",
    ["Audiences du 4, 11 et 18 février 2026", "Location de la nacelle du", "Relevés des 3, 10 et 17 mars du",
     "Visites du 2, 12, 19 mai 2026", "Prix du"],
)  # fmt: skip
def test_the_du_of_a_line_of_goods_announces_no_sum_to_pay(line: str) -> None:
    goods = _foot((line, "495,00 €"), ("Déplacement", "92,30 €"), at=320)
    foot = _foot(("Total HT", "1 164,80 €"), ("TVA 20 %", "232,96 €"), ("Total TTC", "1 397,76 €"))
    assert _totals(read(_TITLE, *goods, *foot)) == ["1164.80", "232.96", "1397.76", "1397.76"]


@pytest.mark.parametrize("words", ["Montant dû", "Total restant dû", "Reste dû", "Total général dû TTC", "Somme due"])
def test_what_is_left_to_pay_may_be_called_due(words: str) -> None:
    foot = _foot(("Total HT", "1 000,00"), ("TVA 20 %", "200,00"), ("Total TTC", "1 200,00"), ("Acompte", "-300,00"))
    assert value(read(_TITLE, *foot, *_foot((words, "900,00"), at=675)), "amount_due") == "900.00"


def test_a_sum_to_pay_below_the_total_without_what_was_paid_is_left_to_a_person() -> None:
    foot = [("Total HT", "1 000,00"), ("TVA 20 %", "200,00"), ("Total TTC", "1 200,00"), ("Net à payer", "840,00")]
    reading = read(_TITLE, *_foot(*foot))
    assert value(reading, "amount_due") == "840.00"
    assert reading.fields["amount_due"].confidence < 0.9
    explained = read(_TITLE, *_foot(*foot[:3], ("Chèque de mai", "360,00"), foot[3]))
    assert explained.fields["amount_due"].confidence > 0.9


_EXEMPT_IN_PART = (40.0, 760.0, "Assurance : opération exonérée de TVA, article 261 C du CGI")


def _band(*columns: tuple[str, str], under: bool = False, at: float = 600.0) -> list[tuple[float, float, str]]:
    """Captions in a row over their sums, or ``under`` them."""
    lines = []
    for index, (caption, sum_) in enumerate(columns):
        lines += [(40.0 + 105 * index, at + 11 * under, caption), (40.0 + 105 * index, at + 11 * (not under), sum_)]
    return lines


@pytest.mark.parametrize("under", [True, False])
@pytest.mark.parametrize("words", ["Base exonérée (0 %)", "HT non soumis", "Débours à 0 %"])
def test_a_part_without_vat_has_its_caption_over_or_under_its_sum(words: str, under: bool) -> None:
    band = (("Total HT", "845,00"), ("Base TVA 20 %", "800,00"), (words, "45,00"), ("TVA", "160,00"),
            ("Total TTC", "1 005,00"))  # fmt: skip
    reading = read(_TITLE, *_band(*band, under=under), _EXEMPT_IN_PART)
    assert _totals(reading) == ["845.00", "160.00", "1005.00", "1005.00"]
    assert _lines(reading) == {("20.00", "800.00", "160.00"), ("0.00", "45.00", "0.00")}


def test_an_invoice_whose_vat_is_printed_is_not_one_without_vat() -> None:
    """A part without VAT says so on the page, and a column over the totals is called « Total HT »."""
    goods = [(355.0, 560.0, "Total HT"), (40.0, 575.0, "WV-962"), (355.0, 575.0, "410,00"), (40.0, 588.0, "MM-995"),
             (355.0, 588.0, "435,00")]  # fmt: skip
    band = (("Base 20 %", "800,00"), ("Part exonérée", "45,00"), ("TVA", "160,00"), ("Total TTC", "1 005,00"))
    reading = read(_TITLE, *goods, *_band(*band, under=True), _EXEMPT_IN_PART)
    assert value(reading, "total_tva") in ("160.00", None)
    assert value(reading, "total_ht") in ("845.00", None)


def test_an_invoice_wholly_without_vat_still_has_none() -> None:
    band = (("Total HT", "845,00"), ("TVA 0 %", "0,00"), ("Total TTC", "845,00"))
    assert _totals(read(_TITLE, *_band(*band), _EXEMPT_IN_PART))[:3] == ["845.00", "0.00", "845.00"]


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        ([("Base taxable 20 %", "800,00"), ("Base non taxable", "45,00"), ("TVA 20 %", "160,00")],
         {("20.00", "800.00", "160.00"), ("0.00", "45.00", "0.00")}),
        ([("Honoraires soumis à TVA", "800,00"), ("Débours non soumis à TVA", "45,00"), ("TVA 20 % sur 800", "160,00")],
         {("20.00", "800.00", "160.00"), ("0.00", "45.00", "0.00")}),
        ([("HT à 20 %", "700,00"), ("HT à 10 %", "145,00"), ("TVA 20 %", "140,00"), ("TVA 10 %", "14,50")],
         {("20.00", "700.00", "140.00"), ("10.00", "145.00", "14.50")}),
    ],
)  # fmt: skip
def test_an_ht_that_is_printed_as_its_parts_only_is_their_sum(
    parts: list[tuple[str, str]], lines: set[tuple[str, str, str]]
) -> None:
    ttc = "1 005,00" if len(parts) == 3 else "999,50"
    reading = read(_TITLE, *_foot(*parts, ("Total TTC", ttc)))
    assert value(reading, "total_ht") == "845.00"
    assert value(reading, "total_ttc") == ttc.replace(" ", "").replace(",", ".")
    assert _lines(reading) == lines


@pytest.mark.parametrize(
    "parts",
    [
        [("Base taxable 20 %", "800,00"), ("Base non taxable", "54,00"), ("TVA 20 %", "160,00")],
        [("Base taxable 20 %", "800,00"), ("Acompte non soumis à TVA", "45,00"), ("TVA 20 %", "140,00")],
        [("Honoraires", "800,00"), ("Timbres", "45,00"), ("TVA 20 %", "160,00")],
    ],
)
def test_parts_that_do_not_prove_an_ht_give_none(parts: list[tuple[str, str]]) -> None:
    assert value(read(_TITLE, *_foot(*parts, ("Total TTC", "1 005,00"))), "total_ht") is None


@pytest.mark.parametrize("tax", ["Taxe de séjour", "Taxe d'aménagement", "Taxes et contributions", "Taxe Gemapi"])
def test_a_tax_that_is_no_vat_is_not_added_to_it(tax: str) -> None:
    foot = _foot(("Hébergement HT", "1 000,00"), ("TVA 10 %", "100,00"), (tax, "24,00"), ("Total TTC", "1 124,00"))
    assert value(read(_TITLE, *foot), "total_tva") in ("100.00", None)


@pytest.mark.parametrize("vat", ["Taxe sur la valeur ajoutée 20 %", "Taxes 20 %", "Montant de la taxe"])
def test_vat_may_be_called_a_tax(vat: str) -> None:
    foot = _foot(("Total hors taxes de la facture", "1 000,00"), (vat, "200,00"), ("Total TTC", "1 200,00"))
    assert _totals(read(_TITLE, *foot))[:3] == ["1000.00", "200.00", "1200.00"]


@pytest.mark.parametrize("words", ["Débours non soumis à TVA", "Frais et débours", "Timbres exonérés de TVA"])
def test_what_bears_no_vat_after_ttc_is_a_part_of_the_invoice_for_a_person_to_check(words: str) -> None:
    foot = [("Total HT", "800,00"), ("TVA 20 %", "160,00"), ("Total TTC", "960,00"), (words, "45,00")]
    reading = read(_TITLE, *_foot(*foot, ("Net à payer", "1 005,00")))
    assert _totals(reading) == ["845.00", "160.00", "1005.00", "1005.00"]
    assert _lines(reading) == {("20.00", "800.00", "160.00"), ("0.00", "45.00", "0.00")}
    assert all(reading.fields[field].confidence < 0.9 for field in ("total_ht", "total_ttc"))


@pytest.mark.parametrize("words", ["Consignes d'emballage", "Timbres fiscaux", "Participation au repas"])
def test_a_sum_to_pay_above_ttc_by_an_unexplained_line_leaves_the_totals_to_a_person(words: str) -> None:
    foot = [("Total HT", "800,00"), ("TVA 20 %", "160,00"), ("Total TTC", "960,00"), (words, "45,00")]
    reading = read(_TITLE, *_foot(*foot, ("Net à payer", "1 005,00")))
    assert all(reading.fields[field].confidence < 0.9 for field in ("total_ht", "total_ttc"))


@pytest.mark.parametrize("words", ["Solde antérieur", "Ancien solde", "Report à nouveau"])
def test_an_earlier_balance_that_is_due_as_well_leaves_the_totals_as_they_are(words: str) -> None:
    foot = [("Total HT", "800,00"), ("TVA 20 %", "160,00"), ("Total TTC", "960,00"), (words, "45,00")]
    reading = read(_TITLE, *_foot(*foot, ("Total à régler", "1 005,00")))
    assert _totals(reading)[:3] == ["800.00", "160.00", "960.00"]
    assert reading.fields["total_ttc"].confidence > 0.9
