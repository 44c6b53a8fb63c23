"""The counters of quotas, on the fake and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chorus_connector.adapters.table.quotas import DynamoQuotaCounters
from chorus_connector.domain.quotas import Holder
from chorus_connector.ports.quotas import QuotaCounters
from tests.builders import NOW
from tests.dynamodb_table import empty_table
from tests.fakes import FakeQuotaCounters

S1, END = Holder("supplier", "s1"), NOW + timedelta(minutes=1)


@pytest.fixture(params=["fake", "dynamodb"])
def counters(request: pytest.FixtureRequest) -> Iterator[QuotaCounters]:
    if request.param == "fake":
        yield FakeQuotaCounters()
        return
    with empty_table() as client:
        yield DynamoQuotaCounters(client, "t")


def test_a_window_has_room_for_its_number_and_a_refusal_counts_nothing(counters: QuotaCounters) -> None:
    taken = [counters.take(S1, "uploads", 3, most=8, begin=NOW, end=END) for _ in range(3)]
    assert taken == [True, True, False]
    assert counters.take(S1, "uploads", 2, most=8, begin=NOW, end=END)
    assert not counters.take(S1, "uploads", 1, most=8, begin=NOW, end=END)


def test_holders_kinds_and_windows_are_counted_apart(counters: QuotaCounters) -> None:
    assert counters.take(S1, "uploads", 1, most=1, begin=NOW, end=END)
    assert counters.take(Holder("supplier", "s2"), "uploads", 1, most=1, begin=NOW, end=END)
    assert counters.take(Holder("principal", "s1"), "uploads", 1, most=1, begin=NOW, end=END)
    assert counters.take(S1, "exports", 1, most=1, begin=NOW, end=END)
    assert counters.take(S1, "uploads", 1, most=1, begin=END, end=END + timedelta(minutes=1))
    assert not counters.take(S1, "uploads", 1, most=1, begin=NOW, end=END)


def test_what_was_counted_and_not_used_is_given_back(counters: QuotaCounters) -> None:
    assert counters.take(S1, "recognised_pages", 8, most=8, begin=NOW, end=END)
    assert counters.take(S1, "recognised_pages", -3, most=8, begin=NOW, end=END)
    assert not counters.take(S1, "recognised_pages", 4, most=8, begin=NOW, end=END)
    assert counters.take(S1, "recognised_pages", 3, most=8, begin=NOW, end=END)


def test_more_than_a_whole_window_is_refused_at_once(counters: QuotaCounters) -> None:
    assert not counters.take(S1, "uploads", 9, most=8, begin=NOW, end=END)


def test_a_counter_expires_with_its_window() -> None:
    with empty_table() as client:
        DynamoQuotaCounters(client, "t").take(S1, "uploads", 1, most=8, begin=NOW, end=END)
        (item,) = client.scan(TableName="t")["Items"]
        assert item["expires_at"] == {"N": str(int(END.timestamp()))}
