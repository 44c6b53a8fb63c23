"""The bucket of documents: one prefix per supplier, one folder per document, the original never rewritten."""

from typing import Any, cast

from chorus_connector.ports import PresignedUpload

MAX_UPLOAD_BYTES = 100 * 1024 * 1024
"""What the bucket takes. More than the portal's 10 MB, so that a file that is too large is kept and explained."""

UPLOAD_SECONDS = 900


def original_key(supplier_id: str, document_id: str) -> str:
    """Where the file a client sent lies."""
    return f"suppliers/{supplier_id}/documents/{document_id}/original"


def parse_original_key(key: str) -> tuple[str, str]:
    """The supplier and document of such a key. Raises ValueError on any other key."""
    match key.split("/"):
        case ["suppliers", supplier_id, "documents", document_id, "original"] if supplier_id and document_id:
            return supplier_id, document_id
    raise ValueError("not the key of an original")


def ocr_subset_key(supplier_id: str, document_id: str) -> str:
    """Where the pages sent to Textract lie, when not all are."""
    return f"suppliers/{supplier_id}/documents/{document_id}/ocr.pdf"


class S3Documents:
    """``ports.DocumentStore`` on the bucket, made for one supplier."""

    def __init__(self, client: Any, bucket: str, supplier_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._supplier_id = supplier_id

    def put_original(self, document_id: str, data: bytes) -> None:
        self._put(original_key(self._supplier_id, document_id), data)

    def original(self, document_id: str) -> bytes:
        answer = self._client.get_object(Bucket=self._bucket, Key=original_key(self._supplier_id, document_id))
        return cast(bytes, answer["Body"].read())

    def original_size(self, document_id: str) -> int:
        answer = self._client.head_object(Bucket=self._bucket, Key=original_key(self._supplier_id, document_id))
        return cast(int, answer["ContentLength"])

    def presign_upload(self, document_id: str) -> PresignedUpload:
        post = self._client.generate_presigned_post(
            self._bucket,
            original_key(self._supplier_id, document_id),
            Conditions=[["content-length-range", 0, MAX_UPLOAD_BYTES]],
            ExpiresIn=UPLOAD_SECONDS,
        )
        return PresignedUpload(url=post["url"], fields=post["fields"], expires_in=UPLOAD_SECONDS)

    def presign_download(self, document_id: str, file_name: str) -> str:
        safe_name = "".join(char if char.isalnum() or char in "._-" else "_" for char in file_name)
        url = self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": original_key(self._supplier_id, document_id),
                "ResponseContentDisposition": f'attachment; filename="{safe_name}"',
            },
            ExpiresIn=300,
        )
        return cast(str, url)

    def put_ocr_subset(self, document_id: str, data: bytes) -> None:
        self._put(ocr_subset_key(self._supplier_id, document_id), data)

    def _put(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType="application/pdf")
