"""Interprets the portal's answers: pure functions from bytes to a payload or to one of `errors`.

HTTP 200 proves nothing (a refusal is a 200 whose codeRetour is not 0) and a 403 may be empty. A call that changes
something and got no interpretable answer always raises `NoReadableAnswer`: a needless search costs one call, a second
submission costs a duplicate invoice. Errors are raised `from None`, because a parser's own error would carry the body.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from chorus_connector.chorus_pro.errors import (
    AccessDenied,
    CallRejected,
    ChorusProError,
    Credential,
    DuplicateNumber,
    NoReadableAnswer,
    NotSent,
    PortalUnavailable,
    Reason,
    RefusalKind,
    Throttled,
)
from chorus_connector.chorus_pro.leniency import note_once
from chorus_connector.chorus_pro.operations import CATALOGUE, EMPTY_SEARCH, NOTHING_FOUND, SUBMIT, Operation

Payload = dict[str, Any]

_MESSAGE_CODE = re.compile(r"\b([A-Z]{2,4}_MSG_\d{2}[._]\d{3})\b[\s:.,-]*")
_NO_RESULT = re.compile(
    r"\b(aucun|pas de) resultat|\baucune? [\w' ]*\b(trouvee?|ne correspond)|\bn'a (retourne|donne) aucun"
)
_FAULT = re.compile(
    r"\b(erreur|droits?|habilit|autoris|obligatoire|invalide|incorrect|inconnue?|indisponible|technique|interdit|expire)"
    r"|\bn'existe\b|\bimpossible\b|\bechec\b|\brefus"
)
_TOKEN = re.compile(r"[\x21-\x7e]+")
# The gateway answers these before the portal gets the call. Not 408: part of the request was sent.
_REJECTED_BY_GATEWAY = frozenset({400, 404, 405, 406, 410, 411, 413, 414, 415, 422, 431})
_KIND_OF_STATUS = {404: RefusalKind.NOT_FOUND, 413: RefusalKind.TOO_LARGE}
_LEAST_TOKEN_LIFE = 60.0


def decipher(operation: Operation, status: int, headers: Mapping[str, str], body: bytes) -> Payload:
    """The payload of a successful answer (an empty page where the portal says "no result"), else raises.

    Amounts are Decimal. Raises CallRejected, AccessDenied or Throttled; for an unreadable answer NoReadableAnswer when
    the operation changes something, PortalUnavailable when it only reads.
    """
    headers = {name.lower(): value for name, value in headers.items()}
    if 200 <= status < 300:
        return _judge(operation, status, headers, body)
    if status in (401, 403) or _wants_token(headers) or (status == 400 and _is_challenged(headers, body)):
        raise _credentials_refused(operation, status, headers, body)
    if status == 429:
        raise Throttled(operation.label, retry_after=_retry_after(headers))
    if status in _REJECTED_BY_GATEWAY:
        raise _refused(operation, status, _return_code_of(_lenient(headers, body)))
    raise unclear(operation, Reason.HTTP_STATUS, status=status, retry_after=_retry_after(headers))


def unclear(
    operation: Operation,
    reason: Reason,
    *,
    status: int | None = None,
    retry_after: float | None = None,
) -> ChorusProError:
    """The error for a call that was sent and got no interpretable answer."""
    if operation.idempotent:
        return PortalUnavailable(operation.label, reason, status=status, retry_after=retry_after)
    return NoReadableAnswer(operation.label, reason, status=status)


def return_code(payload: Payload) -> int | None:
    """The codeRetour of an answer, None when it is absent or not a number."""
    value = payload.get("codeRetour")
    if isinstance(value, bool):
        return None
    try:
        return int(value) if value is not None else None
    except (TypeError, ValueError):
        return None


def _judge(operation: Operation, status: int, headers: Mapping[str, str], body: bytes) -> Payload:
    try:
        payload = _parse(headers, body)
    except _Unreadable as problem:
        raise unclear(operation, problem.reason, status=status) from None
    code, _, text = verdict = _return_code_of(payload)
    if code == 0:
        return payload
    if code is None:
        if operation.proof is not None and payload.get(operation.proof) is not None:
            return payload
        if operation.rows is not None and _has_rows(payload.get(operation.rows)):
            return payload  # an empty list without a code proves nothing
        raise unclear(operation, Reason.NO_RETURN_CODE, status=status)
    if operation.rows is not None and _says_nothing_found(operation, verdict):
        return {"codeRetour": code, "libelle": text, operation.rows: [], "parametresRetour": {"total": 0}}
    raise _refused(operation, status, verdict)


def _has_rows(rows: object) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(each, dict) for each in rows)


def _says_nothing_found(operation: Operation, verdict: tuple[int | None, str | None, str]) -> bool:
    """Whether a search found nothing: 20000, or words that say so, under any message code that is not a known refusal.

    20000 with words of a fault is a refusal: absence decides whether an invoice is sent again.
    """
    code, message_code, text = verdict
    if (code, message_code) in EMPTY_SEARCH:
        return True
    kind = CATALOGUE.get(message_code or "", RefusalKind.NOT_FOUND)
    if operation.paging is None or kind is not RefusalKind.NOT_FOUND:
        return False
    plain = _plain(text)
    faultless = code == NOTHING_FOUND and _FAULT.search(plain) is None
    if faultless or _NO_RESULT.search(plain) is not None:
        note_once("an empty search under an unknown code", operation.label, f"{code}/{message_code}")
        return True
    return False


# --- reading a body -----------------------------------------------------------------------------------------


class _Unreadable(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def _parse(headers: Mapping[str, str], body: bytes) -> Payload:
    if not body.strip():
        raise _Unreadable(Reason.EMPTY_BODY)
    text = body.decode(_charset(headers), errors="replace").lstrip("\ufeff")
    if text.lstrip().startswith("<"):
        raise _Unreadable(Reason.HTML_PAGE)
    try:
        payload = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _Unreadable(Reason.NOT_JSON) from None
    if not isinstance(payload, dict):
        raise _Unreadable(Reason.NOT_JSON)
    return payload


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _charset(headers: Mapping[str, str]) -> str:
    """UTF-8, unless the portal names another known charset: an accent must not make an answer unreadable."""
    named = re.search(r"charset=\"?([\w-]+)", headers.get("content-type", ""), re.IGNORECASE)
    charset = named[1].lower() if named else "utf-8"
    return charset if charset in {"utf-8", "iso-8859-1", "iso-8859-15", "windows-1252"} else "utf-8"


def _lenient(headers: Mapping[str, str], body: bytes) -> Payload:
    try:
        return _parse(headers, body)
    except _Unreadable:
        return {}


def _return_code_of(payload: Payload) -> tuple[int | None, str | None, str]:
    """codeRetour, the catalogue code at the start of the libelle, and the libelle without it."""
    label = str(payload.get("libelle") or "").strip()
    found = _MESSAGE_CODE.search(label)
    if found is None:
        return return_code(payload), None, label
    return return_code(payload), found[1], (label[: found.start()] + label[found.end() :]).strip()


# --- refusals -----------------------------------------------------------------------------------------------


def _refused(operation: Operation, status: int, verdict: tuple[int | None, str | None, str]) -> CallRejected:
    code, message_code, text = verdict
    kind = _kind(operation, status, verdict)
    error = DuplicateNumber if kind is RefusalKind.DUPLICATE_NUMBER else CallRejected
    return error(operation.label, code=code, message_code=message_code, text=text, status=status, kind=kind)


def _kind(operation: Operation, status: int, verdict: tuple[int | None, str | None, str]) -> RefusalKind:
    code, message_code, text = verdict
    if code is not None and code in operation.refusals:
        return operation.refusals[code]
    if message_code is not None and message_code in CATALOGUE:
        return CATALOGUE[message_code]
    if operation is SUBMIT and _speaks_of_a_duplicate(text):
        return RefusalKind.DUPLICATE_NUMBER
    if code is None:
        return _KIND_OF_STATUS.get(status, RefusalKind.MALFORMED)
    return RefusalKind.OTHER


def _speaks_of_a_duplicate(text: str) -> bool:
    """Whether the text says « numéro de facture déjà utilisé », « existe déjà », « doublon ».

    The portal's codes for a duplicate are not published. The caller confirms it by a search, so a false positive costs
    one call.
    """
    plain = _plain(text)
    if re.search(r"\b(doublon|unicite|unique)\b", plain):
        return True
    return "deja" in plain and re.search(r"\b(facture|numero|demande de paiement)\b", plain) is not None


def _plain(text: str) -> str:
    """The text in lower case without accents."""
    letters = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _wants_token(headers: Mapping[str, str]) -> bool:
    """Whether the gateway rejected the token, which it does with 400 as well as with 401."""
    challenge = headers.get("www-authenticate", "").lower()
    return challenge.startswith("bearer") and ("token" in challenge or "error=" in challenge)


def _is_challenged(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the gateway asks for a token, in whatever words, and Chorus Pro itself says nothing."""
    asked = headers.get("www-authenticate", "").lower().startswith("bearer")
    return asked and return_code(_lenient(headers, body)) is None


