"""Many documents at once, who works on which, and what is refused before it has an effect: over HTTP, local stack."""

import uuid
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import FOLDER, Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

TOWN = "21000031100014"


class Desk:
    """One supplier whose invoices take their number, its SIRET and its recipient from metadata."""

    def __init__(self, stack: Running, admin: httpx.Client, supplier_id: str, siret: str, page: bytes) -> None:
        self.stack, self.admin, self.supplier_id, self.siret, self.page = stack, admin, supplier_id, siret, page
        self.path = f"/suppliers/{supplier_id}"
        self.uploads = 0

    def client(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.stack.stack.api_url, headers=headers, trust_env=False, timeout=60)

    def member(self, name: str) -> tuple[str, httpx.Client]:
        """A person who may use the supplier, with their id."""
        token = self.stack.stack.user_token(name)
        principal = self.stack.stack.subject(token)
        granted = self.admin.put(f"{self.path}/configuration/access/{principal}", json={"roles": ["use"]})
        assert granted.status_code == 200, granted.text
        return principal, self.client(token)

    def change(self, body: dict[str, Any], path: str = "", *, method: str = "PATCH") -> httpx.Response:
        version = {"If-Match": self.admin.get(self.path).headers["etag"]}
        return self.admin.request(method, f"{self.path}{path}", json=body, headers=version)

    def upload(self, page: bytes | None = None, *, number: str | None = None, **metadata: str) -> dict[str, Any]:
        """A document that was read and judged."""
        self.uploads += 1
        said = {"Numero": number or f"BK-{self.uploads}", "Siret": self.siret, "Client": TOWN, **metadata}
        answer = self.admin.post(
            f"{self.path}/documents",
            params={"file_name": "f.pdf", "folder": FOLDER} | {f"metadata.{name}": each for name, each in said.items()},
            content=(page or self.page) + f"\n%{self.uploads}".encode(),
            headers={"Content-Type": "application/pdf"},
        )
        assert answer.status_code == 202, answer.text
        return self.stack.wait_for(self.supplier_id, answer.json()["document_id"], "READY", "TO_COMPLETE", "HELD")

    def get(self, path: str) -> dict[str, Any]:
        return dict(self.admin.get(f"{self.path}/{path}").json())

    def batch(self, action: str, *documents: Any, client: httpx.Client | None = None, **more: Any) -> httpx.Response:
        named = [{"document_id": each} if isinstance(each, str) else each for each in documents]
        headers = {"Idempotency-Key": more.pop("key", uuid.uuid4().hex)}
        body = {"action": action, "documents": named, **more}
        return (client or self.admin).post(f"{self.path}/invoices/batch", json=body, headers=headers)


@pytest.fixture(scope="module")
def desk(stack: Running, samples: dict[str, Sample]) -> Iterator[Desk]:
    siret = "70000000800012"
    supplier_id = stack.new_supplier(name="Bureau des Lots", siret=siret)
    headers = {"Authorization": f"Bearer {stack.stack.admin_token()}"}
    with httpx.Client(base_url=stack.stack.api_url, headers=headers, trust_env=False, timeout=60) as admin:
        made = Desk(stack, admin, supplier_id, siret, samples["lettre-assistance-mairie.pdf"].data)
        feeds = {
            "invoice_number": "Numero",
            "supplier_siret": "Siret",
            "recipient_siret": "Client",
            "bank_account": "Agence",
        }
        changed = made.change(
            {"associations": {"": feeds}, "automatic_submission": False, "user_label_metadata": "Secteur"}
        )
        assert changed.status_code == 200, changed.text
        yield made


def _codes(answer: httpx.Response) -> list[str]:
    return [problem["code"] for problem in answer.json()["problems"]]


def _outcomes(answer: httpx.Response) -> list[tuple[str, str | None]]:
    assert answer.status_code == 200, answer.text
    return [(each["outcome"], each["problem"] and each["problem"]["code"]) for each in answer.json()["results"]]


# --- batches ---------------------------------------------------------------------------------------------------------


