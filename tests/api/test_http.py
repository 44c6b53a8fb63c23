"""Errors and versions over HTTP: which status each error has, and what a change must say it starts from."""

import json
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chorus_connector.api.http import PreconditionRequired, _unforeseen, if_match, problem_response
from chorus_connector.domain.errors import (
    AlreadyExists,
    Conflict,
    ConnectorError,
    Forbidden,
    Invalid,
    NotFound,
    StaleWrite,
    Transient,
    WrongState,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(), 404),
        (Forbidden("use"), 403),
        (StaleWrite(), 412),
        (PreconditionRequired(), 428),
        (WrongState("READY", "complete"), 409),
        (AlreadyExists("", ""), 409),
        (Conflict("c", "", ""), 409),
        (Invalid("", ""), 422),
        (Transient("", ""), 503),
        (ConnectorError("", ""), 500),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, ConnectorError) else str(each),
)
def test_each_error_has_its_status_and_its_stable_code(error: ConnectorError, status: int) -> None:
    answered = problem_response(error)
    body = json.loads(answered.body or "")
    assert (answered.status_code, body["status"], body["code"]) == (status, status, error.code)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ClientError({"Error": {"Code": "ThrottlingException", "Message": "secret"}}, "Query"), 503),
        (ClientError({"Error": {"Code": "MessageRejected", "Message": "secret"}}, "SendEmail"), 503),
        (ClientError({"Error": {"Code": "LimitExceededException", "Message": "secret"}}, "SendEmail"), 503),
        (ClientError({"Error": {"Code": "LimitExceededException", "Message": "secret"}}, "StartJob"), 500),
        (ClientError({"Error": {"Code": "AccessDeniedException", "Message": "secret"}}, "Query"), 500),
        (KeyError("secret"), 500),
    ],
)
def test_an_overload_may_be_asked_again_and_a_bug_is_to_be_reported(error: Exception, status: int) -> None:
    answered = _unforeseen(error)
    assert answered.status_code == HTTPStatus(status)
    assert "secret" not in (answered.body or "")


def a_change(**headers: str) -> Any:
    """A request with these headers as a route sees it."""
    return SimpleNamespace(current_event=SimpleNamespace(headers=headers))


@pytest.mark.parametrize("etag", ['"7"', 'W/"7"', "7", ' "7" ', '"7-Zx_9-a"', 'W/"7-Zx"'])
def test_a_change_names_the_version_it_starts_from(etag: str) -> None:
    assert if_match(a_change(**{"if-match": etag})) == 7


@pytest.mark.parametrize("headers", [{}, {"if-match": ""}, {"if-match": "*"}, {"if-match": " * "}])
def test_a_change_that_names_no_version_is_asked_for_it(headers: dict[str, str]) -> None:
    with pytest.raises(PreconditionRequired):
        if_match(a_change(**headers))


@pytest.mark.parametrize("etag", ['"abc"', '"7", "8"', '"-1"', '"٧"', '""', '"7-"', '"7-a b"', '"' + 19 * "9" + '"'])
def test_an_etag_that_is_none_of_ours_is_of_no_version_we_have(etag: str) -> None:
    with pytest.raises(StaleWrite):
        if_match(a_change(**{"if-match": etag}))
