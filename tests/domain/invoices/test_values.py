"""Values typed or carried by metadata: one normal form, and never a factor of a thousand."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.chorus_pro import models as wire
from chorus_connector.domain.invoices.choice_words import CHOICE_WORDS, choice_called
from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FormFieldName
from chorus_connector.domain.invoices.values import normalise, normalise_all, parse_amount, parse_date


@pytest.mark.parametrize(
    "text",
    ["1234.56", "1234,56", "1 234,56", "1\u202f234,56 €", "1\u00a0234.56 EUR", "1.234,56", "1,234.56", "1'234.56"],
)
def test_every_french_way_to_write_an_amount_is_the_same_amount(text: str) -> None:
    assert parse_amount(text) == Decimal("1234.56")


@pytest.mark.parametrize(
    "text", ["1.234", "1,234", "abc", "", "12.3.4", "1e5", "--3", "1,2,3", "١٢", "nan", "Infinity"]
)
def test_an_ambiguous_or_foreign_amount_is_no_amount(text: str) -> None:
    assert parse_amount(text) is None


@pytest.mark.parametrize(
    ("text", "amount"), [("-12,50", "-12.50"), ("\u221212,50", "-12.50"), ("1.234.567", "1234567")]
)
def test_signs_and_thousands_are_read(text: str, amount: str) -> None:
    assert parse_amount(text) == Decimal(amount)


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False))
def test_an_amount_printed_the_french_way_is_read_back(amount: Decimal) -> None:
    printed = f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",") + " €"
    assert parse_amount(printed) == amount


@given(st.text(max_size=30))
def test_no_text_breaks_a_field(text: str) -> None:
    for field in ("total_ttc", "invoice_date", "recipient_siret", "framework", "comment"):
        value, problem = normalise(field, text)
        assert problem is None or value == ""


def test_a_date_is_a_real_one() -> None:
    assert str(parse_date("31/12/2026")) == "2026-12-31"
    assert str(parse_date("2026-12-31T10:00:00")) == "2026-12-31"
    assert parse_date("31/02/2026") is None
    assert parse_date("12/31/2026") is None


@given(
    st.dates(min_value=date(2000, 1, 2), max_value=date(2099, 12, 30)),
    st.times(),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from("T "),
)
def test_a_moment_with_its_zone_is_the_day_it_is_in_paris(day: date, clock: time, offset: int, separator: str) -> None:
    moment = datetime.combine(day, clock, tzinfo=timezone(timedelta(minutes=offset)))
    assert parse_date(moment.isoformat(separator)) == moment.astimezone(ZoneInfo("Europe/Paris")).date()


@given(st.datetimes(), st.sampled_from("T "))
def test_a_moment_without_a_zone_is_of_the_day_that_is_written(local: datetime, separator: str) -> None:
    assert parse_date(local.isoformat(separator)) == local.date()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-30T23:30:00Z", "2026-12-01"),
        ("2026-07-31T22:00:00.000Z", "2026-08-01"),
        ("2026-11-30T22:59:59Z", "2026-11-30"),
        ("2026-11-30 23:30 UTC", "2026-12-01"),
        ("2026-12-01T00:30+0200", "2026-11-30"),
        ("2026-12-01 00:30:00.0 +0200", "2026-11-30"),
        ("2026-12-01T00:00:00+01:00[Europe/Paris]", "2026-12-01"),
        ("2026-12-31 00:00:00.0", "2026-12-31"),
    ],
)
def test_a_systems_time_stamp_near_midnight_is_the_day_in_paris(text: str, day: str) -> None:
    assert normalise("invoice_date", text) == (day, None)


@pytest.mark.parametrize("text", ["2026-12-31T25:00", "2026-12-31 23:30 EST", "2026-12-31 or later"])
def test_a_day_followed_by_what_is_no_time_is_a_question(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("total_ttc", "12,345 6", "not_an_amount"),
        ("total_ttc", "12,3456", "not_an_amount"),
        ("total_ttc", "99999999999999999", "not_an_amount"),
        ("invoice_date", "1999-01-01", "not_a_date"),
        ("recipient_siret", "123", "not_a_siret"),
        ("recipient_siret", "١٢٣٤٥٦٧٨٩٠١٢٣٤", "not_a_siret"),
        ("invoice_type", "proforma", "not_a_choice"),
        ("invoice_type", "389", "not_a_choice"),
        ("currency", "euros suisses", "not_a_currency"),
        ("comment", "x" * 201, "too_long"),
        ("comment", "a\x00b", "control_characters"),
    ],
)
def test_what_does_not_fit_says_why(field: str, text: str, code: str) -> None:
    value, problem = normalise(field, text)
    assert value == ""
    assert problem is not None
    assert (problem.field, problem.code) == (field, code)


def test_a_siret_may_be_written_with_spaces() -> None:
    assert normalise("recipient_siret", "110 002 011\u202f00044") == ("11000201100044", None)


def test_every_field_is_normalised_and_every_problem_reported() -> None:
    normal, problems = normalise_all(
        {"total_ttc": "1 800,5 €", "due_date": "hier", "comment": "x", "supplier_siret": "1"}
    )
    assert normal == {"total_ttc": "1800.50", "due_date": "", "comment": "x", "supplier_siret": ""}
    assert [each.code for each in problems] == ["not_a_date", "not_a_siret"]


@pytest.mark.parametrize(
    ("field", "last", "beyond"),
    [
        ("total_ttc", "9999999999999.99", "10000000000000.00"),
        ("total_ttc", "-9999999999999.99", "-10000000000000.00"),
        ("invoice_date", "2000-01-01", "1999-12-31"),
        ("invoice_date", "2099-12-31", "2100-01-01"),
        ("comment", "x" * 200, "x" * 201),
        ("recipient_siret", "1" * 14, "1" * 15),
    ],
)
def test_the_last_value_that_fits_is_taken_and_the_next_is_not(field: str, last: str, beyond: str) -> None:
    assert normalise(field, last) == (last, None)
    value, problem = normalise(field, beyond)
    assert value == ""
    assert problem is not None


@pytest.mark.parametrize("text", ["", "   ", "\n"])
@pytest.mark.parametrize("field", ["total_ttc", "invoice_date", "recipient_siret", "framework", "comment"])
def test_an_emptied_field_is_empty_and_no_problem(field: str, text: str) -> None:
    assert normalise(field, text) == ("", None)


@pytest.mark.parametrize("field", ["total_ht", "total_tva", "total_ttc", "amount_due"])
def test_every_amount_has_two_decimals(field: str) -> None:
    assert normalise(field, "1 800,5 €") == ("1800.50", None)
    assert normalise(field, "12") == ("12.00", None)


@pytest.mark.parametrize("field", ["invoice_date", "due_date"])
def test_every_date_is_written_the_iso_way(field: str) -> None:
    assert normalise(field, "3/4/2026") == ("2026-04-03", None)


@pytest.mark.parametrize("field", ["recipient_siret", "supplier_siret", "validator_siret"])
def test_every_siret_is_fourteen_digits(field: str) -> None:
    assert normalise(field, "110.002.011 00044") == ("11000201100044", None)
    assert normalise(field, "1100020110004A")[0] == ""


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("invoice_type", ["invoice", "credit_note"]),
        ("vat_regime", ["on_debits", "on_receipts", "exempt", "none"]),
        ("payment_method", ["cheque", "direct_debit", "transfer", "cash", "other", "carried_over"]),
        ("framework", ["A1", "A2", "A9", "A12"]),
    ],
)
def test_a_choice_is_one_of_the_portals(field: str, choices: list[str]) -> None:
    for choice in choices:
        assert normalise(field, choice) == (choice, None)
    assert normalise(field, "A3")[0] == ""


def test_three_digits_after_the_other_separator_are_decimals_and_too_many() -> None:
    assert parse_amount("1.234,567") == Decimal("1234.567")
    _, problem = normalise("total_ttc", "1.234,567")
    assert problem is not None
    assert problem.en == "at most two decimals."


def test_separators_in_no_order_are_no_amount() -> None:
    assert parse_amount("1.2,3.444") is None


def test_a_value_that_is_no_choice_is_answered_with_the_choices_in_order() -> None:
    _, problem = normalise("framework", "A3")
    assert problem is not None
    assert problem.fr == (
        "valeurs possibles : « A1 – Facture d'un fournisseur », « A2 – Facture déjà payée », "
        "« A9 – Facture d'un sous-traitant », « A12 – Facture d'un cotraitant »."
    )
    assert problem.en.startswith("one of: 'A1 – Supplier's invoice', 'A2 – Invoice already paid', ")


@pytest.mark.row("S33")
@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("invoice_type", "Avoir", "credit_note"),
        ("invoice_type", "FACTURE", "invoice"),
        ("invoice_type", "Credit note", "credit_note"),
        ("payment_method", "Virement", "transfer"),
        ("payment_method", "prélèvement SEPA", "direct_debit"),
        ("payment_method", "ESPECE", "cash"),
        ("payment_method", "Chèque", "cheque"),
        ("vat_regime", "TVA_SUR_DEBIT", "on_debits"),
        ("vat_regime", "Sur les débits", "on_debits"),
        ("vat_regime", "sur les encaissements", "on_receipts"),
        ("vat_regime", "Exonéré", "exempt"),
        ("vat_regime", "sans TVA", "none"),
        ("invoice_type", "« Avoir »", "credit_note"),
        ("payment_method", "Règlement par virement", "transfer"),
        ("payment_method", "Mandat administratif", "transfer"),
        ("payment_method", "PRLV", "direct_debit"),
        ("vat_regime", "TVA d’après les débits", "on_debits"),
        ("vat_regime", "Option pour le paiement de la taxe d'après les débits", "on_debits"),
        ("vat_regime", "Exonérée de TVA", "exempt"),
        ("framework", "A 1", "A1"),
        ("framework", "a12 : facture cotraitant", "A12"),
        ("framework", "A2 (déjà payée)", "A2"),
        ("framework", "a1", "A1"),
        ("framework", "A1_FACTURE_FOURNISSEUR", "A1"),
        ("framework", "Sous-traitant", "A9"),
        ("framework", "A12_FACTURE_COTRAITANT", "A12"),
        ("currency", "€", "EUR"),
        ("currency", "eur", "EUR"),
        ("currency", "Euros", "EUR"),
        ("currency", "chf", "CHF"),
    ],
)
def test_a_value_may_be_in_french_in_english_or_the_portals_code(field: FormFieldName, text: str, value: str) -> None:
    assert normalise(field, text) == (value, None)


def test_every_choice_has_its_words_and_no_word_is_of_two_values() -> None:
    choices = {name: row.choices for name, row in INVOICE_FIELDS.items() if row.choices}
    assert {name: tuple(values) for name, values in CHOICE_WORDS.items()} == choices
    for field, values in CHOICE_WORDS.items():
        for value, words in values.items():
            for word in (value, words.code, words.fr, words.en, *words.others):
                assert choice_called(field, word) == value


def test_the_codes_are_those_that_the_portal_is_sent() -> None:
    sent = {"vat_regime": wire.TypeTva, "payment_method": wire.ModePaiement, "framework": wire.CadreFacturation}
    for field, codes in sent.items():
        assert {words.code for words in CHOICE_WORDS[field].values()} == set(get_args(codes))


def test_a_texts_spaces_are_one_and_its_accents_composed() -> None:
    assert normalise("comment", "  re\u0301seau \n\t  d'eau ") == ("réseau d'eau", None)
