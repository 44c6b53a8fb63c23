"""Every key of the single table, as the first release wrote it: stored items must be found under the same keys."""

import inspect
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.keys import Attributes

MOMENT = datetime(2026, 11, 29, 10, 5, 7, 30, tzinfo=UTC)
RECORDS = Path(__file__).parents[1] / "samples" / "records" / "2026-11-22.jsonl"

WHOLE_KEYS: dict[str, tuple[Attributes, str, str]] = {
    "supplier_record": (keys.supplier_record("s1"), "SUPPLIER#s1", "SUPPLIER"),
    "structure_record": (keys.structure_record("73282932000074"), "STRUCTURE#73282932000074", "STRUCTURE"),
    "siret_claim": (keys.siret_claim("73282932000074"), "SIRET#73282932000074", "SIRET"),
    "announcement": (keys.announcement("MSG_000000001"), "ANNOUNCEMENT#MSG_000000001", "ANNOUNCEMENT"),
    "recipient": (keys.recipient("11000201100044"), "RECIPIENT#11000201100044", "RECIPIENT"),
    "unrestricted": (keys.unrestricted("s1"), "SUPPLIER#s1", "UNRESTRICTED"),
    "counts": (keys.counts("s1"), "SUPPLIER#s1", "COUNTS"),
    "recipient_services": (keys.recipient_services("11000201100044", 7), "RECIPIENT#11000201100044", "SERVICES#07"),
    "breaker": (keys.breaker(keys.portal("https://portal")), "PORTAL#https://portal", "BREAKER"),
    "idempotency": (keys.idempotency("abc"), "IDEMPOTENCY#abc", "IDEMPOTENCY"),
    "quota": (
        keys.quota("supplier", "s1", "uploads", MOMENT),
        "QUOTA#supplier#s1",
        "QUOTA#uploads#2026-11-29T10:05:07.000030Z",
    ),
    "last_reference": (keys.last_reference(), "COUNTER#messages", "COUNTER"),
    "supplier_of_installation": (keys.supplier_of_installation("s1"), "INSTALLATION", "SUPPLIER#s1"),
    "default_supplier": (keys.default_supplier(), "INSTALLATION", "DEFAULT_SUPPLIER"),
    "deleted_supplier": (keys.deleted_supplier("s1"), "INSTALLATION", "DELETED#s1"),
}

