"""The double over HTTP: Textract's JSON 1.1 protocol at `/`, and requests of tests under `/_double/`."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import ClientError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tools.local_stack.textract_double.faults import Faults
from tools.local_stack.textract_double.jobs import APIS, FetchObject, Jobs, Publish, TextractError

_TARGET = "Textract."
_CONTENT_TYPE = "application/x-amz-json-1.1"


def create_app(fetch: FetchObject, publish: Publish) -> Starlette:
    """The double's application; `fetch` reads objects, `publish` sends a job's completion message."""
    faults = Faults()
    jobs = Jobs(fetch, publish, faults=faults)
    operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        f"{verb}{api}": partial(method, api)
        for api in APIS
        for verb, method in (("Start", jobs.start), ("Get", jobs.get))
    }

    async def call(request: Request) -> Response:
        operation = request.headers.get("x-amz-target", "").removeprefix(_TARGET)
        try:
            answer = await run_in_threadpool(operations.get(operation, _unknown), _parsed(await request.body()))
        except TextractError as error:
            body = {"__type": error.code, "Code": error.code, "Message": str(error)}
            return _json(body, error.status, {"x-amzn-errortype": error.code})
        return _json(answer, 200, {})

    async def ready(_: Request) -> Response:
        return JSONResponse({"ready": True})

    async def plan(request: Request) -> Response:
        wish = await request.json()
        try:
            faults.plan(wish["where"], wish["kind"], int(wish.get("times", 1)))
        except (KeyError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"planned": wish})

    async def forget(_: Request) -> Response:
        faults.clear()
        return JSONResponse({"planned": None})

    return Starlette(
        routes=[
            Route("/", call, methods=["POST"]),
            Route("/_double/ready", ready),
            Route("/_double/faults", plan, methods=["POST"]),
            Route("/_double/faults", forget, methods=["DELETE"]),
        ]
    )


def s3_objects() -> FetchObject:
    """Reads objects from the S3 endpoint of the environment's AWS variables."""
    s3 = boto3.client("s3")

    def fetch(bucket: str, key: str, version: str | None) -> bytes:
        try:
            options = {"VersionId": version} if version else {}
            return bytes(s3.get_object(Bucket=bucket, Key=key, **options)["Body"].read())
        except ClientError as error:
            raise KeyError(key) from error

    return fetch


def sns_messages() -> Publish:
    """Sends messages to topics of the SNS endpoint of the environment's AWS variables."""
    sns = boto3.client("sns")

    def publish(topic: str, message: str) -> None:
        sns.publish(TopicArn=topic, Message=message)

    return publish


def _unknown(_: dict[str, Any]) -> dict[str, Any]:
    raise TextractError("UnknownOperationException", "this double has no such operation")


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise TextractError("SerializationException", "the body is not JSON") from error
    if not isinstance(parsed, dict):
        raise TextractError("SerializationException", "the body is not a JSON object")
    return parsed


def _json(body: Any, status: int, headers: dict[str, str]) -> Response:
    return Response(json.dumps(body), status, headers, media_type=_CONTENT_TYPE)
