"""An accounting program's list print: captions on one line, their values under them, some left empty."""

import pytest

from tests.domain.reading.paper import read, value

_HEAD = ((30, 100, "NO FACTURE"), (110, 100, "DATE"), (180, 100, "ECHEANCE"), (260, 100, "NO ENGAGEMENT"),
         (360, 100, "CODE SERVICE"), (450, 100, "REGLT"))  # fmt: skip


def test_a_caption_that_the_rules_do_not_know_is_not_the_value_of_the_caption_before_it() -> None:
    reading = read(*_HEAD, (30, 112, "F0026905"), (110, 112, "09.04.26"), (180, 112, "09.05.26"),
                   (260, 112, "BC26-114"), (360, 112, "EJ-77"), (450, 112, "VIR 30J"))  # fmt: skip
    assert value(reading, "service_code") == "EJ-77"
    assert value(reading, "engagement_number") == "BC26-114"


def test_a_caption_over_an_empty_column_announces_nothing() -> None:
    reading = read(*_HEAD, (30, 112, "F0026905"), (110, 112, "09.04.26"), (180, 112, "09.05.26"), (450, 112, "VIR 30J"))
    assert value(reading, "service_code") is None
    assert value(reading, "engagement_number") is None
    assert value(reading, "invoice_number") == "F0026905"


def test_a_value_of_capitals_beside_its_caption_is_no_caption_of_a_column() -> None:
    reading = read((44, 133, "Client"), (305, 133, "Code service exécutant"), (430, 133, "DIRMOY"),
                   (44, 145, "CCAS de Bellegarde"), (305, 145, "Cd client"), (430, 145, "411119"))  # fmt: skip
    assert value(reading, "service_code") == "DIRMOY"


_WINDOW = ((330, 130, "COMMUNE DE PLOUZANE"), (330, 142, "PLACE ANJELA-DUVAL"), (330, 154, "29280 PLOUZANE"))
_FOOT = (30, 800, "SIRET 732 829 320 00074 APE 4649Z")


def _letterhead(*lines: str, phone: str = "TEL 02 43 62 10 10") -> tuple[tuple[float, float, str], ...]:
    place = ((30, 48, "ZI DU MOULIN"), (130, 48, "7 RUE GUTENBERG"), (230, 48, "72300 SABLE"), (30, 60, phone))
    return (*((30.0, 36.0 - 12 * at, line) for at, line in enumerate(reversed(lines))), *place, *_WINDOW, _FOOT)


@pytest.mark.parametrize(
    "lines", [("DISTRILIVRES MAINE",), ("DISTRILIVRES MAINE", "GROSSISTE EN LIVRES ET DVD"), ("OUTILLAGE MOREL",)]
)
def test_the_line_that_opens_a_listing_over_its_details_is_the_supplier_for_a_person_to_check(
    lines: tuple[str, ...],
) -> None:
    found = read(*_letterhead(*lines)).fields["supplier_name"]
    assert (found.value, found.confidence < 0.9) == (lines[0], True)


@pytest.mark.parametrize(
    ("lines", "phone"),
    [(("MAÇONNERIE COUVERTURE ZINGUERIE",), "TEL 02 43 62 10 10"), (("DISTRILIVRES MAINE",), "OUVERT LE LUNDI"),
     (("Des livres pour tous",), "TEL 02 43 62 10 10"), (("LIVRES",), "TEL 02 43 62 10 10")],
)  # fmt: skip
def test_activities_a_slogan_or_a_word_that_opens_a_listing_is_no_supplier(lines: tuple[str, ...], phone: str) -> None:
    assert value(read(*_letterhead(*lines, phone=phone)), "supplier_name") is None
