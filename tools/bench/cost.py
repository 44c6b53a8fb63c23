"""``make cost``: computes the monthly AWS cost for 1, 1,000 and 10,000 suppliers and writes docs/cost.md.

The use of an invoice is measured in this run (``aws_calls``); memory and the number of queues, alarms, schedules and
sign-in resources are read from production's templates; the number of metrics is the list in ``metrics``; prices and
assumptions are in ``prices.toml``. The free tier and discounts are left out, and so is the use of the screens beyond a
few calls for each invoice.
"""

import argparse
import json
import math
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra_cdk.app import ROOT, synthesise
from infra_cdk.environment import ENVIRONMENTS
from tools.bench.aws_calls import InvoiceUse, measure
from tools.bench.metrics import COUNT as METRICS
from tools.local_stack.temporary import temporary_folder
from tools.simulator.server import SimulatorServer

PRICES = Path(__file__).parent / "prices.toml"
PAGE = ROOT / "docs" / "cost.md"
SUPPLIERS = (1, 1_000, 10_000)
_GB = 1e9
_DAYS = 30.4
_WAKE_UPS_A_MONTH = _DAYS * 24 * 60
_SERVICES = {
    "Textract": ("textract_pages",),
    "Secrets Manager": ("secrets", "secrets_calls"),
    "DynamoDB": ("dynamodb_write_units", "dynamodb_read_units", "dynamodb_stored_gb", "dynamodb_backup_gb"),
    "Lambda": ("lambda_gb_seconds", "lambda_requests"),
    "S3": ("s3_writes", "s3_reads", "s3_stored_gb"),
    "SQS": ("sqs_requests",),
    "CloudWatch": ("logs_gb", "insights_gb", "custom_metrics", "alarms", "composite_alarms"),
    "Cognito": ("cognito_people", "cognito_systems", "cognito_tokens"),
    "WAF": ("firewalls", "firewall_rules"),
    "SES": ("emails",),
    "API Gateway": ("api_requests",),
    "EventBridge Scheduler": ("schedules_fired",),
    "KMS": ("kms_keys", "kms_calls"),
    "Data sent to the portal": ("sent_out_gb",),
}
_CHOICES = {
    "a second copy of table and files in another region": (
        "table_copies_gb",
        "copied_gb",
        "replica_gb",
        "replica_writes",
    ),
    "a fixed egress address (one NAT gateway)": ("nat_hours", "nat_gb", "address_hours"),
    "CloudTrail's data events of table and bucket": ("data_events",),
}


@dataclass(frozen=True)
class Installation:
    """What the templates contain: gigabytes of each function, and the number of resources with a price each."""

    memory_gb: Mapping[str, float]
    queues_polled: int
    starts_a_day: float
    """How often the schedules start a function."""
    alarms: int
    composite_alarms: int
    kms_keys: int
    secrets: int
    machine_clients: int
    firewalls: int
    firewall_rules: int

    @classmethod
    def of(cls, templates: Sequence[Mapping[str, Any]]) -> "Installation":
        """Read them from CloudFormation templates."""
        resources = [each for template in templates for each in template["Resources"].values()]
        counted = Counter(str(each["Type"]) for each in resources)
        memory = {
            _name(each): each["Properties"]["MemorySize"] / 1024
            for each in resources
            if each["Type"] == "AWS::Lambda::Function" and "POWERTOOLS_SERVICE_NAME" in _variables(each)
        }
        mappings = [each for each in resources if each["Type"] == "AWS::Lambda::EventSourceMapping"]
        return cls(
            memory_gb=memory,
            queues_polled=sum("StartingPosition" not in each["Properties"] for each in mappings),
            starts_a_day=sum(
                _starts_a_day(each["Properties"]["ScheduleExpression"])
                for each in resources
                if each["Type"] == "AWS::Scheduler::Schedule"
            ),
            alarms=counted["AWS::CloudWatch::Alarm"],
            composite_alarms=counted["AWS::CloudWatch::CompositeAlarm"],
            kms_keys=counted["AWS::KMS::Key"],
            secrets=counted["AWS::SecretsManager::Secret"],
            machine_clients=sum(
                each["Properties"].get("AllowedOAuthFlows") == ["client_credentials"]
                for each in resources
                if each["Type"] == "AWS::Cognito::UserPoolClient"
            ),
            firewalls=counted["AWS::WAFv2::WebACL"],
            firewall_rules=sum(
                len(each["Properties"]["Rules"]) for each in resources if each["Type"] == "AWS::WAFv2::WebACL"
            ),
        )


