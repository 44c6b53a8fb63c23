"""Sign-in and sessions: what the browser, the table and the pool get, and what must never happen."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from console.app import respond
from console.browser import SESSION_COOKIE, SIGN_IN_COOKIE
from console.routes.signing import own_page
from console.sealing import NotSealedHere, Sealer
from console.sessions import SESSION_LENGTH, Sessions, Tokens
from console.sign_in import SignIn, SignInFailed, SignInUnavailable
from tests.console.browsing import HERE, SIGNED_IN, Browser, FakeTable, event, signed_in, token

TOKENS = Tokens(token(), SIGNED_IN + timedelta(minutes=15), "the refresh token")
ANSWER = {"access_token": token("léa"), "refresh_token": "r", "expires_in": 900}


class Pool:
    """The token endpoint; `answers` are given in turn."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.forms = list(answers), []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.forms.append((request.url.path, parse_qs(request.content.decode()), request.headers["authorization"]))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def a_sign_in(pool: Pool) -> SignIn:
    return SignIn(HERE, "secret", Sealer("key"), httpx.Client(transport=httpx.MockTransport(pool)))


def begun(sign_in: SignIn) -> tuple[str, str, str]:
    """The cookie, the state and the challenge of a sign-in that has begun."""
    found = sign_in.begin("/console/suppliers", now=SIGNED_IN, language="fr")
    query = parse_qs(urlsplit(found.url).query)
    return found.cookie, query["state"][0], query["code_challenge"][0]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_sign_in_page_is_asked_for_in_the_persons_language(language: str) -> None:
    found = a_sign_in(Pool()).begin("/console/suppliers", now=SIGNED_IN, language=language)
    assert parse_qs(urlsplit(found.url).query)["lang"] == [language]


def test_a_sign_in_redeems_its_code_with_the_verifier_of_its_challenge() -> None:
    import base64
    import hashlib

    pool = Pool(httpx.Response(200, json=ANSWER))
    sign_in = a_sign_in(pool)
    cookie, state, challenge = begun(sign_in)
    done = sign_in.finish(cookie, state=state, code="c", now=SIGNED_IN)
    ((path, form, authorization),) = pool.forms
    digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
    assert (path, authorization[:5]) == ("/oauth2/token", "Basic")
    assert (done.user_name, done.return_to) == ("léa", "/console/suppliers")
    assert done.tokens.access_until == SIGNED_IN + timedelta(seconds=900)


def test_a_sign_in_of_another_browser_another_state_or_yesterday_is_refused() -> None:
    sign_in = a_sign_in(Pool())
    cookie, state, _ = begun(sign_in)
    for given, stated, now in (
        ("", state, SIGNED_IN),
        ("A" * 40, state, SIGNED_IN),
        (cookie, "another", SIGNED_IN),
        (cookie, "", SIGNED_IN),
        (cookie, state, SIGNED_IN + timedelta(minutes=15)),
    ):
        with pytest.raises(SignInFailed):
            sign_in.finish(given, state=stated, code="c", now=now)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), SignInFailed),
        (httpx.Response(503), SignInUnavailable),
        (httpx.ConnectError("down"), SignInUnavailable),
    ],
)
def test_a_pool_that_refuses_is_no_outage_and_an_outage_is_no_refusal(
    answer: httpx.Response | Exception, error: type[Exception]
) -> None:
    with pytest.raises(error):
        a_sign_in(Pool(answer)).renewed(TOKENS, now=SIGNED_IN)


def test_the_table_has_no_token_no_name_and_no_cookie() -> None:
    table = FakeTable()
    session = Sessions(table, "sessions", Sealer("key")).begin(TOKENS, user_name="Léa Martin", now=SIGNED_IN)
    stored = json.dumps(table.items, default=str, ensure_ascii=False)
    for secret in (TOKENS.access, TOKENS.refresh, "Léa Martin", session.cookie):
        assert secret not in stored


def test_a_session_ends_with_its_time_also_before_the_table_has_deleted_it() -> None:
    sessions = Sessions(FakeTable(), "sessions", Sealer("key"))
    session = sessions.begin(TOKENS, user_name="lea", now=SIGNED_IN)
    end = SIGNED_IN + SESSION_LENGTH
    assert sessions.get(session.cookie, now=end - timedelta(seconds=1)) == session
    assert sessions.get(session.cookie, now=end) is None
    assert sessions.get("another", now=SIGNED_IN) is None


def test_a_session_under_another_key_or_moved_to_another_cookie_is_none() -> None:
    table = FakeTable()
    session = Sessions(table, "sessions", Sealer("key")).begin(TOKENS, user_name="lea", now=SIGNED_IN)
    assert Sessions(table, "sessions", Sealer("another")).get(session.cookie, now=SIGNED_IN) is None
    other = Sessions(table, "sessions", Sealer("key")).begin(TOKENS, user_name="max", now=SIGNED_IN)
    mine, theirs = table.items.values()
    table.items = {mine["id"]["S"]: {**theirs, "id": mine["id"]}}
    assert Sessions(table, "sessions", Sealer("key")).get(session.cookie, now=SIGNED_IN) is None
    assert Sessions(table, "sessions", Sealer("key")).get(other.cookie, now=SIGNED_IN) is None


