"""The partition keys that the local stack's IAM sees in a request."""

from typing import Any

import pytest

from tools.local_stack.emulator import leading_keys

A, B = {"S": "A"}, {"S": "B"}


@pytest.mark.parametrize(
    ("request_body", "keys"),
    [
        ({"TableName": "t", "Key": {"PK": A, "SK": B}}, ["A"]),
        ({"TableName": "t", "Item": {"PK": A, "SK": B, "data": B}}, ["A"]),
        ({"RequestItems": {"t": {"Keys": [{"PK": A, "SK": A}, {"PK": B, "SK": A}]}}}, ["A", "B"]),
        (
            {"RequestItems": {"t": [{"PutRequest": {"Item": {"PK": A}}}, {"DeleteRequest": {"Key": {"PK": B}}}]}},
            ["A", "B"],
        ),
        (
            {
                "TransactItems": [
                    {"Put": {"TableName": "t", "Item": {"PK": A}}},
                    {"Delete": {"TableName": "t", "Key": {"PK": B}}},
                    {"ConditionCheck": {"TableName": "t", "Key": {"PK": {"S": "C"}}}},
                ]
            },
            ["A", "B", "C"],
        ),
        (
            {
                "KeyConditionExpression": "PK = :pk AND begins_with(SK, :prefix)",
                "ExpressionAttributeValues": {":pk": A, ":prefix": B},
            },
            ["A"],
        ),
        (
            {
                "KeyConditionExpression": "#s = :s AND #p = :p",
                "ExpressionAttributeNames": {"#p": "PK", "#s": "SK"},
                "ExpressionAttributeValues": {":p": A, ":s": B},
            },
            ["A"],
        ),
        ({"TableName": "t"}, []),  # a scan
        ({"TableName": "t", "FilterExpression": "PK = :pk", "ExpressionAttributeValues": {":pk": A}}, []),
    ],
)
def test_every_partition_a_request_names_is_seen_and_a_scan_names_none(
    request_body: dict[str, Any], keys: list[str]
) -> None:
    assert leading_keys(request_body, "PK") == keys
