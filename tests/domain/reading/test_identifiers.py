import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.identifiers import is_french_vat_number, is_iban, is_siren, is_siret, passes_luhn
from chorus_connector.domain.reading.paper.page import Box, Page, Word
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.typed.identifiers_found import find_sirets
from tests.domain.reading.paper import read, value


def test_la_postes_offices_have_their_own_rule() -> None:
    assert is_siret("35600000000048")
    assert not is_siret("35600000000043")


@pytest.mark.parametrize("text", ["732829320", "552081317"])
def test_a_siren_with_its_check_digit_is_one(text: str) -> None:
    assert is_siren(text)


@given(st.from_regex(r"\A[0-9]{13}\Z"))
def test_one_digit_in_ten_closes_a_run_of_digits(stem: str) -> None:
    assert sum(passes_luhn(stem + last) for last in "0123456789") == 1


def test_iban_and_vat_number_are_checked() -> None:
    assert is_iban("FR1420041010050500013M02606")
    assert not is_iban("FR1520041010050500013M02606")
    assert is_french_vat_number("FR44732829320")
    assert not is_french_vat_number("FR45732829320")


@pytest.mark.parametrize(
    "text",
    ["73282932000074", "732 829 320 00074", "732829320 00074", "732.829.320.00074", "732 829 320 - 00074",
     "732 829 320 00 074", "SIREN : 732 829 320 NIC : 00074"],
)  # fmt: skip
def test_a_siret_is_found_however_it_is_spaced(text: str) -> None:
    assert [found.value for found in find_sirets(text)] == ["73282932000074"]


def test_an_iban_holds_no_siret() -> None:
    assert list(find_sirets("FR76 3000 6000 0112 3456 7890 189")) == []


def test_letters_an_ocr_engine_sees_in_digits_are_repaired_when_asked() -> None:
    assert [found.value for found in find_sirets("732 829 32O 0OO74", noisy=True)] == ["73282932000074"]


def test_a_vat_number_with_a_letter_in_its_key_is_not_proven() -> None:
    assert not is_french_vat_number("FRK7399859412")
    assert not is_french_vat_number("FR4K732829320")


def test_a_french_iban_has_27_characters_and_another_countrys_may_have_fewer() -> None:
    assert is_iban("MC5811222000010123456789030")
    assert is_iban("DE89370400440532013000")
    assert not is_iban("FR760000000000000000")


def test_the_key_of_a_vat_number_may_start_with_a_zero_and_is_never_compared_as_letters() -> None:
    sirens = [f"73282{number:04d}" for number in range(40)]
    for siren in sirens:
        key = (12 + 3 * (int(siren) % 97)) % 97
        assert is_french_vat_number(f"FR{key:02d}{siren}")
        assert not is_french_vat_number(f"FR{(key + 1) % 97:02d}{siren}")
    assert not is_french_vat_number("FR4A732829320")
    assert not is_french_vat_number("FRA4732829320")


def test_a_dash_with_a_low_box_parts_no_line() -> None:
    def word(text: str, left: float, top: float, height: float) -> Word:
        return Word(text, Box(left / 595, top / 842, 4.5 * len(text) / 595, height / 842), 1.0)

    low = [word("SIRET", 60, 700, 6), word("784", 86, 700, 6), word("129", 102, 700, 6), word("–", 160, 698.5, 4)]
    high = [word("033", 118, 700, 8), word("00048", 134, 700, 8), word("www.sport.example", 170, 699.7, 8)]
    assert value(read_document([Page(1, 595, 842, (*low, *high), "text")]), "supplier_siret") == "78412903300048"


_FIRST, _SECOND = "FR76 1450 5398 4599 9104 3368 670", "FR76 3000 6000 0112 3456 7890 189"


def _iban(*lines: tuple[float, float, str]) -> tuple[object, float]:
    found = read((40, 60, "FACTURE N° K-208"), *lines).fields.get("iban")
    return (found.value, found.confidence) if found else (None, 0.0)


@pytest.mark.parametrize(
    ("first", "second"),
    [("Crédit Mutuel IBAN ", "ou La Banque Postale IBAN "), ("BNP : ", "CIC : "), ("IBAN 1 : ", "IBAN 2 : ")],
)
def test_of_several_accounts_in_one_list_the_first_is_given_for_a_person_to_check(first: str, second: str) -> None:
    value, confidence = _iban((40, 700, first + _FIRST), (40, 712, second + _SECOND), (40, 90, "62018 ARRAS CEDEX 9"))
    assert value == _FIRST.replace(" ", "")
    assert confidence < 0.9


@pytest.mark.parametrize(
    "words", ["Créance cédée dans le cadre d'un contrat d'affacturage", "Règlement libératoire au seul factor"]
)
def test_an_account_beside_a_factor_s_is_not_taken(words: str) -> None:
    assert _iban((40, 700, f"IBAN {_FIRST}"), (40, 712, words), (40, 724, f"IBAN {_SECOND}"))[0] is None


def test_accounts_far_apart_are_no_list() -> None:
    between = [(40.0, 212.0 + 12 * line, f"Ligne {line}") for line in range(8)]
    assert _iban((40, 200, f"IBAN {_FIRST}"), *between, (40, 700, f"IBAN {_SECOND}"))[0] is None


@pytest.mark.parametrize(
    "lines",
    [[(40.0, 700.0, "Montant prélevé sur votre compte"), (40.0, 712.0, _FIRST)],
     [(40.0, 700.0, f"IBAN débiteur : {_FIRST}")], [(40.0, 700.0, f"Compte du débiteur {_FIRST}")]],
)  # fmt: skip
def test_the_account_that_pays_is_not_the_suppliers(lines: list[tuple[float, float, str]]) -> None:
    assert _iban(*lines)[0] is None


def test_an_iban_whose_groups_are_in_cells_of_their_own_is_read() -> None:
    groups = [(100.0 + 45 * index, 700.0, group) for index, group in enumerate(_FIRST.split())]
    assert _iban((40, 700, "IBAN"), *groups)[0] == _FIRST.replace(" ", "")
    assert _iban((40, 700, "IBAN"), *groups[:-1])[0] is None
