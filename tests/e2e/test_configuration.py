"""Criteria, tables, attachments, users and the form on the local stack, through the HTTP API."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import FOLDER, Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

TOWN, COMMUNITY = "21000031100014", "20000035400015"


@dataclass
class Office:
    """One supplier of this module, seen by its administrator; answers as they come."""

    stack: Running
    admin: httpx.Client
    supplier_id: str
    siret: str

    @property
    def path(self) -> str:
        return f"/suppliers/{self.supplier_id}"

    @property
    def configuration(self) -> str:
        return f"{self.path}/configuration"

    def version(self, path: str = "") -> dict[str, str]:
        return {"If-Match": self.admin.get(f"{self.path}{path}").headers["etag"]}

    def save_row(self, kind: str, label: str, value: str, recipient_siret: str | None = None) -> httpx.Response:
        row = {"label": label, "value": value, "recipient_siret": recipient_siret}
        return self.admin.put(f"{self.configuration}/tables/{kind}/rows", json=row)

    def bring(self, kind: str, text: str, **params: Any) -> httpx.Response:
        path = f"{self.configuration}/tables/{kind}/imports"
        return self.admin.post(path, content=text.encode(), headers={"Content-Type": "text/csv"}, params=params)

    def upload(self, data: bytes, *, folder: str = FOLDER, **metadata: str) -> str:
        """A document whose supplier's SIRET is this one's, whatever is printed on it."""
        params = {"file_name": "f.pdf", "folder": folder, "metadata.Fournisseur": self.siret}
        answer = self.admin.post(
            f"{self.path}/documents",
            params=params | {f"metadata.{name}": value for name, value in metadata.items()},
            content=data,
            headers={"Content-Type": "application/pdf"},
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["document_id"])

    def settled(self, document_id: str, *states: str) -> dict[str, Any]:
        return self.stack.wait_for(self.supplier_id, document_id, *states)

    def form(self, document_id: str) -> dict[str, Any]:
        return dict(self.admin.get(f"{self.path}/invoices/{document_id}/form").json())


def _client(stack: Running, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=stack.stack.api_url, headers=headers, trust_env=False, timeout=60)


@pytest.fixture(scope="module")
def office(stack: Running) -> Iterator[Office]:
    siret = "70000000100017"
    supplier_id = stack.new_supplier(name="Ateliers des Tables", siret=siret)
    with _client(stack, stack.stack.admin_token()) as admin:
        made = Office(stack, admin, supplier_id, siret)
        associations = {"": {"supplier_siret": "Fournisseur", "recipient_siret": "Client", "bank_account": "Agence"}}
        changed = admin.patch(
            made.path, json={"associations": associations, "user_label_metadata": "Secteur"}, headers=made.version()
        )
        assert changed.status_code == 200, changed.text
        yield made


def _codes(answer: httpx.Response) -> list[str]:
    return [problem["code"] for problem in answer.json()["problems"]]


# --- criteria --------------------------------------------------------------------------------------------------------


@pytest.mark.row("S26", "S27", "S28")
def test_a_dry_run_shows_which_documents_criteria_would_take(office: Office, samples: dict[str, Sample]) -> None:
    document = office.upload(samples["departement-sans-service.pdf"].data + b"\n%aside", folder="devis")
    office.settled(document, "SET_ASIDE")
    path = f"{office.configuration}/criteria/dry-run"
    found: dict[str, dict[str, Any]] = {}
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        answer = office.admin.post(path, json={"criteria": [{"folder": "Devis"}]}, params=params)
        assert answer.status_code == 200, answer.text
        found |= {each["document_id"]: each for each in answer.json()["documents"]}
        cursor = answer.json()["cursor"]
        if cursor is None:
            break
    assert (found[document]["taken_now"], found[document]["would_be_taken"]) == (False, True)
    assert office.admin.post(path, json={"criteria": [{}]}).status_code == 422


# --- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.row("S38")
def test_what_the_directory_does_not_know_is_refused(office: Office) -> None:
    assert _codes(office.save_row("recipients", "Mairie", "99999999999999")) == ["recipient_unknown"]
    assert _codes(office.save_row("services", "Culture", "NOPE", COMMUNITY)) == ["service_unknown"]
    assert _codes(office.save_row("bank", "Loire", "999999999")) == ["bank_account_unknown"]
    assert _codes(office.save_row("recipients", "Mairie", "12")) == ["not_a_siret"]


@pytest.mark.row("S35")
def test_a_table_is_written_read_exported_and_deleted_through_the_api(office: Office) -> None:
    text = f"label;siret\r\nMairie de Montclair;{TOWN}\r\n'=Formule;{TOWN}\r\nPersonne;99999999999999\r\n"
    report = office.bring("recipients", "\ufeff" + text).json()
    assert (report["accepted"], report["refused_count"], report["refused"][0]["line"]) == (2, 1, 4)
    rows = office.admin.get(f"{office.configuration}/tables/recipients").json()["rows"]
    assert [(row["label"], row["value"], row["verified"]) for row in rows] == [
        ("=Formule", TOWN, True),
        ("Mairie de Montclair", TOWN, True),
    ]
    link = office.admin.post(f"{office.configuration}/tables/recipients/exports").json()["url"]
    exported = httpx.get(link, trust_env=False).content.decode("utf-8-sig")
    assert exported == f"label;siret\r\n'=Formule;{TOWN}\r\nMairie de Montclair;{TOWN}\r\n"
    row_path = f"{office.configuration}/tables/recipients/rows/{rows[0]['row_id']}"
    assert office.admin.get(row_path).json()["label"] == "=Formule"
    assert office.admin.delete(row_path).status_code == 200
    assert office.admin.delete(row_path).status_code == 404


def test_a_table_is_searched_by_how_its_rows_begin(office: Office) -> None:
    for label in ("Mairie de Montclair", "Mairie-annexe", "Préfecture"):
        assert office.save_row("recipients", label, TOWN).status_code == 200
    assert office.save_row("services", "Accueil", "MAIRIE", TOWN).status_code == 200

    def found(kind: str, **params: Any) -> list[str]:
        answer = office.admin.get(f"{office.configuration}/tables/{kind}", params=params)
        return [row["label"] for row in answer.json()["rows"]]

    assert set(found("recipients", starts_with="MAIRIE ")) == {"Mairie de Montclair", "Mairie-annexe"}
    assert found("recipients", starts_with="prefec") == ["Préfecture"]
    assert found("recipients", starts_with="annexe") == []
    assert found("services", starts_with=TOWN[:6]) == ["Accueil"]
    assert found("services", starts_with="9") == []
    assert len(found("recipients", starts_with="mairie", limit=1)) == 1


@pytest.mark.parametrize("body", ["", "label;code\na;b\n", "x" * 1_100_000], ids=["empty", "header", "too large"])
def test_a_file_that_cannot_be_used_is_refused_whole(office: Office, body: str) -> None:
    assert office.bring("recipients", body).status_code == 422


# --- from label and metadata to the portal ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def submitted(office: Office, samples: dict[str, Sample]) -> dict[str, Any]:
    """An invoice whose recipient, bank details and attachments all come from metadata, tracked to the portal."""
    offered = office.admin.get(f"{office.configuration}/bank-accounts").json()["bank_accounts"]
    account = str(offered[0]["portal_id"])
    assert office.save_row("recipients", "La mairie", TOWN).status_code == 200
    assert office.save_row("bank", "Agence Loire", account).status_code == 200
    policy = {
        "send": True,
        "switch_metadata": "PJ",
        "default_type": "DOCUMENT_ANNEXE",
        "rules": [{"metadata": "Commande"}],
    }
    path = f"{office.configuration}/attachments"
    saved = office.admin.put(path, json=policy, headers=office.version())
    assert saved.status_code == 200, saved.text
    _attach(office, "bon.pdf", b"%PDF-1.4 bon")
    _attach_through_the_bucket(office, "rib.png", b"\x89PNG rib")
    document = office.upload(
        samples["lettre-assistance-mairie.pdf"].data,
        Client="LA  MAIRIE",
        Agence="agence loire",
        Commande="BC-1",
        PJ="oui",
    )
    office.settled(document, "READY", "SUBMITTED", "TO_COMPLETE")
    office.stack.stack.run_schedule_now()
    invoice = office.settled(document, "SUBMITTED", "TO_COMPLETE")
    assert invoice["state"] == "SUBMITTED", invoice["problems"]
    return {"invoice": invoice, "form": office.form(document), "account": account}


def _attach(office: Office, name: str, data: bytes) -> None:
    answer = office.admin.post(
        f"{office.path}/documents/attachments", params={"file_name": name, "metadata.Commande": "BC-1"}, content=data
    )
    assert answer.status_code == 201, answer.text


def _attach_through_the_bucket(office: Office, name: str, data: bytes) -> None:
    wanted = {"file_name": name, "metadata": {"Commande": "bc-1"}, "attachment_type": "RIB"}
    announced = office.admin.post(f"{office.path}/documents/attachments/uploads", json=wanted).json()
    form = announced["upload"]
    httpx.post(form["url"], data=form["fields"], files={"file": data}, trust_env=False).raise_for_status()
    path = f"{office.path}/documents/attachments/{announced['attachment_id']}"
    assert eventually(lambda: office.admin.get(path).json()["size"] == len(data))


@pytest.mark.row("S36")
def test_a_label_in_the_metadata_is_replaced_and_the_invoice_leaves_by_itself(
    office: Office, submitted: dict[str, Any]
) -> None:
    field = submitted["form"]["fields"]["recipient_siret"]
    assert (field["value"], field["source"]) == (TOWN, "table")
    assert field["beaten"][0]["source"] == "metadata"


@pytest.mark.row("S42")
def test_the_portal_receives_the_bank_details_of_the_table(office: Office, submitted: dict[str, Any]) -> None:
    assert submitted["form"]["fields"]["bank_account"]["value"] == submitted["account"]
    (received,) = office.stack.received(submitted["invoice"]["invoice_number"])[-1:]
    sent = received["received"]["fournisseur"]["codeCoordonneesBancairesFournisseur"]
    assert str(sent) == submitted["account"]


@pytest.mark.row("S44", "S45", "S08")
def test_the_attachments_of_the_same_order_are_at_the_portal(office: Office, submitted: dict[str, Any]) -> None:
    received = [
        each
        for each in office.stack.received(submitted["invoice"]["invoice_number"])
        if each["identifiantFactureCPP"] == submitted["invoice"]["deposit"]["chorus_id"]
    ]
    sent = received[0]["received"]["pieceJointeComplementaire"]
    assert [(each["pieceJointeComplementaireDesignation"], each["pieceJointeComplementaireType"]) for each in sent] == [
        ("bon.pdf", "DOCUMENT_ANNEXE"),
        ("rib.png", "RIB"),
    ]
    assert [each["file_name"] for each in submitted["form"]["attachments"]] == ["bon.pdf", "rib.png"]


@pytest.mark.row("S44", "B02")
def test_the_limits_are_checked_at_upload(office: Office) -> None:
    path = f"{office.path}/documents/attachments"
    for name, data, code in (
        ("a.exe", b"x", "attachment_extension"),
        ("x" * 60 + ".pdf", b"x", "attachment_name_too_long"),
        ("a.pdf", b"", "attachment_empty"),
    ):
        assert _codes(office.admin.post(path, params={"file_name": name}, content=data)) == [code]


@pytest.mark.row("S44")
def test_types_come_from_the_portals_referential(office: Office) -> None:
    types = office.admin.get(f"{office.configuration}/attachment-types").json()["types"]
    assert "RIB" in [each["code"] for each in types]
    path = f"{office.configuration}/attachments"
    refused = office.admin.put(path, json={"default_type": "NOPE"}, headers=office.version())
    assert _codes(refused) == ["attachment_type_unknown"]


@pytest.mark.row("S37")
def test_a_persons_correction_is_proposed_and_serves_once_activated(office: Office, samples: dict[str, Sample]) -> None:
    document = office.upload(samples["numerisation-fonds-ancien.pdf"].data)
    office.settled(document, "READY", "SUBMITTED", "TO_COMPLETE")
    path = f"{office.path}/invoices/{document}"
    form = office.form(document)
    assert "EAU" in [choice["value"] for choice in form["choices"]["service_code"]]
    changed = office.admin.patch(
        f"{path}/form", json={"fields": {"service_code": "EAU"}}, headers={"If-Match": f'"{form["version"]}"'}
    )
    sent = office.admin.post(f"{path}/submit", headers={"If-Match": changed.headers["etag"]})
    assert sent.status_code == 202, sent.text
    office.settled(document, "SUBMITTED")
    proposals = f"{office.configuration}/proposals"
    assert eventually(lambda: bool(office.admin.get(proposals).json()["proposals"]))
    (proposal,) = office.admin.get(proposals).json()["proposals"]
    row = proposal["row"]
    assert (row["kind"], row["label"], row["value"], row["recipient_siret"]) == (
        "services",
        "CULTURE",
        "EAU",
        COMMUNITY,
    )
    table = f"{office.configuration}/tables/services"
    assert "CULTURE" not in [each["label"] for each in office.admin.get(table).json()["rows"]]
    assert office.admin.post(f"{proposals}/{proposal['proposal_id']}/activate").status_code == 200
    rows = office.admin.get(table).json()["rows"]
    assert [each["value"] for each in rows if each["label"] == "CULTURE"] == ["EAU"]
    assert office.admin.get(proposals).json()["proposals"] == []


# --- the form --------------------------------------------------------------------------------------------------------


@pytest.mark.row("S34")
def test_validating_asks_again_and_offers_the_next_one(office: Office, samples: dict[str, Sample]) -> None:
    first, second = (office.upload(samples["departement-sans-service.pdf"].data + tail) for tail in (b"\n%1", b"\n%2"))
    for document in (first, second):
        office.settled(document, "TO_COMPLETE")
    path = f"{office.path}/invoices/{first}"
    stale = office.admin.post(f"{path}/validate", headers={"If-Match": '"0"'})
    assert stale.status_code == 412
    validated = office.admin.post(f"{path}/validate", headers=office.version(f"/invoices/{first}/form"))
    assert validated.status_code == 200, validated.text
    assert [problem["code"] for problem in validated.json()["problems"]] == ["service_required"]
    following = validated.json()["next"]
    assert following["document_id"] == second
    assert office.admin.get(following["href"]).json()["document_id"] == second


# --- who sees what ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def north_and_south(office: Office, samples: dict[str, Sample]) -> dict[str, list[str]]:
    """Documents of two sectors; they are stored but not read."""
    data = samples["chu-supervision.pdf"].data
    documents = {
        sector: [office.upload(data + f"\n%{sector}{n}".encode(), folder="devis", Secteur=sector) for n in range(3)]
        for sector in ("Nord", "Sud")
    }
    for each in (*documents["Nord"], *documents["Sud"]):
        office.settled(each, "SET_ASIDE")
    return documents


@pytest.fixture(scope="module")
def bob(office: Office) -> Iterator[httpx.Client]:
    token = office.stack.stack.user_token("bob-of-the-north")
    principal = office.stack.stack.subject(token)
    granted = office.admin.put(f"{office.configuration}/access/{principal}", json={"roles": ["use"]})
    assert granted.status_code == 200, granted.text
    assert office.save_row("users", "NORD", principal).status_code == 200
    with _client(office.stack, token) as client:
        yield client


@pytest.mark.row("S40")
def test_a_list_shows_them_their_sector_only_page_by_page(
    office: Office, north_and_south: dict[str, list[str]], bob: httpx.Client
) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = bob.get(f"{office.path}/invoices", params=params).json()
        seen += [each["document_id"] for each in page["invoices"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(north_and_south["Nord"])


@pytest.mark.row("S40")
def test_whatever_else_they_ask_of_the_others_is_not_found(
    office: Office, north_and_south: dict[str, list[str]], bob: httpx.Client
) -> None:
    mine, theirs = (f"{office.path}/invoices/{north_and_south[sector][0]}" for sector in ("Nord", "Sud"))
    change = {"json": {"fields": {}}, "headers": {"If-Match": '"1"'}}
    for what in ("", "/form", "/history", "/original", "/attachments"):
        assert bob.get(mine + what).status_code == 200
        assert bob.get(theirs + what).status_code == 404
    assert bob.patch(f"{theirs}/form", **change).status_code == 404  # type: ignore[arg-type]  # a request's parts
    for what in ("submit", "validate"):
        assert bob.post(f"{theirs}/{what}", headers={"If-Match": '"1"'}).status_code == 404


@pytest.mark.row("S40")
def test_the_same_file_again_tells_them_nothing_of_the_others_document(
    office: Office, north_and_south: dict[str, list[str]], samples: dict[str, Sample], bob: httpx.Client
) -> None:
    again = bob.post(
        f"{office.path}/documents",
        params={"file_name": "again.pdf", "metadata.Secteur": "Nord"},
        content=samples["chu-supervision.pdf"].data + b"\n%Sud0",
    )
    assert again.status_code == 409
    assert north_and_south["Sud"][0] not in again.text


@pytest.fixture(scope="module")
def clerk(office: Office) -> Iterator[httpx.Client]:
    """A person without a row of their own, in a group that has one."""
    cognito: Any = office.stack.stack.boto_client("cognito-idp")
    cognito.create_group(UserPoolId=office.stack.stack.outputs["UserPoolId"], GroupName="south")
    token = office.stack.stack.user_token("clerk-of-the-south", groups=("south",))
    granted = office.admin.put(f"{office.configuration}/access/group:south", json={"roles": ["use"]})
    assert granted.status_code == 200, granted.text
    row = office.save_row("users", "Sud", "group:south")
    assert (row.status_code, row.json()["verified"]) == (200, True)
    with _client(office.stack, token) as client:
        yield client


def _listed(office: Office, client: httpx.Client, listed: str = "invoices") -> set[str]:
    page = client.get(f"{office.path}/{listed}", params={"limit": 100}).json()
    return {each["document_id"] for each in page["invoices"]}


@pytest.mark.row("S39", "S40")
def test_the_members_of_a_group_in_the_table_see_its_labels_only(
    office: Office, north_and_south: dict[str, list[str]], clerk: httpx.Client
) -> None:
    assert _listed(office, clerk) == set(north_and_south["Sud"])
    mine, theirs = (f"{office.path}/invoices/{north_and_south[sector][0]}" for sector in ("Sud", "Nord"))
    for what in ("", "/form", "/history", "/original", "/attachments"):
        assert clerk.get(mine + what).status_code == 200
        assert clerk.get(theirs + what).status_code == 404


@pytest.mark.row("S41")
def test_the_members_of_a_group_see_the_same_in_both_loading_modes(
    office: Office, north_and_south: dict[str, list[str]], clerk: httpx.Client, bob: httpx.Client
) -> None:
    for mode in ("local", "remote"):
        changed = office.admin.patch(office.path, json={"loading_mode": mode}, headers=office.version())
        assert changed.status_code == 200, changed.text
        assert _listed(office, clerk) == set(north_and_south["Sud"])
        assert _listed(office, bob) == set(north_and_south["Nord"])
        for listed in ("tracking", "to-process"):
            assert _listed(office, clerk, listed) == set(), "nothing of theirs is there"


@pytest.mark.row("S40")
def test_an_upload_that_its_own_sender_would_not_see_is_refused_by_every_way_in(
    office: Office, north_and_south: dict[str, list[str]], samples: dict[str, Sample], clerk: httpx.Client
) -> None:
    data, path = samples["chu-supervision.pdf"].data + b"\n%blind", f"{office.path}/documents"
    for label in ({}, {"metadata.Secteur": "Nord"}):
        for files in (path, f"{path}/attachments"):
            assert _codes(clerk.post(files, params={"file_name": "f.pdf"} | label, content=data)) == ["label_not_yours"]
    for announced in (f"{office.path}/uploads", f"{path}/attachments/uploads"):
        assert _codes(clerk.post(announced, json={"file_name": "f.pdf"})) == ["label_not_yours"]
    own = clerk.post(path, params={"file_name": "f.pdf", "metadata.Secteur": " SUD"}, content=data)
    assert own.status_code == 202, own.text
    assert clerk.get(f"{office.path}/invoices/{own.json()['document_id']}").status_code == 200


@pytest.mark.row("S40")
def test_a_hidden_documents_file_sent_again_changes_nothing_by_any_way_in(
    office: Office, north_and_south: dict[str, list[str]], samples: dict[str, Sample], clerk: httpx.Client
) -> None:
    hidden = north_and_south["Nord"][1]
    before = office.settled(hidden, "SET_ASIDE")
    data = samples["chu-supervision.pdf"].data + b"\n%Nord1"
    given = {"file_name": "mine.pdf", "folder": FOLDER, "metadata.Secteur": "Sud"}
    again = clerk.post(f"{office.path}/documents", params=given, content=data)
    assert (again.status_code, "f.pdf" in again.text) == (409, False)
    wanted = {"file_name": "mine.pdf", "folder": FOLDER, "metadata": {"Secteur": "Sud"}}
    announced = clerk.post(f"{office.path}/uploads", json=wanted).json()
    form = announced["upload"]
    httpx.post(form["url"], data=form["fields"], files={"file": data}, trust_env=False).raise_for_status()
    duplicate = office.settled(announced["document_id"], "DUPLICATE")
    assert "« f.pdf »" not in duplicate["problems"][0]["fr"]
    assert office.settled(hidden, "SET_ASIDE") == before
    assert clerk.get(f"{office.path}/invoices/{hidden}").status_code == 404


@pytest.mark.row("S02")
def test_who_may_only_use_reads_no_table(office: Office, bob: httpx.Client) -> None:
    for path in ("tables/recipients", "proposals", "bank-accounts", "attachments"):
        assert bob.get(f"{office.configuration}/{path}").status_code == 403
    stranger = _client(office.stack, office.stack.stack.user_token("a-stranger"))
    with stranger:
        assert stranger.get(f"{office.configuration}/tables/recipients").status_code == 404
        assert stranger.get(f"{office.path}/documents/attachments").status_code == 404


# last: 10,000 changes keep the stream's readers busy for a while


@pytest.mark.acceptance
def test_ten_thousand_rows_are_imported_by_one_call(stack: Running, office: Office) -> None:
    agent = stack.stack.subject(stack.stack.user_token("of-every-team"))
    lines = "".join(f"Équipe {n};{agent}\n" for n in range(10_000))
    report = office.bring("users", "label;principal\n" + lines)
    assert report.status_code == 200, report.text
    assert report.json()["accepted"] == 10_000
    page = office.admin.get(f"{office.configuration}/tables/users", params={"limit": 1000}).json()
    assert len(page["rows"]) == 1000
    assert page["cursor"]
