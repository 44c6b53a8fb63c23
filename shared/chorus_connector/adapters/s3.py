"""The bucket of documents: one prefix per supplier, one folder per document.

An upload link is valid for fifteen minutes and may be used again and again. So it leads to a key that only the intake
reads. The intake stores the version that arrived first under the key of originals, to which no link writes. What a link
brings has the temporary tag from the start: the bucket deletes it, however much it is.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, NotRequired, TypedDict
from urllib.parse import quote

from botocore.exceptions import ClientError

from chorus_connector.domain.errors import TooManyFiles
from chorus_connector.ports.values import FilePage, PresignedUpload, StoredFile, TenantFile, UploadForgotten

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        CompletedPartTypeDef,
        CreateMultipartUploadRequestTypeDef,
        ListObjectsV2RequestTypeDef,
        TaggingTypeDef,
    )

    from chorus_connector.domain.invoices.invoice import SentFile

UPLOAD_SECONDS = 900
_LINK_SECONDS = 300
_PART_BYTES = 5 * 1024 * 1024
"""The smallest part of a multipart upload."""
_EXPORT_KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
TEMPORARY = "lifetime=days"
"""The tag of files that are not needed for long; a lifecycle rule of the bucket deletes them after a week."""
_TEMPORARY_IN_A_FORM = "<Tagging><TagSet><Tag><Key>lifetime</Key><Value>days</Value></Tag></TagSet></Tagging>"
"""The same tag as a field of an upload form (source: Amazon S3 API Reference, POST Object, ``tagging``)."""
_TEMPORARY_TAGS: TaggingTypeDef = {"TagSet": [{"Key": "lifetime", "Value": "days"}]}
_ABSENT = frozenset({"NoSuchKey", "AccessDenied"})
"""What S3 says of a key that does not exist; denied: without the permission to list."""
_UPLOAD_VERSION = "upload-version"
"""The metadata of an original that came by a link: the version of the upload."""
_MOST_VERSIONS = 1000
"""The versions of one answer of S3."""

ItemKind = Literal["documents", "attachments", "archives"]


def original_key(supplier_id: str, document_id: str) -> str:
    """The key of the file that a client uploaded."""
    return f"suppliers/{supplier_id}/documents/{document_id}/original"


def upload_key(supplier_id: str, kind: ItemKind, item_id: str) -> str:
    """The key that an upload link writes to. It ends like an original's, so that an arrival raises an S3 event too."""
    return f"suppliers/{supplier_id}/uploads/{kind}/{item_id}/original"


class Arrival(NamedTuple):
    """A file that came into the bucket; ``by_link``: a client sent it with an upload link."""

    supplier_id: str
    kind: ItemKind
    item_id: str
    by_link: bool


def parse_arrival(key: str) -> Arrival:
    """The file whose key S3 announces. Raises ValueError for any other key."""
    match key.split("/"):
        case [
            "suppliers",
            supplier_id,
            "uploads",
            ("documents" | "attachments" | "archives") as kind,
            item_id,
            "original",
        ]:
            arrival = Arrival(supplier_id, kind, item_id, by_link=True)
        case ["suppliers", supplier_id, ("documents" | "attachments") as kind, item_id, "original"]:
            arrival = Arrival(supplier_id, kind, item_id, by_link=False)
        case _:
            raise ValueError("not the key of an arrival")
    if not (arrival.supplier_id and arrival.item_id):
        raise ValueError("not the key of an arrival")
    return arrival


def ocr_subset_key(supplier_id: str, document_id: str) -> str:
    """The key of the pages sent to Textract, when only some are."""
    return f"suppliers/{supplier_id}/documents/{document_id}/ocr.pdf"


def sent_key(supplier_id: str, document_id: str, sha256: str) -> str:
    """The key of a file that was sent in place of the original. Its content names it, so it is stored once."""
    return f"suppliers/{supplier_id}/documents/{document_id}/sent/{sha256}"


def words_key(supplier_id: str, document_id: str) -> str:
    """The key of the words of a document's pages, from which layouts are learnt."""
    return f"suppliers/{supplier_id}/documents/{document_id}/words"


def export_key(supplier_id: str, name: str) -> str:
    """The key of one of a supplier's exports."""
    return f"suppliers/{supplier_id}/exports/{name}"


def attachment_key(supplier_id: str, attachment_id: str) -> str:
    """The key of an attachment's file."""
    return f"suppliers/{supplier_id}/attachments/{attachment_id}/original"


