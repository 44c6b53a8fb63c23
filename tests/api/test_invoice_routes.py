"""The routes of documents, attachments, forms and tracking: what each answers, to whom, and what it leaves behind."""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from chorus_connector.adapters.table.recipients import DynamoRecipients
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Deposit, Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.suppliers.tables import new_row
from chorus_connector.wiring.tenant import Tenant
from tests.api.functions import TABLE, Functions
from tests.builders import NOW, a_reading, a_recipient, a_service, add_read
from tests.fakes import FakePortal

_INVOICES = "/suppliers/s1/invoices"
_ATTACHMENTS = "/suppliers/s1/documents/attachments"
FILE = b"%PDF-1.7 facture"
SHA256 = hashlib.sha256(FILE).hexdigest()
DEPOSIT = Deposit(chorus_id=9, invoice_number="FA-2026-17", status="MISE_EN_PAIEMENT", status_at=NOW)


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> FakePortal:
    """Chorus Pro knows one recipient."""
    fake = FakePortal([a_recipient()])
    monkeypatch.setattr(Tenant, "portal", fake)
    return fake


def stored(functions: Functions, state: State = State.RECEIVED, **changes: Any) -> Invoice:
    reading = changes.pop("reading", Reading())
    return add_read(functions.tenant().invoices, reading, state, **changes)


# --- documents -----------------------------------------------------------------------------------------------


def test_an_uploaded_document_is_taken_with_what_was_said_of_it(functions: Functions) -> None:
    told = {"file_name": "facture.pdf", "folder": "factures", "classification_rule": "CLIENT", "metadata": "PJ=oui"}
    taken = functions.send("POST", "/suppliers/s1/documents", data=b"%PDF-1.7", **told)
    assert (taken.status, taken.body["state"], taken.body["size"]) == (202, "RECEIVED", None)
    shown = {name: taken.body[name] for name in ("file_name", "folder", "classification_rule", "metadata")}
    assert shown == told | {"metadata": {"PJ": "oui"}}
    shown = functions.send("GET", f"{_INVOICES}/{taken.body['document_id']}").body
    assert {**shown, "known": False} == taken.body
    assert functions.tenant().documents.original(taken.body["document_id"], "") == b"%PDF-1.7"
    assert functions.send("POST", "/suppliers/s1/documents", data=b"%PDF", by="eve", file_name="f").status == 404


def test_a_file_sent_again_with_other_metadata_says_what_differs_and_where_to_correct_it(functions: Functions) -> None:
    stored(functions, State.READY, folder="factures", metadata={"PJ": "oui"}, sha256=SHA256)
    functions.tenant().invoices.save_claiming_content(
        functions.tenant().invoices.get("d1").move(State.READY, NOW, action="x"), SHA256, by="x", action="x"
    )
    same = {"file_name": "f.pdf", "folder": "factures"}
    repeated = functions.send("POST", "/suppliers/s1/documents", data=FILE, metadata="pj=oui", **same)
    assert (repeated.status, repeated.body["known"], repeated.body["document_id"]) == (202, True, "d1")
    again = functions.send("POST", "/suppliers/s1/documents", data=FILE, metadata="PJ=non", file_name="f.pdf")
    assert (again.status, again.body["known"], again.body["differs"]) == (200, True, ["metadata.PJ", "folder"])
    corrected = functions.send("PATCH", again.body["correct"], body={"metadata": {"pj": "non"}}, version=again.version)
    assert (corrected.status, corrected.body["metadata"]) == (200, {"pj": "non"})
    for place in ("folder", "classification_rule"):
        blank = functions.send("PATCH", again.body["correct"], body={place: " /"}, version=corrected.version)
        assert [(each["field"], each["code"]) for each in blank.body["problems"]] == [(place, "place_blank")]


