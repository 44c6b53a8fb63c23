"""Which error a person gets when the portal did not carry out a request."""

import pytest

from chorus_connector.domain.errors import Conflict, Transient
from chorus_connector.domain.portal.answers import (
    AnswerLost,
    CredentialsRefused,
    PortalFailure,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.usecases.portal.asking import not_answered


@pytest.mark.parametrize(
    ("failure", "kind", "code", "problems"),
    [
        (CredentialsRefused("missing"), Conflict, "credentials_unusable", ["credentials_missing"]),
        (CredentialsRefused("rights"), Conflict, "credentials_unusable", ["credentials_rights"]),
        (PortalUnreachable("429", blame="quota"), Conflict, "portal_quota_used_up", []),
        (PortalRefused("GDP_MSG_01.001", "Refusé."), Conflict, "portal_refused", []),
        (PortalUnreachable("connect"), Transient, "temporarily_unavailable", []),
        (CredentialsRefused("piste_application", passing=True), Transient, "temporarily_unavailable", []),
        (AnswerLost(), Transient, "temporarily_unavailable", []),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, PortalFailure) else None,
)
def test_only_an_outage_is_worth_a_retry_before_a_person_acts(
    failure: PortalFailure, kind: type[Exception], code: str, problems: list[str]
) -> None:
    error = not_answered(failure)
    assert (type(error), error.code, [each.code for each in error.problems]) == (kind, code, problems)
