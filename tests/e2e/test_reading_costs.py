"""What a supplier has OCR used for, from the API's switch to Textract's job, and what is counted of it."""

import json
from typing import Any

import pytest

from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]


def test_a_supplier_that_always_wants_ocr_has_a_text_layer_recognised_and_its_pages_counted(
    stack: Running, samples: dict[str, Sample]
) -> None:
    supplier_id = stack.new_supplier()
    path = f"/suppliers/{supplier_id}"
    supplier = stack.api.call("GET", path)
    assert supplier["ocr"] == "when_needed"
    changed = stack.api.call("PATCH", path, json={"ocr": "always"}, headers={"If-Match": f'"{supplier["version"]}"'})
    assert changed["ocr"] == "always"
    document = stack.api.upload(supplier_id, samples["facture-site-internet.pdf"])
    stack.wait_for(supplier_id, document, "READY", "TO_COMPLETE")
    story = stack.api.call("GET", f"{path}/invoices/{document}/history")["events"]
    assert "ocr_started" in [event["action"] for event in story]
    assert eventually(lambda: _counted(stack, supplier_id) != [])
    (counted,) = _counted(stack, supplier_id)
    assert (counted["PagesText"], counted["PagesTextract"], counted["TextractPagesBilled"]) == ([0.0], [1.0], [1.0])
    assert counted["ReadingDollars"][0] > 0


def _counted(stack: Running, supplier_id: str) -> list[dict[str, Any]]:
    """The metrics that textract_ocr has written of that supplier's documents."""
    lines = (line for line in stack.stack.logs("textract_ocr").splitlines() if '"PagesText"' in line)
    written = (json.loads(line[line.index("{") :]) for line in lines)
    return [each for each in written if each["supplier_id"] == supplier_id]
