"""``make soak``: runs the local stack at full load for some minutes, with or without faults, and checks the invariants.

``make soak ARGS="--suppliers 50 --minutes 2 --faults"``, ``make soak ARGS="--hostile --minutes 3"``. Suppliers are
provisioned, invoices are uploaded through the API for the given minutes, then all work drains. At the end every
accepted upload is compared with the invoices at the portal. Prints a table and one line of JSON; the exit code is 1
when anything is lost, doubled, dead or leaking, or when hostile tenants slow down the others (docs/load.md).
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from chorus_connector.domain.paris import day_in_paris
from tools.demo import Api
from tools.local_stack.kept_process import KeptProcess
from tools.local_stack.ports import LOCALHOST, free_ports, is_listening
from tools.local_stack.stack import LocalStack
from tools.local_stack.synthesis import ROOT
from tools.local_stack.temporary import temporary_folder
from tools.soak.hostile import TENANTS, Attack
from tools.soak.load import Printer, Supplier, Upload, Uploader, provision
from tools.soak.memory import Held, MemoryWatch
from tools.soak.queues import Queues, Watched
from tools.soak.trouble import Trouble
from tools.soak.verdict import Document, Verdict, judge, slowed, stuck

MOST_WAITING = 120
"""Most documents in progress: enough to keep all workers busy, few enough to measure upload to deposit."""
FAULTY_RATE = 45.0
"""Uploads per minute with faults, three times the target: suppliers do not stop because the portal is down."""
HOSTILE_RATE = 30.0
"""Uploads per minute of the good tenants beside hostile ones: twice the target, far less than the machine takes."""
RUN_EVERY = 5.0
"""Seconds between two ten-minute runs of this test."""
PATIENCE = 900.0
"""Seconds without any change until the drain is given up; longer than the circuit breaker's first pauses together."""
NEARLY_NOTHING = 20
"""A ten-minute run starts when fewer messages wait: a message with a delay must not block the drain."""
RETRY_AFTER = 30
"""Seconds until the message of a killed worker is retried; on AWS it is six times the function's timeout."""
LONG_ENOUGH = 120.0
"""Seconds that a process must have run for its memory to be judged: what it loads at first is no leak."""
DAILY_LOAD = 20_000


@dataclass
class Run:
    """One run: its stack, its simulator and its measurements."""

    given: argparse.Namespace
    stack: LocalStack
    simulator_url: str
    proxy_url: str | None
    api: Api
    queues: Queues
    failed_runs: int = 0
    timeline: list[tuple[float, int]] = field(default_factory=list)
    """Seconds since the load began, and how many invoices the portal held."""

    @property
    def seconds(self) -> float:
        """How long invoices are uploaded: with hostile tenants the given minutes twice, without and with them."""
        return float(self.given.minutes * 60 * (2 if self.given.hostile else 1))

    def say(self, text: str) -> None:
        print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)

    def submitted(self) -> int:
        answer = httpx.get(f"{self.simulator_url}/_admin/state", timeout=60, trust_env=False)
        return int(answer.raise_for_status().json()["invoices"])

    def hand_out_due_work(self) -> None:
        """Start a ten-minute run, unless the work of the last one is still in the queue."""
        if self.queues.depth(self.queues.submission_url) > 0:
            return
        try:
            self.stack.run_schedule_now()
        except RuntimeError:  # its worker was killed: the next run does its work
            self.failed_runs += 1


