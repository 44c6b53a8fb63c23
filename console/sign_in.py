"""Sign-in at the user pool's managed login page: authorization code with PKCE (RFC 7636), redeemed in the function."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from console.sealing import NotSealedHere, Sealer
from console.sessions import Tokens, claims_of
from console.settings import Settings

SIGN_IN_LASTS = timedelta(minutes=15)
"""From the redirect to the callback: as long as the pool waits for a second factor."""

_MARGIN = timedelta(seconds=60)  # a token is renewed that long before its end: the page's calls must not outlive it
_SCOPES = "openid chorus-connector/api"
_ABOUT = "sign-in"


class SignInFailed(Exception):
    """The sign-in page or the token endpoint refused. The person signs in again."""


class SignInUnavailable(Exception):
    """The token endpoint gave no answer, or one that is no answer to the question."""


@dataclass(frozen=True)
class Begun:
    """A sign-in that has begun: the address of the sign-in page, and the cookie that recognises its return."""

    url: str
    cookie: str


@dataclass(frozen=True)
class SignedIn:
    """A finished sign-in. `return_to` is the path of the page that was asked for."""

    tokens: Tokens
    user_name: str
    return_to: str


class SignIn:
    """The user pool's endpoints, for the console's own client."""

    def __init__(self, settings: Settings, client_secret: str, sealer: Sealer, http: httpx.Client) -> None:
        self._settings, self._secret, self._sealer, self._http = settings, client_secret, sealer, http

    def begin(self, return_to: str, *, now: datetime, language: str) -> Begun:
        """Begin a sign-in in that language, which comes back to that path of the console."""
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.callback_url,
            "scope": _SCOPES,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "lang": language,
        }
        kept = {
            "state": state,
            "verifier": verifier,
            "return_to": return_to,
            "until": (now + SIGN_IN_LASTS).isoformat(),
        }
        return Begun(
            f"{self._settings.sign_in_url}/oauth2/authorize?{urlencode(asked)}",
            self._sealer.seal(json.dumps(kept), about=_ABOUT),
        )

    def finish(self, cookie: str, *, state: str, code: str, now: datetime) -> SignedIn:
        """Redeem the code of a sign-in that this browser began. Raises SignInFailed, SignInUnavailable."""
        try:
            kept = json.loads(self._sealer.open(cookie, about=_ABOUT))
        except NotSealedHere as error:
            raise SignInFailed("no sign-in of this browser") from error
        if not secrets.compare_digest(kept["state"].encode(), state.encode()):
            raise SignInFailed("the state is of another sign-in")
        if datetime.fromisoformat(kept["until"]) <= now:
            raise SignInFailed("the sign-in took too long")
        wish = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._settings.callback_url}
        answer = self._token_endpoint({**wish, "code_verifier": kept["verifier"]})
        tokens = _tokens(answer, answer.get("refresh_token", ""), now)
        return SignedIn(tokens, _user_name(tokens.access), kept["return_to"])

    def renewed(self, tokens: Tokens, *, now: datetime) -> Tokens:
        """New tokens by the refresh token. Raises SignInFailed when the pool refuses it, SignInUnavailable."""
        answer = self._token_endpoint({"grant_type": "refresh_token", "refresh_token": tokens.refresh})
        return _tokens(answer, answer.get("refresh_token", tokens.refresh), now)

    def revoke(self, tokens: Tokens) -> bool:
        """Revoke the refresh token; False when the pool gave no answer."""
        form = {"token": tokens.refresh, "client_id": self._settings.client_id}
        auth = (self._settings.client_id, self._secret)
        try:
            return self._http.post(f"{self._settings.sign_in_url}/oauth2/revoke", data=form, auth=auth).is_success
        except httpx.HTTPError:
            return False

    def sign_out_url(self) -> str:
        """The pool's logout, which ends its own session and comes back to the console."""
        asked = {"client_id": self._settings.client_id, "logout_uri": self._settings.signed_out_url}
        return f"{self._settings.sign_in_url}/logout?{urlencode(asked)}"

    def _token_endpoint(self, form: dict[str, str]) -> dict[str, Any]:
        url = f"{self._settings.sign_in_url}/oauth2/token"
        try:
            answer = self._http.post(url, data=form, auth=(self._settings.client_id, self._secret))
        except httpx.HTTPError as error:
            raise SignInUnavailable from error
        if answer.is_client_error:
            raise SignInFailed(f"the token endpoint answered {answer.status_code}")
        if not answer.is_success:
            raise SignInUnavailable
        body: dict[str, Any] = answer.json()
        return body


def is_over(tokens: Tokens, *, now: datetime) -> bool:
    """Whether the access token must be renewed before the next page."""
    return tokens.access_until - _MARGIN <= now


def _tokens(answer: dict[str, Any], refresh: str, now: datetime) -> Tokens:
    return Tokens(str(answer["access_token"]), now + timedelta(seconds=int(answer["expires_in"])), refresh)


def _user_name(access_token: str) -> str:
    """The name in the token. It is only shown: the API's authorizer checks the token."""
    claims = claims_of(access_token)
    return str(claims.get("username") or claims.get("sub", ""))