@pytest.mark.row("B11")
def test_a_document_is_held_set_aside_withdrawn_and_released_through_the_api(
    functions: Functions, portal: FakePortal
) -> None:
    stored(functions, State.READY, folder="factures", reading=a_reading(), due_at=NOW)
    path = f"{_INVOICES}/d1"
    withdrawn = functions.send("POST", f"{path}/withdraw", body={"reason": "erreur"})
    assert (withdrawn.status, withdrawn.body["state"], withdrawn.body["stopped"]["reason"]) == (200, "HELD", "erreur")
    aside = functions.send("POST", f"{path}/set-aside", version=withdrawn.version)
    assert (aside.status, aside.body["state"]) == (200, "SET_ASIDE")
    assert functions.send("POST", f"{path}/release").status == 428
    released = functions.send("POST", f"{path}/release", version=aside.version)
    assert (released.status, released.body["state"], released.body["stopped"]) == (200, "READY", None)
    held = functions.send("POST", f"{path}/hold", version=released.version)
    assert (held.status, held.body["state"]) == (200, "HELD")
    for call in ("hold", "set-aside", "withdraw", "release"):
        assert functions.send("POST", f"{path}/{call}", by="eve", version=1).status == 404
    taken = functions.send("POST", f"{_INVOICES}/take-matching")
    assert (taken.status, taken.body) == (202, {"taken": [], "cursor": None})
    actions = [each["action"] for each in functions.send("GET", f"{path}/history").body["events"]]
    assert actions[-4:] == ["withdrawn", "set_aside", "released", "held_by_a_person"]


def test_a_submitted_document_is_withdrawn_by_no_one(functions: Functions) -> None:
    stored(functions, State.SUBMITTED, deposit=DEPOSIT)
    refused = functions.send("POST", f"{_INVOICES}/d1/withdraw")
    assert (refused.status, refused.body["code"]) == (409, "too_late")


def test_an_announced_document_has_an_address_for_its_file(functions: Functions) -> None:
    new = {"file_name": "facture.pdf", "folder": "factures", "metadata": {"PJ": "oui"}}
    announced = functions.send("POST", "/suppliers/s1/uploads", body=new)
    assert (announced.status, announced.body["metadata"]) == (202, {"PJ": "oui"})
    assert set(announced.body["upload"]) == {"url", "fields", "expires_in"}
    assert functions.send("GET", f"{_INVOICES}/{announced.body['document_id']}").status == 200


@pytest.mark.parametrize("metadata", [{"": "x"}, {"n" * 101: "x"}, {"n": "x" * 2001}])
def test_metadata_have_a_name_and_an_end(functions: Functions, metadata: dict[str, str]) -> None:
    new = {"file_name": "facture.pdf", "metadata": metadata}
    assert functions.send("POST", "/suppliers/s1/uploads", body=new).refusal == (422, "invalid")
    assert functions.send("POST", f"{_ATTACHMENTS}/uploads", body=new).refusal == (422, "invalid")


def test_documents_are_listed_newest_first_page_by_page(functions: Functions) -> None:
    stored(functions, document_id="d1")
    stored(functions, document_id="d2", received_at=NOW.replace(hour=11))
    first = functions.send("GET", _INVOICES, limit=1)
    second = functions.send("GET", _INVOICES, limit=1, cursor=first.body["cursor"])
    shown = [each["document_id"] for reply in (first, second) for each in reply.body["invoices"]]
    assert shown == ["d2", "d1"]
    assert functions.send("GET", _INVOICES, by="eve").refusal == (404, "not_found")
    elsewhere = functions.send("GET", _INVOICES, limit=1, cursor="x.y")
    assert elsewhere.status == 422


def test_a_document_has_an_audit_trail_and_its_file(functions: Functions) -> None:
    stored(functions)
    (event,) = functions.send("GET", f"{_INVOICES}/d1/history").body["events"]
    assert (event["by"], event["action"], event["state"]) == ("alice", "received", "RECEIVED")
    link = functions.send("GET", f"{_INVOICES}/d1/original")
    assert (link.status, link.body["expires_in"]) == (200, 300)
    assert "/d1" in urlsplit(link.body["url"]).path
    for place in ("", "/history", "/original", "/form", "/attachments", "/portal-history"):
        assert functions.send("GET", f"{_INVOICES}/absent{place}").refusal == (404, "not_found"), place


