"""The portal's known statuses, and the treatment of an unknown one."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.invoices.invoice import Deposit
from chorus_connector.domain.portal.pace import EVERY_TEN_MINUTES
from chorus_connector.domain.portal.status import (
    days_waited,
    is_end,
    known_statuses,
    meaning,
    neutral_code,
    neutral_statuses,
    payment_term,
    repair_for,
)
from chorus_connector.domain.portal.tracking import next_poll
from tests.builders import NOW

OFFICIAL = tomllib.loads(
    (Path(__file__).parents[3] / "tools" / "simulator" / "data" / "statuses.toml").read_text(encoding="utf-8")
)


def a_deposit(status: str, **changes: object) -> Deposit:
    return Deposit(chorus_id=1, invoice_number="F1", status=status, **changes)  # type: ignore[arg-type]


@pytest.mark.row("B07")
def test_every_official_status_has_french_and_english_words_and_says_who_must_act() -> None:
    assert set(known_statuses()) == set(OFFICIAL["ALL"])
    for each in known_statuses().values():
        assert each.fr
        assert each.en
        assert each.actor in ("supplier", "recipient", "nobody", "validator")


@pytest.mark.row("B07")
def test_what_the_portal_lists_for_the_supplier_waits_for_the_supplier() -> None:
    assert {code for code in OFFICIAL["SUPPLIER_MUST_ACT"] if meaning(code).actor != "supplier"} == set()


NEUTRAL = {
    "DEPOSEE": 200,
    "EN_COURS_ACHEMINEMENT": 201,
    "MISE_A_DISPOSITION": 203,
    "PRISE_EN_COMPTE_DESTINATAIRE": 204,
    "SERVICE_FAIT": 205,
    "MANDATEE": 205,
    "SUSPENDUE": 208,
    "COMPLETEE": 209,
    "REJETEE": 210,
    "MISE_EN_PAIEMENT": 211,
}


@pytest.mark.row("B07")
def test_ten_statuses_have_a_neutral_code_of_the_reform_and_the_others_have_none() -> None:
    assert {code: neutral_code(code) for code in known_statuses() if neutral_code(code)} == NEUTRAL
    assert (neutral_code("A_RECYCLER"), neutral_code("SOMETHING_NEW"), neutral_code(None)) == (None, None, None)


def test_the_neutral_codes_are_those_of_the_standard_and_have_words_in_both_languages() -> None:
    assert list(neutral_statuses()) == list(range(200, 214))
    assert all(each.fr and each.en for each in neutral_statuses().values())
    paid = meaning("MISE_EN_PAIEMENT").neutral
    assert paid is not None
    assert (paid.code, paid.fr, paid.en) == (211, "Paiement transmis", "Payment sent")


@pytest.mark.row("B07")
@given(st.text(max_size=40).filter(lambda code: code not in known_statuses()))
def test_an_unknown_status_is_shown_raw_and_waited_for(code: str) -> None:
    assert (meaning(code).fr, meaning(code).known) == (code, False)
    assert not is_end(code)
    assert repair_for(code) is None
    assert not a_deposit(code).waits_for_supplier


@pytest.mark.parametrize("status", ["MANDATEE", "MISE_A_DISPOSITION_COMPTABLE"])
def test_a_recipient_that_never_reports_payment_is_not_waited_for_after_the_order(status: str) -> None:
    assert is_end(status, reports_payment=False)
    assert not is_end(status, reports_payment=True)
    assert not is_end("SERVICE_FAIT", reports_payment=False)


@pytest.mark.parametrize(
    ("siret", "name", "days"),
    [
        ("11000201100044", "Ministère des Transports", 30),
        ("21750001600019", "Ville de Paris", 30),
        ("26750045200011", "Centre hospitalier de l'Est", 50),
        ("55204944776279", "Régie des transports", 60),
    ],
)
def test_the_term_of_payment_is_that_of_the_kind_of_body(siret: str, name: str, days: int) -> None:
    assert payment_term(siret, name).days == days


@pytest.mark.parametrize(("day", "days"), [(date(2026, 3, 28), 2), (date(2026, 10, 24), 2), (date(2027, 1, 1), 0)])
def test_days_waited_are_calendar_days_also_when_the_clock_changes(day: date, days: int) -> None:
    assert days_waited(day, min(day + timedelta(days=2), date(2026, 12, 31))) == days


@pytest.mark.row("S19")
@given(st.sampled_from(sorted(known_statuses())), st.timedeltas(timedelta(days=-1), timedelta(days=4000)))
def test_checks_become_rarer_and_never_stop_before_the_final_status(status: str, quiet: timedelta) -> None:
    at = next_poll(a_deposit(status, status_at=NOW - quiet), NOW)
    if is_end(status):
        assert at is None
    else:
        assert at is not None
        assert EVERY_TEN_MINUTES <= at - NOW <= timedelta(days=1)
        later = next_poll(a_deposit(status, status_at=NOW - quiet - timedelta(days=1)), NOW)
        assert later is not None
        assert later >= at
