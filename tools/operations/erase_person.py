"""``chorus-connector erase-person``: erases one person from the table, in every supplier and structure.

What is the person's own is deleted: rights, subscriptions, read marks, waiting e-mails, addresses. What proves a change
stays, with a pseudonym in place of the person: the audit trails are evidence for the other parties. The pseudonym is
random and kept nowhere else, so nothing leads back. Reads the whole table, with the operator's own permissions; an
interrupted run is repeated.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import failed_conditions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.items import Item

PERSON = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A person's principal. Names, groups and systems are refused: shorter words would be found inside other words."""

WHOLE_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[A-Za-z0-9-]+")
"""An e-mail address of a person. Other texts are refused: a word, or a domain, is in the records of others too."""

NO_ADDRESS = "erased@invalid"
_EVIDENCE = frozenset({"AUDIT", "EVENT", "SUPPLIER_EVENT"})
"""Kinds of records that are kept, with a pseudonym, also when their key names the person."""


@dataclass
class Erased:
    """By kind of record, how many are deleted and how many keep a pseudonym; ``busy`` changed meanwhile: run again."""

    deleted: Counter[str] = field(default_factory=Counter)
    pseudonymised: Counter[str] = field(default_factory=Counter)
    busy: int = 0


@dataclass(frozen=True)
class ErasePerson:
    """``principal`` and ``emails`` are the person's; ``pseudonym`` takes their place."""

    client: "DynamoDBClient"
    table: str
    principal: str
    emails: tuple[str, ...]
    pseudonym: str

    def run(self, *, do: bool) -> Erased:
        """Erase the person, or only count."""
        erased = Erased()
        for item in self._items():
            if not self._names(item):
                continue
            kind = keys.kind_and_rest(item["SK"]["S"])[0]
            try:
                if self._is_own(item, kind):
                    erased.deleted[kind] += 1
                    if do:
                        self._delete(item)
                else:
                    erased.pseudonymised[kind] += 1
                    if do:
                        self._rewrite(item)
            except ClientError as error:
                if not failed_conditions(error):
                    raise
                erased.busy += 1
        return erased

    def _items(self) -> "Iterator[Item]":
        pages = self.client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        return (item for page in pages for item in page["Items"])

    def _names(self, item: "Item") -> bool:
        return any(self._replaced(text) != text for text in _texts(item))

    def _is_own(self, item: "Item", kind: str) -> bool:
        """Whether the record is about the person and about nothing else."""
        if kind in _EVIDENCE:
            return False
        place = f"{item['PK']['S']} {item['SK']['S']}"
        named_by_key = self.principal in place or quote(self.principal, safe=":") in place
        is_address = kind in ("EMAIL", "NOTIFY") and self._is_their_address(item)
        return named_by_key or kind == "IDEMPOTENCY" or is_address

    def _is_their_address(self, item: "Item") -> bool:
        """Whether the record is about an address of this person, or another principal's subscription sends to one."""
        return str(json.loads(item["data"]["S"]).get("email") or "").lower() in {each.lower() for each in self.emails}

    def _delete(self, item: "Item") -> None:
        self.client.delete_item(TableName=self.table, Key=keys.primary_key(item["PK"]["S"], item["SK"]["S"]))

    def _rewrite(self, item: "Item") -> None:
        """Write the record with the pseudonym, unless it changed since it was read."""
        after = {name: self._pseudonymised(value) for name, value in item.items()}
        # the lines of an invoice's trail are moved to another item without a change of the record
        compared = [name for name in ("PK", "data", "trail") if name in item]
        unchanged: Any = {
            "TableName": self.table,
            "ConditionExpression": " AND ".join(f"#{name} = :{name}" for name in compared),
            "ExpressionAttributeNames": {f"#{name}": name for name in compared},
            "ExpressionAttributeValues": {f":{name}": item[name] for name in compared},
        }
        if after["SK"] == item["SK"]:
            self.client.put_item(Item=after, **unchanged)
            return
        delete: Any = {"Key": keys.primary_key(item["PK"]["S"], item["SK"]["S"]), **unchanged}
        put: Any = {"TableName": self.table, "Item": after}
        self.client.transact_write_items(TransactItems=[{"Delete": delete}, {"Put": put}])

    def _pseudonymised(self, value: Any) -> Any:
        """An attribute with every text replaced, at every depth."""
        if isinstance(value, str):
            return self._replaced(value)
        if isinstance(value, dict):
            return {name: self._pseudonymised(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._pseudonymised(each) for each in value]
        return value

    def _replaced(self, text: str) -> str:
        for principal in {self.principal, quote(self.principal, safe=":")}:
            text = text.replace(principal, self.pseudonym)
        for email in self.emails:
            text = re.sub(rf"(?i)(?<![\w.+-]){re.escape(email)}(?![\w.-])", NO_ADDRESS, text)
        return text


def _texts(value: Any) -> Iterator[str]:
    """Every text of an attribute, at every depth; a kept answer is compressed."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield gzip.decompress(value).decode(errors="replace") if value[:2] == b"\x1f\x8b" else ""
    elif isinstance(value, dict):
        yield from (text for each in value.values() for text in _texts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in _texts(each))
