"""The contract of tables, attachments and filtered lists, run on the fakes and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.s3 import S3Attachments
from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.items import write_many
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.adapters.table.tables import DynamoAttachments, DynamoTables
from chorus_connector.domain.errors import AlreadyExists, Invalid, NotFound
from chorus_connector.domain.invoices.attachments import Attachment, link_key
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.suppliers.tables import Proposal, TableRow, label_key, new_row, user_key
from tests.aws import aws_client, new_client
from tests.builders import NOW, SUPPLIER_SIRET, TOWN_SIRET, a_supplier, an_invoice
from tests.dynamodb_table import create_table, empty_table
from tests.fakes import Crash, FakeInvoices, FakeTable
from tests.fakes_tables import FakeAttachments, FakeTables


@dataclass
class Stores:
    ours: Any
    theirs: Any
    attachments: Any
    their_attachments: Any
    invoices: Any


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        yield Stores(FakeTables(), FakeTables(), FakeAttachments(), FakeAttachments(), FakeInvoices(FakeTable(), "s1"))
        return
    with empty_table() as client:
        for siret, supplier_id in ((TOWN_SIRET, "s1"), (SUPPLIER_SIRET, "s2")):
            supplier = a_supplier(supplier_id=supplier_id, siret=siret)
            DynamoInstallation(client, "t").create_supplier(supplier, administrator="root")
        yield Stores(
            DynamoTables(client, "t", "s1"),
            DynamoTables(client, "t", "s2"),
            DynamoAttachments(client, "t", "s1"),
            DynamoAttachments(client, "t", "s2"),
            DynamoInvoices(client, "t", "s1"),
        )


def a_row(label: str = "Mairie de Lyon", **changes: Any) -> TableRow:
    values = {"kind": "recipients", "value": TOWN_SIRET, "by": "alice", "now": NOW, "label": label}
    return new_row(**{**values, **changes})


def an_attachment(attachment_id: str = "a1", **changes: Any) -> Attachment:
    values: dict[str, Any] = {
        "attachment_id": attachment_id,
        "file_name": "bon.pdf",
        "metadata": {"Commande": "BC-17"},
        "size": 10,
        "uploaded_at": NOW,
        "uploaded_by": "alice",
    }
    return Attachment(**{**values, **changes})


@pytest.mark.row("S36")
def test_a_row_is_found_whatever_the_case_accents_and_spaces(stores: Stores) -> None:
    stores.ours.put([a_row("Préfecture  du Rhône")])
    assert stores.ours.row("recipients", label_key("PREFECTURE DU RHONE")) == a_row("Préfecture  du Rhône")
    assert stores.ours.row("recipients", label_key("Prefecture du Rhin")) is None
    assert stores.theirs.row("recipients", label_key("Préfecture du Rhône")) is None


def test_a_row_written_again_takes_the_place_of_the_first(stores: Stores) -> None:
    stores.ours.put([a_row("Mairie")])
    stores.ours.put([a_row("MAIRIE", value="11000201100045")])
    (row,) = stores.ours.page("recipients", limit=10, cursor=None).rows
    assert row.value == "11000201100045"


def test_a_table_is_read_page_by_page_and_holds_its_kind_only(stores: Stores) -> None:
    stores.ours.put([a_row(f"Mairie {n:02d}") for n in range(60)])
    stores.ours.put([a_row("compte", kind="bank", value="12")])
    seen: list[str] = []
    cursor = None
    while True:
        page = stores.ours.page("recipients", limit=25, cursor=cursor)
        seen += [row.label for row in page.rows]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [f"Mairie {n:02d}" for n in range(60)]
    with pytest.raises(Invalid):
        stores.ours.page("recipients", limit=5, cursor="nonsense!")


def test_a_deleted_row_is_gone_and_gone_once(stores: Stores) -> None:
    stores.ours.put([a_row("Mairie")])
    stores.ours.delete("recipients", label_key("mairie"))
    assert stores.ours.row("recipients", label_key("mairie")) is None
    with pytest.raises(NotFound):
        stores.ours.delete("recipients", label_key("mairie"))


@pytest.mark.row("S39")
def test_a_person_may_have_several_labels_and_a_label_several_people(stores: Stores) -> None:
    rows = [("Nord", "alice"), ("Sud", "alice"), ("nord", "bob"), ("Est", "alice2")]
    stores.ours.put([a_row(label, kind="users", value=who) for label, who in rows])
    assert stores.ours.labels_of("alice") == {"nord", "sud"}
    assert stores.ours.labels_of("bob") == {"nord"}
    assert stores.ours.labels_of("carol") == frozenset()
    assert stores.theirs.labels_of("alice") == frozenset()


@pytest.mark.row("S39")
def test_a_new_supplier_restricts_no_user_until_its_users_table_has_its_first_row(stores: Stores) -> None:
    stores.ours.put([a_row("Mairie")])
    assert stores.ours.unrestricted()
    stores.ours.put([a_row("Lycée"), a_row("Nord", kind="users", value="alice")])
    assert not stores.ours.unrestricted()
    stores.ours.delete("users", user_key("alice", "Nord"))
    assert not stores.ours.unrestricted(), "once is for ever: a row may be on its way"
    assert stores.theirs.unrestricted()


def test_a_supplier_of_an_older_release_may_restrict_a_user() -> None:
    """It has no mark: its users table is asked."""
    with empty_table() as client:
        assert not DynamoTables(client, "t", "s1").unrestricted()


def test_the_mark_of_an_empty_users_table_ends_before_the_first_row_is_written() -> None:
    """A worker that dies between the two leaves a table that is asked, never a row that no request asks for."""
    with mock_aws():
        client = new_client("dynamodb")
        create_table(client, "t")
        DynamoInstallation(client, "t").create_supplier(a_supplier(supplier_id="s1"), administrator="root")
        tables = DynamoTables(client, "t", "s1")
        client.meta.events.register("before-call.dynamodb.BatchWriteItem", _die)
        with pytest.raises(Crash):
            tables.put([a_row("Nord", kind="users", value="alice")])
        assert not tables.unrestricted()


def _die(**_: Any) -> None:
    raise Crash


def test_a_proposal_is_made_once_and_stays_dismissed(stores: Stores) -> None:
    proposal = Proposal(row=a_row(), document_id="d1")
    stores.ours.propose(proposal)
    stores.ours.propose(proposal.model_copy(update={"document_id": "d2"}))
    assert stores.ours.proposals(limit=10, cursor=None).proposals == (proposal,)
    stores.ours.dismiss(proposal)
    stores.ours.propose(proposal)
    assert stores.ours.proposal(proposal.key).status == "dismissed"
    assert stores.ours.row("recipients", proposal.row.key) is None


def test_a_proposal_of_a_message_comes_back_as_it_went_and_may_be_activated_under_another_label(stores: Stores) -> None:
    row = a_row("service technique", kind="services", value="STECH", scope="21930070500011")
    proposal = Proposal(
        row=row,
        origin="message",
        reference="MSG_000000001",
        sender_name="Mairie",
        first_day=date(2027, 3, 1),
        last_day=date(2027, 8, 31),
        in_directory=True,
    )
    stores.ours.propose(proposal)
    assert stores.ours.proposal(proposal.key) == proposal
    assert stores.theirs.proposals(limit=10, cursor=None).proposals == ()
    other = row.model_copy(update={"label": "Ateliers"})
    stores.ours.activate(proposal, other)
    assert stores.ours.proposals(limit=10, cursor=None).proposals == ()
    assert (stores.ours.row("services", other.key), stores.ours.row("services", row.key)) == (other, None)


def test_an_activated_proposal_is_a_row_and_no_proposal_any_more(stores: Stores) -> None:
    proposal = Proposal(row=a_row(), document_id="d1")
    stores.ours.propose(proposal)
    stores.ours.activate(proposal, proposal.row)
    assert stores.ours.row("recipients", proposal.row.key) == proposal.row
    with pytest.raises(NotFound):
        stores.ours.activate(proposal, proposal.row)
    with pytest.raises(NotFound):
        stores.ours.dismiss(proposal)


@pytest.mark.row("S44")
def test_an_attachment_is_found_by_each_of_its_metadata_and_not_by_a_strangers(stores: Stores) -> None:
    attachment = an_attachment(metadata={"Commande": "BC-17", "Lot": "4"})
    stores.attachments.add(attachment)
    assert list(stores.attachments.found_by(link_key("commande", " bc-17"))) == [attachment]
    assert list(stores.attachments.found_by(link_key("Lot", "4"))) == [attachment]
    assert list(stores.attachments.found_by(link_key("Lot", "BC-17"))) == []
    assert list(stores.their_attachments.found_by(link_key("Lot", "4"))) == []
    with pytest.raises(AlreadyExists):
        stores.attachments.add(attachment)


def test_an_attachment_that_arrived_is_known_with_its_size_wherever_it_is_found(stores: Stores) -> None:
    stores.attachments.add(an_attachment(size=None))
    stores.attachments.arrived(an_attachment(size=99))
    assert stores.attachments.get("a1").size == 99
    assert [each.size for each in stores.attachments.found_by(link_key("Commande", "BC-17"))] == [99]
    with pytest.raises(NotFound):
        stores.attachments.arrived(an_attachment("a2"))


def test_a_deleted_attachment_is_found_no_more(stores: Stores) -> None:
    stores.attachments.add(an_attachment())
    stores.attachments.add(an_attachment("a2"))
    stores.attachments.delete(an_attachment())
    with pytest.raises(NotFound):
        stores.attachments.get("a1")
    assert [a.attachment_id for a in stores.attachments.found_by(link_key("Commande", "BC-17"))] == ["a2"]
    assert [a.attachment_id for a in stores.attachments.page(limit=10, cursor=None).attachments] == ["a2"]


@pytest.mark.row("S40")
@pytest.mark.parametrize("view", ["to_process", None])
def test_filtered_lists_stay_paged_and_neither_lose_nor_repeat(stores: Stores, view: Any) -> None:
    for index in range(130):
        label = "nord" if index % 7 == 0 else "sud"
        received = NOW + timedelta(seconds=index)
        invoice = an_invoice(
            State.TO_COMPLETE, document_id=f"d{index:03d}", received_at=received, metadata={"label": label}
        )
        stores.invoices.add(invoice, by="alice")

    def sees(invoice: Invoice) -> bool:
        return invoice.metadata["label"] == "nord"

    seen: list[str] = []
    cursor, pages = None, 0
    while True:
        page = stores.invoices.page(view, limit=4, cursor=cursor, sees=sees)
        assert len(page.invoices) <= 4
        seen += [invoice.document_id for invoice in page.invoices]
        cursor, pages = page.cursor, pages + 1
        if cursor is None:
            break
    assert seen == [f"d{index:03d}" for index in range(126, -1, -7)]
    assert pages <= 7


def test_what_one_filtered_page_reads_is_bounded() -> None:
    with empty_table() as client:
        store = DynamoInvoices(client, "t", "s1")
        invoices = [an_invoice(State.TO_COMPLETE, document_id=f"d{index:03d}") for index in range(300)]
        items = [store._invoice_item(each) for each in invoices]  # 300 transactions would take 18 s
        write_many(client, "t", ({"PutRequest": {"Item": each}} for each in items))
        page = store.page("to_process", limit=1, cursor=None, sees=lambda _: False)
        assert page.invoices == ()
        assert page.cursor is not None
        assert store.page("to_process", limit=1, cursor=page.cursor, sees=lambda _: False).cursor is None


def test_an_attachments_file_is_stored_once_and_downloaded_in_that_version() -> None:
    with mock_aws():
        client = aws_client("s3")
        client.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        client.put_bucket_versioning(Bucket="documents", VersioningConfiguration={"Status": "Enabled"})
        files = S3Attachments(client, "documents", "s1")
        kept = files.put("a1", b"hello")
        assert files.put("a1", b"overwritten") == kept
        assert (files.read("a1", kept), files.read("a1", "")) == (b"hello", b"hello")
        assert "attachment%3B" in files.presign_download("a1", 'x".html', "")
        assert f"versionId={kept}" in files.presign_download("a1", "x.html", kept)
