"""Textract's jobs: started with an idempotency token, done one after the other, kept until the double stops.

This module has the behaviour of the two operations; app.py has the protocol. S3 and SNS are two callables, so that a
test needs neither.
"""

import base64
import binascii
import hashlib
import json
import logging
import queue
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.local_stack.textract_double.faults import Faults
from tools.local_stack.textract_double.recognition import (
    MODEL_VERSION,
    Block,
    UnreadableDocument,
    open_document,
    page_blocks,
)

MAX_RESULTS = 1000
MAX_PAGES = 3000
MAX_BYTES = 500 * 1024 * 1024
TEXT_DETECTION, ANALYSIS = "DocumentTextDetection", "DocumentAnalysis"
APIS = {TEXT_DETECTION: "DetectDocumentTextModelVersion", ANALYSIS: "AnalyzeDocumentModelVersion"}
"""The kinds of jobs, and where an answer of that kind has the model's version."""
FEATURES = frozenset({"TABLES", "FORMS", "QUERIES", "SIGNATURES", "LAYOUT"})
_TOKEN = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_TAG = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_LOG = logging.getLogger("textract_double")

Request = Mapping[str, Any]
FetchObject = Callable[[str, str, str | None], bytes]
"""(bucket, key, version) → content; raises KeyError when the caller cannot have it."""
Publish = Callable[[str, str], None]
"""(topic, message) → sent."""
ReadPage = Callable[[Any, int, str], list[Block]]
"""(opened document, page number, key) → its blocks."""


class TextractError(Exception):
    """An error of the service, by its own name."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


_PLANNED_ERRORS: Mapping[str, Callable[[], TextractError]] = {
    "throttle": lambda: TextractError("ProvisionedThroughputExceededException", "Provisioned rate exceeded"),
    "limit": lambda: TextractError("LimitExceededException", "Open jobs exceed maximum concurrent job limit"),
    "internal": lambda: TextractError("InternalServerError", "Internal Server Error", 500),
}


@dataclass
class Job:
    """One document's text detection or analysis."""

    id: str
    api: str
    request: Request
    content: bytes
    status: str = "IN_PROGRESS"
    status_message: str | None = None
    pages: int = 0
    blocks: list[Block] = field(default_factory=list)
    failed_pages: list[int] = field(default_factory=list)


def _read_page(document: Any, number: int, key: str) -> list[Block]:
    return page_blocks(document, number, number, key)


class Jobs:
    """The jobs of this process, and the thread that does them in order of arrival."""

    def __init__(
        self, fetch: FetchObject, publish: Publish, *, faults: Faults, read_page: ReadPage = _read_page
    ) -> None:
        self._fetch = fetch
        self._publish = publish
        self._read_page = read_page
        self._faults = faults
        self._jobs: dict[str, Job] = {}
        self._by_token: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        # A daemon, so that stopping the double does not wait for the current page.
        threading.Thread(target=self._work, name="textract-double", daemon=True).start()

    def start(self, api: str, request: Request) -> dict[str, Any]:
        """Start…: the new job's id, or an earlier one's for the same token and request."""
        self._may_fail(f"Start{api}")
        _check_start(api, request)
        wished = Job(uuid.uuid4().hex + uuid.uuid4().hex, api, request, self._content(request))
        token = request.get("ClientRequestToken")
        with self._lock:
            job = self._by_token.setdefault(token, wished) if token else wished
            if job is wished:
                self._jobs[job.id] = job
                self._waiting.put(job)
        if (job.api, job.request) != (api, request):
            raise TextractError(
                "IdempotentParameterMismatchException", "ClientRequestToken was used for another request"
            )
        return {"JobId": job.id}

    def get(self, api: str, request: Request) -> dict[str, Any]:
        """Get…: the job's status and, once it is done, a page of its blocks. A job of the other kind is unknown."""
        self._may_fail(f"Get{api}")
        job = self._jobs.get(str(request.get("JobId")))
        if job is None or job.api != api:
            raise TextractError("InvalidJobIdException", "Request has invalid Job Id")
        count = request.get("MaxResults", MAX_RESULTS)
        if not isinstance(count, int) or count < 1:
            raise TextractError("InvalidParameterException", "Request has invalid parameters")
        if job.status == "IN_PROGRESS":
            return {"JobStatus": job.status}
        answer: dict[str, Any] = {"JobStatus": job.status, APIS[api]: MODEL_VERSION}
        if job.status_message:
            answer["StatusMessage"] = job.status_message
        if job.status == "FAILED":
            return answer
        return answer | _page_of_blocks(job, request.get("NextToken"), min(count, MAX_RESULTS))

    def _may_fail(self, operation: str) -> None:
        planned = self._faults.take(operation)
        if planned is not None:
            raise _PLANNED_ERRORS[planned]()

    def _content(self, request: Request) -> bytes:
        place = request["DocumentLocation"]["S3Object"]
        try:
            content = self._fetch(place["Bucket"], place["Name"], place.get("Version"))
        except KeyError as error:
            raise TextractError(
                "InvalidS3ObjectException",
                "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
            ) from error
        if len(content) > MAX_BYTES:
            raise TextractError("DocumentTooLargeException", "Document is too large")
        if not content.startswith(b"%PDF"):
            raise TextractError("UnsupportedDocumentException", "Request has unsupported document format")
        return content

    def _work(self) -> None:
        while True:
            job = self._waiting.get()
            try:
                if job.status == "IN_PROGRESS":
                    self._do(job)
                    self._tell(job)
            except Exception:  # any error: the next job must not wait forever
                _LOG.exception("job %s", job.id)
                job.status, job.status_message = "FAILED", "INTERNAL_ERROR"

    def _do(self, job: Job) -> None:
        planned = self._faults.take("job")
        status = self._analyse(job) if planned != "fail" else "FAILED"
        if planned == "fail":
            job.status_message = "INTERNAL_ERROR"
        if planned == "partial":
            status = self._lose_last_page(job)
        job.content = b""
        job.status = status  # set last: other threads read the job from here on

    def _analyse(self, job: Job) -> str:
        try:
            document = open_document(job.content)
        except UnreadableDocument:
            job.status_message = "INVALID_DOCUMENT"
            return "FAILED"
        key = hashlib.sha256(job.content).hexdigest()
        with document:
            job.pages = len(document)
            if not 1 <= job.pages <= MAX_PAGES:
                job.status_message = "INVALID_PAGE_COUNT"
                return "FAILED"
            for number in range(1, job.pages + 1):
                try:
                    job.blocks += self._read_page(document, number, key)
                except Exception:  # a page that cannot be drawn or read must not fail the others
                    _LOG.exception("job %s page %d", job.id, number)
                    job.failed_pages.append(number)
        if len(job.failed_pages) == job.pages:
            return "FAILED"
        return "PARTIAL_SUCCESS" if job.failed_pages else "SUCCEEDED"

    def _lose_last_page(self, job: Job) -> str:
        job.failed_pages = [job.pages]
        job.blocks = [block for block in job.blocks if block["Page"] != job.pages]
        return "PARTIAL_SUCCESS"

    def _tell(self, job: Job) -> None:
        channel = job.request.get("NotificationChannel")
        if not channel:
            return
        times = {"no_notification": 0, "two_notifications": 2}.get(self._faults.take("notification") or "", 1)
        for _ in range(times):
            self._publish(channel["SNSTopicArn"], json.dumps(_completion(job)))


