"""The directory's cache: what the use cases rely on holds on the fake and on DynamoDB, for few and many services."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.recipients import DynamoRecipients, composed, wanted_keys
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.domain.errors import NotCached
from chorus_connector.domain.portal.recipient import Recipient, Service
from tests.aws import new_client
from tests.builders import NOW, TOWN_SIRET, a_recipient
from tests.dynamodb_table import create_table
from tests.fakes import FakeRecipients

LATER = NOW + timedelta(days=1)


def services(count: int, *, start: int = 0) -> tuple[Service, ...]:
    return tuple(
        Service(portal_id=4_000_000 + each, code=f"SVC-{each:05d}", name=f"Direction du canton n° {each}")
        for each in range(start, start + count)
    )


def the_state(count: int = 400, **changes: Any) -> Recipient:
    return a_recipient(**{"services": services(count), **changes})


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        made = new_client("dynamodb")
        create_table(made, "t")
        yield made


@pytest.fixture(params=["fake", "dynamodb"])
def cache(request: pytest.FixtureRequest, client: Any) -> Any:
    return FakeRecipients() if request.param == "fake" else DynamoRecipients(client, "t")


def items(client: Any) -> dict[str, dict[str, Any]]:
    return {item["SK"]["S"]: item for item in client.scan(TableName="t")["Items"]}


def test_a_structure_whose_services_are_not_all_written_yet_is_not_known(client: Any) -> None:
    """One read has the new structure and no services: its services must not be taken for unknown ones."""
    cache = DynamoRecipients(client, "t")
    cache.put(the_state())
    shard = wanted_keys(TOWN_SIRET, "SVC-00007")[1]
    client.delete_item(TableName="t", Key=shard)
    assert cache.get(TOWN_SIRET, "SVC-00007") is None
    assert cache.whole(TOWN_SIRET) is None
    assert cache.get(TOWN_SIRET) is not None


@pytest.mark.parametrize("count", [0, 1, 12, 200])
def test_a_service_is_found_by_its_code_and_by_its_label(cache: Any, count: int) -> None:
    cache.put(the_state(count))
    for each in services(count)[:: max(1, count // 7)]:
        assert cache.get(TOWN_SIRET, each.code).service(each.code) == each
        assert cache.get(TOWN_SIRET, each.name.upper()).labelled(each.name.upper()) == each
    unknown = cache.get(TOWN_SIRET, "NO-SUCH")
    assert unknown.service("NO-SUCH") is None
    assert unknown.labelled("NO-SUCH") is None
    assert unknown.lists_services is (count > 0)


@pytest.mark.parametrize("count", [2, 60])
def test_the_whole_structure_has_every_service_once(cache: Any, count: int) -> None:
    cache.put(the_state(count))
    whole = cache.whole(TOWN_SIRET)
    assert not whole.partial
    assert sorted(each.code for each in whole.services) == [each.code for each in services(count)]
    assert cache.whole("21000031100014") is None


@pytest.mark.parametrize("count", [2, 60])
def test_what_was_learnt_of_two_services_is_kept_of_both(cache: Any, count: int) -> None:
    cache.put(the_state(count))
    one, other = services(2)
    seen = cache.get(TOWN_SIRET, one.code), cache.get(TOWN_SIRET, other.code)  # both workers read before either writes
    for recipient, service, required in zip(seen, (one, other), (True, False), strict=True):
        judged = service.model_copy(update={"engagement_required": required, "engagement_asked_at": NOW})
        cache.learn(recipient, judged)
    for service, required in ((one, True), (other, False)):
        for text in (service.code, service.name):
            found = cache.get(TOWN_SIRET, text)
            judged = found.service(text) or found.labelled(text)
            assert (judged.engagement_required, judged.engagement_asked_at) == (required, NOW)


@pytest.mark.parametrize("count", [2, 60])
def test_a_service_that_the_portal_lists_no_more_is_gone(cache: Any, count: int) -> None:
    cache.put(the_state(count))
    gone, *rest = services(count)
    cache.put(the_state(services=tuple(rest), fetched_at=LATER))
    assert cache.get(TOWN_SIRET, gone.code).service(gone.code) is None
    assert cache.get(TOWN_SIRET, gone.name).labelled(gone.name) is None
    assert cache.get(TOWN_SIRET, gone.code).fetched_at == LATER


def test_an_older_answer_replaces_no_newer_one(cache: Any) -> None:
    cache.put(the_state(2, fetched_at=LATER))
    cache.put(the_state(1))
    assert len(cache.whole(TOWN_SIRET).services) == 2


def test_a_structure_that_shrinks_and_grows_again_has_no_service_of_before(client: Any) -> None:
    cache = DynamoRecipients(client, "t")
    cache.put(the_state(60))
    cache.put(the_state(2, fetched_at=NOW + timedelta(days=1)))
    assert len(cache.whole(TOWN_SIRET).services) == 2  # type: ignore[union-attr]
    cache.put(the_state(services=services(50, start=1_000), fetched_at=NOW + timedelta(days=2)))
    assert {each.code for each in cache.whole(TOWN_SIRET).services} == {  # type: ignore[union-attr]
        each.code for each in services(50, start=1_000)
    }


def test_a_refresh_writes_only_what_changed(client: Any) -> None:
    cache = DynamoRecipients(client, "t")
    cache.put(the_state())
    written: list[str] = []
    client.meta.events.register("before-call.dynamodb", lambda params, **_: written.append(params["body"].decode()))
    cache.put(the_state(fetched_at=LATER))
    assert sum(body.count("SERVICES#") for body in written) == 0
    first = services(1)[0].model_copy(update={"active": False})
    cache.put(the_state(services=(first, *services(400)[1:]), fetched_at=LATER + timedelta(days=1)))
    assert 1 <= sum(body.count("SERVICES#") for body in written) <= 2
    assert cache.get(TOWN_SIRET, first.code).service(first.code) == first  # type: ignore[union-attr]


def test_a_small_structure_is_one_item_as_in_older_releases(client: Any) -> None:
    DynamoRecipients(client, "t").put(the_state(5))
    assert list(items(client)) == ["RECIPIENT"]


def test_a_structure_of_5000_services_is_read_by_two_keys_and_no_item_is_large(client: Any) -> None:
    DynamoRecipients(client, "t").put(the_state(5_000))
    stored = items(client)
    assert len(stored) == 1 + keys.SERVICE_SHARDS
    assert max(len(item["services"]["B"]) for sort, item in stored.items() if sort != "RECIPIENT") < 8_000
    wanted = wanted_keys(TOWN_SIRET, "SVC-04999")
    assert len(wanted) == 2
    read = client.batch_get_item(RequestItems={"t": {"Keys": wanted}})["Responses"]["t"]
    assert composed(read).service("SVC-04999") is not None  # type: ignore[union-attr]


OLD_RECORD = {
    "portal_id": 25,
    "siret": TOWN_SIRET,
    "name": "Mairie",
    "active": True,
    "service_required": True,
    "services": [
        {"portal_id": 1, "code": "STECH", "name": "Services techniques", "active": True, "engagement_required": True},
        {"portal_id": 2, "code": "DSI", "name": "", "active": False, "engagement_required": None},
    ],
    "fetched_at": "2026-11-20T10:00:00Z",
}
"""As the releases before wrote it: all services in the one item, and nothing beside ``data``."""


def test_a_record_of_an_older_release_is_read_and_replaced(client: Any) -> None:
    client.put_item(TableName="t", Item={**keys.recipient(TOWN_SIRET), "data": {"S": json.dumps(OLD_RECORD)}})
    cache = DynamoRecipients(client, "t")
    known = cache.get(TOWN_SIRET, "STECH")
    assert known is not None
    assert known == cache.whole(TOWN_SIRET)
    assert (known.service("STECH").engagement_required, known.service("DSI").active) == (True, False)  # type: ignore[union-attr]
    cache.put(the_state(60, fetched_at=NOW + timedelta(days=9)))
    assert cache.get(TOWN_SIRET, "SVC-00007").service("SVC-00007") is not None  # type: ignore[union-attr]


def test_of_two_refreshes_at_the_same_time_one_is_kept_whole(client: Any) -> None:
    cache = DynamoRecipients(client, "t")
    cache.put(the_state(60))
    in_between = [the_state(services=services(60, start=500), fetched_at=LATER + timedelta(seconds=1))]

    def other_worker(**_: Any) -> None:
        while in_between:
            cache.put(in_between.pop())

    client.meta.events.register("before-call.dynamodb.TransactWriteItems", other_worker)
    cache.put(the_state(services=services(60, start=900), fetched_at=LATER))
    whole = cache.whole(TOWN_SIRET)
    assert whole is not None
    assert {each.code for each in whole.services} == {each.code for each in services(60, start=500)}


def test_names_of_ten_thousand_characters_are_kept_or_refused_before_the_table_does(client: Any) -> None:
    cache = DynamoRecipients(client, "t")
    one = Service(portal_id=1, code="ONE", name="é" * 10_000)
    cache.put(the_state(services=(one, *services(60))))
    assert cache.get(TOWN_SIRET, "ONE").service("ONE") == one  # type: ignore[union-attr]
    noise = (one.model_copy(update={"name": base64.b64encode(Random(1).randbytes(400_000)).decode()}), *services(60))
    with pytest.raises(NotCached):
        cache.put(the_state(services=noise, fetched_at=LATER))
    assert cache.get(TOWN_SIRET, "ONE").service("ONE") == one  # type: ignore[union-attr]


@pytest.mark.parametrize("code", ["ValidationException", "ThrottlingException", "TransactionCanceledException"])
def test_a_write_that_the_table_refuses_is_not_cached(client: Any, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code}}, "TransactWriteItems")

    monkeypatch.setattr(client, "transact_write_items", refuse)
    with pytest.raises(NotCached):
        DynamoRecipients(client, "t").put(the_state(60))


def test_learning_about_a_structure_that_is_not_kept_writes_nothing(client: Any) -> None:
    cache = DynamoRecipients(client, "t")
    for recipient in (the_state(1), the_state(60)):
        cache.learn(recipient, services(1)[0])
    assert items(client) == {}


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@example(rows=[("\u00af", "", False), *[("", "", False)] * 50], padding=2)  # nothing is left of « ¯ » without accents
@given(rows=st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), max_size=60), padding=st.integers(0, 3))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_directory_answers_the_same_by_text_as_read_whole(
    client: Any, rows: list[tuple[str, str, bool]], padding: int
) -> None:
    """The structure that is read for one code or label judges it as the whole one does."""
    listed = tuple(
        Service(portal_id=number, code=code or "X", name=name + "x" * 100 * padding, active=active)
        for number, (code, name, active) in enumerate(rows)
    )
    whole = a_recipient(services=listed)
    cache = DynamoRecipients(client, "t")
    cache.put(whole)
    for text in {*(each.code for each in listed), *(each.name for each in listed), "elsewhere"} - {""}:
        known = cache.get(TOWN_SIRET, text)
        assert known is not None
        assert known.service(text) == whole.service(text)
        assert known.labelled(text) == whole.labelled(text)
        assert known.lists_services == whole.lists_services


def test_a_message_is_written_to_any_service_of_a_large_structure(client: Any) -> None:
    """The structure has all of them; an exchange of one invoice reads the one that it names."""
    DynamoRecipients(client, "t").put(the_state(60))
    structures, (first, *_, last) = DynamoStructures(client, "t"), services(60)
    whole = structures.get(TOWN_SIRET)
    assert whole is not None
    assert {each.code for each in whole.services} == {each.code for each in services(60)}
    one = structures.get_many([TOWN_SIRET], service=last.code)[TOWN_SIRET]
    assert one.service(last.code).label == last.name  # type: ignore[union-attr]
    assert (one.name, one.service(first.code)) == (whole.name, None)
    assert structures.get_many([TOWN_SIRET], service="")[TOWN_SIRET].services == ()
