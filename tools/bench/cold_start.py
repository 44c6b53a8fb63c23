"""Cold start: each function as a process of its own, import and first call, against a floor of the same run.

The floor is what no API function can do without: a boto3 client and a Powertools resolver that answers. The
processes take turns (floor, box, floor, box…), so that a slow moment of the machine touches both alike; what is
counted is the processor's time, because the clock of a shared machine measures its other users, and the emulator.
"""

import json
import os
import resource
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.bench.figures import Figure, run_process
from tools.local_stack.stack import LocalStack

ROOT = Path(__file__).parent.parent.parent
FUNCTIONS = ROOT / "functions"
RUNS = 7

FLOOR = """
import boto3
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
app = APIGatewayHttpResolver()
@app.get("/x")
def x():
    return {}
boto3.client("dynamodb")
request = {"http": {"method": "GET"}, "stage": "$default"}
event = {"version": "2.0", "rawPath": "/x", "requestContext": request, "headers": {}}
app.resolve(event, None)
"""

CALL = """
import json, sys
sys.path.insert(0, {folder!r})
import handler
class Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000
handler.lambda_handler(json.loads({event!r}), Context())
"""


def figures(stack: LocalStack) -> list[Figure]:
    """Milliseconds of processor time of each box's import and first call, and how many floors that is."""
    rows = []
    for box in sorted(path.name for path in FUNCTIONS.iterdir() if (path / "handler.py").exists()):
        environment = _environment(stack, box)
        code = CALL.format(folder=str(FUNCTIONS / box), event=json.dumps(_event(box)))
        pairs = list(_in_turn(FLOOR, code, environment))
        floor, own = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        rows.append(
            Figure(box, f"{own:.0f}", "ms", f"{ratio:.2f} × the floor ({floor:.0f} ms), median of {RUNS} pairs")
        )
    return rows


def _in_turn(floor: str, code: str, environment: dict[str, str]) -> Iterator[tuple[float, float]]:
    run_process(floor, environment)
    run_process(code, environment)
    for _ in range(RUNS):
        yield _timed(floor, environment), _timed(code, environment)


def _timed(code: str, environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run_process(code, environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def _environment(stack: LocalStack, box: str) -> dict[str, str]:
    """The deployed function's own variables and role."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **stack.function_environment(box),
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in ("shared",)),
        "VIRTUAL_ENV": sys.prefix,
    }


_PATHS = {
    "supplier_api": "/suppliers",
    "invoice_api": "/suppliers/none/invoices",
    "notification_api": "/suppliers/none/notifications",
    "message_api": "/messages",
    "api_docs": "/openapi.json",
}
_SCHEDULED = frozenset({"sync_ten_minutes", "sync_nightly", "credential_probe", "email_digest"})
_STREAMED = frozenset({"notifier", "message_delivery"})


def _event(box: str) -> dict[str, Any]:
    """The lightest real event of a box: a list for the APIs, an unknown document for the workers."""
    if box in _PATHS:
        return _request(_PATHS[box])
    if box in _SCHEDULED:
        return {}
    if box in _STREAMED:
        gone = {"Keys": {"PK": {"S": "none"}, "SK": {"S": "none"}}, "SequenceNumber": "1"}
        return {"Records": [{"eventSource": "aws:dynamodb", "eventName": "REMOVE", "dynamodb": gone}]}
    body = json.dumps({"supplier_id": "none", "document_id": "none"})
    if box == "upload_intake":
        body = json.dumps({"Records": [{"s3": {"object": {"key": "suppliers/none/documents/none/original"}}}]})
    return {"Records": [{"messageId": "1", "body": body, "eventSource": "aws:sqs"}]}


def _request(path: str) -> dict[str, Any]:
    claims = {"sub": "bench", "cognito:groups": "[]"}
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {},
        "requestContext": {
            "http": {"method": "GET", "path": path},
            "stage": "$default",
            "authorizer": {"jwt": {"claims": claims}},
        },
    }
