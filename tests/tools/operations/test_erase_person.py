"""After ``erase-person`` a scan of the whole table finds neither the person's id nor their address."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from chorus_connector.adapters.table.administration import DynamoAccess, DynamoAuditTrail
from chorus_connector.adapters.table.idempotency import DynamoKeptAnswers
from chorus_connector.adapters.table.inbox import DynamoInbox
from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.notifications import DynamoEmailAddresses, DynamoMailbox, DynamoReaders
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.adapters.table.tables import DynamoTables
from chorus_connector.adapters.table.work_claims import DynamoWorkClaims
from chorus_connector.api.conventions import _packed
from chorus_connector.domain.invoices.work_claims import WorkClaim
from chorus_connector.domain.messages.access import MessageSubscription, PublicBodyMember
from chorus_connector.domain.messages.structure import Structure
from chorus_connector.domain.notifications.addresses import EmailAddress
from chorus_connector.domain.suppliers.access import ADMINISTRATORS, Caller, Member, Subscriber
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.tables import new_row
from chorus_connector.ports.values import TrailLine
from chorus_connector.usecases.suppliers.access import ManageAccess
from tests.builders import NOW, a_supplier, an_invoice
from tests.dynamodb_table import empty_table
from tests.fakes_user_pool import FakeUserDirectory
from tests.messages.builders import a_received
from tests.notifications.test_digest import waiting
from tools.operations import commands
from tools.operations.erase_person import WHOLE_ADDRESS, Erased, ErasePerson

PERSON, OTHER, EMAIL = str(uuid4()), str(uuid4()), "Anna.Petit@example.org"
SIRET = "21440109300015"


@pytest.fixture
def client() -> Iterator[Any]:
    with empty_table() as client:
        _fill(client)
        yield client


def _fill(client: Any) -> None:
    """The person wherever the product keeps one, and another person beside them."""
    DynamoInstallation(client, "t").create_supplier(a_supplier(), administrator=OTHER)
    directory = FakeUserDirectory.of(PERSON, OTHER)
    root = Caller(OTHER, frozenset({ADMINISTRATORS}))
    manage = ManageAccess(DynamoAccess(client, "t", "s1"), directory, by=root)
    manage.grant(Member(principal=PERSON, kind="person", roles=("administer", "use")), now=NOW)
    manage.subscribe(Subscriber(kind="waiting", principal=PERSON, email=EMAIL), now=NOW)
    manage.subscribe(Subscriber(kind="status", principal=OTHER, email=EMAIL.lower()), now=NOW)
    manage.subscribe(Subscriber(kind="waiting", principal=OTHER, email=f"jo{EMAIL}"), now=NOW)
    by_person = ManageAccess(DynamoAccess(client, "t", "s1"), directory, by=Caller(PERSON, frozenset({ADMINISTRATORS})))
    by_person.grant(Member(principal=OTHER, kind="person", roles=("administer",)), now=NOW + timedelta(seconds=1))
    DynamoEmailAddresses(client, "t", "s1").save(EmailAddress(email=EMAIL, changed_at=NOW).asked("s", now=NOW))
    told = waiting()
    DynamoMailbox(client, "t", "s1").put(PERSON, EMAIL, told, due_at=NOW)
    DynamoReaders(client, "t", "s1").mark(PERSON, [told.id])
    DynamoReaders(client, "t", "s1").mark_all_before(PERSON, told.id)
    DynamoInvoices(client, "t", "s1").add(an_invoice(), by=PERSON)
    DynamoTables(client, "t", "s1").put([new_row("users", label="Nord", value=PERSON, scope="", by=PERSON, now=NOW)])
    for by in (PERSON, OTHER):
        DynamoWorkClaims(client, "t", "s1").put(WorkClaim(document_id="d1", by=by, since=NOW, until=NOW))
    structures = DynamoStructures(client, "t")
    structures.save(Structure(siret=SIRET, name="Mairie", public=True, version=1), owner="")
    structures.set_member(SIRET, PublicBodyMember(principal=PERSON, role="administer"), change=_change("member"))
    for principal, granted_by in ((PERSON, OTHER), (OTHER, PERSON)):
        structures.subscribe(
            MessageSubscription(principal=principal, siret=SIRET, mode="read", granted_by=granted_by, granted_at=NOW),
            line=TrailLine("", _change(f"subscribed-{principal}")),
        )
    DynamoInbox(client, "t", SIRET).mark(PERSON, a_received(), read=True)
    answers = DynamoKeptAnswers(client, "t")
    answers.claim("k", fingerprint="f", owner="o", now=NOW)
    answer = {"statusCode": 200, "headers": {}, "body": json.dumps({"principal": PERSON})}
    answers.keep("k", owner="o", answer=_packed(answer, []))


def _change(change_id: str) -> Change:
    return Change(change_id=change_id, at=NOW, by=PERSON, item=f"subscriptions/{PERSON}", action="set")


def erase(client: Any, *, do: bool) -> Erased:
    return ErasePerson(client, "t", PERSON, (EMAIL,), "erased:0123456789ab").run(do=do)


def everything(client: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.scan(TableName="t")["Items"]
    return items


def test_nothing_in_the_whole_table_names_an_erased_person(client: Any) -> None:
    assert PERSON in str(everything(client))
    done = erase(client, do=True)
    left = str(everything(client))
    assert PERSON not in left
    assert EMAIL.lower() not in left.lower().replace(f"jo{EMAIL}".lower(), "")
    assert done.busy == 0
    assert erase(client, do=True) == Erased(), "a second run finds nothing"


def test_the_audit_trail_keeps_what_was_done_under_a_pseudonym(client: Any) -> None:
    before = DynamoAuditTrail(client, "t", "s1").page(limit=100, cursor=None).changes
    erase(client, do=True)
    after = DynamoAuditTrail(client, "t", "s1").page(limit=100, cursor=None).changes
    assert len(after) == len(before)
    assert {each.by for each in after} == {OTHER, "erased:0123456789ab"}
    assert "access/erased:0123456789ab" in [each.item for each in after]
    (uploaded,) = DynamoInvoices(client, "t", "s1").events("d1")
    assert uploaded.by == "erased:0123456789ab"


def test_a_trail_that_is_moved_while_its_record_is_rewritten_is_erased_by_the_next_run(client: Any) -> None:
    """The lines go to an item that the scan has passed. The record is the same, so only the lines show it."""
    erasing = ErasePerson(client, "t", PERSON, (EMAIL,), str(uuid4()))
    (invoice,) = [item for item in everything(client) if item["SK"]["S"].startswith("INVOICE#")]
    client.update_item(
        TableName="t", Key={name: invoice[name] for name in ("PK", "SK")}, UpdateExpression="REMOVE trail"
    )
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        erasing._rewrite(invoice)


def test_other_people_keep_what_is_theirs(client: Any) -> None:
    erase(client, do=True)
    access = DynamoAccess(client, "t", "s1")
    assert [each.principal for each in access.get().members] == [OTHER]
    assert [each.by for each in DynamoWorkClaims(client, "t", "s1").of("d1")] == [OTHER]
    assert [each.email for each in access.subscribers()] == [f"jo{EMAIL}"]
    assert DynamoInstallation(client, "t").rights("s1", OTHER)
    assert not DynamoInstallation(client, "t").rights("s1", PERSON)
    assert [each.principal for each in DynamoStructures(client, "t").subscribers(SIRET)] == [OTHER]


def test_without_confirmation_it_only_counts(client: Any) -> None:
    before = everything(client)
    counted = erase(client, do=False)
    assert everything(client) == before
    assert counted == erase(client, do=True)
    assert {
        "MEMBER",
        "NOTIFY",
        "DIGEST",
        "DIGEST_LINE",
        "FEED_READ",
        "EMAIL",
        "READ",
        "TABLE",
        "WORKING",
    } <= counted.deleted.keys()
    assert {"AUDIT", "INVOICE", "SUBSCRIBER"} <= counted.pseudonymised.keys()


@pytest.mark.parametrize(
    "text", ["active", "e", "example.org", "@example.org", "a@b", "anna@example.org, bob@example.org", ""]
)
def test_an_address_is_a_whole_one(text: str) -> None:
    """« active » is in nearly every record of a supplier."""
    assert not WHOLE_ADDRESS.fullmatch(text)
    assert WHOLE_ADDRESS.fullmatch(EMAIL)


def test_the_command_takes_no_part_of_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_attach", lambda _: {"TABLE_NAME": "t"})
    asked = CliRunner().invoke(commands.operator, ["erase-person", PERSON, "--environment", "dev", "--email", "active"])
    assert asked.exit_code != 0
    assert "whole e-mail address" in asked.output + str(asked.exception)
