"""The main job on the local stack, through the HTTP API: what an accounting team and a schedule would see."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import Sample
from tools.invoice_generator import broken
from tools.operations.redrive import redrive, waiting_dead_letters

pytestmark = pytest.mark.stack

THROUGH = ("SUBMITTED",)
FILES = {
    "a text layer": "facture-site-internet.pdf",
    "a Factur-X": "facture-formation-agents.pdf",
    "a scan": "scan-materiel-intendance.pdf",
    "several pages": "releve-fournitures-chu.pdf",
    "service and engagement": "chu-supervision.pdf",
}


@pytest.fixture(scope="module")
def submitted(stack: Running, samples: dict[str, Sample], demo_supplier: str) -> dict[str, dict[str, Any]]:
    """Every sample, uploaded at once and polled to its final state, by file name."""
    documents = {name: stack.api.upload(demo_supplier, sample) for name, sample in samples.items()}
    ready = ("READY", "SUBMITTED", "TO_COMPLETE")
    for document in documents.values():
        stack.wait_for(demo_supplier, document, *ready)
    stack.stack.run_schedule_now()
    return {
        name: stack.wait_for(demo_supplier, document, "SUBMITTED", "TO_COMPLETE")
        for name, document in documents.items()
    }


def test_every_sample_is_submitted_but_the_one_that_prints_no_service(submitted: dict[str, dict[str, Any]]) -> None:
    left = {name: invoice["problems"] for name, invoice in submitted.items() if invoice["state"] != "SUBMITTED"}
    assert left.keys() == {"departement-sans-service.pdf"}, left


@pytest.mark.row("S07")
@pytest.mark.parametrize("file", FILES.values(), ids=FILES.keys())
def test_the_portal_receives_what_is_printed(
    stack: Running, submitted: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]], file: str
) -> None:
    assert submitted[file]["state"] == "SUBMITTED", submitted[file]["problems"]
    printed = expected[file]
    (received,) = stack.received(printed["invoice_number"])
    assert received["codeDestinataire"] == printed["recipient_siret"]
    assert received["codeServiceExecutant"] == printed["service_code"]
    assert received["numeroBonCommande"] == printed["engagement_number"]
    totals = received["received"]["montantTotal"]
    assert [f"{totals[name]:.2f}" for name in ("montantHtTotal", "montantTVA", "montantTtcTotal")] == [
        printed["total_ht"],
        printed["total_tva"],
        printed["total_ttc"],
    ]
    assert received["received"]["dateFacture"] == printed["invoice_date"]
    assert submitted[file]["deposit"]["chorus_id"] == received["identifiantFactureCPP"]


def test_the_portal_holds_the_very_file_that_was_uploaded(
    stack: Running, submitted: dict[str, dict[str, Any]], samples: dict[str, Sample], expected: dict[str, Any]
) -> None:
    import hashlib

    name = FILES["a text layer"]
    (received,) = stack.received(expected[name]["invoice_number"])
    assert received["file"]["sha256"] == hashlib.sha256(samples[name].data).hexdigest()


@pytest.mark.row("B05")
@pytest.mark.parametrize(("file", "source"), [("a Factur-X", "xml"), ("a text layer", "text"), ("a scan", "ocr")])
def test_the_cheapest_source_is_read_and_every_value_names_it(
    stack: Running, submitted: dict[str, dict[str, Any]], demo_supplier: str, file: str, source: str
) -> None:
    document = submitted[FILES[file]]["document_id"]
    fields = stack.api.call("GET", f"/suppliers/{demo_supplier}/invoices/{document}/form")["fields"]
    for name in ("invoice_number", "recipient_siret", "total_ttc"):
        assert fields[name]["source"] == source
        assert 0 < fields[name]["confidence"] <= 1
        assert source == "xml" or (fields[name]["page"] == 1 and 0 < fields[name]["box"]["left"] < 1)


@pytest.mark.row("S34", "B02", "B12")
def test_a_missing_service_code_waits_in_the_form_until_a_person_gives_it(
    stack: Running, submitted: dict[str, dict[str, Any]], demo_supplier: str
) -> None:
    invoice = submitted["departement-sans-service.pdf"]
    assert invoice["state"] == "TO_COMPLETE"
    path = f"/suppliers/{demo_supplier}/invoices/{invoice['document_id']}"
    form = stack.api.call("GET", f"{path}/form")
    assert [(p["field"], p["code"]) for p in form["problems"]] == [("service_code", "service_required")]
    number = form["fields"]["invoice_number"]
    assert number["source"] == "text"
    assert number["page"] == 1
    assert 0 < number["box"]["left"] < 1
    version = {"If-Match": f'"{form["version"]}"'}
    wrong = stack.api.call("PATCH", f"{path}/form", json={"fields": {"service_code": "NOPE"}}, headers=version)
    assert [p["code"] for p in wrong["problems"]] == ["service_unknown"]
    version = {"If-Match": f'"{wrong["version"]}"'}
    right = stack.api.call("PATCH", f"{path}/form", json={"fields": {"service_code": "FINANCES"}}, headers=version)
    assert right["problems"] == []
    assert right["fields"]["service_code"]["source"] == "person"
    stack.api.call("POST", f"{path}/submit", headers={"If-Match": f'"{right["version"]}"'})
    done = stack.wait_for(demo_supplier, invoice["document_id"], "SUBMITTED")
    assert stack.received(done["invoice_number"])[0]["codeServiceExecutant"] == "FINANCES"


@pytest.mark.row("S31")
def test_a_metadata_value_beats_what_was_read(stack: Running, samples: dict[str, Sample], tmp_path: Path) -> None:
    supplier_id = stack.new_supplier()
    path = f"/suppliers/{supplier_id}"
    version = stack.api.call("GET", path)["version"]
    stack.api.call(
        "PATCH",
        path,
        json={"associations": {"": {"total_ttc": "Montant"}}},
        headers={"If-Match": f'"{version}"'},
    )
    document = stack.api.call(
        "POST",
        f"{path}/documents",
        params={"file_name": "f.pdf", "folder": "factures", "metadata.Montant": "1 800,00"},
        content=samples["facture-site-internet.pdf"].data,
        headers={"Content-Type": "application/pdf"},
    )
    stack.wait_for(supplier_id, document["document_id"], "TO_COMPLETE")
    form = stack.api.call("GET", f"{path}/invoices/{document['document_id']}/form")
    total = form["fields"]["total_ttc"]
    assert (total["value"], total["source"]) == ("1800.00", "metadata")
    assert [each["source"] for each in total["beaten"]] == ["text"]


@pytest.mark.row("B02")
def test_another_suppliers_invoice_stops_at_the_form(stack: Running, samples: dict[str, Sample]) -> None:
    supplier_id = stack.new_supplier()
    document = stack.api.upload(supplier_id, samples["facture-site-internet.pdf"])
    invoice = stack.wait_for(supplier_id, document, "TO_COMPLETE")
    assert "supplier_siret_differs" in [problem["code"] for problem in invoice["problems"]]


@pytest.mark.row("S29")
def test_a_document_that_matches_no_criterion_is_left_alone(stack: Running, samples: dict[str, Sample]) -> None:
    supplier_id = stack.new_supplier()
    document = stack.api.call(
        "POST",
        f"/suppliers/{supplier_id}/documents",
        params={"file_name": "devis.pdf", "folder": "devis"},
        content=samples["facture-site-internet.pdf"].data,
    )
    stack.wait_for(supplier_id, document["document_id"], "SET_ASIDE")
    for view in ("to-process", "tracking"):
        assert stack.api.call("GET", f"/suppliers/{supplier_id}/{view}")["invoices"] == []


def test_a_large_file_goes_straight_to_the_bucket_and_the_same_way_after(
    stack: Running, samples: dict[str, Sample]
) -> None:
    supplier_id = stack.new_supplier()
    small = samples["facture-site-internet.pdf"].data
    padded = small + b"\n%" + b"x" * (5 * 1024 * 1024) + b"\n" + small[small.rfind(b"startxref") :]
    document = stack.api.upload(supplier_id, Sample("large.pdf", padded))
    assert stack.wait_for(supplier_id, document, "TO_COMPLETE")["size"] == len(padded)
    again = stack.wait_for(supplier_id, stack.api.upload(supplier_id, Sample("again.pdf", padded)), "DUPLICATE")
    (problem,) = again["problems"]
    assert (again["duplicate_of"], problem["code"]) == (document, "duplicate_file")
    assert all("large.pdf" in problem[language] and document in problem[language] for language in ("fr", "en"))


BROKEN = {
    "not a PDF": broken.not_a_pdf,
    "empty": broken.empty,
    "an envelope around the PDF": lambda: b"--form\r\n\r\n" + broken.plain_pdf(),
    "truncated": broken.truncated,
    "encrypted": broken.encrypted,
    "zero pages": broken.no_pages,
    "too many pages": broken.too_many_pages,
    "an embedded file that inflates": broken.attachment_bomb,
    "endless page tree": broken.recursive_page_tree,
    "deep objects": broken.deep_nesting,
}


@pytest.mark.row("S30", "B13")
def test_bad_files_are_refused_clearly_kept_and_disturb_nothing(
    stack: Running, samples: dict[str, Sample], expected: dict[str, Any]
) -> None:
    supplier_id = stack.new_supplier()
    made = {name: make() for name, make in BROKEN.items()}
    documents = {name: stack.api.upload(supplier_id, Sample(f"{name}.pdf", data)) for name, data in made.items()}
    good = stack.api.upload(supplier_id, samples["facture-site-internet.pdf"])
    for name, document in documents.items():
        invoice = stack.wait_for(supplier_id, document, "UNUSABLE", "TO_COMPLETE")
        assert invoice["problems"], name
        assert all(problem["fr"] and problem["en"] for problem in invoice["problems"])
        link = stack.api.call("GET", f"/suppliers/{supplier_id}/invoices/{document}/original")["url"]
        assert httpx.get(link, trust_env=False).content == made[name], name
    assert stack.wait_for(supplier_id, good, "TO_COMPLETE")["invoice_number"] is not None


def test_the_same_file_twice_is_one_invoice(stack: Running, samples: dict[str, Sample]) -> None:
    supplier_id = stack.new_supplier()
    first = stack.api.upload(supplier_id, samples["chu-supervision.pdf"])
    stack.wait_for(supplier_id, first, "TO_COMPLETE")
    assert stack.api.upload(supplier_id, samples["chu-supervision.pdf"]) == first


@pytest.mark.acceptance
def test_a_poisoned_message_ends_in_the_dead_letter_queue_and_can_be_driven_back(stack: Running) -> None:
    sqs, queue = stack.stack.boto_client("sqs"), stack.stack.outputs["ResolutionQueueUrl"]
    before = waiting_dead_letters(sqs, queue)
    sqs.send_message(QueueUrl=queue, MessageBody="not a work message")
    assert eventually(lambda: waiting_dead_letters(sqs, queue) == before + 1)
    assert redrive(sqs, queue) == before + 1
    assert eventually(lambda: waiting_dead_letters(sqs, queue) == before + 1)


def test_every_dead_letter_queue_has_its_alarm(stack: Running) -> None:
    alarms = stack.stack.boto_client("cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {dimension["Value"] for alarm in alarms for dimension in alarm["Dimensions"]}
    queues = {url.rsplit("/", 1)[-1] for url in stack.stack.boto_client("sqs").list_queues()["QueueUrls"]}
    dead_letter_queues = {name for name in queues if "dlq" in name.lower() or "dead" in name.lower()}
    assert dead_letter_queues
    assert dead_letter_queues <= watched


def test_a_new_installation_rings_for_nothing_and_one_detail_for_its_composite(stack: Running) -> None:
    """The emulator checks that each rule's alarms exist, and evaluates it as CloudWatch does."""
    client = stack.stack.boto_client("cloudwatch")
    combined = client.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert {each["StateValue"] for each in combined} <= {"OK", "INSUFFICIENT_DATA"}
    detail = "chorus-connector-local throttles api_docs"
    client.set_alarm_state(AlarmName=detail, StateValue="ALARM", StateReason="a test")
    (ringing,) = client.describe_alarms(AlarmTypes=["CompositeAlarm"], StateValue="ALARM")["CompositeAlarms"]
    assert ringing["AlarmName"] == "chorus-connector-local throttles"
    client.set_alarm_state(AlarmName=detail, StateValue="OK", StateReason="a test")
    late = client.describe_alarm_history(AlarmName="chorus-connector-local late starts")["AlarmHistoryItems"]
    assert not [each for each in late if each["HistoryItemType"] == "Action"]


