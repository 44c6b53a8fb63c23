"""``make capacity``: whether an installation of a given size holds, and what breaks first.

What an invoice takes is measured in this run (``aws_calls``); the settings are those of an environment
(``infra_cdk/environment.py``); the size and what the outside answers are arguments. Quotas are AWS's published
defaults, to be checked in Service Quotas.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chorus_connector.usecases.invoices.due_work import HandOutDueWork
from infra_cdk.configuration import configured
from infra_cdk.environment import Environment
from tools.bench.aws_calls import InvoiceUse, measure
from tools.bench.cost import PRICES
from tools.simulator.server import SimulatorServer

PARTITION_WRITES, PARTITION_READS = 1000, 3000
"""Units a second of one partition of a table or an index: DynamoDB's limit, not a quota."""
TABLE_WRITES, TABLE_READS = 4000, 12000
"""Units a second that a new table on demand takes at once; it grows with the load."""
_RUNS_APART = 600
_HOUR, _DAY = 3600, 24


@dataclass(frozen=True)
class Load:
    """The size of an installation and what the outside answers. Raises ValueError for what cannot be."""

    suppliers: int
    invoices: float
    """Invoices a day of each supplier, on the average."""
    busiest_hour: float
    """The share of a day's invoices that arrives in its busiest hour."""
    hours: float
    """The hours in which a day's invoices must be sent."""
    latency: float
    """Seconds of one call of the portal."""
    scans: float
    """The share of invoices without usable text."""
    pages: float
    """Pages of a scan."""
    largest: int
    """Invoices a day of the largest supplier."""
    textract_tps: float
    textract_jobs: int
    textract_page_seconds: float
    tracking_seconds: float
    """Seconds of one supplier's nightly tracking."""
    lambda_quota: int

    def __post_init__(self) -> None:
        for each in fields(self):
            if getattr(self, each.name) < 0 or (getattr(self, each.name) == 0 and each.name not in _MAY_BE_ZERO):
                raise ValueError(f"{each.name} must be more than 0")
        if not 1 / _DAY <= self.busiest_hour <= 1:
            raise ValueError("busiest_hour is a share of the day between 1/24 and 1: one hour has at least the average")
        if self.scans > 1:
            raise ValueError("scans is a share between 0 and 1")
        if self.hours > _DAY:
            raise ValueError("hours: a day has 24")
        if self.largest > self.a_day:
            raise ValueError("largest: one supplier cannot send more than all together")

    @property
    def a_day(self) -> float:
        return self.suppliers * self.invoices

    @property
    def a_second(self) -> float:
        """Invoices a second in the busiest hour."""
        return self.a_day * self.busiest_hour / _HOUR


_MAY_BE_ZERO = {"scans", "latency"}


@dataclass(frozen=True)
class Use:
    """What one invoice uses, as measured. ``due_units``: write units in the due index."""

    submission_calls: float
    submission_seconds: float
    reading_seconds: float
    write_units: float
    read_units: float
    due_units: float
    api_calls: float
    api_seconds: float


@dataclass(frozen=True)
class Row:
    """One resource: how much of it the load needs, and how much there is (0: nothing is known)."""

    name: str
    need: float
    have: float
    unit: str
    how: str

    @property
    def used(self) -> float:
        return self.need / self.have if self.have else 0.0