def _starts_a_day(expression: str) -> float:
    """The starts of a schedule that fires every so many minutes, all day or from one hour to another."""
    if minutes := re.fullmatch(r"rate\((\d+) minutes\)", expression):
        return 24 * 60 / int(minutes[1])
    hours = re.fullmatch(r"cron\(0/(\d+) (\d+)-(\d+) \* \* \? \*\)", expression)
    if hours is None:
        raise ValueError(f"a schedule of a form that has no price here: {expression}")
    every, first, last = map(int, hours.groups())
    return (last - first + 1) * 60 / every


@dataclass(frozen=True)
class Load:
    """The load of a month."""

    suppliers: int
    invoices: int
    scans: float
    """Share of invoices without usable text."""
    pages_per_scan: float

    def __post_init__(self) -> None:
        if self.suppliers < 0 or self.invoices < 0:
            raise ValueError("suppliers and invoices are not negative")
        if not 0 <= self.scans <= 1:
            raise ValueError(f"scans is a share between 0 and 1, not {self.scans:g}")
        if not 0 <= self.pages_per_scan < math.inf:
            raise ValueError(f"pages of a scan are not {self.pages_per_scan:g}")


def month(use: InvoiceUse, installed: Installation, load: Load, assumed: Mapping[str, float]) -> dict[str, float]:
    """The quantities that the month uses, by the name of their price."""
    calls, count, kept = use.aws_calls, load.invoices, load.invoices * assumed["months_kept"]
    pdf = assumed["pdf_kilobytes"] * 1000
    runs = _runs(use, installed, load, assumed)
    sent = calls["sqs:SendMessageBatch"] + 1  # the bucket's notification of the upload
    polls = installed.queues_polled * assumed["pollers_per_queue"] * 3 * _WAKE_UPS_A_MONTH
    stored_gb = kept * use.table_bytes * assumed["index_factor"] / _GB
    changes = assumed["status_changes_per_invoice"]
    probes = load.suppliers * _DAYS
    ten_minute_runs = _WAKE_UPS_A_MONTH / 10
    systems = installed.machine_clients + _systems(load, assumed)
    logs_gb = sum(number for number, _, _ in runs) * assumed["log_bytes_per_invocation"] / _GB
    return {
        "lambda_requests": sum(number for number, _, _ in runs),
        "lambda_gb_seconds": sum(number * seconds * memory for number, seconds, memory in runs),
        "dynamodb_write_units": count
        * (use.write_units + changes * assumed["change_write_units"] + assumed["stream_write_units_per_invoice"])
        + probes * assumed["probe_units"],
        "dynamodb_read_units": count * (use.read_units + changes * assumed["change_read_units"])
        + probes * assumed["probe_units"]
        + ten_minute_runs * assumed["ten_minute_run_read_units"],
        "dynamodb_stored_gb": stored_gb,
        "dynamodb_backup_gb": stored_gb,
        "s3_writes": count * calls["s3:PutObject"],
        "s3_reads": count * (calls["s3:GetObject"] + calls["s3:HeadObject"]),
        "s3_stored_gb": kept * (pdf + use.bucket_bytes - use.pdf_bytes) / _GB,
        "sqs_requests": count * sent * 3 + polls,
        "secrets": load.suppliers + installed.secrets,
        "secrets_calls": count * calls["secretsmanager:GetSecretValue"] + 2 * probes,
        "kms_keys": installed.kms_keys,
        "kms_calls": count * assumed["kms_calls_per_invoice"] if installed.kms_keys else 0,
        "schedules_fired": installed.starts_a_day * _DAYS,
        "textract_pages": count * load.scans * load.pages_per_scan,
        "api_requests": count * assumed["api_calls_per_invoice"],
        "logs_gb": logs_gb,
        "insights_gb": logs_gb / _DAYS * assumed["dashboard_refreshes"] * assumed["dashboard_scans_of_a_days_log"],
        "custom_metrics": METRICS,
        "alarms": installed.alarms,
        "composite_alarms": installed.composite_alarms,
        "cognito_people": load.suppliers * assumed["people_per_supplier"],
        "cognito_systems": systems,
        "cognito_tokens": systems * _DAYS * assumed["tokens_of_a_system_a_day"],
        "firewalls": installed.firewalls,
        "firewall_rules": installed.firewall_rules,
        "emails": load.suppliers * assumed["emails_per_supplier"],
        "sent_out_gb": count * pdf * 4 / 3 / _GB,  # base64
    }


