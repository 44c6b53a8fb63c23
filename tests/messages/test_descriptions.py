"""A structure's description: a change without effect is none, a service is given once, and what stays is named."""

from typing import Any

import pytest

from chorus_connector.domain.messages.refusals import InvalidMessage
from chorus_connector.domain.messages.structure import Structure, StructureService
from chorus_connector.usecases.messages.structures import AdministerStructure
from tests.messages import fakes
from tests.messages.builders import ACME, NOW, TOWN, a_structure, a_subscription

VOIRIE, ECOLES = StructureService(code="VOIRIE", label="Voirie"), StructureService(code="ECOLES")


@pytest.fixture
def table() -> fakes.FakeMessageTable:
    table = fakes.FakeMessageTable()
    table.structures = {TOWN: a_structure(services=(VOIRIE, ECOLES)), ACME: a_structure(ACME, version=0)}
    return table


def describe(table: fakes.FakeMessageTable, siret: str = TOWN, **changes: Any) -> Structure:
    administer = AdministerStructure(fakes.FakeStructures(table), siret, strict_siret=False)
    return administer.describe(changes, version=table.structures[siret].version, by="mayor", now=NOW)


def left_behind(table: fakes.FakeMessageTable, *services: StructureService) -> list[tuple[str, bool]]:
    before = table.structures[TOWN]
    after = describe(table, services=services)
    warnings = AdministerStructure(fakes.FakeStructures(table), TOWN, strict_siret=False).left_behind(before, after)
    return [(each.en, each.blocking) for each in warnings]


@pytest.mark.parametrize("changes", [{}, {"name": f"Structure {TOWN}"}, {"services": (VOIRIE, ECOLES)}])
def test_a_change_without_effect_is_no_version_and_no_line_in_the_trail(
    table: fakes.FakeMessageTable, changes: dict[str, Any]
) -> None:
    """F9: the next person's If-Match failed for nothing."""
    assert describe(table, **changes).version == 1
    assert table.trails == {}
    assert describe(table, town="Brest").version == 2


def test_a_structure_that_nothing_was_entered_for_is_not_recorded_by_a_change_without_effect(
    table: fakes.FakeMessageTable,
) -> None:
    assert describe(table, ACME, postal_code="").version == 0
    assert describe(table, ACME, postal_code="29200").version == 1


def test_who_says_that_a_structure_is_public_is_an_effect(table: fakes.FakeMessageTable) -> None:
    table.structures[TOWN] = a_structure(public_by="siren")
    assert describe(table, public=True).version == 2


def test_a_service_that_is_given_twice_is_refused(table: fakes.FakeMessageTable) -> None:
    """F16: the code was there twice."""
    with pytest.raises(InvalidMessage) as refused:
        describe(table, services=(VOIRIE, ECOLES, StructureService(code="VOIRIE", label="autre")))
    assert [(each.field, each.code) for each in refused.value.problems] == [("services.2.code", "service_twice")]
    assert table.structures[TOWN].version == 1


def test_subscriptions_to_a_service_that_is_taken_out_are_named(table: fakes.FakeMessageTable) -> None:
    for who, services in (("tess", ("VOIRIE", "ECOLES")), ("tim", ("VOIRIE",)), ("tom", None)):
        table.subscriptions[who, TOWN] = a_subscription(TOWN, principal=who, services=services)
    text = "The service VOIRIE is not described any more; subscriptions to its messages that remain: 2."
    assert left_behind(table, ECOLES) == [(text, False)]
    assert left_behind(table, VOIRIE, ECOLES) == []