def test_a_stranger_finds_nothing_and_every_request_needs_a_token(stack: Running, demo_supplier: str) -> None:
    assert httpx.get(f"{stack.stack.api_url}/suppliers", trust_env=False).status_code == 401
    headers = {"Authorization": f"Bearer {stack.stack.user_token('stranger')}"}
    with httpx.Client(base_url=stack.stack.api_url, headers=headers, trust_env=False) as stranger:
        assert stranger.get("/suppliers").json()["suppliers"] == []
        assert stranger.post("/suppliers", json={"name": "X", "siret": "73282932000074"}).status_code == 403
        for path in ("", "/invoices", "/to-process", "/tracking", "/invoices/nope/form"):
            answer = stranger.get(f"/suppliers/{demo_supplier}{path}")
            absent = stranger.get(f"/suppliers/nosuchsupplier{path}")
            assert answer.status_code == absent.status_code == 404
            assert answer.json() == absent.json()
            assert answer.headers["content-type"].startswith("application/problem+json")
        upload = stranger.post(f"/suppliers/{demo_supplier}/documents?file_name=x.pdf", content=b"%PDF-1.7")
        assert upload.status_code == 404


def test_a_change_without_if_match_or_with_an_old_one_is_refused(stack: Running) -> None:
    supplier_id = stack.new_supplier()
    with stack.as_user("administrator") as _:
        headers = {"Authorization": f"Bearer {stack.stack.admin_token()}"}
        url = f"{stack.stack.api_url}/suppliers/{supplier_id}"
        bare = httpx.patch(url, json={"name": "N"}, headers=headers, trust_env=False)
        old = httpx.patch(url, json={"name": "N"}, headers={**headers, "If-Match": '"0"'}, trust_env=False)
    assert (bare.status_code, bare.json()["code"]) == (428, "if_match_required")
    assert (old.status_code, old.json()["code"]) == (412, "stale")


