"""The routes of « Mes messages » and of structures: what each answers, to whom, and what it leaves behind."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chorus_connector.domain.messages.message import MAX_LISTS, MAX_RECIPIENTS
from chorus_connector.domain.messages.structure import Exchange
from chorus_connector.wiring.messages import deliver_message, outbox, record_exchange
from tests.api.functions import Functions, Reply
from tests.messages.builders import ACME, NOW, TOWN

_TOWN = {"siret": TOWN, "name": "Ville", "postal_code": "93100", "town": "Montreuil"}


@pytest.fixture
def messages(functions: Functions) -> Functions:
    """Alice writes as Acmé, which exchanged an invoice with a town hall; bob reads the town hall's messages."""
    functions.send("POST", "/structures", by="root", body={**_TOWN, "services": [{"code": "FIN", "label": "Finances"}]})
    functions.send("PUT", f"/structures/{TOWN}/members/chief", by="root", body={"role": "administer"})
    functions.send("PUT", f"/structures/{TOWN}/subscriptions/bob", by="chief", body={"mode": "read"})
    functions.send("PUT", f"/me/structures/{TOWN}", by="bob")
    functions.send("PUT", f"/structures/{ACME}/subscriptions/alice", body={"mode": "write"})
    record_exchange().record(Exchange(supplier_siret=ACME, recipient_siret=TOWN, service_code="FIN", at=NOW))
    return functions


# --- structures ----------------------------------------------------------------------------------------------


def test_a_public_body_is_created_by_the_installation(functions: Functions) -> None:
    new = {**_TOWN, "services": [{"code": "FIN", "label": "Finances"}]}
    assert functions.send("POST", "/structures", body=new).refusal == (403, "forbidden")
    created = functions.send("POST", "/structures", by="root", body=new)
    assert (created.status, created.body["name"], created.body["services"]) == (201, "Ville", new["services"])
    read = functions.send("GET", f"/structures/{TOWN}", by="root")
    assert (read.status, read.body, read.version) == (200, created.body, created.version)


def test_a_structure_is_read_by_those_who_have_to_do_with_it(messages: Functions) -> None:
    for caller in ("bob", "chief", "root"):
        assert messages.send("GET", f"/structures/{TOWN}", by=caller).body["siret"] == TOWN
    assert messages.send("GET", f"/structures/{TOWN}", by="eve").refusal == (404, "not_found")


def test_a_structures_description_changes_where_it_is_given(messages: Functions) -> None:
    before = messages.send("GET", f"/structures/{TOWN}", by="chief")
    path = f"/structures/{TOWN}"
    moved = messages.send("PATCH", path, by="chief", version=before.version, body={"town": "Bagnolet"})
    assert (moved.status, moved.body["town"], moved.body["services"]) == (200, "Bagnolet", before.body["services"])
    services = [{"code": "TECH", "label": ""}]
    other = messages.send("PATCH", path, by="chief", version=moved.version, body={"services": services})
    assert (other.body["town"], other.body["services"]) == ("Bagnolet", services)
    email = {"email": "victim@example.net"}
    refused = messages.send("PATCH", path, by="chief", version=other.version, body=email)
    assert refused.refusal == (403, "forbidden"), "e-mail goes there without a confirmation"
    assert messages.send("PATCH", path, by="bob", version=other.version, body={"town": "x"}).status in {403, 404}


EPIC = "38412345600017"


def test_a_structure_is_public_because_an_administrator_or_the_portal_says_so(functions: Functions) -> None:
    new = {"siret": EPIC, "name": "Régie des transports"}
    assert functions.send("POST", "/structures", by="root", body=new).refusal == (422, "public_not_stated")
    declared = functions.send("POST", "/structures", by="root", body={**new, "public": True})
    assert (declared.status, declared.body["public"], declared.body["public_by"]) == (201, True, "installation")
    again = functions.send("POST", "/structures", by="root", body={**new, "public": True})
    assert again.refusal == (409, "already_exists")
    nothing = {"siret": "0" * 14, "name": "X", "public": True}
    assert functions.send("POST", "/structures", by="root", body=nothing).refusal == (422, "not_a_siret")


