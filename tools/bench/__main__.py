"""``make bench``: the figures of docs/measures.md, all or by topic: ``make bench ARGS="reading chain"``."""

import platform
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache

from tools.bench import (
    api,
    aws_calls,
    chain,
    cold_start,
    console,
    messages,
    portal,
    reading,
    reading_bounds,
    recipients,
    tables,
    tracking,
)
from tools.bench.figures import show
from tools.demo import running_stack
from tools.local_stack.stack import LocalStack
from tools.local_stack.temporary import temporary_folder
from tools.samples import make_samples
from tools.simulator.server import SimulatorServer


def main(wanted: list[str]) -> int:
    """Measure the topics named, or all of them."""
    print(f"{platform.machine()}, Python {platform.python_version()}")
    with ExitStack() as running:

        @cache
        def started() -> tuple[LocalStack, SimulatorServer]:
            folder = running.enter_context(temporary_folder("bench"))
            return running.enter_context(running_stack(folder, open_directory=False))

        def calls() -> None:
            with SimulatorServer() as simulator:
                show("AWS calls per invoice, upload to SUBMITTED", aws_calls.figures(simulator))

        def on_console() -> None:
            stack, simulator = started()
            supplier_id = make_samples(stack, simulator.base_url, progress=print)
            show("The console on the local stack, with the samples", console.figures(stack, supplier_id))

        topics: dict[str, Callable[[], None]] = {
            "reading": lambda: show("Reading", reading.figures()),
            "bounds": lambda: show("The reader's bounds (60 s and 512 MB)", reading_bounds.figures()),
            "calls": calls,
            "tracking": lambda: show("Tracking invoices", tracking.figures()),
            "portal": lambda: show("The portal: calls, drain and ten-minute run", portal.figures()),
            "tables": lambda: show("Tables, form and lists: the table's units", tables.figures()),
            "recipients": lambda: show("Recipients with many services", recipients.figures()),
            "messages": lambda: show("« Mes messages »", messages.figures(started()[0])),
            "cold": lambda: show(
                "Cold start: processor time of import and first call", cold_start.figures(started()[0])
            ),
            "console": on_console,
            "api": lambda: show("The API on the local stack", api.figures(*started())),
            "chain": lambda: show("The way of an invoice on the local stack", chain.figures(*started())),
        }
        for name, measure in topics.items():
            if not wanted or name in wanted:
                measure()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
