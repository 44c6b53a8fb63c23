"""What a caller sees whose group has a row in the users table: every route of a document, and uploads by link."""

import json
from typing import Any

import pytest

from chorus_connector.adapters.s3 import original_key, upload_key
from chorus_connector.domain.invoices.attachments import AttachmentPolicy, LinkedAttachment, LinkRule
from chorus_connector.domain.invoices.invoice import Deposit
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.suppliers.access import Member
from chorus_connector.domain.suppliers.tables import new_row
from chorus_connector.wiring.tenant import Tenant
from functions.upload_intake.handler import lambda_handler
from tests.api.functions import BUCKET, CONTEXT, DESCRIBED, Functions, Reply
from tests.builders import NOW, an_invoice
from tests.fakes import FakePortal

BODIES: dict[str, Any] = {
    "form": {"fields": {}},
    "reissue": {"invoice_number": "FA-2"},
    "complete": {"comment": "x"},
    "recycle": {"service_code": "X"},
    "correct-validator": {"validator_siret": "21000015600016"},
}
ROUTES = [
    (method.upper(), path)
    for path, methods in DESCRIBED["paths"].items()
    for method in methods
    if "{document_id}" in path and method in ("get", "post", "put", "patch", "delete")
]


@pytest.fixture
def labelled(functions: Functions) -> Functions:
    """Documents d-nord and d-sud; the group « south », which may use the supplier, has the label Sud."""
    tenant = functions.tenant()
    supplier = tenant.suppliers.get()
    changed = {"user_label_metadata": "Secteur", "version": supplier.version + 1}
    tenant.suppliers.save(supplier.model_copy(update=changed))
    before = tenant.access.get()
    member = Member(principal="group:south", kind="group", roles=("use",))
    change = functions.tenant().audit_trail.page(limit=1, cursor=None).changes[0]
    tenant.access.save(before, before.granting(member), change=change.model_copy(update={"change_id": "south"}))
    tenant.tables.put([new_row("users", label="Sud", value="group:south", by="alice", now=NOW)])
    for label in ("Nord", "Sud"):
        metadata = {"secteur": label}
        invoice = an_invoice(State.TO_COMPLETE, document_id=f"d-{label.lower()}", metadata=metadata)
        tenant.invoices.add(invoice, by="alice")
    return functions


def ask(functions: Functions, method: str, path: str, **more: Any) -> Reply:
    return functions.send(method, path, by="eve", groups=("south",), **more)


def test_the_routes_of_a_document_are_known() -> None:
    assert len(ROUTES) > 12


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda each: each.rpartition("/")[2])
def test_a_hidden_document_is_absent_on_every_route_and_for_every_method(
    labelled: Functions, method: str, path: str
) -> None:
    body = None if method == "GET" else BODIES.get(path.rpartition("/")[2], {})
    answers = [
        ask(
            labelled,
            method,
            path.format(supplier_id="s1", document_id=document, number=1),
            body=body,
            version=None if method == "GET" else 0,
        )
        for document in ("d-nord", "d-absent")
    ]
    hidden, absent = [(each.status, {**each.body, "instance": ""}) for each in answers]
    assert hidden == absent
    assert hidden[0] == 404


def test_lists_and_counts_show_what_carries_the_groups_label(
    labelled: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tenant, "portal", FakePortal([]))
    for listed in ("invoices", "to-process"):
        page = ask(labelled, "GET", f"/suppliers/s1/{listed}").body
        assert [each["document_id"] for each in page["invoices"]] == ["d-sud"]
    assert ask(labelled, "GET", "/suppliers/s1/invoices/d-sud").status == 200
    assert len(labelled.send("GET", "/suppliers/s1/invoices").body["invoices"]) == 2, "alice has no row, and sees all"


_ATTRIBUTES = {"ApproximateReceiveCount": "1"}


def arrival(key: str, version: str) -> dict[str, Any]:
    event = {"Records": [{"s3": {"object": {"key": key, "versionId": version}}}]}
    return {"Records": [{"messageId": "m", "body": json.dumps(event), "attributes": _ATTRIBUTES, "receiptHandle": "r"}]}


def test_the_function_stores_the_first_file_of_a_link_and_examines_that_one(labelled: Functions) -> None:
    labelled.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    announced = labelled.send("POST", "/suppliers/s1/uploads", body={"file_name": "f.pdf"})
    document = announced.body["document_id"]
    key = announced.body["upload"]["fields"]["key"]
    assert key == upload_key("s1", "documents", document)
    first, later = (
        labelled.s3.put_object(Bucket=BUCKET, Key=key, Body=data)["VersionId"] for data in (b"first", b"FORGED")
    )
    for version in (later, first, later):
        assert lambda_handler(arrival(key, version), CONTEXT) == {"batchItemFailures": []}
    assert lambda_handler(arrival(original_key("s1", document), ""), CONTEXT) == {"batchItemFailures": []}
    invoice = labelled.tenant().invoices.get(document)
    assert (invoice.state, invoice.size) == (State.UNUSABLE, 5)
    assert labelled.tenant().documents.original(document, invoice.object_version) == b"first"
    link = labelled.send("GET", f"/suppliers/s1/invoices/{document}/original").body["url"]
    assert f"versionId={invoice.object_version}" in link
    shown = labelled.send("GET", f"/suppliers/s1/invoices/{document}/history").body["events"]
    assert [each["action"] for each in shown].count("later_file_dropped") == 1


