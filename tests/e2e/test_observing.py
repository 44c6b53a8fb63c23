"""What an operator sees of one invoice: its lines in every function's log, its metrics, its locked file."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

ON_THE_WAY = ("upload_intake", "textract_ocr", "submission")
"""The functions of every invoice. One whose recipient is known, from an earlier test say, needs no resolution."""


@pytest.fixture(scope="module")
def document(stack: Running, samples: dict[str, Sample], demo_supplier: str) -> str:
    """An invoice that went all the way to the portal."""
    document = stack.api.upload(demo_supplier, samples["facture-site-internet.pdf"])
    stack.wait_for(demo_supplier, document, "READY", "SUBMITTED")
    stack.stack.run_schedule_now()
    stack.wait_for(demo_supplier, document, "SUBMITTED")
    return document


def _lines(stack: Running, box: str) -> list[dict[str, Any]]:
    """The JSON lines that the function has logged."""
    found = []
    for line in stack.stack.logs(box).splitlines():
        start = line.find("{")
        try:
            found.append(json.loads(line[start:])) if start >= 0 else None
        except ValueError:
            continue
    return found


def _about(stack: Running, box: str, document: str) -> list[dict[str, Any]]:
    return [line for line in _lines(stack, box) if line.get("correlation_id") == document]


def test_one_id_leads_from_the_request_through_every_function_to_the_portals_answer(
    stack: Running, demo_supplier: str, document: str
) -> None:
    assert eventually(lambda: all(_about(stack, box, document) for box in ON_THE_WAY))
    passed = (*ON_THE_WAY, *(["resolution"] if _about(stack, "resolution", document) else []))
    # the first: another test may have brought the same file again
    request = next(line for line in _about(stack, "upload_intake", document) if line["message"] == "answered")
    assert request["status"] == 202
    assert request["cause"] not in ("", document), "the request's own id"
    for box in passed:
        lines = _about(stack, box, document)
        assert all(line["supplier_id"] == demo_supplier for line in lines), box
        assert any(line["message"] == "message done" for line in lines), box
    at_the_portal = [line["message"] for line in _about(stack, "submission", document)]
    assert any(line.startswith("factures/soumettre") and "status=200" in line for line in at_the_portal), at_the_portal
    tick = {line["cause"] for line in _about(stack, "submission", document) if line["message"] == "worked on"}
    assert tick & {line["cause"] for line in _lines(stack, "sync_ten_minutes")}, "what set it going is known too"


def test_what_became_of_it_is_counted_under_few_dimensions_and_found_by_supplier(
    stack: Running, demo_supplier: str, document: str
) -> None:
    def counted() -> list[dict[str, Any]]:
        return [
            line for line in _lines(stack, "notifier") if line.get("supplier_id") == demo_supplier and "_aws" in line
        ]

    assert eventually(lambda: any(line.get("state") == "SUBMITTED" for line in counted()))
    for line in counted():
        (metric,) = line["_aws"]["CloudWatchMetrics"]
        assert set(metric["Dimensions"][0]) <= {"service", "state", "status"}
    assert next(line["Rejected"] for line in counted() if "Rejected" in line) == [0.0]
    assert any(line["SecondsToForm"][0] >= 0 for line in counted() if "SecondsToForm" in line)


def test_its_original_is_locked_for_the_years_accounting_wants(
    stack: Running, demo_supplier: str, document: str
) -> None:
    where = {
        "Bucket": stack.stack.outputs["DocumentsBucket"],
        "Key": f"suppliers/{demo_supplier}/documents/{document}/original",
    }
    s3 = stack.stack.boto_client("s3")
    retention = s3.get_object_retention(**where)["Retention"]
    assert retention["Mode"] == "GOVERNANCE"
    assert retention["RetainUntilDate"] > datetime.now(UTC) + timedelta(days=10 * 365)
    version = s3.head_object(**where)["VersionId"]
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.delete_object(**where, VersionId=version)


def test_an_original_that_was_not_sent_can_be_deleted(stack: Running, samples: dict[str, Sample]) -> None:
    supplier_id = stack.new_supplier()
    document = stack.api.upload(supplier_id, samples["chu-supervision.pdf"])
    stack.wait_for(supplier_id, document, "TO_COMPLETE")
    s3 = stack.stack.boto_client("s3")
    where = {
        "Bucket": stack.stack.outputs["DocumentsBucket"],
        "Key": f"suppliers/{supplier_id}/documents/{document}/original",
    }
    version = s3.head_object(**where)["VersionId"]
    assert s3.delete_object(**where, VersionId=version)["ResponseMetadata"]["HTTPStatusCode"] == 204
