"""ZIPs over HTTP: announced with a link of their own, and shown to those who see their documents."""

from typing import Any

import pytest

from chorus_connector.domain.invoices.archive import ArchiveLine
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.suppliers.tables import new_row
from chorus_connector.usecases.invoices.intake import filing_differs
from chorus_connector.wiring.archives import archives
from tests.api.functions import Functions
from tests.builders import NOW, an_invoice

ZIPS = "/suppliers/s1/archives"


def announced(functions: Functions, **said: Any) -> str:
    reply = functions.send("POST", ZIPS, body={"file_name": "z.zip", "folder": "factures", **said})
    assert reply.status == 202, reply.body
    form = reply.body["upload"]
    assert form["fields"]["key"] == f"suppliers/s1/uploads/archives/{reply.body['archive_id']}/original"
    return str(reply.body["archive_id"])


@pytest.mark.row("B12")
def test_a_zip_that_is_announced_waits_for_its_file(functions: Functions) -> None:
    archive_id = announced(functions, metadata={"Secteur": "Nord"}, append_folders=True)
    shown = functions.send("GET", f"{ZIPS}/{archive_id}", by="bob")
    assert (shown.status, shown.body["state"], shown.body["lines"]) == (200, "EXPECTED", [])
    assert (shown.body["metadata"], shown.body["append_folders"]) == ({"Secteur": "Nord"}, True)
    assert functions.send("GET", f"{ZIPS}/{archive_id}", by="eve").refusal == (404, "not_found")
    assert functions.send("GET", f"{ZIPS}/other").refusal == (404, "not_found")


def test_lines_name_the_documents_that_the_caller_may_see_with_their_state(functions: Functions) -> None:
    archive_id = announced(functions, metadata={"Secteur": "Nord"})
    tenant = functions.tenant()
    supplier = tenant.suppliers.get()
    named = {"user_label_metadata": "Secteur", "version": supplier.version + 1}
    tenant.suppliers.save(supplier.model_copy(update=named))
    tenant.tables.put([new_row("users", label="Nord", value="bob", by="alice", now=NOW)])
    for label in ("Nord", "Sud"):
        tenant.invoices.add(an_invoice(State.TO_COMPLETE, document_id=label, metadata={"Secteur": label}), by="alice")
    lines = tuple(
        ArchiveLine(
            number=number,
            name=f"{label}.pdf",
            state="KNOWN",
            document_id=label,
            problem=filing_differs(an_invoice(document_id=label), ["folder"]),
        )
        for number, label in enumerate(("Nord", "Sud", "gone"))
    )
    archives(tenant).save(archives(tenant).get(archive_id).next(NOW, state="DONE", lines=lines))
    seen = functions.send("GET", f"{ZIPS}/{archive_id}", by="bob").body
    assert [(each["document_id"], each["document_state"]) for each in seen["lines"]] == [
        ("Nord", "TO_COMPLETE"),
        (None, None),
        (None, None),
    ]
    assert [bool(each["problem"]) for each in seen["lines"]] == [True, False, False]
    everything = functions.send("GET", f"{ZIPS}/{archive_id}").body
    assert [each["document_id"] for each in everything["lines"]] == ["Nord", "Sud", None]
    assert everything["counts"] == {"KNOWN": 3}


def test_a_restricted_user_finds_no_zip_of_other_labels(functions: Functions) -> None:
    archive_id = announced(functions, metadata={"Secteur": "Sud"})
    tenant = functions.tenant()
    supplier = tenant.suppliers.get()
    named = {"user_label_metadata": "Secteur", "version": supplier.version + 1}
    tenant.suppliers.save(supplier.model_copy(update=named))
    tenant.tables.put([new_row("users", label="Nord", value="bob", by="alice", now=NOW)])
    assert functions.send("GET", f"{ZIPS}/{archive_id}", by="bob").refusal == (404, "not_found")
    refused = functions.send("POST", ZIPS, by="bob", body={"file_name": "z.zip", "metadata": {"Secteur": "Sud"}})
    assert [each["code"] for each in refused.body["problems"]] == ["label_not_yours"]
