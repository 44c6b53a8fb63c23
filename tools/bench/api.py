"""The API on the local stack: response times of a form, a list and an import of a table, and requests per second."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from chorus_connector.domain.paris import day_in_paris
from tools.bench.figures import Figure
from tools.demo import Api, Sample, seed
from tools.invoice_generator.demo import demo_samples
from tools.local_stack.stack import LocalStack
from tools.simulator.server import SimulatorServer

SIRET = "82345678900012"
CALLS = 60
CLIENTS = 2


def figures(stack: LocalStack, simulator: SimulatorServer) -> list[Figure]:
    """p50 and p95 of one request at a time, and requests per second of two clients; the functions are warm."""
    seed(simulator.base_url, siret=SIRET, name="Mesure", structures=())
    with Api(stack.api_url, stack.admin_token()) as api:
        supplier_id = api.provision(name="Mesure", siret=SIRET)
        name, data, _ = demo_samples(day_in_paris(datetime.now(UTC)))[0]
        document = api.upload(supplier_id, Sample(name, data))
        _wait(api, supplier_id, document)
        form = f"/suppliers/{supplier_id}/invoices/{document}/form"
        lists = f"/suppliers/{supplier_id}/tracking"
        return [
            *_measured("form read", lambda: api.call("GET", form)),
            *_measured("tracking list", lambda: api.call("GET", lists)),
            _import(api, supplier_id, stack.subject(stack.admin_token())),
        ]


def _measured(name: str, call: Callable[[], object]) -> list[Figure]:
    call()
    times = sorted(_milliseconds(call) for _ in range(CALLS))
    p50, p95 = statistics.median(times), times[int(CALLS * 0.95)]
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda _: call(), range(CALLS)))
    rate = CALLS / (time.perf_counter() - started)
    how = f"{CALLS} calls on the local stack, one at a time"
    return [
        Figure(f"{name}: p50 · p95", f"{p50:.0f} · {p95:.0f}", "ms", how),
        Figure(f"{name}: answers", f"{rate:.0f}", "a second", f"{CLIENTS} clients at once"),
    ]


def _import(api: Api, supplier_id: str, principal: str) -> Figure:
    rows = "label,principal\n" + "".join(f"Service {n},{principal}\n" for n in range(10_000))
    took = _milliseconds(
        lambda: api.call(
            "POST",
            f"/suppliers/{supplier_id}/configuration/tables/users/imports",
            content=rows.encode(),
            headers={"Content-Type": "text/csv"},
        )
    )
    return Figure("import of 10,000 rows", f"{took / 1000:.1f}", "s", "one call on the local stack")


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def _wait(api: Api, supplier_id: str, document: str) -> None:
    deadline = time.monotonic() + 60
    while api.call("GET", f"/suppliers/{supplier_id}/invoices/{document}")["state"] in ("RECEIVED", "READING"):
        if time.monotonic() > deadline:
            raise RuntimeError("the document was never read")
        time.sleep(0.05)