def rows(load: Load, use: Use, environment: Environment, *, reserved: int) -> list[Row]:
    """Every resource that can be too small."""
    each = use.submission_seconds + use.submission_calls * load.latency
    capacity = environment.submission_concurrency / each
    backlog = max(load.a_second - capacity, 0) * _HOUR
    scans = load.scans * load.a_second
    night = environment.nightly_until - environment.nightly_hour
    largest = load.largest * load.busiest_hour / _HOUR
    api = load.a_second * use.api_calls
    return [
        Row(
            "submission workers",
            load.a_day / (load.hours * _HOUR) * each,
            environment.submission_concurrency,
            "at a time",
            f"a day in {load.hours:g} h, {each:.2f} s each",
        ),
        Row(
            "hours to send a day",
            load.a_day / capacity / _HOUR,
            load.hours,
            "h",
            f"{capacity:.1f} invoices a second; {backlog / capacity / 60:.0f} min late after the busiest hour",
        ),
        Row("calls of the portal", capacity * use.submission_calls, 0, "a second", "at most; PISTE's quota: ask AIFE"),
        Row(
            "hand-out of due work",
            load.a_second,
            HandOutDueWork.limit / _RUNS_APART,
            "a second",
            f"{HandOutDueWork.limit:,} under lease, a run every ten minutes",
        ),
        Row(
            "reading workers",
            load.a_second * use.reading_seconds,
            environment.ocr_concurrency,
            "at a time",
            f"busiest hour, {use.reading_seconds:.2f} s each",
        ),
        Row("Textract: starts", scans, load.textract_tps, "a second", "busiest hour; what is too much waits"),
        Row(
            "Textract: jobs at a time",
            scans * load.pages * load.textract_page_seconds,
            load.textract_jobs,
            "jobs",
            f"busiest hour, {load.pages:g} pages of {load.textract_page_seconds:g} s",
        ),
        Row(
            "Textract: a day's scans",
            load.a_day
            * load.scans
            * max(1 / load.textract_tps, load.pages * load.textract_page_seconds / load.textract_jobs)
            / _HOUR,
            _DAY,
            "h",
            "at the quotas' pace",
        ),
        Row(
            "largest supplier's partition, writes",
            largest * use.write_units,
            PARTITION_WRITES,
            "units/s",
            f"busiest hour; at most {PARTITION_WRITES / use.write_units:.0f} invoices a second",
        ),
        Row(
            "largest supplier's partition, reads",
            largest * use.read_units,
            PARTITION_READS,
            "units/s",
            "busiest hour",
        ),
        Row(
            "due index, its partitions together",
            load.a_second * use.due_units,
            PARTITION_WRITES,
            "units/s",
            f"busiest hour, {use.due_units:.3g} units an invoice",
        ),
        Row("table, writes", load.a_second * use.write_units, TABLE_WRITES, "units/s", "busiest hour; a new table"),
        Row("table, reads", load.a_second * use.read_units, TABLE_READS, "units/s", "busiest hour; a new table"),
        Row(
            "nightly tracking",
            load.suppliers * load.tracking_seconds / environment.tracking_concurrency / _HOUR,
            night,
            "h",
            f"{environment.tracking_concurrency} at a time; "
            f"{night * _HOUR * environment.tracking_concurrency / load.suppliers:.1f} s a supplier would fit",
        ),
        Row(
            "credentials' checks",
            load.suppliers * load.latency * _PROBE_CALLS / environment.worker_concurrency / _HOUR,
            environment.probe_until - environment.probe_hour,
            "h",
            f"{_PROBE_CALLS} calls of the portal each, {environment.worker_concurrency} at a time",
        ),
        Row("API requests", api, environment.requests_per_second, "a second", f"{use.api_calls:g} an invoice"),
        Row(
            "Lambda, concurrent executions",
            reserved + max(_UNRESERVED, api * use.api_seconds),
            load.lambda_quota,
            "at a time",
            f"{reserved} reserved, {_UNRESERVED} that Lambda keeps unreserved",
        ),
    ]


_PROBE_CALLS = 4
_UNRESERVED = 100


def verdict(found: Sequence[Row]) -> str:
    """What breaks first, or what is nearest to its limit."""
    tightest = max(found, key=lambda row: row.used)
    if tightest.used > 1:
        return f"breaks first: {tightest.name}, {tightest.used:.1f} times what there is"
    return f"everything holds; nearest to its limit: {tightest.name}, {tightest.used:.0%} of what there is"