# --- attachments ---------------------------------------------------------------------------------------------


def attached(functions: Functions, name: str) -> Any:
    return functions.send("POST", _ATTACHMENTS, data=b"%PDF-1.7", file_name=name, metadata="affaire=17").body


def test_an_attachment_is_uploaded_read_and_deleted(functions: Functions) -> None:
    told = {"file_name": "bon.pdf", "classification_rule": "BON", "metadata": "affaire=17"}
    taken = functions.send("POST", _ATTACHMENTS, data=b"%PDF-1.7", **told)
    assert (taken.status, taken.body["metadata"], taken.body["size"]) == (201, {"affaire": "17"}, 8)
    path = f"{_ATTACHMENTS}/{taken.body['attachment_id']}"
    assert functions.send("GET", path).body == taken.body
    assert functions.send("GET", f"{path}/original").body["expires_in"] == 300
    assert functions.send("DELETE", path).body == {"deleted": taken.body["attachment_id"]}
    for method, place in (("GET", ""), ("GET", "/original"), ("DELETE", "")):
        assert functions.send(method, f"{path}{place}").refusal == (404, "not_found")


def test_an_attachment_names_the_document_that_it_was_uploaded_for(functions: Functions) -> None:
    stored(functions, State.SUBMITTED, deposit=DEPOSIT)
    sent = functions.send("POST", _ATTACHMENTS, data=b"bon", file_name="bon.pdf", document_id="d1")
    assert (sent.status, sent.body["document_id"]) == (201, "d1")
    announced = functions.send("POST", f"{_ATTACHMENTS}/uploads", body={"file_name": "b.pdf", "document_id": "d1"})
    assert (announced.status, announced.body["document_id"]) == (202, "d1")
    assert functions.send("POST", _ATTACHMENTS, data=b"rib", file_name="rib.pdf").body["document_id"] is None
    assert functions.send("POST", _ATTACHMENTS, data=b"bon", file_name="b.pdf", document_id="d2").status == 404


def test_an_announced_attachment_has_an_address_for_its_file(functions: Functions) -> None:
    new = {"file_name": "bon.pdf", "classification_rule": "BON", "metadata": {"affaire": "17"}}
    announced = functions.send("POST", f"{_ATTACHMENTS}/uploads", body=new)
    assert (announced.status, announced.body["size"], announced.body["classification_rule"]) == (202, None, "BON")
    assert set(announced.body["upload"]) == {"url", "fields", "expires_in"}


def test_attachments_are_listed_page_by_page(functions: Functions) -> None:
    ids = {attached(functions, name)["attachment_id"] for name in ("a.pdf", "b.pdf")}
    first = functions.send("GET", _ATTACHMENTS, limit=1)
    second = functions.send("GET", _ATTACHMENTS, limit=1, cursor=first.body["cursor"])
    shown = [each["attachment_id"] for reply in (first, second) for each in reply.body["attachments"]]
    assert (len(shown), set(shown)) == (2, ids)


# --- forms ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("portal")
def test_a_form_is_read_completed_and_checked(functions: Functions) -> None:
    stored(functions, State.TO_COMPLETE, reading=a_reading())
    stored(functions, State.TO_COMPLETE, document_id="d2", file_name="autre.pdf", reading=a_reading())
    read = functions.send("GET", f"{_INVOICES}/d1/form")
    assert (read.status, read.body["document_id"], read.body["state"]) == (200, "d1", "TO_COMPLETE")
    change = {"fields": {"comment": "Merci"}}
    path = f"{_INVOICES}/d1/form"
    done = functions.send("PATCH", path, version=read.version, body=change)
    assert (done.status, done.body["fields"]["comment"]["value"]) == (200, "Merci")
    assert done.body["next"] == {"document_id": "d2", "file_name": "autre.pdf", "href": f"{_INVOICES}/d2/form"}
    assert functions.send("PATCH", path, version=read.version, body=change).status == 412
    checked = functions.send("POST", f"{_INVOICES}/d1/validate", version=done.version)
    assert (checked.status, checked.version > done.version) == (200, True)
    assert functions.send("PATCH", path, body=change).refusal == (428, "if_match_required")


