"""The bucket of documents: one prefix per supplier, one folder per document.

An upload link is valid for fifteen minutes and may be used twice. So the submission compares the original's hash, and
an attachment is sent in the version that arrived first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.ports.values import FilePage, PresignedUpload, TenantFile, UploadForgotten

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        CompletedPartTypeDef,
        CreateMultipartUploadRequestTypeDef,
        ListObjectsV2RequestTypeDef,
        PutObjectRequestTypeDef,
    )

MAX_UPLOAD_BYTES = 100 * 1024 * 1024
"""The largest upload. More than the portal's 10 MB, so that a larger file is stored and refused with a reason."""

UPLOAD_SECONDS = 900
_LINK_SECONDS = 300
_PART_BYTES = 5 * 1024 * 1024
"""The smallest part of a multipart upload."""
_EXPORT_KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
_TEMPORARY = "lifetime=days"
"""The tag of files that can be made again; a lifecycle rule of the bucket deletes them after a week."""


def original_key(supplier_id: str, document_id: str) -> str:
    """The key of the file that a client uploaded."""
    return f"suppliers/{supplier_id}/documents/{document_id}/original"


def parse_original_key(key: str) -> tuple[str, str]:
    """The supplier and the document of an original's key. Raises ValueError for any other key."""
    match key.split("/"):
        case ["suppliers", supplier_id, "documents", document_id, "original"] if supplier_id and document_id:
            return supplier_id, document_id
    raise ValueError("not the key of an original")


def ocr_subset_key(supplier_id: str, document_id: str) -> str:
    """The key of the pages sent to Textract, when only some are."""
    return f"suppliers/{supplier_id}/documents/{document_id}/ocr.pdf"


def export_key(supplier_id: str, name: str) -> str:
    """The key of one of a supplier's exports."""
    return f"suppliers/{supplier_id}/exports/{name}"


def attachment_key(supplier_id: str, attachment_id: str) -> str:
    """The key of an attachment. It ends like an original's, so that its arrival raises the same S3 event."""
    return f"suppliers/{supplier_id}/attachments/{attachment_id}/original"


def parse_attachment_key(key: str) -> tuple[str, str] | None:
    """The supplier and the attachment of an attachment's key, None for any other key."""
    match key.split("/"):
        case ["suppliers", supplier_id, "attachments", attachment_id, "original"] if supplier_id and attachment_id:
            return supplier_id, attachment_id
    return None


