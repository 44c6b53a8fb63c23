"""Textract's double: its protocol, its jobs, and what it reads on a drawn page."""

import asyncio
import io
import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import trp
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas
from starlette.applications import Starlette

from chorus_connector.adapters.textract_blocks import pages_from_textract
from chorus_connector.domain.reading.paper.lines import lay_out
from tools.local_stack.textract_double import ocr_pages
from tools.local_stack.textract_double.app import create_app
from tools.local_stack.textract_double.engine import Line, Span
from tools.local_stack.textract_double.faults import Faults
from tools.local_stack.textract_double.jobs import ANALYSIS, TEXT_DETECTION, Jobs, TextractError
from tools.local_stack.textract_double.recognition import Frame, UnreadableDocument, blocks_of_lines

TOPIC = "arn:aws:sns:eu-west-3:000000000000:completions"


def drawn_pdf(*pages: str) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 300), invariant=1)
    for text in pages:
        canvas.setFont("Helvetica", 14)
        for row, line in enumerate(text.split("\n")):
            canvas.drawString(60, 220 - 30 * row, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def request(**more: Any) -> dict[str, Any]:
    return {
        "DocumentLocation": {"S3Object": {"Bucket": "documents", "Name": "suppliers/1/original"}},
        "NotificationChannel": {"SNSTopicArn": TOPIC, "RoleArn": "arn:aws:iam::000000000000:role/textract"},
        **more,
    }


def words_of_page(_: Any, number: int, key: str) -> list[dict[str, Any]]:
    corners = ((10.0, 10.0), (60.0, 10.0), (60.0, 20.0), (10.0, 20.0))
    lines = [
        Line(Span(f"line {row}", 0.9, corners), (Span("line", 0.9, corners), Span(str(row), 0.9, corners)))
        for row in range(20)
    ]
    return blocks_of_lines(lines, Frame(100, 200, number), key)


class Outside:
    """S3 and SNS as the double needs them."""

    def __init__(self) -> None:
        self.objects = {("documents", "suppliers/1/original"): drawn_pdf("one", "two", "three")}
        self.published: list[tuple[str, dict[str, Any]]] = []
        self.news = threading.Event()

    def fetch(self, bucket: str, key: str, _version: str | None) -> bytes:
        return self.objects[bucket, key]

    def publish(self, topic: str, message: str) -> None:
        self.published.append((topic, json.loads(message)))
        self.news.set()


class Double:
    """Jobs over a fake outside, with pages that are read at once."""

    def __init__(self, read_page: Callable[[Any, int, str], list[dict[str, Any]]] = words_of_page) -> None:
        self.outside = Outside()
        self.faults = Faults()
        self.jobs = Jobs(self.outside.fetch, self.outside.publish, faults=self.faults, read_page=read_page)

    def finished(self, **more: Any) -> dict[str, Any]:
        """The first answer for a new job, once its completion was published."""
        job = self.jobs.start(TEXT_DETECTION, request(**more))["JobId"]
        assert self.outside.news.wait(5)
        return self.jobs.get(TEXT_DETECTION, {"JobId": job})


@pytest.fixture
def double() -> Double:
    return Double()


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(TextractError) as caught:
        call()
    return caught.value.code


def test_a_job_is_in_progress_until_its_pages_are_read() -> None:
    may_go_on = threading.Event()

    def slow(document: Any, number: int, key: str) -> list[dict[str, Any]]:
        assert may_go_on.wait(5)
        return words_of_page(document, number, key)

    double = Double(slow)
    job = double.jobs.start(TEXT_DETECTION, request())["JobId"]
    assert double.jobs.get(TEXT_DETECTION, {"JobId": job}) == {"JobStatus": "IN_PROGRESS"}
    may_go_on.set()
    assert double.outside.news.wait(5)
    assert double.jobs.get(TEXT_DETECTION, {"JobId": job})["JobStatus"] == "SUCCEEDED"


def test_the_completion_says_which_job_and_document_in_textracts_words(double: Double) -> None:
    double.finished(JobTag="document-7")
    ((topic, message),) = double.outside.published
    assert topic == TOPIC
    assert message.pop("JobId")
    assert message.pop("Timestamp") > 1_500_000_000_000
    assert message == {
        "Status": "SUCCEEDED",
        "API": "StartDocumentTextDetection",
        "JobTag": "document-7",
        "DocumentLocation": {"S3ObjectName": "suppliers/1/original", "S3Bucket": "documents"},
    }


def test_pages_of_an_answer_come_by_next_token_and_nothing_is_lost(double: Double) -> None:
    whole = double.finished()
    job = double.outside.published[0][1]["JobId"]
    pages = [double.jobs.get(TEXT_DETECTION, {"JobId": job, "MaxResults": 50})]
    while "NextToken" in pages[-1]:
        pages.append(
            double.jobs.get(TEXT_DETECTION, {"JobId": job, "MaxResults": 50, "NextToken": pages[-1]["NextToken"]})
        )
    assert [len(page["Blocks"]) for page in pages] == [50, 50, 50, 33]
    assert [block for page in pages for block in page["Blocks"]] == whole["Blocks"]
    assert [len(page.lines) for page in trp.Document(pages).pages] == [20, 20, 20]


def test_the_same_token_twice_is_one_job(double: Double) -> None:
    first = double.jobs.start(TEXT_DETECTION, request(ClientRequestToken="attempt-1"))
    assert double.jobs.start(TEXT_DETECTION, request(ClientRequestToken="attempt-1")) == first
    assert double.jobs.start(TEXT_DETECTION, request(ClientRequestToken="attempt-2")) != first
    other = request(ClientRequestToken="attempt-1", JobTag="other")
    assert refusal(lambda: double.jobs.start(TEXT_DETECTION, other)) == "IdempotentParameterMismatchException"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"FeatureTypes": ["TABLES"]}, "InvalidParameterException"),
        ({"DocumentLocation": {}}, "InvalidParameterException"),
        ({"ClientRequestToken": "with a space"}, "InvalidParameterException"),
        ({"JobTag": "é"}, "InvalidParameterException"),
        ({"NotificationChannel": {"SNSTopicArn": TOPIC}}, "InvalidParameterException"),
        (
            {"DocumentLocation": {"S3Object": {"Bucket": "documents", "Name": "absent"}}},
            "InvalidS3ObjectException",
        ),
    ],
)
def test_a_request_that_textract_refuses_is_refused(double: Double, wrong: dict[str, Any], code: str) -> None:
    assert refusal(lambda: double.jobs.start(TEXT_DETECTION, request(**wrong))) == code