@pytest.mark.usefixtures("portal")
def test_a_complete_form_is_submitted_and_an_incomplete_one_says_what_is_missing(functions: Functions) -> None:
    stored(functions, State.TO_COMPLETE, reading=a_reading())
    stored(functions, State.TO_COMPLETE, document_id="d2", reading=a_reading(invoice_number=None))
    accepted = functions.send("POST", f"{_INVOICES}/d1/submit", version=0)
    assert (accepted.status, accepted.body["problems"]) == (202, []), accepted.body
    refused = functions.send("POST", f"{_INVOICES}/d2/submit", version=0)
    assert refused.refusal == (422, "form_incomplete")
    assert "invoice_number" in {each["field"] for each in refused.body["problems"]}


# --- tracking ------------------------------------------------------------------------------------------------


def test_tracked_invoices_are_listed_filtered_and_exported(functions: Functions) -> None:
    stored(functions, State.SUBMITTED, deposit=DEPOSIT, reading=a_reading())
    stored(functions, State.TO_COMPLETE, document_id="d2", reading=a_reading())
    tracked = functions.send("GET", "/suppliers/s1/tracking")
    assert (tracked.status, [each["document_id"] for each in tracked.body["invoices"]]) == (200, ["d1"])
    (shown,) = tracked.body["invoices"]
    assert (shown["deposit"]["status"], shown["repair"], shown["task"]) == ("MISE_EN_PAIEMENT", None, None)
    of_status = functions.send("GET", "/suppliers/s1/tracking", status="MISE_EN_PAIEMENT, DEPOSEE")
    assert len(of_status.body["invoices"]) == 1
    assert functions.send("GET", "/suppliers/s1/tracking", status="REJETEE").body["invoices"] == []
    waiting = functions.send("GET", "/suppliers/s1/to-process").body["invoices"]
    assert [each["document_id"] for each in waiting] == ["d2"]
    exported = functions.send("POST", "/suppliers/s1/tracking/export")
    assert (exported.body["rows"], exported.body["expires_in"], exported.body["cursor"]) == (1, 300, None)


@pytest.mark.parametrize("path", [f"{_INVOICES}/d1", _INVOICES])
def test_a_document_and_a_search_say_on_demand_how_new_the_portals_status_is(
    functions: Functions, portal: FakePortal, path: str
) -> None:
    supplier = functions.tenant().suppliers.get()
    remote = supplier.model_copy(update={"loading_mode": "remote", "version": supplier.version + 1})
    functions.tenant().suppliers.save(remote)
    stored(functions, State.SUBMITTED, deposit=DEPOSIT, reading=a_reading())
    assert "portal" not in functions.send("GET", path).body
    known = functions.send("GET", path, portal="known").body["portal"]
    assert (known["retrieved_at"], known["stale"], portal.calls) == (None, False, 0)
    asked = functions.send("GET", path, portal="ask").body["portal"]
    assert asked["loading_mode"] == "remote"
    assert asked["age_seconds"] == 0
    assert portal.calls > 0


def test_a_document_that_is_not_at_the_portal_asks_it_nothing(functions: Functions, portal: FakePortal) -> None:
    stored(functions, State.TO_COMPLETE)
    assert "portal" not in functions.send("GET", f"{_INVOICES}/d1", portal="ask").body
    assert portal.calls == 0


def test_every_status_has_its_meaning(functions: Functions) -> None:
    statuses = functions.send("GET", "/suppliers/s1/tracking/statuses").body["statuses"]
    assert "MISE_EN_PAIEMENT" in {each["code"] for each in statuses}


