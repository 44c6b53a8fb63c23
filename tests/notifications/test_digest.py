"""The e-mail. One for everything, in both languages, and nothing from outside can write its headers."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.invoices.invoice import Deposit
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import EVERYTHING, NOTHING, Visibility
from chorus_connector.domain.notifications.addresses import MAX_ADDRESSES
from chorus_connector.domain.notifications.digest import LINES, digest, is_address, one_line
from chorus_connector.domain.notifications.notification import Notification, notification_of
from chorus_connector.domain.suppliers.access import Access, Member
from chorus_connector.ports.notification_values import Due
from chorus_connector.usecases.notifications.addresses import (
    Addressees,
    AnswerForAddresses,
    AskAddresses,
    ConfirmationToken,
)
from chorus_connector.usecases.notifications.digest import HandOutDigests, SendDigest
from tests.builders import NOW, a_supplier, an_invoice
from tests.fakes import Crash, FakeAccess, FakeSupplier, FakeTable
from tests.fakes_user_pool import FakeUserDirectory
from tests.notifications.fakes import (
    FakeBoard,
    FakeDigestQueue,
    FakeEmailAddresses,
    FakeMailbox,
    FakeMailboxes,
    FakeMailer,
)

LATER = NOW + timedelta(minutes=10)


def waiting(document_id: str = "d1", **changes: object) -> Notification:
    told = notification_of(None, an_invoice(State.TO_COMPLETE, document_id=document_id, **changes))
    assert told is not None
    return told


def submitted() -> Notification:
    deposit = Deposit(chorus_id=1, invoice_number="FA-1", status="DEPOSEE")
    told = notification_of(an_invoice(State.SUBMITTING), an_invoice(State.SUBMITTED, deposit=deposit, version=1))
    assert told is not None
    return told


def sender(board: FakeBoard, mailer: FakeMailer, sight: Visibility = EVERYTHING) -> SendDigest:
    """Of the supplier s1, which alice uses; her address is verified."""
    table = FakeTable(suppliers={"s1": a_supplier()})
    table.access["s1"] = Access(members=(Member(principal="alice", kind="person", roles=("use",)),))
    directory = FakeUserDirectory(emails={"alice": "alice@example.org"})
    ask = AskAddresses(
        supplier_id="s1",
        supplier=FakeSupplier(table, "s1"),
        addressees=Addressees(FakeEmailAddresses(board, "s1"), FakeAccess(table, "s1"), directory),
        mailer=mailer,
        link=lambda token: f"https://api.example.org/{token}",
        new_secret=lambda: "0" * 43,
    )
    return SendDigest(ask.supplier, FakeMailbox(board, "s1"), mailer, ask, lambda _: sight)


@pytest.mark.row("S40")
def test_an_email_names_only_what_its_reader_may_see_when_it_is_sent() -> None:
    board, mailer = FakeBoard(), FakeMailer()
    for document_id, label in (("d1", "Sud"), ("d2", "Nord"), ("d3", "SUD")):
        told = waiting(document_id, file_name=f"{label}-{document_id}.pdf", metadata={"secteur": label})
        FakeMailbox(board, "s1").put("alice", "alice@example.org", told, due_at=NOW)
    assert sender(board, mailer, Visibility("Secteur", frozenset({"sud"}))).to("alice", now=LATER) == 2
    ((_, email),) = mailer.sent
    assert "Sud-d1.pdf" in email.body
    assert "SUD-d3.pdf" in email.body
    assert "Nord" not in email.body
    assert "2 en attente" in email.subject
    assert board.lines.get(("s1", "alice"), {}) == {}, "the hidden line is dropped, not sent later"


def test_a_reader_who_may_see_none_of_it_gets_no_email() -> None:
    board, mailer = FakeBoard(), FakeMailer()
    FakeMailbox(board, "s1").put("alice", "alice@example.org", waiting(), due_at=NOW)
    assert sender(board, mailer, NOTHING).to("alice", now=LATER) == 0
    assert mailer.sent == []


@pytest.mark.row("S11")
def test_an_email_says_in_french_and_english_what_happened_to_which_document() -> None:
    email = digest("Menuiserie Durand", [waiting(), submitted()])
    assert email.subject == "Chorus Pro – « Menuiserie Durand » : 1 en attente, 1 déposé(s) / 1 waiting, 1 submitted"
    for line in (
        "- 20/11/2026 11:00 « facture.pdf » : à compléter",
        "- 20/11/2026 11:00 « FA-1 » : déposé sur Chorus Pro (DEPOSEE)",
        "- 2026-11-20 11:00 « facture.pdf »: to complete",
        "- 2026-11-20 11:00 « FA-1 »: submitted to Chorus Pro (DEPOSEE)",
    ):
        assert line in email.body.splitlines()


@pytest.mark.row("S11")
def test_a_flood_is_one_email_that_names_some_and_counts_all() -> None:
    email = digest("S", [waiting(f"d{index}") for index in range(LINES + 7)])
    assert f"{LINES + 7} en attente" in email.subject
    assert "… et 7 autre(s)" in email.body
    assert len(email.body.splitlines()) < 2 * LINES + 20


@given(name=st.text(max_size=300), file_name=st.text(min_size=1, max_size=300))
def test_no_name_can_begin_a_header_or_a_line(name: str, file_name: str) -> None:
    plain = digest("S", [waiting(file_name="f")])
    email = digest(name, [waiting(file_name=file_name)])
    assert "\n" not in email.subject
    assert all(char.isprintable() for char in email.subject)
    assert len(email.body.splitlines()) == len(plain.body.splitlines())


def test_a_line_break_in_a_name_is_a_space() -> None:
    assert one_line("Durand\r\nBcc: x@example.org\u2028!") == "Durand Bcc: x@example.org !"


@pytest.mark.parametrize("address", ["a@example.org", "a.b+c@mail.example.fr", "O'Neil@x-y.example.com"])
def test_plain_addresses_are_taken(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@localhost",
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\n",
        "a@example.org, b@example.org",
        "A <a@example.org>",
        "a b@example.org",
        ".a@example.org",
        "a..b@example.org",
        "é@example.org",
        "a@exam_ple.org",
        "a@-example.org",
        "a@example.org.",
        f"{'a' * 65}@example.org",
        f"a@{'b' * 260}.org",
    ],
)
def test_anything_else_is_no_address(address: str) -> None:
    assert not is_address(address)


@pytest.mark.row("S11")
def test_everything_that_happened_in_ten_minutes_is_one_email() -> None:
    board, mailer, queue = FakeBoard(), FakeMailer(), FakeDigestQueue()
    box = FakeMailbox(board, "s1")
    for minute, document in enumerate(("d1", "d2", "d3")):
        due = LATER + timedelta(minutes=minute)
        box.put("alice", "alice@example.org", waiting(document), due_at=due)
    hand_out = HandOutDigests(FakeMailboxes(board), queue)
    assert hand_out.run(now=NOW) == 0
    assert hand_out.run(now=LATER) == 1
    assert queue.sent == [Due("s1", "alice")]
    assert sender(board, mailer).to("alice", now=LATER) == 3
    assert [(address, email.subject[:40]) for address, email in mailer.sent] == [
        ("alice@example.org", "Chorus Pro – « Menuiserie Durand » : 3 e")
    ]
    assert hand_out.run(now=LATER + timedelta(days=1)) == 0
    assert sender(board, mailer).to("alice", now=LATER) == 0
    assert len(mailer.sent) == 1


def test_what_comes_while_an_email_is_sent_is_in_the_next_one() -> None:
    board = FakeBoard()
    box = FakeMailbox(board, "s1")
    mailer = FakeMailer(board)
    box.put("alice", "alice@example.org", waiting("d1"), due_at=NOW)
    late = [waiting("d2")]
    board.on_write = lambda what: (
        box.put("alice", "alice@example.org", late.pop(), due_at=LATER) if what == "after email" and late else None
    )
    assert sender(board, mailer).to("alice", now=NOW) == 1
    assert FakeMailboxes(board).due(NOW + timedelta(minutes=1), limit=9) == [Due("s1", "alice")]
    assert sender(board, mailer).to("alice", now=NOW) == 1
    assert "facture.pdf" in mailer.sent[1][1].body


@given(moments=st.frozensets(st.integers(0, 30), max_size=8), documents=st.integers(1, 6))
def test_dying_at_any_point_of_sending_tells_everything_at_least_once(moments: frozenset[int], documents: int) -> None:
    board = FakeBoard()
    mailer = FakeMailer(board)
    for index in range(documents):
        FakeMailbox(board, "s1").put(
            "alice", "alice@example.org", waiting(f"d{index}", file_name=f"f{index}."), due_at=NOW
        )
    counted = iter(range(10**6))

    def on_write(_: str) -> None:
        if next(counted) in moments:
            raise Crash

    board.on_write = on_write
    while FakeMailboxes(board).due(LATER, limit=9):  # as in production: until nothing is due
        with suppress(Crash):
            sender(board, mailer).to("alice", now=NOW)
    bodies = "".join(email.body for _, email in mailer.sent)
    assert all(f"f{index}." in bodies for index in range(documents))
    assert len(mailer.sent) <= len(moments) + 1


def test_an_address_of_an_older_release_is_asked_once_and_gets_nothing_until_it_agrees() -> None:
    board, mailer = FakeBoard(), FakeMailer()
    box, send = FakeMailbox(board, "s1"), sender(board, mailer)
    for number in range(3):
        box.put("alice", "victim@example.net", waiting(f"d{number}"), due_at=NOW)
        assert send.to("alice", now=NOW) == 0
    ((to, question),) = mailer.sent
    assert (to, "facture.pdf" in question.body) == ("victim@example.net", False)
    token = ConfirmationToken.parse(question.body.split("https://api.example.org/")[1].split()[0])
    assert token is not None
    assert AnswerForAddresses(send.supplier, send.ask.addressees, mailer).confirm(token, now=NOW)
    box.put("alice", "victim@example.net", waiting("d4"), due_at=NOW)
    assert send.to("alice", now=NOW) == 1


def test_more_addresses_of_an_older_release_than_a_supplier_may_have_get_nothing() -> None:
    board, mailer = FakeBoard(), FakeMailer()
    for number in range(60):
        FakeMailbox(board, "s1").put(f"p{number}", f"victim{number}@example.net", waiting(f"d{number}"), due_at=NOW)
        assert sender(board, mailer).to(f"p{number}", now=NOW) == 0
    assert len(mailer.sent) == MAX_ADDRESSES
    assert FakeMailboxes(board).due(LATER, limit=99) == []


def test_what_the_mail_service_refuses_for_good_blocks_nothing() -> None:
    board, mailer = FakeBoard(), FakeMailer(refuses=frozenset({"alice@example.org"}))
    FakeMailbox(board, "s1").put("alice", "alice@example.org", waiting(), due_at=NOW)
    assert sender(board, mailer).to("alice", now=NOW) == 0
    assert FakeMailboxes(board).due(LATER, limit=9) == []