def _systems(load: Load, assumed: Mapping[str, float]) -> float:
    """Clients of suppliers' systems: each serves many suppliers, and an authorizer has no room for more than fifty."""
    return min(math.ceil(load.suppliers / assumed["suppliers_per_system"]), assumed["most_systems"])


def choices(use: InvoiceUse, load: Load, assumed: Mapping[str, float], used: Mapping[str, float]) -> dict[str, float]:
    """The quantities of what an installation may choose in addition. A copy of the table is always a whole one."""
    new_files_gb = used["s3_stored_gb"] / assumed["months_kept"]
    calls = sum(number for call, number in use.aws_calls.items() if call.startswith(("dynamodb:", "s3:")))
    of_changes = assumed["status_changes_per_invoice"] + assumed["stream_invocations_per_invoice"]
    return {
        "table_copies_gb": used["dynamodb_stored_gb"] * (assumed["second_copy_days"] + 1),
        "copied_gb": used["dynamodb_stored_gb"] * _DAYS + new_files_gb,
        "replica_gb": used["s3_stored_gb"],
        "replica_writes": used["s3_writes"],
        "nat_hours": _DAYS * 24,
        "nat_gb": load.invoices * assumed["nat_kilobytes_per_invoice"] * 1000 / _GB,
        "address_hours": _DAYS * 24,
        "data_events": load.invoices * (calls + of_changes),
    }


def _runs(
    use: InvoiceUse, installed: Installation, load: Load, assumed: Mapping[str, float]
) -> list[tuple[float, float, float]]:
    """Every kind of invocation as (count, seconds each, gigabytes)."""
    runs = []
    for name, function in use.functions.items():
        if name == "sync_ten_minutes":
            continue  # one for all invoices: counted below
        own = function.seconds * assumed["lambda_seconds_factor"]
        seconds = (own + function.portal_calls * assumed["portal_answer_seconds"]) / function.invocations
        runs.append((load.invoices * function.invocations, seconds, installed.memory_gb[name]))
    tracking_work = assumed["api_calls_per_invoice"] - 1
    memory = installed.memory_gb
    return [
        *runs,
        (load.invoices * tracking_work, assumed["api_call_seconds"], memory["invoice_api"]),
        (
            load.invoices * assumed["stream_invocations_per_invoice"],
            assumed["stream_invocation_seconds"],
            memory["notifier"],
        ),
        (load.suppliers * _DAYS, assumed["nightly_seconds_per_supplier"], memory["tracking_sync"]),
        (load.suppliers * _DAYS, assumed["probe_seconds_per_supplier"], memory["credential_probe"]),
        (installed.starts_a_day * _DAYS, assumed["ten_minute_run_seconds"], memory["sync_ten_minutes"]),
    ]


def bill(quantities: Mapping[str, float], dollars: Mapping[str, float]) -> dict[str, float]:
    """Dollars a month by service."""
    return _priced(quantities, dollars, _SERVICES)


