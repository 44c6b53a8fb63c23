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
    BLAME_AFTER,
    FIRST_PAUSE,
    LONGEST_CREDENTIALS_PAUSE,
    LONGEST_PAUSE,
    LONGEST_SUSPICION_PAUSE,
    PROBE_LEASE,
    READ_EVERY,
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


def refused(*failures: CredentialsRefused, every: timedelta | None = None) -> list[Breaker]:
    """The supplier's breaker after each refusal, ``every`` so long or as soon as the breaker lets the next call go."""
    circuit, now, seen = Circuit(), NOW, []
    for failure in failures:
        circuit = after_failure(circuit, failure, Weight.READ, supplier_id="s1", now=now)
        seen.append(circuit.supplier)
        assert circuit.supplier.retry_at is not None
        now = now + every if every else circuit.supplier.retry_at
    return seen


def test_credentials_that_the_portal_refuses_are_blamed_at_once_and_wait_minutes_then_longer_up_to_an_hour() -> None:
    breakers = refused(*[CredentialsRefused("certificate")] * 7)
    assert all(each.blames and each.fault == "certificate" for each in breakers)
    assert [each.pause for each in breakers] == [FIRST_PAUSE * 2**n for n in range(5)] + [LONGEST_CREDENTIALS_PAUSE] * 2


AT_THE_GATE = CredentialsRefused("piste_application", passing=True)


