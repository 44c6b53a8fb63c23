"""The cost of reading is logged in the form that CloudWatch reads."""

import json
from decimal import Decimal

import pytest

from chorus_connector.domain.reading.cost import ReadingCost
from chorus_connector.runtime.reading_metrics import count_reading, report_death


def test_one_line_says_the_pages_by_source_and_what_textract_asks_for_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "ChorusConnector")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "textract_ocr")
    cost = ReadingCost(xml=0, text=2, textract=3, billed=3)
    count_reading(cost, supplier_id="s1", dollars_a_page=Decimal("0.065"))
    (line,) = capsys.readouterr().out.splitlines()
    written = json.loads(line)
    assert {name: written[name] for name in ("PagesXml", "PagesText", "PagesTextract", "TextractPagesBilled")} == {
        "PagesXml": [0.0],
        "PagesText": [2.0],
        "PagesTextract": [3.0],
        "TextractPagesBilled": [3.0],
    }
    assert written["ReadingDollars"] == [0.195]
    assert written["supplier_id"] == "s1"
    (shape,) = written["_aws"]["CloudWatchMetrics"]
    assert (shape["Namespace"], shape["Dimensions"]) == ("ChorusConnector", [["service"]])


def test_a_file_that_ended_its_process_is_logged_and_counted_by_the_kind_of_death(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "ChorusConnector")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "textract_ocr")
    facts = {"detail": "SIGABRT", "seconds": 2.0, "cpu_seconds": 1.9, "peak_megabytes": 900}
    report_death("s1", death="crash", short_limits=True, **facts)  # type: ignore[arg-type]
    written = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (written["ReaderDeaths"], written["death"], written["supplier_id"]) == ([1.0], "crash", "s1")