def test_a_job_of_one_kind_is_unknown_to_the_other(double: Double) -> None:
    job = double.jobs.start(ANALYSIS, request(FeatureTypes=["FORMS", "TABLES"]))["JobId"]
    assert refusal(lambda: double.jobs.get(TEXT_DETECTION, {"JobId": job})) == "InvalidJobIdException"
    assert double.outside.news.wait(5)
    assert double.jobs.get(ANALYSIS, {"JobId": job})["JobStatus"] == "SUCCEEDED"


def test_what_is_no_pdf_is_refused_at_once_and_a_broken_one_fails_its_job(double: Double) -> None:
    place = ("documents", "suppliers/1/original")
    double.outside.objects[place] = b"PK\x03\x04 a zip"
    assert refusal(lambda: double.jobs.start(TEXT_DETECTION, request())) == "UnsupportedDocumentException"
    double.outside.objects[place] = b"%PDF-1.7 and nothing that follows"
    answer = double.finished()
    assert (answer["JobStatus"], answer["StatusMessage"]) == ("FAILED", "INVALID_DOCUMENT")
    assert "Blocks" not in answer


def test_an_unknown_job_and_a_strange_token_are_refused(double: Double) -> None:
    assert refusal(lambda: double.jobs.get(TEXT_DETECTION, {"JobId": "f" * 64})) == "InvalidJobIdException"
    double.finished()
    job = double.outside.published[0][1]["JobId"]
    strange = {"JobId": job, "NextToken": "bm90IG91cnM="}
    assert refusal(lambda: double.jobs.get(TEXT_DETECTION, strange)) == "InvalidParameterException"


def test_a_page_that_cannot_be_read_makes_a_partial_success() -> None:
    def second_page_breaks(document: Any, number: int, key: str) -> list[dict[str, Any]]:
        if number == 2:
            raise ValueError("no such picture")
        return words_of_page(document, number, key)

    answer = Double(second_page_breaks).finished()
    assert answer["JobStatus"] == "PARTIAL_SUCCESS"
    assert answer["Warnings"] == [{"ErrorCode": "INVALID_PAGE", "Pages": [2]}]
    assert {block["Page"] for block in answer["Blocks"]} == {1, 3}


