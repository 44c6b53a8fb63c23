"""A measure's log line can be searched for by supplier and by document, and is counted by neither."""

import json

import pytest

from chorus_connector.domain.notifications.measures import Measure
from chorus_connector.runtime.measuring import count_not_cached, measure


@pytest.fixture(autouse=True)
def box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "ChorusConnector")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "submission")


def test_the_line_says_which_document_under_the_name_every_other_line_has(capsys: pytest.CaptureFixture[str]) -> None:
    measure([Measure("InDoubtAge", 3700, "Seconds", {"channel": "pdf"})], supplier_id="s1", document_id="d1")
    line = json.loads(capsys.readouterr().out)
    assert (line["supplier_id"], line["correlation_id"]) == ("s1", "d1")
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["channel", "service"]]


def test_what_is_about_no_document_says_none(capsys: pytest.CaptureFixture[str]) -> None:
    measure([Measure("RetrievalLag", 0, "Seconds")], supplier_id="s1")
    assert "correlation_id" not in json.loads(capsys.readouterr().out)


def test_an_answer_of_the_directory_that_was_not_kept_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    count_not_cached()
    assert json.loads(capsys.readouterr().out)["RecipientNotCached"] == [1.0]