def test_what_is_sealed_for_one_purpose_opens_for_no_other() -> None:
    sealed = Sealer("key").seal("text", about="one")
    assert Sealer("key").open(sealed, about="one") == "text"
    with pytest.raises(NotSealedHere):
        Sealer("key").open(sealed, about="two")


def test_a_page_without_a_session_leads_to_the_sign_in_and_back(browser: Browser) -> None:
    answer = respond(event("GET", "/console/suppliers/s1/documents", "counter=held"))
    assert answer["statusCode"] == 303
    assert answer["headers"]["Location"].startswith("https://sign-in.example.org/oauth2/authorize?")
    assert any(each.startswith(f"{SIGN_IN_COOKIE}=") and "HttpOnly" in each for each in answer["cookies"])
    assert not browser.api.requests


def test_a_form_without_the_sessions_mark_changes_nothing(browser: Browser) -> None:
    answer = browser.post("/suppliers/s1/notifications/read", {"action": "all"}, csrf=False)
    assert answer["statusCode"] == 403
    assert not browser.api.requests


def test_a_form_sent_after_the_session_says_that_nothing_was_saved(browser: Browser) -> None:
    browser.table.items.clear()
    answer = browser.post("/suppliers/s1/notifications/read", {"action": "all"})
    assert answer["statusCode"] == 401
    assert "n'a pas été enregistré" in answer["body"].replace("&#39;", "'")
    assert not browser.api.requests


def test_an_access_token_at_its_end_is_renewed_before_the_page_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Tokens("old", datetime.now(UTC) + timedelta(seconds=30), "refresh")
    browser = signed_in(monkeypatch, tokens=over)
    new = {"access_token": token(), "expires_in": 900}
    renewing = a_sign_in(Pool(httpx.Response(200, json=new)))
    monkeypatch.setattr("console.screens.sign_in", lambda: renewing)
    assert browser.get("/suppliers")["statusCode"] == 200
    assert {each.headers["authorization"] for each in browser.api.requests} == {f"Bearer {token()}"}
    monkeypatch.setattr("console.screens.sign_in", lambda: a_sign_in(Pool()))
    assert browser.get("/suppliers")["statusCode"] == 200  # the renewed token was kept


def test_a_refused_renewal_ends_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Tokens("old", datetime.now(UTC), "refresh")
    browser = signed_in(monkeypatch, tokens=over)
    monkeypatch.setattr("console.screens.sign_in", lambda: a_sign_in(Pool(httpx.Response(400))))
    assert browser.get("/suppliers")["statusCode"] in (303, 500)
    assert not browser.table.items


def test_a_sign_out_deletes_the_session_and_revokes_the_refresh_token(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(httpx.Response(200))
    monkeypatch.setattr("console.routes.signing.sign_in", lambda: a_sign_in(pool))
    answer = browser.post("/sign-out")
    assert not browser.table.items
    assert pool.forms[0][0] == "/oauth2/revoke"
    assert pool.forms[0][1]["token"] == ["refresh"]
    assert answer["headers"]["Location"].startswith("https://sign-in.example.org/logout?")


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example.org/console",
        "//evil.example.org/console",
        "/\\evil.example.org/console",
        "/console\\@evil",
        "javascript:alert(1)",
        "/consolex\r\nSet-Cookie: a=b",
        "/other",
        "/console/sign-in?to=/console",
        "",
    ],
)
def test_a_way_back_never_leads_out_of_the_console(path: str) -> None:
    assert own_page(path) == "/console/suppliers"


def test_a_way_back_leads_to_the_page_that_was_asked_for() -> None:
    assert own_page("/console/suppliers/s1/documents?counter=held") == "/console/suppliers/s1/documents?counter=held"


def test_every_answer_has_the_security_headers(browser: Browser) -> None:
    answers = [
        browser.get("/suppliers"),
        browser.get("/nothing"),
        browser.get("/static/console.css"),
        respond(event("GET", "/console")),
    ]
    for answer in answers:
        policy = answer["headers"]["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer["headers"]["X-Content-Type-Options"] == "nosniff"
    assert answers[0]["headers"]["Cache-Control"] == "no-store"


def test_a_session_cookie_cannot_be_read_or_sent_by_another_site(browser: Browser) -> None:
    answer = respond(event("GET", "/console/suppliers"))
    for cookie in answer["cookies"]:
        assert cookie.startswith("__Host-")
        assert all(word in cookie for word in ("Path=/", "Secure", "HttpOnly", "SameSite=Lax"))
    assert SESSION_COOKIE.startswith("__Host-")


def test_a_problem_of_the_api_is_explained_in_its_own_words(browser: Browser) -> None:
    problem = {"title": "Interdit", "detail": "Demandez le droit « use ».", "code": "forbidden", "problems": []}
    browser.api.plan("invoices.counts", problem, status=403)
    answer = browser.get("/suppliers/s1/documents")
    assert answer["statusCode"] == 403
    assert "Demandez le droit « use »." in answer["body"]


def test_an_api_that_does_not_answer_is_a_503_page(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    monkeypatch.setattr("console.screens.shared_http", lambda: httpx.Client(transport=httpx.MockTransport(down)))
    answer = browser.get("/suppliers")
    assert answer["statusCode"] == 503
    assert "Rien n&#39;est perdu" in answer["body"]
