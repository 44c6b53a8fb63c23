"""What tracking requires of the table and the bucket: the table's part on the fake and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.queues.work import parse_tracking_work
from chorus_connector.adapters.s3 import S3Documents, S3Export
from chorus_connector.adapters.table.invoices import DynamoInvoices, DynamoTrackingProgress
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.domain.errors import AlreadyExists, StaleWrite
from chorus_connector.domain.invoices.invoice import Deposit, Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import FoundInvoice
from chorus_connector.domain.portal.tracking import TrackingProgress, found_at_portal
from chorus_connector.ports.values import Work
from tests.aws import aws_client
from tests.builders import NOW, a_supplier, an_invoice
from tests.dynamodb_table import empty_table
from tests.fakes import FakeInstallation, FakeInvoices, FakeTable, FakeTrackingProgress


@dataclass
class Stores:
    invoices: Any
    progress: Any
    installation: Any


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        table = FakeTable()
        yield Stores(FakeInvoices(table, "s1"), FakeTrackingProgress(table, "s1"), FakeInstallation(table))
        return
    with empty_table() as client:
        installation = DynamoInstallation(client, "t")
        installation.create_supplier(a_supplier(), administrator="alice")  # else nothing is written for it
        yield Stores(DynamoInvoices(client, "t", "s1"), DynamoTrackingProgress(client, "t", "s1"), installation)


def a_row(chorus_id: int = 8001, number: str = "FA-1", **facts: Any) -> FoundInvoice:
    values: dict[str, Any] = {"recipient_siret": None, "invoice_date": None, "total_ttc": None, "status": "DEPOSEE"}
    return FoundInvoice(chorus_id=chorus_id, invoice_number=number, **{**values, **facts})


def found(row: FoundInvoice) -> Invoice:
    return found_at_portal(row, "s1", now=NOW)


def submitted(stores: Stores, document_id: str = "d1", *, chorus_id: int = 8001, number: str = "FA-1") -> Invoice:
    """A document that was submitted under its number."""
    stores.invoices.add(an_invoice(State.SUBMITTING, document_id=document_id), by="alice")
    deposit = Deposit(chorus_id=chorus_id, invoice_number=number, status="DEPOSEE")
    sent = stores.invoices.get(document_id).move(State.SUBMITTED, NOW, action="submit", deposit=deposit)
    stores.invoices.save_claiming_number(sent, number, by="submission", action="submitted")
    return sent


@pytest.mark.row("S21")
def test_our_records_of_a_page_are_found_by_number_or_by_the_portals_id(stores: Stores) -> None:
    sent = submitted(stores)
    stores.invoices.adopt(found(a_row(8002, "FA-2")), by="tracking_sync")
    rows = [a_row(8001, "FA-1"), a_row(8002, "FA-2"), a_row(8003, "FA-3")]
    known = stores.invoices.at_portal(rows)
    assert {chorus_id: each.document_id for chorus_id, each in known.items()} == {
        8001: sent.document_id,
        8002: "portal-8002",
    }


@pytest.mark.acceptance
@pytest.mark.row("S21")
def test_more_than_a_batch_of_rows_is_found_whole(stores: Stores) -> None:
    rows = [a_row(9000 + n, f"N-{n}") for n in range(130)]
    for row in rows:
        stores.invoices.adopt(found(row), by="tracking_sync")
    assert len(stores.invoices.at_portal(rows)) == 130


def test_an_invoice_is_adopted_once_with_its_number(stores: Stores) -> None:
    stores.invoices.adopt(found(a_row()), by="tracking_sync")
    with pytest.raises(AlreadyExists):
        stores.invoices.adopt(found(a_row()), by="tracking_sync")
    assert stores.invoices.number_holder("FA-1") == "portal-8001"
    assert [event.action for event in stores.invoices.events("portal-8001")] == ["found_at_portal"]


@pytest.mark.row("B01")
def test_what_is_ours_by_its_number_is_not_adopted(stores: Stores) -> None:
    submitted(stores)
    with pytest.raises(AlreadyExists):
        stores.invoices.adopt(found(a_row()), by="tracking_sync")


def test_an_invoice_sent_by_other_means_under_a_refused_documents_number_is_adopted(stores: Stores) -> None:
    stores.invoices.add(an_invoice(State.SUBMITTING), by="alice")
    refused = stores.invoices.get("d1").move(State.REFUSED, NOW, action="refuse")
    stores.invoices.save_claiming_number(refused, "FA-1", by="submission", action="refused")
    assert stores.invoices.at_portal([a_row()]) == {}
    stores.invoices.adopt(found(a_row()), by="tracking_sync")
    assert stores.invoices.number_holder("FA-1") == "d1"
    assert stores.invoices.get("portal-8001").origin == "portal"


@pytest.mark.row("S19")
def test_a_next_check_is_no_new_version_and_moves_the_due_time(stores: Stores) -> None:
    sent = submitted(stores)
    stores.invoices.reschedule(sent.model_copy(update={"due_at": NOW + timedelta(hours=1)}))
    assert stores.invoices.get("d1").version == sent.version
    assert stores.installation.tracking_due(NOW, limit=10) == []
    assert list(stores.installation.tracking_due(NOW + timedelta(hours=1), limit=10)) == [Work("s1", "d1")]
    assert list(stores.installation.due(NOW + timedelta(days=9), limit=10)) == [], "nothing for the submission box"
    moved = sent.move(State.SUBMITTED, NOW, action="follow")
    stores.invoices.save(moved, by="x", action="y")
    with pytest.raises(StaleWrite):
        stores.invoices.reschedule(sent)


def test_a_line_of_changes_is_written_only_if_it_is_the_first(stores: Stores) -> None:
    assert stores.progress.get() == TrackingProgress()
    first = stores.progress.save(TrackingProgress().with_run(NOW))
    assert stores.progress.get() == first
    with pytest.raises(StaleWrite):
        stores.progress.save(TrackingProgress().with_run(NOW))


@pytest.mark.row("S21")
def test_a_local_supplier_is_due_by_night_and_a_cut_run_by_day(stores: Stores) -> None:
    progress = stores.progress.save(TrackingProgress().with_run(NOW))
    progress = stores.progress.save(progress.after_page(1).finished("local", NOW))
    assert stores.installation.nightly_tracking_due(NOW, limit=10) == []
    assert list(stores.installation.nightly_tracking_due(NOW + timedelta(days=1), limit=10)) == [Work("s1", "")]
    assert stores.installation.tracking_due(NOW + timedelta(days=1), limit=10) == []
    stores.progress.save(progress.with_run(NOW).interrupted(NOW))
    assert list(stores.installation.tracking_due(NOW, limit=10)) == [Work("s1", "")]


@pytest.mark.row("S24")
def test_an_invoice_that_came_back_is_among_those_to_be_processed(stores: Stores) -> None:
    stores.invoices.adopt(found(a_row(status="SUSPENDUE")), by="tracking_sync")
    assert len(stores.invoices.page("to_process", limit=5, cursor=None).invoices) == 1
    assert stores.invoices.page("tracking", limit=5, cursor=None).invoices == ()


@pytest.mark.row("S24")
def test_an_export_of_many_parts_is_one_file() -> None:
    with mock_aws():
        client = aws_client("s3")
        client.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        for pieces in (1, 3):
            file = S3Export(client, "documents", "s1", f"{pieces}.csv")
            for _ in range(pieces):
                file.write(b"x" * (6 * 1024 * 1024 if pieces > 1 else 10))
            file.write(b"end")
            assert f"{pieces}.csv" in file.finish()
            where = {"Bucket": "documents", "Key": f"suppliers/s1/exports/{pieces}.csv"}
            data = client.get_object(**where)["Body"].read()
            assert data.endswith(b"end")
            assert len(data) == (3 * 6 * 1024 * 1024 if pieces > 1 else 10) + 3
            assert client.get_object_tagging(**where)["TagSet"] == [{"Key": "lifetime", "Value": "days"}]
            assert client.head_object(**where)["ContentType"] == "text/csv; charset=utf-8"


def test_an_export_names_its_kind_and_only_its_own_supplier_gets_a_link_to_it() -> None:
    with mock_aws():
        client = aws_client("s3")
        client.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        documents = S3Documents(client, "documents", "s1")
        for name, kind in (("a.csv", "text/csv; charset=utf-8"), ("a.jsonl", "application/x-ndjson; charset=utf-8")):
            key = documents.put_export(name, b"x")
            assert key == f"suppliers/s1/exports/{name}"
            assert client.head_object(Bucket="documents", Key=key)["ContentType"] == kind
            assert client.get_object_tagging(Bucket="documents", Key=key)["TagSet"][0]["Key"] == "lifetime"
            assert name in documents.presign_export(key)
            with pytest.raises(ValueError, match="of this supplier"):
                S3Documents(client, "documents", "s2").presign_export(key)


def test_an_unfinished_export_is_no_file() -> None:
    with mock_aws():
        client = aws_client("s3")
        client.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        S3Export(client, "documents", "s1", "cut.csv").write(b"x" * 6 * 1024 * 1024)
        assert client.list_objects_v2(Bucket="documents")["KeyCount"] == 0
        (left,) = client.list_multipart_uploads(Bucket="documents")["Uploads"]  # what the bucket's rule ends
        assert left["Key"] == "suppliers/s1/exports/cut.csv"


@pytest.mark.row("B04")
def test_a_copy_of_what_the_portal_holds_is_kept_for_a_link() -> None:
    with mock_aws():
        client = aws_client("s3")
        client.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        url = S3Documents(client, "documents", "s1").put_portal_copy("d1", "FA/1.pdf", b"%PDF")
        assert "suppliers/s1/documents/d1/portal" in url
        assert "FA_1.pdf" in url


@pytest.mark.parametrize("body", ["{}", '{"supplier_id": "s1"}', '{"supplier_id": "s1", "document_ids": [1]}', "[]"])
def test_a_message_that_names_no_documents_to_track_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="tracking message"):
        parse_tracking_work(body)
