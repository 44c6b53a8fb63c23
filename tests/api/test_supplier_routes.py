"""The routes of a supplier's settings: what each answers, to whom, and what it leaves behind."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.api.parameters import PLAIN_TEXT
from chorus_connector.domain.invoices.file_names import has_unsafe_characters
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.breaker import Breaker
from chorus_connector.domain.portal.credentials import CredentialsStatus
from chorus_connector.domain.suppliers.tables import Proposal, TableRow, new_row
from chorus_connector.ports.values import DeletedSupplier
from chorus_connector.wiring import clients
from chorus_connector.wiring.invoices import keep_counts
from tests.api.functions import BUCKET, Functions
from tests.builders import NOW, SUPPLIER_SIRET, a_supplier, an_invoice

OTHER_SIRET = "55203253400646"


def stored(functions: Functions, url: str) -> str:
    """The file behind a link."""
    key = urlsplit(url).path.removeprefix("/").removeprefix(f"{BUCKET}/")
    return functions.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


# --- suppliers -----------------------------------------------------------------------------------------------


def test_an_administrator_of_the_installation_creates_a_supplier_and_has_both_rights_on_it(
    functions: Functions,
) -> None:
    new = {"name": "Plomberie Petit", "siret": OTHER_SIRET}
    assert functions.send("POST", "/suppliers", body=new).refusal == (403, "forbidden")
    created = functions.send("POST", "/suppliers", by="root", body=new)
    assert (created.status, created.body["name"], created.body["siret"]) == (201, "Plomberie Petit", OTHER_SIRET)
    supplier_id = created.body["supplier_id"]
    listed = {each["supplier_id"]: each for each in functions.send("GET", "/suppliers", by="root").body["suppliers"]}
    assert listed[supplier_id]["roles"] == ["administer", "use"]
    read = functions.send("GET", f"/suppliers/{supplier_id}", by="root")
    assert (read.status, read.version) == (200, created.version)


def test_a_caller_reads_the_list_of_its_suppliers_page_by_page(functions: Functions) -> None:
    functions.add_supplier(a_supplier(supplier_id="s2", siret=OTHER_SIRET))
    first = functions.send("GET", "/suppliers", limit=1)
    assert [each["supplier_id"] for each in first.body["suppliers"]] == ["s1"]
    second = functions.send("GET", "/suppliers", limit=1, cursor=first.body["cursor"])
    assert [each["supplier_id"] for each in second.body["suppliers"]] == ["s2"]
    assert second.body["cursor"] is None
    assert functions.send("GET", "/suppliers", by="eve").body == {"suppliers": [], "cursor": None}


def test_every_supplier_is_listed_for_an_administrator_of_the_installation_only(functions: Functions) -> None:
    assert functions.send("GET", "/suppliers", scope="installation").refusal == (403, "forbidden")
    every = functions.send("GET", "/suppliers", by="root", scope="installation").body["suppliers"]
    assert {each["supplier_id"]: each["roles"] for each in every}["s1"] == []


def test_a_setting_changes_from_the_version_that_was_read(functions: Functions) -> None:
    read = functions.send("GET", "/suppliers/s1")
    assert (read.body["name"], read.body["siret"]) == ("Menuiserie Durand", SUPPLIER_SIRET)
    change = {"name": "Durand et fils"}
    changed = functions.send("PATCH", "/suppliers/s1", body=change, version=read.version)
    assert (changed.status, changed.body["name"], changed.version) == (200, "Durand et fils", read.version + 1)
    assert functions.send("GET", "/suppliers/s1").body == changed.body
    assert functions.send("PATCH", "/suppliers/s1", body=change, version=read.version).status == 412
    assert functions.send("PATCH", "/suppliers/s1", body=change).refusal == (428, "if_match_required")


def test_a_supplier_is_suspended_and_resumed_by_the_installation(functions: Functions) -> None:
    version = functions.send("GET", "/suppliers/s1").version
    assert functions.send("POST", "/suppliers/s1/suspend", version=version).refusal == (403, "forbidden")
    suspended = functions.send("POST", "/suppliers/s1/suspend", by="root", version=version)
    assert (suspended.status, suspended.body["status"]) == (200, "suspended")
    upload = functions.send("POST", "/suppliers/s1/documents", file_name="f.pdf", data=b"%PDF")
    assert upload.status == 409
    resumed = functions.send("POST", "/suppliers/s1/resume", by="root", version=suspended.version)
    assert (resumed.status, resumed.body["status"]) == (200, "active")


def test_a_caller_reads_who_it_is_and_what_it_may_do(functions: Functions) -> None:
    me = functions.send("GET", "/me")
    assert (me.status, me.body["principal"], me.body["administers_installation"]) == (200, "alice", False)
    assert [(each["supplier_id"], each["roles"]) for each in me.body["suppliers"]] == [("s1", ["administer", "use"])]
    assert [(each["siret"], each["roles"]) for each in me.body["structures"]] == []
    assert functions.send("GET", "/me", by="root").body["administers_installation"] is True


def test_what_is_known_of_credentials_is_read_without_a_secret(functions: Functions) -> None:
    read = functions.send("GET", "/suppliers/s1/credentials")
    assert (read.status, read.body["credentials_saved_at"], read.body["announcements"]) == (200, None, [])


@pytest.mark.parametrize("name", ["Acmé\r\nRIB", "Acmé \u202efdp.exe", "a\u2028b", "a\x85b", "a\u2066b", "a\x00"])
def test_a_name_is_one_line_in_one_direction(functions: Functions, name: str) -> None:
    version = functions.send("GET", "/suppliers/s1").version
    changed = functions.send("PATCH", "/suppliers/s1", version=version, body={"name": name})
    created = functions.send("POST", "/suppliers", by="root", body={"name": name, "siret": "35600000000048"})
    body = {"siret": "21930070500011", "name": name}
    assert {changed.status, created.status, functions.send("POST", "/structures", by="root", body=body).status} == {422}


def test_a_name_has_the_characters_that_a_files_name_may_have() -> None:
    every = (chr(number) for number in range(0x110000) if not 0xD800 <= number < 0xE000)
    assert [each for each in every if has_unsafe_characters(each) == bool(re.match(PLAIN_TEXT, each + "x"))] == []


# --- access --------------------------------------------------------------------------------------------------

_ACCESS = "/suppliers/s1/configuration/access"


def test_a_right_is_granted_and_taken_away(functions: Functions) -> None:
    rights = {"roles": ["use", "use"], "kind": "system"}
    granted = functions.send("PUT", f"{_ACCESS}/carol", by="root", body=rights)
    assert granted.status == 200
    members = {each["principal"]: each for each in granted.body["members"]}
    assert (members["carol"]["roles"], members["carol"]["kind"]) == (["use"], "system")
    listed = functions.send("GET", _ACCESS)
    assert (listed.body, listed.version) == (granted.body, granted.version)
    assert functions.send("GET", "/suppliers/s1/invoices", by="carol").status == 200
    left = functions.send("DELETE", f"{_ACCESS}/carol")
    assert {each["principal"] for each in left.body["members"]} == {"alice", "bob"}
    assert functions.send("GET", "/suppliers/s1/invoices", by="carol").refusal == (404, "not_found")


def test_an_invited_principal_sees_nothing_until_it_accepts(functions: Functions) -> None:
    invited = functions.send("PUT", f"{_ACCESS}/carol", body={"roles": ["use"]})
    assert {each["principal"]: each["accepted"] for each in invited.body["members"]}["carol"] is False
    assert functions.send("GET", "/suppliers", by="carol").body["suppliers"] == []
    assert functions.send("GET", "/suppliers/s1/invoices", by="carol").refusal == (404, "not_found")
    accepted = functions.send("PUT", "/me/suppliers/s1", by="carol")
    assert (accepted.status, accepted.body["roles"]) == (200, ["use"])
    assert functions.send("GET", "/suppliers/s1/invoices", by="carol").status == 200
    assert functions.send("PUT", "/me/suppliers/s1", by="carol").body == accepted.body


def test_an_invited_person_reads_which_supplier_invites_to_what_and_who(functions: Functions) -> None:
    functions.directory.names |= {"alice": "alice.roux", "carol": "carol.vidal"}
    functions.send("PUT", f"{_ACCESS}/carol", body={"roles": ["use"]})
    invitation = functions.send("GET", "/me/invitations/s1", by="carol").body
    assert (invitation["supplier_id"], invitation["roles"], invitation["accepted"]) == ("s1", ["use"], False)
    assert invitation["invited_by"] == "alice.roux"
    assert functions.send("GET", "/me/invitations/s1", by="eve").refusal == (404, "not_found")
    assert functions.send("GET", "/me/suppliers/s1", by="carol").refusal == (404, "not_found")


def test_an_administrator_asks_for_the_names_of_those_who_accepted(functions: Functions) -> None:
    functions.directory.names |= {"alice": "alice.roux", "carol": "carol.vidal"}
    functions.send("PUT", f"{_ACCESS}/carol", body={"roles": ["use"]})
    named = functions.send("GET", _ACCESS, names="true").body["members"]
    assert {each["principal"]: each.get("name") for each in named} == {
        "alice": "alice.roux",
        "bob": None,
        "carol": None,
    }
    assert all("name" not in each for each in functions.send("GET", _ACCESS).body["members"])
    assert functions.send("GET", _ACCESS, by="bob", names="true").refusal == (403, "forbidden")


@pytest.mark.parametrize("supplier_id", ["s1", "nosuchsupplier"])
def test_who_was_not_invited_finds_no_supplier_to_accept(functions: Functions, supplier_id: str) -> None:
    assert functions.send("PUT", f"/me/suppliers/{supplier_id}", by="eve").refusal == (404, "not_found")


def test_what_was_given_by_a_groups_right_ends_with_it(functions: Functions) -> None:
    functions.directory.groups |= {"office", "others"}
    administer = {"roles": ["administer"]}
    functions.send("PUT", f"{_ACCESS}/group:office", by="root", body=administer)
    in_office: Any = {"by": "eve", "groups": ("office", "others")}
    assert functions.send("PUT", f"{_ACCESS}/group:others", body=administer, **in_office).status == 200
    given = functions.send("PUT", f"{_ACCESS}/carol", body=administer, **in_office).body["members"]
    through = {each["principal"]: each["through"] for each in given if each["through"]}
    assert through == {who: {"administer": "group:office"} for who in ("carol", "group:others")}
    functions.send("PUT", "/me/suppliers/s1", by="carol")
    assert functions.send("GET", "/suppliers/s1", by="carol").status == 200
    left = functions.send("DELETE", f"{_ACCESS}/group:office", by="root").body["members"]
    assert [each["principal"] for each in left] == ["alice", "bob"]
    alone: Any = {"by": "carol"}
    for caller in (alone, in_office):
        assert functions.send("GET", "/suppliers/s1", **caller).refusal == (404, "not_found")


def test_a_principal_that_does_not_exist_is_given_nothing(functions: Functions) -> None:
    places = (
        (f"{_ACCESS}/mallory", {"roles": ["use"]}),
        ("/suppliers/s1/configuration/notifications/waiting/mallory", {}),
        ("/suppliers/s1/configuration/tables/users/rows", {"label": "Nord", "value": "mallory"}),
    )
    for path, body in places:
        refused = functions.send("PUT", path, body=body)
        assert (refused.status, [each["code"] for each in refused.body["problems"]]) == (422, ["unknown_principal"])


_GIVEN = {
    "/suppliers/s1/configuration/access": {"roles": ["use"]},
    "/suppliers/s1/configuration/notifications/waiting": {},
    "/structures/21000001400014/subscriptions": {"mode": "read"},
    "/structures/21000001400014/members": {"role": "use"},
}


@pytest.mark.parametrize("principal", ["group:", "group", "a:b", "group:x:"])
def test_a_principal_in_a_path_is_an_id_or_a_group_with_a_name(functions: Functions, principal: str) -> None:
    codes = {
        functions.send("PUT", f"{path}/{principal}", by="root", body=body).refusal[1] for path, body in _GIVEN.items()
    }
    is_one = principal in ("group", "group:x:")
    assert ("invalid_request" in codes) is not is_one, codes


def test_the_last_administrator_stays(functions: Functions) -> None:
    assert functions.send("DELETE", f"{_ACCESS}/alice").status == 409
    assert functions.send("GET", _ACCESS).status == 200


def test_a_subscriber_is_set_listed_and_removed(functions: Functions) -> None:
    subscribers = "/suppliers/s1/configuration/notifications"
    bob = {"kind": "waiting", "principal": "bob", "email": "bob@example.org", "email_state": None}
    put = functions.send("PUT", f"{subscribers}/waiting/bob", body={"email": "bob@example.org"})
    bob |= {"since": put.body["since"]}
    assert bob["since"]
    assert (put.status, put.body) == (200, bob)
    assert functions.send("GET", subscribers).body == {"subscribers": [bob]}
    assert functions.send("DELETE", f"{subscribers}/waiting/bob").body == {"subscribers": []}


# --- criteria ------------------------------------------------------------------------------------------------

_CRITERIA = "/suppliers/s1/configuration/criteria"


def test_a_criterion_is_added_and_removed(functions: Functions) -> None:
    version = functions.send("GET", "/suppliers/s1").version
    added = functions.send("POST", _CRITERIA, body={"classification_rule": "FACTURE"}, version=version)
    assert added.status == 201
    (new,) = (each for each in added.body["criteria"] if each["classification_rule"] == "FACTURE")
    removed = functions.send("DELETE", f"{_CRITERIA}/{new['criterion_id']}", version=added.version)
    assert (removed.status, [each["folder"] for each in removed.body["criteria"]]) == (200, ["factures"])


def test_criteria_are_tried_on_the_documents_that_are_here(functions: Functions) -> None:
    functions.tenant().invoices.add(an_invoice(), by="alice")
    functions.tenant().invoices.add(an_invoice(State.SET_ASIDE, document_id="d2", folder="devis"), by="alice")
    tried = functions.send("POST", f"{_CRITERIA}/dry-run", body={"criteria": [{"folder": "devis"}]})
    assert (tried.status, tried.body["newly_taken"], tried.body["no_longer_taken"]) == (200, 1, 1)
    judged = {each["document_id"]: (each["taken_now"], each["would_be_taken"]) for each in tried.body["documents"]}
    assert judged == {"d1": (True, False), "d2": (False, True)}
    for criterion in ({}, {"folder": "a", "classification_rule": "b"}):
        assert functions.send("POST", f"{_CRITERIA}/dry-run", body={"criteria": [criterion]}).status == 422


# --- tables --------------------------------------------------------------------------------------------------

_TABLE = "/suppliers/s1/configuration/tables/users"
_PROPOSALS = "/suppliers/s1/configuration/proposals"


def test_a_row_is_saved_read_and_deleted(functions: Functions) -> None:
    saved = functions.send("PUT", f"{_TABLE}/rows", body={"label": "Chantier 1", "value": "bob"})
    assert (saved.status, saved.body["label"], saved.body["value"]) == (200, "Chantier 1", "bob")
    row = f"{_TABLE}/rows/{saved.body['row_id']}"
    assert functions.send("GET", row).body == saved.body
    assert functions.send("DELETE", row).body == {"deleted": saved.body["row_id"]}
    assert functions.send("GET", row).refusal == (404, "not_found")


def test_a_table_is_read_page_by_page(functions: Functions) -> None:
    for label, principal in (("Chantier 1", "bob"), ("Chantier 2", "carol")):
        functions.send("PUT", f"{_TABLE}/rows", body={"label": label, "value": principal})
    first = functions.send("GET", _TABLE, limit=1)
    second = functions.send("GET", _TABLE, limit=1, cursor=first.body["cursor"])
    assert [each["value"] for reply in (first, second) for each in reply.body["rows"]] == ["bob", "carol"]


def test_a_table_is_imported_and_exported_as_csv(functions: Functions) -> None:
    file = b"label;principal\nChantier 1;bob\nChantier 2;\n"
    tried = functions.send("POST", f"{_TABLE}/imports", data=file, dry_run="true")
    assert (tried.status, tried.body["dry_run"], functions.send("GET", _TABLE).body["rows"]) == (200, True, [])
    done = functions.send("POST", f"{_TABLE}/imports", data=file)
    assert (done.body["dry_run"], done.body["accepted"], done.body["refused_count"]) == (False, 1, 1)
    assert [each["line"] for each in done.body["refused"]] == [3]
    link = functions.send("POST", f"{_TABLE}/exports")
    assert (link.status, link.body["expires_in"]) == (201, 300)
    assert "Chantier 1" in stored(functions, link.body["url"])


def a_proposal(label: str) -> Proposal:
    row = TableRow(kind="users", label=label, value="bob", changed_at=NOW, changed_by="alice")
    return Proposal(row=row, document_id="d1")


def test_a_proposal_is_activated_or_dismissed(functions: Functions) -> None:
    for label in ("Chantier 1", "Chantier 2"):
        functions.tenant().tables.propose(a_proposal(label))
    first = functions.send("GET", _PROPOSALS, limit=1)
    second = functions.send("GET", _PROPOSALS, limit=1, cursor=first.body["cursor"])
    (one,), (other,) = first.body["proposals"], second.body["proposals"]
    assert (one["row"]["label"], other["row"]["label"], one["document_id"]) == ("Chantier 1", "Chantier 2", "d1")
    activated = functions.send("POST", f"{_PROPOSALS}/{one['proposal_id']}/activate")
    assert (activated.status, activated.body["label"]) == (200, "Chantier 1")
    assert [each["label"] for each in functions.send("GET", _TABLE).body["rows"]] == ["Chantier 1"]
    dismissed = functions.send("POST", f"{_PROPOSALS}/{other['proposal_id']}/dismiss")
    assert dismissed.body == {"dismissed": other["proposal_id"]}


def test_the_attachment_policy_is_read_with_the_suppliers_version(functions: Functions) -> None:
    read = functions.send("GET", "/suppliers/s1/configuration/attachments")
    assert (read.status, read.version) == (200, functions.send("GET", "/suppliers/s1").version)
    assert read.body == a_supplier().attachments.model_dump(mode="json")


# --- audit trail, export, deletion ---------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_the_configurations_audit_trail_is_listed_and_exported(functions: Functions, form: str) -> None:
    functions.send("PUT", f"{_ACCESS}/carol", body={"roles": ["use"]})
    first = functions.send("GET", "/suppliers/s1/configuration/audit", limit=1)
    second = functions.send("GET", "/suppliers/s1/configuration/audit", limit=1, cursor=first.body["cursor"])
    assert len(first.body["changes"]) == len(second.body["changes"]) == 1
    assert first.body["changes"] != second.body["changes"]
    link = functions.send("POST", "/suppliers/s1/configuration/audit/exports", body={"format": form})
    assert (link.status, link.body["expires_in"]) == (201, 300)
    assert "carol" in stored(functions, link.body["url"])


def test_a_supplier_is_exported_by_its_administrator(functions: Functions) -> None:
    functions.tenant().invoices.add(an_invoice(), by="alice")
    link = functions.send("POST", "/suppliers/s1/export")
    assert (link.status, link.body["expires_in"]) == (201, 300)
    assert "facture.pdf" in stored(functions, link.body["url"])


def test_a_deletion_begins_in_the_background_and_is_read_until_it_ends(functions: Functions) -> None:
    assert functions.send("GET", "/suppliers/s1/removal", by="root").refusal == (404, "not_found")
    assert functions.send("GET", "/suppliers/s1/export", by="root").refusal == (404, "not_found")
    version = functions.send("GET", "/suppliers/s1").version
    begun = functions.send("DELETE", "/suppliers/s1", by="root", version=version)
    assert (begun.status, begun.headers["Location"]) == (202, "/suppliers/s1/removal")
    assert (begun.body["status"], begun.body["export"]) == ("deleting", None)
    assert [each["supplier_id"] for each in functions.waiting("removal")] == ["s1"]
    assert functions.send("GET", "/suppliers/s1/removal", by="root").body == begun.body


def test_the_last_export_of_a_supplier_that_is_gone_stays_for_the_installation(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = DeletedSupplier(
        "s1", "Durand", SUPPLIER_SIRET, NOW, "root", "suppliers/s1/exports/export.jsonl", records_removed=3
    )
    monkeypatch.setattr(DynamoInstallation, "deleted", lambda _, __: gone)
    link = functions.send("GET", "/suppliers/s1/export", by="root")
    assert (link.status, link.body["expires_in"]) == (200, 300)
    removal = functions.send("GET", "/suppliers/s1/removal", by="root")
    assert (removal.body["status"], removal.body["removed"]) == ("deleted", 3)
    assert removal.body["export"]["expires_in"] == 300
    assert functions.send("GET", "/suppliers/s1/export").refusal == (404, "not_found")


def test_a_deletion_that_ends_while_it_is_read_is_shown_as_ended(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of the deletion is absent, then the supplier is."""
    gone = DeletedSupplier("s9", "Durand", SUPPLIER_SIRET, NOW, "root", "", records_removed=3)
    reads = iter([None, gone])
    monkeypatch.setattr(DynamoInstallation, "deleted", lambda _, __: next(reads))
    removal = functions.send("GET", "/suppliers/s9/removal", by="root")
    assert (removal.status, removal.body["status"]) == (200, "deleted")


