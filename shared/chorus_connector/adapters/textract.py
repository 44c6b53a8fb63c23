"""Textract's asynchronous text detection. The local stack's double answers the same calls.

The reading rules use words and their positions only, so a job asks for these: FORMS and TABLES would cost forty times
as much. A job that an earlier release started with document analysis is still collected.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chorus_connector.adapters.s3 import ocr_subset_key, original_key
from chorus_connector.domain.errors import OcrBusy, OcrFailed, Transient

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_textract import TextractClient
    from mypy_boto3_textract.type_defs import (
        GetDocumentAnalysisResponseTypeDef,
        GetDocumentTextDetectionRequestTypeDef,
        GetDocumentTextDetectionResponseTypeDef,
        NotificationChannelTypeDef,
    )

MAX_BLOCKS = 250_000
"""Words and lines of one document: 300 pages of an invoice have 200,000."""
_BUSY = frozenset({"LimitExceededException", "ProvisionedThroughputExceededException", "ThrottlingException"})
"""Too many jobs at a time, or too many calls a second, also after the client's own attempts."""
_USED = ("BlockType", "Id", "Page", "Text", "Confidence", "Relationships")


class Textract:
    """``ports.Ocr``, made for one supplier. The job's tag is ``<supplier>.<document>``."""

    def __init__(self, client: TextractClient, *, bucket: str, topic_arn: str, role_arn: str, supplier_id: str) -> None:
        self._client = client
        self._bucket = bucket
        self._channel: NotificationChannelTypeDef = {"SNSTopicArn": topic_arn, "RoleArn": role_arn}
        self._supplier_id = supplier_id

    def start(self, document_id: str, *, subset: bool, token: str) -> str:
        key = (ocr_subset_key if subset else original_key)(self._supplier_id, document_id)
        with _busy_is_told():
            answer = self._client.start_document_text_detection(
                DocumentLocation={"S3Object": {"Bucket": self._bucket, "Name": key}},
                ClientRequestToken=token,
                JobTag=f"{self._supplier_id}.{document_id}",
                NotificationChannel=self._channel,
            )
        return answer["JobId"]

    def collect(self, job_id: str) -> list[str]:
        parts: list[str] = []
        blocks = 0
        request: GetDocumentTextDetectionRequestTypeDef = {"JobId": job_id}
        while True:
            with _busy_is_told():
                answer = self._answer(request)
            status = answer["JobStatus"]
            if status == "IN_PROGRESS":
                raise Transient("Lecture en cours.", "The OCR job is still running.")
            if status == "FAILED":
                raise OcrFailed(answer.get("StatusMessage") or "FAILED")
            blocks += len(answer.get("Blocks", ()))
            if blocks > MAX_BLOCKS:
                raise OcrFailed(f"more than {MAX_BLOCKS} words and lines")
            lean = [_lean(block) for block in answer.get("Blocks", ())]
            parts.append(json.dumps({"Blocks": lean, "Warnings": answer.get("Warnings", [])}))
            if not answer.get("NextToken"):
                return parts
            request["NextToken"] = answer["NextToken"]

    def _answer(
        self, request: GetDocumentTextDetectionRequestTypeDef
    ) -> GetDocumentTextDetectionResponseTypeDef | GetDocumentAnalysisResponseTypeDef:
        try:
            return self._client.get_document_text_detection(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidJobIdException":
                raise
            return self._client.get_document_analysis(**request)


@contextmanager
def _busy_is_told() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _BUSY:
            raise OcrBusy from error
        raise


def _lean(block: Mapping[str, Any]) -> dict[str, Any]:
    """What the reader uses of a block: a third of its size."""
    lean = {name: block[name] for name in _USED if name in block}
    geometry = block.get("Geometry", {})
    place = {"BoundingBox": geometry.get("BoundingBox")}
    if block.get("BlockType") == "WORD":  # its direction: the first side of the polygon
        place |= {"Polygon": geometry.get("Polygon", [])[:2]}
    if "RotationAngle" in geometry:
        place |= {"RotationAngle": geometry["RotationAngle"]}
    return lean | {"Geometry": place}


def parse_job_tag(tag: str) -> tuple[str, str]:
    """The supplier and the document of a job. Raises ValueError for any other tag."""
    supplier_id, separator, document_id = tag.partition(".")
    if not (supplier_id and separator and document_id):
        raise ValueError("not a job tag of ours")
    return supplier_id, document_id
