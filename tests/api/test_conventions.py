"""What every answer promises, on plain events and answers: keys, cursors, ETags, language."""

import base64
import itertools
import json
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chorus_connector.api.conventions import ONCE_ONLY, Conventions, language
from chorus_connector.api.http import if_match
from chorus_connector.domain.errors import ConnectorError
from tests.builders import NOW
from tests.fakes import FakeKeptAnswers

PROBLEM = "application/problem+json"
_REQUESTS = itertools.count(1)
API = Path(__file__).parents[2] / "shared" / "chorus_connector" / "api"


class Api:
    """A route that counts its calls behind the conventions."""

    def __init__(self) -> None:
        self.calls = 0
        self.now: datetime = NOW
        self.rights = frozenset({"use"})
        self.answer: dict[str, Any] = json_answer({"done": True}, 201)
        self.failure: BaseException | None = None
        kept = FakeKeptAnswers()
        self.conventions = Conventions(
            answers=lambda: kept,
            rights=lambda _: self.rights,
            refusal=refusal,
            key=lambda: b"a key of the installation",
            now=lambda: self.now,
        )

    def respond(self, event: dict[str, Any]) -> dict[str, Any]:
        self.calls += 1
        self.seen = event
        if self.failure is not None:
            raise self.failure
        return {**self.answer, "headers": dict(self.answer["headers"])}

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        return self.conventions.keep(event, self.respond)


def json_answer(body: Any, status: int = 200, **headers: str) -> dict[str, Any]:
    return {
        "statusCode": status,
        "body": json.dumps(body),
        "headers": {"Content-Type": "application/json", **headers},
        "isBase64Encoded": False,
    }


def refusal(error: ConnectorError) -> dict[str, Any]:
    body = {"code": error.code, "fr": error.fr, "en": error.en}
    return {**json_answer(body, 422), "headers": {"Content-Type": PROBLEM}}


def a_post(
    *, key: str | None = "k", body: str = "{}", by: str = "alice", path: str = "/suppliers/s1/x"
) -> dict[str, Any]:
    return an_event("POST", path, headers={"idempotency-key": key} if key is not None else {}, body=body, by=by)


def a_get(
    path: str = "/suppliers/s1/invoices", *, headers: dict[str, str] | None = None, **query: str
) -> dict[str, Any]:
    return an_event("GET", path, headers=headers or {}, query=query)


def an_event(
    method: str,
    path: str,
    *,
    headers: dict[str, str],
    body: str = "",
    by: str = "alice",
    query: dict[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "body": body,
        "queryStringParameters": query or {},
        "requestContext": {
            "http": {"method": method},
            "requestId": f"r{next(_REQUESTS)}",
            "authorizer": {"jwt": {"claims": {"sub": by}}},
        },
    }


# --- the same request twice ----------------------------------------------------------------------------------


@pytest.mark.row("B06")
def test_a_repeated_post_is_answered_as_the_first_and_done_once() -> None:
    api = Api()
    first, second = api.call(a_post()), api.call(a_post())
    assert api.calls == 1
    assert second["statusCode"] == 201
    assert second["body"] == first["body"]
    assert second["headers"]["Idempotent-Replayed"] == "true"


@pytest.mark.row("B06")
def test_without_a_key_every_post_is_its_own() -> None:
    api = Api()
    for _ in range(2):
        api.call(a_post(key=None))
    assert api.calls == 2


@pytest.mark.row("B06")
def test_a_key_is_its_callers_and_its_paths_alone() -> None:
    api = Api()
    for event in (a_post(), a_post(by="bob"), a_post(path="/suppliers/s2/x")):
        api.call(event)
    assert api.calls == 3


@pytest.mark.row("B06")
def test_the_same_key_with_another_body_is_refused() -> None:
    api = Api()
    api.call(a_post())
    refused = api.call(a_post(body='{"other": 1}'))
    assert json.loads(refused["body"])["code"] == "idempotency_key_reused"
    assert api.calls == 1


@pytest.mark.row("B06")
def test_a_request_that_is_still_under_way_is_not_done_twice() -> None:
    api = Api()
    answers: list[dict[str, Any]] = []
    api.respond, inner = lambda event: (answers.append(api.call(a_post())), inner(event))[1], api.respond  # type: ignore[method-assign]
    api.conventions.keep(a_post(), api.respond)
    assert json.loads(answers[0]["body"])["code"] == "idempotency_in_progress"
    assert api.calls == 1


@pytest.mark.row("B06")
@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": 409, "body": '{"fr": "x", "en": "x"}', "headers": {"Content-Type": PROBLEM}},
        {"statusCode": 503, "body": "{}", "headers": {"Content-Type": "application/json"}},
    ],
)
def test_what_did_nothing_frees_its_key(answer: dict[str, Any]) -> None:
    api = Api()
    api.answer = answer
    api.call(a_post())
    api.answer = json_answer({"done": True}, 201)
    assert api.call(a_post())["statusCode"] == 201


