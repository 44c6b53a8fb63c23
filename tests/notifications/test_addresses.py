"""Only the verified address of a member, or an address whose owner agreed, gets e-mail of a supplier."""

import itertools
from datetime import timedelta

import pytest

from chorus_connector.domain.errors import Conflict, Invalid, NotFound
from chorus_connector.domain.notifications.addresses import (
    LINK_LIFETIME,
    MAX_ADDRESSES,
    MAX_REQUESTS,
    REMEMBERED,
    EmailAddress,
)
from chorus_connector.domain.notifications.digest import quoted, without_links
from chorus_connector.domain.suppliers.access import Access, Member, Subscriber
from chorus_connector.usecases.notifications.addresses import (
    Addressees,
    AnswerForAddresses,
    AskAddresses,
    ConfirmationToken,
)
from tests.builders import NOW, a_supplier
from tests.fakes import FakeAccess, FakeSupplier, FakeTable
from tests.fakes_user_pool import FakeUserDirectory
from tests.notifications.fakes import FakeBoard, FakeEmailAddresses, FakeMailer

PERSON = "anna@example.org"
STRANGER = "victim@example.net"


class World:
    """The supplier s1: root administers it, anna uses it, through a group bert does; carl was invited."""

    def __init__(self) -> None:
        self.table = FakeTable(suppliers={"s1": a_supplier()})
        self.table.access["s1"] = Access(
            members=(
                Member(principal="root", kind="person", roles=("administer",)),
                Member(principal="anna", kind="person", roles=("use",)),
                Member(principal="carl", kind="person", roles=("use",), accepted=False),
                Member(principal="group:office", kind="group", roles=("use",)),
            )
        )
        self.board = FakeBoard()
        self.mailer = FakeMailer(self.board)
        self.addresses = FakeEmailAddresses(self.board, "s1")
        self.directory = FakeUserDirectory(
            people={
                **dict.fromkeys(("root", "anna", "carl", "mallory"), frozenset()),
                "bert": frozenset({"office"}),
            },
            emails={each: f"{each}@example.org" for each in ("root", "anna", "bert", "carl", "mallory")},
        )
        self.addressees = Addressees(self.addresses, FakeAccess(self.table, "s1"), self.directory)
        secrets = itertools.count()
        store = FakeSupplier(self.table, "s1")
        self.ask = AskAddresses(
            supplier_id="s1",
            supplier=store,
            addressees=self.addressees,
            mailer=self.mailer,
            link=lambda token: f"https://api.example.org/email-confirmations/{token}",
            new_secret=lambda: f"{next(secrets):043}",
        )
        self.answers = AnswerForAddresses(store, self.addressees, self.mailer)

    def admit(self, email: str, principal: str = "anna") -> None:
        self.ask.admit(Subscriber(kind="waiting", principal=principal, email=email), now=NOW)

    def links(self, email: str) -> list[ConfirmationToken]:
        """The links of the e-mails to that address, the first first."""
        bodies = [sent.body for to, sent in self.mailer.sent if to == email]
        found = [line.rpartition("/")[2] for body in bodies for line in body.splitlines() if "https://" in line]
        tokens = [ConfirmationToken.parse(each) for each in found]
        return [each for each in tokens if each is not None]


def test_the_verified_address_of_a_member_is_asked_nothing() -> None:
    world = World()
    world.admit("Anna@example.org")
    world.admit("bert@example.org", principal="bert")
    assert world.mailer.sent == []
    assert world.addressees.may_receive("anna", PERSON)
    assert world.addressees.may_receive("bert", "bert@example.org"), "a member through a group"


@pytest.mark.parametrize("principal", ["mallory", "carl", "group:office", "anna"])
def test_any_other_address_gets_nothing_but_one_question(principal: str) -> None:
    world = World()
    email = f"{principal}@example.org" if principal in ("mallory", "carl") else STRANGER
    world.admit(email, principal)
    world.admit(email, principal)
    assert not world.addressees.may_receive(principal, email)
    assert [to for to, _ in world.mailer.sent] == [email]


def test_an_address_whose_owner_agreed_gets_e_mail_whatever_the_case_of_its_letters() -> None:
    world = World()
    world.admit(STRANGER)
    (link,) = world.links(STRANGER)
    assert world.answers.confirm(link, now=NOW)
    assert world.addressees.may_receive("anna", STRANGER.upper())
    assert [(each.by, each.item, each.action) for each in world.board.changes] == [
        ("email_confirmation", "notifications/email", "confirmed")
    ]


def test_a_link_is_used_once_for_a_week_and_a_later_one_replaces_it() -> None:
    world = World()
    world.admit(STRANGER)
    world.ask.ask(STRANGER, now=NOW)
    first, second = world.links(STRANGER)
    assert not world.answers.confirm(first, now=NOW)
    assert not world.answers.confirm(second, now=NOW + LINK_LIFETIME)
    assert not world.answers.confirm(second._replace(secret="0" * 42 + "7"), now=NOW)
    assert not world.answers.confirm(second._replace(address_id="0" * 32), now=NOW)
    assert world.answers.confirm(second, now=NOW + LINK_LIFETIME - timedelta(seconds=1))
    assert not world.answers.confirm(second, now=NOW)
    assert world.addressees.may_receive("anna", STRANGER)