def main() -> int:
    """Run the load and judge it; 0 when every invariant holds."""
    given = _options()
    with temporary_folder("soak") as folder, ExitStack() as running:
        run, watched = _start(given, folder, running)
        run.say(f"the stack is up; provisioning {given.suppliers} suppliers")
        began = time.monotonic()
        every = provision(run.api, run.simulator_url, given.suppliers + TENANTS * given.hostile, workers=4)
        suppliers = every[: given.suppliers]
        attack = Attack(run.stack.api_url, run.stack.admin_token(), every[given.suppliers :], bombs=given.bombs)
        running.callback(attack.close)
        provisioning = time.monotonic() - began
        run.say(f"provisioned in {provisioning:.0f} s; {run.seconds / 60:g} minutes of load")
        memory = MemoryWatch(folder, watched)
        memory.start()
        uploader, done = _load(run, suppliers, attack)
        loading = run.timeline[-1]
        draining = _drain(run, redriving=given.faults)
        memory.stop()
        documents = _documents(run.api, every)
        ledger = _ledger(run.simulator_url)
        held = memory.held(at_least=LONG_ENOUGH)
        verdict = judge(
            uploader.accepted,
            documents,
            ledger,
            unanswered=uploader.given_up,
            dead=run.queues.dead(),
            memory=[each for each in held if each.kind not in watched],
        )
        hostile = {}
        if given.hostile:
            alone, beside = _waits(run.api, uploader.accepted, attack.began)
            verdict = replace(verdict, stuck=stuck(attack.accepted, documents), slowed=slowed(alone, beside))
            hostile = _beside_hostile_tenants(attack, documents, alone, beside, verdict)
        report = _report(run, uploader, documents, ledger, held, memory.total(), done, verdict)
        report |= {"provisioning_s": round(provisioning), "drain_s": round(draining), **_speed(uploader, loading)}
        _print(report | hostile, held, verdict)
    return 0 if verdict.sound else 1


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="make soak", description="load the local stack and judge what is left")
    options.add_argument("--suppliers", type=int, help="1,000, or 20 beside hostile ones")
    options.add_argument("--minutes", type=float, default=10, help="of load; with --hostile twice")
    options.add_argument("--rate", type=float, default=0, help="uploads a minute (no limit; faults 45, hostile 30)")
    options.add_argument("--xml", type=float, default=0.2, help="share of invoices with XML inside")
    options.add_argument("--scans", type=float, default=0, help="share of scans; local OCR takes seconds a page")
    options.add_argument("--uploaders", type=int, default=3, help="clients uploading at the same time")
    options.add_argument("--faults", action="store_true", help="kill workers, throttle the services, break the portal")
    options.add_argument("--hostile", action="store_true", help="two tenants attack in the second half of the load")
    options.add_argument("--bombs", type=int, default=1, help="bombs a minute of each hostile tenant, at most 100")
    options.add_argument("--kill-every", type=float, default=3, help="seconds between killed workers")
    given = options.parse_args()
    given.suppliers = given.suppliers or (20 if given.hostile else 1000)
    return given


def _start(given: argparse.Namespace, folder: Path, running: ExitStack) -> tuple[Run, dict[str, int]]:
    """Start every process; returns the run, and the further processes whose memory is watched."""
    simulator_port, proxy_port = free_ports(2)
    simulator_url, proxy_url = f"http://{LOCALHOST}:{simulator_port}", f"http://{LOCALHOST}:{proxy_port}"
    # a lost answer is settled after seconds instead of 15 minutes
    environment = {"SETTLE_SECONDS": "5"}
    if given.faults:
        environment |= {"AWS_ENDPOINT_URL_DYNAMODB": proxy_url, "AWS_ENDPOINT_URL_S3": proxy_url}
    stack = LocalStack(folder, chorus_base_url=simulator_url, retry_after=RETRY_AFTER, environment=environment)

    def keep(module: str, *arguments: str) -> KeptProcess:
        process = KeptProcess(module, arguments, environment=_environment(), log=folder / f"{module}.log")
        return running.enter_context(process)

    simulator = keep("tools.simulator", "--port", str(simulator_port), "--open-directory")
    simulator.wait_until(lambda: is_listening(simulator_port))
    if given.faults:
        proxy = keep("tools.soak.throttling_proxy", "--port", str(proxy_port), "--target", stack.endpoint_url)
        proxy.wait_until(lambda: is_listening(proxy_port))
    running.enter_context(stack)
    api = running.enter_context(Api(stack.api_url, stack.admin_token()))
    run = Run(given, stack, simulator_url, proxy_url if given.faults else None, api, Queues(stack))
    return run, {"tools.simulator": simulator.pid}


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "shared"))),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _load(run: Run, suppliers: Sequence[Supplier], attack: Attack) -> tuple[Uploader, dict[str, int]]:
    """Upload for the given minutes; returns the uploader and the number of injected faults by kind.

    With hostile tenants the attack begins in the middle.
    """
    given, length = run.given, run.seconds
    backlog = Watched(lambda: run.queues.before_ready() + run.queues.due()).start()
    uploader = Uploader(
        api_url=run.stack.api_url,
        token=run.stack.admin_token(),
        suppliers=suppliers,
        printer=Printer(day_in_paris(datetime.now(UTC)), given.xml, given.scans),
        backlog=lambda: backlog.value,
        threads=given.uploaders,
        rate=given.rate or (FAULTY_RATE if given.faults else HOSTILE_RATE if given.hostile else 0),
        most_waiting=sys.maxsize if given.faults or given.hostile else MOST_WAITING,
    )
    trouble = None
    if run.proxy_url:
        trouble = Trouble(run.stack.state_dir, run.simulator_url, run.proxy_url, length, given.kill_every, run.say)
        trouble.start()
    uploader.start()
    began, spoke = time.monotonic(), 0.0
    while (passed := time.monotonic() - began) < length:
        if given.hostile and not attack.running and passed > length / 2:
            run.say("the attack begins")
            attack.start()
        run.hand_out_due_work()
        run.timeline.append((time.monotonic() - began, run.submitted()))
        if passed - spoke > 30:
            spoke = passed
            run.say(
                f"{len(uploader.accepted)} accepted, {run.timeline[-1][1]} at the portal, {backlog.value} on the way"
            )
        time.sleep(max(0.0, min(RUN_EVERY, length - passed)))
    uploader.stop()
    run.timeline.append((time.monotonic() - began, run.submitted()))
    backlog.stop()
    done = (trouble.stop() if trouble else {}) | (attack.stop() if given.hostile else {})
    run.say(f"the load is over: {len(uploader.accepted)} accepted, {run.timeline[-1][1]} at the portal; draining")
    return uploader, done


