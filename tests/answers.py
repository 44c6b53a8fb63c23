"""Answers of the API against its description: a declared status, and a body of declared properties only."""

import json
import re
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import validator_for

Json = dict[str, Any]

_NAMES_OF_OURS = (("HistoryEvent", "action"), ("ConfigurationChange", "event"))
"""Extensible enums whose values only this release writes: an answer has no other than the description names."""


class Answers:
    """The checks of one description."""

    def __init__(self, described: Json) -> None:
        self._closed = {"components": _closed(described["components"])}
        for name, field in _NAMES_OF_OURS:
            known = self._closed["components"]["schemas"][name]["properties"][field]
            known["enum"] = known["x-extensible-enum"]
        self._paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), item)
            # what is written out comes before a parameter: /documents/attachments/uploads is not an attachment's id
            for path, item in sorted(described["paths"].items(), key=lambda each: (each[0].count("{"), each[0]))
        ]
        self._responses = described["components"]["responses"]
        self.seen: dict[tuple[str, str], Any] = {}

    def faults(self, schema: Json, body: Any) -> list[str]:
        """What is wrong with a body, unknown properties included."""
        whole = {**self._closed, **_closed(schema)}
        validator = validator_for(whole, default=Draft202012Validator)(whole, format_checker=FormatChecker())
        return [f"{each.json_path}: {each.message[:300]}" for each in validator.iter_errors(body)]

    def check(self, method: str, path: str, answer: httpx.Response) -> None:
        """Raise AssertionError on an answer that the description does not allow."""
        operation = self._operation(method, path)
        if operation is None:
            return
        status, where = str(answer.status_code), f"{method} {path} → {answer.status_code}"
        response = operation["responses"].get(status)
        assert response is not None, f"{where} is not declared: {answer.text[:300]}"
        if "$ref" in response:
            response = self._responses[response["$ref"].rsplit("/", 1)[-1]]
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        if "content" not in response:
            assert not answer.content, f"{where} has a body"
            return
        assert media_type in response["content"], f"{where} is {media_type}: {answer.text[:300]}"
        if response["content"][media_type]["schema"].get("format") == "binary":
            return
        body = json.loads(answer.content)
        faults = self.faults(response["content"][media_type]["schema"], body)
        assert not faults, f"{where} {operation['operationId']}: {faults[:5]}"
        if media_type == "application/json" and status.startswith("2"):
            self.seen.setdefault((operation["operationId"], status), body)

    def _operation(self, method: str, path: str) -> Json | None:
        for pattern, item in self._paths:
            if pattern.fullmatch(path) and method.lower() in item:
                found: Json = item[method.lower()]
                return found
        return None


def _closed(schema: Any) -> Any:
    """The schema with no other property than those it declares."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(each) for name, each in schema.items()}
    if isinstance(closed.get("properties"), dict) and closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed
