"""Textract's jobs: how one is started, and that its answer is collected whole or not at all."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chorus_connector.adapters import textract as adapter
from chorus_connector.adapters.s3 import ocr_subset_key, original_key
from chorus_connector.adapters.textract import Textract, parse_job_tag
from chorus_connector.domain.errors import OcrBusy, OcrFailed, Transient

BOX = {"Left": 0.1, "Top": 0.1, "Width": 0.1, "Height": 0.02}


def word(text: str) -> dict[str, Any]:
    return {
        "BlockType": "WORD",
        "Id": text,
        "Text": text,
        "TextType": "PRINTED",
        "Confidence": 98.5,
        "Page": 1,
        "Geometry": {"BoundingBox": BOX, "Polygon": [{"X": 0.1, "Y": 0.1}] * 4},
    }


def texts(part: str) -> list[str]:
    return [block["Text"] for block in json.loads(part)["Blocks"]]


class FakeTextract:
    """Answers from a script and keeps what it was asked."""

    def __init__(self, *answers: dict[str, Any], analysed: str = "") -> None:
        self.answers = list(answers)
        self.analysed = analysed
        self.calls: list[dict[str, Any]] = []

    def start_document_text_detection(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        return {"JobId": "j1"}

    def get_document_text_detection(self, **call: Any) -> dict[str, Any]:
        if call["JobId"] == self.analysed:
            raise ClientError({"Error": {"Code": "InvalidJobIdException"}}, "GetDocumentTextDetection")
        self.calls.append(call)
        return self.answers.pop(0)

    def get_document_analysis(self, **call: Any) -> dict[str, Any]:
        assert call["JobId"] == self.analysed
        return self.answers.pop(0)


def textract(client: FakeTextract) -> Textract:
    return Textract(client, bucket="b", topic_arn="topic", role_arn="role", supplier_id="s1")  # type: ignore[arg-type]


@pytest.mark.parametrize(("subset", "key"), [(False, original_key("s1", "d1")), (True, ocr_subset_key("s1", "d1"))])
def test_a_job_reads_the_original_or_the_pages_chosen_and_reports_to_the_topic(subset: bool, key: str) -> None:
    client = FakeTextract()
    assert textract(client).start("d1", subset=subset, token="once") == "j1"
    (call,) = client.calls
    assert call["DocumentLocation"] == {"S3Object": {"Bucket": "b", "Name": key}}
    assert "FeatureTypes" not in call
    assert call["ClientRequestToken"] == "once"
    assert call["NotificationChannel"] == {"SNSTopicArn": "topic", "RoleArn": "role"}
    assert parse_job_tag(call["JobTag"]) == ("s1", "d1")


def test_every_page_of_an_answer_is_collected_in_order() -> None:
    client = FakeTextract(
        {"JobStatus": "SUCCEEDED", "Blocks": [word("a")], "NextToken": "t2"},
        {"JobStatus": "SUCCEEDED", "Blocks": [word("b")], "NextToken": "t3"},
        {"JobStatus": "SUCCEEDED", "Blocks": [word("c")]},
    )
    assert [texts(part) for part in textract(client).collect("j1")] == [["a"], ["b"], ["c"]]
    assert client.calls == [
        {"JobId": "j1"},
        {"JobId": "j1", "NextToken": "t2"},
        {"JobId": "j1", "NextToken": "t3"},
    ]


def test_a_job_of_the_release_before_which_asked_for_an_analysis_is_collected_too() -> None:
    client = FakeTextract(
        {"JobStatus": "SUCCEEDED", "Blocks": [word("a")], "NextToken": "t2"},
        {"JobStatus": "SUCCEEDED", "Blocks": [word("b")]},
        analysed="old",
    )
    assert [texts(part) for part in textract(client).collect("old")] == [["a"], ["b"]]


def test_what_the_reader_does_not_use_of_a_block_is_left_out() -> None:
    (part,) = textract(FakeTextract({"JobStatus": "SUCCEEDED", "Blocks": [word("a")]})).collect("j1")
    (block,) = json.loads(part)["Blocks"]
    assert block == {key: value for key, value in word("a").items() if key not in ("TextType", "Geometry")} | {
        "Geometry": {"BoundingBox": BOX, "Polygon": [{"X": 0.1, "Y": 0.1}] * 2}
    }


def test_the_pages_that_textract_could_not_read_are_kept_with_the_answer() -> None:
    warnings = [{"ErrorCode": "INVALID_PAGE", "Pages": [2]}]
    answer = {"JobStatus": "PARTIAL_SUCCESS", "Blocks": [word("a")], "Warnings": warnings}
    (part,) = textract(FakeTextract(answer)).collect("j1")
    assert json.loads(part)["Warnings"] == warnings


def test_more_words_than_a_process_can_hold_are_a_failed_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "MAX_BLOCKS", 2)
    more = {"JobStatus": "SUCCEEDED", "Blocks": [word("a"), word("b")], "NextToken": "t"}
    with pytest.raises(OcrFailed, match="more than 2"):
        textract(FakeTextract(more, more)).collect("j1")


def test_another_refusal_is_not_taken_for_an_old_job() -> None:
    class Refusing(FakeTextract):
        def get_document_text_detection(self, **_: Any) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetDocumentTextDetection")

    with pytest.raises(ClientError, match="AccessDenied"):
        textract(Refusing()).collect("j1")


def test_a_job_that_still_runs_is_collected_later() -> None:
    with pytest.raises(Transient):
        textract(FakeTextract({"JobStatus": "IN_PROGRESS"})).collect("j1")


@pytest.mark.parametrize(
    ("answer", "reason"), [({}, "FAILED"), ({"StatusMessage": "UNSUPPORTED_DOCUMENT"}, "UNSUPPORTED_DOCUMENT")]
)
def test_a_failed_job_says_why(answer: dict[str, str], reason: str) -> None:
    with pytest.raises(OcrFailed, match=reason):
        textract(FakeTextract({"JobStatus": "FAILED", **answer})).collect("j1")


@pytest.mark.parametrize("tag", ["", "s1", "s1.", ".d1", "."])
def test_a_tag_without_supplier_or_document_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="not a job tag"):
        parse_job_tag(tag)


def test_a_document_id_may_hold_a_dot() -> None:
    assert parse_job_tag("s1.d.1") == ("s1", "d.1")


@pytest.mark.parametrize(
    "code", ["LimitExceededException", "ProvisionedThroughputExceededException", "ThrottlingException"]
)
def test_no_capacity_is_no_failure_of_the_document_in_any_call(code: str) -> None:
    class Busy(FakeTextract):
        def start_document_text_detection(self, **_: Any) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": code}}, "StartDocumentTextDetection")

        def get_document_text_detection(self, **_: Any) -> dict[str, Any]:
            if self.analysed:
                raise ClientError({"Error": {"Code": "InvalidJobIdException"}}, "GetDocumentTextDetection")
            raise ClientError({"Error": {"Code": code}}, "GetDocumentTextDetection")

        def get_document_analysis(self, **_: Any) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": code}}, "GetDocumentAnalysis")

    with pytest.raises(OcrBusy):
        textract(Busy()).start("d1", subset=False, token="once")
    for analysed in ("", "j1"):
        with pytest.raises(OcrBusy):
            textract(Busy(analysed=analysed)).collect("j1")


def test_any_other_error_of_textract_is_raised_as_it_is() -> None:
    class Refusing(FakeTextract):
        def start_document_text_detection(self, **_: Any) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "UnsupportedDocumentException"}}, "StartDocumentTextDetection")

    with pytest.raises(ClientError, match="UnsupportedDocumentException"):
        textract(Refusing()).start("d1", subset=False, token="once")