def test_planned_faults_are_used_once_each(double: Double) -> None:
    double.faults.plan("StartDocumentTextDetection", "throttle", 2)
    for _ in range(2):
        assert refusal(lambda: double.jobs.start(TEXT_DETECTION, request())) == "ProvisionedThroughputExceededException"
    double.faults.plan("job", "fail")
    assert double.finished()["JobStatus"] == "FAILED"
    double.outside.news.clear()
    assert double.finished()["JobStatus"] == "SUCCEEDED"


def test_a_completion_can_come_twice(double: Double) -> None:
    double.faults.plan("notification", "two_notifications")
    double.finished()
    double.outside.news.clear()
    double.finished()  # one thread: when this job is complete, all messages of the first one are sent
    jobs = [message["JobId"] for _, message in double.outside.published]
    assert len(jobs) == 3
    assert len(set(jobs)) == 2


async def _calls(app: Starlette) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://double") as client:

        async def call(operation: str, body: dict[str, Any]) -> httpx.Response:
            return await client.post("/", json=body, headers={"X-Amz-Target": f"Textract.{operation}"})

        refused = await call("GetDocumentTextDetection", {"JobId": "f" * 64})
        assert refused.status_code == 400
        assert refused.headers["content-type"] == "application/x-amz-json-1.1"
        assert refused.headers["x-amzn-errortype"] == "InvalidJobIdException"
        assert refused.json()["__type"] == "InvalidJobIdException"
        assert (await call("DetectDocumentText", {})).json()["__type"] == "UnknownOperationException"
        unknown = {"where": "job", "kind": "explode"}
        assert (await client.post("/_double/faults", json=unknown)).status_code == 400
        planned = {"where": "GetDocumentTextDetection", "kind": "internal"}
        assert (await client.post("/_double/faults", json=planned)).status_code == 200
        assert (await call("GetDocumentTextDetection", {"JobId": "f" * 64})).status_code == 500


def test_the_protocol_is_json_1_1_with_textracts_names() -> None:
    outside = Outside()
    asyncio.run(_calls(create_app(outside.fetch, outside.publish)))


def test_a_drawn_page_is_read_word_by_word_with_its_place() -> None:
    pdf = drawn_pdf("cover", "Facture n° F-2026-0042\nDate d'échéance : 12/03/2026\nTotal TTC 1 234,56 €")
    (answer,) = ocr_pages(pdf, [2])
    (page,) = trp.Document([answer]).pages
    assert [line.text for line in page.lines] == [
        "Facture n° F-2026-0042",
        "Date d'échéance : 12/03/2026",
        "Total TTC 1 234,56 €",
    ]
    words = {block["Text"]: block for block in answer["Blocks"] if block["BlockType"] == "WORD"}
    number = words["F-2026-0042"]
    assert set(number) == {"BlockType", "Confidence", "Text", "TextType", "Geometry", "Id", "Page"}
    assert number["Page"] == 1
    assert number["Confidence"] > 80
    box = number["Geometry"]["BoundingBox"]
    assert box["Left"] == pytest.approx(142 / 595, abs=0.03)
    assert box["Top"] + box["Height"] / 2 == pytest.approx(1 - 225 / 300, abs=0.03)
    assert len({block["Id"] for block in answer["Blocks"]}) == len(answer["Blocks"])
    assert {block["Page"] for block in answer["Blocks"]} == {1}


def test_a_page_that_was_scanned_on_its_side_is_read_in_the_direction_of_its_text() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(drawn_pdf("Avis de situation annuelle\nDate d'échéance : 12/03/2026")))
    writer.pages[0].rotate(270)
    turned = io.BytesIO()
    writer.write(turned)
    (page,) = pages_from_textract(ocr_pages(turned.getvalue(), [1]))
    assert {word.turn for word in page.words} == {3}
    assert [row.text for row in lay_out(page).rows] == ["Avis de situation annuelle", "Date d'échéance : 12/03/2026"]


def test_an_empty_page_has_no_words_and_bad_input_is_reported() -> None:
    (answer,) = ocr_pages(drawn_pdf(""), [1])
    assert [block["BlockType"] for block in answer["Blocks"]] == ["PAGE"]
    assert "Relationships" not in answer["Blocks"][0]
    with pytest.raises(UnreadableDocument):
        ocr_pages(b"%PDF-", [1])
    with pytest.raises(IndexError):
        ocr_pages(drawn_pdf("one"), [2])
