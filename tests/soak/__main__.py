"""``make soak``: many invoices of many suppliers through the local stack while the portal loses answers.

Counts what the portal holds against what was uploaded: nothing lost, nothing twice, every dead-letter queue empty.
``make soak ARGS="--suppliers 10 --invoices 30"`` sets the size; it exits with 1 when anything is lost or doubled.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import httpx

from chorus_local.demo import Api, Sample, seed
from chorus_local.redrive import waiting_dead_letters
from chorus_local.stack import LocalStack
from chorus_simulator.server import SimulatorServer
from chorus_simulator.settings import Settings
from tests.generator import world
from tests.generator.corpus import layouts
from tests.generator.document import print_invoice
from tests.generator.scenario import draw_invoice

LOST_ANSWERS = ("reset", "truncate", "html")
PATIENCE = 600.0


@dataclass(frozen=True)
class Upload:
    """One drawn invoice and whose it is."""

    supplier_id: str
    number: str
    document_id: str


def main() -> int:
    """Run the load and judge it; 0 when the portal holds every invoice exactly once."""
    options = argparse.ArgumentParser(description="load the local stack and count")
    options.add_argument("--suppliers", type=int, default=5)
    options.add_argument("--invoices", type=int, default=20, help="of each supplier")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="chorus-soak-") as folder,
        SimulatorServer(Settings(open_directory=True)) as simulator,
        # a lost answer is settled after seconds instead of a quarter of an hour
        LocalStack(Path(folder), chorus_base_url=simulator.base_url, environment={"SETTLE_SECONDS": "5"}) as stack,
        Api(stack.api_url, stack.admin_token()) as api,
    ):
        uploads = _upload(api, simulator, given.suppliers, given.invoices, Random(given.seed))
        faults = _drive(api, stack, simulator, uploads, Random(given.seed))
        states = _states(api, uploads)
        return _judge(stack, simulator, uploads, states, faults, time.monotonic() - started)


def _upload(api: Api, simulator: SimulatorServer, suppliers: int, invoices: int, rng: Random) -> list[Upload]:
    layout = layouts("dev")["classique"]
    uploads = []
    for place in range(suppliers):
        siret = f"8{place:08d}00013"
        seed(simulator.base_url, siret=siret, name=f"Fournisseur {place}", structures=())
        supplier_id = api.provision(name=f"Fournisseur {place}", siret=siret)
        for index in range(invoices):
            drawn = draw_invoice(rng, replace(layout, credit=0, deposit=0, retention=0, regimes=("normal",)))
            party = replace(drawn.supplier, siret=siret, vat=world.vat_number(siret[:9]))
            invoice = replace(drawn, number=f"S{place}-{index:05d}", supplier=party, service_code=None)
            pdf = print_invoice(invoice, layout, rng, invoice.number).pdf
            uploads.append(Upload(supplier_id, invoice.number, api.upload(supplier_id, Sample(invoice.number, pdf))))
    return uploads


def _drive(api: Api, stack: LocalStack, simulator: SimulatorServer, uploads: list[Upload], rng: Random) -> int:
    """Tick until nothing moves any more, an answer lost now and then; gives how many were."""
    faults, moved_at, before = 0, time.monotonic(), Counter[str]()
    while time.monotonic() - moved_at < PATIENCE:
        states = Counter(_states(api, uploads).values())
        if states != before:
            print(dict(states), file=sys.stderr, flush=True)
            before, moved_at = states, time.monotonic()
        if states["SUBMITTED"] + states["TO_COMPLETE"] == len(uploads):
            break
        if states["READY"] and rng.random() < 0.5:
            _lose_an_answer(simulator, rng)
            faults += 1
        stack.run_schedule_now()
        time.sleep(1)
    return faults


def _states(api: Api, uploads: list[Upload]) -> dict[str, str]:
    """The state of every document by its id."""
    suppliers = {upload.supplier_id for upload in uploads}
    return {document: invoice["state"] for each in suppliers for document, invoice in api.invoices(each).items()}


def _lose_an_answer(simulator: SimulatorServer, rng: Random) -> None:
    fault = {"operation": "factures/soumettre", "phase": "after", "effect": rng.choice(LOST_ANSWERS), "status": 502}
    httpx.post(f"{simulator.base_url}/_admin/faults", json=fault, trust_env=False).raise_for_status()


def _judge(
    stack: LocalStack,
    simulator: SimulatorServer,
    uploads: list[Upload],
    states: dict[str, str],
    faults: int,
    seconds: float,
) -> int:
    """Say what was found, and 1 when anything is lost, doubled or dead."""
    answer = httpx.get(f"{simulator.base_url}/_admin/invoices", timeout=60, trust_env=False)
    held = Counter(invoice["numeroFacture"] for invoice in answer.json()["invoices"])
    waiting = {document for document, state in states.items() if state == "TO_COMPLETE"}
    lost = [upload.number for upload in uploads if held[upload.number] == 0 and upload.document_id not in waiting]
    doubled = [number for number, times in held.items() if times > 1]
    queues = [url for name, url in stack.outputs.items() if name.endswith("QueueUrl")]
    dead = sum(waiting_dead_letters(stack.boto_client("sqs"), url) for url in queues)
    print(f"{len(uploads)} uploaded, {sum(held.values())} at the portal, {len(waiting)} wait for a person")
    print(f"{faults} answers lost on purpose; {dead} dead letters; {seconds:.0f} s")
    print(f"{len(lost)} invoices lost {lost[:5]}, {len(doubled)} at the portal twice {doubled[:5]}")
    return 1 if lost or doubled or dead else 0


if __name__ == "__main__":
    sys.exit(main())