TEXTS: dict[str, tuple[str, str]] = {
    "sortable_time": (keys.sortable_time(MOMENT), "2026-11-29T10:05:07.000030Z"),
    "supplier": (keys.supplier("s1"), "SUPPLIER#s1"),
    "structure": (keys.structure("732"), "STRUCTURE#732"),
    "access_list": (keys.access_list("s1"), "ACCESS#s1"),
    "space": (keys.space("732"), "SPACE#732"),
    "inbox": (keys.inbox("732"), "INBOX#732"),
    "portal": (keys.portal("https://portal"), "PORTAL#https://portal"),
    "audit_line": (keys.audit_line(MOMENT, "c1"), "AUDIT#2026-11-29T10:05:07.000030Z#c1"),
    "supplier_event": (keys.supplier_event(7), "SUPPLIER_EVENT#00000007"),
    "member": (keys.member("group:Ventes"), "MEMBER#group:Ventes"),
    "notification_subscription": (keys.notification_subscription("rejected", "alice"), "NOTIFY#rejected#alice"),
    "invoice": (keys.invoice("d1"), "INVOICE#d1"),
    "reading": (keys.reading("d1"), "READING#d1"),
    "layout": (keys.layout("l1"), "LAYOUT#l1"),
    "events": (keys.events("d1"), "EVENT#d1#"),
    "event": (keys.event("d1", 4), "EVENT#d1#00000004"),
    "note": (keys.note("d1", "dropped", "why"), "EVENT#d1#NOTE#dropped#why"),
    "work_claims": (keys.work_claims("d1"), "WORKING#d1#"),
    "work_claim": (keys.work_claim("d1", "alice"), "WORKING#d1#alice"),
    "number_claim": (keys.number_claim("FA-2026-17"), "NUMBER#FA-2026-17"),
    "content_claim": (keys.content_claim("ab12"), "CONTENT#ab12"),
    "table_row": (keys.table_row("services", "mairie de lyon"), "TABLE#services#mairie de lyon"),
    "proposal": (keys.proposal("services#S1#mairie"), "PROPOSAL#services#S1#mairie"),
    "recipient_search": (keys.recipient_search("q"), "RECIPIENT_SEARCH#8e35c2cd3bf6641bdb0e2050b76932cb"),
    "attachment": (keys.attachment("a1"), "ATTACHMENT#a1"),
    "archive": (keys.archive("z1"), "ARCHIVE#z1"),
    "attachment_links": (keys.attachment_links("PJ", "oui"), "ATTACHED_BY#cce8bcaa0d2812309919ff82fa457f91#"),
    "attachment_link": (keys.attachment_link("PJ", "oui", "a1"), "ATTACHED_BY#cce8bcaa0d2812309919ff82fa457f91#a1"),
    "notification": (keys.notification("n1"), "FEED#n1"),
    "just_after": (keys.just_after(keys.notification("n1")), "FEED#n1#"),
    "read_before": (keys.read_before("group:Été #1"), "FEED_READ#group:%C3%89t%C3%A9%20%231"),
    "read_notification": (keys.read_notification("alice", "n1"), "FEED_READ#alice#n1"),
    "delivery_slot": (keys.delivery_slot(2), "WEBHOOK_SLOT#2"),
    "digest": (keys.digest("group:Été #1"), "DIGEST#group:%C3%89t%C3%A9%20%231"),
    "digest_lines": (keys.digest_lines("alice"), "DIGEST_LINE#alice#"),
    "digest_line": (keys.digest_line("alice", "n1"), "DIGEST_LINE#alice#n1"),
    "email_address": (keys.email_address("a1"), f"{keys.EMAIL_ADDRESSES}a1"),
    "endpoint": (keys.endpoint("e1"), "WEBHOOK#e1"),
    "webhook_deliveries": (keys.webhook_deliveries("e1"), "WEBHOOK_TRY#e1#"),
    "webhook_delivery": (keys.webhook_delivery("e1", "n1"), "WEBHOOK_TRY#e1#n1"),
    "subscriber": (keys.subscriber("alice"), "SUBSCRIBER#alice"),
    "structure_audit_lines": (keys.structure_audit_lines(""), "AUDIT##"),
    "structure_audit_line": (keys.structure_audit_line("s1", MOMENT, "c1"), "AUDIT#s1#2026-11-29T10:05:07.000030Z#c1"),
    "counterparties": (keys.counterparties("client"), "EXCHANGE#client#"),
    "counterparty": (keys.counterparty("client", "110", "S1"), "EXCHANGE#client#110#S1"),
    "counterparties_found_by": (keys.counterparties_found_by("client", "name", "ly"), "SEARCH#client#name#ly"),
    "counterparty_found_by": (
        keys.counterparty_found_by("client", "name", "lyon", "110", "S1"),
        "SEARCH#client#name#lyon#110#S1",
    ),
    "message": (keys.message("MSG_000000001"), "MESSAGE#MSG_000000001"),
    "dispatch": (keys.dispatch("MSG_000000001", "deliver#000001"), "DISPATCH#MSG_000000001#deliver#000001"),
    "first_dispatches": (keys.first_dispatches("MSG_000000001"), "DISPATCH#MSG_000000001#deliver#"),
    "dispatch_members": (keys.dispatch_members("MSG_1", "deliver#000001", 2), "MEMBERS#MSG_1#deliver#000001#002"),
    "deliveries": (keys.deliveries("MSG_1"), "DELIVERY#MSG_1#"),
    "delivery": (keys.delivery("MSG_1", "110", "S1"), "DELIVERY#MSG_1#110#S1"),
    "deliveries_to": (keys.deliveries_to("MSG_1", "110"), "DELIVERY#MSG_1#110#"),
    "outcomes": (keys.outcomes("MSG_1"), "OUTCOMES#MSG_1"),
    "opened": (keys.opened("MSG_1", "110"), "OPENED#MSG_1#110"),
    "awaited": (keys.awaited("110"), "AWAITED#110"),
    "awaited_message": (keys.awaited_message("MSG_1"), "AWAITED#MSG_1"),
    "due_arrival": (keys.due_arrival(MOMENT, "732", "MSG_1"), "2026-11-29T10:05:07.000030Z#732#MSG_1"),
    "due_message": (keys.due_message(MOMENT, "732", "MSG_1"), "2026-11-29T10:05:07.000030Z#732#MSG_1"),
    "emailed": (keys.emailed("MSG_1", "110"), "EMAILED#MSG_1#110"),
    "received_message": (keys.received_message("MSG_1", "S1"), "INBOX#MSG_1#S1"),
    "read_message": (keys.read_message("alice", "MSG_1"), "READ#alice#MSG_1"),
    "distribution_list": (keys.distribution_list("l1"), "LIST#l1"),
    "listed_in": (keys.listed_in("to_process"), "to_process#"),
    "received_at": (keys.received_at("2026-11-29T10:05:07.000030Z#MSG_1#"), "INBOX#2026-11-29T10:05:07.000030Z#MSG_1#"),
    "leases": (keys.leases("READY"), "LEASE#READY"),
    "leased_since": (keys.leased_since(MOMENT), "!2026-11-29T10:05:07.000030Z"),
    "due_invoice": (keys.due_invoice(MOMENT, "2026-11-02", "d1"), "2026-11-29T10:05:07.000030Z#2026-11-02#d1"),
    "due_supplier": (keys.due_supplier(MOMENT, "s1"), "2026-11-29T10:05:07.000030Z#s1"),
    "due_webhook": (keys.due_webhook(MOMENT, "e1", "n1"), "2026-11-29T10:05:07.000030Z#e1#n1"),
    "due_digest": (keys.due_digest(MOMENT, "group:a b"), "2026-11-29T10:05:07.000030Z#group:a%20b"),
    "due_until": (keys.due_until(MOMENT), "2026-11-29T10:05:07.000030Z#~"),
}