@pytest.mark.row("B06")
@pytest.mark.parametrize("question", ["attachment-types", "bank-accounts"])
def test_the_portal_cannot_be_asked_without_credentials_and_that_is_no_outage(
    functions: Functions, question: str
) -> None:
    answered = functions.send("GET", f"/suppliers/s1/configuration/{question}")
    assert answered.refusal == (409, "credentials_unusable")
    assert [each["code"] for each in answered.body["problems"]] == ["credentials_missing"]


def test_a_caller_who_uses_a_supplier_may_see_what_its_criteria_take(functions: Functions) -> None:
    shown = functions.send("GET", "/me/suppliers/s1", by="bob", criteria="true").body["criteria"]
    assert [each["folder"] for each in shown] == [each.folder for each in a_supplier().criteria]
    assert "criteria" not in functions.send("GET", "/me/suppliers/s1", by="bob").body


def test_a_caller_who_uses_a_supplier_may_see_its_line_of_the_summary_with_it(functions: Functions) -> None:
    (line,) = functions.send("GET", "/me/summary", by="bob", supplier_id="s1").body["suppliers"]
    assert functions.send("GET", "/me/suppliers/s1", by="bob", summary="true").body["summary"] == line
    assert "summary" not in functions.send("GET", "/me/suppliers/s1", by="bob").body