def test_whether_a_suppliers_structure_is_public_is_declared_by_the_installation_and_in_its_trail(
    messages: Functions,
) -> None:
    path = f"/structures/{ACME}"
    before = messages.send("GET", path, by="root")
    assert (before.body["public"], before.body["public_by"]) == (False, "siren")
    public = {"public": True}
    town = messages.send("GET", f"/structures/{TOWN}", by="chief").version
    assert messages.send("PATCH", f"/structures/{TOWN}", by="chief", version=town, body=public).status == 403
    declared = messages.send("PATCH", path, by="root", version=before.version, body=public)
    assert (declared.body["public"], declared.body["public_by"], declared.body["name"]) == (
        True,
        "installation",
        before.body["name"],
    )
    newest = messages.send("GET", f"{path}/audit", by="root").body["changes"][0]
    assert (newest["item"], newest["by"]) == ("description", "root")
    assert newest["after"] == {"public": True, "public_by": "installation"}


def test_a_siret_with_a_wrong_check_digit_is_accepted_with_a_warning_where_such_are(messages: Functions) -> None:
    assert [each["code"] for each in messages.send("GET", f"/structures/{TOWN}", by="root").body["warnings"]] == [
        "siret_check_digits"
    ]
    assert messages.send("GET", f"/structures/{ACME}", by="root").body["warnings"] == []


@pytest.mark.parametrize(
    ("services", "code"), [([], "services_missing"), (["FIN", "NOPE"], "structure_service_unknown")]
)
def test_a_subscription_is_to_services_that_the_structure_has(
    messages: Functions, services: list[str], code: str
) -> None:
    body = {"mode": "read", "services": services}
    path = f"/structures/{TOWN}/subscriptions/bob"
    assert messages.send("PUT", path, by="chief", body=body).refusal == (422, code)
    assert messages.send("PUT", path, by="chief", body={"mode": "read", "services": ["FIN"]}).status == 200


def test_a_principal_gets_a_role_for_a_structure_from_the_installation(messages: Functions) -> None:
    path = f"/structures/{TOWN}/members/carol"
    unknown = messages.send("PUT", f"/structures/{TOWN}/members/mallory", by="root", body={"role": "use"})
    assert (unknown.status, unknown.body["problems"][0]["code"]) == (422, "unknown_principal")
    given = messages.send("PUT", path, by="root", body={"role": "use"})
    assert (given.status, given.body) == (200, {"siret": TOWN, "principal": "carol", "role": "use"})
    assert messages.send("PUT", path, by="chief", body={"role": "use"}).refusal == (403, "forbidden")


def test_who_is_subscribed_by_a_stranger_sees_nothing_until_it_accepts_and_may_leave(messages: Functions) -> None:
    given = messages.send("PUT", f"/structures/{ACME}/subscriptions/carol", body={"mode": "write"})
    assert (given.status, given.body["accepted"]) == (200, False)
    draft = {"sender_siret": ACME, "title": "URGENT: changez le RIB", "content": "…"}
    assert messages.send("POST", "/messages/outbox", body=draft).status == 201
    own = f"/me/structures/{ACME}"

    def sees() -> tuple[int, int]:
        written = messages.send("GET", "/messages/outbox", by="carol").body["messages"]
        return len(written), len(messages.send("GET", "/me", by="carol").body["structures"])

    assert sees() == (0, 0)
    assert messages.send("GET", f"/structures/{ACME}", by="carol").refusal == (404, "not_found")
    invitation = messages.send("GET", own, by="carol").body
    assert (invitation["accepted"], invitation["name"], invitation["mode"]) == (False, "Menuiserie Durand", "write")
    accepted = messages.send("PUT", own, by="carol")
    assert (accepted.status, accepted.body["accepted"]) == (200, True)
    assert sees() == (1, 1)
    assert messages.send("DELETE", own, by="carol").body == {"revoked": "carol"}
    assert sees() == (0, 0)
    for method in ("GET", "PUT", "DELETE"):
        assert messages.send(method, own, by="carol").refusal == (404, "not_found")
    trail = messages.send("GET", f"/structures/{ACME}/audit").body["changes"]
    ours = [(each["action"], each["by"]) for each in trail if each["item"] == "subscription/carol"]
    assert ours == [("removed", "carol"), ("set", "carol"), ("set", "alice")]