class S3Uploads:
    """``ports.UploadedFiles`` on the bucket, made for one supplier's documents, attachments or ZIPs."""

    def __init__(self, client: S3Client, bucket: str, supplier_id: str, kind: ItemKind) -> None:
        self._client = client
        self._bucket = bucket
        self._supplier_id = supplier_id
        self._kind = kind

    def presign_upload(self, item_id: str, *, at_most: int) -> PresignedUpload:
        size = ["content-length-range", 1, at_most]
        tag = {"tagging": _TEMPORARY_IN_A_FORM}
        post = self._client.generate_presigned_post(
            self._bucket, self._key(item_id), Fields=dict(tag), Conditions=[size, tag], ExpiresIn=UPLOAD_SECONDS
        )
        return PresignedUpload(url=post["url"], fields=post["fields"], expires_in=UPLOAD_SECONDS)

    def first(self, item_id: str) -> str | None:
        answer = self._client.list_object_versions(
            Bucket=self._bucket, Prefix=self._key(item_id), MaxKeys=_MOST_VERSIONS
        )
        if answer.get("IsTruncated"):
            raise TooManyFiles
        newest_first = [each["VersionId"] for each in answer.get("Versions", [])]
        return newest_first[-1] if newest_first else None

    def is_first(self, item_id: str, version: str) -> bool:
        key = self._key(item_id)
        # S3 lists from the newest to the oldest: what it lists after a version is older. Two, in case it starts with it
        older = self._client.list_object_versions(
            Bucket=self._bucket, Prefix=key, KeyMarker=key, VersionIdMarker=version, MaxKeys=2
        )
        return all(each["VersionId"] == version for each in older.get("Versions", []))

    def read(self, item_id: str, version: str) -> bytes:
        return self._client.get_object(**_where(self._bucket, self._key(item_id), version))["Body"].read()

    def _key(self, item_id: str) -> str:
        return upload_key(self._supplier_id, self._kind, item_id)


class S3Documents:
    """``ports.DocumentStore`` on the bucket, made for one supplier."""

    def __init__(self, client: S3Client, bucket: str, supplier_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._supplier_id = supplier_id
        self.uploads = S3Uploads(client, bucket, supplier_id, "documents")

    def put_original(self, document_id: str, data: bytes, *, upload_version: str = "") -> str:
        key = original_key(self._supplier_id, document_id)
        origin = {_UPLOAD_VERSION: upload_version} if upload_version else {}
        return _put_once(self._client, self._bucket, key, data, content_type="application/pdf", metadata=origin)

    def original(self, document_id: str, version: str) -> bytes:
        return self._client.get_object(**self._where(document_id, version))["Body"].read()

    def stored_original(self, document_id: str, *, at_most: int) -> StoredFile:
        answer = self._client.get_object(**self._where(document_id, ""))
        size, upload_version = answer["ContentLength"], answer["Metadata"].get(_UPLOAD_VERSION, "")
        with closing(answer["Body"]) as body:  # S3 sends the content only as far as it is read
            data = body.read() if size <= at_most else None
        return StoredFile(answer.get("VersionId", ""), size, upload_version, data)

    def lock_original(self, document_id: str, version: str, *, until: datetime) -> None:
        self._lock(self._where(document_id, version), until)

    def presign_download(self, document_id: str, version: str, file_name: str) -> str:
        return _link(self._client, self._where(document_id, version), file_name)

    def put_sent(self, document_id: str, data: bytes) -> str:
        key = sent_key(self._supplier_id, document_id, hashlib.sha256(data).hexdigest())
        return _put_once(self._client, self._bucket, key, data, content_type="application/pdf")

    def lock_sent(self, document_id: str, sent: SentFile, *, until: datetime) -> None:
        self._lock(self._where_sent(document_id, sent), until)

    def presign_sent(self, document_id: str, sent: SentFile, file_name: str) -> str:
        return _link(self._client, self._where_sent(document_id, sent), file_name)

    def forget(self, document_id: str) -> None:
        for key in (original_key(self._supplier_id, document_id), words_key(self._supplier_id, document_id)):
            try:
                self._client.put_object_tagging(Bucket=self._bucket, Key=key, Tagging=_TEMPORARY_TAGS)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _ABSENT:
                    raise

    def put_ocr_subset(self, document_id: str, data: bytes) -> None:
        self._put_temporary(ocr_subset_key(self._supplier_id, document_id), data, "application/pdf")

    def put_words(self, document_id: str, data: bytes) -> None:
        key = words_key(self._supplier_id, document_id)
        self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType="application/octet-stream")

    def words(self, document_id: str) -> bytes | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=words_key(self._supplier_id, document_id))
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        return answer["Body"].read()

    def put_portal_copy(self, document_id: str, file_name: str, data: bytes) -> str:
        key = f"suppliers/{self._supplier_id}/documents/{document_id}/portal"
        kind = "application/zip" if data[:2] == b"PK" else "application/pdf"
        self._put_temporary(key, data, kind)
        return _link(self._client, {"Bucket": self._bucket, "Key": key}, file_name)

    def put_export(self, name: str, data: bytes) -> str:
        key = export_key(self._supplier_id, name)
        self._put_temporary(key, data, _export_kind(name))
        return key

    def presign_export(self, key: str) -> str:
        """A link that is valid for five minutes. Raises ValueError unless the key is an export of this supplier."""
        if not key.startswith(export_key(self._supplier_id, "")):
            raise ValueError("not the key of an export of this supplier")
        return _link(self._client, {"Bucket": self._bucket, "Key": key}, key.rsplit("/", 1)[-1])

    def _where(self, document_id: str, version: str) -> _Where:
        return _where(self._bucket, original_key(self._supplier_id, document_id), version)

    def _where_sent(self, document_id: str, sent: SentFile) -> _Where:
        return _where(self._bucket, sent_key(self._supplier_id, document_id, sent.sha256), sent.object_version)

    def _lock(self, where: _Where, until: datetime) -> None:
        # GOVERNANCE: a person with the permission to bypass it can still delete a file that should not be here
        self._client.put_object_retention(**where, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until})

    def _put_temporary(self, key: str, data: bytes, content_type: str) -> None:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type, Tagging=TEMPORARY)