class S3Documents:
    """``ports.DocumentStore`` on the bucket, made for one supplier."""

    def __init__(self, client: S3Client, bucket: str, supplier_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._supplier_id = supplier_id

    def put_original(self, document_id: str, data: bytes) -> None:
        self._put(original_key(self._supplier_id, document_id), data)

    def original(self, document_id: str) -> bytes:
        answer = self._client.get_object(Bucket=self._bucket, Key=original_key(self._supplier_id, document_id))
        return answer["Body"].read()

    def original_size(self, document_id: str) -> int:
        answer = self._client.head_object(Bucket=self._bucket, Key=original_key(self._supplier_id, document_id))
        return answer["ContentLength"]

    def lock_original(self, document_id: str, *, until: datetime) -> None:
        # GOVERNANCE: a person with the permission to bypass it can still delete a file that should not be here
        self._client.put_object_retention(
            Bucket=self._bucket,
            Key=original_key(self._supplier_id, document_id),
            Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until},
        )

    def presign_upload(self, document_id: str) -> PresignedUpload:
        key = original_key(self._supplier_id, document_id)
        return _upload_form(self._client, self._bucket, key, between=(0, MAX_UPLOAD_BYTES))

    def presign_download(self, document_id: str, file_name: str) -> str:
        where = {"Bucket": self._bucket, "Key": original_key(self._supplier_id, document_id)}
        return _link(self._client, where, file_name)

    def put_ocr_subset(self, document_id: str, data: bytes) -> None:
        self._put(ocr_subset_key(self._supplier_id, document_id), data, tagging=_TEMPORARY)

    def key_of(self, document_id: str) -> str:
        return original_key(self._supplier_id, document_id)

    def put_portal_copy(self, document_id: str, file_name: str, data: bytes) -> str:
        key = f"suppliers/{self._supplier_id}/documents/{document_id}/portal"
        kind = "application/zip" if data[:2] == b"PK" else "application/pdf"
        self._put(key, data, content_type=kind, tagging=_TEMPORARY)
        return _link(self._client, {"Bucket": self._bucket, "Key": key}, file_name)

    def put_export(self, name: str, data: bytes) -> str:
        key = export_key(self._supplier_id, name)
        self._put(key, data, content_type=_export_kind(name), tagging=_TEMPORARY)
        return key

    def presign_export(self, key: str) -> str:
        """A link that is valid for five minutes. Raises ValueError unless the key is an export of this supplier."""
        if not key.startswith(export_key(self._supplier_id, "")):
            raise ValueError("not the key of an export of this supplier")
        return _link(self._client, {"Bucket": self._bucket, "Key": key}, key.rsplit("/", 1)[-1])

    def _put(self, key: str, data: bytes, *, content_type: str = "application/pdf", tagging: str = "") -> None:
        request: PutObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": key,
            "Body": data,
            "ContentType": content_type,
        }
        if tagging:
            request["Tagging"] = tagging
        self._client.put_object(**request)


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
            request["Tagging"] = _TEMPORARY
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

    def put(self, attachment_id: str, data: bytes) -> str:
        answer = self._client.put_object(
            Bucket=self._bucket, Key=self._key(attachment_id), Body=data, ContentType="application/octet-stream"
        )
        return str(answer.get("VersionId", ""))

    def read(self, attachment_id: str, version: str) -> bytes:
        if not version:
            return self._client.get_object(Bucket=self._bucket, Key=self._key(attachment_id))["Body"].read()
        answer = self._client.get_object(Bucket=self._bucket, Key=self._key(attachment_id), VersionId=version)
        return answer["Body"].read()

    def arrived(self, attachment_id: str) -> tuple[int, str]:
        answer = self._client.head_object(Bucket=self._bucket, Key=self._key(attachment_id))
        return answer["ContentLength"], str(answer.get("VersionId", ""))

    def presign_upload(self, attachment_id: str, *, at_most: int) -> PresignedUpload:
        return _upload_form(self._client, self._bucket, self._key(attachment_id), between=(1, at_most))

    def presign_download(self, attachment_id: str, file_name: str, version: str) -> str:
        where = {"Bucket": self._bucket, "Key": self._key(attachment_id)}
        return _link(self._client, where | ({"VersionId": version} if version else {}), file_name)

    def _key(self, attachment_id: str) -> str:
        return attachment_key(self._supplier_id, attachment_id)


def _export_kind(name: str) -> str:
    return _EXPORT_KINDS[name.rpartition(".")[2]]


def _upload_form(client: S3Client, bucket: str, key: str, *, between: tuple[int, int]) -> PresignedUpload:
    """A presigned form for uploading a file of that many bytes (smallest, largest)."""
    size = ["content-length-range", *between]
    post = client.generate_presigned_post(bucket, key, Conditions=[size], ExpiresIn=UPLOAD_SECONDS)
    return PresignedUpload(url=post["url"], fields=post["fields"], expires_in=UPLOAD_SECONDS)


def _link(client: S3Client, where: Mapping[str, str], file_name: str) -> str:
    """A link to the object. The browser saves it under a safe name and never displays it: it may be HTML or SVG."""
    safe_name = "".join(char if char.isalnum() or char in "._-" else "_" for char in file_name)
    wanted = {**where, "ResponseContentDisposition": f'attachment; filename="{safe_name}"'}
    return client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=_LINK_SECONDS)
