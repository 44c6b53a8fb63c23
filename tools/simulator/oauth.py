"""The PISTE side: client-credentials tokens, and what the gateway checks on every call before the portal sees it.

Order of the checks: token (400 without one, 401 when expired), a route that PISTE declares (403), consent of the
application for the API family (403), technical account (401 or 403), raccordement (403). Bodies are empty, as the real
ones may be; only the token's refusals carry a `WWW-Authenticate` header.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tools.simulator.clock import before, later
from tools.simulator.refusals import HttpError
from tools.simulator.tables import table

if TYPE_CHECKING:
    from tools.simulator.settings import Settings
    from tools.simulator.suppliers import Account, Application, Suppliers


class OAuthError(Exception):
    """The token endpoint refuses: HTTP 400 with this OAuth code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.description: str = table("rules")["token"][code]["description"]


@dataclass
class Token:
    client_id: str
    expires: datetime


class TokenOffice:
    """Issues tokens to PISTE applications and recognises them."""

    def __init__(self, suppliers: Suppliers, lifetime: int) -> None:
        self._suppliers = suppliers
        self._tokens: dict[str, Token] = {}
        self.lifetime = lifetime

    def issue(self, form: Mapping[str, str], now: datetime) -> dict[str, object]:
        """The token answer for a form-encoded request; raises OAuthError."""
        grant = form.get("grant_type")
        if not grant:
            raise OAuthError("invalid_request")
        if grant != "client_credentials":
            raise OAuthError("unsupported_grant_type")
        application = self._suppliers.applications.get(form.get("client_id", ""))
        secret = form.get("client_secret", "")
        if application is None or not _same(application.secret.get_secret_value(), secret):
            # The same answer for an unknown id and a wrong secret, as PISTE does.
            raise OAuthError("invalid_client")
        scope = form.get("scope") or "openid"
        if "openid" not in scope.split():
            raise OAuthError("invalid_scope")
        value = secrets.token_urlsafe(32)
        self._tokens[value] = Token(application.client_id, later(now, timedelta(seconds=self.lifetime)))
        return {"access_token": value, "token_type": "Bearer", "expires_in": self.lifetime, "scope": scope}

    def application(self, authorization: str, now: datetime) -> Application:
        """The application behind an `Authorization` header that has a token; raises HttpError."""
        token = self._tokens.get(authorization.partition(" ")[2].strip())
        if token is None or not before(now, token.expires):
            raise HttpError("token_expired")
        return self._suppliers.applications[token.client_id]

    def revoke_all(self) -> int:
        """Revoke every token; returns how many there were."""
        count = len(self._tokens)
        self._tokens.clear()
        return count


def technical_account(encoded: str | None, suppliers: Suppliers, settings: Settings, now: datetime) -> Account:
    """The account named by base64(login:password); raises HttpError 401 or 403 with an empty body."""
    login, _, password = _decoded(encoded).partition(":")
    account = suppliers.accounts.get(login)
    if account is None or not _same(account.password.get_secret_value(), password) or now < account.usable_from:
        raise HttpError("account_refused", settings.account_refused_status)
    if account.password_expires(settings.password_lifetime_days) <= now:
        raise HttpError("account_expired", settings.account_expired_status)
    return account


def require_consent(application: Application, family: str) -> None:
    """403 when the application has not subscribed to the API family."""
    if family not in application.families:
        raise HttpError("no_consent")


def require_link(application: Application, account: Account) -> None:
    """403 when no structure of the account has declared this application (raccordement)."""
    if account.supplier_ids and not account.supplier_ids & application.supplier_ids:
        raise HttpError("no_raccordement")


def has_token(authorization: str | None) -> bool:
    """Whether an `Authorization` header is a bearer token at all."""
    kind, _, value = (authorization or "").partition(" ")
    return kind.lower() == "bearer" and bool(value.strip())


def _decoded(encoded: str | None) -> str:
    try:
        return base64.b64decode(encoded or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _same(left: str, right: str) -> bool:
    return secrets.compare_digest(left.encode(), right.encode())