def _drain(run: Run, *, redriving: bool) -> float:
    """Start ten-minute runs until no message waits and nothing is due; returns the seconds it took.

    With ``redriving``, dead letters are redriven until there are none.
    """
    began = moved_at = spoke = time.monotonic()
    before: tuple[int, ...] = ()
    while time.monotonic() - moved_at < PATIENCE:
        now = (run.queues.waiting(webhooks=not run.given.hostile), run.queues.due(), run.submitted())
        if now[0] < NEARLY_NOTHING:  # as in production, where a run's work is done in ten minutes
            run.hand_out_due_work()
        if now != before:
            before, moved_at = now, time.monotonic()
        if time.monotonic() - spoke > 30:
            spoke = time.monotonic()
            run.say(f"{now[0]} messages wait, {now[1]} documents are due, {now[2]} at the portal")
        if now[:2] == (0, 0):
            if not redriving or run.queues.redrive() == 0:
                break
            moved_at = time.monotonic()
        time.sleep(1)
    return time.monotonic() - began


def _documents(api: Api, suppliers: Sequence[Supplier]) -> dict[str, Document]:
    """Every document as the API shows it."""

    def of(supplier: Supplier) -> dict[str, Document]:
        return {
            document: Document(shown["state"], tuple(each["code"] for each in shown["problems"]))
            for document, shown in api.invoices(supplier.supplier_id).items()
        }

    with ThreadPoolExecutor(3) as pool:
        return {document: shown for found in pool.map(of, suppliers) for document, shown in found.items()}


def _waits(api: Api, uploads: Sequence[Upload], attacked: datetime) -> tuple[list[float], list[float]]:
    """Seconds from upload to READY: of the documents that were READY before the attack, and of those uploaded in it."""

    def one(upload: Upload) -> tuple[datetime, datetime] | None:
        path = f"/suppliers/{upload.supplier_id}/invoices/{upload.document_id}/history"
        events = api.call("GET", path)["events"]
        ready = next((event["at"] for event in events if event["state"] == "READY"), None)
        return (datetime.fromisoformat(events[0]["at"]), datetime.fromisoformat(ready)) if ready else None

    with ThreadPoolExecutor(3) as pool:
        found = [each for each in pool.map(one, uploads) if each]
    alone = [(ready - came).total_seconds() for came, ready in found if ready <= attacked]
    beside = [(ready - came).total_seconds() for came, ready in found if came >= attacked]
    return alone, beside


