"""The result of a benchmark: figures, printed as one table per topic. Benchmarks assert nothing."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured value with its name, its unit and how it was measured."""

    name: str
    value: str
    unit: str
    how: str


def show(topic: str, figures: Sequence[Figure]) -> None:
    """Print the figures as a table on stdout."""
    table = Table("figure", "value", "unit", "how", title=topic, title_justify="left")
    for figure in figures:
        table.add_row(figure.name, figure.value, figure.unit, figure.how)
    Console(width=150).print(table)


def median_ms(action: Callable[[], object], runs: int) -> float:
    """The median duration of an action, in milliseconds."""
    durations = []
    for _ in range(runs):
        started = time.perf_counter()
        action()
        durations.append((time.perf_counter() - started) * 1000)
    return statistics.median(durations)


def run_process(code: str, environment: Mapping[str, str]) -> None:
    """Run a Python program in a new process. Raises CalledProcessError when it fails."""
    subprocess.run([sys.executable, "-c", code], env=dict(environment), check=True, capture_output=True)
