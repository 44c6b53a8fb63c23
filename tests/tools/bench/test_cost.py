"""The cost model multiplies what was measured by what is asked, and says what it assumes."""

import tomllib
from collections import Counter
from typing import Any

import pytest

from tools.bench.aws_calls import FunctionUse, InvoiceUse
from tools.bench.cost import PAGE, PRICES, Installation, Load, bill, choices, main, month
from tools.bench.metrics import COUNT
from tools.local_stack.synthesis import ROOT

PRICED: dict[str, Any] = tomllib.loads(PRICES.read_text(encoding="utf-8"))
NOTHING = Load(suppliers=0, invoices=0, scans=0, pages_per_scan=0)
USE = InvoiceUse(
    functions={
        "textract_ocr": FunctionUse(1, 0.1, Counter({"s3:GetObject": 1}), 0),
        "submission": FunctionUse(1, 0.1, Counter({"secretsmanager:GetSecretValue": 1}), 2),
        "sync_ten_minutes": FunctionUse(1, 0.1, Counter({"dynamodb:Query": 8}), 0),
    },
    read_units=20,
    write_units=100,
    due_units=10,
    pdf_bytes=3000,
    table_bytes=10_000,
    bucket_bytes=3000,
)
BOXES = ("textract_ocr", "submission", "sync_ten_minutes", "invoice_api", "notifier", "tracking_sync")
INSTALLED = Installation(
    memory_gb=dict.fromkeys((*BOXES, "credential_probe"), 1.0),
    queues_polled=10,
    starts_a_day=600,
    alarms=16,
    composite_alarms=4,
    kms_keys=1,
    secrets=1,
    machine_clients=1,
    firewalls=1,
    firewall_rules=2,
)


def quantities(load: Load) -> dict[str, float]:
    return month(USE, INSTALLED, load, PRICED["assumed"])


def test_every_quantity_has_a_price_and_every_price_a_quantity() -> None:
    chosen = choices(USE, NOTHING, PRICED["assumed"], quantities(NOTHING))
    assert set(quantities(NOTHING)) | set(chosen) == set(PRICED["dollars"])
    assert sum(bill(quantities(NOTHING), PRICED["dollars"]).values()) > 0


def test_a_supplier_that_sends_nothing_costs_its_secret_and_a_daily_probe() -> None:
    none, one = (bill(quantities(Load(count, 0, 0, 0)), PRICED["dollars"]) for count in (0, 1))
    assert one["Secrets Manager"] - none["Secrets Manager"] >= PRICED["dollars"]["secrets"]
    assert one["Textract"] == 0
    assert one["SQS"] == none["SQS"]


def test_every_price_says_whether_it_was_confirmed_and_by_what() -> None:
    assert PRICED["sources"].keys() == PRICED["dollars"].keys()
    assert all(each.startswith(("unconfirmed: ", "confirmed by ")) for each in PRICED["sources"].values())


def test_an_installation_without_suppliers_pays_its_alarms_metrics_firewall_and_the_systems_client() -> None:
    standing = bill(quantities(NOTHING), PRICED["dollars"])
    assert standing["CloudWatch"] >= 16 * 0.10 + 4 * 0.50 + COUNT * 0.30
    assert standing["WAF"] == 5 + 2
    assert standing["Cognito"] > PRICED["dollars"]["cognito_systems"]


def test_systems_grow_with_suppliers_as_far_as_the_authorizer_allows() -> None:
    counts = [quantities(Load(suppliers, 0, 0, 0))["cognito_systems"] for suppliers in (1, 1_000, 10_000)]
    assert counts == [2, 11, 46]


def test_measured_seconds_are_multiplied_and_the_portals_are_not() -> None:
    load = Load(suppliers=0, invoices=1000, scans=0, pages_per_scan=0)
    more = {**PRICED["assumed"], "lambda_seconds_factor": PRICED["assumed"]["lambda_seconds_factor"] + 1}
    added = month(USE, INSTALLED, load, more)["lambda_gb_seconds"] - quantities(load)["lambda_gb_seconds"]
    assert round(added) == round(1000 * (0.1 + 0.1)), "textract_ocr and submission; the ten-minute run is one for all"


def test_a_second_copy_costs_a_whole_table_for_each_day_that_is_kept() -> None:
    load = Load(1, 1000, 0, 0)
    used = quantities(load)
    chosen = choices(USE, load, PRICED["assumed"], used)
    assert chosen["table_copies_gb"] == used["dynamodb_stored_gb"] * (PRICED["assumed"]["second_copy_days"] + 1)


def test_only_scans_cost_textract_and_by_the_page() -> None:
    scans = quantities(Load(suppliers=1, invoices=1000, scans=0.1, pages_per_scan=1.5))
    assert scans["textract_pages"] == 150
    assert quantities(Load(1, 1000, 0, 1.5))["textract_pages"] == 0


def test_the_portals_slowness_is_paid_for_in_memory_seconds() -> None:
    load = Load(suppliers=0, invoices=1000, scans=0, pages_per_scan=0)
    slow = {**PRICED["assumed"], "portal_answer_seconds": PRICED["assumed"]["portal_answer_seconds"] + 1}
    more = month(USE, INSTALLED, load, slow)["lambda_gb_seconds"] - quantities(load)["lambda_gb_seconds"]
    assert round(more) == 2 * 1000


def test_memory_queues_alarms_and_keys_are_read_from_the_templates() -> None:
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"MemorySize": 1769, "Environment": {"Variables": {"POWERTOOLS_SERVICE_NAME": "textract_ocr"}}},
    }
    template = {
        "Resources": {
            "Box": function,
            "Queue": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {}},
            "Stream": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"StartingPosition": "LATEST"}},
            "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {}},
            "Alarms": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {}},
            "System": {
                "Type": "AWS::Cognito::UserPoolClient",
                "Properties": {"AllowedOAuthFlows": ["client_credentials"]},
            },
            "People": {"Type": "AWS::Cognito::UserPoolClient", "Properties": {}},
            "Wall": {"Type": "AWS::WAFv2::WebACL", "Properties": {"Rules": [{}, {}]}},
            "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        }
    }
    found = Installation.of([template])
    assert (found.queues_polled, found.alarms, found.composite_alarms, found.kms_keys) == (1, 1, 1, 1)
    assert (found.machine_clients, found.firewalls, found.firewall_rules) == (1, 1, 2)
    assert found.memory_gb == {"textract_ocr": 1769 / 1024}


def test_the_page_names_the_prices_date_and_that_they_are_to_be_checked() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert str(PRICED["date"]) in written
    assert "to be checked against the price list" in written
    assert PAGE.is_relative_to(ROOT / "docs")


@pytest.mark.parametrize("wrong", [["--invoices", "-1"], ["--scans", "5"], ["--scans", "nan"], ["--pages", "-2"]])
def test_an_impossible_load_is_refused_and_the_page_stays(wrong: list[str]) -> None:
    before = PAGE.read_bytes()
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
    assert PAGE.read_bytes() == before
