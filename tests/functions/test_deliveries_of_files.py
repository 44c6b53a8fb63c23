"""upload_intake and textract_ocr know how often a message was delivered: a file may end its process once."""

import importlib.util
import json
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest

from tools.local_stack.synthesis import ROOT

WORK = {"supplier_id": "s1", "document_id": "d1"}
ARRIVAL = {"Records": [{"s3": {"object": {"key": "suppliers/s1/documents/d1/original"}}}]}


def handler_of(function: str) -> ModuleType:
    path = ROOT / "functions" / function / "handler.py"
    spec = importlib.util.spec_from_file_location(f"{function}_handler", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("function", "use_case", "method", "body"),
    [
        ("textract_ocr", "document_reader", "start", WORK),
        ("textract_ocr", "document_reader", "finish", {"JobId": "j", "JobTag": "s1.d1"}),
        ("upload_intake", "intake", "examine", ARRIVAL),
    ],
)
def test_the_use_case_knows_how_often_the_message_was_delivered(
    function: str, use_case: str, method: str, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = handler_of(function)
    made = Mock()
    monkeypatch.setattr(handler, use_case, lambda tenant: made)
    record = {"messageId": "m", "body": json.dumps(body), "attributes": {"ApproximateReceiveCount": "2"}}
    assert handler.lambda_handler({"Records": [record]}, Mock()) == {"batchItemFailures": []}
    (call,) = getattr(made, method).call_args_list
    assert call.kwargs["tries"] == 2
