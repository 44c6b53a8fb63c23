"""The position of a number in a line, whether it is negative, and what makes it money."""

from decimal import Decimal

import pytest

from chorus_connector.domain.reading.typed.amounts import RATES, TODAYS_RATES, Amount, find_amounts, parse_number


def values(text: str) -> list[str]:
    return [str(amount.value) for amount in find_amounts(text)]


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("1234", "1234"),
        ("1 234 567", "1234567"),
        ("1'234,50", "1234.50"),
        ("1’234,50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1.234.567,8", "1234567.8"),
        ("1,234.50", "1234.50"),
        ("1,234,567.8", "1234567.8"),
        ("1.234.567", "1234567"),
        ("1.234", "1.234"),
        ("1,234", "1.234"),
        ("1.234.56", "1234.56"),
        ("1,234,567", "1234.567"),
        ("1,234.567.890", "1234567.890"),
        ("123456789012", "123456789012"),
        ("123456789012,5", "123456789012.5"),
    ],
)
def test_the_last_separator_is_the_decimal_one_unless_points_part_thousands(printed: str, value: str) -> None:
    assert str(parse_number(printed)) == value


@pytest.mark.parametrize("printed", ["", "abc", "12a", "12,5a", "12.a", ",50", "1234567890123", "1234567890123,00"])
def test_what_is_no_number_of_up_to_twelve_digits_is_none(printed: str) -> None:
    assert parse_number(printed) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-12,50", "-12.50"),
        ("- 12,50", "-12.50"),
        ("−12,50", "-12.50"),
        ("–12,50", "-12.50"),
        ("Total: -12,50", "-12.50"),
        ("Total -12,50", "-12.50"),
        ("Total: - 12,50", "-12.50"),
        ("Remise : −12,50", "-12.50"),
        ("€-12,50", "-12.50"),
        ("12,50-", "-12.50"),
        ("12,50 -", "-12.50"),
        ("(12,50)", "-12.50"),
        ("(12,50 €)", "-12.50"),
    ],
)
def test_a_minus_may_come_before_after_or_around_its_number(text: str, value: str) -> None:
    assert values(text) == [value]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+12,50", ["12.50"]),
        ("Lot-12,50", ["12.50"]),
        ("Total - 12,50", ["12.50"]),
        ("Total : –12,50", ["12.50"]),
        ("10,00-12,50", ["10.00", "12.50"]),
        ("12,50-B", ["12.50"]),
        ("(12,50", ["12.50"]),
        ("12,50)", ["12.50"]),
    ],
)
def test_a_dash_that_joins_or_separates_is_no_minus(text: str, found: list[str]) -> None:
    assert values(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1 234,56", ["1234.56"]),
        ("1\u00a0234,56", ["1234.56"]),
        ("1\u2009234,56", ["1234.56"]),
        ("1 234 567,891", ["1234567.891"]),
        ("12 ,50", ["12.50"]),
        ("12, 50", ["12.50"]),
        ("12, 505", ["12", "505"]),
        ("1 234 , 56", ["1234.56"]),
        ("1.234.567", ["1234567"]),
        ("1,234,567.89", ["1234567.89"]),
        ("12,5055", ["12.5055"]),
        ("12,50 7,00", ["12.50", "7.00"]),
    ],
)
def test_spaces_and_separators_inside_a_number_are_part_of_it(text: str, found: list[str]) -> None:
    assert values(text) == found


@pytest.mark.parametrize("text", ["1/2", "A12", "réf12,50", "no digits", ""])
def test_a_fraction_and_a_number_that_ends_a_word_are_no_amounts(text: str) -> None:
    assert values(text) == []


def test_a_currency_may_touch_its_number() -> None:
    assert values("EUR12,50") == values("€12,50") == values("12,50EUR") == ["12.50"]


def amount(start: int, end: int, value: str, decimals: int, *, currency: bool, percent: bool = False) -> Amount:
    return Amount(start, end, Decimal(value), decimals, currency, percent)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HT 12,50", amount(3, 8, "12.50", 2, currency=False)),
        ("HT 12,50 €", amount(3, 10, "12.50", 2, currency=True)),
        ("HT € 12,50", amount(3, 10, "12.50", 2, currency=True)),
        ("HT EUR 12,5", amount(3, 11, "12.5", 1, currency=True)),
        ("12 £", amount(0, 4, "12", 0, currency=True)),
        ("12 $", amount(0, 4, "12", 0, currency=True)),
        ("12 euros", amount(0, 8, "12", 0, currency=True)),
        ("12 EUROS", amount(0, 8, "12", 0, currency=True)),
        ("12 Euro", amount(0, 7, "12", 0, currency=True)),
        ("5,5 %", amount(0, 5, "5.5", 1, currency=False, percent=True)),
        ("12  %", amount(0, 5, "12", 0, currency=False, percent=True)),
        ("12   %", amount(0, 2, "12", 0, currency=False)),
    ],
)
def test_an_amount_says_where_it_stands_with_its_unit(text: str, found: Amount) -> None:
    assert list(find_amounts(text)) == [found]


def test_only_the_rates_of_today_may_be_derived_and_former_ones_are_known() -> None:
    assert [str(rate) for rate in TODAYS_RATES] == ["20", "10", "5.5", "2.1", "8.5"]
    former = {"19.6", "7", "0", "5", "19", "21", "1.75", "1.05", "0.9", "13", "9.2", "9.6"}
    assert {str(rate) for rate in RATES} == {"20", "10", "5.5", "2.1", "8.5", *former}


def test_the_last_piece_of_a_sum_that_a_file_prints_in_pieces_is_no_sum() -> None:
    assert not [amount for amount in find_amounts("1 3 3,8 0 €") if amount.looks_like_money]