def _beside_hostile_tenants(
    attack: Attack,
    documents: Mapping[str, Document],
    alone: Sequence[float],
    beside: Sequence[float],
    verdict: Verdict,
) -> dict[str, Any]:
    """The report's lines about the attack and what the good tenants felt of it."""
    states = Counter(f"{upload.kind}: {documents[upload.document_id].state}" for upload in attack.accepted)
    return {
        "to_ready_alone_s": _spread(alone),
        "to_ready_beside_s": _spread(beside),
        "hostile_documents": dict(states),
        "stuck": list(verdict.stuck),
        "slowed": list(verdict.slowed),
    }


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {"count": len(seconds)}
    p95 = statistics.quantiles(seconds, n=20)[-1]
    return {"count": len(seconds), "median": round(statistics.median(seconds), 2), "p95": round(p95, 2)}


def _ledger(simulator_url: str) -> list[str]:
    """The number of every invoice at the portal."""
    answer = httpx.get(f"{simulator_url}/_admin/invoices", timeout=300, trust_env=False)
    return [str(invoice["numeroFacture"]) for invoice in answer.raise_for_status().json()["invoices"]]


def _speed(uploader: Uploader, loading: tuple[float, int]) -> dict[str, float]:
    """The throughput during the load; invoices that reached the portal while draining do not count."""
    seconds, submitted = loading
    minute = submitted / seconds * 60
    return {
        "load_s": round(seconds),
        "accepted_per_minute": round(len(uploader.accepted) / seconds * 60, 1),
        "submitted_per_minute": round(minute, 1),
        "submitted_per_day": round(minute * 1440),
        "times_the_daily_load": round(minute * 1440 / DAILY_LOAD, 1),
    }


def _report(
    run: Run,
    uploader: Uploader,
    documents: Mapping[str, Document],
    ledger: Sequence[str],
    held: Sequence[Held],
    total: tuple[int, int],
    done: Mapping[str, int],
    verdict: Verdict,
) -> dict[str, Any]:
    mine = [documents[upload.document_id] for upload in uploader.accepted if upload.document_id in documents]
    unsent = Counter(problem for document in mine if document.state != "SUBMITTED" for problem in document.problems)
    simulator = next(each for each in held if each.kind == "tools.simulator")
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "mode": "faults" if run.given.faults else "hostile" if run.given.hostile else "plain",
        "suppliers": run.given.suppliers,
        "kinds": dict(Counter(upload.kind for upload in uploader.accepted)),
        "accepted": len(uploader.accepted),
        "sent_again": dict(uploader.repeated),
        "given_up": len(uploader.given_up),
        "states": dict(Counter(document.state for document in mine)),
        "why_not_sent": dict(unsent),
        "at_the_portal": len(ledger),
        "faults": dict(done),
        "failed_runs": run.failed_runs,
        "lost": list(verdict.lost),
        "twice": list(verdict.twice),
        "unknown": list(verdict.unknown),
        "dead_letters": dict(verdict.dead),
        "growing": list(verdict.growing),
        "functions_mb": {"median": round(total[0] / 1e6), "most": round(total[1] / 1e6)},
        "simulator_kb_an_invoice": round((simulator.late - simulator.early) / 1e3 / max(len(ledger), 1)),
        "load_average": round(os.getloadavg()[1], 1),
        "sound": verdict.sound,
    }


def _print(report: Mapping[str, Any], held: Sequence[Held], verdict: Verdict) -> None:
    screen = Console(width=140)
    table = Table("what", "figure", title=f"make soak, {report['mode']}", title_justify="left")
    for name, value in report.items():
        if isinstance(value, list):
            shown = f"{len(value)}{' ' + ', '.join(value[:5]) if value else ''}"
        elif isinstance(value, dict):
            shown = ", ".join(f"{key}: {count}" for key, count in value.items()) or "none"
        else:
            shown = str(value)
        table.add_row(name.replace("_", " "), shown)
    screen.print(table)
    memory = Table(
        "process", "how many", "long-lived", "MB early", "MB late", title="Resident memory", title_justify="left"
    )
    for each in held:
        memory.add_row(
            each.kind, str(each.processes), str(each.judged), f"{each.early / 1e6:.0f}", f"{each.late / 1e6:.0f}"
        )
    screen.print(memory)
    screen.print("[green]every invariant holds[/]" if verdict.sound else "[red]an invariant is broken[/]")
    print(json.dumps(dict(report), ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
