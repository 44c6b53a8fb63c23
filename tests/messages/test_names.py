"""A structure's names are its own: what changes is shown and found at once, under one name, page by page."""

from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.message_stream import redescribed_structure
from chorus_connector.adapters.table.recipients import DynamoRecipients
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.domain.messages.refusals import InvalidMessage
from chorus_connector.domain.messages.structure import Counterparty, StructureService
from chorus_connector.domain.portal.recipient import Recipient, Service
from chorus_connector.usecases.messages.correspondents import Search
from chorus_connector.usecases.messages.naming import COPIES_AT_A_TIME, RenewNames
from tests.aws import aws_client
from tests.builders import a_supplier
from tests.messages import fakes
from tests.messages.builders import ACME, NOW, TOWN, a_structure, a_table, an_address
from tests.messages.worlds import World


def a_town(**changes: Any) -> World:
    """Acmé invoiced the town and two of its services."""
    world = World()
    services = (StructureService(code="STECH", label="Services techniques"), StructureService(code="SCOL"))
    described = {"name": "Mairie de Montclair", "postal_code": "49000", "town": "Angers", "services": services}
    world.table.structures[TOWN] = a_structure(TOWN, **{**described, **changes})
    for service in ("STECH", "SCOL"):
        world.exchange(ACME, TOWN, service)
    return world


def found(world: World, **criteria: str) -> list[tuple[str, str, str]]:
    page = world.finder.search(None, Search(**criteria), limit=100)
    return [(each.siret, each.service, each.name) for each in page.items]


def renew(world: World, siret: str) -> None:
    """Every step of the renewal."""
    queue = fakes.FakeRenewalQueue()
    names = RenewNames(world.structures, lambda other: fakes.FakeCounterparties(world.table, other), queue)
    queue.renew(siret)
    while queue.queued:
        names.work_on(*queue.queued.pop())


@pytest.mark.parametrize(
    ("criteria", "services"),
    [
        ({"designation": "mairie"}, [""]),
        ({"designation": "technique"}, ["STECH"]),
        ({"designation": "montclair technique"}, ["STECH"]),
        ({"designation": "stech"}, ["STECH"]),
        ({"service": "sco"}, ["SCOL"]),
        ({"service": "techniques", "town": "angers"}, ["STECH"]),
        ({"service": "techniques", "designation": "mairie", "postal_code": "49"}, ["STECH"]),
        ({"service": "techniques", "town": "paris"}, []),
        ({"service": "mairie"}, []),
        ({"identifier": TOWN}, [""]),
        ({"identifier": TOWN, "designation": "services"}, ["STECH"]),
    ],
)
def test_a_service_is_found_by_its_code_and_label_and_a_structure_by_its_name(
    criteria: dict[str, str], services: list[str]
) -> None:
    assert [service for _, service, _ in found(a_town(), **criteria)] == services


def test_a_changed_name_is_shown_at_once_and_a_place_where_it_does_not_fit_any_more_finds_nothing() -> None:
    world = a_town()
    changed = {"name": "Ville de Hautmont", "postal_code": "59330", "town": "Hautmont"}
    world.table.structures[TOWN] = a_structure(TOWN, **changed)
    assert {name for *_, name in found(world, identifier=TOWN)} == {"Ville de Hautmont"}
    completed = world.finder.completed(None, TOWN, limit=10).items
    assert {(each.name, each.postal_code) for each in completed} == {("Ville de Hautmont", "59330")}
    assert len(completed) == 3
    assert found(world, designation="montclair") == []
    renew(world, TOWN)
    for criteria in ({"designation": "hautmont"}, {"postal_code": "59330"}, {"town": "hautmont"}):
        assert (TOWN, "", "Ville de Hautmont") in found(world, **criteria)
    assert found(world, postal_code="49000") == []


def test_a_supplier_that_is_renamed_is_found_by_its_clients_under_its_new_name() -> None:
    world = a_town()
    world.table.structures[ACME] = a_structure(ACME, name="Nouvelle Menuiserie", public=False)
    renew(world, ACME)
    theirs = fakes.FakeCounterparties(world.table, TOWN)
    assert [each.counterparty.name for each in theirs.found_by("supplier", "designation", "nouvelle")] == [
        "Nouvelle Menuiserie"
    ]
    assert list(theirs.found_by("supplier", "designation", "acme")) == []