@pytest.mark.row("S01", "S10")
def test_wrong_credentials_are_refused_with_what_to_do(stack: Running) -> None:
    supplier_id = stack.new_supplier()
    keys = {
        "client_id": "demo-application",
        "client_secret": "demo-application-secret",
        "technical_login": "TECH_1_demo@cpro.fr",
        "technical_password": "wrong-password",
    }
    answer = httpx.put(
        f"{stack.stack.api_url}/suppliers/{supplier_id}/credentials",
        json=keys,
        headers={"Authorization": f"Bearer {stack.stack.admin_token()}"},
        timeout=30,
        trust_env=False,
    )
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["code"] == "credentials_technical_account"
    assert "wrong-password" not in answer.text


def test_no_secret_iban_or_name_is_in_any_log(stack: Running, submitted: dict[str, dict[str, Any]]) -> None:
    from tools.demo import CREDENTIALS

    boxes = [path.name for path in Path("functions").iterdir() if path.is_dir() and path.name != "__pycache__"]
    logs = "\n".join(stack.stack.logs(box) for box in boxes)
    assert "worked on" in logs, "the logs must be there to be searched"
    for secret in (*CREDENTIALS.values(), "Ligérien", "Ligerien", "Montclair", "FR76"):
        assert secret not in logs, secret


@pytest.mark.acceptance
def test_the_command_line_takes_a_folder_the_project_has_never_seen(tmp_path: Path) -> None:
    from random import Random

    from tools.invoice_generator.corpus import documents

    for index, document in enumerate(documents(seed=Random().randrange(10**6), count=3, choice="dev")):
        (tmp_path / f"{index}.pdf").write_bytes(document.pdf)
    (tmp_path / "broken.pdf").write_bytes(b"not a pdf at all")
    command = [sys.executable, "-m", "tools.cli", "demo", "--invoices", str(tmp_path)]
    command += ["--siret", "73282932000074", "--open-directory", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [row["file"] for row in rows] == ["0.pdf", "1.pdf", "2.pdf", "broken.pdf"]
    names = "file state invoice_number recipient_siret service_code engagement_number total_ttc chorus_id"
    assert list(rows[0]) == [*names.split(), "portal_status", "problems"]
    assert rows[3]["state"] == "UNUSABLE"
    assert all(set(problem) == {"field", "code", "text"} for row in rows for problem in row["problems"])