def test_an_invoice_is_fetched_from_the_portal(functions: Functions, portal: FakePortal) -> None:
    stored(functions, State.SUBMITTED, deposit=DEPOSIT)
    stored(functions, State.TO_COMPLETE, document_id="d2")
    portal.download = lambda chorus_id, *, with_attachments: b"PK" if with_attachments else b"%PDF"  # type: ignore[method-assign]
    whole = functions.send("POST", f"{_INVOICES}/d1/portal-file")
    assert (whole.status, whole.body["expires_in"]) == (200, 300)
    assert "FA-2026-17.zip" in whole.body["url"]
    alone = functions.send("POST", f"{_INVOICES}/d1/portal-file", attachments="false")
    assert "FA-2026-17.pdf" in alone.body["url"]
    assert functions.send("POST", f"{_INVOICES}/d2/portal-file").status == 409


def test_an_invoices_life_at_the_portal_is_read(functions: Functions) -> None:
    stored(functions, State.SUBMITTED, deposit=DEPOSIT)
    life = functions.send("GET", f"{_INVOICES}/d1/portal-history")
    assert (life.status, life.body["document_id"], life.body["steps"]) == (200, "d1", [])
    assert functions.send("GET", f"{_INVOICES}/d1/portal-history", by="eve").refusal == (404, "not_found")


# --- the services to choose from -----------------------------------------------------------------------------


def test_a_form_lists_every_open_service_of_a_large_recipient_page_by_page(functions: Functions) -> None:
    services = [a_service(f"S{n:03d}", portal_id=n, name=f"Bureau n° {n}", active=n != 7) for n in range(520)]
    recipient = a_recipient(services=tuple(services))
    DynamoRecipients(functions.dynamodb, TABLE).put(recipient)
    form = Form(fields={"recipient_siret": FormField(value=recipient.siret, source="text")})
    invoice = stored(functions, State.TO_COMPLETE, form=form)
    path = f"{_INVOICES}/{invoice.document_id}/form/services"
    first = functions.send("GET", path, limit=100).body
    pages, cursor = [first["services"]], first["cursor"]
    while cursor:
        page = functions.send("GET", path, limit=100, cursor=cursor).body
        pages.append(page["services"])
        cursor = page["cursor"]
    codes = [each["value"] for page in pages for each in page]
    assert codes == sorted(each.code for each in services if each.active)
    found = functions.send("GET", path, search="BUREAU N° 51").body
    assert [each["value"] for each in found["services"]] == ["S051", *(f"S{n}" for n in range(510, 520))]
    assert found["cursor"] is None
    assert functions.send("GET", path, by="eve").status == 404
    assert len(functions.send("GET", f"{_INVOICES}/{invoice.document_id}/form").body["choices"]["service_code"]) == 500


def test_a_form_without_a_known_recipient_has_no_services_to_choose_from(functions: Functions) -> None:
    invoice = stored(functions, State.TO_COMPLETE)
    found = functions.send("GET", f"{_INVOICES}/{invoice.document_id}/form/services").body
    assert found == {"services": [], "cursor": None}


# --- the list of every document ------------------------------------------------------------------------------


def test_every_document_is_filtered_and_what_is_unknown_is_refused(functions: Functions) -> None:
    stored(functions, State.SET_ASIDE, document_id="d1", file_name="Devis Été.pdf")
    stored(functions, State.TO_COMPLETE, document_id="d2", file_name="facture.pdf", received_at=NOW + timedelta(days=1))

    def found(**query: Any) -> list[str]:
        listed = functions.send("GET", _INVOICES, **query)
        assert listed.status == 200, listed.body
        return [each["document_id"] for each in listed.body["invoices"]]

    assert found() == ["d2", "d1"]
    assert found(state="SET_ASIDE") == found(list="aside") == found(text="devis ete") == ["d1"]
    assert found(state="SET_ASIDE, TO_COMPLETE", direction="ascending") == ["d1", "d2"]
    assert found(received_from="2026-11-21") == ["d2"]
    assert found(state="READY") == []
    first = functions.send("GET", _INVOICES, limit=1)
    assert (
        functions.send("GET", _INVOICES, limit=1, cursor=first.body["cursor"]).body["invoices"][0]["document_id"]
        == "d1"
    )
    assert functions.send("GET", _INVOICES, limit=1, cursor=first.body["cursor"], state="READY").status == 422
    for wrong in ({"state": "SLEEPING"}, {"list": "nowhere"}, {"text": " - "}, {"sort": "colour"}, {"stat": "READY"}):
        refused = functions.send("GET", _INVOICES, **wrong)
        assert refused.status == 422, wrong


