"""The log line of a failure leads an operator to its cause, and quotes no document."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from botocore.stub import Stubber

from chorus_connector.runtime.failures import failure_facts, is_overload


def raised_by(work: Callable[[], Any]) -> Exception:
    with pytest.raises(Exception) as error:  # noqa: PT011  (any error: the test is about its log line)
        work()
    return error.value


def in_module(path: str, call: Callable[[], Any]) -> Callable[[], Any]:
    """The call as line 3 of that file makes it."""
    code = compile("\n\ncall()", path, "exec")
    return lambda: exec(code, {"call": call})


def a_call_that_aws_refuses() -> None:
    client = Session().create_client("sqs", "eu-west-3", aws_access_key_id="test", aws_secret_access_key="test")
    with Stubber(client) as stubbed:
        stubbed.add_client_error("send_message", "AccessDenied", "assumed-role/x is not authorized to: sqs:SendMessage")
        client.send_message(QueueUrl="https://queue.test", MessageBody="{}")


def fails() -> None:
    raise ValueError("FR76 3000 6000 0112 3456 7890 189")


def test_a_permission_that_is_missing_is_named_with_the_call_that_lacks_it() -> None:
    assert failure_facts(raised_by(a_call_that_aws_refuses))["error"] == "AccessDenied (SendMessage)"


def test_a_failure_inside_a_library_is_placed_where_our_own_code_called_it() -> None:
    ours = in_module("/opt/python/chorus_connector/adapters/queues/work.py", a_call_that_aws_refuses)
    assert failure_facts(raised_by(ours))["at"] == "adapters/queues/work.py:3"


def test_modules_of_the_same_name_are_distinguished() -> None:
    ours = in_module("/opt/python/chorus_connector/usecases/invoices/resolution.py", fails)
    assert failure_facts(raised_by(ours)) == {"error": "ValueError", "at": "usecases/invoices/resolution.py:3"}


def test_a_failure_in_a_functions_own_file_is_placed_there() -> None:
    assert failure_facts(raised_by(in_module("/var/task/handler.py", fails)))["at"] == "handler.py:3"


def test_a_failure_outside_our_code_says_the_innermost_place() -> None:
    assert failure_facts(raised_by(fails))["at"].startswith("test_failures.py:")


def test_the_text_of_an_exception_is_not_logged() -> None:
    assert "FR76" not in str(failure_facts(raised_by(fails)))


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert failure_facts(ValueError("x")) == {"error": "ValueError", "at": ""}


@pytest.mark.parametrize(
    "code",
    ["ProvisionedThroughputExceededException", "SlowDown", "ThrottlingException", "TransactionConflictException"],
)
def test_a_throttled_aws_call_is_distinguished_from_a_bug(code: str) -> None:
    """A client that gets 503 asks again; a 500 it reports."""
    assert is_overload(ClientError({"Error": {"Code": code, "Message": ""}}, "Query"))
    assert not is_overload(ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "Query"))
    assert not is_overload(KeyError("x"))
