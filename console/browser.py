"""What the browser gets with every answer: the security headers and the cookies."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from console.catalogue import LANGUAGES
from console.requests import Answer, Incoming, in_header
from console.settings import settings

SESSION_COOKIE = "__Host-console"
SIGN_IN_COOKIE = "__Host-sign-in"
LANGUAGE_COOKIE = "language"

_SAFE = "Path=/; Secure; HttpOnly; SameSite=Lax"
"""Lax, not Strict: the sign-in page of another host leads back to the console. Forms have their own mark."""


def session_cookie(value: str, *, seconds: int) -> str:
    """The cookie of a session, for as long as the session can last."""
    return f"{SESSION_COOKIE}={value}; Max-Age={seconds}; {_SAFE}"


def sign_in_cookie(value: str, *, seconds: int = 900) -> str:
    """The cookie that recognises the return from the sign-in page."""
    return f"{SIGN_IN_COOKIE}={value}; Max-Age={seconds}; {_SAFE}"


def language_cookie(language: str) -> str:
    """The language that the person chose, for a year."""
    return f"{LANGUAGE_COOKIE}={language}; Max-Age=31536000; {_SAFE}"


def expired(name: str) -> str:
    """A cookie that removes the one of that name."""
    return f"{name}=; Max-Age=0; {_SAFE}"


def language_of(incoming: Incoming) -> str:
    """The chosen language, else the first of the browser's that the console has, else French."""
    chosen = incoming.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    wanted = (each.strip()[:2].lower() for each in incoming.headers.get("accept-language", "").split(","))
    return next((each for each in wanted if each in LANGUAGES), LANGUAGES[0])


def to_browser(answer: Answer) -> Response[Any]:
    """The answer with the headers that every page has."""
    given = {**_security_headers(), "Cache-Control": "no-store", **answer.headers}
    headers: dict[str, Any] = {name: in_header(value) for name, value in given.items()}
    return Response(
        status_code=answer.status,
        content_type=answer.content_type,
        body=answer.body,
        headers=headers,
        cookies=list(answer.cookies),  # type: ignore[arg-type]  # a cookie's text is enough
    )


def _security_headers() -> dict[str, str]:
    here = settings()
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' {here.upload_origin}; "
        f"form-action 'self' {here.sign_in_origin} {here.upload_origin}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
