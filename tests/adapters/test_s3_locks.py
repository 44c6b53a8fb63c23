"""Files that are locked, and the end of an upload whose answer was lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chorus_connector.adapters.s3 import S3ExportParts, S3TenantFiles
from chorus_connector.ports.values import UploadForgotten

NOW = datetime.now(UTC)


class FakeS3:
    """An S3 client whose calls give these answers; an error code in place of an answer is raised."""

    def __init__(self, **answers: dict[str, Any] | str) -> None:
        self._answers = answers

    def head_object(self, **_: str) -> dict[str, Any]:
        return self._answer("head_object", "HeadObject")

    def complete_multipart_upload(self, **_: Any) -> dict[str, Any]:
        return self._answer("complete_multipart_upload", "CompleteMultipartUpload")

    def upload_part(self, **_: Any) -> dict[str, Any]:
        return self._answer("upload_part", "UploadPart")

    def _answer(self, name: str, operation: str) -> dict[str, Any]:
        answer = self._answers[name]
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer, "Message": ""}}, operation)  # type: ignore[typeddict-item]
        return answer


def parts(**answers: Any) -> S3ExportParts:
    return S3ExportParts(FakeS3(**answers), "b", "s1")  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "locked"), [(1, True), (-1, False), (None, False)])
def test_a_file_is_locked_until_a_date_to_come(days: int | None, locked: bool) -> None:
    until = NOW + timedelta(days=days) if days is not None else None
    files = S3TenantFiles(FakeS3(head_object={"ObjectLockRetainUntilDate": until}), "b", "s1")  # type: ignore[arg-type]
    assert files.locked_until("key") == (until if locked else None)


def test_an_upload_that_an_earlier_call_completed_is_complete() -> None:
    parts(complete_multipart_upload="NoSuchUpload", head_object={}).finish("key", "id", ["e1"])


@pytest.mark.parametrize("absent", ["404", "NoSuchKey", "403"])
def test_an_upload_without_its_file_was_forgotten(absent: str) -> None:
    with pytest.raises(UploadForgotten):
        parts(complete_multipart_upload="NoSuchUpload", head_object=absent).finish("key", "id", ["e1"])


def test_another_error_of_the_bucket_is_raised_as_it_is() -> None:
    for answers in (
        {"complete_multipart_upload": "SlowDown"},
        {"complete_multipart_upload": "NoSuchUpload", "head_object": "500"},
    ):
        with pytest.raises(ClientError):
            parts(**answers).finish("key", "id", ["e1"])


def test_a_part_of_a_forgotten_upload_is_refused_as_such() -> None:
    with pytest.raises(UploadForgotten):
        parts(upload_part="NoSuchUpload").add("key", "id", 1, b"x")
    with pytest.raises(ClientError):
        parts(upload_part="SlowDown").add("key", "id", 1, b"x")
    assert parts(upload_part={"ETag": "e1"}).add("key", "id", 1, b"x") == "e1"