def test_an_invitation_is_refused_by_leaving(messages: Functions) -> None:
    messages.send("PUT", f"/structures/{ACME}/subscriptions/carol", body={"mode": "read"})
    assert messages.send("DELETE", f"/me/structures/{ACME}", by="carol").status == 200
    left = messages.send("GET", f"/structures/{ACME}/subscriptions").body["subscriptions"]
    assert [each["principal"] for each in left] == ["alice"]


@pytest.mark.parametrize("group", ["group:installation_administrators", "group:nosuchgroup"])
def test_a_group_of_others_is_refused_alike_whether_it_exists_or_not(messages: Functions, group: str) -> None:
    path = f"/structures/{ACME}/subscriptions/{group}"
    assert messages.send("PUT", path, body={"mode": "read"}).refusal == (403, "forbidden")
    row = {"label": "Nord", "value": group}
    refused = messages.send("PUT", "/suppliers/s1/configuration/tables/users/rows", body=row)
    assert [each["code"] for each in refused.body["problems"]] == ["group_not_yours"]


def test_subscriptions_are_given_and_taken_by_a_structures_administrator(messages: Functions) -> None:
    path = f"/structures/{TOWN}/subscriptions"
    given = messages.send("PUT", f"{path}/carol", by="chief", body={"mode": "write", "services": ["FIN"]})
    assert (given.body["principal"], given.body["mode"], given.body["services"]) == ("carol", "write", ["FIN"])
    unknown = messages.send("PUT", f"{path}/mallory", by="chief", body={"mode": "read"})
    assert (unknown.status, unknown.body["problems"][0]["code"]) == (422, "unknown_principal")
    listed = messages.send("GET", path, by="chief").body["subscriptions"]
    assert {each["principal"] for each in listed} == {"bob", "carol"}
    assert messages.send("DELETE", f"{path}/carol", by="chief").body == {"revoked": "carol"}
    left = messages.send("GET", path, by="chief").body["subscriptions"]
    assert [each["principal"] for each in left] == ["bob"]
    assert messages.send("GET", path, by="bob").status in {403, 404}


# --- the entry -----------------------------------------------------------------------------------------------


def test_the_home_names_the_places_and_the_callers_subscriptions(messages: Functions) -> None:
    home = messages.send("GET", "/messages")
    assert home.status == 200
    assert home.body["places"] == {
        "inbox": "/messages/inbox",
        "outbox": "/messages/outbox",
        "lists": "/messages/lists",
    }
    assert [(each["siret"], each["mode"]) for each in home.body["subscriptions"]] == [(ACME, "write")]
    for place in home.body["places"].values():
        assert messages.send("GET", place).status == 200


def test_me_names_the_structures_of_the_caller(messages: Functions) -> None:
    (structure,) = messages.send("GET", "/me", by="bob").body["structures"]
    assert (structure["siret"], structure["mode"], structure["services"]) == (TOWN, "read", None)


@pytest.mark.parametrize("reference", ["a" * 1100, "MSG_1", "MSG_00000000x"])
def test_a_reference_that_no_message_can_have_is_refused_before_it_is_looked_up(
    messages: Functions, reference: str
) -> None:
    path = f"/messages/outbox/{ACME}/{reference}/recipients"
    for method, body in (("GET", None), ("POST", {})):
        assert messages.send(method, path, version=1, body=body).refusal == (422, "invalid_request")


# --- recipients and lists ------------------------------------------------------------------------------------