def test_an_attachments_link_goes_the_same_way(labelled: Functions) -> None:
    labelled.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    path = "/suppliers/s1/documents/attachments"
    announced = labelled.send("POST", f"{path}/uploads", body={"file_name": "bon.pdf"}).body
    key, item = announced["upload"]["fields"]["key"], f"{path}/{announced['attachment_id']}"
    first, later = (
        labelled.s3.put_object(Bucket=BUCKET, Key=key, Body=data)["VersionId"] for data in (b"first", b"FORGED")
    )
    for version in (later, first, later):
        assert lambda_handler(arrival(key, version), CONTEXT) == {"batchItemFailures": []}
    assert labelled.send("GET", item).body["size"] == 5
    attachment = labelled.tenant().attachments.get(announced["attachment_id"])
    assert labelled.tenant().attachment_files.read(attachment.attachment_id, attachment.object_version) == b"first"


def hidden_attachment(functions: Functions, tenant: Tenant) -> str:
    """One of order BC-1 that the group may not see, at a supplier that attaches by the order; gives its id."""
    supplier = tenant.suppliers.get()
    policy = AttachmentPolicy(send=True, default_type="RIB", rules=(LinkRule(metadata="Commande"),))
    tenant.suppliers.save(supplier.model_copy(update={"attachments": policy, "version": supplier.version + 1}))
    filed = {"file_name": "secret.pdf", "metadata.Secteur": "Nord", "metadata.Commande": "BC-1"}
    uploaded = functions.send("POST", "/suppliers/s1/documents/attachments", data=b"secret", **filed)
    return str(uploaded.body["attachment_id"])


def test_a_hidden_attachment_is_not_found_through_an_invoice_of_ones_own(labelled: Functions) -> None:
    hidden_attachment(labelled, labelled.tenant())
    filed = {"file_name": "f.pdf", "metadata.Secteur": "Sud", "metadata.Commande": "BC-1"}
    own = ask(labelled, "POST", "/suppliers/s1/documents", data=b"%PDF-1", **filed).body["document_id"]
    path = f"/suppliers/s1/invoices/{own}/attachments"
    assert ask(labelled, "GET", path).body == {"attachments": [], "problems": []}
    (problem,) = labelled.send("GET", path).body["problems"]
    assert (problem["code"], "secret.pdf" in problem["en"]) == ("attachment_withheld", True)


def test_a_hidden_attachment_of_a_visible_invoice_is_neither_named_nor_downloaded(
    labelled: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = FakePortal([])
    portal.download = lambda chorus_id, *, with_attachments: b"PK" if with_attachments else b"%PDF"  # type: ignore[method-assign]
    monkeypatch.setattr(Tenant, "portal", portal)
    tenant = labelled.tenant()
    attached = LinkedAttachment(
        attachment_id=hidden_attachment(labelled, tenant), file_name="secret.pdf", size=6, attachment_type="RIB"
    )
    sent = an_invoice(
        State.SUBMITTED,
        document_id="d-sent",
        metadata={"secteur": "Sud", "Commande": "BC-1"},
        attachments=(attached,),
        deposit=Deposit(chorus_id=1, invoice_number="FA-1", status="DEPOSEE"),
    )
    tenant.invoices.add(sent, by="alice")
    path = "/suppliers/s1/invoices/d-sent"
    for place in ("form", "attachments"):
        assert ask(labelled, "GET", f"{path}/{place}").body["attachments"] == []
        (shown,) = labelled.send("GET", f"{path}/{place}").body["attachments"]
        assert shown["file_name"] == "secret.pdf"
    theirs, alices = (
        ask(labelled, "POST", f"{path}/portal-file").body,
        labelled.send("POST", f"{path}/portal-file").body,
    )
    assert (".pdf" in theirs["url"], theirs["attachments_left_out"]) == (True, True)
    assert (".zip" in alices["url"], alices["attachments_left_out"]) == (True, False)


def test_an_answers_file_has_an_id_of_a_possible_length(labelled: Functions) -> None:
    body = {"comment": "x", "attachment_ids": ["a" * 2000]}
    path = "/suppliers/s1/invoices/d-sud/complete"
    assert labelled.send("POST", path, version=0, body=body).refusal == (422, "invalid_request")