def test_the_copies_of_more_counterparties_than_one_step_takes_are_all_renewed() -> None:
    world = a_town()
    suppliers = [f"8{number:013d}" for number in range(COPIES_AT_A_TIME + 3)]
    for siret in suppliers:
        world.table.structures[siret] = a_structure(siret, public=False)
        world.exchange(siret, TOWN)
    world.table.structures[TOWN] = a_structure(TOWN, name="Ville de Hautmont")
    renew(world, TOWN)
    names = {
        fakes.FakeCounterparties(world.table, each).recorded("client", [an_address()])[an_address()].name
        for each in (*suppliers, ACME)
    }
    assert names == {"Ville de Hautmont"}


def test_a_name_that_changes_during_its_renewal_is_renewed_again() -> None:
    world, queue = a_town(), fakes.FakeRenewalQueue()

    def changing(siret: str) -> fakes.FakeCounterparties:
        world.table.structures[TOWN] = a_structure(TOWN, name="Le dernier nom")
        return fakes.FakeCounterparties(world.table, siret)

    RenewNames(world.structures, changing, queue).work_on(TOWN, "")
    assert queue.queued == [(TOWN, "")]


def test_a_structure_that_is_known_to_no_source_is_left_as_it_is() -> None:
    world, queue = World(), fakes.FakeRenewalQueue()
    RenewNames(world.structures, lambda siret: fakes.FakeCounterparties(world.table, siret), queue).work_on(
        "9" * 14, ""
    )
    assert queue.queued == []


def test_more_matches_than_a_page_are_reached_with_the_cursor_each_once() -> None:
    world = World()
    sirets = [world.client(number) for number in range(57)]
    for siret in sirets[::2]:
        world.table.structures[siret] = a_structure(siret, name="Saint Sainte Saintonge")
        renew(world, siret)
    for criteria in ({"identifier": "2200"}, {"designation": "saint"}, {"designation": "structure"}):
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = world.finder.search(None, Search(**criteria), limit=10, cursor=cursor)
            seen += [each.siret for each in page.items]
            cursor = page.cursor
            if cursor is None:
                break
            assert len(page.items) == 10
        assert len(seen) == len(set(seen))
        assert set(seen) >= set(
            {"saint": sirets[::2], "structure": sirets[1::2]}.get(criteria.get("designation", ""), sirets)
        )
    first = world.finder.search(None, Search(identifier="2200"), limit=10).cursor
    with pytest.raises(InvalidMessage) as refused:
        world.finder.search(None, Search(identifier="2201"), limit=10, cursor=first)
    assert refused.value.code == "unknown_cursor"


def test_completion_is_paged_too() -> None:
    world = a_town()
    first = world.finder.completed(None, TOWN, limit=2)
    rest = world.finder.completed(None, TOWN, limit=2, cursor=first.cursor)
    assert [each.service for each in (*first.items, *rest.items)] == ["", "SCOL", "STECH"]
    assert rest.cursor is None


def test_a_supplier_that_was_deleted_is_not_offered_any_more() -> None:
    world = World()
    world.table.structures[TOWN] = a_structure(TOWN, public=True)
    reader = World(table=world.table)
    town = reader.finder
    object.__setattr__(town.audience, "structure", world.table.structures[TOWN])
    object.__setattr__(town.audience, "counterparties", fakes.FakeCounterparties(world.table, TOWN))
    assert [each.siret for each in town.completed("supplier", ACME, limit=5).items] == [ACME]
    del world.table.structures[ACME]
    assert town.completed("supplier", ACME, limit=5).items == ()
    assert town.search("supplier", Search(identifier=ACME), limit=5).items == ()


def test_a_client_that_nothing_describes_has_the_name_that_the_invoice_gave() -> None:
    world = World()
    unknown = "21999999900019"
    described = Counterparty(siret=unknown, name="Commune de l'historique", first_at=NOW)
    fakes.FakeCounterparties(world.table, ACME).record("client", described)
    assert found(world, identifier=unknown) == [(unknown, "", "Commune de l'historique")]


# --- what describes a structure --------------------------------------------------------------------------------------


def a_listed(**changes: Any) -> Recipient:
    values: dict[str, Any] = {"portal_id": 7, "siret": TOWN, "name": "COMMUNE DE MONTCLAIR", "active": True}
    return Recipient(**{**values, "postal_code": "49000", "town": "ANGERS", "fetched_at": NOW, **changes})