LISTS: dict[str, tuple[object, object]] = {
    "primary_key": (keys.primary_key("P", "S"), {"PK": {"S": "P"}, "SK": {"S": "S"}}),
    "document": (
        keys.document("s1", "d1"),
        [keys.primary_key("SUPPLIER#s1", "INVOICE#d1"), keys.primary_key("SUPPLIER#s1", "READING#d1")],
    ),
    "of_supplier": (keys.of_supplier("s1"), ("SUPPLIER#s1", "ACCESS#s1")),
    "of_messages": (keys.of_messages("732"), ("STRUCTURE#732", "SPACE#732", "INBOX#732")),
    "of_siret": (keys.of_siret("732"), ("SIRET#732", "STRUCTURE#732", "SPACE#732", "INBOX#732")),
    "messages_and_lists": (
        keys.messages_and_lists("732"),
        (("STRUCTURE#732", "MESSAGE#"), ("STRUCTURE#732", "LIST#"), ("INBOX#732", keys.RECEIVED_MESSAGES)),
    ),
    "arrival": (keys.arrival("732", "MSG_1"), keys.primary_key("INBOX#732", "ARRIVAL#MSG_1")),
    "held_by": (keys.held_by("alice"), {"principal": {"S": "alice"}}),
    "due": (keys.due("PROBE", "t#s1"), {"ready_kind": {"S": "PROBE"}, "ready_sort": {"S": "t#s1"}}),
    "lease": (
        keys.lease("READY", MOMENT, "abcdefgh"),
        {
            "PK": {"S": "LEASE#READY"},
            "SK": {"S": "RUN#2026-11-29T10:05:07.000030Z#abcdefgh"},
            "ready_kind": {"S": "READY"},
            "ready_sort": {"S": "!2026-11-29T10:05:07.000030Z"},
        },
    ),
    "listed_invoice": (
        keys.listed_invoice("tracking", MOMENT, "d1"),
        {"list_sort": {"S": "tracking#2026-11-29T10:05:07.000030Z#d1"}},
    ),
}

