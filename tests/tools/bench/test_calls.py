"""An invoice's calls of AWS from upload to SUBMITTED are counted with the real handlers, and have a limit.

A change that adds a call removes another.
"""

from tools.bench.aws_calls import measure
from tools.simulator.server import SimulatorServer

LIMIT = 25
"""For an invoice whose text is inside and whose recipient is known, with the ten-minute run that hands it out."""


def test_an_invoice_takes_at_most_25_calls_of_aws() -> None:
    with SimulatorServer() as simulator:
        unknown, known, _ = measure(simulator)
    by_function = {name: dict(use.aws_calls) for name, use in known.functions.items()}
    assert known.aws_calls.total() <= LIMIT, by_function
    assert set(by_function) == {"upload_intake", "textract_ocr", "sync_ten_minutes", "submission"}, (
        "a known recipient needs no message to resolution"
    )
    assert "resolution" in unknown.functions
    assert unknown.aws_calls.total() <= LIMIT + 10
