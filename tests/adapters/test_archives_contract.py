"""The contract of the store of ZIPs, run on the fake and on DynamoDB."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from chorus_connector.adapters.queues.archives import parse_archive
from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.archives import KEPT, DynamoArchives
from chorus_connector.adapters.table.items import get_item
from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite
from chorus_connector.domain.invoices.archive import Archive, ArchiveEntry, ArchiveLine, first_line_of
from chorus_connector.ports.values import ArchiveWork
from tests.builders import NOW
from tests.dynamodb_table import empty_table
from tests.fakes import FakeArchives


class Stores(NamedTuple):
    ours: Any
    theirs: Any


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        yield Stores(FakeArchives(), FakeArchives())
        return
    with empty_table() as client:
        yield Stores(DynamoArchives(client, "t", "s1"), DynamoArchives(client, "t", "s2"))


def an_archive(**changes: Any) -> Archive:
    known = {"supplier_id": "s1", "archive_id": "z1", "file_name": "z.zip", "uploaded_by": "alice"}
    return Archive(**{**known, "received_at": NOW, "changed_at": NOW, **changes})


def test_a_zip_is_its_suppliers_alone_and_added_once(stores: Stores) -> None:
    lines = (first_line_of(ArchiveEntry(number=0, name="d/", kind="folder")), ArchiveLine(number=1, name="é.pdf"))
    archive = an_archive(metadata={"PJ": "oui"}, uploader_labels=frozenset({"nord"}), lines=lines)
    stores.ours.add(archive)
    assert stores.ours.get("z1") == archive
    with pytest.raises(AlreadyExists):
        stores.ours.add(archive)
    with pytest.raises(NotFound):
        stores.theirs.get("z1")


def test_of_two_workers_one_loses(stores: Stores) -> None:
    stores.ours.add(an_archive())
    read = stores.ours.get("z1")
    stores.ours.save(read.next(NOW, state="TAKING"))
    with pytest.raises(StaleWrite):
        stores.ours.save(read.next(NOW, state="DONE"))
    assert stores.ours.get("z1").state == "TAKING"


def test_the_table_forgets_a_zip_after_thirty_days_and_holds_the_largest() -> None:
    names = [ArchiveEntry(number=each, name="é" * 100, kind="folder") for each in range(300)]
    with empty_table() as client:
        DynamoArchives(client, "t", "s1").add(an_archive(lines=tuple(map(first_line_of, names))))
        item = get_item(client, "t", keys.primary_key(keys.supplier("s1"), keys.archive("z1")))
    assert item is not None
    assert int(item[keys.EXPIRES_AT]["N"]) == int((NOW + KEPT).timestamp())
    assert len(item["data"]["S"].encode()) < 350_000


def test_only_a_message_about_a_zip_is_taken_for_one() -> None:
    assert parse_archive('{"supplier_id": "s1", "archive_id": "z1"}') == ArchiveWork("s1", "z1")
    with pytest.raises(ValueError, match="not an archive"):
        parse_archive('{"supplier_id": "s1", "document_id": "d1"}')
