"""The judge of a run finds what is lost, doubled, dead or growing; and only that."""

from dataclasses import replace

from tools.soak.load import Upload
from tools.soak.memory import Held, Sample, early_and_late
from tools.soak.verdict import Document, Verdict, judge, slowed, stuck

UPLOADS = (Upload("s1", "S1-0", "d1", "text"), Upload("s1", "S1-1", "d2", "text"))
SENT = Document("SUBMITTED", ())
IN_THE_FORM = Document("TO_COMPLETE", ("service_code_required",))
FLAT = Held("resolution", processes=2, judged=2, early=75_000_000, late=78_000_000)


def verdict(
    documents: dict[str, Document] | None = None,
    ledger: tuple[str, ...] = ("S1-0", "S1-1"),
    unanswered: tuple[str, ...] = (),
    dead: dict[str, int] | None = None,
    memory: tuple[Held, ...] = (FLAT,),
) -> Verdict:
    shown = {"d1": SENT, "d2": SENT} if documents is None else documents
    return judge(UPLOADS, shown, ledger, unanswered=unanswered, dead=dead or {}, memory=memory)


def test_everything_at_the_portal_once_is_sound() -> None:
    assert verdict().sound


def test_what_waits_for_a_person_with_a_reason_is_not_lost() -> None:
    assert verdict({"d1": SENT, "d2": IN_THE_FORM}, ledger=("S1-0",)).sound


def test_what_waits_without_a_reason_is_lost() -> None:
    found = verdict({"d1": SENT, "d2": Document("TO_COMPLETE", ())}, ledger=("S1-0",))
    assert found.lost == ("S1-1 TO_COMPLETE without a reason",)


def test_an_upload_sent_again_is_the_first_ones_twin_and_no_loss_when_that_one_arrived() -> None:
    documents = {"d1": SENT, "d2": Document("DUPLICATE", ())}
    assert verdict(documents).sound
    assert verdict(documents, ledger=("S1-0",)).lost == ("S1-1 DUPLICATE, not at the portal",)


def test_a_document_left_lying_or_gone_is_lost() -> None:
    assert verdict({"d1": Document("READING", ()), "d2": SENT}).lost == ("S1-0 READING",)
    assert verdict({"d2": SENT}).lost == ("S1-0 gone",)


def test_an_invoice_shown_as_submitted_but_not_at_the_portal_is_lost() -> None:
    assert verdict(ledger=("S1-0",)).lost == ("S1-1 SUBMITTED, not at the portal",)


def test_an_invoice_that_is_twice_at_the_portal_or_was_never_uploaded_is_found() -> None:
    found = verdict(ledger=("S1-0", "S1-1", "S1-1", "X-9"))
    assert (found.twice, found.unknown) == (("S1-1",), ("X-9",))
    assert not found.sound


def test_an_upload_the_client_gave_up_on_may_be_at_the_portal() -> None:
    assert verdict(ledger=("S1-0", "S1-1", "S1-2"), unanswered=("S1-2",)).sound


def test_a_dead_letter_breaks_the_run() -> None:
    assert not verdict(dead={"OcrDeadLetters": 1}).sound


def test_memory_that_stops_growing_is_flat_and_memory_that_continues_is_not() -> None:
    assert verdict(memory=(replace(FLAT, late=108_000_000),)).growing == ()
    assert verdict(memory=(replace(FLAT, late=109_000_000),)).growing == ("resolution",)


def test_memory_is_judged_by_the_work_that_was_done_not_by_the_clock() -> None:
    mb = 1024 * 1024
    waited = [Sample(at=n, worked=1, size=80 * mb) for n in range(100)]
    filling = [Sample(at=100 + n, worked=1 + n, size=(80 + min(n, 3) * 10) * mb) for n in range(20)]
    assert early_and_late([*waited, *filling]) == (110 * mb, 110 * mb), "its caches filled, late by the clock"
    leaking = [Sample(at=100 + n, worked=1 + n, size=(80 + n * 5) * mb) for n in range(20)]
    early, late = early_and_late([*waited, *leaking])
    assert late - early > 40 * mb
    assert early_and_late(waited) == (80 * mb, 80 * mb), "it never worked"


def test_a_hostile_document_that_was_not_finished_is_stuck() -> None:
    documents = {"d1": Document("UNUSABLE", ("pdf_too_complex",)), "d2": Document("READING", ())}
    assert stuck(UPLOADS, documents) == ("text READING",)
    assert stuck(UPLOADS, {"d1": Document("SET_ASIDE", ())}) == ("text gone",)


def test_hostile_tenants_may_double_the_median_time_to_ready_and_no_more() -> None:
    assert slowed([1.0, 1.0, 9.0], [2.0, 2.0, 50.0]) == ()
    assert slowed([1.0, 1.0, 9.0], [2.1, 2.1, 0.1]) == ("1.00 s alone, 2.10 s beside",)
    assert slowed([], [1.0]) == ("no document became READY",)


def test_a_run_in_which_the_good_tenants_were_slowed_is_not_sound() -> None:
    assert not replace(verdict(), slowed=("1.00 s alone, 9.00 s beside",)).sound
    assert not replace(verdict(), stuck=("junk RECEIVED",)).sound