def test_recipients_are_completed_and_searched_among_those_with_an_invoice(messages: Functions) -> None:
    completion, search = "/messages/recipients/completion", "/messages/recipients/search"
    completed = messages.send("GET", completion, sender=ACME, prefix=TOWN[:4]).body["recipients"]
    assert [(each["siret"], each["service"]) for each in completed] == [(TOWN, ""), (TOWN, "FIN")]
    for criterion in ({"town": "Montreuil"}, {"designation": "Ville"}, {"postal_code": "93100"}, {"identifier": TOWN}):
        found = messages.send("GET", search, sender=ACME, **criterion).body["recipients"]
        assert {(each["siret"], each["name"]) for each in found} == {(TOWN, "Ville")}, criterion
    assert messages.send("GET", search, sender=ACME, town="Lyon").body["recipients"] == []
    assert messages.send("GET", search, sender=ACME, by="eve", town="Lyon").refusal == (404, "not_found")


def a_list(messages: Functions) -> Reply:
    new = {"owner_siret": ACME, "name": "Clients", "kind": "client", "members": [{"siret": TOWN}]}
    return messages.send("POST", "/messages/lists", body=new)


def test_a_distribution_list_is_created_read_and_listed(messages: Functions) -> None:
    created = a_list(messages)
    assert (created.status, created.body["name"], created.body["members_count"]) == (201, "Clients", 1)
    assert created.body["members"] == [{"siret": TOWN, "service": "", "name": "Ville", "service_label": ""}]
    read = messages.send("GET", f"/messages/lists/{ACME}/{created.body['list_id']}")
    assert (read.body, read.version) == (created.body, created.version)
    line = {name: value for name, value in created.body.items() if name != "members"}
    listed = messages.send("GET", "/messages/lists")
    assert (listed.body["lists"], listed.body["complete"]) == ([line], True)
    assert line["kind_label"] == {"fr": "Clients", "en": "Clients"}
    assert messages.send("GET", "/messages/lists", by="eve").body["lists"] == []


def test_a_distribution_list_changes_and_is_deleted(messages: Functions) -> None:
    created = a_list(messages)
    path = f"/messages/lists/{ACME}/{created.body['list_id']}"
    change = {"name": "Tous", "add": [{"siret": TOWN, "service": "FIN"}], "remove": [{"siret": TOWN}]}
    changed = messages.send("PATCH", path, version=created.version, body=change)
    assert (changed.status, changed.body["name"]) == (200, "Tous"), changed.body
    assert changed.body["members"] == [{"siret": TOWN, "service": "FIN", "name": "Ville", "service_label": "Finances"}]
    assert messages.send("DELETE", path, version=created.version).status == 412
    gone = messages.send("DELETE", path, version=changed.version)
    assert gone.body == {"deleted": created.body["list_id"]}
    assert messages.send("GET", path).refusal == (404, "not_found")


# --- the outbox ----------------------------------------------------------------------------------------------


def a_draft(messages: Functions, **changes: Any) -> Reply:
    new = {"sender_siret": ACME, "title": "Fermeture", "content": "En août.", "recipients": [{"siret": TOWN}]}
    return messages.send("POST", "/messages/outbox", body={**new, **changes})


def test_a_draft_is_saved_read_and_listed(messages: Functions) -> None:
    draft = a_draft(messages)
    assert (draft.status, draft.body["state"], draft.body["title"]) == (201, "draft", "Fermeture")
    assert draft.body["state_label"] == {"fr": "Brouillon", "en": "Draft"}
    assert draft.body["recipients"] == [{"siret": TOWN, "service": ""}]
    read = messages.send("GET", f"/messages/outbox/{ACME}/{draft.body['reference']}")
    assert (read.body, read.version) == (draft.body, draft.version)
    listed = messages.send("GET", "/messages/outbox", count="true").body
    assert [(each["reference"], each["title"]) for each in listed["messages"]] == [
        (draft.body["reference"], "Fermeture")
    ]
    assert (listed["count"], listed["count_is_exact"], listed["complete"]) == (1, True, True)
    assert messages.send("GET", "/messages/outbox", state="sent").body["messages"] == []