def table(load: Load, found: Sequence[Row]) -> str:
    """The rows as text."""
    heads = ("what", "need", "have", "unit", "", "how")
    lines = [
        (row.name, f"{row.need:,.1f}", f"{row.have:,.0f}" if row.have else "?", row.unit, _sign(row), row.how)
        for row in found
    ]
    widths = [max(len(line[column]) for line in (heads, *lines)) for column in range(len(heads))]
    shown = [
        "  ".join(
            text.rjust(width) if column in (1, 2) else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (heads, *lines)
    ]
    size = (
        f"{load.suppliers:,} suppliers × {load.invoices:g} invoices a day = {load.a_day:,.0f};"
        f" {load.a_second:.1f} a second in the busiest hour ({load.busiest_hour:.0%} of the day)"
    )
    return "\n".join([size, "", *shown, "", verdict(found)])


def _sign(row: Row) -> str:
    if not row.have:
        return "unknown"
    return "holds" if row.used <= 1 else "BREAKS"


def used(one: InvoiceUse, assumed: Mapping[str, float]) -> Use:
    """From what was measured of an invoice whose recipient is known."""
    submission, reading = one.functions["submission"], one.functions["textract_ocr"]
    return Use(
        submission_calls=submission.portal_calls,
        submission_seconds=submission.seconds,
        reading_seconds=reading.seconds,
        write_units=one.write_units,
        read_units=one.read_units,
        due_units=one.due_units,
        api_calls=assumed["api_calls_per_invoice"],
        api_seconds=assumed["api_call_seconds"],
    )


def measured_use() -> Use:
    """What an invoice uses, counted on the way of one with a text layer and a known recipient.

    Raises RuntimeError when no invoice entered the due index: a count of 0 would pass for a row that holds.
    """
    with SimulatorServer() as simulator:
        measured = measure(simulator)
    if not measured.known.due_units:
        raise RuntimeError("no write of an invoice to the due index was seen")
    assumed = tomllib.loads(PRICES.read_text(encoding="utf-8"))["assumed"]
    return used(measured.known, assumed)


def reserved_concurrency(environment: Environment) -> int:
    """The executions that the environment's templates reserve."""
    from infra_cdk.app import synthesise  # takes seconds

    with TemporaryDirectory() as folder:
        made = synthesise(replace(environment, ships_dependencies=False, is_checked=False), Path(folder))
        templates = [json.loads(path.read_text(encoding="utf-8")) for path in made.glob("*.template.json")]
    resources = [each for template in templates for each in template["Resources"].values()]
    return sum(each.get("Properties", {}).get("ReservedConcurrentExecutions", 0) for each in resources)


def main(arguments: Sequence[str]) -> int:
    """Print the table; the exit code is 1 when something breaks and 2 when the arguments are impossible."""
    size = vars(_parser().parse_args(arguments))
    name = size.pop("environment")
    settings = {key: size.pop(key) for key in ("submission_concurrency", "tracking_concurrency")}
    try:
        given: dict[str, Any] = {key: _checked(key, value) for key, value in settings.items() if value is not None}
        environment = replace(configured(name), **given)
        load = Load(**size)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    use = measured_use()
    found = rows(load, use, environment, reserved=reserved_concurrency(environment))
    print(table(load, found))
    return 1 if any(row.used > 1 for row in found) else 0


def _checked(setting: str, value: int) -> int:
    """The concurrency, if SQS and Lambda take it. Raises ValueError."""
    if not 2 <= value <= 1000:
        raise ValueError(f"{setting} is 2 to 1000")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make capacity", description=__doc__)
    parser.add_argument("--environment", default="production", help="with the values of its file in config/")
    parser.add_argument("--suppliers", type=int, default=10_000)
    parser.add_argument("--invoices", type=float, default=20, help="a day, of each supplier")
    parser.add_argument("--busiest-hour", type=float, default=0.15, help="its share of a day")
    parser.add_argument("--hours", type=float, default=10, help="in which a day's invoices must be sent")
    parser.add_argument("--latency", type=float, default=1.5, help="seconds of a call of the portal")
    parser.add_argument("--scans", type=float, default=0.1, help="share of invoices without text")
    parser.add_argument("--pages", type=float, default=2, help="of a scan")
    parser.add_argument("--largest", type=int, default=5000, help="invoices a day of the largest supplier")
    parser.add_argument("--textract-tps", type=float, default=2, help="starts a second")
    parser.add_argument("--textract-jobs", type=int, default=100, help="jobs at a time")
    parser.add_argument("--textract-page-seconds", type=float, default=3)
    parser.add_argument("--tracking-seconds", type=float, default=5, help="of one supplier's nightly tracking")
    parser.add_argument("--lambda-quota", type=int, default=1000, help="concurrent executions of the account")
    parser.add_argument("--submission-concurrency", type=int, help="instead of the environment's")
    parser.add_argument("--tracking-concurrency", type=int, help="instead of the environment's")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