def test_documents_are_counted_for_who_sees_them(functions: Functions) -> None:
    stored(functions, State.TO_COMPLETE, document_id="d1", metadata={"user_label": "Nord"})
    stored(functions, State.SET_ASIDE, document_id="d2")
    counted = functions.send("GET", f"{_INVOICES}/counts").body
    assert (counted["kept"], counted["complete"]) == (True, True)
    assert (counted["states"]["TO_COMPLETE"], counted["states"]["READY"]) == (1, 0)
    assert counted["counters"]["waiting"] == {"count": 1, "since": NOW.isoformat()}
    assert counted["lists"] == {"to_process": 1, "tracking": 0, "aside": 1}
    functions.tenant().tables.put([new_row("users", label="Nord", value="bob", by="alice", now=NOW)])
    restricted = functions.send("GET", f"{_INVOICES}/counts", by="bob").body
    assert (restricted["kept"], sum(restricted["states"].values())) == (False, 1)
    assert functions.send("GET", f"{_INVOICES}/counts", by="eve").status == 404


# --- deletion ------------------------------------------------------------------------------------------------


def test_a_document_that_was_never_sent_is_deleted_with_its_file_and_may_come_again(functions: Functions) -> None:
    first = functions.send("POST", "/suppliers/s1/documents", data=FILE, file_name="secret.pdf", folder="factures")
    path = f"{_INVOICES}/{first.body['document_id']}"
    assert functions.send("DELETE", path).refusal == (428, "if_match_required")
    assert functions.send("DELETE", path, version=7).status == 412
    assert functions.send("DELETE", path, version=0, by="eve").status == 404
    deleted = functions.send("DELETE", path, version=0, by="bob")
    assert (deleted.status, deleted.body) == (200, {"deleted": first.body["document_id"]})
    assert functions.send("GET", path).status == functions.send("DELETE", path, version=0).status == 404
    trail = functions.send("GET", "/suppliers/s1/configuration/audit").body["changes"]
    (line,) = [each for each in trail if each["action"] == "deleted"]
    assert (line["by"], line["item"]) == ("bob", f"documents/{first.body['document_id']}")
    assert "secret" not in str(line)
    again = functions.send("POST", "/suppliers/s1/documents", data=FILE, file_name="secret.pdf", folder="factures")
    assert (again.status, again.body["document_id"] != first.body["document_id"]) == (202, True)


def test_what_was_sent_stays(functions: Functions) -> None:
    stored(functions, State.SUBMITTED, deposit=DEPOSIT)
    assert functions.send("DELETE", f"{_INVOICES}/d1", version=0).refusal == (409, "too_late")
    stored(functions, State.SUBMITTED, deposit=DEPOSIT, document_id="portal-9", origin="portal")
    assert functions.send("DELETE", f"{_INVOICES}/portal-9", version=0).refusal == (409, "status_forbids")


@pytest.mark.row("S34")
def test_a_claim_names_the_person_who_works_on_the_document(functions: Functions) -> None:
    stored(functions, State.TO_COMPLETE, reading=a_reading())
    path = f"{_INVOICES}/d1/claim"
    functions.send("POST", path, by="alice")
    (seen,) = functions.send("GET", path, by="bob").body["claims"]
    assert (seen["by"], seen["person"], seen["yours"]) == ("alice", "alice.name", False)


def test_a_form_leads_to_the_document_that_has_its_number_and_says_what_confidence_is_asked(
    functions: Functions, portal: FakePortal
) -> None:
    stored(functions, State.TO_COMPLETE, reading=a_reading())
    held = functions.send("GET", f"{_INVOICES}/d1/form").body
    assert (held["same_number_as"], held["confidence_asked"]) == (None, 0.9)