@pytest.mark.row("B12", "B11")
def test_one_call_does_an_action_on_many_documents_and_says_what_became_of_each(desk: Desk) -> None:
    one, two = desk.upload(), desk.upload()
    incomplete = desk.upload(Client="99999999999999")
    assert incomplete["state"] == "TO_COMPLETE", incomplete
    ids = [each["document_id"] for each in (one, two, incomplete)]
    held = desk.batch("hold", *ids, "nowhere", reason="Comptage en cours")
    assert _outcomes(held) == [("done", None)] * 3 + [("refused", "not_found")]
    assert [each["state"] for each in held.json()["results"]][:2] == ["HELD", "HELD"]
    assert desk.get(f"invoices/{ids[0]}")["stopped"]["reason"] == "Comptage en cours"
    stale = {"document_id": ids[0], "version": 1}
    assert _outcomes(desk.batch("release", stale, *ids[1:])) == [("refused", "stale"), ("done", None), ("done", None)]
    assert _outcomes(desk.batch("set_aside", ids[0])) == [("done", None)]
    assert _outcomes(desk.batch("release", ids[0], ids[1])) == [("done", None), ("refused", "wrong_state")]
    assert _outcomes(desk.batch("validate", *ids)) == [("done", None)] * 3
    key = uuid.uuid4().hex
    sent = desk.batch("submit", *ids, key=key)
    assert _outcomes(sent) == [("done", None), ("done", None), ("refused", "form_incomplete")]
    refusal = sent.json()["results"][2]["problem"]
    assert refusal["status"] == 422
    assert {each["field"] for each in refusal["problems"]} == {"recipient_siret"}
    assert all(refusal[each] for each in ("fr", "en"))
    again = desk.batch("submit", *ids, key=key)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (sent.json(), "true")
    for each in ids[:2]:
        desk.stack.wait_for(desk.supplier_id, each, "SUBMITTED")
    late = desk.batch("hold", ids[0])
    assert _outcomes(late) == [("refused", "too_late")]
    assert _outcomes(desk.batch("delete", ids[0], ids[2])) == [("refused", "too_late"), ("done", None)]
    assert desk.admin.get(f"{desk.path}/invoices/{ids[2]}").status_code == 404
    assert len(desk.stack.received(desk.get(f"invoices/{ids[0]}")["invoice_number"])) == 1


@pytest.mark.row("B12")
def test_a_batch_that_makes_no_sense_is_refused_as_a_whole(desk: Desk) -> None:
    for body, code in (
        ({"action": "hold", "documents": [{"document_id": "a"}, {"document_id": "a"}]}, "document_repeated"),
        ({"action": "submit", "documents": [{"document_id": "a"}], "reason": "x"}, "reason_without_stop"),
        ({"action": "assign", "documents": [{"document_id": "a"}]}, "assigned_to_none"),
        ({"action": "hold", "documents": [{"document_id": "a"}], "label": "Sud"}, "nothing_assigned"),
        ({"action": "destroy", "documents": [{"document_id": "a"}]}, "literal_error"),
        ({"action": "hold", "documents": [{"document_id": f"a{n}"} for n in range(101)]}, "too_long"),
        ({"action": "hold", "documents": []}, "too_short"),
    ):
        refused = desk.admin.post(f"{desk.path}/invoices/batch", json=body)
        assert (refused.status_code, _codes(refused)) == (422, [code]), refused.text


@pytest.mark.row("B12", "S39", "S40")
def test_documents_are_assigned_to_a_person_who_sees_them_from_then_on(desk: Desk) -> None:
    principal, bob = desk.member("bob-of-the-batches")
    row = {"label": "Secteur Sud", "value": principal}
    assert desk.admin.put(f"{desk.path}/configuration/tables/users/rows", json=row).status_code == 200
    mine, other = desk.upload(), desk.upload(Secteur="Nord")
    ids = [each["document_id"] for each in (mine, other)]
    with bob:
        assert _outcomes(desk.batch("hold", *ids, client=bob)) == [("refused", "not_found")] * 2
        assert _outcomes(desk.batch("assign", ids[0], principal=principal)) == [("done", None)]
        assert _outcomes(desk.batch("assign", ids[0], label="secteur-sud")) == [("done", None)]
        assert desk.get(f"invoices/{ids[0]}")["metadata"]["Secteur"] == "Secteur Sud"
        assert _outcomes(desk.batch("hold", *ids, client=bob)) == [("done", None), ("refused", "not_found")]
        assert _outcomes(desk.batch("release", ids[0], client=bob)) == [("done", None)]
        foreign = desk.batch("assign", ids[0], label="Nord", client=bob)
        assert (foreign.status_code, _codes(foreign)) == (422, ["label_not_yours"])
    unknown = desk.batch("assign", ids[0], label="Ouest")
    assert (unknown.status_code, _codes(unknown)) == (422, ["label_unknown"])


# --- who works on a document -----------------------------------------------------------------------------------------


