"""Examples of answers, recorded from the end-to-end tests: what the API really answered, once per operation.

`RECORD_EXAMPLES=1 pytest tests/e2e` records them anew; an operation that no test calls keeps the example it has. A test
holds each of them against its schema.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]

RECORDED = Path(__file__).with_name("examples.json")
_LONGEST_LIST = 1
_SIGNED = re.compile(r"\?.*X-Amz-.*")
_ADDRESS = re.compile(r"https?://[^/]*(127\.0\.0\.1|localhost)[^/]*")


def put_examples_in(whole: Json) -> None:
    """Put each recorded answer beside its schema; where there is none, that of another operation with the schema."""
    examples = _known()
    answers = list(_answers(whole))
    by_schema = {
        content["schema"]["$ref"]: examples[operation_id][status]
        for operation_id, status, content in answers
        if status in examples.get(operation_id, {})
    }
    for operation_id, status, content in answers:
        example = examples.get(operation_id, {}).get(status, by_schema.get(content["schema"]["$ref"]))
        if example is not None:
            content["example"] = example


def _answers(whole: Json) -> Iterator[tuple[str, str, Json]]:
    """Every answer that is JSON and no refusal: its operation, its status and its content."""
    for item in whole["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if status.startswith("2") and "application/json" in response["content"]:
                    yield operation["operationId"], status, response["content"]["application/json"]


def recorded(seen: Mapping[tuple[str, str], Any]) -> str:
    """The file with these answers, by operation and status, beside those it has."""
    examples = _known()
    for (operation_id, status), body in seen.items():
        examples.setdefault(operation_id, {})[status] = _shown(body)
    return json.dumps(examples, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _known() -> Json:
    return dict(json.loads(RECORDED.read_text(encoding="utf-8"))) if RECORDED.exists() else {}


def _shown(body: Any, name: str = "") -> Any:
    """The answer with short lists, and without the signatures and addresses of a test."""
    if isinstance(body, dict):
        return {each: _shown(value, each) for each, value in body.items()}
    if isinstance(body, list):
        return [_shown(each) for each in body[:_LONGEST_LIST]]
    if not isinstance(body, str):
        return body
    if name in {"policy", "secret", "cursor"} or name.lower().startswith("x-amz-"):
        return "whsec_…" if name == "secret" else "…"
    return _ADDRESS.sub("https://files.example.org", _SIGNED.sub("?X-Amz-Signature=…", body))
