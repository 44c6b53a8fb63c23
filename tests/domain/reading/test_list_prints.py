"""An accounting program's list print: captions on one line, their values under them, some left empty."""

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
