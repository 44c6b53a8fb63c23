"""Textract's asynchronous document analysis, through boto3; its local double answers the same calls."""

from __future__ import annotations

from typing import Any, cast

from chorus_connector.adapters.s3 import ocr_subset_key, original_key
from chorus_connector.domain.errors import OcrFailed, Transient


class Textract:
    """``ports.Ocr``, made for one supplier. The job's tag says whose document it is (``supplier.document``)."""

    def __init__(self, client: Any, *, bucket: str, topic_arn: str, role_arn: str, supplier_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._channel = {"SNSTopicArn": topic_arn, "RoleArn": role_arn}
        self._supplier_id = supplier_id

    def start(self, document_id: str, *, subset: bool, token: str) -> str:
        key = (ocr_subset_key if subset else original_key)(self._supplier_id, document_id)
        answer = self._client.start_document_analysis(
            DocumentLocation={"S3Object": {"Bucket": self._bucket, "Name": key}},
            FeatureTypes=["FORMS", "TABLES"],
            ClientRequestToken=token,
            JobTag=f"{self._supplier_id}.{document_id}",
            NotificationChannel=self._channel,
        )
        return cast(str, answer["JobId"])

    def collect(self, job_id: str) -> list[dict[str, Any]]:
        pages: list[dict[str, Any]] = []
        token: str | None = None
        while True:
            request = {"JobId": job_id, **({"NextToken": token} if token else {})}
            answer = self._client.get_document_analysis(**request)
            status = answer["JobStatus"]
            if status == "IN_PROGRESS":
                raise Transient("Lecture en cours.", "The OCR job is still running.")
            if status == "FAILED":
                raise OcrFailed(answer.get("StatusMessage") or "FAILED")
            pages.append(answer)
            token = answer.get("NextToken")
            if not token:
                return pages


def parse_job_tag(tag: str) -> tuple[str, str]:
    """The supplier and document a job was started for. Raises ValueError on a tag of another shape."""
    supplier_id, separator, document_id = tag.partition(".")
    if not (supplier_id and separator and document_id):
        raise ValueError("not a job tag of ours")
    return supplier_id, document_id