@pytest.mark.row("S10")
def test_credentials_that_are_not_saved_cannot_be_tried_again(functions: Functions) -> None:
    answered = functions.send("POST", "/suppliers/s1/credentials")
    assert answered.refusal == (409, "credentials_unusable")
    assert [each["code"] for each in answered.body["problems"]] == ["credentials_missing"]
    assert functions.send("GET", "/suppliers/s1/credentials").body["platform"] == "other"


# --- the summary ---------------------------------------------------------------------------------------------


def summary(functions: Functions, **sent: Any) -> list[Any]:
    answered = functions.send("GET", "/me/summary", **sent)
    assert answered.status == 200, answered.body
    return list(answered.body["suppliers"])


def test_the_summary_says_what_waits_at_each_supplier_that_the_caller_may_use(functions: Functions) -> None:
    expiring = CredentialsStatus(probed_at=NOW, password_expires_at=datetime.now(UTC) + timedelta(days=9, minutes=1))
    functions.add_supplier(
        a_supplier(
            supplier_id="s2",
            siret=OTHER_SIRET,
            credentials_saved_at=NOW,
            credentials_status=expiring,
            certificate_expires_at=datetime.now(UTC) + timedelta(days=5, minutes=1),
        )
    )
    (first, second) = summary(functions)
    assert (first["counters"], first["counters_missing"]) == (None, "not_counted_yet")
    assert (first["credentials"]["saved"], second["credentials"]["password_days_left"]) == (False, 9)
    assert (first["credentials"]["certificate_days_left"], second["credentials"]["certificate_days_left"]) == (None, 5)
    two = functions.tenant("s2")
    two.invoices.add(an_invoice(State.TO_COMPLETE, supplier_id="s2"), by="alice")
    two.invoices.add(an_invoice(State.SET_ASIDE, supplier_id="s2", document_id="d2"), by="alice")
    assert keep_counts(two).count_all(now=datetime.now(UTC)) is not None
    (_, counted) = summary(functions)
    assert (counted["counters"]["waiting"], counted["counters"]["set_aside"]) == (1, 1)
    assert counted["waiting_since"] == NOW.isoformat()
    assert summary(functions, by="eve") == []
    assert [each["supplier_id"] for each in summary(functions, supplier_id="s2")] == ["s2"]
    assert summary(functions, supplier_id="s2", by="eve") == []