def test_a_draft_changes_and_is_deleted(messages: Functions) -> None:
    draft = a_draft(messages)
    path = f"/messages/outbox/{ACME}/{draft.body['reference']}"
    changed = messages.send("PATCH", path, version=draft.version, body={"title": "Ouverture"})
    assert (changed.body["title"], changed.body["content"]) == ("Ouverture", "En août.")
    assert changed.body["recipients"] == draft.body["recipients"]
    gone = messages.send("DELETE", path, version=changed.version)
    assert gone.body == {"deleted": draft.body["reference"]}
    assert messages.send("GET", path).refusal == (404, "not_found")


def test_a_message_about_an_invoice_is_refused_with_where_to_ask_instead(messages: Functions) -> None:
    refused = a_draft(messages, invoice_number="FA-1")
    assert refused.status == 422
    assert [(each["field"], each["code"]) for each in refused.body["problems"]] == [
        ("invoice_number", "use_sollicitations")
    ]


def test_a_message_may_be_for_500_recipients_and_one_more_is_refused_by_its_own_code(
    messages: Functions,
) -> None:
    at_most = a_draft(messages, recipients=[{"siret": f"{number:014d}"} for number in range(MAX_RECIPIENTS)])
    assert "too_many_recipients" not in str(at_most.body.get("problems"))
    for too_many in (
        {"recipients": [{"siret": f"{number:014d}"} for number in range(MAX_RECIPIENTS + 1)]},
        {"list_ids": [f"{number:012x}" for number in range(MAX_LISTS + 1)]},
    ):
        refused = a_draft(messages, **too_many, send=True)
        assert refused.status == 422
        assert refused.body["code"] != "invalid_request"


def test_a_draft_is_sent_in_the_background(messages: Functions) -> None:
    draft = a_draft(messages)
    path = f"/messages/outbox/{ACME}/{draft.body['reference']}"
    sent = messages.send("POST", f"{path}/send", version=draft.version)
    assert (sent.status, sent.body["state"], len(sent.body["deliveries"])) == (202, "sent", 1)
    assert messages.send("DELETE", path, version=sent.version).status == 409
    more = messages.send("POST", f"{path}/recipients", version=sent.version, body={"recipients": [{"siret": TOWN}]})
    assert more.status == 202


@pytest.mark.parametrize("day", ["2026-12-05T00:00:00Z", "2026-12-05T00:00:00", 1796428800, "1796428800", "05/12/2026"])
def test_a_day_is_no_moment(messages: Functions, day: str | int) -> None:
    """Midnight in UTC is one in the morning in Paris: the caller may have meant another day."""
    for name in ("display_start", "display_end"):
        refused = a_draft(messages, **{name: day})
        assert (refused.status, refused.body["problems"][0]["field"]) == (422, f"body.{name}")
    refused = messages.send("GET", "/messages/outbox", start_from=day)
    assert (refused.status, refused.body["problems"][0]["field"]) == (422, "query.start_from")


# --- the inbox -----------------------------------------------------------------------------------------------


@pytest.fixture
def sent(messages: Functions) -> str:
    """The path of a message of Acmé that the town hall has received."""
    reference = a_draft(messages, send=True).body["reference"]
    (dispatch,) = outbox(ACME).dispatches(reference)
    deliver_message(ACME).work_on(reference, dispatch.key, now=datetime.now(UTC))
    return f"/{ACME}/{reference}"


def test_before_its_display_no_answer_calls_a_message_delivered(messages: Functions) -> None:
    start = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    reference = a_draft(messages, send=True, display_start=start).body["reference"]
    (dispatch,) = outbox(ACME).dispatches(reference)
    deliver_message(ACME).work_on(reference, dispatch.key, now=datetime.now(UTC))
    shown = messages.send("GET", f"/messages/outbox/{ACME}/{reference}").body
    for counts in (shown["progress"], shown["deliveries"][0]["progress"]):
        assert (counts["sent"], counts["scheduled"], counts["delivered"]) == (1, 1, 0)
    listed = messages.send("GET", f"/messages/outbox/{ACME}/{reference}/recipients").body["recipients"]
    assert [each["outcome"] for each in listed] == ["scheduled"]


