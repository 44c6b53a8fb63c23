"""A supplier's keys: two modes, never shown, and an expiry notified in time."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.portal.credentials import (
    CREDENTIALS,
    CertificateCredentials,
    CredentialsStatus,
    OAuthCredentials,
    codes_to_announce,
    credentials_from,
    expiry_problem,
    password_expiry,
)
from chorus_connector.domain.problem import Problem
from tests.builders import NOW

ACCOUNT = {"technical_login": "TECH_1@cpro.fr", "technical_password": "pass-word"}
PISTE = {**ACCOUNT, "client_id": "the-id", "client_secret": "the-secret"}
CERTIFICATE = {**ACCOUNT, "mode": "certificate", "certificate": "QUJD", "certificate_password": "opens-it"}


def test_without_a_mode_they_are_oauth_piste_as_the_secrets_kept_so_far() -> None:
    assert isinstance(credentials_from(PISTE), OAuthCredentials)
    assert isinstance(credentials_from(CERTIFICATE), CertificateCredentials)


@pytest.mark.parametrize("given_keys", [PISTE, CERTIFICATE], ids=["oauth_piste", "certificate"])
def test_what_is_revealed_for_the_secret_store_reads_back_the_same(given_keys: dict[str, str]) -> None:
    keys = credentials_from(given_keys)
    assert CREDENTIALS.validate_python(keys.reveal()) == keys


@pytest.mark.parametrize("given_keys", [PISTE, CERTIFICATE], ids=["oauth_piste", "certificate"])
def test_no_secret_shows_in_a_repr(given_keys: dict[str, str]) -> None:
    shown = repr(credentials_from(given_keys))
    assert not [value for name, value in given_keys.items() if name != "mode" and value in shown]


@pytest.mark.parametrize(
    ("given_keys", "missing"),
    [(ACCOUNT, ["client_id", "client_secret"]), ({**ACCOUNT, "mode": "certificate"}, ["certificate"])],
)
def test_what_a_mode_needs_and_is_not_there_is_named(given_keys: dict[str, str], missing: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        credentials_from(given_keys)
    assert [problem.field for problem in refusal.value.problems] == missing


def test_the_password_ends_when_the_portal_says_else_424_days_after_it_was_saved() -> None:
    told = NOW + timedelta(days=3)
    assert password_expiry(told, NOW) == told
    assert password_expiry(None, NOW) == NOW + timedelta(days=424)


@given(st.integers(-10, 40))
def test_an_expiry_is_notified_from_fifteen_days_before(days: int) -> None:
    problem = expiry_problem(NOW + timedelta(days=days), NOW)
    assert (problem is not None) == (days <= 15)
    assert problem is None or not problem.blocking


def status(*codes: str, at: datetime = NOW, expires_in: int = 100) -> CredentialsStatus:
    problems = (Problem(field=None, code=c, fr="", en="", blocking=c.startswith("credentials")) for c in codes)
    return CredentialsStatus(
        probed_at=at, problems=tuple(problems), password_expires_at=at + timedelta(days=expires_in)
    )


def test_each_new_finding_is_notified_once() -> None:
    refused = status("credentials_structure")
    assert codes_to_announce(None, refused) == ("credentials_structure",)
    assert codes_to_announce(refused, refused) == ()
    assert codes_to_announce(refused, status()) == ("credentials_work_again",)


def test_an_expiry_is_recalled_on_its_last_days_and_once_a_day() -> None:
    told = []
    before = status("password_expires_soon", at=NOW - timedelta(days=20), expires_in=35)
    for days_left in range(14, -1, -1):
        for hour in (0, 2):
            at = NOW + timedelta(days=14 - days_left, hours=hour)
            after = status("password_expires_soon", at=at, expires_in=days_left)
            if codes_to_announce(before, after):
                told.append(days_left)
            before = after
    assert told == [7, 3, 1, 0]


@pytest.mark.parametrize("given_keys", [PISTE, CERTIFICATE], ids=["oauth_piste", "certificate"])
def test_credentials_that_are_checked_already_keep_their_mode(given_keys: dict[str, str]) -> None:
    keys = credentials_from(given_keys)
    assert CREDENTIALS.validate_python(keys) == keys
