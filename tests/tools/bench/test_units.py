"""The model of DynamoDB's units, by the rules of its developer guide."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.dynamodb_table import create_table
from tools.bench.units import Index, Units, item_size, write_units

LISTS = Index(("PK", "list_sort"), frozenset({"data"}))
KEYS = {"PK": {"S": "p"}, "SK": {"S": "s"}}


def an_item(size: int = 0, **attributes: str) -> dict[str, Any]:
    return {**KEYS, "data": {"S": "x" * size}, **{name: {"S": text} for name, text in attributes.items()}}


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        ({}, an_item(), 1),
        ({}, an_item(1000), 1),
        ({}, an_item(1100), 2),
        (an_item(5000), an_item(), 5),
        (an_item(5000), {}, 5),
        ({}, {}, 1),
    ],
)
def test_a_write_costs_the_larger_of_the_item_before_and_after(before: Any, after: Any, units: int) -> None:
    assert write_units(before, after, ()) == units
    assert write_units(before, after, (), factor=2) == 2 * units


@pytest.mark.parametrize(
    ("before", "after", "of_index"),
    [
        ({}, an_item(), 0),
        ({}, an_item(list_sort="a"), 1),
        (an_item(list_sort="a"), an_item(), 1),
        (an_item(list_sort="a"), an_item(list_sort="b"), 2),
        (an_item(list_sort="a"), an_item(list_sort="a", more="y"), 0),
        (an_item(list_sort="a"), an_item(2000, list_sort="a"), 2),
        (an_item(2000, list_sort="a"), an_item(list_sort="b"), 3),
        ({}, an_item(list_sort="a", more="y" * 5000), 1),
    ],
)
def test_an_index_costs_what_its_own_entry_costs(before: Any, after: Any, of_index: int) -> None:
    assert write_units(before, after, (LISTS,)) - write_units(before, after, ()) == of_index
    assert write_units(before, after, (LISTS,), 2) - write_units(before, after, (), 2) == of_index, "never doubled"


def test_names_and_values_of_every_kind_have_a_size() -> None:
    item = {
        "PK": {"S": "é"},
        "n": {"N": "-123.4"},
        "b": {"B": b"1234"},
        "s": {"SS": ["ab", "c"]},
        "l": {"L": [{"S": "ab"}]},
        "m": {"M": {"k": {"BOOL": True}}},
    }
    assert item_size(item) == (2 + 2) + (1 + 3) + (1 + 4) + (1 + 3 + 3) + (1 + 3 + 1 + 2) + (1 + 3 + 1 + 1 + 1)


def test_the_calls_of_a_client_are_counted_with_what_they_replace() -> None:
    with mock_aws():
        client, uncounted = (
            boto3.client("dynamodb", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
            for _ in range(2)
        )
        create_table(client, "t")
        units = Units(client.meta.events, uncounted)
        client.put_item(TableName="t", Item=an_item(3000, list_sort="a"))
        assert (units.calls, units.written) == (1, 3 + 3)
        units.forget()
        update: Any = {"TableName": "t", "Key": KEYS, "UpdateExpression": "SET more = :more"}
        client.update_item(**update, ExpressionAttributeValues={":more": {"S": "y" * 2000}})
        assert units.written == 5, "all of the item, and nothing for an index that does not contain the attribute"
        units.forget()
        client.transact_write_items(TransactItems=[{"Delete": {"TableName": "t", "Key": KEYS}}])
        assert units.written == 2 * 5 + 3
        units.forget()
        client.get_item(TableName="t", Key=KEYS, ConsistentRead=True)
        client.query(TableName="t", KeyConditionExpression="PK = :p", ExpressionAttributeValues={":p": {"S": "p"}})
        assert (units.read, units.written) == (1.5, 0)
