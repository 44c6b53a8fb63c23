"""A printed date that cannot be the invoice's is named, and does not count as missing."""

import pytest

from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.contradiction import said_once
from tests.domain.reading.paper import read, value

MISSING = Problem(field="invoice_date", code="missing", fr="Il manque la date.", en="The date is missing.")


@pytest.mark.parametrize("printed", ["12/05/1999", "12/05/2126", "12.05.1999", "12 mai 1999"])
def test_a_date_of_another_century_is_named(printed: str) -> None:
    lines = [((50, 100, f"Date de facture : {printed}"),), ((50, 100, "Date de facture :"), (250, 100, printed))]
    for line in lines:
        reading = read((50, 60, "FACTURE"), *line)
        assert value(reading, "invoice_date") is None
        [problem] = [each for each in reading.problems if each.code == "date_implausible"]
        assert (problem.field, problem.blocking, printed in problem.fr) == ("invoice_date", True, True)


@pytest.mark.parametrize(
    "line", ["Date de facture : 12/05/2026", "Société fondée le 12/05/1999", "Date de naissance : 12/05/1999"]
)
def test_another_date_is_not(line: str) -> None:
    assert "date_implausible" not in [each.code for each in read((50, 60, "FACTURE"), (50, 100, line)).problems]


def test_it_replaces_the_missing_date_until_the_form_has_one() -> None:
    problems = (*read((50, 60, "FACTURE"), (50, 100, "Date de facture : 12/05/1999")).problems, MISSING)
    assert "missing" not in [each.code for each in said_once(problems, Form())]
    dated = Form(fields={"invoice_date": FormField(value="2026-05-12", source="person")})
    assert "date_implausible" not in [each.code for each in said_once(problems, dated)]