@pytest.mark.row("B12", "S34")
def test_the_form_and_the_list_say_who_works_on_a_document_and_nothing_is_locked(desk: Desk) -> None:
    document_id = desk.upload(Client="99999999999999")["document_id"]
    path = f"invoices/{document_id}"
    principal, carol = desk.member("carol-of-the-claims")
    with carol:
        before = desk.get(path)["version"]
        claimed = carol.post(f"{desk.path}/{path}/claim", json={"minutes": 5})
        assert claimed.status_code == 200, claimed.text
        assert [(each["by"], each["yours"]) for each in claimed.json()["claims"]] == [(principal, True)]
        shown = desk.get(f"{path}/form")
        assert (shown["version"], [each["yours"] for each in shown["claims"]]) == (before, [False])
        listed = desk.get("to-process?limit=100")["claims"][document_id]
        assert [(each["by"], each["minutes"]) for each in listed] == [(principal, 0)]
        ours = desk.admin.post(f"{desk.path}/{path}/claim")
        assert [each["by"] == principal for each in ours.json()["claims"]] == [True, False]
        assert _outcomes(desk.batch("validate", document_id)) == [("done", None)]
        named = carol.post(f"{desk.path}/{path}/claim", json={"person": "m.durand"})
        assert (named.status_code, _codes(named)) == (422, ["person_is_the_caller"])
        left = carol.delete(f"{desk.path}/{path}/claim")
        assert [each["yours"] for each in left.json()["claims"]] == [False]
        assert len(carol.get(f"{desk.path}/{path}/claim").json()["claims"]) == 1
    assert desk.admin.delete(f"{desk.path}/{path}/claim").json() == {"claims": []}
    assert desk.admin.post(f"{desk.path}/invoices/nowhere/claim").status_code == 404


# --- nothing swallowed -----------------------------------------------------------------------------------------------


def _page(*lines: str) -> bytes:
    """An invoice; each line has a place of its own."""
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    for number, line in enumerate(lines):
        label, _, value = line.partition("|")
        canvas.drawString(60, 780 - 30 * number, label)
        canvas.drawRightString(500, 780 - 30 * number, value)
    canvas.save()
    return out.getvalue()


@pytest.mark.row("S34")
def test_printed_totals_that_contradict_each_other_are_one_problem_with_their_figures(desk: Desk) -> None:
    page = _page(
        "FACTURE N° CT-2026-1", "Date de facture : 02/11/2026", "Total HT|1 000,00 €", "Total TVA|200,00 €",
        "Total TTC|1 250,00 €",
    )  # fmt: skip
    document = desk.upload(page)
    about = [each for each in document["problems"] if each["field"] in ("total_ht", "total_tva", "total_ttc")]
    assert [each["code"] for each in about] == ["totals_contradict"], document["problems"]
    assert "1000.00" in about[0]["fr"]
    assert "+50.00" in about[0]["fr"]
    assert not [each for each in document["problems"] if each["field"] == "amount_due"]


@pytest.mark.row("S44", "B02")
def test_an_unknown_type_of_attachment_is_refused_at_the_upload_and_one_content_is_sent_once(desk: Desk) -> None:
    path = f"{desk.path}/documents/attachments"
    filed = {"file_name": "bon.pdf", "classification_rule": "Lots", "metadata.Commande": "BC-9"}
    refused = desk.admin.post(path, params={**filed, "attachment_type": "NIMP"}, content=b"%PDF bon")
    assert (refused.status_code, _codes(refused)) == (422, ["attachment_type_unknown"])
    assert "BON_LIVRAISON" in refused.json()["fr"]
    rules = [{"classification_rule": "Lots", "metadata": "Commande"}]
    policy = {"send": True, "default_type": "DOCUMENT_ANNEXE", "rules": rules}
    assert desk.change(policy, "/configuration/attachments", method="PUT").status_code == 200
    for name in ("bon.pdf", "bon-copie.pdf", "autre.pdf"):
        content = b"%PDF autre" if name == "autre.pdf" else b"%PDF bon"
        taken = desk.admin.post(path, params={**filed, "file_name": name}, content=content)
        assert taken.status_code == 201, taken.text
    document_id = desk.upload(Commande="BC-9")["document_id"]
    change = {"classification_rule": "Lots"}
    version = {"If-Match": desk.admin.get(f"{desk.path}/invoices/{document_id}").headers["etag"]}
    assert desk.admin.patch(f"{desk.path}/invoices/{document_id}/metadata", json=change, headers=version).is_success
    links = desk.get(f"invoices/{document_id}/attachments")
    assert sorted(each["file_name"] for each in links["attachments"]) in (
        ["autre.pdf", "bon.pdf"],
        ["autre.pdf", "bon-copie.pdf"],
    )
    assert [each["code"] for each in links["problems"]] == ["attachment_repeated"]
    desk.batch("submit", document_id)
    sent = desk.stack.wait_for(desk.supplier_id, document_id, "SUBMITTED", "REFUSED", "TO_COMPLETE")
    (received,) = desk.stack.received(sent["invoice_number"])
    assert len(received["received"]["pieceJointeComplementaire"]) == 2


