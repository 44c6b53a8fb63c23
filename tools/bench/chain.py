"""The duration of an invoice's way on the local stack: upload to READY, READY to SUBMITTED, one at a time."""

import statistics
import time
from datetime import UTC, datetime

from chorus_connector.domain.paris import day_in_paris
from tools.bench.figures import Figure
from tools.demo import TRUSTS_SCANS, Api, Sample, seed
from tools.invoice_generator.demo import DEMO_RECIPIENTS, DEMO_SUPPLIER, demo_samples
from tools.local_stack.stack import LocalStack
from tools.simulator.server import SimulatorServer


def figures(stack: LocalStack, simulator: SimulatorServer) -> list[Figure]:
    """Median seconds of both parts; the functions are warm."""
    seed(simulator.base_url, siret=DEMO_SUPPLIER["siret"], name=DEMO_SUPPLIER["name"], structures=DEMO_RECIPIENTS)
    drawn = demo_samples(day_in_paris(datetime.now(UTC)))
    samples = [Sample(name, data) for name, data, expected in drawn if expected["goes_through"]]
    halves: dict[str, list[tuple[float, float]]] = {"text layer or XML": [], "scan (local OCR)": []}
    with Api(stack.api_url, stack.admin_token()) as api:
        supplier_id = api.provision(
            name=DEMO_SUPPLIER["name"], siret=DEMO_SUPPLIER["siret"], confidence_threshold=TRUSTS_SCANS
        )
        for index, sample in enumerate(samples):
            measured = _one(api, stack, supplier_id, sample)
            if index > 0:  # the first one warms every function up
                halves["scan (local OCR)" if sample.file.startswith("scan") else "text layer or XML"].append(measured)
    rows = []
    for kind, measured_pairs in halves.items():
        for name, index in (("upload → READY", 0), ("READY → SUBMITTED", 1)):
            median = statistics.median(pair[index] for pair in measured_pairs)
            how = f"median of {len(measured_pairs)}, one at a time, polled every 20 ms, ten-minute run started by hand"
            rows.append(Figure(f"{kind}: {name}", f"{median:.2f}", "s", how))
    return rows


def _one(api: Api, stack: LocalStack, supplier_id: str, sample: Sample) -> tuple[float, float]:
    started = time.perf_counter()
    document = api.upload(supplier_id, sample)
    _wait(api, supplier_id, document, "READY")
    ready = time.perf_counter()
    stack.run_schedule_now()
    _wait(api, supplier_id, document, "SUBMITTED")
    return ready - started, time.perf_counter() - ready


def _wait(api: Api, supplier_id: str, document: str, state: str) -> None:
    deadline = time.monotonic() + 120
    while api.call("GET", f"/suppliers/{supplier_id}/invoices/{document}")["state"] != state:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{document} never became {state}")
        time.sleep(0.02)
