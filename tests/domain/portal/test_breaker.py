"""The outage pilot's decisions: whose failures count where, when calls stop, and who may try again."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.portal.answers import (
    AnswerLost,
    CredentialsRefused,
    PortalFailure,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.domain.portal.breaker import (
    CREDENTIALS_PAUSE,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PROBE_LEASE,
    Admission,
    Breaker,
    Circuit,
    Weight,
    admit,
    after_failure,
    after_success,
    closed_breaker,
    with_probe_claimed,
)
from tests.builders import NOW

pytestmark = pytest.mark.row("B08")

DOWN = PortalUnreachable("down")


def failing(*suppliers: str, circuit: Circuit | None = None, weight: Weight = Weight.DEPOSIT) -> Circuit:
    """The circuit after one failure of each of these suppliers, all at the same moment, seen by the last one."""
    known = circuit or Circuit()
    for supplier_id in suppliers:
        own = known if supplier_id == suppliers[-1] else Circuit(known.portal)
        after = after_failure(own, DOWN, weight, supplier_id=supplier_id, now=NOW)
        known = Circuit(after.portal, after.supplier if supplier_id == suppliers[-1] else known.supplier)
    return known


def is_open(breaker: Breaker) -> bool:
    return breaker.opened_at is not None


def test_two_failures_are_not_an_outage_and_three_of_two_suppliers_are() -> None:
    assert not is_open(failing("s1", "s2").portal)
    assert is_open(failing("s1", "s2", "s1").portal)


def test_an_invoice_that_makes_the_portal_stumble_stops_its_own_supplier_only() -> None:
    circuit = failing(*["s1"] * 9)
    assert is_open(circuit.supplier)
    assert not is_open(circuit.portal)


@pytest.mark.parametrize(
    "failure", [CredentialsRefused("technical_account"), PortalUnreachable("429", blame="quota")], ids=["keys", "quota"]
)
def test_one_suppliers_keys_or_flood_never_touch_the_portals_breaker(failure: PortalFailure) -> None:
    circuit = Circuit()
    for supplier_id in ("s1", "s2", "s3"):
        own = after_failure(Circuit(circuit.portal), failure, Weight.READ, supplier_id=supplier_id, now=NOW)
        assert is_open(own.supplier)
        circuit = Circuit(own.portal)
    assert circuit.portal == Breaker()


@pytest.mark.parametrize("failure", [PortalRefused("X", "non"), PortalUnreachable("late", blame="caller")])
def test_a_refused_invoice_and_our_own_delays_count_nowhere(failure: PortalFailure) -> None:
    assert after_failure(Circuit(), failure, Weight.DEPOSIT, supplier_id="s1", now=NOW) == Circuit()


def test_refused_credentials_say_why_and_wait_an_hour() -> None:
    circuit = after_failure(Circuit(), CredentialsRefused("certificate"), Weight.READ, supplier_id="s1", now=NOW)
    assert circuit.supplier.fault == "certificate"
    assert circuit.supplier.retry_at == NOW + CREDENTIALS_PAUSE


def test_while_open_nothing_goes_then_one_probe_at_a_time() -> None:
    portal = failing("s1", "s2", "s1").portal
    assert admit(portal, Weight.DEPOSIT, NOW, by="b").wait_until == NOW + FIRST_PAUSE
    later = NOW + FIRST_PAUSE
    assert admit(portal, Weight.DEPOSIT, later, by="b").probe
    taken = with_probe_claimed(portal, later, by="a probe")
    assert admit(taken, Weight.DEPOSIT, later, by="b").wait_until == later + PROBE_LEASE
    assert admit(taken, Weight.DEPOSIT, later, by="a probe") == Admission()
    # a probe whose worker died is forgotten
    assert admit(taken, Weight.DEPOSIT, later + PROBE_LEASE, by="b").probe


def test_a_probe_that_fails_waits_twice_as_long_up_to_half_an_hour() -> None:
    circuit, now, pauses = failing("s1", "s2", "s1"), NOW, []
    for _ in range(7):
        assert circuit.portal.retry_at is not None
        pauses.append(circuit.portal.retry_at - now)
        now = circuit.portal.retry_at
        circuit = after_failure(circuit, DOWN, Weight.DEPOSIT, supplier_id="s1", now=now)
    assert pauses == [FIRST_PAUSE * 2**n for n in range(4)] + [LONGEST_PAUSE] * 3


def test_searches_that_work_do_not_prove_that_deposits_do() -> None:
    circuit = failing("s1", "s2", "s1", weight=Weight.DEPOSIT)
    later = NOW + FIRST_PAUSE
    assert admit(circuit.portal, Weight.READ, later, by="b") == admit(Breaker(), Weight.READ, later, by="b")
    assert after_success(circuit, Weight.UPLOAD) == circuit
    assert after_success(circuit, Weight.DEPOSIT).portal == closed_breaker(circuit.portal)


def test_a_success_between_failures_is_no_outage() -> None:
    circuit = after_success(failing("s1", "s2"), Weight.DEPOSIT)
    assert not is_open(failing("s1", "s2", circuit=circuit).portal)


def test_the_portals_own_delay_is_obeyed() -> None:
    throttled = PortalUnreachable("429", timedelta(minutes=42), blame="quota")
    circuit = after_failure(Circuit(), throttled, Weight.READ, supplier_id="s1", now=NOW)
    assert circuit.supplier.retry_at == NOW + timedelta(minutes=42)


def test_a_straggler_does_not_lengthen_the_pause() -> None:
    circuit = failing("s1", "s2", "s1")
    late = after_failure(circuit, AnswerLost("cut"), Weight.DEPOSIT, supplier_id="s2", now=NOW + timedelta(seconds=30))
    assert late.portal == circuit.portal


_FAILURES = st.sampled_from(
    [DOWN, AnswerLost("cut"), CredentialsRefused("technical_account"), PortalUnreachable("429", blame="quota")]
)
_STEPS = st.lists(
    st.tuples(
        st.one_of(st.none(), _FAILURES), st.sampled_from(Weight), st.integers(0, 90), st.sampled_from(["a", "b"])
    ),
    max_size=30,
)


@given(_STEPS)
def test_whatever_happened_a_deposit_may_be_tried_again_within_an_hour_and_its_success_closes_all(
    steps: list[tuple[PortalFailure | None, Weight, int, str]],
) -> None:
    circuit, now = Circuit(), NOW
    for failure, weight, minutes, supplier_id in steps:
        now += timedelta(minutes=minutes)
        if failure is None:
            circuit = after_success(circuit, weight)
        else:
            circuit = after_failure(circuit, failure, weight, supplier_id=supplier_id, now=now)
        for breaker in (circuit.portal, circuit.supplier):
            assert len(breaker.suppliers) <= 2
            assert _wait(breaker, now) <= CREDENTIALS_PAUSE
    assert after_success(circuit, Weight.DEPOSIT) == Circuit(
        closed_breaker(circuit.portal), closed_breaker(circuit.supplier)
    )


def _wait(breaker: Breaker, now: datetime) -> timedelta:
    until = admit(breaker, Weight.DEPOSIT, now, by="b").wait_until
    return (until or now) - now