def _priced(
    quantities: Mapping[str, float], dollars: Mapping[str, float], lines: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    return {line: sum(quantities[name] * dollars[name] for name in names) for line, names in lines.items()}


def page(
    use: InvoiceUse,
    installed: Installation,
    prices: Mapping[str, Any],
    *,
    invoices_per_supplier: int,
    scans: float,
    pages_per_scan: float,
) -> str:
    """The whole of docs/cost.md."""
    dollars, assumed = prices["dollars"], prices["assumed"]
    loads = [Load(count, count * invoices_per_supplier, scans, pages_per_scan) for count in SUPPLIERS]
    months = [month(use, installed, load, assumed) for load in loads]
    bills = [bill(quantities, dollars) for quantities in months]
    chosen = [
        _priced(choices(use, load, assumed, quantities), dollars, _CHOICES)
        for load, quantities in zip(loads, months, strict=True)
    ]
    unconfirmed = sum(source.startswith("unconfirmed") for source in prices["sources"].values())
    options = f"--invoices {invoices_per_supplier} --scans {scans:g} --pages {pages_per_scan:g}"
    lines = [
        "# What it costs on AWS",
        "",
        f'Written by `make cost ARGS="{options}"` on {datetime.now(UTC):%Y-%m-%d}; edit the model'
        " (`tools/bench/cost.py`, `tools/bench/prices.toml`), not this page.",
        "",
        "What an invoice takes is **measured** in that run (`tools/bench/aws_calls.py`: the functions themselves, one"
        " text-layer invoice, its recipient known); memory, queues, alarms, schedules and the sign-in are read from"
        " production's templates.",
        "",
        f"Prices are of {prices['date']}, {prices['region']}, **to be checked against the price list**: "
        f"{unconfirmed} of {len(dollars)} are unconfirmed (`[sources]` of `prices.toml`). No free tier, no discount, no"
        " tax.",
        "",
        f"A supplier sends {invoices_per_supplier} invoices a month (1,000 suppliers: 20,000 a working day);"
        f" {scans:.0%} of them are scans of {pages_per_scan:g} pages.",
        "",
        "## A month, in US dollars",
        "",
        "| service | " + " | ".join(f"{count:,} supplier{'s' if count > 1 else ''}" for count in SUPPLIERS) + " |",
        "| --- |" + " ---: |" * len(SUPPLIERS),
        *(f"| {service} | " + " | ".join(_money(each[service]) for each in bills) + " |" for service in _SERVICES),
        "| **together** | " + " | ".join(f"**{_money(sum(each.values()))}**" for each in bills) + " |",
        "| an invoice | "
        + " | ".join(f"{sum(each.values()) / load.invoices:.4f}" for each, load in zip(bills, loads, strict=True))
        + " |",
        "",
        *_what_matters(bills, loads, months, dollars),
        "",
        "## What may be chosen in addition, a month",
        "",
        "| choice | " + " | ".join(f"{count:,}" for count in SUPPLIERS) + " |",
        "| --- |" + " ---: |" * len(SUPPLIERS),
        *(f"| {choice} | " + " | ".join(_money(each[choice]) for each in chosen) + " |" for choice in _CHOICES),
        "",
        "None is switched on by default ([operations.md](operations.md), [security.md](security.md)). Each copy of the"
        f" table is a whole one: {assumed['second_copy_days']:g} are kept in the other place, one beside the table.",
        "",
        "## By share of scans, a month",
        "",
        "| scans | " + " | ".join(f"{count:,}" for count in SUPPLIERS) + " |",
        "| --- |" + " ---: |" * len(SUPPLIERS),
        *_by_scans(use, installed, prices, loads),
        "",
        "## A thousand text-layer invoices",
        "",
        "| what | how much | dollars |",
        "| --- | ---: | ---: |",
        *_thousand(use, installed, prices, pages_per_scan),
        "",
        "A thousand pages of scans more: "
        f"{_money(1000 * dollars['textract_pages'])} dollars of Textract. Most write units are the document's record:"
        f" an invoice leaves {use.table_bytes / 1000:.0f} kB in the table with its reading, its form and its trail,"
        " and each move writes the record without its reading, with a line of the trail in it.",
        "",
        "## What each function does for one invoice",
        "",
        "| function | invocations | seconds each | memory, MB | AWS calls | portal calls |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {name} | {function.invocations} | {function.seconds / function.invocations:.3f} | "
            f"{installed.memory_gb[name] * 1024:.0f} | {function.aws_calls.total()} | {function.portal_calls} |"
            for name, function in use.functions.items()
        ),
        "",
        "Seconds are the handler's own, with moto and the simulator answering at once. The model takes them"
        f" {assumed['lambda_seconds_factor']:g} times (real calls of DynamoDB, KMS and STS, TLS, billed starts: 2 to 4"
        f" times, not measured) and adds {assumed['portal_answer_seconds']:g} s for each answer of the portal.",
        "",
        "## Assumed, not measured",
        "",
        "| what | taken as |",
        "| --- | ---: |",
        *(f"| {name.replace('_', ' ')} | {value:g} |" for name, value in assumed.items()),
    ]
    return "\n".join(lines) + "\n"