class S3Export:
    """``ports.FileSink`` on an export that can be made again. It uploads each full part; ``finish`` returns a link.

    Memory holds the last write and less than one part before it.
    """

    def __init__(self, client: S3Client, bucket: str, supplier_id: str, name: str) -> None:
        self._documents = S3Documents(client, bucket, supplier_id)
        self._file = S3ExportParts(client, bucket, supplier_id)
        self._name = name
        self._pending = bytearray()
        self._upload: tuple[str, str] | None = None
        self._proofs: list[str] = []

    def write(self, data: bytes) -> None:
        self._pending += data
        if len(self._pending) >= _PART_BYTES:
            self._send_part()

    def finish(self) -> str:
        """Close the file and return a link that is valid for five minutes."""
        if self._pending and self._upload is not None:
            self._send_part()
        if self._upload is None:
            key = self._documents.put_export(self._name, bytes(self._pending))
        else:
            key, upload_id = self._upload
            self._file.finish(key, upload_id, self._proofs)
        return self._documents.presign_export(key)

    def _send_part(self) -> None:
        if self._upload is None:
            self._upload = self._file.begin(self._name, temporary=True)
        number = len(self._proofs) + 1
        self._proofs.append(self._file.add(*self._upload, number, bytes(self._pending)))
        self._pending.clear()


