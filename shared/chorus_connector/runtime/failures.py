"""The facts of a failure that a log line may contain: its kind and its place.

Never its text, because an exception may quote a document. For an AWS error the kind is the service's own code and the
operation, because "ClientError" does not help to correct a permission or a quota.
"""

from collections.abc import Iterator
from traceback import walk_tb

from botocore.exceptions import BotoCoreError, ClientError

from chorus_connector.domain.errors import StaleWrite, Transient

_OURS = "/chorus_connector/"
_A_FUNCTIONS_OWN = "/handler.py"
_OVERLOAD = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "RequestThrottled",
        "SlowDown",
        "ServiceUnavailable",
        "InternalServerError",
        "InternalError",
        "503",
        # DynamoDB, after the client's own attempts: other writers hold the item
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""The error codes of DynamoDB, S3, SQS, STS and Secrets Manager for it."""
_NO_EMAIL = frozenset(
    {
        "MessageRejected",
        "AccountSuspendedException",
        "SendingPausedException",
        "LimitExceededException",
        "MailFromDomainNotVerifiedException",
    }
)
"""The error codes of SES for an account that may not send, or not to this address while SES keeps it in the sandbox."""
_INVALID = frozenset({"ValidationException", "InvalidParameterValue", "InvalidMessageContents"})


def failure_facts(error: BaseException) -> dict[str, str]:
    """``error`` and ``at`` for a log line; ``at`` is the innermost line of our own code."""
    return {"error": _kind(error), "at": _place(error)}


def is_overload(error: BaseException) -> bool:
    """Whether AWS throttled the call or failed, even after the client's own retries: a later retry may work."""
    return _code(error) in _OVERLOAD


def is_email_trouble(error: BaseException) -> bool:
    """Whether SES sends no e-mail until the operator or the next day changes that: no caller can."""
    return _code(error) in _NO_EMAIL and getattr(error, "operation_name", "") == "SendEmail"


def may_pass(error: BaseException) -> bool:
    """Whether a retry may succeed without a change of code: AWS or another system failed, or a race was lost.

    What AWS calls invalid stays invalid.
    """
    return isinstance(error, (ClientError, BotoCoreError, Transient, StaleWrite)) and _code(error) not in _INVALID


def _kind(error: BaseException) -> str:
    code = _code(error)
    return f"{code} ({getattr(error, 'operation_name', '')})" if code else type(error).__name__


def _code(error: BaseException) -> str | None:
    answer = getattr(error, "response", None)
    return answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None


def _place(error: BaseException) -> str:
    places = list(_places(error))
    ours = [each for each in places if _OURS in each or _A_FUNCTIONS_OWN in each]
    innermost = (ours or places or [""])[-1]
    return innermost.rsplit(_OURS, 1)[-1] if _OURS in innermost else innermost.rsplit("/", 1)[-1]


def _places(error: BaseException) -> Iterator[str]:
    for frame, line in walk_tb(error.__traceback__):
        yield f"{frame.f_code.co_filename}:{line}"
