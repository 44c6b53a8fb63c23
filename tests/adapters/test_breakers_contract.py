"""The outage pilot's memory, on the fake and on DynamoDB: shared where it must be, and never overwritten blindly."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from chorus_connector.adapters.table.breakers import DynamoBreakers
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.portal.breaker import Breaker, Circuit, Weight
from chorus_connector.ports.portal import Breakers
from tests.builders import NOW, SUPPLIER_SIRET, TOWN_SIRET, a_supplier
from tests.dynamodb_table import empty_table
from tests.fakes import FakeBreakers, FakeTable

Memory = Callable[[str], Breakers]


@pytest.fixture(params=["fake", "dynamodb"])
def memory_of(request: pytest.FixtureRequest) -> Iterator[Memory]:
    if request.param == "fake":
        table = FakeTable()
        yield lambda supplier_id: FakeBreakers(table, supplier_id)
        return
    with empty_table() as client:
        for supplier_id, siret in (("s1", SUPPLIER_SIRET), ("s2", TOWN_SIRET)):
            supplier = a_supplier(supplier_id=supplier_id, siret=siret)
            DynamoInstallation(client, "t").create_supplier(supplier, administrator="alice")
        yield lambda supplier_id: DynamoBreakers(client, "t", portal="https://portal", supplier_id=supplier_id)


TROUBLED = Breaker(failures=2, weight=Weight.DEPOSIT, suppliers=("s1",), opened_at=NOW, retry_at=NOW)


def test_an_untouched_memory_lets_every_call_go(memory_of: Memory) -> None:
    assert memory_of("s1").get() == Circuit()


def test_what_was_learnt_is_read_back_whole(memory_of: Memory) -> None:
    written = memory_of("s1").save(Circuit(), Circuit(TROUBLED, TROUBLED))
    assert memory_of("s1").get() == written
    assert written.portal == TROUBLED.model_copy(update={"version": 1})


def test_a_failure_of_the_portal_is_shared_and_a_suppliers_is_not(memory_of: Memory) -> None:
    memory_of("s1").save(Circuit(), Circuit(TROUBLED, TROUBLED))
    seen = memory_of("s2").get()
    assert seen.portal.failures == 2
    assert seen.supplier == Breaker()


def test_of_two_concurrent_failures_the_second_must_read_again(memory_of: Memory) -> None:
    first, second = memory_of("s1"), memory_of("s2")
    before = second.get()
    first.save(Circuit(), Circuit(portal=TROUBLED))
    with pytest.raises(StaleWrite):
        second.save(before, replace(before, portal=Breaker(failures=1)))
    assert second.get().portal.failures == 2


def test_a_supplier_that_learns_of_itself_is_not_held_up_by_the_portals_record(memory_of: Memory) -> None:
    first, second = memory_of("s1"), memory_of("s2")
    before = second.get()
    first.save(Circuit(), Circuit(portal=TROUBLED))
    second.save(before, replace(before, supplier=Breaker(failures=1)))
    assert second.get().supplier.failures == 1