def test_a_preview_is_paged_and_saves_nothing(messages: Functions) -> None:
    body = {"sender_siret": ACME, "recipients": [{"siret": TOWN}, {"siret": TOWN, "service": "FIN"}]}
    first = messages.send("POST", "/messages/outbox/preview", body=body, limit=1)
    assert (first.status, first.body["total"], first.body["here"]) == (200, 2, 2)
    second = messages.send("POST", "/messages/outbox/preview", body=body, limit=1, cursor=first.body["cursor"])
    assert (second.body["recipients"][0]["service"], second.body["cursor"]) == ("FIN", None)
    assert messages.send("GET", "/messages/outbox").body["messages"] == []
    assert messages.send("POST", "/messages/outbox/preview", body=body, by="bob").status == 404


def test_what_became_of_each_recipient_is_listed(messages: Functions, sent: str) -> None:
    path = f"/messages/outbox{sent}/recipients"
    shown = messages.send("GET", path)
    assert [(each["siret"], each["outcome"]) for each in shown.body["recipients"]] == [(TOWN, "delivered")]
    assert shown.body["cursor"] is None
    assert messages.send("GET", path, by="bob").refusal == (404, "not_found")
    whole = messages.send("GET", f"/messages/outbox{sent}").body
    assert (whole["progress"]["delivered"], whole["progress"]["done"]) == (1, True)
    (line,) = messages.send("GET", "/messages/outbox").body["messages"]
    assert line["progress"] == whole["progress"]


def test_a_received_message_is_listed_until_it_is_read(messages: Functions, sent: str) -> None:
    (line,) = messages.send("GET", "/messages/inbox", by="bob").body["messages"]
    assert (line["title"], line["recipient_siret"], line["read"]) == ("Fermeture", TOWN, False)
    assert sent.endswith(line["reference"])
    news = messages.send("GET", "/messages/notifications", by="bob").body
    assert news == {"unread": [line], "count": 1, "count_is_exact": True}
    path = f"/messages/inbox/{TOWN}/{line['reference']}/read"
    assert messages.send("PUT", path, by="bob").body == {"read": True}
    assert messages.send("GET", "/messages/notifications", by="bob").body["unread"] == []
    assert messages.send("GET", "/messages/inbox", by="bob", unread="true", count="true").body["count"] == 0
    assert messages.send("DELETE", path, by="bob").body == {"read": False}
    assert messages.send("GET", "/messages/notifications", by="bob").body["count"] == 1
    found = messages.send("GET", "/messages/inbox", by="bob", text="aout", content="true").body["messages"]
    assert [(each["content"], each["display_over"]) for each in found] == [("En août.", False)]
    choices = messages.send("GET", "/messages/inbox/senders", by="bob").body
    assert [(each["siret"], each["messages"]) for each in choices["senders"]] == [(ACME, 1)]
    assert choices["recipients"] == [{"siret": TOWN, "name": "Ville"}]
    everything = messages.send("POST", "/messages/inbox/read", by="bob", body={})
    assert everything.body == {"marked": 1, "complete": True}
    assert messages.send("GET", "/messages/notifications", by="bob").body["count"] == 0
    assert messages.send("GET", "/messages/inbox", view="archive", by="bob").body["messages"] == []


def test_a_received_message_is_read_and_has_no_reply(messages: Functions, sent: str) -> None:
    path = f"/messages/inbox/{TOWN}/{sent.rpartition('/')[2]}"
    opened = messages.send("GET", path, by="bob")
    assert (opened.status, opened.body["content"], opened.body["may_reply"]) == (200, "En août.", False)
    assert messages.send("POST", f"{path}/replies", by="bob").refusal == (409, "messages_are_one_way")
    for method, place in (("GET", ""), ("PUT", "/read"), ("POST", "/replies")):
        assert messages.send(method, f"{path}{place}", by="eve").refusal == (404, "not_found")
