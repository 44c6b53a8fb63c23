"""ministack with what it lacks here.

`dynamodb:LeadingKeys`, a condition key of IAM: the requested partition keys. Without it, a policy that permits one
tenant's partition denies everything, and a policy that is too wide permits everything. For a transaction or a batch the
key has the values of all items. That is the stricter reading of AWS's rule: a request that is permitted here is
permitted there.

The field `tagging` of an upload form: the object's tags as XML.

Composite alarms in a template: it has them in CloudWatch, which checks their rules and children, but not in
CloudFormation.

The HTTP API under a name: `<id>.execute-api.localhost`. A browser keeps cookies by host name, and takes names that end
in `.localhost` for this machine (RFC 6761). The functions' Python does not, so their workers are taught it.

The sign-in page's `/oauth2/revoke`: ministack revokes tokens by the API only.

Run it as `python -m tools.local_stack.emulator` instead of ministack.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from defusedxml.ElementTree import fromstring
from ministack.core import iam_actions

LEADING_KEYS = "dynamodb:LeadingKeys"
_OF_ONE_ITEM = ("Put", "Update", "Delete", "Get", "ConditionCheck")

Schema = dict[str, Any]


def leading_keys(request: dict[str, Any], partition_key: str) -> list[str]:
    """The distinct partitions that a DynamoDB request names, in no order."""
    return sorted({next(iter(value.values())) for value in _values(request, partition_key)})


def _values(request: dict[str, Any], name: str) -> Iterator[dict[str, str]]:
    if "TransactItems" in request:
        items = [each[kind] for each in request["TransactItems"] for kind in _OF_ONE_ITEM if kind in each]
        yield from (value for item in items for value in _values(item, name))
    for asked in request.get("RequestItems", {}).values():
        if isinstance(asked, list):  # writes
            places = [place for each in asked for place in each.values()]
            yield from (value for place in places for value in _values(place, name))
        else:
            yield from (key[name] for key in asked.get("Keys", ()) if name in key)
    for place in ("Key", "Item"):
        if name in request.get(place, {}):
            yield request[place][name]
    if (value := _queried(request, name)) is not None:
        yield value


def _queried(request: dict[str, Any], name: str) -> dict[str, str] | None:
    """The partition key's value in a query."""
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    for named, placeholder in re.findall(r"(#?\w+)\s*=\s*(:\w+)", request.get("KeyConditionExpression") or ""):
        if names.get(named, named) == name:
            return values.get(placeholder)
    return None


def _partition_key(request: dict[str, Any]) -> str:
    """The name of the partition key of the index that the request uses, else of its table."""
    from ministack.services import dynamodb  # noqa: PLC0415 (ministack loads a service when it is first asked)

    tables = [request.get("TableName"), *request.get("RequestItems", {})]
    tables += [item.get("TableName") for each in request.get("TransactItems", ()) for item in each.values()]
    table: Schema = next((found for name in tables if name and (found := dynamodb._tables.get(name))), {})
    indexes = [
        each for each in table.get("GlobalSecondaryIndexes", ()) if each["IndexName"] == request.get("IndexName")
    ]
    schema = (indexes[0] if indexes else table).get("KeySchema", ())
    return next((str(each["AttributeName"]) for each in schema if each["KeyType"] == "HASH"), "")


def _with_leading_keys(context_of: Any) -> Any:
    def with_leading_keys(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = context_of(body)
        request = json.loads(body or b"{}")
        keys = leading_keys(request, _partition_key(request))
        return context | ({LEADING_KEYS: keys} if keys else {})

    return with_leading_keys


def tags_of_a_form(tagging: bytes) -> dict[str, str]:
    """The tags in an upload form's field."""
    return {tag.findtext("Key", ""): tag.findtext("Value", "") for tag in fromstring(tagging).iter("Tag")}


def _with_tags(post_object: Any, s3: Any) -> Any:
    def with_tags(bucket: str, body: bytes, headers: dict[str, str]) -> Any:
        answer = post_object(bucket, body, headers)
        form = {name: value for name, _, _, value in s3._parse_multipart_form(headers.get("content-type", ""), body)}
        version = answer[1].get("x-amz-version-id")
        if version and "tagging" in form:
            s3._object_tags[(bucket, form["key"].decode(), version)] = tags_of_a_form(form["tagging"])
        return answer

    return with_tags


def _create_composite_alarm(_logical_id: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
    from ministack.services import cloudwatch  # noqa: PLC0415

    name = properties["AlarmName"]
    status, _, body = cloudwatch._put_composite_alarm({}, properties, is_cbor=False, is_json=True)
    if status != 200:
        raise ValueError(f"AWS::CloudWatch::CompositeAlarm {name}: {body!r}")
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}


def _delete_composite_alarm(name: str, _properties: dict[str, Any]) -> None:
    from ministack.services import cloudwatch  # noqa: PLC0415

    cloudwatch._composite_alarms.pop(name, None)


_LOCALHOST_NAMES = """
import socket as _socket
_resolve = _socket.getaddrinfo
def _with_localhost_names(host, *rest, **more):
    here = isinstance(host, str) and host.endswith(".localhost")
    return _resolve("127.0.0.1" if here else host, *rest, **more)
_socket.getaddrinfo = _with_localhost_names
"""
"""What a function's worker runs first."""


def _answer_under_a_name() -> None:
    """Serve the HTTP API as `<id>.execute-api.localhost`, and name it so in its attributes."""
    from ministack import app  # noqa: PLC0415
    from ministack.core import lambda_runtime  # noqa: PLC0415
    from ministack.services import apigateway  # noqa: PLC0415
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    app._EXECUTE_API_RE = re.compile(r"^([a-f0-9]{8})\.execute-api\.localhost(?::\d+)?$")
    apigateway._HOST = provisioners._MINISTACK_HOST = "localhost"
    lambda_runtime._PYTHON_WORKER_SCRIPT = _LOCALHOST_NAMES + lambda_runtime._PYTHON_WORKER_SCRIPT


def _with_revocation(requests: Any) -> Any:
    """Answer `POST /oauth2/revoke` (RFC 7009) for a client that knows its secret."""
    from ministack.services import cognito  # noqa: PLC0415

    async def with_revocation(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Any:
        if (method, path) != ("POST", "/oauth2/revoke"):
            return await requests(method, path, headers, body, query_params)
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        client_id, secret = cognito._authenticate_client(headers, form)
        client = cognito._find_pool_by_client_id(client_id)[2] or {}
        if not client or client.get("ClientSecret", "") != secret:
            return cognito._oauth2_error("invalid_client", "Invalid client credentials.")
        return cognito._revoke_token({"Token": form.get("token", "")})

    return with_revocation


def main() -> None:
    from ministack import app  # noqa: PLC0415
    from ministack.app import main as serve  # noqa: PLC0415 (after the changes below)
    from ministack.services import s3  # noqa: PLC0415
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    _answer_under_a_name()
    app._handle_cognito_body_request = _with_revocation(app._handle_cognito_body_request)
    s3._post_object = _with_tags(s3._post_object, s3)
    provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::CompositeAlarm"] = {
        "create": _create_composite_alarm,
        "delete": _delete_composite_alarm,
    }

    iam_actions.dynamodb_service_context = _with_leading_keys(iam_actions.dynamodb_service_context)
    serve()


if __name__ == "__main__":
    main()