def _what_matters(
    bills: Sequence[Mapping[str, float]],
    loads: Sequence[Load],
    months: Sequence[Mapping[str, float]],
    dollars: Mapping[str, float],
) -> list[str]:
    most, largest = bills[-1], loads[-1]
    total = sum(most.values())
    secrets = months[-1]["secrets"] * dollars["secrets"]
    first = sorted(most, key=lambda service: most[service], reverse=True)[:3]
    idle = bill({**dict.fromkeys(dollars, 0.0), **_standing(months[0])}, dollars)
    return [
        f"* At {largest.suppliers:,} suppliers the first three are "
        + ", ".join(f"{service} ({most[service] / total:.0%})" for service in first)
        + ".",
        f"* **A secret of its own for each supplier costs {dollars['secrets']:.2f} a month whether it sends or not:**"
        f" {_money(secrets)} at {largest.suppliers:,} suppliers, {secrets / total:.0%} of the bill. It buys that one"
        " supplier's session cannot read another's secret. Cheaper: the secrets in the table, under a key of our own.",
        f"* An installation that does nothing costs about {_money(sum(idle.values()))} a month:"
        " Lambda polling empty queues, alarms, metrics, keys, schedules, the sign-in's firewall and a system's client.",
        f"* The {METRICS} metrics of our own cost {_money(METRICS * dollars['custom_metrics'])} a month at most:"
        " CloudWatch charges one only for the hours in which it got a value.",
        "* The ten-minute runs cost cents whatever the number of suppliers: they read what is due, by keys.",
    ]


def _standing(quantities: Mapping[str, float]) -> dict[str, float]:
    names = ("sqs_requests", "alarms", "composite_alarms", "custom_metrics", "schedules_fired", "kms_keys")
    of_sign_in = ("firewalls", "firewall_rules", "cognito_systems", "cognito_tokens")
    return {name: quantities[name] for name in (*names, *of_sign_in)}


def _by_scans(use: InvoiceUse, installed: Installation, prices: Mapping[str, Any], loads: Sequence[Load]) -> list[str]:
    rows = []
    for scans in (0.0, 0.1, 0.3, 1.0):
        sums = [
            sum(
                bill(
                    month(
                        use,
                        installed,
                        Load(load.suppliers, load.invoices, scans, load.pages_per_scan),
                        prices["assumed"],
                    ),
                    prices["dollars"],
                ).values()
            )
            for load in loads
        ]
        rows.append(f"| {scans:.0%} | " + " | ".join(map(_money, sums)) + " |")
    return rows


def _thousand(use: InvoiceUse, installed: Installation, prices: Mapping[str, Any], pages_per_scan: float) -> list[str]:
    """The rows for a thousand more invoices in a month, without the fixed costs."""
    dollars, assumed = prices["dollars"], prices["assumed"]
    some, more = (month(use, installed, Load(1, count, 0, pages_per_scan), assumed) for count in (1000, 2000))
    added = {name: more[name] - some[name] for name in some}
    shown = {
        name: amount for name, amount in sorted(added.items(), key=lambda each: -each[1] * dollars[each[0]]) if amount
    }
    rows = [
        f"| {name.replace('_', ' ')} | {amount:,.4g} | {amount * dollars[name]:.4f} |" for name, amount in shown.items()
    ]
    total = sum(amount * dollars[name] for name, amount in shown.items())
    return [*rows, f"| **together** | | **{total:.2f}** |"]


def _money(dollars: float) -> str:
    return f"{dollars:,.0f}" if dollars >= 100 else f"{dollars:,.2f}"


def _name(function: Mapping[str, Any]) -> str:
    return str(_variables(function)["POWERTOOLS_SERVICE_NAME"])


def _variables(function: Mapping[str, Any]) -> Mapping[str, Any]:
    variables: Mapping[str, Any] = function["Properties"].get("Environment", {}).get("Variables", {})
    return variables


def main(arguments: Sequence[str]) -> int:
    """Measure, compute, write the page."""
    options = argparse.ArgumentParser(prog="make cost", description="write docs/cost.md")
    options.add_argument("--invoices", type=int, default=400, help="of a supplier, a month")
    options.add_argument("--scans", type=float, default=0.1, help="share of invoices that are scans")
    options.add_argument("--pages", type=float, default=1.5, help="pages of a scan")
    options.add_argument("--print", action="store_true", dest="only_print", help="do not write the page")
    given = options.parse_args(arguments)
    try:
        Load(1, given.invoices, given.scans, given.pages)
    except ValueError as error:
        options.error(str(error))
    production = replace(ENVIRONMENTS["production"], ships_dependencies=False)
    with temporary_folder("cost") as folder:
        templates = [json.loads(path.read_text()) for path in synthesise(production, folder).glob("*.template.json")]
    with SimulatorServer() as simulator:
        use = measure(simulator).known
    text = page(
        use,
        Installation.of(templates),
        tomllib.loads(PRICES.read_text(encoding="utf-8")),
        invoices_per_supplier=given.invoices,
        scans=given.scans,
        pages_per_scan=given.pages,
    )
    if given.only_print:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
        print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
