"""The search of the directory: what it finds, how often the portal is asked, and what remains while it is down."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import Conflict, Invalid, NotCached, Transient
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalUnreachable
from chorus_connector.domain.portal.recipient_search import (
    MAX_FOUND,
    RecipientFound,
    RecipientQuery,
    RecipientsFound,
    in_order,
)
from chorus_connector.usecases.portal.directory import MAX_AGE
from chorus_connector.usecases.portal.recipient_search import SearchRecipients, page_of_recipients
from tests.builders import NOW
from tests.fakes import FakePortal, FakeRecipientSearches

ETIENNE = RecipientFound(
    siret="21420218100016", name="COMMUNE DE SAINT-ÉTIENNE", postal_code="42000", town="ST ETIENNE"
)
SCHOOL = RecipientFound(
    siret="19421078600012", name="Lycée d’Œuvres", postal_code="42100", town="SAINT ETIENNE CEDEX 2"
)
VAL = RecipientFound(siret="22000001200017", name="Département du Val-d'Ambre", postal_code="49990", town="AMBREVILLE")
ALL = (ETIENNE, SCHOOL, VAL)


class World:
    def __init__(self, *listed: RecipientFound) -> None:
        self.portal = FakePortal()
        self.portal.listed = list(listed or ALL)
        self.cache = FakeRecipientSearches()
        self.use_case = SearchRecipients(self.cache, self.portal)

    def search(self, *, after: timedelta = timedelta(0), **query: str) -> tuple[RecipientFound, ...]:
        return self.use_case.search(RecipientQuery(**query), now=NOW + after).found.recipients


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"siret": "21420218100016"}, [ETIENNE]),
        ({"siret": "2142"}, [ETIENNE]),
        ({"name": "commune de saint etienne"}, [ETIENNE]),
        ({"name": "Saint-Etienne commune"}, [ETIENNE]),
        ({"town": "Saint-Étienne"}, [ETIENNE, SCHOOL]),
        ({"town": "St Etienne", "name": "LYCEE"}, [SCHOOL]),
        ({"name": "lycée oeuvres"}, [SCHOOL]),
        ({"postal_code": "42"}, [ETIENNE, SCHOOL]),
        ({"postal_code": "42 100", "name": "lyc"}, [SCHOOL]),
        ({"name": "Departement du Val d’Ambre"}, [VAL]),
        ({"name": "dept val"}, [VAL]),
        ({"name": "Val", "town": "Etienne"}, []),
        ({"siret": "21420218100016", "name": "Lycée"}, []),
    ],
    ids=str,
)
def test_every_part_of_the_query_must_match_whatever_the_accents(
    query: dict[str, str], found: list[RecipientFound]
) -> None:
    assert list(World().search(**query)) == found


@pytest.mark.parametrize("query", [{}, {"siret": "214"}, {"name": "a"}, {"town": "'", "postal_code": " 4 "}], ids=str)
def test_a_query_that_nearly_everything_matches_is_refused_and_the_portal_is_not_asked(query: dict[str, str]) -> None:
    world = World()
    with pytest.raises(Invalid) as refusal:
        world.search(**query)
    assert refusal.value.problems[0].code == "search_too_broad"
    assert not world.portal.searches


def test_the_same_query_in_another_spelling_is_not_asked_again_within_a_day() -> None:
    world = World()
    world.search(town="Saint-Étienne")
    asked = len(world.portal.searches)
    world.search(town="SAINT  ETIENNE ", after=MAX_AGE - timedelta(minutes=1))
    assert len(world.portal.searches) == asked
    world.search(town="Saint-Étienne", after=MAX_AGE)
    assert len(world.portal.searches) > asked


def test_an_empty_answer_is_not_kept_because_a_structure_may_open() -> None:
    world = World()
    assert world.search(name="Mairie nouvelle") == ()
    new = RecipientFound(siret="21000001400014", name="Mairie nouvelle")
    world.portal.listed.append(new)
    assert world.search(name="Mairie nouvelle") == (new,)


def test_while_the_portal_is_down_the_last_answer_is_given_as_stale() -> None:
    world = World()
    world.search(town="Ambreville")
    world.portal.faults["search_recipients"] = [PortalUnreachable("down")]
    answered = world.use_case.search(RecipientQuery(town="ambreville"), now=NOW + 3 * MAX_AGE)
    assert answered.stale
    assert (answered.found.recipients, answered.found.found_at) == ((VAL,), NOW)


@pytest.mark.parametrize(
    ("failure", "error"), [(PortalUnreachable("down"), Transient), (CredentialsRefused("missing"), Conflict)]
)
def test_while_the_portal_is_down_an_unknown_query_is_an_error_and_never_an_empty_list(
    failure: Exception, error: type[Exception]
) -> None:
    world = World()
    world.portal.faults["search_recipients"] = [failure]
    with pytest.raises(error):
        world.search(town="Ambreville")


def test_an_answer_that_cannot_be_kept_is_given_all_the_same() -> None:
    class Full(FakeRecipientSearches):
        def put(self, query: str, found: RecipientsFound) -> None:
            raise NotCached("too_large")

    world = World()
    world.use_case = SearchRecipients(Full(), world.portal)
    assert world.search(town="Ambreville") == (VAL,)


def test_a_part_with_too_many_recipients_is_completed_by_a_narrower_one() -> None:
    crowd = [RecipientFound(siret=f"{number:014}", name=f"Office {number}", town="PARIS") for number in range(300)]
    wanted = RecipientFound(siret="21750001600019", name="Ville de Paris", town="PARIS")
    world = World(*crowd, wanted)
    answered = world.use_case.search(RecipientQuery(town="Paris", name="Ville de Paris"), now=NOW)
    assert (answered.found.recipients, answered.found.because) == ((wanted,), "accents")
    world.portal.accents_count = False
    world.portal.listed.append(RecipientFound(siret="21670452000011", name="Commune de Villé"))
    proven = world.use_case.search(RecipientQuery(town="Paris", name="Ville  de PARIS."), now=NOW + MAX_AGE)
    assert (proven.found.recipients, proven.found.complete, proven.found.because) == ((wanted,), True, None)
    assert world.search(siret="2175", name="Ville de Paris") == (wanted,)
    broad = world.use_case.search(RecipientQuery(town="Paris"), now=NOW)
    assert (len(broad.found.recipients), broad.found.complete) == (MAX_FOUND, False)
    assert broad.found.because == "too_many"


LYCEE = RecipientFound(siret="19000036400017", name="Lycée Hélène-Boucher de Saint-Aubin", town="SAINT AUBIN")
BODIES = (
    LYCEE,
    *(
        RecipientFound(siret=f"2000{number:010}", name=name)
        for number, name in enumerate(
            [
                "Communauté de communes des Trois Vals",
                "CC DU HAUT PLATEAU",
                "Métropole de Vesle",
                "Région Grand Estuaire",
                "Université d'Ambre",
                "Ministère de l'Agriculture",
                "Département de la Haute-Vesle",
                "DEPT DU NORD",
                "Ville de ST AUBIN",
                "Régie de Châlus",
            ]
        )
    ),
)


@pytest.mark.parametrize("accents_count", [True, False])
@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("lycee", ["Lycée"]),
        ("communaute", ["CC", "Communauté"]),
        ("CC", ["CC", "Communauté"]),
        ("metropole", ["Métropole"]),
        ("metro", ["Métropole"]),
        ("region", ["Région"]),
        ("universite", ["Université"]),
        ("ministere", ["Ministère"]),
        ("dept", ["DEPT", "Département"]),
        ("departement", ["DEPT", "Département"]),
        ("saint aubin", ["Lycée", "Ville"]),
        ("helene", ["Lycée"]),
        ("chalus", ["Régie"]),
    ],
)
def test_a_search_without_accents_finds_names_with_accents_whatever_the_portal_compares(
    word: str, names: list[str], accents_count: bool
) -> None:
    world = World(*BODIES)
    world.portal.accents_count = accents_count
    assert sorted(each.name.split()[0] for each in world.search(name=word)) == names


@given(st.text(alphabet="aceglnrtuyéèêàçôœ -'", min_size=2, max_size=12), st.booleans())
def test_a_complete_answer_never_lacks_a_name_that_matches(name: str, accents_count: bool) -> None:
    accents = str.maketrans("eacou", "éàçôù")
    listed = [
        RecipientFound(siret=f"{number:014}", name=each)
        for number, each in enumerate((name, name.upper(), name.translate(accents), f"Lycée {name.translate(accents)}"))
    ]
    world = World(*listed)
    world.portal.accents_count = accents_count
    query = RecipientQuery(name=name)
    if not query.specific:
        return
    found = world.use_case.search(query, now=NOW).found
    assert not found.complete or set(found.recipients) == {each for each in listed if query.matches(each)}
    assert found.complete is (found.because is None)


def test_nothing_found_for_a_word_is_not_complete_because_accents_may_hide_it_and_digits_are() -> None:
    world = World(RecipientFound(siret="21000001400014", name="Sévérac-d'Aveyrôn", postal_code="12150"))
    nothing = world.use_case.search(RecipientQuery(name="severac"), now=NOW).found
    assert (nothing.recipients, nothing.complete, nothing.because) == ((), False, "accents")
    for query in (RecipientQuery(postal_code="12 150"), RecipientQuery(siret="2100"), RecipientQuery(postal_code="99")):
        assert world.use_case.search(query, now=NOW).found.complete
    both = world.use_case.search(RecipientQuery(name="severac", postal_code="12150"), now=NOW).found
    assert (len(both.recipients), both.complete) == (1, True)
    digits = world.use_case.search(RecipientQuery(name="severac", siret="2100"), now=NOW).found
    assert (len(digits.recipients), digits.complete) == (1, True)


def test_an_answer_without_accents_does_not_serve_the_same_words_with_accents() -> None:
    plain = RecipientFound(siret="21000001400014", name="CCAS SEVERAC")
    accented = RecipientFound(siret="21000002200019", name="Sévérac")
    world = World(plain, accented)
    assert world.search(name="severac") == (plain,)
    assert world.search(name="Sévérac") == (plain, accented)
    assert world.search(name="severac") == (plain, accented)


def test_an_answer_of_an_older_release_is_asked_for_again_and_while_the_portal_is_down_it_is_not_complete() -> None:
    world = World()
    query = RecipientQuery(name="departement")
    old = RecipientsFound.model_validate_json(
        '{"recipients": [], "complete": true, "found_at": "2026-11-20T10:00:00Z"}'
    )
    world.cache.put(query.key, old)
    world.portal.faults["search_recipients"] = [PortalUnreachable("down")]
    stale = world.use_case.search(query, now=old.found_at)
    assert (stale.stale, stale.found.complete, stale.found.because) == (True, False, "accents")
    assert world.use_case.search(query, now=old.found_at).found.recipients == (VAL,)


def test_what_was_found_before_the_portal_failed_midway_is_given_as_incomplete_and_not_kept() -> None:
    world = World(*BODIES)
    world.portal.faults["search_recipients"] = [None, PortalUnreachable("down")]
    answered = world.use_case.search(RecipientQuery(name="Lycée"), now=NOW)
    assert (answered.found.recipients, answered.found.because, answered.stale) == ((LYCEE,), "not_all_asked", False)
    assert world.use_case.search(RecipientQuery(name="Lycée"), now=NOW).found.because == "accents"


words = st.text(alphabet="abcdeéœ'’-ST ", min_size=1, max_size=12)
recipients = st.builds(
    RecipientFound,
    siret=st.from_regex(r"[0-9]{14}", fullmatch=True),
    name=words,
    town=words,
    postal_code=st.just("42000"),
)


@given(st.lists(recipients, max_size=30), st.integers(1, 7))
def test_the_pages_have_every_recipient_once_and_in_order(listed: list[RecipientFound], limit: int) -> None:
    found = RecipientsFound(recipients=in_order(listed), found_at=NOW)
    seen: list[RecipientFound] = []
    cursor: str | None = None
    while True:
        page, cursor = page_of_recipients(found, limit=limit, cursor=cursor)
        seen += page
        if cursor is None:
            break
    assert tuple(seen) == found.recipients
    assert {each.siret for each in seen} == {each.siret for each in listed}


@given(st.lists(recipients, max_size=6), words, words)
def test_a_search_is_bounded_and_gives_nothing_that_does_not_match(
    listed: list[RecipientFound], name: str, town: str
) -> None:
    world, query = World(*listed), RecipientQuery(name=name, town=town)
    if not query.specific:
        return
    found = world.use_case.search(query, now=NOW).found
    assert all(query.matches(each) for each in found.recipients)
    assert len(world.portal.searches) <= 22


@given(recipients)
def test_a_recipient_matches_its_own_name_town_and_siret(recipient: RecipientFound) -> None:
    assert RecipientQuery(**recipient.model_dump()).matches(recipient)