def test_the_summary_shows_no_counts_where_a_user_may_see_less(functions: Functions) -> None:
    tenant = functions.tenant()
    tenant.invoices.add(an_invoice(State.TO_COMPLETE), by="alice")
    keep_counts(tenant).count_all(now=datetime.now(UTC))
    tenant.tables.put([new_row("users", label="Nord", value="bob", by="alice", now=NOW)])
    for by in ("alice", "bob"):
        (line,) = summary(functions, by=by)
        assert (line["counters"], line["counters_missing"]) == (None, "some_users_see_less")
        assert (line["waiting_since"], line["as_of"]) == (None, None)


def test_the_summary_says_who_is_refused_and_until_when_calls_rest(functions: Functions) -> None:
    now = datetime.now(UTC)
    breaker = Breaker(opened_at=now, retry_at=now + timedelta(hours=1), fault="technical_account")
    breakers = functions.tenant().breakers
    breakers.save(breakers.get(), replace(breakers.get(), supplier=breaker))
    (line,) = summary(functions)
    assert line["credentials"]["refused"] == "credentials_technical_account"
    assert not line["credentials"]["suspected"]
    assert line["paused_until"] == (now + timedelta(hours=1)).isoformat()


def test_the_summary_and_the_credentials_say_the_same_of_a_refusal_that_may_pass(functions: Functions) -> None:
    now = datetime.now(UTC)
    suspicion = Breaker(
        opened_at=now,
        retry_at=now + timedelta(minutes=2),
        fault="technical_account",
        suspected=True,
        suspected_since=now,
    )
    breakers = functions.tenant().breakers
    breakers.save(breakers.get(), replace(breakers.get(), supplier=suspicion))
    shown = functions.send("GET", "/suppliers/s1/credentials").body["refused"]
    (line,) = summary(functions)
    assert (line["credentials"]["refused"], line["credentials"]["suspected"]) == (shown["code"], shown["suspected"])
    assert (shown["code"], shown["suspected"]) == ("credentials_technical_account", True)


