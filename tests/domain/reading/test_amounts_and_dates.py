from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.reading.typed.amounts import find_amounts, money_text, to_cents
from chorus_connector.domain.reading.typed.dates import find_dates


@pytest.mark.parametrize(
    "text",
    ["1 234,56 €", "1\u202f234,56 €", "1\u00a0234,56", "1.234,56 EUR", "1,234.56", "1234.56", "1'234.56", "€ 1 234,56"],
)
def test_an_amount_is_read_whatever_its_separators(text: str) -> None:
    assert [amount.value for amount in find_amounts(text)] == [Decimal("1234.56")]


@pytest.mark.parametrize("text", ["-12,50", "\u221212,50", "12,50-", "(12,50)"])
def test_every_way_to_write_a_minus_is_a_minus(text: str) -> None:
    assert [amount.value for amount in find_amounts(text)] == [Decimal("-12.50")]


def test_a_rate_is_not_money() -> None:
    (rate,) = find_amounts("20,00 %")
    assert rate.is_percent
    assert not rate.looks_like_money


@given(st.integers(0, 10**9))
def test_every_amount_that_french_prints_is_read_back(cents: int) -> None:
    amount = Decimal(cents) / 100
    printed = f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",")
    assert [money_text(found.value) for found in find_amounts(f"Total {printed} €")] == [money_text(amount)]


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2026",
        "3 avril 2026",
        "03.04.26",
        "2026-04-03",
        "03-04-2026",
        "3 AVRIL 2026",
        "vendredi 3 avril 2026",
        "3 avril/April 2026",
        "3 avr. / Apr. 2026",
    ],
)
def test_a_date_is_read_whatever_its_form_day_first(text: str) -> None:
    assert [found.value for found in find_dates(text)] == [date(2026, 4, 3)]


def test_the_first_of_the_month_has_its_ordinal() -> None:
    assert [found.value for found in find_dates("le 1er août 2026")] == [date(2026, 8, 1)]


@pytest.mark.parametrize("text", ["31/02/2026", "12/13/2026", "01 23 45 67 89", "2026/1234"])
def test_what_is_no_day_is_no_date(text: str) -> None:
    assert list(find_dates(text)) == []


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_day_of_the_century_is_read_back(day: date) -> None:
    assert [found.value for found in find_dates(f"du {day:%d/%m/%Y}.")] == [day]


@pytest.mark.parametrize(
    ("printed", "cents"),
    [
        ("0.125", "0.13"),
        ("0.135", "0.14"),
        ("2.345", "2.35"),
        ("2.3449", "2.34"),
        ("2.355", "2.36"),
        ("-0.125", "-0.13"),
        ("1.005", "1.01"),
        ("7", "7.00"),
    ],
)
def test_half_a_cent_is_rounded_away_from_zero_as_the_portal_does(printed: str, cents: str) -> None:
    assert to_cents(Decimal(printed)) == Decimal(cents)
    assert money_text(Decimal(printed)) == cents


@pytest.mark.parametrize(
    ("text", "is_money"),
    [("12,50", True), ("12,505", True), ("12 €", True), ("12", False), ("12,5", False), ("12,5055", False)],
)
def test_a_number_is_money_by_its_currency_or_its_two_or_three_decimals(text: str, is_money: bool) -> None:
    assert [amount.looks_like_money for amount in find_amounts(text)] == [is_money]