def test_sixty_foreign_addresses_cannot_be_asked() -> None:
    world = World()
    for number in range(MAX_ADDRESSES):
        world.admit(f"victim{number}@example.net")
    with pytest.raises(Conflict) as refused:
        world.admit("victim60@example.net")
    assert refused.value.code == "too_many_addresses"
    assert len(world.mailer.sent) == MAX_ADDRESSES
    world.admit(PERSON)  # a member's own address is not one of them


def test_an_address_that_the_mail_service_never_takes_is_the_callers_mistake() -> None:
    world = World()
    world.mailer.refuses = frozenset({STRANGER})
    with pytest.raises(Invalid) as refused:
        world.admit(STRANGER)
    assert [each.code for each in refused.value.problems] == ["email_refused"]


def test_an_address_that_could_not_be_asked_is_asked_by_the_next_request() -> None:
    """Otherwise its state would say « asked » for ever, and no e-mail would ever come."""
    world = World()
    world.mailer.refuses = frozenset({STRANGER})
    with pytest.raises(Invalid):
        world.admit(STRANGER)
    world.mailer.refuses = frozenset()
    world.admit(STRANGER)
    assert [to for to, _ in world.mailer.sent] == [STRANGER]


def test_an_address_is_asked_three_times_in_a_month_even_if_its_subscription_is_deleted_between() -> None:
    world = World()
    world.admit(STRANGER)
    world.ask.forget(STRANGER)
    world.admit(STRANGER)
    for _ in range(MAX_REQUESTS - 1):
        world.ask.ask(STRANGER, now=NOW)
    with pytest.raises(Conflict) as refused:
        world.ask.ask(STRANGER, now=NOW)
    assert refused.value.code == "too_many_confirmations"
    assert len(world.mailer.sent) == MAX_REQUESTS
    known = world.addresses.get(STRANGER)
    assert known is not None
    assert known.expires_at == NOW + REMEMBERED


def test_an_address_that_agreed_is_forgotten_with_its_last_subscription() -> None:
    world = World()
    world.admit(STRANGER)
    world.answers.confirm(world.links(STRANGER)[0], now=NOW)
    assert world.ask.ask(STRANGER, now=NOW).state == "confirmed", "it is asked no more"
    world.ask.forget(STRANGER)
    assert world.addresses.get(STRANGER) is None


@pytest.mark.parametrize("state", ["bounced", "complained"])
def test_a_bounce_and_a_complaint_switch_an_address_off_and_tell_the_administrators(state: str) -> None:
    world = World()
    assert world.answers.switch_off(PERSON, "bounced" if state == "bounced" else "complained", now=NOW)
    assert not world.answers.switch_off(PERSON, "bounced", now=NOW), "once"
    assert not world.addressees.may_receive("anna", PERSON), "also a member's verified address"
    ((to, notice),) = world.mailer.sent
    assert to == "root@example.org"
    assert "anna@example[.]org" in notice.body
    assert [(each.by, each.action) for each in world.board.changes] == [("email_feedback", "switched_off")]


def test_a_report_about_a_supplier_that_is_gone_is_done() -> None:
    world = World()
    world.table.suppliers.clear()
    with pytest.raises(NotFound):  # the queue's loop takes the message as done
        world.answers.switch_off(PERSON, "bounced", now=NOW)


def test_an_address_that_complained_is_never_asked_again_and_one_that_bounced_may_be() -> None:
    world = World()
    world.answers.switch_off(STRANGER, "complained", now=NOW)
    with pytest.raises(Conflict) as refused:
        world.ask.ask(STRANGER, now=NOW)
    assert refused.value.code == "address_complained"
    world.answers.switch_off(PERSON, "bounced", now=NOW)
    world.ask.ask(PERSON, now=NOW)
    assert world.answers.confirm(world.links(PERSON)[0], now=NOW)
    assert world.addressees.may_receive("anna", PERSON)


def test_an_open_link_ends_with_a_complaint() -> None:
    world = World()
    world.admit(STRANGER)
    world.answers.switch_off(STRANGER, "complained", now=NOW)
    assert not world.answers.confirm(world.links(STRANGER)[0], now=NOW)


@pytest.mark.parametrize("text", ["", "a.b.c", f"../s2.{'0' * 32}.{'a' * 43}", f"s1.{'0' * 32}.{'a' * 43}\n"])
def test_anything_else_is_no_token(text: str) -> None:
    assert ConfirmationToken.parse(text) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Gagnez sur evil.example/prix", "Gagnez sur evil[.]example/prix"),
        ("https://1.2.3.4/x", "https[:]//1.2.3.4/x"),
        ("evil。com", "evil[.]com"),
        ("Facture 2026.10.pdf", "Facture 2026.10.pdf"),
        ("evil.pdf.example", "evil.pdf[.]example"),
        ("S.A.R.L. Durand", "S.A.R.L. Durand"),
        ("a@b.fr", "a@b[.]fr"),
    ],
)
def test_text_of_users_makes_no_link_in_an_e_mail(text: str, shown: str) -> None:
    assert without_links(text) == shown


def test_text_of_users_is_quoted_and_cannot_end_the_quotes() -> None:
    assert quoted("Durand » a changé de RIB « ") == "« Durand › a changé de RIB ‹ »"


def test_the_record_does_not_hold_the_links_secret() -> None:
    address = EmailAddress(email=STRANGER, changed_at=NOW).asked("s" * 43, now=NOW)
    assert "s" * 43 not in address.model_dump_json()
