"""What the files cost that come by an upload link after the first."""

from collections import Counter
from typing import Any

import pytest
from botocore.client import BaseClient

from chorus_connector.adapters.s3 import original_key, upload_key
from chorus_connector.domain.invoices.states import State
from chorus_connector.usecases.invoices.intake import StoreUploads
from functions.upload_intake.handler import lambda_handler
from tests.api.functions import BUCKET, CONTEXT, Functions
from tests.api.test_labels import arrival
from tests.builders import NOW, an_invoice
from tests.fakes import FakeDocuments, FakeInvoices, FakeTable


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the requests to AWS by operation."""
    counted: Counter[str] = Counter()
    send = BaseClient._make_api_call  # type: ignore[attr-defined]

    def counting(client: Any, operation: str, parameters: Any) -> Any:
        counted[operation] += 1
        return send(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", counting)
    return counted


def test_a_later_file_costs_one_read_and_a_refused_write_and_no_request_to_the_bucket(
    functions: Functions, calls: Counter[str]
) -> None:
    functions.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    document = functions.send("POST", "/suppliers/s1/uploads", body={"file_name": "f.pdf"}).body["document_id"]
    key = upload_key("s1", "documents", document)
    versions = [functions.s3.put_object(Bucket=BUCKET, Key=key, Body=b"%d" % each)["VersionId"] for each in range(21)]
    assert lambda_handler(arrival(key, versions[0]), CONTEXT) == {"batchItemFailures": []}
    assert lambda_handler(arrival(original_key("s1", document), ""), CONTEXT) == {"batchItemFailures": []}
    calls.clear()
    for version in versions[1:]:
        assert lambda_handler(arrival(key, version), CONTEXT) == {"batchItemFailures": []}
    assert calls == {"GetItem": 20, "PutItem": 20}
    events = functions.send("GET", f"/suppliers/s1/invoices/{document}/history").body["events"]
    assert [each["action"] for each in events].count("later_file_dropped") == 1


def test_later_files_before_and_after_the_examination_are_one_line_of_the_history(functions: Functions) -> None:
    functions.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    document = functions.send("POST", "/suppliers/s1/uploads", body={"file_name": "f.pdf"}).body["document_id"]
    key = upload_key("s1", "documents", document)
    first, *later = (
        functions.s3.put_object(Bucket=BUCKET, Key=key, Body=b"%d" % each)["VersionId"] for each in range(3)
    )
    arrivals = [arrival(key, each) for each in (first, later[0])]
    for event in [*arrivals, arrival(original_key("s1", document), ""), arrival(key, later[1])]:
        assert lambda_handler(event, CONTEXT) == {"batchItemFailures": []}
    events = functions.send("GET", f"/suppliers/s1/invoices/{document}/history").body["events"]
    assert [each["action"] for each in events] == ["received", "later_file_dropped", "examined"]


def test_a_later_file_of_an_attachment_costs_one_read(functions: Functions, calls: Counter[str]) -> None:
    functions.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    announced = functions.send("POST", "/suppliers/s1/documents/attachments/uploads", body={"file_name": "b.pdf"}).body
    key = upload_key("s1", "attachments", announced["attachment_id"])
    versions = [functions.s3.put_object(Bucket=BUCKET, Key=key, Body=b"%d" % each)["VersionId"] for each in range(6)]
    assert lambda_handler(arrival(key, versions[0]), CONTEXT) == {"batchItemFailures": []}
    calls.clear()
    for version in versions[1:]:
        assert lambda_handler(arrival(key, version), CONTEXT) == {"batchItemFailures": []}
    assert calls == {"GetItem": 5}


def test_a_thousand_files_after_the_examination_are_dropped_without_a_request_to_the_bucket() -> None:
    invoices, documents = FakeInvoices(FakeTable(), "s1"), FakeDocuments()
    invoices.add(an_invoice(State.TO_COMPLETE, document_id="d1", upload_version="1"), by="alice")
    del documents.uploads  # any use of it would fail
    store = StoreUploads(invoices, documents)
    assert not any(store.arrived("d1", version=str(each), now=NOW) for each in range(2, 1002))
    assert [each.action for each in invoices.events("d1")].count("later_file_dropped") == 1


def test_each_file_before_the_examination_costs_one_short_listing(functions: Functions, calls: Counter[str]) -> None:
    functions.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    document = functions.send("POST", "/suppliers/s1/uploads", body={"file_name": "f.pdf"}).body["document_id"]
    key = upload_key("s1", "documents", document)
    versions = [functions.s3.put_object(Bucket=BUCKET, Key=key, Body=b"%d" % each)["VersionId"] for each in range(6)]
    calls.clear()
    for version in versions[1:]:
        assert lambda_handler(arrival(key, version), CONTEXT) == {"batchItemFailures": []}
    assert calls == {"GetItem": 5, "PutItem": 5, "ListObjectVersions": 5}
