"""The errors of portal calls, so that the caller does not need to know HTTP.

Every error answers three questions: may the portal have processed the call (`may_have_been_processed`), can the same
call succeed later without a correction (`transient`), and who must correct something (`blame`, for circuit breakers).
Only `NoReadableAnswer` leaves a doubt. Texts and reprs contain the operation and codes, never a secret, an identifier
or a body.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal

ErrorSource = Literal["portal", "credentials", "request", "caller"]
Credential = Literal["piste_application", "api_consent", "technical_account", "token", "certificate"]


class Reason(StrEnum):
    """Why there is no usable answer."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    NO_FREE_CONNECTION = "no_free_connection"
    OUT_OF_TIME = "out_of_time"
    CERTIFICATE_REFUSED = "certificate_refused"
    TOKEN_SERVICE = "token_service"  # noqa: S105  (a reason, not a secret)
    CONNECTION_CUT = "connection_cut"
    HTTP_STATUS = "http_status"
    EMPTY_BODY = "empty_body"
    HTML_PAGE = "html_page"
    NOT_JSON = "not_json"
    NO_RETURN_CODE = "no_return_code"
    MISSING_FIELDS = "missing_fields"


class RefusalKind(StrEnum):
    """The refusals that a program can act on. For all others a person reads the portal's text."""

    DUPLICATE_NUMBER = "duplicate_number"
    NOT_FOUND = "not_found"
    NO_RIGHTS = "no_rights"
    WRONG_STATE = "wrong_state"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    OTHER = "other"


class ChorusProError(Exception):
    """A portal call without a usable answer."""

    may_have_been_processed: ClassVar[bool] = False
    transient: ClassVar[bool] = False

    def __init__(self, operation: str, *, status: int | None = None) -> None:
        super().__init__(operation)
        self.operation = operation
        self.status = status

    @property
    def blame(self) -> ErrorSource:
        """Who must correct something for the call to succeed."""
        return "portal"

    def facts(self) -> dict[str, object]:
        """The codes that may be logged. None of them identifies a person, a company or a document."""
        return {"operation": self.operation, "status": self.status}

    def __str__(self) -> str:
        facts = " ".join(f"{name}={value}" for name, value in self.facts().items() if value is not None)
        return f"{type(self).__name__} {facts}"

    def __repr__(self) -> str:
        return f"<{self}>"


class PortalUnavailable(ChorusProError):
    """The portal did not process the call, or the call only reads: retry after `retry_after` seconds."""

    transient = True

    def __init__(
        self, operation: str, reason: Reason, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(operation, status=status)
        self.reason = reason
        self.retry_after = retry_after

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "reason": self.reason.value, "retry_after": self.retry_after}


class NotSent(PortalUnavailable):
    """The request was certainly not sent: no connection, no time left, or no token."""

    @property
    def blame(self) -> ErrorSource:
        """A deadline used up before the call says nothing about the portal's health."""
        return "caller" if self.reason is Reason.OUT_OF_TIME else "portal"


class Throttled(PortalUnavailable):
    """The gateway rejected the call (429) before it reached the portal."""

    def __init__(self, operation: str, *, retry_after: float | None = None) -> None:
        super().__init__(operation, Reason.HTTP_STATUS, status=429, retry_after=retry_after)


class NoReadableAnswer(ChorusProError):
    """A call that changes something was sent and no answer can be read: the portal MAY have processed it.

    Never repeat it before a search for its effect. Only operations marked non-idempotent raise it.
    """

    may_have_been_processed = True

    def __init__(self, operation: str, reason: Reason, *, status: int | None = None) -> None:
        super().__init__(operation, status=status)
        self.reason = reason

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "reason": self.reason.value}


class CallRejected(ChorusProError):
    """The portal rejected the call and did nothing.

    `code` is the codeRetour (local to the operation), `message_code` the portal's catalogue
    code such as `GDP_MSG_11.001`, `text` its French explanation: it may be shown, never logged (it may quote the
    invoice).
    """

    def __init__(
        self,
        operation: str,
        *,
        code: int | None,
        message_code: str | None,
        text: str,
        status: int,
        kind: RefusalKind = RefusalKind.OTHER,
    ) -> None:
        super().__init__(operation, status=status)
        self.code = code
        self.message_code = message_code
        self.text = text
        self.kind = kind

    @property
    def blame(self) -> ErrorSource:
        return "request"

    def facts(self) -> dict[str, object]:
        return {
            **super().facts(),
            "code": self.code,
            "message_code": self.message_code,
            "kind": self.kind.value,
        }


class DuplicateNumber(CallRejected):
    """This supplier already has an invoice with this number, which a search finds.

    The portal's codes for it are not published, so the client reads the French text: confirm it by a search.
    """


class AccessDenied(ChorusProError):
    """The portal refuses the credentials and did nothing: hold the invoices until a person has corrected them.

    `which` is the most likely cause and `suspects` are all possible ones: an empty 403 does not distinguish a technical
    account without rights from a missing consent to the API. `oauth_error` is the token service's code, if any.
    `passing`: the gate in front of the portal refused, which it also does to good keys for a while.
    """

    def __init__(
        self,
        operation: str,
        *suspects: Credential,
        status: int | None = None,
        oauth_error: str | None = None,
        passing: bool = False,
    ) -> None:
        super().__init__(operation, status=status)
        self.which: Credential = suspects[0]
        self.suspects = suspects
        self.oauth_error = oauth_error
        self.passing = passing

    @property
    def blame(self) -> ErrorSource:
        return "credentials"

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "suspects": "|".join(self.suspects), "oauth_error": self.oauth_error}


class UnexpectedAnswer(ChorusProError):
    """The answer of a successful read lacks fields that this client needs: the portal's format has changed."""

    def __init__(self, operation: str, fields: tuple[str, ...]) -> None:
        super().__init__(operation, status=200)
        self.fields = fields

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "fields": ",".join(self.fields)}


class IncompleteListing(ChorusProError):
    """The portal announced `expected` results and delivered `received`: absence from it proves nothing; retry later."""

    transient = True

    def __init__(self, operation: str, *, expected: int, received: int) -> None:
        super().__init__(operation, status=200)
        self.expected = expected
        self.received = received

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "expected": self.expected, "received": self.received}