READ_BACK: dict[str, tuple[object, object]] = {
    "service_shard": (keys.service_shard("stech"), 12),
    "kind_and_rest": (keys.kind_and_rest("MEMBER#group:a#b"), ("MEMBER", "group:a#b")),
    "siret_and_reference": (keys.siret_and_reference("INBOX#732", "ARRIVAL#MSG_1"), ("732", "MSG_1")),
    "reference_received": (
        [keys.reference_received(each) for each in (keys.received_message("MSG_1", "S#1"), "ARRIVAL#MSG_1")],
        ["MSG_1", None],
    ),
    "last_part": (keys.last_part(keys.read_message("alice", "MSG_1")), "MSG_1"),
    "after": ([keys.after(keys.INVOICES, each) for each in ("INVOICE#d1", "EVENT#d1#1")], ["d1", None]),
    "version_of_event": (
        [keys.version_of_event(f"{keys.event('d1', 4)}{rest}") for rest in ("", "#dropped#")],
        [4, 4],
    ),
    "is_note": (
        [
            keys.is_note(key)
            for key in (keys.event("d1", 4), "EVENT#d1#00000004#dropped#", keys.note("d1", "dropped", ""))
        ],
        [False, True, True],
    ),
    "principal_of_digest": (keys.principal_of_digest(keys.digest("group:Été #1")), "group:Été #1"),
    "reference_and_dispatch": (
        keys.reference_and_dispatch(keys.dispatch("MSG_1", "deliver#000001")),
        ("MSG_1", "deliver#000001"),
    ),
    "endpoint_and_notification": (
        keys.endpoint_and_notification(keys.webhook_delivery("w1", "evt_1#2")),
        ("w1", "evt_1#2"),
    ),
    "due_at": (keys.due_at(keys.due_supplier(MOMENT, "s1")), MOMENT),
    "invoice_date_of_due": (
        [keys.invoice_date_of_due(keys.due_invoice(MOMENT, each, "d1")) for each in ("2026-11-02", "")],
        ["2026-11-02", ""],
    ),
}

