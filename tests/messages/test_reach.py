"""Before sending: who would receive a message here, by e-mail, or not at all."""

import pytest

from chorus_connector.domain.errors import SupplierSuspended
from chorus_connector.domain.messages.message import RecipientSelection
from chorus_connector.domain.messages.refusals import InvalidMessage, WrongMessageState
from chorus_connector.usecases.messages.reach import PreviewRecipients
from tests.messages.builders import ACME, MINISTRY, NOW, TOWN, a_list, a_structure, an_access, an_address
from tests.messages.worlds import World

ALL = RecipientSelection(all_recipients=True)


def previewing(world: World, *, sends_email: bool = True) -> PreviewRecipients:
    return PreviewRecipients(an_access(), world.audience, sends_email=sends_email)


def test_a_preview_tells_how_each_recipient_would_receive_the_message() -> None:
    world = World()
    office = world.client(1, account=False)
    world.table.structures[office] = a_structure(office, email="bureau@example.org")
    preview = previewing(world).of(ALL, None)
    reach = {each.address.siret: each.reach for each in preview.recipients}
    assert reach == {TOWN: "here", MINISTRY: "not_here", office: "by_email"}
    assert (preview.reachable, preview.exact) == (2, True)
    silent = previewing(world, sends_email=False).of(ALL, None)
    assert (silent.count("by_email"), silent.reachable) == (0, 1)


def test_a_recipient_of_several_lists_counts_once() -> None:
    world = World()
    for number in range(2):
        world.table.lists[a_list().siret, f"l{number}"] = a_list(f"l{number}", members=(an_address(),))
    chosen = RecipientSelection(recipients=(an_address(),), list_ids=("l0", "l1"), all_recipients=True)
    preview = previewing(world).of(chosen, None)
    assert [each.address.siret for each in preview.recipients] == [TOWN, MINISTRY]


def test_a_preview_of_many_says_that_it_looked_at_the_first_only() -> None:
    world = World()
    for number in range(5):
        world.client(number)
    assert previewing(world).of(ALL, None, limit=7).exact
    few = previewing(world).of(ALL, None, limit=6)
    assert (len(few.recipients), few.exact) == (6, False)


def test_a_preview_is_refused_as_sending_would_be() -> None:
    world = World()
    for chosen, code in (
        (RecipientSelection(recipients=(an_address("22000000000001"),)), "recipient_unknown"),
        (RecipientSelection(list_ids=("nope",)), "list_unknown"),
    ):
        with pytest.raises(InvalidMessage) as refused:
            previewing(world).of(chosen, None)
        assert refused.value.code == code
    of_service = a_list("l1", service="SCOL")
    world.table.lists[of_service.siret, "l1"] = of_service
    stranger = PreviewRecipients(an_access(services=("STECH",)), world.audience, sends_email=True)
    with pytest.raises(InvalidMessage) as refused:
        stranger.of(RecipientSelection(list_ids=("l1",)), None)
    assert refused.value.code == "list_unknown"


def test_a_preview_of_what_no_sender_could_send_is_refused_as_the_sending_is() -> None:
    world, to_town = World(), RecipientSelection(recipients=(an_address(),))
    assert previewing(world).before_sending(to_town, None).reachable == 1
    with pytest.raises(InvalidMessage) as missing:
        previewing(world).before_sending(RecipientSelection(), None)
    assert missing.value.code == "recipients_missing"
    with pytest.raises(WrongMessageState) as sent:
        previewing(world).before_sending(to_town, None, of_draft=False)
    assert sent.value.code == "already_sent"
    world.table.structures[ACME] = world.table.structures[ACME].model_copy(update={"suspended": True})
    with pytest.raises(SupplierSuspended):
        previewing(world).before_sending(to_town, None)


def test_all_recipients_that_are_none_are_refused_and_the_draft_stays() -> None:
    world = World()
    world.table.counterparties.clear()
    draft = world.pen.create({"title": "t", "content": "c", "all_recipients": True}, send=False, now=NOW)
    with pytest.raises(InvalidMessage) as refused:
        world.pen.send(draft.reference, version=draft.version, now=NOW)
    assert refused.value.code == "no_recipient"
    assert world.outbox.get(draft.reference) == draft
    assert world.pending() == []