def test_the_summary_of_many_suppliers_is_paged_and_takes_few_calls(functions: Functions) -> None:
    for number in range(2, 9):
        functions.add_supplier(a_supplier(supplier_id=f"s{number}", siret=f"9{number:08d}00017"))
    calls: list[str] = []
    events = clients.session().get_component("event_emitter")
    clients.function_client.cache_clear()
    events.register("before-call.dynamodb.*", lambda model, **_: calls.append(model.name))
    found, cursor = [], None
    pages = 0
    while True:
        asked = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        answered = functions.send("GET", "/me/summary", **asked).body
        found += [each["supplier_id"] for each in answered["suppliers"]]
        cursor, pages = answered["cursor"], pages + 1
        if cursor is None:
            break
    assert found == [f"s{number}" for number in range(1, 9)]
    assert calls.count("BatchGetItem") == pages == 3
    assert len([each for each in calls if each in {"Query", "GetItem"}]) <= 2 * pages


def test_the_summary_is_searched_by_a_part_of_the_name_or_of_the_identifier(functions: Functions) -> None:
    for number, name in ((2, "Serrurerie Évrard"), (3, "Plomberie Roux"), (4, "Serrurerie Blanc")):
        functions.add_supplier(a_supplier(supplier_id=f"s{number}", siret=f"9{number:08d}00017", name=name))
    found = functions.send("GET", "/me/summary", text="serrurerie", limit=1).body
    assert [each["supplier_id"] for each in found["suppliers"]] == ["s2"]
    rest = functions.send("GET", "/me/summary", text="serrurerie", limit=1, cursor=found["cursor"]).body
    assert ([each["supplier_id"] for each in rest["suppliers"]], rest["cursor"]) == (["s4"], None)
    assert [each["supplier_id"] for each in summary(functions, text="evrard")] == ["s2"]
    assert [each["supplier_id"] for each in summary(functions, text="900 000 003")] == ["s3"]
    assert summary(functions, text="zinc") == summary(functions, text=" / ") == []
    assert summary(functions, text="serrurerie", by="eve") == []


def test_the_summary_has_what_the_caller_may_only_configure_on_demand_and_without_counts(functions: Functions) -> None:
    functions.send("PUT", f"{_ACCESS}/carol", body={"roles": ["administer"]})
    functions.send("PUT", "/me/suppliers/s1", by="carol")
    keep_counts(functions.tenant()).count_all(now=datetime.now(UTC))
    assert summary(functions, by="carol") == []
    (line,) = summary(functions, by="carol", administered="true")
    assert (line["roles"], line["counters"], line["counters_missing"]) == (["administer"], None, "no_right_to_use")
    assert line["waiting_since"] is None


def test_a_brief_answer_about_the_caller_reads_no_supplier(functions: Functions) -> None:
    calls: list[str] = []
    clients.function_client.cache_clear()
    clients.session().get_component("event_emitter").register(
        "before-call.dynamodb.*", lambda model, **_: calls.append(model.name)
    )
    me = functions.send("GET", "/me", by="root", brief="true").body
    assert (me["principal"], me["administers_installation"]) == ("root", True)
    assert me["suppliers"] == me["structures"] == []
    assert not {"Query", "GetItem", "BatchGetItem"} & set(calls)