@pytest.mark.parametrize("entered", [{}, {"town": "Angers-sur-Loire"}])
def test_what_was_not_entered_here_is_the_directorys_newest_answer(entered: dict[str, str]) -> None:
    with mock_aws():
        client = aws_client("dynamodb")
        a_table(client)
        structures, directory = DynamoStructures(client, "messages"), DynamoRecipients(client, "messages")
        directory.put(a_listed())
        listed = structures.get(TOWN)
        assert listed is not None
        assert (listed.name, listed.postal_code, listed.town, listed.version) == (
            "COMMUNE DE MONTCLAIR",
            "49000",
            "ANGERS",
            0,
        )
        structures.save(a_structure(TOWN, name="", public_by="siren", **entered), owner="")
        renamed = {"name": "VILLE DE HAUTMONT", "town": "HAUTMONT", "services": (Service(portal_id=1, code="X"),)}
        directory.put(a_listed(**renamed, fetched_at=NOW + timedelta(days=1)))
        now = structures.get(TOWN)
        assert now is not None
        assert (now.name, now.town) == ("VILLE DE HAUTMONT", entered.get("town", "HAUTMONT"))
        assert [each.code for each in now.services] == ["X"]


@pytest.mark.parametrize(
    ("siret", "stated", "entered", "public"),
    [
        (TOWN, None, None, (True, "portal")),
        ("38412345600017", True, None, (True, "portal")),
        ("38412345600017", False, None, (False, "portal")),
        (TOWN, False, None, (False, "portal")),
        (TOWN, False, {"public": True}, (True, "installation")),
        ("38412345600017", None, {"public": False}, (False, "installation")),
        ("38412345600017", True, {"public": False, "public_by": "siren"}, (True, "portal")),
    ],
)
def test_an_administrator_says_whether_a_structure_is_public_else_the_portal_does(
    siret: str, stated: bool | None, entered: dict[str, Any] | None, public: tuple[bool, str]
) -> None:
    with mock_aws():
        client = aws_client("dynamodb")
        a_table(client)
        structures = DynamoStructures(client, "messages")
        DynamoRecipients(client, "messages").put(a_listed(siret=siret, public=stated))
        if entered is not None:
            structures.save(a_structure(siret, **entered), owner="")
        known = structures.get(siret)
        assert known is not None
        assert (known.public, known.public_by) == public


def test_an_older_record_of_a_structure_still_reads_as_it_was_entered() -> None:
    with mock_aws():
        client = aws_client("dynamodb")
        a_table(client)
        older = (
            '{"siret":"38412345600017","name":"Régie","public":true,"postal_code":"","town":"","email":null,'
            '"services":[]}'
        )
        item = {**keys.structure_record("38412345600017"), "version": {"N": "3"}, "data": {"S": older}}
        client.put_item(TableName="messages", Item=item)
        known = DynamoStructures(client, "messages").get("38412345600017")
        assert known is not None
        assert (known.name, known.public, known.public_by, known.version) == ("Régie", True, "installation", 3)


def a_change(pk: str, sk: str, new: str, old: str | None, **attributes: Any) -> dict[str, Any]:
    images: dict[str, Any] = {
        "Keys": {"PK": {"S": pk}, "SK": {"S": sk}},
        "NewImage": {"data": {"S": new}, **attributes},
    }
    if old is not None:
        images["OldImage"] = {"data": {"S": old}}
    return {"eventName": "MODIFY" if old else "INSERT", "dynamodb": images}


def test_the_stream_names_a_structure_whose_description_changed_and_no_other() -> None:
    acme = a_supplier(name="Acmé").model_dump_json()
    renamed = a_supplier(name="Nouvelle Acmé").model_dump_json()
    siret = a_supplier().siret
    town, moved = a_structure(TOWN).model_dump_json(), a_structure(TOWN, town="Brest").model_dump_json()
    listed, later = a_listed().model_dump_json(), a_listed(fetched_at=NOW + timedelta(days=1)).model_dump_json()
    assert redescribed_structure(a_change("SUPPLIER#s1", "SUPPLIER", renamed, acme)) == siret
    assert redescribed_structure(a_change("SUPPLIER#s1", "SUPPLIER", acme, None)) == siret
    assert redescribed_structure(a_change("SUPPLIER#s1", "SUPPLIER", acme, acme)) is None
    assert redescribed_structure(a_change(f"STRUCTURE#{TOWN}", "STRUCTURE", moved, town)) == TOWN
    assert redescribed_structure(a_change(f"STRUCTURE#{TOWN}", "STRUCTURE", town, town)) is None
    assert redescribed_structure(a_change(f"RECIPIENT#{TOWN}", "RECIPIENT", later, listed)) is None
    assert redescribed_structure(a_change(f"RECIPIENT#{TOWN}", "RECIPIENT", later, None)) == TOWN
    assert redescribed_structure(a_change("SUPPLIER#s1", "INVOICE#d", town, moved)) is None
