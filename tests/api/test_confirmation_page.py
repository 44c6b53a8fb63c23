"""The page behind an e-mail's link: a scanner that opens it confirms nothing, and it shows nothing of a request."""

from typing import Any

import pytest

from chorus_connector.api.confirmation_page import confirmation_page
from chorus_connector.usecases.notifications.addresses import ConfirmationToken

TOKEN = f"s1.{'0' * 32}.{'a' * 43}"


class Page:
    """The page, and the tokens whose button was pressed."""

    def __init__(self, *, valid: bool = True) -> None:
        self.pressed: list[ConfirmationToken] = []
        self._valid = valid

    def _confirm(self, token: ConfirmationToken) -> bool:
        self.pressed.append(token)
        return self._valid

    def ask(self, method: str, token: str = TOKEN, language: str = "fr") -> dict[str, Any]:
        event = {
            "headers": {"Accept-Language": language, "Idempotency-Key": "k", "Host": "evil.example"},
            "pathParameters": {"token": token},
            "requestContext": {"http": {"method": method}},
        }
        return confirmation_page(event, confirm=self._confirm)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_page_confirms_nothing(method: str) -> None:
    page = Page()
    shown = page.ask(method)
    assert (shown["statusCode"], page.pressed) == (200, [])
    assert '<form method="post"><button>' in shown["body"]


def test_the_button_confirms() -> None:
    page = Page()
    done = page.ask("POST")
    assert (done["statusCode"], [str(each) for each in page.pressed]) == (200, [TOKEN])
    assert "confirmée" in done["body"]
    assert "<form" not in done["body"]


def test_a_link_that_is_no_longer_valid_says_so_as_one_that_never_was() -> None:
    used, never = Page(valid=False).ask("POST"), Page().ask("POST", token="<script>alert(1)</script>")
    assert (used["statusCode"], used["body"]) == (never["statusCode"], never["body"])
    assert used["statusCode"] == 404


def test_it_speaks_the_readers_language() -> None:
    page = Page()
    assert 'lang="fr"' in page.ask("GET", language="fr-FR")["body"]
    assert "Yes, I confirm" in page.ask("GET", language="de")["body"]


@pytest.mark.parametrize("token", [TOKEN, "<script>"])
def test_it_runs_nothing_is_framed_by_nothing_and_is_kept_nowhere(token: str) -> None:
    shown = Page().ask("GET", token)
    policy = shown["headers"]["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert shown["headers"]["Cache-Control"] == "no-store"
    assert shown["headers"]["Referrer-Policy"] == "no-referrer"
    for word in (token, "evil.example", "<script"):
        assert word not in shown["body"]
