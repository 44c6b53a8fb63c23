"""A code is given whole or not at all, and only if it is the value of its label."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.reading.paper.page import Box, Page, Word
from chorus_connector.domain.reading.read import read_document
from tests.domain.reading.paper import page, read, value

Lines = tuple[tuple[float, float, str], ...]
_CODES = st.from_regex(r"[A-Z]{1,4}[0-9]{2}-[0-9]{3,6}(/[A-Z]{2}[0-9])?|[0-9]{2}[A-Z][0-9]{5}", fullmatch=True)
_OURS = ["N° de facture", "Engagement juridique", "Code service", "Marché n°"]
_FIELDS = dict(zip(_OURS, ["invoice_number", "engagement_number", "service_code", "contract_number"], strict=True))
_DECOYS = ["N° client", "N/Commande", "Devis n°", "Bon de livraison n°", "N° de facture annulée", "Dossier n°"]


@settings(max_examples=60, deadline=None)
@given(codes=st.lists(_CODES, min_size=4, max_size=4, unique=True), order=st.permutations(_OURS), under=st.booleans())
def test_what_is_between_two_labels_is_given_whole_or_not_at_all(
    codes: list[str], order: list[str], under: bool
) -> None:
    if under:
        lines: Lines = tuple(
            (50.0 + 130 * column, 100.0 + 12 * row, text)
            for column, pair in enumerate(zip(order, codes, strict=True))
            for row, text in enumerate(pair)
        )
    else:
        lines = ((50.0, 100.0, " - ".join(f"{label} {code}" for label, code in zip(order, codes, strict=True))),)
    reading = read(*lines)
    for label, code in zip(order, codes, strict=True):
        assert value(reading, _FIELDS[label]) in (code, None)


@settings(max_examples=60, deadline=None)
@given(code=_CODES, decoy=st.sampled_from(_DECOYS), beside=st.booleans())
def test_the_value_of_a_decoy_is_no_field(code: str, decoy: str, beside: bool) -> None:
    reading = read((50, 100, decoy), (220, 100, code)) if beside else read((50, 100, f"{decoy} : {code}"))
    assert not set(_FIELDS.values()) & set(reading.fields)


@pytest.mark.parametrize("code", ["CDE 26/528", "BC 2026-114", "M2025-014/BC7", "EJ26-63445"])
def test_an_order_that_begins_like_a_label_is_whole_under_and_beside_its_label(code: str) -> None:
    title = (50, 60, "FACTURE")
    under = read(title, (50, 100, "V/COMMANDE"), (200, 100, "DATE"), (50, 114, code), (200, 114, "03/04/2026"))
    assert value(under, "engagement_number") == code
    assert value(read(title, (50, 100, "Bon de commande"), (200, 100, f": {code}")), "engagement_number") == code


@pytest.mark.parametrize(
    "code", ["A-2026 0118", "118 / 2026", "R 2026 118", "24 – 0118", "F 0118 / 24", "FV/ 2024/ 118"]
)
def test_a_number_with_a_letter_before_or_a_year_after_it_is_one_code(code: str) -> None:
    assert value(read((50, 100, f"Facture n° {code}")), "invoice_number") == code
    assert value(read((50, 100, f"Facture n° {code} du 03/04/2026")), "invoice_number") == code


@pytest.mark.parametrize(
    "code", ["2026 0884 00248", "CL33013 617351", "1512 345 678", "2024T 368900", "2025 668 367849 6", "F2 69294 8629"]
)
def test_groups_up_to_the_end_of_the_line_are_one_code(code: str) -> None:
    assert value(read((50, 100, "Facture n°"), (150, 100, f": {code}")), "invoice_number") == code
    assert value(read((50, 100, f"N° d'engagement : {code}")), "engagement_number") == code
    assert value(read((50, 100, f"Facture n° {code} du 03/04/2026")), "invoice_number") == code


@settings(max_examples=200, deadline=None)
@given(
    first=st.from_regex(r"([A-Z]{1,4}[-/]?)?[0-9]{1,6}", fullmatch=True),
    groups=st.lists(st.from_regex(r"[0-9]{1,7}", fullmatch=True), min_size=1, max_size=4),
    after=st.sampled_from(["", " du 03/04/2026", " - Page 1", ", Lyon", " Lyon", " LYON", " A", " émise à Lyon"]),
    label=st.sampled_from(_OURS),
)
def test_a_code_in_groups_is_given_whole_or_not_at_all(first: str, groups: list[str], after: str, label: str) -> None:
    code = " ".join((first, *groups))
    found = value(read((50, 60, "FACTURE"), (50, 100, f"{label} : {code}{after}")), _FIELDS[label])
    assert found in (None, code, code.replace(" ", ""), f"{code}{after}")


@pytest.mark.parametrize("after", ["Le 12 mars 2026", "Date : 12/03/2026", "du 12/03/2026", "Page 1"])
@pytest.mark.parametrize("code", ["F2026-114", "F2026-114B"])
def test_a_word_that_is_glued_to_a_code_is_no_part_of_it(code: str, after: str) -> None:
    if after.startswith("du") and not code[-1].isdigit():
        return
    assert value(read((50, 100, f"Facture n° {code}{after}")), "invoice_number") == code


@pytest.mark.parametrize("text", ["F2026-", "F2026-/", "F2026–"])
def test_a_code_that_ends_in_a_joint_is_a_piece(text: str) -> None:
    assert value(read((50, 100, "Facture n°"), (150, 100, text)), "invoice_number") is None


def test_a_code_whose_end_is_not_sure_is_not_given() -> None:
    assert value(read((50, 100, "Code service : SG-ACHAT S")), "service_code") is None
    assert value(read((50, 100, "Marché n° 2024 12 L03")), "contract_number") is None
    assert value(read((50, 100, "Code service : ACHATS 2")), "service_code") is None
    assert value(read((50, 100, "Facture n° 26 118 A")), "invoice_number") is None
    assert value(read((50, 100, "Facture n° F26-0114 B du 03/04/2026")), "invoice_number") is None


@pytest.mark.parametrize(
    "lines",
    [
        ((50, 100, "Merci de régler en indiquant"), (50, 114, "le numéro de facture"), (50, 128, "30 jours net")),
        ((50, 100, "en indiquant le numéro de facture 30 jours net"),),
        ((50, 100, "N° de facture"), (200, 100, "45 jours")),
        ((50, 100, "N° de facture : 3 exemplaires"),),
    ],
)
def test_a_quantity_is_no_number_of_an_invoice(lines: Lines) -> None:
    assert value(read(*lines), "invoice_number") is None


@pytest.mark.parametrize("number", ["30217745509812", "1574685813712", "20260000000000000012"])
def test_a_number_of_many_digits_is_an_invoices_if_its_label_is_sure(number: str) -> None:
    assert value(read((50, 100, f"N° de facture : {number}")), "invoice_number") == number
    assert value(read((50, 100, "N° de facture"), (200, 100, number)), "invoice_number") == number


def test_a_siret_after_a_label_of_the_invoice_is_no_number() -> None:
    reading = read((50, 100, "SIRET : 44790513400048"), (50, 114, "N° de facture : 44790513400048"))
    assert value(reading, "invoice_number") is None
    assert value(read((50, 100, "Facture : 44790513400048")), "invoice_number") is None


@pytest.mark.parametrize(
    "lines",
    [
        ((50, 100, "N° et date de facture : 80101911/26.06.2026"),),
        ((50, 100, "Facture n° / date"), (50, 114, "80101911/26.06.2026")),
        ((50, 100, "Facture : 80101911-26/06/2026"),),
    ],
)
def test_a_date_glued_to_the_number_is_cut_off(lines: Lines) -> None:
    assert value(read(*lines), "invoice_number") == "80101911"


@pytest.mark.parametrize("code", ["FIN", "RH", "DRH", "SG-ACHATS", "FACTURES_PUBLIQUES", "4471"])
def test_a_service_code_may_be_a_word(code: str) -> None:
    assert value(read((50, 100, f"Code service : {code}")), "service_code") == code
    assert value(read((50, 100, "Code service"), (200, 100, code)), "service_code") == code
    heads = ((50, 100, "Commande"), (180, 100, "Code service"), (310, 100, "Marché"))
    row = ((50, 112, "EJ26-1"), (180, 112, code), (310, 112, "24-01"))
    assert value(read(*heads, *row), "service_code") == code
    line = f"V/Réf. engagement 1476111791 – service {code} SIRET du client : 171 584 766 00066"
    assert value(read((50, 100, line)), "service_code") == code


@pytest.mark.parametrize(
    "lines",
    [
        ((50, 100, "Code service"), (180, 100, "MODE REGLT"), (180, 112, "VIREMENT")),
        ((50, 100, "Code service :"), (50, 114, "MODE REGLT : VIREMENT")),
        ((320, 100, "Commune de Plouzané"), (320, 112, "Service exécutant SCA Lyon 3"), (320, 124, "29280 PLOUZANE")),
        ((320, 100, "Commune de Plouzané"), (320, 112, "Service exécutant Voirie"), (320, 124, "29280 PLOUZANE")),
    ],
)
def test_the_next_columns_head_and_a_line_of_an_address_are_no_service_code(lines: Lines) -> None:
    assert value(read(*lines), "service_code") is None


@pytest.mark.parametrize("label", ["SE", "N° SE", "Code SE"])
def test_the_portals_short_words_announce_a_service(label: str) -> None:
    reading = read((50, 100, "EJ : 1513300417"), (50, 114, f"{label} : D2130"))
    assert value(reading, "engagement_number") == "1513300417"
    assert value(reading, "service_code") == "D2130"
    assert value(read((50, 100, "Il se : D2130")), "service_code") is None


@pytest.mark.parametrize(
    ("order", "expected"),
    [("4500123456", "4500123456"), ("M26-954/BC6", "M26-954/BC6"), ("DOS-2026-114", None), ("CL0012", None)],
)
def test_a_bare_reference_is_the_order_if_it_looks_like_one(order: str, expected: str | None) -> None:
    reading = read((50, 100, "Facture n° F26-114"), (50, 114, f"Référence : {order}"))
    assert value(reading, "engagement_number") == expected


@pytest.mark.parametrize("code", ["M26-555/BC14", "1578280106", "AC-2025-949"])
def test_a_code_that_a_narrow_column_broke_is_joined(code: str) -> None:
    at = 9 if code.isdigit() else code.rfind("/") + 1 or code.rfind("-") + 1
    first, rest = code[:at], code[at:]
    lines = ((50, 105.5, "N° engagement"), (200, 100, first), (200 + 5 * (len(first) - len(rest)), 111, rest))
    assert value(read(*lines), "engagement_number") == code
    assert value(read((50, 100, "N° engagement"), *lines[1:]), "engagement_number") == code


def test_a_value_between_the_two_languages_of_its_caption() -> None:
    reading = read(
        *((50, 100, "Facture n°"), (50, 112, "Invoice number"), (200, 106, "SL0773")),
        *((50, 130, "N° d'engagement"), (50, 142, "Commitment no."), (200, 136, "26H-091777")),
        (324, 130, "SIRET 174 438 481 00031"),
    )
    assert value(reading, "invoice_number") == "SL0773"
    assert value(reading, "engagement_number") == "26H-091777"


def test_of_two_values_under_one_caption_the_one_that_is_printed_is_read() -> None:
    heads = ((50, 60, "Facture"), (50, 100, "Numéro / Date"), (50, 140, "N° de commande / Date"))
    reading = read(*heads, (50, 112, "90000783 / 18.01.2026"), (50, 152, "M26-138/BC19"))
    assert value(reading, "invoice_number") == "90000783"
    assert value(reading, "engagement_number") == "M26-138/BC19"


@pytest.mark.parametrize(
    ("lines", "service", "order"),
    [
        (("Référence acheteur : CTM", "Bon de commande : TX268236"), "CTM", "TX268236"),
        (("Référence acheteur : 4500123456",), None, "4500123456"),
        (("Réf. : 2621583", "Service : PATRIMOINE"), "PATRIMOINE", "2621583"),
        (("Réf. : 2621583",), None, None),
        (("Commande client : 3231585",), None, None),
    ],
)
def test_what_a_reference_of_the_buyer_is(lines: tuple[str, ...], service: str | None, order: str | None) -> None:
    number = (50.0, 86.0, "Facture n° F26-114")
    reading = read(number, *((50.0, 100.0 + 13 * row, line) for row, line in enumerate(lines)))
    assert value(reading, "service_code") == service
    assert value(reading, "engagement_number") == order


def test_the_market_is_taken_before_a_contract_of_the_supplier() -> None:
    lines = (
        (50, 100, "Contrat"),
        (200, 100, ": EL-573317"),
        (50, 113, "Référence marché public"),
        (200, 113, ": 25F446"),
    )
    assert value(read(*lines), "contract_number") == "25F446"


@pytest.mark.parametrize("label", ["Your PO", "Commande du 02/02/2026 n°", "Suivant votre commande n°"])
def test_more_ways_of_naming_an_order(label: str) -> None:
    assert value(read((50, 100, f"{label} 26D00012")), "engagement_number") == "26D00012"


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("26o6-o8o", "2606-080"),
        ("26H-548o2o", "26H-548020"),
        ("DSl/2026/5317", "DSI/2026/5317"),
        ("Fol-118", "Fol-118"),
    ],
)
def test_small_letters_that_ocr_reads_in_codes_are_repaired(printed: str, code: str) -> None:
    assert value(read((50, 100, f"Facture n° {printed}"), source="ocr"), "invoice_number") == code


def test_a_number_that_a_stamp_overlaps_is_not_given() -> None:
    number = (50.0, 100.0, "Facture n° F26-01")
    assert value(read(number, (300, 103, "ARRIVÉ"), source="ocr"), "invoice_number") == "F26-01"
    assert value(read(number, (132, 104, "ARRIVÉ"), source="ocr"), "invoice_number") is None


@pytest.mark.parametrize(
    "lines",
    [
        ((50, 100, "FACTURE"), (400, 100, "N° de série JC.00507"), (400, 130, "Date d'émission :")),
        ((50, 100, "RELEVÉ-FACTURE MENSUEL N° JC.00507 DU 22/05/2024"),),
        ((50, 100, "ÉTAT DE FRAIS ET HONORAIRES N° JC.00507"),),
        ((50, 100, "Facture/Folio"), (200, 100, "JC.00507"), (50, 120, "Arrivée"), (200, 120, "28/12/24")),
    ],
)
def test_titles_and_captions_of_templates_announce_the_number(lines: Lines) -> None:
    assert value(read(*lines), "invoice_number") == "JC.00507"


def test_captions_separate_the_values_of_columns_that_ran_together() -> None:
    heads = (
        (50, 60, "Facture n° F26-114"),
        (50, 100, "Date :"),
        (265, 100, "Référence :"),
        (329, 100, "Code service :"),
    )
    row = ((50, 112, "01/12/2025"), (211, 112, "SO395845"), (265, 112, "2025A02098"), (329, 112, "POLE-347"))
    reading = read(*heads, *row)
    assert value(reading, "engagement_number") == "2025A02098"
    assert value(reading, "service_code") == "POLE-347"


def test_the_rest_of_a_broken_value_is_no_value() -> None:
    caption = ((50, 60, "FACTURE"), (50, 100, "N° de"), (50, 111, "commande"))
    reading = read(*caption, (200, 100, "BC2024-"), (215, 111, "1675"))
    assert value(reading, "engagement_number") == "BC2024-1675"


def test_a_number_alone_in_large_letters_under_the_title_is_the_invoices() -> None:
    text = page((480, 40, "Facture"), (50, 200, "Destinataire"), (50, 212, "Lycée Bellanger"), (50, 224, "08360 LENS"))
    number = page((268, 150, "FT-00404"), size=13.0)
    reading = read_document([replace(text, words=text.words + number.words)])
    assert value(reading, "invoice_number") == "FT-00404"
    small = page((268, 150, "FT-00404"))
    assert value(read_document([replace(text, words=text.words + small.words)]), "invoice_number") is None


def test_a_number_in_a_sentence_of_the_terms_is_no_contract() -> None:
    assert value(read((50, 100, "Marché n° 24-118 signé le 3 avril 2024")), "contract_number") == "24-118"


def test_a_date_after_the_number_is_no_part_of_it() -> None:
    assert value(read((50, 100, "FACTURE 00639/26 – 28.04.2026")), "invoice_number") == "00639/26"
    assert value(read((50, 100, "FACTURE 00639 – 28/04/2026")), "invoice_number") == "00639"


@pytest.mark.parametrize("code", ["CDE25/1435", "AB25/9", "2026/118-B"])
def test_two_labels_for_one_code_do_not_divide_it_at_its_slash(code: str) -> None:
    reading = read((60, 60, "FACTURE N° F-1"), (60, 100, f"Ordre de service / engagement : {code}"))
    assert value(reading, "engagement_number") == code


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        ("Facture n° 2026—017", "invoice_number", "2026—017"),
        ("N° de marché : UNIHA M_2931", "contract_number", "UNIHA M_2931"),
        ("N° de marché : USMB-24-31 lot 2", "contract_number", "USMB-24-31 lot 2"),
        ("Commande / n° d'engagement : GB0026611", "engagement_number", "GB0026611"),
    ],
)
def test_a_code_is_whole_with_a_long_dash_its_giver_s_initials_or_its_lot(line: str, field: str, code: str) -> None:
    assert value(read((60, 100, "FACTURE"), (60, 140, line)), field) == code


def test_a_label_after_its_synonym_announces_the_value_under_it() -> None:
    reading = read((60, 100, "FACTURE"), (60, 140, "Code service"), (200, 140, "Commande / n° d'engagement"),
                   (60, 154, "PUI-01"), (200, 154, "GB0026611"))  # fmt: skip
    assert value(reading, "engagement_number") == "GB0026611"


@pytest.mark.parametrize("code", ["BL-F 4471", "FA/R 20118", "LV-AV 0093"])
def test_a_number_after_two_joined_prefixes_is_one_code(code: str) -> None:
    assert value(read((50, 100, "Numéro de facture :"), (150, 100, code)), "invoice_number") == code
    assert value(read((50, 100, f"Facture n° {code} du 03/04/2026")), "invoice_number") == code


def test_a_code_alone_on_the_line_after_its_label_at_the_end_of_a_sentence_is_its_value() -> None:
    above = (50, 100, "SIRET de l'établissement : 26900019600213 – Service : LOGISTIQUE – Marché :")
    assert value(read((50, 60, "FACTURE"), above, (50, 112, "2024-S-017")), "contract_number") == "2024-S-017"
    assert value(read((50, 60, "FACTURE"), above, (50, 112, "Désignation")), "contract_number") is None
    assert value(read((50, 60, "FACTURE"), above, (50, 150, "2024-S-017")), "contract_number") is None


@pytest.mark.parametrize("label", ["N° Marché", "Code service", "Votre référence", "N° d'engagement"])
@pytest.mark.parametrize("box", ["BP 20412", "CS 70300", "TSA 30018", "BP 20412 - 63405 MONTFERRAND CEDEX"])
def test_a_post_office_box_is_no_code(label: str, box: str) -> None:
    title, value_under = (50, 60, "FACTURE n° FA261436"), (50, 114, "2024-FCS-062")
    reading = read(title, (50, 100, label), value_under, (250, 100, box))
    assert not {"BP 20412", "CS 70300", "TSA 30018"} & {str(field.value) for field in reading.fields.values()}


@pytest.mark.parametrize("apart", [False, True])
def test_a_number_like_a_day_is_one_where_the_page_dates_itself_elsewhere(apart: bool) -> None:
    number = ((50, 100, "FACTURE N°"), (150, 100, "2026-01-15")) if apart else ((50, 100, "FACTURE N° 2026-01-15"),)
    reading = read(*number, (50, 112, "DATE"), (150, 112, "31/01/2026"))
    assert (value(reading, "invoice_number"), value(reading, "invoice_date")) == ("2026-01-15", "2026-01-31")
    alone = read((50, 100, "FACTURE du 2026-01-15"), (50, 112, "DATE"), (150, 112, "31/01/2026"))
    assert value(alone, "invoice_number") is None


def test_a_number_in_letter_spaced_print_is_read_with_its_title() -> None:
    letters = [(50.0 + 9 * at, 83.0, letter) for at, letter in enumerate("FACTURE")]
    number = [(120.0 + 9 * at, 83.0, sign) for at, sign in enumerate("N°")]
    digits = [(146.0 + 9 * at, 83.0, digit) for at, digit in enumerate("1849")]
    assert value(read(*letters, *number, *digits, (50, 120, "DOIT : Mairie")), "invoice_number") == "1849"
    columns = [(50.0 + 9 * at, 83.0, digit) for at, digit in enumerate("1849")]
    assert value(read((50, 70, "Facture n°"), *columns), "invoice_number") != "1849"


def test_one_space_of_a_monospaced_font_parts_no_number() -> None:
    words = [Word(text, Box(left / 595, 0.1, 5.1 * len(text) / 595, 7.2 / 842), 1.0)
             for text, left in (("FACTURE", 366.6), ("NO", 412.5), ("217", 427.8), ("043819", 448.2))]  # fmt: skip
    assert value(read_document([Page(1, 595, 842, tuple(words), "text")]), "invoice_number") == "217 043819"


@pytest.mark.parametrize("code", ["2025 EA 070167", "26 FV 00118", "2026 A 00412"])
def test_letters_between_two_groups_of_digits_are_part_of_one_code(code: str) -> None:
    grid = ((50, 100, "N° FACTURE"), (50, 112, code), (250, 100, "DATE"), (250, 112, "22/04/2025"))
    for lines in (((50, 100, f"Facture n° {code}"),), ((50, 100, f"Facture n° {code} du 22/04/2025"),), grid):
        assert value(read(*lines), "invoice_number") == code


@pytest.mark.parametrize(
    "after", ["MARS 2026", "BP 20412", "LOT 214", "TVA 200", "XYZ 118 et suite", "du 12 MARS 2026"]
)
def test_a_number_before_other_words_in_capitals_is_whole_or_not_given(after: str) -> None:
    assert value(read((50, 100, f"Facture n° 2026118 {after}")), "invoice_number") in (None, "2026118")


@pytest.mark.parametrize("unit", ["m³", "m3", "m²", "kWh", "kg", "t", "h"])
def test_a_measure_is_no_number_of_an_invoice(unit: str) -> None:
    lines = ((50, 60, "FACTURE"), (50, 100, f"Lieu desservi – Volume facturé 2060 {unit} (relevé)"))
    assert value(read(*lines), "invoice_number") is None


@pytest.mark.parametrize(
    ("reference", "number"),
    [
        ("Nos réf. : 20245161 – PMF/cb", None),
        ("Notre référence : 2403318", None),
        ("N/Réf : FA-2026-118", "FA-2026-118"),
    ],
)
def test_the_suppliers_own_reference_is_the_number_only_if_it_looks_like_one(
    reference: str, number: str | None
) -> None:
    assert value(read((50, 60, "FACTURE"), (50, 100, reference)), "invoice_number") == number


def test_a_customers_reference_of_ten_digits_alone_may_be_the_account() -> None:
    lines = ((50, 60, "Facture n° 2602-6690113"), (50, 100, "Référence client : 3701632285"))
    assert value(read(*lines), "engagement_number") is None
    assert value(read(*lines, (50, 114, "Code client : 4451")), "engagement_number") == "3701632285"


def test_a_customers_reference_in_the_form_of_the_states_orders_is_one() -> None:
    lines = ((50, 60, "Facture n° FAC/2026/118"), (50, 100, "Référence client : 1409987120"))
    assert value(read(*lines), "engagement_number") == "1409987120"
