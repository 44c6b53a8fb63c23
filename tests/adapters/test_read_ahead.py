"""What is read ahead is read in one call, and answers as the table would have then: once."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from chorus_connector.adapters.table.ahead import ReadAhead
from chorus_connector.adapters.table.keys import primary_key
from tests.aws import new_client
from tests.dynamodb_table import create_table

SORTS = ("A", "B", "C", "D")


class Calls:
    """A client of a table that counts its reads; ``lost`` is how many answers leave all but one key unprocessed."""

    def __init__(self) -> None:
        self.client = new_client("dynamodb")
        create_table(self.client, "t")
        self.reads: list[tuple[str, ...]] = []
        self.lost = 0

    def get_item(self, **request: Any) -> Any:
        assert request["ConsistentRead"]
        self.reads.append((request["Key"]["SK"]["S"],))
        return self.client.get_item(**request)

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 (as the client names it)
        (asked,) = RequestItems.values()
        assert asked["ConsistentRead"]
        self.reads.append(tuple(sorted(key["SK"]["S"] for key in asked["Keys"])))
        if self.lost and len(asked["Keys"]) > 1:
            self.lost -= 1
            first, *rest = asked["Keys"]
            answer = self.client.batch_get_item(RequestItems={"t": {**asked, "Keys": [first]}})
            return {**answer, "UnprocessedKeys": {"t": {**asked, "Keys": rest}}}
        return self.client.batch_get_item(RequestItems=RequestItems)

    def put(self, sort: str, text: str) -> None:
        self.client.put_item(TableName="t", Item={**key(sort), "data": {"S": text}})


def key(sort: str) -> Any:
    return primary_key("P", sort)


@pytest.fixture
def table() -> Iterator[Calls]:
    with mock_aws():
        yield Calls()


def text(item: Any) -> str | None:
    return item["data"]["S"] if item else None


def test_what_is_planned_is_read_in_one_call_with_the_first_that_is_asked_for(table: Calls) -> None:
    table.put("A", "a")
    reads = ReadAhead(table, "t")  # type: ignore[arg-type]
    reads.plan([key("A"), key("B")])
    assert table.reads == [], "a plan costs nothing"
    assert [text(reads.get(key(each))) for each in ("B", "A")] == [None, "a"]
    assert table.reads == [("A", "B")]


def test_a_second_read_of_a_key_sees_what_was_written_since(table: Calls) -> None:
    reads = ReadAhead(table, "t")  # type: ignore[arg-type]
    reads.plan([key("A"), key("B")])
    assert reads.get(key("A")) is None
    table.put("A", "written since")
    assert text(reads.get(key("A"))) == "written since"


def test_what_is_planned_again_is_read_again(table: Calls) -> None:
    reads = ReadAhead(table, "t")  # type: ignore[arg-type]
    reads.plan([key("A"), key("B"), key("C")])
    reads.get(key("A"))
    table.put("B", "new")
    reads.plan([key("B")])
    assert [text(reads.get(key(each))) for each in ("B", "C")] == ["new", None]
    assert table.reads == [("A", "B", "C"), ("B",)]


def test_keys_that_the_table_leaves_unprocessed_are_asked_for_again(table: Calls) -> None:
    for each in SORTS:
        table.put(each, each)
    table.lost = 3
    reads = ReadAhead(table, "t")  # type: ignore[arg-type]
    reads.plan(map(key, SORTS))
    assert [text(reads.get(key(each))) for each in SORTS] == list(SORTS)


_STEPS = st.one_of(
    st.tuples(st.just("plan"), st.lists(st.sampled_from(SORTS), max_size=4)),
    st.tuples(st.just("get"), st.lists(st.sampled_from(SORTS), min_size=1, max_size=3)),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEPS, max_size=8), kept=st.sets(st.sampled_from(SORTS)))
def test_any_order_of_plans_and_reads_answers_as_the_table(
    table: Calls, steps: list[tuple[str, list[str]]], kept: set[str]
) -> None:
    for each in SORTS:
        table.client.delete_item(TableName="t", Key=key(each))
    for each in kept:
        table.put(each, each)
    reads = ReadAhead(table, "t")  # type: ignore[arg-type]
    for step, sorts in steps:
        if step == "plan":
            reads.plan(map(key, sorts))
        else:
            assert [text(item) for item in reads.get_many([key(each) for each in sorts])] == [
                each if each in kept else None for each in sorts
            ]
