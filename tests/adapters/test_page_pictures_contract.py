"""The contract of kept pictures, on the fake and on S3."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.s3 import S3Documents
from chorus_connector.adapters.s3_pictures import S3PagePictures, picture_key
from infra_cdk.data import TEMPORARY_TAG
from tests.aws import aws_client
from tests.fakes import FakePagePictures

BUCKET = "documents"


class OnS3:
    def __init__(self) -> None:
        self.client: Any = aws_client("s3")
        where = {"LocationConstraint": "eu-west-3"}
        self.client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True)
        self.pictures: Any = S3PagePictures(self.client, BUCKET, "s1")

    def put(self, document_id: str, data: bytes) -> str:
        return S3Documents(self.client, BUCKET, "s1").put_original(document_id, data)


class InMemory:
    def __init__(self) -> None:
        self.pictures: Any = FakePagePictures()

    def put(self, document_id: str, data: bytes) -> str:
        self.pictures.originals |= {(document_id, "v"): data, (document_id, ""): data}
        return "v"


@pytest.fixture(params=[InMemory, OnS3])
def world(request: pytest.FixtureRequest) -> Iterator[Any]:
    with mock_aws():
        yield request.param()


def test_a_picture_is_kept_for_its_page_and_its_version_only(world: Any) -> None:
    world.pictures.keep("d1", "v1", 1, b"picture")
    assert world.pictures.kept("d1", "v1", 1) == b"picture"
    assert world.pictures.kept("d1", "v1", 2) is None
    assert world.pictures.kept("d1", "v2", 1) is None
    assert world.pictures.kept("d2", "v1", 1) is None


def test_a_document_has_its_file_in_that_version_or_none(world: Any) -> None:
    version = world.put("d1", b"%PDF")
    assert world.pictures.original("d1", version) == world.pictures.original("d1", "") == b"%PDF"
    assert world.pictures.original("d2", "") is None


def test_the_bucket_forgets_pictures_and_no_event_announces_them() -> None:
    with mock_aws():
        world = OnS3()
        world.pictures.keep("d1", "v1", 1, b"picture")
        key = picture_key("s1", "d1", "v1", 1)
        tags = world.client.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]
        assert {each["Key"]: each["Value"] for each in tags} == dict([TEMPORARY_TAG])
        assert key.startswith("suppliers/s1/documents/d1/")
        assert not key.endswith("/original")
