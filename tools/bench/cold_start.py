"""Measures cold starts: each function's import and first call in a new process, compared with a floor of the same run.

The floor is what every API function needs: a boto3 client and a Powertools resolver that answers. The processes
alternate (floor, function, floor, function…), so that a slow period of the machine affects both. Processor time is
measured, because elapsed time would include the emulator and the machine's other users.
"""

import json
import os
import resource
import statistics
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra_cdk.bundle import build_console_layer
from tools.bench.figures import Figure, run_process
from tools.local_stack.deployed import DeployedStack

ROOT = Path(__file__).parent.parent.parent
FUNCTIONS = ROOT / "functions"
RUNS = 7
CONSOLE = "console"

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


def figures(stack: DeployedStack, *, only: Collection[str] = ()) -> list[Figure]:
    """Milliseconds of processor time of each function's import and first call, and their ratio to the floor."""
    functions = sorted(path.name for path in FUNCTIONS.iterdir() if (path / "handler.py").exists())
    return [_measured(stack, each, _event(each), each) for each in functions if not only or each in only]


def first_page(stack: DeployedStack, path: str, cookie: str) -> Figure:
    """The same of the console for a page of a signed-in person, which also needs the session and the API."""
    event = {**_request(path), "cookies": cookie.split("; ")}
    return _measured(stack, "console", event, "console, signed in")


def _measured(stack: DeployedStack, function: str, event: Mapping[str, Any], name: str) -> Figure:
    with _libraries(function) as folders:
        environment = _environment(stack, function, folders)
        code = CALL.format(folder=str(FUNCTIONS / function), event=json.dumps(event))
        pairs = list(_in_turn(FLOOR, code, environment))
    floor, own = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    return Figure(name, f"{own:.0f}", "ms", f"{ratio:.2f} × the floor ({floor:.0f} ms), median of {RUNS} pairs")


@contextmanager
def _libraries(function: str) -> Iterator[tuple[Path, ...]]:
    """What the function's layers have: the console's has compiled templates, so it is built as for AWS."""
    if function != CONSOLE:
        yield ROOT / "shared", ROOT
        return
    with TemporaryDirectory() as folder:
        layer = build_console_layer(Path(folder) / "layer", package=ROOT / CONSOLE, requirements=None)
        yield layer / "python", ROOT / "shared"


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


def _environment(stack: DeployedStack, function: str, libraries: tuple[Path, ...]) -> dict[str, str]:
    """The deployed function's variables and a session of its role."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **stack.function_environment(function),
        "PYTHONPATH": os.pathsep.join(map(str, libraries)),
        "VIRTUAL_ENV": sys.prefix,
    }


_PATHS = {
    "supplier_api": "/suppliers",
    "invoice_api": "/suppliers/none/invoices",
    "notification_api": "/suppliers/none/notifications",
    "message_api": "/messages",
    "api_docs": "/openapi.json",
    "console": "/console",
}
_SCHEDULED = frozenset(
    {"sync_ten_minutes", "sync_nightly", "credential_probe", "email_digest", "webhook_delivery", "tracking_sync"}
)
_STREAMED = frozenset({"notifier", "message_delivery"})


def _event(function: str) -> dict[str, Any]:
    """The cheapest valid event of a function: a list for the APIs, an unknown document for the workers."""
    if function in _PATHS:
        return _request(_PATHS[function])
    if function in _SCHEDULED:
        return {}
    if function in _STREAMED:
        gone = {"Keys": {"PK": {"S": "none"}, "SK": {"S": "none"}}, "SequenceNumber": "1"}
        return {"Records": [{"eventSource": "aws:dynamodb", "eventName": "REMOVE", "dynamodb": gone}]}
    body = json.dumps({"supplier_id": "none", "document_id": "none"})
    if function == "upload_intake":
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