@pytest.mark.row("S42", "S43")
def test_default_bank_details_are_those_that_the_portal_knows_and_an_unknown_label_names_the_table(desk: Desk) -> None:
    refused = desk.change({"defaults": {"bank_account": "999"}})
    assert (refused.status_code, _codes(refused)) == (422, ["bank_account_unknown"])
    offered = desk.get("configuration/bank-accounts")["bank_accounts"]
    assert str(offered[0]["portal_id"]) in refused.json()["fr"]
    labelled = desk.upload(Agence="Agence Nord")
    (problem,) = [each for each in labelled["problems"] if each["field"] == "bank_account"]
    assert problem["code"] == "bank_account_unknown"
    assert "table « bank »" in problem["fr"]
    kept = desk.change({"defaults": {"bank_account": str(offered[0]["portal_id"])}})
    assert kept.status_code == 200, kept.text
    assert "bank_account_unverified" not in [each["code"] for each in kept.json()["warnings"]]


@pytest.mark.row("S05")
def test_a_siret_with_a_wrong_check_digit_is_taken_with_a_warning_that_stays_visible(stack: Running) -> None:
    siret = "84900037700011"
    made = stack.api.call("POST", "/suppliers", json={"name": "Clé fausse", "siret": siret})
    assert [each["code"] for each in made["warnings"]] == ["siret_check_digit"]
    read = stack.api.call("GET", f"/suppliers/{made['supplier_id']}")
    assert [(each["field"], each["blocking"]) for each in read["warnings"]] == [("siret", False)]
    post = stack.api.call("POST", "/suppliers", json={"name": "La Poste", "siret": "356 000 000 49837"})
    assert post["warnings"] == []


@pytest.mark.row("B04")
def test_a_taken_number_is_refused_and_the_rejected_invoice_can_still_be_issued_again(desk: Desk) -> None:
    rejected, other = desk.upload(), desk.upload()
    ids = [each["document_id"] for each in (rejected, other)]
    desk.batch("submit", *ids)
    sent = [desk.stack.wait_for(desk.supplier_id, each, "SUBMITTED") for each in ids]
    portal = desk.stack.simulator.portal
    with portal.lock:
        invoice = portal.invoices.get(sent[0]["deposit"]["chorus_id"])
        assert invoice is not None
        portal.lives.by_hand(invoice, "REJETEE", portal.catch_up(), "mauvais montant")
    path = f"{desk.path}/invoices/{ids[0]}"

    def seen() -> bool:
        desk.get("to-process")
        return "reissue" in ((desk.admin.get(path).json()["task"] or {}).get("actions") or [])

    assert eventually(seen)

    def reissue(body: dict[str, Any]) -> httpx.Response:
        return desk.admin.post(f"{path}/reissue", json=body, headers={"If-Match": desk.admin.get(path).headers["etag"]})

    before = len(desk.get("invoices?limit=100")["invoices"])
    taken = reissue({"invoice_number": sent[1]["invoice_number"]})
    assert (taken.status_code, _codes(taken)) == (422, ["number_taken"])
    for body, name in (({"invoice_number": "BK-X", "service_code": "S"}, "service_code"), ({"fields": {}}, "")):
        wrong = reissue(body)
        assert (wrong.status_code, name in wrong.text) == (422, True)
    nested = desk.admin.post(f"{path}/recycle", json={"fields": {"service_code": "S"}}, headers={"If-Match": '"1"'})
    assert (nested.status_code, _codes(nested)) == (422, ["extra_forbidden"])
    assert len(desk.get("invoices?limit=100")["invoices"]) == before
    assert desk.admin.get(path).json()["replaced_by"] is None
    anew = reissue({"invoice_number": "BK-ANEW-1"})
    assert anew.status_code == 201, anew.text
    assert desk.admin.get(path).json()["replaced_by"] == anew.json()["document_id"]
