"""The pictures of documents' pages, beside the documents in the bucket; the bucket deletes them after a week.

A picture's key names the version of the file that it was drawn from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.adapters.s3 import TEMPORARY, original_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "AccessDenied"})
"""What S3 says of an object that is not there; denied: to a caller who may not list the bucket."""
_LATEST = "latest"
"""In place of a version, in the pictures of documents whose record is older than that field."""


def picture_key(supplier_id: str, document_id: str, version: str, number: int) -> str:
    """The key of the picture of one page of one version of a document's file."""
    return f"suppliers/{supplier_id}/documents/{document_id}/pages/{version or _LATEST}/{number}"


class S3PagePictures:
    """``ports.PagePictures`` on the bucket, made for one supplier."""

    def __init__(self, client: S3Client, bucket: str, supplier_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._supplier_id = supplier_id

    def original(self, document_id: str, version: str) -> bytes | None:
        return self._read(original_key(self._supplier_id, document_id), version)

    def kept(self, document_id: str, version: str, number: int) -> bytes | None:
        return self._read(picture_key(self._supplier_id, document_id, version, number))

    def keep(self, document_id: str, version: str, number: int, picture: bytes) -> None:
        key = picture_key(self._supplier_id, document_id, version, number)
        self._client.put_object(Bucket=self._bucket, Key=key, Body=picture, Tagging=TEMPORARY)

    def _read(self, key: str, version: str = "") -> bytes | None:
        try:
            if version:
                answer = self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version)
            else:
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        return answer["Body"].read()