PREFIXES = {
    "SUPPLIERS": "SUPPLIER#",
    "STRUCTURES": "STRUCTURE#",
    "ACCESS_LISTS": "ACCESS#",
    "SPACES": "SPACE#",
    "INBOXES": "INBOX#",
    "AWAITED": "AWAITED#",
    "ANNOUNCEMENTS": "ANNOUNCEMENT#",
    "ANNOUNCEMENT": "ANNOUNCEMENT",
    "PORTALS": "PORTAL#",
    "SIRETS": "SIRET#",
    "LAYOUTS": "LAYOUT#",
    "LAYOUTS_VERSION": "LAYOUTS",
    "WORK_CLAIMS": "WORKING#",
    "LAYOUTS_AND_VERSION": "LAYOUT",
    "RECIPIENTS": "RECIPIENT#",
    "RECIPIENT_SEARCHES": "RECIPIENT_SEARCH#",
    "IDEMPOTENCY_KEYS": "IDEMPOTENCY#",
    "QUOTAS": "QUOTA#",
    "LEASES": "LEASE#",
    "INSTALLATION": "INSTALLATION",
    "UNRESTRICTED": "UNRESTRICTED",
    "COUNTS": "COUNTS",
    "REFERENCES": "COUNTER#messages",
    "SUPPLIER": "SUPPLIER",
    "RECIPIENT": "RECIPIENT",
    "SIRET": "SIRET",
    "STRUCTURE": "STRUCTURE",
    "BREAKER": "BREAKER",
    "ACCESS": "ACCESS",
    "TRACKING": "FOLLOWING",
    "MEMBER": "MEMBER",
    "SUBSCRIBER": "SUBSCRIBER",
    "AUDIT_LINES": "AUDIT#",
    "MEMBERS": "MEMBER#",
    "NOTIFICATION_SUBSCRIPTIONS": "NOTIFY#",
    "SUPPLIER_EVENTS": "SUPPLIER_EVENT#",
    "INVOICES": "INVOICE#",
    "PROPOSALS": "PROPOSAL#",
    "ATTACHMENTS": "ATTACHMENT#",
    "ARRIVALS": "ARRIVAL#",
    "HELD_GROUPS": "HELD_GROUPS",
    "NOTIFICATIONS": "FEED#",
    "ENDPOINTS": "WEBHOOK#",
    "EMAIL_ADDRESSES": "EMAIL#",
    "SUBSCRIBERS": "SUBSCRIBER#",
    "MESSAGES": "MESSAGE#",
    "DISPATCHES": "DISPATCH#",
    "RECEIVED_MESSAGES": "INBOX#",
    "AWAITED_MESSAGES": "AWAITED#",
    "READ_MESSAGES": "READ#",
    "LISTS": "LIST#",
    "LIST_INDEX": "by_list",
    "LIST_SORT": "list_sort",
    "PRINCIPAL_INDEX": "by_principal",
    "PRINCIPAL": "principal",
    "DUE_INDEX": "by_readiness",
    "DUE_KIND": "ready_kind",
    "DUE_SORT": "ready_sort",
    "DUE_BEGIN": "0",
    "_LEASED": "!",
    "EXPIRES_AT": "expires_at",
    "LAST": "~",
}


@pytest.mark.parametrize("name", WHOLE_KEYS)
def test_a_whole_key_is_the_stored_one(name: str) -> None:
    key, partition, sort = WHOLE_KEYS[name]
    assert key == {"PK": {"S": partition}, "SK": {"S": sort}}


@pytest.mark.parametrize("name", TEXTS)
def test_a_part_of_a_key_is_the_stored_one(name: str) -> None:
    written, stored = TEXTS[name]
    assert written == stored


@pytest.mark.parametrize("name", LISTS)
def test_what_goes_into_the_indexes_is_as_stored(name: str) -> None:
    written, stored = LISTS[name]
    assert written == stored


@pytest.mark.parametrize("name", READ_BACK)
def test_a_key_gives_back_what_it_was_made_of(name: str) -> None:
    read, given = READ_BACK[name]
    assert read == given


@pytest.mark.parametrize("name", PREFIXES)
def test_a_constant_of_the_keys_is_the_stored_one(name: str) -> None:
    assert getattr(keys, name) == PREFIXES[name]


def test_every_function_and_constant_of_the_keys_has_its_example_here() -> None:
    shown = {*WHOLE_KEYS, *TEXTS, *LISTS, *READ_BACK}
    made = {name for name, each in vars(keys).items() if inspect.isfunction(each) and each.__module__ == keys.__name__}
    assert {name for name in made if not name.startswith("_")} == shown
    assert {name for name, each in vars(keys).items() if name.isupper() and isinstance(each, str)} == set(PREFIXES)


def test_the_records_of_the_first_release_have_these_keys() -> None:
    """Every kind of sort key in the sample is one that the module writes."""
    stored = {json.loads(line)["key"] for line in RECORDS.read_text(encoding="utf-8").splitlines()}
    kinds = {keys.kind_and_rest(each)[0] for each in stored}
    known = {keys.kind_and_rest(stored)[0] for _, stored in TEXTS.values()} | set(PREFIXES.values())
    assert kinds <= known | {sort for _, _, sort in WHOLE_KEYS.values()}
