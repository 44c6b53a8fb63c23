"""The files' contract, run on the fakes and on S3: an original is stored once, and a link never writes to it."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from chorus_connector.adapters.s3 import (
    S3Attachments,
    S3Documents,
    original_key,
    parse_arrival,
    sent_key,
    upload_key,
    words_key,
)
from chorus_connector.domain.errors import TooManyFiles
from chorus_connector.domain.invoices.invoice import SentFile
from infra_cdk.data import TEMPORARY_TAG
from tests.aws import aws_client
from tests.fakes import FakeDocuments
from tests.fakes_tables import FakeAttachmentFiles
from tools.local_stack.emulator import tags_of_a_form

BUCKET = "documents"


class OnS3:
    """The adapters on a bucket with versions and locks, and a client that uses a link."""

    def __init__(self) -> None:
        self.client: Any = aws_client("s3")
        where = {"LocationConstraint": "eu-west-3"}
        self.client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True)
        self.documents: Any = S3Documents(self.client, BUCKET, "s1")
        self.attachments: Any = S3Attachments(self.client, BUCKET, "s1")

    def send(self, kind: Any, item_id: str, data: bytes) -> str:
        key = upload_key("s1", kind, item_id)
        return str(self.client.put_object(Bucket=BUCKET, Key=key, Body=data)["VersionId"])


class InMemory:
    def __init__(self) -> None:
        self.documents: Any = FakeDocuments()
        self.attachments: Any = FakeAttachmentFiles()

    def send(self, kind: str, item_id: str, data: bytes) -> str:
        files = self.documents if kind == "documents" else self.attachments
        return str(files.uploads.send(item_id, data))


@pytest.fixture(params=[InMemory, OnS3])
def world(request: pytest.FixtureRequest) -> Iterator[Any]:
    with mock_aws():
        yield request.param()


def test_an_original_is_stored_once(world: Any) -> None:
    version = world.documents.put_original("d1", b"first")
    assert world.documents.put_original("d1", b"FORGED") == version
    assert world.documents.original("d1", version) == world.documents.original("d1", "") == b"first"
    assert world.documents.stored_original("d1", at_most=5) == (version, 5, "", b"first")


def test_a_file_that_is_too_large_is_known_and_not_read(world: Any) -> None:
    version = world.documents.put_original("d1", b"first")
    assert world.documents.stored_original("d1", at_most=4) == (version, 5, "", None)


def test_a_sent_file_is_an_object_of_its_own_which_is_stored_once(world: Any) -> None:
    original = world.documents.put_original("d1", b"received")
    version = world.documents.put_sent("d1", b"sent")
    assert world.documents.put_sent("d1", b"sent") == version != ""
    assert world.documents.put_sent("d1", b"another") != version
    sent = SentFile(object_version=version, sha256=hashlib.sha256(b"sent").hexdigest(), size=4, rewritten=True)
    world.documents.lock_sent("d1", sent, until=datetime(2037, 1, 1, tzinfo=UTC))
    assert "d1" in world.documents.presign_sent("d1", sent, "f.pdf")
    assert world.documents.original("d1", original) == b"received"


def test_a_sent_file_is_locked_in_its_version() -> None:
    with mock_aws():
        world = OnS3()
        until = datetime(2037, 1, 1, tzinfo=UTC)
        digest = hashlib.sha256(b"sent").hexdigest()
        sent = SentFile(object_version=world.documents.put_sent("d1", b"sent"), sha256=digest, size=4, rewritten=True)
        world.documents.lock_sent("d1", sent, until=until)
        where = {"Bucket": BUCKET, "Key": sent_key("s1", "d1", digest), "VersionId": sent.object_version}
        found = world.client.head_object(**where)
        assert (found["ObjectLockMode"], found["ObjectLockRetainUntilDate"]) == ("GOVERNANCE", until)


def test_the_words_of_a_document_are_replaced_and_may_be_absent(world: Any) -> None:
    assert world.documents.words("d1") is None
    for words in (b"first", b"second"):
        world.documents.put_words("d1", words)
    assert world.documents.words("d1") == b"second"


def test_a_forgotten_document_gets_the_tag_that_the_bucket_deletes_by() -> None:
    with mock_aws():
        world = OnS3()
        world.documents.forget("d1")  # its file never came
        world.documents.put_original("d1", b"%PDF")
        world.documents.put_words("d1", b"words")
        world.documents.put_original("d2", b"%PDF")
        world.documents.forget("d1")
        tags = {
            key: [
                (each["Key"], each["Value"])
                for each in world.client.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]
            ]
            for key in (original_key("s1", "d1"), words_key("s1", "d1"), original_key("s1", "d2"))
        }
        assert list(tags.values()) == [[TEMPORARY_TAG], [TEMPORARY_TAG], []]


@pytest.mark.parametrize("kind", ["documents", "attachments"])
def test_the_first_of_the_files_that_a_link_brought_is_known(world: Any, kind: str) -> None:
    uploads = (world.documents if kind == "documents" else world.attachments).uploads
    assert uploads.first("i1") is None
    first, *_ = versions = [world.send(kind, "i1", data) for data in (b"first", b"second", b"third")]
    world.send(kind, "i10", b"of another one")
    assert (uploads.first("i1"), uploads.read("i1", first)) == (first, b"first")
    assert [uploads.is_first("i1", each) for each in versions] == [True, False, False]


@pytest.mark.acceptance
def test_the_first_of_very_many_files_is_known_by_its_version_and_not_looked_for(world: Any) -> None:
    versions = [world.send("documents", "d1", b"%d" % number) for number in range(1001)]
    uploads = world.documents.uploads
    assert [uploads.is_first("d1", each) for each in (*versions[:2], versions[-1])] == [True, False, False]
    with pytest.raises(TooManyFiles):
        uploads.first("d1")


def test_an_original_says_which_upload_it_was_stored_from(world: Any) -> None:
    version = world.documents.put_original("d1", b"first", upload_version="u1")
    world.documents.put_original("d1", b"FORGED", upload_version="u2")
    assert world.documents.stored_original("d1", at_most=5) == (version, 5, "u1", b"first")


def test_a_link_takes_only_what_carries_the_tag_that_the_bucket_deletes_by() -> None:
    with mock_aws():
        uploads = OnS3().documents.uploads
        fields = uploads.presign_upload("d1", at_most=9).fields
        tags = tags_of_a_form(fields["tagging"].encode())
        assert tags == dict([TEMPORARY_TAG])
        conditions = json.loads(base64.b64decode(fields["policy"]))["conditions"]
        assert {"tagging": fields["tagging"]} in conditions, "S3 refuses a form with another tag, or without one"


def test_the_version_that_the_record_names_is_the_one_that_is_locked_and_downloaded() -> None:
    with mock_aws():
        world = OnS3()
        version = world.documents.put_original("d1", b"first")
        key = original_key("s1", "d1")
        world.client.put_object(Bucket=BUCKET, Key=key, Body=b"by a mistake of ours")
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
        world.documents.lock_original("d1", version, until=until)
        locked = world.client.head_object(Bucket=BUCKET, Key=key, VersionId=version)
        assert locked["ObjectLockRetainUntilDate"] == until
        assert "ObjectLockRetainUntilDate" not in world.client.head_object(Bucket=BUCKET, Key=key)
        assert f"versionId={version}" in world.documents.presign_download("d1", version, "f.pdf")
        assert world.documents.original("d1", version) == b"first"


def test_a_link_leads_to_a_key_of_its_own_and_is_bound_to_a_size() -> None:
    with mock_aws():
        world = OnS3()
        for kind, files in (("documents", world.documents), ("attachments", world.attachments)):
            presigned = files.uploads.presign_upload("i1", at_most=10_485_760)
            assert presigned.fields["key"] == f"suppliers/s1/uploads/{kind}/i1/original"
            arrival = parse_arrival(presigned.fields["key"])
            assert arrival == ("s1", kind, "i1", True)


def test_the_keys_of_arrivals_are_read() -> None:
    assert parse_arrival(original_key("s1", "d1")) == ("s1", "documents", "d1", False)
    assert parse_arrival("suppliers/s1/attachments/a1/original") == ("s1", "attachments", "a1", False)


@given(
    st.sampled_from(["suppliers", "", "s1", "uploads", "documents", "exports", "original"]).flatmap(
        lambda first: st.lists(st.sampled_from(["", "s1", "exports", "x"]), max_size=6).map(lambda rest: [first, *rest])
    )
)
def test_no_other_key_is_taken_for_an_arrival(parts: list[str]) -> None:
    with pytest.raises(ValueError, match="arrival"):
        parse_arrival("/".join(parts))


@pytest.mark.parametrize("key", ["suppliers//documents/d1/original", "suppliers/s1/uploads/documents//original"])
def test_a_key_without_an_id_is_no_arrival(key: str) -> None:
    with pytest.raises(ValueError, match="arrival"):
        parse_arrival(key)
