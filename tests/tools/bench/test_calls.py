"""An invoice's calls of AWS and units of the table, from upload to SUBMITTED, have limits.

They are counted with the real handlers. A change that adds some removes others.
"""

import pytest

from tools.bench import capacity
from tools.bench.aws_calls import Measured, measure
from tools.simulator.server import SimulatorServer

MOST_CALLS = 25
"""For an invoice whose text is inside and whose recipient is known, with the ten-minute run that hands it out."""

MOST_WRITE_UNITS = 60


@pytest.fixture(scope="module")
def measured() -> Measured:
    with SimulatorServer() as simulator:
        return measure(simulator)


def test_an_invoice_takes_at_most_25_calls_of_aws(measured: Measured) -> None:
    by_function = {name: dict(use.aws_calls) for name, use in measured.known.functions.items()}
    assert measured.known.aws_calls.total() <= MOST_CALLS, by_function
    assert set(by_function) == {"upload_intake", "textract_ocr", "sync_ten_minutes", "submission"}, (
        "a known recipient needs no message to resolution"
    )
    assert "resolution" in measured.unknown.functions
    assert measured.unknown.aws_calls.total() <= MOST_CALLS + 10


def test_an_invoice_that_goes_without_its_xml_takes_two_calls_more_for_the_file_sent(
    measured: Measured,
) -> None:
    """The file is stored and locked. What an unknown recipient costs is not counted.

    An XML that does not say everything has the words of its pages stored too, which is one call more.
    """
    uses = measured.with_xml.functions
    of_the_unknown = uses["resolution"].aws_calls.total() + uses["textract_ocr"].aws_calls["sqs:SendMessageBatch"]
    assert uses["submission"].aws_calls["s3:PutObject"] == 1
    assert uses["submission"].aws_calls["s3:PutObjectRetention"] == 2
    assert measured.with_xml.aws_calls.total() - of_the_unknown <= MOST_CALLS + 1


@pytest.mark.parametrize("invoice", ["unknown", "known", "with_xml"])
def test_an_invoice_takes_at_most_60_write_units(measured: Measured, invoice: str) -> None:
    assert getattr(measured, invoice).write_units <= MOST_WRITE_UNITS


@pytest.mark.acceptance
def test_capacity_is_reckoned_from_what_was_measured(
    measured: Measured, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(capacity, "measure", lambda _simulator: measured)
    assert capacity.main(["--suppliers", "10", "--invoices", "20", "--largest", "50"]) == 0
    assert "10 suppliers" in capsys.readouterr().out
    assert capacity.main(["--suppliers", "10000", "--latency", "60"]) == 1
