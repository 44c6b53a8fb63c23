"""« Mes messages » through the HTTP API on the local stack: one test per requirement."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.conftest import Running
from tests.e2e.messages_world import (
    User,
    World,
    as_date,
    build_world,
    comes,
    day,
    named,
    new_siret,
    own,
    recipient,
)

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]


@pytest.fixture(scope="module")
def world(stack: Running) -> World:
    return build_world(stack)


@pytest.fixture
def alice(world: World) -> User:
    """Writes for the supplier Acmé."""
    return world.user("alice")


@pytest.fixture
def tom(world: World) -> User:
    """Writes for the town."""
    return world.user("tom")


@pytest.fixture
def bea(world: World) -> User:
    return world.user("bea")


def title_of(name: str) -> str:
    return f"Titre {name}"


def in_inbox(user: User, message: dict[str, Any], **params: Any) -> bool:
    return message["reference"] in user.references("/messages/inbox", **params)


@pytest.mark.row("M01")
def test_a_supplier_announces_to_a_public_body_and_the_reverse(world: World, alice: User, tom: User) -> None:
    from_supplier = alice.send(world.acme, recipients=[recipient(world.town)])
    from_town = tom.send(world.town, recipient_kind="supplier", recipients=[recipient(world.acme)])
    assert in_inbox(tom, from_supplier)
    assert in_inbox(alice, from_town)


@pytest.mark.row("M02")
def test_only_who_exchanged_an_invoice_is_allowed_and_each_refusal_is_named(world: World, alice: User) -> None:
    wrong = [
        recipient(world.stranger),
        recipient(world.acme),
        recipient("99999999999999"),
        recipient("123"),
        recipient(world.town, "COMPTA"),
        recipient(world.town),
    ]
    body = {"sender_siret": world.acme, "title": "t", "content": "c", "send": True, "recipients": wrong}
    assert alice.problems("POST", "/messages/outbox", json=body) == {
        "recipients.0": "recipient_never_exchanged",
        "recipients.1": "recipient_is_sender",
        "recipients.2": "recipient_unknown",
        "recipients.3": "recipient_not_a_siret",
        "recipients.4": "recipient_service_never_exchanged",
    }
    assert alice.call("POST", "/messages/outbox", json=body).status_code == 422


@pytest.mark.row("M03")
def test_a_received_message_cannot_be_replied_to(world: World, alice: User, tom: User) -> None:
    message = alice.send(world.acme, recipients=[recipient(world.town)])
    path = f"/messages/inbox/{world.town}/{message['reference']}"
    assert tom.ok("GET", path)["may_reply"] is False
    assert tom.refused("POST", f"{path}/replies") == (409, "messages_are_one_way")


@pytest.mark.row("M04")
def test_a_question_on_an_invoice_is_sent_elsewhere(world: World, alice: User) -> None:
    body = {"sender_siret": world.acme, "invoice_number": "FA-1"}
    assert alice.refused("POST", "/messages/outbox", json=body) == (422, "use_sollicitations")
    assert "Sollicitations" in alice.ok("GET", "/messages")["notice"]["fr"]


@pytest.mark.row("M05")
def test_there_are_three_places(alice: User) -> None:
    places = alice.ok("GET", "/messages")["places"]
    assert set(places) == {"inbox", "outbox", "lists"}
    for path in places.values():
        alice.ok("GET", path)


@pytest.mark.row("M06")
def test_the_inbox_is_of_every_structure_and_service_subscribed_to(world: World, alice: User, tom: User) -> None:
    to_structure = alice.send(world.acme, recipients=[recipient(world.town)])
    to_schools = alice.send(world.acme, recipients=[recipient(world.town, "SCOL")])
    tess = world.user("tess")
    assert in_inbox(tom, to_structure)
    assert in_inbox(tom, to_schools)
    assert in_inbox(tess, to_schools)
    assert in_inbox(tess, to_structure), "what the whole structure receives is for the users of its services too"
    assert not in_inbox(tess, alice.send(world.acme, recipients=[recipient(world.town, "STECH")]))
    both = world.subscribe("both", world.town, "read")
    world.subscribe("both", world.beta, "read")
    to_beta = tom.send(world.town, recipient_kind="supplier", recipients=[recipient(world.beta)])
    assert in_inbox(both, to_beta)
    assert in_inbox(both, to_structure)
    assert world.user("nobody").references("/messages/inbox") == []


@pytest.mark.acceptance
@pytest.mark.row("M06")
def test_a_message_to_all_reaches_the_users_of_services_and_is_shown_and_counted_once(
    world: World, alice: User, tom: User
) -> None:
    tess, unread = world.user("tess"), {"unread": True, "count": True, "limit": 100}
    before = {user.principal: user.ok("GET", "/messages/inbox", params=unread)["count"] for user in (tom, tess)}
    services = [recipient(world.town, each) for each in ("", "STECH", "SCOL")]
    message = alice.send(world.acme, title="À tous", all_recipients=True, recipients=services)
    for user in (tom, tess):
        for sort in ("-received_at", "title"):
            page = user.ok("GET", "/messages/inbox", params={**unread, "sort": sort})
            found = [each for each in page["messages"] if each["reference"] == message["reference"]]
            assert [each["recipient_service"] for each in found] == [""]
            assert page["count"] == before[user.principal] + 1
        user.ok("PUT", f"/messages/inbox/{world.town}/{message['reference']}/read")
        assert user.ok("GET", "/messages/inbox", params=unread)["count"] == before[user.principal]
    path = f"/messages/inbox/{world.town}/{message['reference']}"
    assert tess.ok("GET", path, params={"service": "SCOL"})["read"]
    assert tess.refused("GET", path, params={"service": "STECH"})[0] == 404


@pytest.mark.row("M07")
def test_a_received_message_shows_date_title_sender_reference_and_content(world: World, alice: User, tom: User) -> None:
    message = alice.send(
        world.acme, title="Congés", content="<b>Fermé</b>\nen août", recipients=[recipient(world.town)]
    )
    received = tom.ok("GET", f"/messages/inbox/{world.town}/{message['reference']}")
    assert received["title"] == "Congés"
    assert received["content"] == "<b>Fermé</b>\nen août"  # HTML is text
    assert (received["sender_siret"], received["sender_name"]) == (world.acme, "Acmé Menuiserie")
    assert received["reference"] == message["reference"]
    assert as_date(received["received_at"][:10])


@pytest.mark.acceptance
@pytest.mark.row("M07")
def test_what_was_received_stays_when_its_sender_is_deleted(world: World, tom: User) -> None:
    siret = new_siret()
    supplier = world.supplier("Gamma Couverture", siret)
    gina = world.subscribe("gina", siret, "write")
    world.invoice_passed(supplier, world.town)
    body = {"sender": siret, "prefix": world.town}
    comes(lambda: gina.ok("GET", "/messages/recipients/completion", params=body)["recipients"])
    message = gina.send(siret, title="Nouveau code", content="Déposez sur STECH.", recipients=[recipient(world.town)])
    path = f"/messages/inbox/{world.town}/{message['reference']}"
    before = tom.ok("GET", path)
    admin = world.administrator
    version = admin.ok("GET", f"/suppliers/{supplier}")["version"]
    admin.ok("DELETE", f"/suppliers/{supplier}", version=version)
    comes(lambda: admin.ok("GET", f"/suppliers/{supplier}/removal")["status"] == "deleted")
    assert tom.ok("GET", path) == before
    assert before["content"] == "Déposez sur STECH."
    assert in_inbox(tom, message)
    assert gina.refused("GET", own(message))[0] == 404


@pytest.mark.row("M08")
def test_the_inbox_is_filtered_by_sender_and_by_recipient(world: World, alice: User, tom: User) -> None:
    ours = alice.send(world.acme, recipients=[recipient(world.town)])
    theirs = world.user("bea").send(world.beta, recipients=[recipient(world.town)])
    assert in_inbox(tom, ours, sender=world.acme)
    assert not in_inbox(tom, theirs, sender=world.acme)
    assert in_inbox(tom, theirs, sender=world.beta, recipient=world.town)
    assert not in_inbox(tom, theirs, recipient=world.beta)


@pytest.mark.row("M08")
def test_the_senders_and_the_own_structures_are_listed_to_choose_from(world: World, alice: User, tom: User) -> None:
    alice.send(world.acme, recipients=[recipient(world.town)])
    choices = tom.ok("GET", "/messages/inbox/senders")
    assert {"siret": world.acme, "name": "Acmé Menuiserie"}.items() <= choices["senders"][0].items()
    assert choices["recipients"] == [{"siret": world.town, "name": "Mairie de Saint-Ouen"}]
    assert choices["complete"] is True
    assert world.user("mayor").ok("GET", "/messages/inbox/senders")["senders"] == []


def test_an_inbox_is_searched_in_titles_and_contents_and_marked_as_read_at_once(
    world: World, alice: User, tom: User
) -> None:
    word = title_of("zanzibar")
    sent = alice.send(world.acme, recipients=[recipient(world.town)], content=f"Réunion à {word}.")
    found = tom.ok("GET", "/messages/inbox", params={"text": f"REUNION {word}", "content": "true"})["messages"]
    assert [(each["reference"], each["content"]) for each in found] == [(sent["reference"], f"Réunion à {word}.")]
    assert tom.ok("GET", "/messages/notifications")["count"] > 0
    assert tom.ok("POST", "/messages/inbox/read", json={"recipient": world.town})["marked"] > 0
    assert tom.ok("GET", "/messages/notifications")["count"] == 0


def test_the_readers_of_a_supplier_are_notified_of_a_message_once_and_not_before_its_display(
    world: World, alice: User, tom: User
) -> None:
    supplier = world.suppliers[world.acme]
    who = {each: world.user(each) for each in ("alice", "anna", "guest")}
    for user in who.values():
        world.administrator.ok(
            "PUT",
            f"/suppliers/{supplier}/configuration/access/{user.principal}",
            json={"roles": ["use"], "kind": "person"},
        )
        user.call("PUT", f"/me/suppliers/{supplier}")
        path = f"/suppliers/{supplier}/configuration/notifications/message/{user.principal}"
        world.administrator.ok("PUT", path, json={})

    def notified(user: User) -> list[str]:
        entries = user.ok("GET", f"/suppliers/{supplier}/notifications")["notifications"]
        return [each["message_reference"] for each in entries if each["type"] == "message.received"]

    to_acme = {"recipient_kind": "supplier", "recipients": [recipient(world.acme)]}
    later = tom.send(world.town, **to_acme, display_start=day(3), display_end=day(9))
    now = tom.send(world.town, **to_acme)
    comes(lambda: notified(alice))
    assert [notified(each) for each in who.values()] == [[now["reference"]], [now["reference"]], []]
    assert later["reference"] not in notified(alice)


@pytest.mark.row("M09")
def test_the_inbox_is_paged_five_at_a_time_unless_asked_otherwise(world: World, alice: User, tom: User) -> None:
    words = {"content": "c", "send": True, "recipients": [recipient(world.town)]}
    made = [alice.draft(world.acme, title=title_of(str(number)), **words) for number in range(6)]
    for each in made:
        alice.delivered(each)
    first = tom.ok("GET", "/messages/inbox", params={"sender": world.acme})
    assert len(first["messages"]) == 5
    everything = tom.references("/messages/inbox", sender=world.acme)
    seen, cursor = [], None
    while True:
        params = {"sender": world.acme, "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = tom.ok("GET", "/messages/inbox", params=params)
        seen += [each["reference"] for each in page["messages"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == everything
    assert tom.refused("GET", "/messages/inbox", params={"cursor": first["cursor"]})[0] == 422
    assert alice.refused("GET", "/messages/inbox", params={"sender": world.acme, "cursor": first["cursor"]})[0] == 422
    assert tom.call("GET", "/messages/inbox", params={"limit": 101}).status_code == 422


@pytest.mark.row("M10")
def test_references_are_msg_and_nine_digits_unique_and_increasing(world: World, alice: User) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: alice.draft(world.acme)["reference"], range(10)))
    assert len(set(made)) == 10
    assert all(re.fullmatch(r"MSG_[0-9]{9}", reference) for reference in made)
    assert alice.draft(world.acme)["reference"] > max(made)


@pytest.mark.row("M11")
def test_the_sent_list_has_its_columns(world: World, alice: User) -> None:
    made = alice.draft(world.acme, title="Colonnes", display_start=day(1), display_end=day(3))
    (line,) = alice.ok("GET", "/messages/outbox", params={"reference": made["reference"]})["messages"]
    assert line["reference"] == made["reference"]
    assert line["created_at"]
    assert (line["sender_siret"], line["sender_name"], line["title"]) == (world.acme, "Acmé Menuiserie", "Colonnes")
    assert (line["display_start"], line["display_end"], line["state"]) == (day(1), day(3), "draft")


@pytest.mark.row("M12")
def test_states_are_envoye_and_brouillon(world: World, alice: User) -> None:
    assert alice.draft(world.acme)["state_label"]["fr"] == "Brouillon"
    assert alice.send(world.acme, recipients=[recipient(world.town)])["state_label"]["fr"] == "Envoyé"


@pytest.mark.row("M13")
def test_the_sent_list_has_six_filters(world: World, alice: User) -> None:
    world.subscribe("alice", world.beta, "read")
    period = {"display_start": day(40), "display_end": day(50)}
    made = alice.draft(world.acme, title="Filtre été", **period)["reference"]
    yes: list[dict[str, str]] = [
        {"sender": world.acme},
        {"state": "draft"},
        {"title": "filtre ete"},
        {"reference": made},
        {"start_from": day(40), "start_to": day(40)},
        {"end_from": day(50), "end_to": day(60)},
    ]
    no: list[dict[str, str]] = [
        {"sender": world.beta},
        {"state": "sent"},
        {"title": "hiver"},
        {"reference": "MSG_999999999"},
        {"start_from": day(41)},
        {"end_to": day(49)},
    ]
    assert all(made in alice.references("/messages/outbox", **each) for each in yes)
    assert not any(made in alice.references("/messages/outbox", **each) for each in no)


@pytest.mark.row("M14")
def test_filters_combine_and_none_gives_all(world: World, alice: User) -> None:
    made = [alice.draft(world.acme, title=f"Combiné {name}")["reference"] for name in ("un", "deux")]
    assert alice.references("/messages/outbox", title="combine", reference=made[0], state="draft") == [made[0]]
    assert alice.references("/messages/outbox", title="combine", state="sent") == []
    assert set(made) <= set(alice.references("/messages/outbox"))


@pytest.mark.row("M15")
@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("title", {"title": "Tri à"}, {"title": "Tri Z"}),
        ("display_start", {"display_start": day(1)}, {"display_start": day(2)}),
        ("display_end", {"display_end": day(20)}, {"display_end": day(21)}),
        ("reference", {}, {}),
        ("created_at", {}, {}),
        ("state", {}, {"send": True, "content": "c"}),
    ],
)
def test_the_sent_list_sorts_on_every_column(
    world: World, alice: User, column: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    common = {"title": f"Tri {column}", "recipients": [recipient(world.town)]}
    made = [alice.draft(world.acme, **{**common, **each})["reference"] for each in (first, second)]
    upward = [each for each in alice.references("/messages/outbox", title="tri", sort=column) if each in made]
    downward = [each for each in alice.references("/messages/outbox", title="tri", sort=f"-{column}") if each in made]
    assert (upward, downward) == (made, made[::-1])
    by_ones, cursor = [], None
    while len(by_ones) < 2 or cursor:
        params = {"title": "tri", "sort": column, "limit": 1, **({"cursor": cursor} if cursor else {})}
        page = alice.ok("GET", "/messages/outbox", params=params)
        by_ones += [each["reference"] for each in page["messages"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert [each for each in by_ones if each in made] == made


@pytest.mark.row("M15")
def test_sender_columns_sort_too_and_an_unknown_one_is_refused(world: World, alice: User) -> None:
    world.subscribe("alice", world.beta, "write")
    made = [alice.draft(siret, title="Expéditeur")["reference"] for siret in (world.acme, world.beta)]
    world.subscribe("alice", world.beta, "read")
    for column in ("sender_siret", "sender_name"):
        found = alice.references("/messages/outbox", title="expediteur", sort=column)
        assert found == made
    assert alice.refused("GET", "/messages/outbox", params={"sort": "colour"}) == (422, "unknown_sort")
    assert alice.refused("GET", "/messages/outbox", params={"titel": "t"}) == (422, "unknown_parameter")


@pytest.mark.acceptance
@pytest.mark.row("M15")
def test_the_inbox_sorts_by_the_field_that_it_shows(world: World, alice: User, tom: User) -> None:
    for service in ("STECH", "SCOL"):
        alice.send(world.acme, recipients=[recipient(world.town, service)])
    by_field = tom.references("/messages/inbox", sort="recipient_siret")
    assert by_field == tom.references("/messages/inbox", sort="recipient")
    assert by_field == tom.references("/messages/inbox", sort="-recipient_siret")[::-1]


@pytest.mark.row("M16")
def test_what_is_required_is_required_to_send_not_to_save(world: World, alice: User) -> None:
    draft = alice.draft(world.acme, display_start=None, display_end=None)
    answer = alice.call("POST", f"{own(draft)}/send", version=draft["version"])
    assert answer.status_code == 422
    assert {each["code"] for each in answer.json()["problems"]} == {
        "title_missing",
        "content_missing",
        "display_start_missing",
        "display_end_missing",
        "recipients_missing",
    }
    assert alice.ok("GET", own(draft))["state"] == "draft"


@pytest.mark.acceptance
@pytest.mark.row("M16")
def test_half_a_period_is_a_draft_and_its_end_follows_the_start(world: World, alice: User) -> None:
    draft = alice.draft(world.acme, display_start=day(20))
    assert (draft["display_start"], draft["display_end"]) == (day(20), day(34))
    assert (draft["display_start_is_default"], draft["display_end_is_default"]) == (False, True)
    ended = alice.draft(world.acme, display_end=day(-1), title="t", content="c", recipients=[recipient(world.town)])
    assert (ended["display_start"], ended["display_end"]) == (day(0), day(-1))
    refused = alice.refused("POST", f"{own(ended)}/send", version=ended["version"])
    assert refused == (422, "display_end_before_start")
    for_ever = alice.ok("PATCH", own(ended), version=ended["version"], json={"display_end": "9999-12-31"})
    refused = alice.refused("POST", f"{own(ended)}/send", version=for_ever["version"])
    assert refused == (422, "display_end_too_late")


@pytest.mark.row("M17")
def test_the_sender_structure_is_required_its_service_is_not(world: World, tom: User) -> None:
    assert tom.call("POST", "/messages/outbox", json={"title": "Sans"}).status_code == 422
    with_service = tom.draft(world.town, sender_service="STECH")
    assert with_service["sender_service"] == "STECH"
    assert tom.draft(world.town)["sender_service"] == ""
    body = {"sender_siret": world.town, "sender_service": "NOPE"}
    assert tom.refused("POST", "/messages/outbox", json=body) == (422, "sender_service_unknown")


@pytest.mark.row("M18")
def test_a_public_body_chooses_the_kind_of_recipients_a_supplier_does_not(world: World, alice: User, tom: User) -> None:
    words = {"title": "t", "content": "c", "send": True}
    body = {"sender_siret": world.town, "recipients": [recipient(world.acme)], **words}
    assert tom.refused("POST", "/messages/outbox", json=body) == (422, "recipient_kind_missing")
    # the town has no clients: it sent no invoice
    as_client = {**body, "recipient_kind": "client"}
    assert tom.refused("POST", "/messages/outbox", json=as_client) == (422, "recipient_never_exchanged")
    assert tom.send(world.town, recipient_kind="supplier", recipients=[recipient(world.acme)])["state"] == "sent"
    body = {"sender_siret": world.acme, "recipient_kind": "supplier", **words}
    assert alice.refused("POST", "/messages/outbox", json=body) == (422, "recipient_kind_not_yours")


@pytest.mark.row("M19")
def test_recipients_are_completed_from_four_characters_of_a_siret(world: World, alice: User) -> None:
    path = "/messages/recipients/completion"
    for short in ("", world.town[:3]):
        params = {"sender": world.acme, "prefix": short}
        assert alice.refused("GET", path, params=params) == (422, "prefix_too_short")
    found = alice.ok("GET", path, params={"sender": world.acme, "prefix": world.town[:4], "limit": 100})["recipients"]
    assert world.town in {each["siret"] for each in found}
    assert world.stranger not in {each["siret"] for each in found}
    params = {"sender": world.acme, "prefix": "2abc"}
    assert alice.refused("GET", path, params=params) == (422, "prefix_not_digits")


@pytest.mark.row("M20")
def test_completion_offers_the_services_invoices_were_exchanged_with(world: World, alice: User) -> None:
    params = {"sender": world.acme, "prefix": world.town}
    found = alice.ok("GET", "/messages/recipients/completion", params=params)["recipients"]
    assert [(each["service"], each["service_label"]) for each in found] == [
        ("", ""),
        ("SCOL", "Écoles"),
        ("STECH", "Services techniques"),
    ]


@pytest.mark.row("M21")
@pytest.mark.parametrize(
    "criterion",
    [
        {"designation": "ecluses ministere"},
        {"postal_code": "75007"},
        {"town": "PARIS"},
        {"designation": "ministère", "town": "par"},
    ],
)
def test_recipients_are_searched_by_designation_postal_code_and_town(
    world: World, alice: User, criterion: dict[str, str]
) -> None:
    path = "/messages/recipients/search"
    found = alice.ok("GET", path, params={"sender": world.acme, **criterion})["recipients"]
    assert [each["siret"] for each in found] == [world.ministry]


@pytest.mark.row("M21")
def test_recipients_are_searched_by_identifier_and_never_by_nothing(world: World, alice: User) -> None:
    path = "/messages/recipients/search"
    found = alice.ok("GET", path, params={"sender": world.acme, "identifier": world.town})["recipients"]
    assert [each["siret"] for each in found] == [world.town]
    assert all(each["name"] == "Mairie de Saint-Ouen" for each in found)
    elsewhere = {"sender": world.acme, "identifier": world.town, "town": "Paris"}
    assert alice.ok("GET", path, params=elsewhere)["recipients"] == []
    assert alice.refused("GET", path, params={"sender": world.acme}) == (422, "criterion_missing")


@pytest.mark.row("M21")
@pytest.mark.parametrize(
    "criterion",
    [{"designation": "techniques"}, {"service": "stech"}, {"service": "services", "designation": "saint-ouen"}],
)
def test_services_are_searched_by_code_and_label(world: World, alice: User, criterion: dict[str, str]) -> None:
    found = alice.ok("GET", "/messages/recipients/search", params={"sender": world.acme, **criterion})["recipients"]
    assert [(each["siret"], each["service"], each["name"]) for each in found] == [
        (world.town, "STECH", "Mairie de Saint-Ouen")
    ]


@pytest.mark.row("M21")
def test_more_matches_than_a_page_are_reached_with_its_cursor(world: World, alice: User) -> None:
    path, asked = "/messages/recipients/completion", {"sender": world.acme, "prefix": world.town, "limit": 2}
    first = alice.ok("GET", path, params=asked)
    rest = alice.ok("GET", path, params={**asked, "cursor": first["cursor"]})
    assert [each["service"] for each in (*first["recipients"], *rest["recipients"])] == ["", "SCOL", "STECH"]
    assert rest["cursor"] is None
    other = {**asked, "prefix": world.ministry, "cursor": first["cursor"]}
    assert alice.refused("GET", path, params=other) == (422, "unknown_cursor")


@pytest.mark.row("M21")
def test_a_structure_is_shown_and_found_under_its_present_name_and_no_other(world: World, bea: User) -> None:
    office = f"/structures/{world.office}"
    path, sender = "/messages/recipients/search", {"sender": world.beta}
    assert [each["name"] for each in bea.ok("GET", path, params={**sender, "designation": "bureau"})["recipients"]] == [
        "Bureau sans compte"
    ]
    version = world.administrator.ok("GET", office)["version"]
    moved = {"name": "Office de Hautmont", "postal_code": "59330", "town": "Hautmont"}
    world.administrator.ok("PATCH", office, version=version, json=moved)
    at_once = bea.ok("GET", path, params={**sender, "identifier": world.office})["recipients"]
    assert [(each["name"], each["postal_code"]) for each in at_once] == [("Office de Hautmont", "59330")]
    for criterion in ({"designation": "hautmont"}, {"postal_code": "59330"}, {"town": "hautm"}):
        comes(lambda wanted=criterion: bea.ok("GET", path, params={**sender, **wanted})["recipients"])
    assert bea.ok("GET", path, params={**sender, "designation": "bureau"})["recipients"] == []
    # a supplier that is renamed, as its client finds it
    supplier = world.administrator.ok("GET", f"/suppliers/{world.suppliers[world.beta]}")
    changed = {"name": "Nouvelle Plomberie"}
    world.administrator.ok("PATCH", f"/suppliers/{supplier['supplier_id']}", version=supplier["version"], json=changed)
    tom, theirs = world.user("tom"), {"sender": world.town, "kind": "supplier", "designation": "nouvelle"}
    comes(lambda: tom.ok("GET", path, params=theirs)["recipients"])


@pytest.mark.row("M22")
def test_all_my_recipients_are_every_structure_invoices_were_exchanged_with(
    world: World, alice: User, tom: User
) -> None:
    message = alice.send(world.acme, all_recipients=True)
    found = alice.ok("GET", f"{own(message)}/recipients", params={"limit": 100})["recipients"]
    outcomes = {each["siret"]: each["outcome"] for each in found}
    assert outcomes == {world.town: "delivered", world.ministry: "not_here"}
    assert message["progress"]["sent"] == 2
    assert "Chorus Pro" in message["progress"]["not_here_explanation"]["fr"]
    assert in_inbox(tom, message)


def a_list(world: World, user: User, **fields: Any) -> dict[str, Any]:
    body = {"owner_siret": world.acme, "name": "Nos clients", "members": [recipient(world.town)], **fields}
    return dict(user.ok("POST", "/messages/lists", json=body))


@pytest.mark.row("M23")
def test_lists_are_recipients_and_each_recipient_is_delivered_to_once(world: World, alice: User, tom: User) -> None:
    one, two = a_list(world, alice), a_list(world, alice, members=[recipient(world.town), recipient(world.ministry)])
    message = alice.send(
        world.acme, recipients=[recipient(world.town)], list_ids=[one["list_id"], two["list_id"]], all_recipients=True
    )
    found = alice.ok("GET", f"{own(message)}/recipients", params={"limit": 100})["recipients"]
    assert sorted(each["siret"] for each in found) == sorted([world.town, world.ministry])
    assert message["progress"]["sent"] == 2
    assert tom.references("/messages/inbox").count(message["reference"]) == 1
    assert [each["name"] for each in message["deliveries"][0]["lists"]] == ["Nos clients", "Nos clients"]
    body = {"sender_siret": world.acme, "title": "t", "content": "c", "send": True, "list_ids": ["nope"]}
    assert alice.refused("POST", "/messages/outbox", json=body) == (422, "list_unknown")


@pytest.mark.row("M24")
def test_the_display_period_is_today_to_two_weeks_unless_chosen(world: World, alice: User, tom: User) -> None:
    draft = alice.draft(world.acme)
    assert (draft["display_start"], draft["display_end"]) == (day(0), day(14))
    assert (draft["display_start_is_default"], draft["display_end_is_default"]) == (True, True)
    path = "/messages/outbox"
    body = {"sender_siret": world.acme, "display_start": day(5), "display_end": day(4)}
    assert alice.refused("POST", path, json=body) == (422, "display_end_before_start")
    words = {"title": "t", "content": "c", "send": True, "recipients": [recipient(world.town)]}
    body = {"sender_siret": world.acme, "display_start": day(-1), **words}
    assert alice.refused("POST", path, json=body) == (422, "display_start_past")
    later = alice.send(world.acme, display_start=day(1), recipients=[recipient(world.town)])
    assert not in_inbox(tom, later)
    assert not in_inbox(tom, later, view="archive")
    assert tom.refused("GET", f"/messages/inbox/{world.town}/{later['reference']}")[0] == 404


@pytest.mark.row("M25")
def test_title_and_content_are_measured_in_characters(world: World, alice: User) -> None:
    title, content = "é" * 49 + "😀", "é" * 2000
    message = alice.send(world.acme, title=title, content=content, recipients=[recipient(world.town)])
    assert (message["title"], message["content"]) == (title, content)
    for field, text, code in (
        ("title", "é" * 51, "title_too_long"),
        ("content", "é" * 2001, "content_too_long"),
        ("content", "bell \a", "control_characters"),
        ("title", "two\nlines", "control_characters"),
    ):
        body = {"sender_siret": world.acme, field: text}
        assert alice.refused("POST", "/messages/outbox", json=body) == (422, code)
    unseen = {"sender_siret": world.acme, "title": "\u200b", "content": "c", "send": True}
    body = {**unseen, "recipients": [recipient(world.town)]}
    assert alice.refused("POST", "/messages/outbox", json=body) == (422, "title_missing")


@pytest.mark.row("M26")
def test_a_message_is_cancelled_saved_as_a_draft_or_sent(world: World, alice: User) -> None:
    before = alice.references("/messages/outbox", title="étapes")
    assert before == []  # cancelled: nothing was written
    draft = alice.draft(world.acme, title="Étapes", content="c", recipients=[recipient(world.town)])
    assert draft["state"] == "draft"
    sent = alice.ok("POST", f"{own(draft)}/send", version=draft["version"])
    assert sent["state"] == "sent"
    assert alice.refused("POST", f"{own(draft)}/send", version=sent["version"]) == (409, "already_sent")


@pytest.mark.row("M27")
def test_any_message_created_can_be_consulted(world: World, alice: User) -> None:
    draft = alice.draft(world.acme, content="brouillon")
    sent = alice.send(world.acme, content="envoyé", recipients=[recipient(world.town)])
    anna = world.user("anna")
    assert anna.ok("GET", own(draft))["content"] == "brouillon"
    assert anna.ok("GET", own(sent))["content"] == "envoyé"
    assert world.user("bea").refused("GET", own(sent))[0] == 404
    assert anna.refused("PATCH", own(draft), version=draft["version"], json={"title": "x"}) == (403, "writing_needed")


@pytest.mark.row("M28")
def test_every_field_of_a_draft_changes_and_two_editors_do_not_overwrite_each_other(world: World, tom: User) -> None:
    draft = tom.draft(world.town)
    fields = {
        "sender_service": "STECH",
        "title": "Nouveau",
        "content": "Contenu",
        "display_start": day(2),
        "display_end": day(9),
        "recipient_kind": "supplier",
        "all_recipients": True,
        "recipients": [recipient(world.acme)],
        "list_ids": ["any"],
    }
    changed = tom.ok("PATCH", own(draft), version=draft["version"], json=fields)
    assert {name: changed[name] for name in fields} == fields
    late = {"title": "De l'autre"}
    assert tom.refused("PATCH", own(draft), version=draft["version"], json=late) == (412, "stale")
    assert tom.refused("PATCH", own(draft), json=late) == (428, "if_match_required")
    assert tom.ok("GET", own(draft))["title"] == "Nouveau"


@pytest.mark.acceptance
@pytest.mark.row("M28")
def test_the_sender_of_a_draft_changes_and_its_reference_stays(world: World, alice: User) -> None:
    sam = world.subscribe("sam", world.acme, "write")
    draft = sam.draft(world.acme, title="De l'un", content="c", recipients=[recipient(world.town)])
    to_town = {"sender_siret": world.town, "recipient_kind": "supplier"}
    assert sam.refused("PATCH", own(draft), version=1, json=to_town) == (404, "not_found")
    world.subscribe("sam", world.town, "read")
    assert sam.refused("PATCH", own(draft), version=1, json=to_town) == (403, "writing_needed")
    world.subscribe("sam", world.town, "write")
    assert sam.refused("PATCH", own(draft), version=7, json=to_town) == (412, "stale")
    answer = sam.call("PATCH", own(draft), version=1, json=to_town)
    moved = answer.json()
    assert (moved["reference"], moved["version"], moved["title"]) == (draft["reference"], 2, "De l'un")
    assert (moved["sender_siret"], moved["sender_name"]) == (world.town, "Mairie de Saint-Ouen")
    assert answer.headers["location"] == own(moved)
    assert sam.ok("GET", own(moved))["version"] == 2
    assert sam.refused("GET", own(draft)) == (404, "not_found")
    assert alice.refused("GET", own(moved)) == (404, "not_found")
    refused = sam.refused("POST", f"{own(moved)}/send", version=2)
    assert refused == (422, "recipient_is_sender"), "recipients are judged again"
    body = {"recipients": [recipient(world.beta)]}
    ready = sam.ok("PATCH", own(moved), version=2, json=body)
    sam.delivered(sam.ok("POST", f"{own(moved)}/send", version=ready["version"]))
    assert in_inbox(world.user("bea"), moved)
    sent = sam.ok("GET", own(moved))
    back = {"sender_siret": world.acme}
    assert sam.refused("PATCH", own(moved), version=sent["version"], json=back) == (409, "sent_field_fixed")


@pytest.mark.acceptance
@pytest.mark.row("B06")
def test_a_polite_poller_sees_the_end_of_a_delivery(world: World, alice: User) -> None:
    body = {"sender_siret": world.acme, "title": "t", "content": "c", "send": True}
    message = alice.draft(world.acme, **{**body, "recipients": [recipient(world.town)]})
    answer = alice.call("GET", own(message))
    etag = answer.headers["etag"]
    assert etag.startswith('"1-')
    done = alice.delivered(message)
    again = alice.http.get(own(message), headers={"If-None-Match": etag})
    if answer.json() != done:
        assert (again.status_code, again.json()) == (200, done)
    latest = alice.http.get(own(message), headers={"If-None-Match": alice.call("GET", own(message)).headers["etag"]})
    assert latest.status_code == 304
    assert alice.http.get(own(message), headers={"If-None-Match": '"1"'}).status_code == 200
    refused = alice.http.patch(own(message), headers={"If-Match": "*"}, json={"display_end": day(20)})
    assert (refused.status_code, refused.json()["code"]) == (428, "if_match_required")
    changed = alice.http.patch(own(message), headers={"If-Match": etag}, json={"display_end": day(20)})
    assert changed.status_code == 200, "the version in front is the latest one"


@pytest.mark.row("M29")
def test_only_the_dates_of_a_sent_message_change_and_inboxes_follow(world: World, alice: User, tom: User) -> None:
    sent = alice.send(world.acme, display_start=day(3), display_end=day(5), recipients=[recipient(world.town)])
    refused = alice.refused("PATCH", own(sent), version=sent["version"], json={"title": "Autre"})
    assert refused == (409, "sent_field_fixed")
    past = {"display_start": day(-2)}
    assert alice.refused("PATCH", own(sent), version=sent["version"], json=past) == (422, "display_start_past")
    assert not in_inbox(tom, sent)
    dates = {"display_start": day(0), "display_end": day(7)}
    changed = alice.ok("PATCH", own(sent), version=sent["version"], json=dates)
    assert (changed["display_start"], changed["display_end"]) == (day(0), day(7))
    comes(lambda: in_inbox(tom, sent))


@pytest.mark.row("M29")
def test_a_start_that_is_past_does_not_change(world: World, alice: User) -> None:
    sent = alice.send(world.acme, recipients=[recipient(world.town)])
    backdated(world, sent, start=-3, end=4)
    shift = {"display_start": day(1)}
    assert alice.refused("PATCH", own(sent), version=sent["version"], json=shift) == (409, "start_already_past")
    assert alice.ok("PATCH", own(sent), version=sent["version"], json={"display_end": day(6)})["display_end"] == day(6)


@pytest.mark.acceptance
@pytest.mark.row("M29")
def test_a_message_that_was_received_today_is_not_taken_back(world: World, alice: User, tom: User) -> None:
    sent = alice.send(world.acme, recipients=[recipient(world.town)])
    path = f"/messages/inbox/{world.town}/{sent['reference']}"
    tom.ok("PUT", f"{path}/read")
    shift = {"display_start": day(4), "display_end": day(9)}
    assert alice.refused("PATCH", own(sent), version=sent["version"], json=shift) == (409, "start_already_past")
    assert tom.ok("GET", path)["read"]
    same_start = {"display_start": day(0), "display_end": day(9)}
    assert alice.ok("PATCH", own(sent), version=sent["version"], json=same_start)["display_end"] == day(9)


@pytest.mark.row("M30")
def test_recipients_are_added_to_a_sent_message_and_never_removed(world: World, alice: User, tom: User) -> None:
    sent = alice.send(world.acme, recipients=[recipient(world.ministry)])
    assert not in_inbox(tom, sent)
    more = {"list_ids": [a_list(world, alice)["list_id"]], "recipients": [recipient(world.ministry)]}
    grown = alice.ok("POST", f"{own(sent)}/recipients", version=sent["version"], json=more)
    grown = alice.delivered(grown)
    assert in_inbox(tom, sent)
    assert grown["progress"]["sent"] == 2
    assert [each["siret"] for each in grown["recipients"]] == [world.ministry]
    nobody = alice.refused("PATCH", own(sent), version=grown["version"], json={"recipients": []})
    assert nobody == (409, "sent_field_fixed")
    draft = alice.draft(world.acme)
    refused = alice.refused("POST", f"{own(draft)}/recipients", version=draft["version"], json=more)
    assert refused == (409, "draft_has_no_additions")


@pytest.mark.row("M31")
def test_nothing_changes_once_the_display_is_over(world: World, alice: User, tom: User) -> None:
    sent = alice.send(world.acme, recipients=[recipient(world.town)])
    backdated(world, sent, start=-9, end=-1)
    over = (409, "display_over")
    assert alice.ok("GET", own(sent))["over"] is True
    assert alice.refused("PATCH", own(sent), version=sent["version"], json={"display_end": day(9)}) == over
    more = {"recipients": [recipient(world.ministry)]}
    assert alice.refused("POST", f"{own(sent)}/recipients", version=sent["version"], json=more) == over
    assert alice.refused("DELETE", own(sent), version=sent["version"]) == (409, "only_drafts_deleted")


@pytest.mark.row("M32")
def test_only_a_draft_is_deleted(world: World, alice: User) -> None:
    draft = alice.draft(world.acme)
    sent = alice.send(world.acme, recipients=[recipient(world.town)])
    assert alice.refused("DELETE", own(sent), version=sent["version"]) == (409, "only_drafts_deleted")
    alice.ok("DELETE", own(draft), version=draft["version"])
    assert alice.refused("GET", own(draft))[0] == 404


def lists_of(user: User, **params: Any) -> list[dict[str, Any]]:
    return list(user.ok("GET", "/messages/lists", params={"limit": 100, **params})["lists"])


@pytest.mark.row("M33")
def test_lists_are_filtered_by_owner_and_kind_and_paged(world: World, alice: User, tom: User) -> None:
    made = {a_list(world, alice, name=f"Page {number}")["list_id"] for number in range(3)}
    assert made <= {each["list_id"] for each in lists_of(alice, owner=world.acme, kind="client")}
    assert lists_of(alice, kind="supplier") == []
    assert lists_of(alice, owner=world.town) == []
    page = alice.ok("GET", "/messages/lists", params={"limit": 2})
    assert len(page["lists"]) == 2
    following = alice.ok("GET", "/messages/lists", params={"limit": 2, "cursor": page["cursor"]})
    assert not {each["list_id"] for each in page["lists"]} & {each["list_id"] for each in following["lists"]}
    assert tom.ok("GET", "/messages/lists")["complete"] is True


@pytest.mark.row("M34")
def test_lists_show_name_owner_service_and_kind(world: World, tom: User) -> None:
    made = a_list(
        world,
        tom,
        owner_siret=world.town,
        owner_service="SCOL",
        kind="supplier",
        name="Fournitures",
        members=[recipient(world.acme)],
    )
    (line,) = [each for each in lists_of(tom) if each["list_id"] == made["list_id"]]
    assert (line["name"], line["identifier"], line["designation"]) == (
        "Fournitures",
        world.town,
        "Mairie de Saint-Ouen",
    )
    assert (line["service_code"], line["service_label"], line["kind"]) == ("SCOL", "Écoles", "supplier")


@pytest.mark.row("M35")
def test_a_list_needs_a_name_of_250_characters_at_most_and_an_owner(world: World, alice: User) -> None:
    assert a_list(world, alice, name="é" * 250)["name"] == "é" * 250
    body = {"owner_siret": world.acme, "members": [recipient(world.town)]}
    path = "/messages/lists"
    assert alice.refused("POST", path, json={**body, "name": "é" * 251}) == (422, "name_too_long")
    assert alice.refused("POST", path, json={**body, "name": "  "}) == (422, "name_missing")
    assert alice.call("POST", path, json={"name": "x", "members": []}).status_code == 422


@pytest.mark.row("M36")
def test_users_entitled_to_the_owner_or_its_service_use_the_list(world: World, alice: User, tom: User) -> None:
    fields = {"owner_siret": world.town, "kind": "supplier", "members": [recipient(world.acme)]}
    schools = a_list(world, tom, owner_service="SCOL", **fields)
    works = a_list(world, tom, owner_service="STECH", **fields)
    tess = world.user("tess")
    path = f"/messages/lists/{world.town}"
    assert tess.ok("GET", f"{path}/{schools['list_id']}")["members"] == [named(world.acme, "Acmé Menuiserie")]
    assert tess.refused("GET", f"{path}/{works['list_id']}")[0] == 404
    assert works["list_id"] not in {each["list_id"] for each in lists_of(tess)}
    assert alice.refused("GET", f"{path}/{schools['list_id']}")[0] == 404
    change = {"name": "Autre"}
    refused = tess.refused("PATCH", f"{path}/{schools['list_id']}", version=schools["version"], json=change)
    assert refused == (403, "writing_needed")


@pytest.mark.row("M37")
def test_a_public_body_gives_its_list_a_kind(world: World, tom: User) -> None:
    body = {"owner_siret": world.town, "name": "Sans nature", "members": [recipient(world.acme)]}
    assert tom.refused("POST", "/messages/lists", json=body) == (422, "recipient_kind_missing")
    made = a_list(world, tom, **{**body, "kind": "supplier"})
    assert made["kind_label"]["fr"] == "Fournisseurs"


@pytest.mark.row("M38")
def test_a_list_has_at_least_one_allowed_recipient(world: World, alice: User) -> None:
    body = {"owner_siret": world.acme, "name": "Vide", "members": []}
    assert alice.refused("POST", "/messages/lists", json=body) == (422, "recipients_missing")
    body["members"] = [recipient(world.town), recipient(world.stranger)]
    assert alice.problems("POST", "/messages/lists", json=body) == {"members.1": "recipient_never_exchanged"}


@pytest.mark.row("M39")
def test_a_list_is_renamed_and_its_recipients_come_and_go(world: World, alice: User) -> None:
    made = a_list(world, alice)
    path = f"/messages/lists/{world.acme}/{made['list_id']}"
    change = {
        "name": "Renommée",
        "add": [recipient(world.ministry), recipient(world.ministry)],
        "remove": [recipient(world.town)],
    }
    changed = alice.ok("PATCH", path, version=made["version"], json=change)
    assert (changed["name"], changed["members"]) == (
        "Renommée",
        [named(world.ministry, "Ministère des Écluses")],
    )
    assert alice.refused("PATCH", path, version=made["version"], json={"name": "x"}) == (412, "stale")
    emptied = {"remove": [recipient(world.ministry)]}
    refused = alice.refused("PATCH", path, version=changed["version"], json=emptied)
    assert refused == (422, "recipients_missing")


@pytest.mark.row("M40")
def test_a_deleted_list_leaves_what_was_sent_through_it(world: World, alice: User, tom: User) -> None:
    made = a_list(world, alice, name="Éphémère")
    message = alice.send(world.acme, list_ids=[made["list_id"]])
    path = f"/messages/lists/{world.acme}/{made['list_id']}"
    assert alice.ok("GET", path)["members"] == [named(world.town, "Mairie de Saint-Ouen")]
    alice.ok("DELETE", path, version=made["version"])
    assert alice.refused("GET", path)[0] == 404
    assert in_inbox(tom, message)
    sent = alice.ok("GET", own(message))
    assert sent["deliveries"][0]["lists"][0]["name"] == "Éphémère"
    assert sent["progress"]["delivered"] == 1


@pytest.mark.row("M41")
def test_lists_serve_for_a_new_message_and_for_a_sent_one(world: World, alice: User, tom: User) -> None:
    made = a_list(world, alice)
    draft = alice.draft(world.acme, title="t", content="c", list_ids=[made["list_id"]])
    sent = alice.delivered(alice.ok("POST", f"{own(draft)}/send", version=draft["version"]))
    assert in_inbox(tom, sent)
    other = alice.send(world.acme, recipients=[recipient(world.ministry)])
    more = {"list_ids": [made["list_id"]]}
    alice.delivered(alice.ok("POST", f"{own(other)}/recipients", version=other["version"], json=more))
    assert in_inbox(tom, other)


# --- what the issue asks beyond the rows ---------------------------------------------------------------------


def test_read_and_unread_are_each_users_own_and_feed_their_notifications(world: World, alice: User, tom: User) -> None:
    message = alice.send(world.acme, recipients=[recipient(world.town)])
    other = world.subscribe("other", world.town, "read")
    path = f"/messages/inbox/{world.town}/{message['reference']}"
    before = tom.ok("GET", "/messages/notifications")
    assert message["reference"] == before["unread"][0]["reference"]
    tom.ok("PUT", f"{path}/read")
    after = tom.ok("GET", "/messages/notifications")
    assert after["count"] == before["count"] - 1
    assert not in_inbox(tom, message, unread="true")
    assert in_inbox(tom, message, unread="false")
    assert in_inbox(other, message, unread="true")
    tom.ok("DELETE", f"{path}/read")
    assert in_inbox(tom, message, unread="true")


def test_a_recipient_without_account_is_written_to_by_e_mail_when_an_address_is_known(world: World) -> None:
    bea = world.user("bea")
    message = bea.send(world.beta, recipients=[recipient(world.office)])
    (found,) = bea.ok("GET", f"{own(message)}/recipients")["recipients"]
    assert found["outcome"] == "emailed"
    assert message["progress"]["emailed"] == 1


def test_an_expired_message_leaves_the_inbox_for_the_archive(world: World, alice: User, tom: User) -> None:
    sent = alice.send(world.acme, recipients=[recipient(world.town)])
    backdated(world, sent, start=-9, end=-1, inbox=world.town)
    assert not in_inbox(tom, sent)
    assert in_inbox(tom, sent, view="archive")
    assert tom.ok("GET", f"/messages/inbox/{world.town}/{sent['reference']}")["content"]


@pytest.mark.parametrize("column", ["title", "sender_siret", "sender_name", "reference", "recipient", "display_end"])
def test_the_inbox_sorts_on_every_column_and_counts(world: World, tom: User, column: str) -> None:
    params = {"limit": 100, "count": "true"}
    upward = tom.ok("GET", "/messages/inbox", params={**params, "sort": column})
    downward = tom.ok("GET", "/messages/inbox", params={**params, "sort": f"-{column}"})
    references = [each["reference"] for each in upward["messages"]]
    assert references == [each["reference"] for each in downward["messages"]][::-1]
    assert upward["count_is_exact"] is True
    assert upward["count"] >= len(references)


def test_only_a_structures_administrator_grants_and_revoking_works_at_once(world: World, alice: User) -> None:
    path = f"/structures/{world.acme}/subscriptions/{alice.principal}"
    assert world.user("bea").refused("PUT", path, json={"mode": "write"})[0] == 404
    granted = world.subscribe("guest", world.acme, "read")
    granted.ok("GET", "/messages/inbox")
    assert granted.ok("GET", "/messages")["subscriptions"]
    world.administrator.ok("DELETE", f"/structures/{world.acme}/subscriptions/{granted.principal}")
    assert granted.ok("GET", "/messages")["subscriptions"] == []
    assert world.user("bea").refused("POST", "/structures", json={"siret": world.beta, "name": "x"})[0] == 403


def test_a_list_that_became_empty_stops_the_sending(world: World, alice: User) -> None:
    made = a_list(world, alice)
    draft = alice.draft(world.acme, title="t", content="c", list_ids=[made["list_id"]])
    alice.ok("DELETE", f"/messages/lists/{world.acme}/{made['list_id']}", version=made["version"])
    refused = alice.refused("POST", f"{own(draft)}/send", version=draft["version"])
    assert refused == (422, "list_unknown")


def backdated(world: World, message: dict[str, Any], *, start: int, end: int, inbox: str | None = None) -> None:
    """As if the message had been sent days ago: no clock of the stack can be turned back."""
    client, table = world.stack.stack.boto_client("dynamodb"), world.stack.stack.outputs["TableName"]
    keys = [(f"STRUCTURE#{message['sender_siret']}", f"MESSAGE#{message['reference']}")]
    if inbox:
        keys.append((f"INBOX#{inbox}", f"INBOX#{message['reference']}#"))
    for pk, sk in keys:
        key = {"PK": {"S": pk}, "SK": {"S": sk}}
        item = client.get_item(TableName=table, Key=key)["Item"]
        for name, offset in (("display_start", start), ("display_end", end)):
            item["data"]["S"] = re.sub(rf'"{name}":"[0-9-]+"', f'"{name}":"{day(offset)}"', item["data"]["S"])
        client.put_item(TableName=table, Item=item)
