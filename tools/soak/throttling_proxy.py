"""A proxy in front of the local AWS that makes a share of the calls fail as DynamoDB and S3 do under load.

    python -m tools.soak.throttling_proxy --port 9001 --target http://127.0.0.1:9000

`PUT /_trouble {"share": 0.05}` sets the share; `GET /_trouble` returns the counts. Most failed calls never reach the
service (throttled, slow down, unavailable). Some do, and only their answer is lost: a retry must not double them.
DynamoDB also refuses writes because another transaction holds an item, which the local AWS never does.
"""

import argparse
import json
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tools.local_stack.ports import LOCALHOST

_NOT_PASSED_ON = {"host", "connection", "expect", "transfer-encoding", "content-length", "keep-alive"}
_DONE_ALL_THE_SAME = 0.2
"""The share of the failed calls that the service has carried out."""
_WRITES = {"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"}
_CONFLICTS = 0.5
"""The share of refused writes that meet another transaction."""


@dataclass
class Trouble:
    """The share of calls to fail, and the failures so far."""

    share: float = 0.0
    random: Random = field(default_factory=lambda: Random(7))
    counted: Counter[str] = field(default_factory=Counter)

    def strikes(self) -> bool:
        return self.random.random() < self.share


def refusal(service: str, *, done: bool, random: Random, operation: str = "", items: int = 0) -> Response:
    """The service's error for overload; with `done` the work was carried out, so the error is never throttling.

    `operation` is DynamoDB's name of the call, `items` the number of items of a transaction.
    """
    if service == "dynamodb" and not done and operation in _WRITES and random.random() < _CONFLICTS:
        return _conflict(items, random)
    if service == "dynamodb":
        choices = (
            (HTTPStatus.BAD_REQUEST, "ProvisionedThroughputExceededException"),
            (HTTPStatus.BAD_REQUEST, "ThrottlingException"),
            (HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        )
        status, code = (HTTPStatus.INTERNAL_SERVER_ERROR, "InternalServerError") if done else random.choice(choices)
        body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "injected"}
        return JSONResponse(body, status, media_type="application/x-amz-json-1.0")
    busy = (HTTPStatus.SERVICE_UNAVAILABLE, random.choice(("SlowDown", "ServiceUnavailable")))
    status, code = (HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError") if done else busy
    xml = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>injected</Message></Error>'
    return Response(xml, status, media_type="application/xml")


def _conflict(items: int, random: Random) -> Response:
    """DynamoDB's answer to a write that meets another one: a cancelled transaction, or a refused plain write."""
    code = "TransactionCanceledException" if items else "TransactionConflictException"
    body: dict[str, Any] = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "injected"}
    if items:
        reasons = [{"Code": "None"} for _ in range(items)]
        reasons[random.randrange(items)] = {"Code": random.choice(("TransactionConflict", "ThrottlingError"))}
        body["CancellationReasons"] = reasons
    return JSONResponse(body, HTTPStatus.BAD_REQUEST, media_type="application/x-amz-json-1.0")


def create_app(target: str, trouble: Trouble) -> Starlette:
    """The proxy in front of `target` (scheme, host and port)."""
    service = httpx.AsyncClient(timeout=60, trust_env=False, limits=httpx.Limits(max_connections=None))

    async def tell(request: Request) -> Response:
        if request.method == "PUT":
            trouble.share = float((await request.json())["share"])
        return JSONResponse({"share": trouble.share, "counted": trouble.counted})

    async def forward(request: Request) -> Response:
        version, _, operation = request.headers.get("x-amz-target", "").partition(".")
        name = "dynamodb" if version.startswith("DynamoDB") else "s3"
        body = await request.body()
        trouble.counted["calls"] += 1
        strikes = trouble.strikes()
        done = strikes and trouble.random.random() < _DONE_ALL_THE_SAME
        if strikes:
            trouble.counted[f"{name} {'failed after' if done else 'refused'}"] += 1
        if strikes and not done:
            items = len(json.loads(body)["TransactItems"]) if operation == "TransactWriteItems" else 0
            return refusal(name, done=False, random=trouble.random, operation=operation, items=items)
        answer = await _ask(service, target, request, body)
        if done and answer.status_code < HTTPStatus.BAD_REQUEST:
            return refusal(name, done=True, random=trouble.random)
        return answer

    methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]
    return Starlette(
        routes=[Route("/_trouble", tell, methods=["GET", "PUT"]), Route("/{path:path}", forward, methods=methods)]
    )


async def _ask(service: httpx.AsyncClient, target: str, request: Request, body: bytes) -> Response:
    path = request.scope["raw_path"].decode("ascii")
    query = request.scope["query_string"].decode("ascii")
    kept = [(name, value) for name, value in request.headers.items() if name not in _NOT_PASSED_ON]
    url = f"{target}{path}{'?' if query else ''}{query}"
    # built by hand, so that it has exactly these headers, host included: the signature stays valid
    headers = [*kept, ("host", request.headers["host"]), ("content-length", str(len(body)))]
    answer = await service.send(httpx.Request(request.method, url, headers=headers, content=body), stream=True)
    try:
        content = b"".join([part async for part in answer.aiter_raw()])
    finally:
        await answer.aclose()
    given = Response(content, answer.status_code)
    given.raw_headers = [
        (name.lower(), value)
        for name, value in answer.headers.raw
        if name.lower() not in {b"connection", b"transfer-encoding", b"keep-alive"}
    ]
    if b"content-length" not in {name for name, _ in given.raw_headers}:
        given.raw_headers.append((b"content-length", str(len(content)).encode()))
    return given


def main() -> None:
    """Serve until interrupted."""
    options = argparse.ArgumentParser(description="a proxy that throttles")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--target", required=True)
    given = options.parse_args()
    app = create_app(given.target.rstrip("/"), Trouble())
    uvicorn.run(app, host=LOCALHOST, port=given.port, log_level="warning", access_log=False, lifespan="off")


if __name__ == "__main__":
    main()
