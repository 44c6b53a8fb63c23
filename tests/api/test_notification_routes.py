"""The routes of the notification feed and of webhook endpoints."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from chorus_connector.adapters.table.notifications import DynamoDeliveries, DynamoEndpoints, DynamoFeed
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.notifications.notification import Notification, NotificationType, notification_of
from chorus_connector.domain.notifications.webhooks import EndpointHealth, WebhookDelivery
from chorus_connector.domain.quotas import QUOTAS, Quota
from tests.api.functions import TABLE, Functions
from tests.builders import NOW, an_invoice

_FEED = "/suppliers/s1/notifications"
_WEBHOOKS = "/suppliers/s1/configuration/webhooks"


def happened(functions: Functions, document_id: str, *, minutes: int = 0) -> Notification:
    """A document waits for a person since a moment ago, and the feed has it: what was before a subscription is read."""
    at = datetime.now(UTC) + timedelta(seconds=1, minutes=minutes)
    waiting = an_invoice(State.TO_COMPLETE, document_id=document_id, changed_at=at, version=1)
    notification = notification_of(None, waiting)
    assert notification is not None
    DynamoFeed(functions.dynamodb, TABLE, "s1").add(notification)
    return notification


def bob_subscribes(functions: Functions) -> None:
    functions.send("PUT", "/suppliers/s1/configuration/notifications/waiting/bob", body={})


# --- the feed ------------------------------------------------------------------------------------------------


def test_a_subscriber_reads_what_happened_newest_first_page_by_page(functions: Functions) -> None:
    bob_subscribes(functions)
    older, newer = happened(functions, "d1"), happened(functions, "d2", minutes=1)
    first = functions.send("GET", _FEED, by="bob", limit=1)
    second = functions.send("GET", _FEED, by="bob", limit=1, cursor=first.body["cursor"])
    (one,), (other,) = first.body["notifications"], second.body["notifications"]
    assert (one["id"], other["id"]) == (newer.id, older.id)
    assert (one["type"], one["read"], one["document_id"]) == ("document.waiting", False, "d2")
    assert functions.send("GET", _FEED).body["notifications"] == [], "alice is not on the list"
    assert functions.send("GET", _FEED, by="eve").refusal == (404, "not_found")


def test_unread_notifications_are_counted_until_they_are_marked_as_read(functions: Functions) -> None:
    bob_subscribes(functions)
    older, newer = happened(functions, "d1"), happened(functions, "d2", minutes=1)
    counted = functions.send("GET", f"{_FEED}/counts", by="bob").body
    assert (counted["total"], counted["unread"]["waiting"], counted["more"]) == (2, 2, False)
    own = functions.send("GET", "/me/suppliers/s1", by="bob", unread="true").body
    assert own["unread_notifications"] == {"total": 2, "more": False}
    assert "unread_notifications" not in functions.send("GET", "/me/suppliers/s1", by="bob").body
    one_left = functions.send("POST", f"{_FEED}/read", by="bob", body={"ids": [newer.id]})
    assert (one_left.status, one_left.body["total"]) == (200, 1)
    unread = functions.send("GET", _FEED, by="bob", unread="true").body["notifications"]
    assert [each["id"] for each in unread] == [older.id]
    assert functions.send("POST", f"{_FEED}/read", by="bob", body={"all": True}).body["total"] == 0


# --- webhooks ------------------------------------------------------------------------------------------------


def an_endpoint(functions: Functions, **changes: Any) -> Any:
    new = {"url": "https://erp.example.org/chorus", "types": ["document.waiting"], **changes}
    return functions.send("POST", _WEBHOOKS, body=new)


def test_an_endpoints_secret_is_shown_once(functions: Functions) -> None:
    created = an_endpoint(functions, description="ERP")
    assert (created.status, created.headers["Cache-Control"]) == (201, "no-store")
    assert created.body["secret"].startswith("whsec_")
    shown = {name: value for name, value in created.body.items() if name != "secret"}
    read = functions.send("GET", f"{_WEBHOOKS}/{created.body['webhook_id']}")
    assert (read.body, read.version) == (shown, created.version)
    assert (shown["description"], shown["types"]) == ("ERP", ["document.waiting"])
    assert functions.send("GET", _WEBHOOKS).body == {"webhooks": [shown]}
    assert functions.send("GET", f"{_WEBHOOKS}/absent").refusal == (404, "not_found")


def test_an_endpoint_receives_the_first_three_types_unless_it_asks_for_others_or_for_all(functions: Functions) -> None:
    created = functions.send("POST", _WEBHOOKS, body={"url": "https://erp.example.org/chorus"})
    assert set(created.body["types"]) == {"document.waiting", "document.submitted", "invoice.status_changed"}
    every_type = list(get_args(NotificationType))
    asking = functions.send("POST", _WEBHOOKS, body={"url": "https://erp.example.org/all", "types": every_type})
    assert (asking.status, sorted(asking.body["types"])) == (201, sorted(every_type))


def test_an_endpoint_changes_gets_a_new_secret_and_is_deleted(functions: Functions) -> None:
    created = an_endpoint(functions)
    path = f"{_WEBHOOKS}/{created.body['webhook_id']}"
    off = functions.send("PATCH", path, body={"enabled": False}, version=created.version)
    assert (off.status, off.body["enabled"], off.body["url"]) == (200, False, created.body["url"])
    rotated = functions.send("POST", f"{path}/secret")
    assert (rotated.status, rotated.headers["Cache-Control"]) == (200, "no-store")
    assert rotated.body["secret"] != created.body["secret"]
    assert functions.send("DELETE", path, version=created.version).status == 412
    assert functions.send("DELETE", path, version=rotated.version).body == {"webhooks": []}


def test_deliveries_to_an_endpoint_are_listed_page_by_page(functions: Functions) -> None:
    webhook_id = an_endpoint(functions).body["webhook_id"]
    path = f"{_WEBHOOKS}/{webhook_id}/deliveries"
    assert functions.send("GET", path).body == {"deliveries": [], "cursor": None}
    events = [happened(functions, "d1"), happened(functions, "d2", minutes=1)]
    deliveries = DynamoDeliveries(functions.dynamodb, TABLE, "s1")
    for each in events:
        state = {"tries": 1, "last_try_at": NOW, "outcome": "delivered", "detail": "200"}
        deliveries.put(WebhookDelivery(endpoint_id=webhook_id, notification_id=each.id, type=each.type, **state))
    first = functions.send("GET", path, limit=1)
    second = functions.send("GET", path, limit=1, cursor=first.body["cursor"])
    shown = [each["notification_id"] for reply in (first, second) for each in reply.body["deliveries"]]
    assert shown == [each.id for each in reversed(events)]
    assert functions.send("GET", f"{_WEBHOOKS}/absent/deliveries").refusal == (404, "not_found")


def test_events_are_sent_again_by_their_ids_or_of_a_period(functions: Functions) -> None:
    webhook_id = an_endpoint(functions).body["webhook_id"]
    event = happened(functions, "d1")
    path = f"{_WEBHOOKS}/{webhook_id}/replay"
    by_id = functions.send("POST", path, body={"ids": [event.id]})
    assert (by_id.status, by_id.body) == (202, {"queued": 1, "next": None})
    at = event.occurred_at
    since, until = (at - timedelta(hours=1)).isoformat(), (at + timedelta(hours=1)).isoformat()
    of_period = functions.send("POST", path, body={"since": since, "until": until})
    assert (of_period.status, of_period.body) == (202, {"queued": 1, "next": None})
    assert functions.send("POST", path, body={"since": since, "until": since}).status == 422
    assert functions.send("POST", path, body={"since": since, "ids": [event.id]}).status == 422
    assert functions.send("POST", path, body={}).status == 422
    assert len(functions.waiting("webhook")) == 2


def test_a_supplier_that_replayed_the_hours_events_hears_when_there_are_more(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(QUOTAS, "replayed_events", Quota(1, timedelta(days=1000)))
    event = happened(functions, "d1")
    first, second = (an_endpoint(functions).body["webhook_id"] for _ in range(2))
    assert functions.send("POST", f"{_WEBHOOKS}/{first}/replay", body={"ids": [event.id]}).status == 202
    refused = functions.send("POST", f"{_WEBHOOKS}/{second}/replay", body={"ids": [event.id]})
    assert refused.refusal == (429, "quota_exceeded"), "the quota is the supplier's, not the endpoint's"
    assert int(refused.headers["Retry-After"]) >= 1
    assert len(functions.waiting("webhook")) == 1


def test_a_paused_endpoint_is_shown_and_a_change_resumes_it(functions: Functions) -> None:
    created = an_endpoint(functions).body
    endpoints = DynamoEndpoints(functions.dynamodb, TABLE, "s1")
    paused = EndpointHealth(
        failures=5, paused_since=NOW, paused_until=NOW + timedelta(minutes=1), last_failure="timeout"
    )
    endpoints.save_health(endpoints.get(created["webhook_id"]), paused)
    path = f"{_WEBHOOKS}/{created['webhook_id']}"
    (shown,) = functions.send("GET", _WEBHOOKS).body["webhooks"]
    assert (shown["health"]["failures"], shown["health"]["last_failure"]) == (5, "timeout")
    assert shown["health"]["paused_until"] is not None
    resumed = functions.send("PATCH", path, body={"enabled": True}, version=shown["version"])
    assert resumed.status == 200
    healthy = {"failures": 0, "paused_since": None, "paused_until": None, "last_failure": ""}
    healthy |= {"slow_answers": 0, "slow_since": None, "slow_until": None}
    assert resumed.body["health"] == healthy
