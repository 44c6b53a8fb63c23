"""Many items at once and conditions that fail, as every store on the single table treats them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chorus_connector.adapters.table.items import (
    encode_cursor,
    failed_condition_ignored,
    failed_condition_raises,
    read_many,
    start_key,
    write_many,
)
from chorus_connector.adapters.table.keys import primary_key
from chorus_connector.domain.errors import AlreadyExists, Invalid, StaleWrite

KEYS = [primary_key("P", f"{number:03d}") for number in range(130)]


class BusyTable:
    """Takes all of a batch but its last, and that one when it comes alone: a table that is throttled."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.done: list[Any] = []

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        wanted = request["RequestItems"]["t"]
        taken, left = self._take(wanted["Keys"])
        return {"Responses": {"t": taken}, "UnprocessedKeys": {"t": {**wanted, "Keys": left}} if left else {}}

    def batch_write_item(self, **request: Any) -> dict[str, Any]:
        _, left = self._take(request["RequestItems"]["t"])
        return {"UnprocessedItems": {"t": left} if left else {}}

    def _take(self, batch: list[Any]) -> tuple[list[Any], list[Any]]:
        self.calls.append(len(batch))
        taken, left = (batch[:-1], batch[-1:]) if len(batch) > 1 else (batch, [])
        self.done += taken
        return taken, left


def test_what_a_throttled_table_left_is_read_again_a_hundred_to_a_call() -> None:
    table = BusyTable()
    assert list(read_many(table, "t", KEYS)) == KEYS
    assert table.calls == [100, 1, 30, 1]


def test_what_a_throttled_table_left_is_written_again_twenty_five_to_a_call() -> None:
    table = BusyTable()
    requests = [{"DeleteRequest": {"Key": each}} for each in KEYS[:30]]
    write_many(table, "t", requests)
    assert table.done == requests
    assert table.calls == [25, 1, 5, 1]


def test_nothing_to_read_or_write_asks_nothing() -> None:
    table = BusyTable()
    none: list[Any] = []
    assert list(read_many(table, "t", none)) == []
    write_many(table, "t", none)
    assert table.calls == []


CONDITION = ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")
IN_A_TRANSACTION = ClientError(
    {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": "ConditionalCheckFailed"}]},  # type: ignore[typeddict-unknown-key]
    "TransactWriteItems",
)
CROWDED = ClientError(
    {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": "TransactionConflict"}]},  # type: ignore[typeddict-unknown-key]
    "TransactWriteItems",
)

WRONG = ClientError(
    {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": "ValidationError"}]},  # type: ignore[typeddict-unknown-key]
    "TransactWriteItems",
)


@pytest.mark.parametrize("error", [CONDITION, IN_A_TRANSACTION])
def test_a_failed_condition_is_the_refusal_said_or_nothing_at_all(error: ClientError) -> None:
    with pytest.raises(StaleWrite), failed_condition_raises(StaleWrite()):
        raise error
    with failed_condition_ignored():
        raise error


@pytest.mark.parametrize("guard", [lambda: failed_condition_raises(StaleWrite()), failed_condition_ignored])
def test_any_other_error_goes_up_as_it_is(guard: Callable[[], AbstractContextManager[None]]) -> None:
    with pytest.raises(ClientError, match="TransactionCanceled"), guard():
        raise WRONG


@pytest.mark.parametrize("guard", [lambda: failed_condition_raises(AlreadyExists("", "")), failed_condition_ignored])
def test_a_writer_that_met_others_until_the_last_attempt_has_lost_a_race(
    guard: Callable[[], AbstractContextManager[None]],
) -> None:
    with pytest.raises(StaleWrite), guard():
        raise CROWDED


# --- cursors -------------------------------------------------------------------------------------------------


def test_a_cursor_leads_back_to_where_its_list_stopped() -> None:
    stopped = primary_key("SUPPLIER#s1", "INVOICE#d7")
    assert start_key(encode_cursor(stopped), "SUPPLIER#s1", "INVOICE#") == stopped


@pytest.mark.parametrize("partition", ["SUPPLIER#s2", "SUPPLIER#s", "SUPPLIER#s11", "INSTALLATION"])
def test_a_cursor_of_another_suppliers_list_is_refused(partition: str) -> None:
    with pytest.raises(Invalid):
        start_key(encode_cursor(primary_key(partition, "INVOICE#d7")), "SUPPLIER#s1", "INVOICE#")


def test_a_cursor_of_another_list_of_the_supplier_is_refused() -> None:
    with pytest.raises(Invalid):
        start_key(encode_cursor(primary_key("SUPPLIER#s1", "MEMBER#alice")), "SUPPLIER#s1", "INVOICE#")


def test_a_cursor_of_an_index_lies_under_the_prefix_of_that_indexs_key() -> None:
    stopped = {**primary_key("SUPPLIER#s1", "INVOICE#d7"), "list_sort": {"S": "tracking#2026"}}
    assert start_key(encode_cursor(stopped), "SUPPLIER#s1", "tracking#", sort_key="list_sort") == stopped
    for prefix in ("to_process#", "INVOICE#"):
        with pytest.raises(Invalid):
            start_key(encode_cursor(stopped), "SUPPLIER#s1", prefix, sort_key="list_sort")


@pytest.mark.parametrize("cursor", ["x", "é", "e30", "W10", "InRleHQi", "eyJQSyI6ICJTVVBQTElFUiNzMSJ9"])
def test_what_is_no_cursor_is_refused_and_raises_nothing_else(cursor: str) -> None:
    """Among them the texts of ``{}``, ``[]``, ``"text"`` and of a key whose value is no typed one."""
    with pytest.raises(Invalid):
        start_key(cursor, "SUPPLIER#s1", "INVOICE#")