def _check_start(api: str, request: Request) -> None:
    def refuse(what: str) -> TextractError:
        return TextractError("InvalidParameterException", f"Request has invalid parameters: {what}")

    place = (request.get("DocumentLocation") or {}).get("S3Object") or {}
    if not place.get("Bucket") or not place.get("Name"):
        raise refuse("DocumentLocation")
    features = request.get("FeatureTypes")
    if (api == ANALYSIS) != bool(features) or not FEATURES.issuperset(features or ()):
        raise refuse("FeatureTypes")
    token, tag = request.get("ClientRequestToken"), request.get("JobTag")
    if token is not None and not _TOKEN.fullmatch(token):
        raise refuse("ClientRequestToken")
    if tag is not None and not _TAG.fullmatch(tag):
        raise refuse("JobTag")
    channel = request.get("NotificationChannel")
    if channel and not (channel.get("SNSTopicArn") and channel.get("RoleArn")):
        raise refuse("NotificationChannel")


def _page_of_blocks(job: Job, token: str | None, count: int) -> dict[str, Any]:
    start = _position(job, token) if token else 0
    answer: dict[str, Any] = {
        "DocumentMetadata": {"Pages": job.pages},
        "Blocks": job.blocks[start : start + count],
    }
    if job.failed_pages:
        answer["Warnings"] = [{"ErrorCode": "INVALID_PAGE", "Pages": job.failed_pages}]
    if start + count < len(job.blocks):
        answer["NextToken"] = base64.urlsafe_b64encode(f"{job.id}/{start + count}".encode()).decode()
    return answer


def _position(job: Job, token: str) -> int:
    try:
        job_id, position = base64.urlsafe_b64decode(token).decode().split("/")
        if job_id == job.id:
            return int(position)
    except (binascii.Error, ValueError):
        pass
    raise TextractError("InvalidParameterException", "Request has invalid parameters: NextToken")


def _completion(job: Job) -> dict[str, Any]:
    """The completion message as in Textract's developer guide; Timestamp is in milliseconds."""
    place = job.request["DocumentLocation"]["S3Object"]
    tag = {"JobTag": job.request["JobTag"]} if "JobTag" in job.request else {}
    return {
        "JobId": job.id,
        "Status": "SUCCEEDED" if job.status == "PARTIAL_SUCCESS" else job.status,
        "API": f"Start{job.api}",
        **tag,
        "Timestamp": int(time.time() * 1000),
        "DocumentLocation": {"S3ObjectName": place["Name"], "S3Bucket": place["Bucket"]},
    }