def _credentials_refused(operation: Operation, status: int, headers: Mapping[str, str], body: bytes) -> AccessDenied:
    # A codeRetour comes from Chorus Pro itself, so the gateway accepted the application.
    judged = return_code(_lenient(headers, body)) is not None
    # The gateway refuses good tokens for a while, with 401 or a challenge; a 403 needs a person.
    passing = status != 403 and not judged
    if _wants_token(headers) or status not in (401, 403):
        return AccessDenied(operation.label, "token", status=status, passing=passing)
    if status == 401 or judged:
        return AccessDenied(operation.label, "technical_account", "api_consent", status=status, passing=passing)
    return AccessDenied(operation.label, "api_consent", "technical_account", status=status)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds; a date is compared with the answer's own Date header."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        until, now = parsedate_to_datetime(value), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


# --- the token service --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A PISTE access token and its remaining lifetime in seconds."""

    value: str = field(repr=False)
    expires_in: float


def decipher_token(operation: str, status: int, headers: Mapping[str, str], body: bytes) -> AccessToken:
    """The token that PISTE granted for `operation`. After any error no portal call was made.

    Raises AccessDenied, which names the application (PISTE does not distinguish a wrong id from a wrong secret) or its
    consent to the API.
    """
    headers = {name.lower(): value for name, value in headers.items()}
    payload = _lenient(headers, body)
    if status == 200:
        return _token(operation, payload)
    if status in (400, 401, 403):
        error = payload.get("error")
        oauth_error = error if isinstance(error, str) and re.fullmatch(r"[a-z_]{1,40}", error) else None
        culprit: Credential = "api_consent" if oauth_error == "invalid_scope" else "piste_application"
        passing = oauth_error in (None, "invalid_client")  # which PISTE also answers to good keys
        raise AccessDenied(operation, culprit, status=status, oauth_error=oauth_error, passing=passing)
    raise NotSent(operation, Reason.TOKEN_SERVICE, status=status, retry_after=_retry_after(headers))


def _token(operation: str, payload: Payload) -> AccessToken:
    value, life = payload.get("access_token"), payload.get("expires_in")
    # The HTTP library's error would quote a token that is not plain ASCII.
    if not isinstance(value, str) or _TOKEN.fullmatch(value) is None:
        raise NotSent(operation, Reason.TOKEN_SERVICE, status=200)
    try:
        return AccessToken(value, float(life) if life is not None else _LEAST_TOKEN_LIFE)
    except (TypeError, ValueError):
        return AccessToken(value, _LEAST_TOKEN_LIFE)
