"""Which error a person gets when the portal did not carry out a request."""

from datetime import timedelta

import pytest

from chorus_connector.domain.errors import Conflict, Transient
from chorus_connector.domain.portal.answers import (
    AnswerLost,
    CredentialsRefused,
    PortalFailure,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.usecases.portal.asking import not_answered, nothing_kept


@pytest.mark.parametrize(
    ("failure", "kind", "code", "problems"),
    [
        (CredentialsRefused("missing"), Conflict, "credentials_unusable", ["credentials_missing"]),
        (CredentialsRefused("rights"), Conflict, "credentials_unusable", ["credentials_rights"]),
        (PortalUnreachable("429", blame="quota"), Conflict, "portal_quota_used_up", []),
        (PortalRefused("GDP_MSG_01.001", "Refusé."), Conflict, "portal_refused", []),
        (PortalUnreachable("connect"), Transient, "temporarily_unavailable", ["portal_unavailable"]),
        (
            CredentialsRefused("piste_application", passing=True),
            Transient,
            "temporarily_unavailable",
            ["portal_unavailable"],
        ),
        (AnswerLost(), Transient, "temporarily_unavailable", ["portal_unavailable"]),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, PortalFailure) else None,
)
def test_only_an_outage_is_worth_a_retry_before_a_person_acts(
    failure: PortalFailure, kind: type[Exception], code: str, problems: list[str]
) -> None:
    error = not_answered(failure)
    assert (type(error), error.code, [each.code for each in error.problems]) == (kind, code, problems)


def test_a_call_that_kept_nothing_says_so_and_until_when_the_pause_lasts() -> None:
    for paused, fr, en in ((None, "plus tard.", "later."), (timedelta(seconds=61), "dans 2 min.", "in 2 min.")):
        for error in (not_answered(PortalUnreachable("open", paused)), nothing_kept(PortalUnreachable("open", paused))):
            assert isinstance(error, Transient)
            assert error.retry_in == paused
            assert error.fr.endswith(fr)
            assert error.en.endswith(en)
            assert "partira" not in error.fr
    assert "rien n'a été enregistré" in nothing_kept(PortalUnreachable("down")).fr


def test_values_that_the_portal_refuses_are_a_conflict_and_no_outage() -> None:
    assert type(nothing_kept(PortalRefused("GDP_MSG_01.001", "Refusé."))) is Conflict