@pytest.mark.row("B06")
def test_a_form_that_shows_problems_is_an_answer_and_is_kept() -> None:
    api = Api()
    api.answer = json_answer({"complete": False}, 422)
    api.call(a_post())
    assert api.call(a_post())["statusCode"] == 422
    assert api.calls == 1


@pytest.mark.row("B06")
def test_a_crash_frees_the_key() -> None:
    api = Api()
    api.failure = RuntimeError("bug")
    with pytest.raises(RuntimeError):
        api.call(a_post())
    api.failure = None
    assert api.call(a_post())["statusCode"] == 201


@pytest.mark.row("S15")
def test_an_answer_given_under_a_right_is_not_repeated_when_the_right_is_gone() -> None:
    api = Api()
    api.call(a_post())
    api.rights = frozenset()
    assert json.loads(api.call(a_post())["body"])["code"] == "not_found"
    api.rights = frozenset({"use", "administer"})
    assert api.call(a_post())["statusCode"] == 201


@pytest.mark.row("S40")
def test_an_answer_given_under_a_label_is_not_repeated_when_the_label_is_gone() -> None:
    api = Api()
    api.rights = frozenset({"use", "sees Service=nord", "sees Service=sud"})
    api.call(a_post())
    for fewer in ({"use", "sees Service=nord"}, {"use", "sees Bureau=nord", "sees Bureau=sud"}, {"sees everything"}):
        api.rights = frozenset(fewer)
        assert json.loads(api.call(a_post())["body"])["code"] == "not_found"
    api.rights = frozenset({"use", "sees everything"})
    assert api.call(a_post())["statusCode"] == 201


@pytest.mark.row("S40")
def test_an_answer_of_one_who_saw_everything_is_not_repeated_to_one_who_sees_less() -> None:
    api = Api()
    api.rights = frozenset({"use", "sees everything"})
    api.call(a_post())
    api.rights = frozenset({"use", "sees Service=nord"})
    assert json.loads(api.call(a_post())["body"])["code"] == "not_found"


@pytest.mark.row("B06")
def test_an_answer_with_a_secret_is_not_kept() -> None:
    api = Api()
    api.answer = json_answer({"secret": "whsec_"}, 201, **{ONCE_ONLY: "1"})
    assert "whsec_" in api.call(a_post())["body"]
    again = api.call(a_post())
    assert "whsec_" not in again["body"]
    assert json.loads(again["body"])["code"] == "answered_once"


@pytest.mark.row("B06")
def test_after_a_day_a_key_is_a_new_one() -> None:
    api = Api()
    api.call(a_post())
    api.now = NOW + timedelta(hours=25)
    api.call(a_post())
    assert api.calls == 2