def test_a_gate_that_refuses_is_no_blame_for_a_quarter_of_an_hour_and_its_pauses_stay_short() -> None:
    breakers = refused(*[AT_THE_GATE] * 8)
    minutes = [each.pause // timedelta(minutes=1) for each in breakers]
    # refused at 0, 2, 6, 14 minutes; at 22 minutes the keys are blamed
    assert minutes == [2, 4, 8, 8, 16, 32, 60, 60]
    assert [each.blames for each in breakers] == [False] * 4 + [True] * 4
    assert max(each.pause for each in breakers if not each.blames) <= LONGEST_SUSPICION_PAUSE < timedelta(minutes=10)


@given(st.lists(st.integers(1, 40 * 60), min_size=1, max_size=12))
def test_keys_are_blamed_only_after_refusals_over_a_quarter_of_an_hour(gaps: list[int]) -> None:
    circuit, now = Circuit(), NOW
    for gap in gaps:
        circuit = after_failure(circuit, AT_THE_GATE, Weight.DEPOSIT, supplier_id="s1", now=now)
        assert circuit.supplier.blames == (now - NOW >= BLAME_AFTER)
        assert circuit.portal == Breaker()
        now += timedelta(seconds=gap)


def test_any_answer_ends_a_suspicion_and_the_next_refusal_begins_a_new_one() -> None:
    first = after_failure(Circuit(), AT_THE_GATE, Weight.DEPOSIT, supplier_id="s1", now=NOW)
    answered = after_success(first, Weight.READ)
    assert not is_open(answered.supplier)
    later = NOW + BLAME_AFTER
    again = after_failure(answered, AT_THE_GATE, Weight.DEPOSIT, supplier_id="s1", now=later).supplier
    assert (again.suspected_since, again.blames) == (later, False)


def test_a_refusal_of_yesterday_that_nothing_followed_is_not_of_the_same_mood() -> None:
    yesterday = after_failure(Circuit(), AT_THE_GATE, Weight.READ, supplier_id="s1", now=NOW - timedelta(days=1))
    assert not after_failure(yesterday, AT_THE_GATE, Weight.READ, supplier_id="s1", now=NOW).supplier.blames


def test_a_refusal_of_the_portal_itself_blames_in_the_middle_of_a_mood() -> None:
    suspected, blamed = refused(AT_THE_GATE, CredentialsRefused("rights"))
    assert (suspected.blames, blamed.blames, blamed.fault) == (False, True, "rights")
    during_the_pause = refused(AT_THE_GATE, CredentialsRefused("rights"), every=timedelta(seconds=1))[-1]
    assert during_the_pause.blames


def test_when_the_pause_of_a_suspicion_ends_every_worker_may_try_and_the_first_refused_stops_the_others() -> None:
    (suspected,) = refused(AT_THE_GATE)
    later = NOW + FIRST_PAUSE
    assert admit(suspected, Weight.DEPOSIT, NOW, by="a").wait_until == later
    assert {admit(suspected, Weight.DEPOSIT, later, by=each) for each in "abc"} == {Admission()}
    stopped = after_failure(Circuit(supplier=suspected), AT_THE_GATE, Weight.DEPOSIT, supplier_id="s1", now=later)
    assert admit(stopped.supplier, Weight.DEPOSIT, later, by="b").wait_until == later + 2 * FIRST_PAUSE


def test_people_are_notified_once_of_each_trouble_and_seldom_of_suspicions() -> None:
    told = [each.told for each in refused(*[AT_THE_GATE] * 6, CredentialsRefused("rights"))]
    assert told == [("suspected",)] * 4 + [("suspected", "blamed")] * 3
    first = after_failure(Circuit(), AT_THE_GATE, Weight.READ, supplier_id="s1", now=NOW)
    closed = after_success(first, Weight.READ)
    assert closed.supplier.told == ()
    soon = after_failure(closed, AT_THE_GATE, Weight.READ, supplier_id="s1", now=NOW + timedelta(minutes=59))
    assert soon.supplier.told == ()
    later = after_failure(closed, AT_THE_GATE, Weight.READ, supplier_id="s1", now=NOW + timedelta(minutes=60))
    assert later.supplier.told == ("suspected",)
    blamed = after_failure(closed, CredentialsRefused("rights"), Weight.READ, supplier_id="s1", now=NOW)
    assert blamed.supplier.told == ("blamed",)


def test_a_record_of_an_older_release_with_a_fault_blames() -> None:
    old = Breaker.model_validate_json(
        '{"version":3,"failures":1,"opened_at":"2026-11-02T08:00:00Z","retry_at":"2026-11-02T09:00:00Z",'
        '"pause":"PT1H","fault":"technical_account"}'
    )
    assert (old.blames, old.told) == (True, ())


def test_while_open_nothing_goes_then_one_probe_at_a_time() -> None:
    portal = failing("s1", "s2", "s1").portal
    assert admit(portal, Weight.DEPOSIT, NOW, by="b").wait_until == NOW + FIRST_PAUSE
    later = NOW + FIRST_PAUSE
    assert admit(portal, Weight.DEPOSIT, later, by="b").probe
    taken = with_probe_claimed(portal, Weight.DEPOSIT, later, by="a probe")
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
    answered = after_success(circuit, Weight.UPLOAD)
    assert is_open(answered.portal)
    assert admit(answered.portal, Weight.DEPOSIT, NOW, by="b").wait_until == later
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
    ended = NOW + timedelta(seconds=30)
    late = after_failure(circuit, AnswerLost("cut"), Weight.DEPOSIT, supplier_id="s2", now=ended, began=NOW)
    assert late.portal == circuit.portal


SECOND = timedelta(seconds=1)


def test_a_run_asks_once_within_the_pause_unless_the_portal_failed_since_it_began() -> None:
    circuit = failing("s1", "s2", "s1")
    run = NOW + 30 * SECOND
    assert run < NOW + FIRST_PAUSE
    assert admit(circuit.portal, Weight.DEPOSIT, run, by="a", run_at=NOW - SECOND).wait_until == NOW + FIRST_PAUSE
    assert admit(circuit.portal, Weight.DEPOSIT, run, by="a", run_at=run) == Admission(probe=True)
    claimed = with_probe_claimed(circuit.portal, Weight.DEPOSIT, run, by="a")
    assert admit(claimed, Weight.DEPOSIT, run, by="b", run_at=run) == Admission(run + PROBE_LEASE, probing=True)
    failed = after_failure(
        Circuit(claimed), DOWN, Weight.DEPOSIT, supplier_id="s1", now=run + 9 * SECOND, began=run + SECOND
    ).portal
    assert admit(failed, Weight.DEPOSIT, run + 9 * SECOND, by="b", run_at=run) == Admission(failed.retry_at)
    assert failed.retry_at == circuit.portal.retry_at, "asking within the pause does not lengthen it"


def test_a_failure_of_a_call_that_began_before_the_run_proves_nothing_about_now() -> None:
    circuit = failing("s1", "s2", "s1")
    run = NOW + 30 * SECOND
    later = after_failure(
        circuit, DOWN, Weight.DEPOSIT, supplier_id="s2", now=run + 5 * SECOND, began=run - 20 * SECOND + READ_EVERY
    )
    assert admit(later.portal, Weight.DEPOSIT, run + 6 * SECOND, by="a", run_at=run).probe


def test_a_reading_asks_some_seconds_after_a_failure_and_its_answer_is_for_all_readings() -> None:
    portal = failing("s1", "s2", "s1").portal
    assert admit(portal, Weight.READ, NOW + SECOND, by="a") == Admission(NOW + READ_EVERY)
    later = NOW + READ_EVERY
    assert admit(portal, Weight.READ, later, by="a") == Admission(probe=True)
    claimed = with_probe_claimed(portal, Weight.READ, later, by="a")
    other = admit(claimed, Weight.READ, later, by="b")
    assert other.probing
    assert other.wait_until is not None
    assert other.wait_until < later + PROBE_LEASE, "a reading that asks blocks others for some seconds only"
    answered = after_success(Circuit(claimed), Weight.READ, later).portal
    assert admit(answered, Weight.READ, later, by="b") == Admission()
    assert admit(answered, Weight.DEPOSIT, later, by="b") == Admission(portal.retry_at), "it proves no deposit"
    failed = after_failure(Circuit(answered), DOWN, Weight.READ, supplier_id="s1", now=later).portal
    assert admit(failed, Weight.READ, later, by="b") == Admission(later + READ_EVERY)


@pytest.mark.parametrize(
    "failure",
    [CredentialsRefused("technical_account"), PortalUnreachable("429", timedelta(minutes=5), blame="quota")],
    ids=["keys", "quota"],
)
def test_refused_credentials_and_a_portal_that_says_how_long_to_wait_are_not_asked_within_the_pause(
    failure: PortalFailure,
) -> None:
    supplier = after_failure(Circuit(), failure, Weight.READ, supplier_id="s1", now=NOW).supplier
    later = NOW + READ_EVERY
    for weight in (Weight.READ, Weight.DEPOSIT):
        assert admit(supplier, weight, later, by="a", run_at=later) == Admission(supplier.retry_at)


def test_since_when_credentials_are_refused_is_kept_through_an_outage_and_ends_with_an_answer() -> None:
    refused_once = after_failure(
        Circuit(), CredentialsRefused("technical_account"), Weight.READ, supplier_id="s1", now=NOW
    )
    circuit, now = refused_once, NOW
    for failure in (DOWN, CredentialsRefused("rights"), DOWN):
        assert circuit.supplier.retry_at is not None
        now = circuit.supplier.retry_at
        circuit = after_failure(circuit, failure, Weight.READ, supplier_id="s1", now=now)
    assert (circuit.supplier.refused_for, circuit.supplier.refused_since) == ("rights", NOW)
    assert circuit.supplier.told == ("blamed",), "told once"
    ended = after_success(circuit, Weight.DEPOSIT, now).supplier
    assert (ended.refused_for, ended.refused_since, ended.told_at) == (None, None, now)


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
            assert _wait(breaker, now) <= LONGEST_CREDENTIALS_PAUSE
    assert after_success(circuit, Weight.DEPOSIT) == Circuit(
        closed_breaker(circuit.portal), closed_breaker(circuit.supplier)
    )


def _wait(breaker: Breaker, now: datetime) -> timedelta:
    until = admit(breaker, Weight.DEPOSIT, now, by="b").wait_until
    return (until or now) - now