class S3ExportParts:
    """``ports.ExportFile`` as a multipart upload to the bucket, made for one supplier.

    A lifecycle rule of the bucket deletes unfinished uploads after two days.
    """

    def __init__(self, client: S3Client, bucket: str, supplier_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._supplier_id = supplier_id

    def begin(self, name: str, *, temporary: bool) -> tuple[str, str]:
        key = export_key(self._supplier_id, name)
        request: CreateMultipartUploadRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": key,
            "ContentType": _export_kind(name),
        }
        if temporary:
            request["Tagging"] = TEMPORARY
        return key, self._client.create_multipart_upload(**request)["UploadId"]

    def add(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        try:
            answer = self._client.upload_part(
                Bucket=self._bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=data
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchUpload":
                raise UploadForgotten from None
            raise
        return answer["ETag"]

    def finish(self, key: str, upload_id: str, parts: Sequence[str]) -> None:
        whole: list[CompletedPartTypeDef] = [
            {"PartNumber": number, "ETag": etag} for number, etag in enumerate(parts, start=1)
        ]
        try:
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": whole}
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchUpload":
                raise
            if not self._is_there(key):
                raise UploadForgotten from None

    def _is_there(self, key: str) -> bool:
        """Whether an earlier call completed the upload, although its answer was lost."""
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in {
                "404",
                "NoSuchKey",
                "403",
            }:  # 403: absent, without permission to list
                return False
            raise
        return True


class S3TenantFiles:
    """``ports.TenantFiles`` on the bucket, made for one supplier."""

    def __init__(self, client: S3Client, bucket: str, supplier_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"suppliers/{supplier_id}/"

    def page(self, *, cursor: str | None) -> FilePage:
        request: ListObjectsV2RequestTypeDef = {"Bucket": self._bucket, "Prefix": self._prefix}
        if cursor:
            request["StartAfter"] = cursor
        answer = self._client.list_objects_v2(**request)
        files = tuple(TenantFile(each["Key"], each["Size"]) for each in answer.get("Contents", []))
        return FilePage(files, files[-1].key if answer.get("IsTruncated") else None)

    def erase(self, keys: Sequence[str]) -> Sequence[TenantFile]:
        return [locked for each in keys if (locked := self._erase_one(each)) is not None]

    def _erase_one(self, key: str) -> TenantFile | None:
        """Delete every version and delete marker of the key. Returns the file if an object lock keeps a version."""
        kept: TenantFile | None = None
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=key)
        versions = (
            (each["Key"], each["VersionId"], size)
            for page in pages
            for each, size in (
                *((version, version.get("Size", 0)) for version in page.get("Versions", [])),
                *((marker, 0) for marker in page.get("DeleteMarkers", [])),
            )
        )
        for found, version_id, size in versions:
            if found != key:
                continue
            try:
                self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version_id)
            except ClientError as error:
                if error.response["Error"]["Code"] != "AccessDenied":
                    raise
                head = self._client.head_object(Bucket=self._bucket, Key=key, VersionId=version_id)
                until = head.get("ObjectLockRetainUntilDate")
                if until is None:  # no lock keeps the file: the permission to delete it is missing
                    raise
                kept = TenantFile(key, size, until)
        return kept

    def locked_until(self, key: str) -> datetime | None:
        answer = self._client.head_object(Bucket=self._bucket, Key=key)
        until = answer.get("ObjectLockRetainUntilDate")
        return until if until is not None and until > datetime.now(until.tzinfo) else None


class S3Attachments:
    """``ports.AttachmentFiles`` on the bucket, made for one supplier."""

    def __init__(self, client: S3Client, bucket: str, supplier_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._supplier_id = supplier_id
        self.uploads = S3Uploads(client, bucket, supplier_id, "attachments")

    def put(self, attachment_id: str, data: bytes) -> str:
        key = attachment_key(self._supplier_id, attachment_id)
        return _put_once(self._client, self._bucket, key, data, content_type="application/octet-stream")

    def read(self, attachment_id: str, version: str) -> bytes:
        return self._client.get_object(**self._where(attachment_id, version))["Body"].read()

    def presign_download(self, attachment_id: str, file_name: str, version: str) -> str:
        return _link(self._client, self._where(attachment_id, version), file_name)

    def _where(self, attachment_id: str, version: str) -> _Where:
        return _where(self._bucket, attachment_key(self._supplier_id, attachment_id), version)


class _Where(TypedDict):
    """An object in one version; without ``VersionId`` the latest."""

    Bucket: str
    Key: str
    VersionId: NotRequired[str]


def _where(bucket: str, key: str, version: str) -> _Where:
    return {"Bucket": bucket, "Key": key, "VersionId": version} if version else {"Bucket": bucket, "Key": key}


def _put_once(
    client: S3Client,
    bucket: str,
    key: str,
    data: bytes,
    *,
    content_type: str,
    metadata: dict[str, str] | None = None,
) -> str:
    """Store the file unless the key has one already; returns the version that the key has then."""
    try:
        stored = client.put_object(
            Bucket=bucket, Key=key, Body=data, ContentType=content_type, Metadata=metadata or {}, IfNoneMatch="*"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        return client.head_object(Bucket=bucket, Key=key).get("VersionId", "")
    return stored.get("VersionId", "")


def _export_kind(name: str) -> str:
    return _EXPORT_KINDS[name.rpartition(".")[2]]


def _link(client: S3Client, where: _Where, file_name: str) -> str:
    """A link to the object. The browser saves it under a safe name and never displays it: it may be HTML or SVG."""
    wanted = {**where, "ResponseContentDisposition": _saved_as(file_name)}
    return client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=_LINK_SECONDS)


def _saved_as(file_name: str) -> str:
    """The header with the file's name, twice: as it is (RFC 5987), and in ASCII for old clients (RFC 6266).

    S3 refuses a header with a character outside Latin-1 (« œ »).
    """
    composed = unicodedata.normalize("NFC", file_name)
    name = "".join(char if char.isalnum() or char in " ._-" else "_" for char in composed)
    decomposed = unicodedata.normalize("NFKD", name)
    bare = (char for char in decomposed if not unicodedata.combining(char))
    ascii_name = "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in bare)
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