@pytest.mark.row("B06")
@pytest.mark.parametrize("key", ["", "x" * 256, "line\nbreak"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    api = Api()
    assert json.loads(api.call(a_post(key=key))["body"])["code"] == "invalid"
    assert api.calls == 0


# --- cursors -------------------------------------------------------------------------------------------------


def page_of(api: Api, inner: str, path: str = "/suppliers/s1/invoices", **query: str) -> str:
    api.answer = json_answer({"invoices": [], "cursor": inner})
    return str(json.loads(api.call(a_get(path, **query))["body"])["cursor"])


@pytest.mark.row("B06")
@given(st.text("abcdef0123456789_-.", min_size=1, max_size=80))
def test_the_store_sees_its_own_cursor_again(inner: str) -> None:
    api = Api()
    sealed = page_of(api, inner, state="READY")
    api.call(a_get(state="READY", cursor=sealed, limit="7"))
    assert api.seen["queryStringParameters"]["cursor"] == inner


@pytest.mark.row("B06")
@pytest.mark.parametrize(
    "other",
    [
        {"path": "/suppliers/s2/invoices", "state": "READY"},
        {"path": "/suppliers/s1/tracking", "state": "READY"},
        {"state": "HELD"},
        {},
        {"state": "READY", "more": "1"},
    ],
)
def test_a_cursor_is_refused_for_another_list_or_filter(other: dict[str, str]) -> None:
    api = Api()
    sealed = page_of(api, "inner", state="READY")
    calls = api.calls
    assert api.call(a_get(cursor=sealed, **other))["statusCode"] == 422
    assert api.calls == calls


@pytest.mark.row("B06")
@given(st.text(max_size=60))
def test_a_cursor_that_was_not_given_is_refused(text: str) -> None:
    api = Api()
    assert api.call(a_get(cursor=text))["statusCode"] == 422


@pytest.mark.row("B06")
@given(st.sampled_from(["ATTACHMENT#91ee0f", "INVOICE#d1", "0123456789ab", "SUPPLIER#s1"]))
def test_a_cursor_shows_nothing_of_the_key_it_continues_from(inner: str) -> None:
    sealed = page_of(Api(), inner)
    readings = (sealed.encode(), *(base64.urlsafe_b64decode(part + "==") for part in sealed.split(".")))
    assert not any(inner[at : at + 4].encode() in reading for reading in readings for at in range(len(inner) - 3))


@pytest.mark.row("B06")
@pytest.mark.parametrize("inner", ["a", "ab", "abc"])
def test_a_cursor_with_any_other_last_letter_is_refused(inner: str) -> None:
    api = Api()
    sealed = page_of(api, inner)
    for letter in "ABCDEFGHQRSTgwx0123456789-_=":
        changed = sealed[:-1] + letter
        assert changed == sealed or api.call(a_get(cursor=changed))["statusCode"] == 422


@pytest.mark.row("B06")
def test_the_same_page_has_the_same_cursor_so_that_its_etag_stays() -> None:
    api = Api()
    assert page_of(api, "INVOICE#d1") == page_of(api, "INVOICE#d1")


@pytest.mark.row("B06")
def test_a_cursor_that_was_only_signed_is_refused_by_its_code() -> None:
    """Cursors of the version before this one: base64 of the key, a dot and a signature."""
    refused = Api().call(a_get(cursor="eyJQSyI6IHsiUyI6ICJTVVBQTElFUiNzMSJ9fQ.4Q7fJv3n0cZy0Qw1bX2mPq8r"))
    assert json.loads(refused["body"])["code"] == "unknown_cursor"


@pytest.mark.row("B06")
def test_the_last_page_has_no_cursor_to_seal() -> None:
    api = Api()
    api.answer = json_answer({"invoices": ['"cursor": "'], "cursor": None})
    assert json.loads(api.call(a_get())["body"])["cursor"] is None


# --- etags ---------------------------------------------------------------------------------------------------


@pytest.mark.row("B06")
def test_a_read_has_an_etag_and_the_same_again_is_a_304_without_a_body() -> None:
    api = Api()
    api.answer = json_answer({"a": 1})
    etag = api.call(a_get())["headers"]["ETag"]
    again = api.call(a_get(headers={"if-none-match": f'"other", {etag}'}))
    assert (again["statusCode"], again["body"], again["headers"]["ETag"]) == (304, "", etag)
    api.answer = json_answer({"a": 2})
    assert api.call(a_get(headers={"if-none-match": etag}))["statusCode"] == 200


@pytest.mark.row("B06")
def test_a_versions_etag_begins_with_it_and_is_compared_weakly() -> None:
    api = Api()
    api.answer = json_answer({"a": 1}, ETag='"7"')
    etag = api.call(a_get())["headers"]["ETag"]
    assert etag.startswith('"7-')
    assert api.call(a_get(headers={"if-none-match": f"W/{etag}"}))["statusCode"] == 304
    assert api.call(a_get(headers={"if-none-match": '"7"'}))["statusCode"] == 200, (
        "a version alone does not say which answer the caller has"
    )


@pytest.mark.parametrize("method", ["PATCH", "PUT", "POST", "DELETE"])
def test_a_change_answers_with_the_etag_that_the_next_read_has(method: str) -> None:
    api = Api()
    api.answer = json_answer({"a": 1}, ETag='"7"')
    changed = api.call(an_event(method, "/suppliers/s1/x", headers={}))
    assert changed["statusCode"] == 200
    assert api.call(a_get("/suppliers/s1/x"))["headers"]["ETag"] == changed["headers"]["ETag"]


BODIES = st.dictionaries(st.sampled_from("ab"), st.sampled_from([0, 1, "0", "é", None, [0]]), max_size=2)


@given(st.lists(st.tuples(BODIES, st.sampled_from([None, 1, 11])), min_size=2, max_size=2))
@example([({"done": False}, 1), ({"done": True}, 1)])
def test_two_answers_have_the_same_etag_only_when_nothing_in_them_differs(two: list[tuple[Any, int | None]]) -> None:
    api, tags = Api(), []
    for body, version in two:
        api.answer = json_answer(body, **({} if version is None else {"ETag": f'"{version}"'}))
        tags.append(api.call(a_get())["headers"]["ETag"])
    bodies = [(json.dumps(body), version) for body, version in two]
    assert (tags[0] == tags[1]) == (bodies[0] == bodies[1])
    for (_, version), tag in zip(two, tags, strict=True):
        if version is not None:
            request: Any = SimpleNamespace(current_event=SimpleNamespace(headers={"if-match": tag}))
            assert if_match(request) == version


def test_no_route_writes_an_etag_of_its_own() -> None:
    places = {path.name for path in API.rglob("*.py") if '"ETag"' in path.read_text("utf-8")}
    assert places == {"http.py", "conventions.py"}


@pytest.mark.row("B06")
def test_what_was_refused_is_never_a_304() -> None:
    api = Api()
    api.answer = {"statusCode": 404, "body": '{"fr": "x", "en": "y"}', "headers": {"Content-Type": PROBLEM}}
    assert api.call(a_get(headers={"if-none-match": "*"}))["statusCode"] == 404


# --- language ------------------------------------------------------------------------------------------------


@pytest.mark.row("B06")
@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("fr-FR,en;q=0.9", "fr"),
        ("en-GB,fr;q=0.8", "en"),
        ("de;q=1, fr;q=0.2", "fr"),
        ("fr;q=0", "en"),
        ("fr;q=nonsense, en;q=0.1", "en"),
        ("*", "en"),
    ],
)
def test_the_language_is_the_callers(accepted: str | None, spoken: str) -> None:
    assert language(accepted) == spoken


@pytest.mark.row("B06")
@given(st.text(max_size=40))
def test_any_accept_language_gives_a_language(accepted: str) -> None:
    assert language(accepted) in {"fr", "en"}


@pytest.mark.row("B06")
def test_a_problem_has_its_title_and_detail_in_the_callers_language_and_both_beside() -> None:
    api = Api()
    api.answer = {"statusCode": 404, "body": '{"fr": "non", "en": "no"}', "headers": {"Content-Type": PROBLEM}}
    answer = api.call(a_get(headers={"Accept-Language": "fr"}))
    assert json.loads(answer["body"]) == {"fr": "non", "en": "no", "title": "Introuvable", "detail": "non"}
    assert (answer["headers"]["Content-Language"], answer["headers"]["Vary"]) == ("fr", "Accept-Language")
