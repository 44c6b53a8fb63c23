"""What the kinds of words around a code say about it, whatever the words are."""

import pytest

from chorus_connector.domain.messages.code_candidates import Clause, candidates_of
from chorus_connector.domain.messages.code_kinds import kinds_in_a_row, parts_of, telling
from chorus_connector.domain.messages.code_sightings import is_excluded, sightings_of

NONE: frozenset[str] = frozenset()


def _orders(text: str, code: str, *, title: str = "Information") -> set[str]:
    found = {each.text: each.seen for each in sightings_of(title, text, NONE)}
    return {each.removeprefix("order: ") for each in found[code] if each.startswith("order: ")}


@pytest.mark.parametrize(
    "text",
    [
        "Le code VOI-1 devient, pour toutes vos factures, le VOI-2.",
        "Le code VOI-1 est remplacé par VOI-2.",
        "Le code VOI-2 se substituera dès lundi au code VOI-1.",
        "Déposez sur VOI-2 au lieu de VOI-1.",
        "Déposez sur VOI-2 plutôt que VOI-1.",
        "VOI-1 -> VOI-2",
        "Ancien code\tNouveau code\nVOI-1\tVOI-2",
        "Nouveau code | Ancien code\nVOI-2 | VOI-1",
        "Ce qui partait sur VOI-1 part sur VOI-2.",
    ],
)
def test_of_two_codes_the_words_between_them_say_which_one_is_new(text: str) -> None:
    assert any(each.startswith("new by") for each in _orders(text, "VOI-2"))
    assert not any(each.startswith("new by") for each in _orders(text, "VOI-1"))


def test_an_order_does_not_reach_into_another_sentence() -> None:
    assert "new by become" not in _orders("VOI-1 devient caduc. Ne changez rien à VOI-2.", "VOI-2")


def test_words_of_no_kind_count_once_and_the_code_itself_is_a_word_elsewhere() -> None:
    clause = Clause("Le square fleuri ST-1 et ST-2, puis ST-1")
    first, other, last = codes = candidates_of(clause, NONE)
    parts = parts_of(clause, codes)
    assert kinds_in_a_row(parts, last) == ["w", "and", "code!", ",", "and", "w"]
    assert kinds_in_a_row(parts, other) == ["w", "code!", "and", "w", ",", "and", "code!"]
    assert first.text == last.text


def test_a_word_after_an_apostrophe_has_its_kind() -> None:
    assert "deposit" in telling(parts_of(Clause("merci d'adresser vos plis"), ()))


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Pour mémoire :\n- Cuisine : CUI-1\n- Internat : INT-1", {"CUI-1", "INT-1"}),
        ("Les factures restent à déposer sur CUI-1.", {"CUI-1"}),
        ("L'ancien code CUI-9 ne marche plus.", {"CUI-1"}),
        ("Ceci est un test : nouveau code CUI-2.", {"CUI-1"}),
    ],
)
def test_what_was_so_before_and_what_is_taken_back_is_excluded(text: str, known: set[str]) -> None:
    every = sightings_of("Information", text, frozenset(known))
    assert every, "the message has codes"
    assert all(is_excluded(each.seen) for each in every)


def test_a_list_that_changes_is_not_excluded() -> None:
    every = sightings_of("Rappel", "Rappel, nouveaux codes dès lundi :\nCuisine : CUI-1", frozenset({"CUI-1"}))
    assert [is_excluded(each.seen) for each in every] == [False]


def test_each_code_of_a_message_is_seen_once_with_all_its_places() -> None:
    (found,) = sightings_of("Nouveau code ST-9", "Indiquez ST-9. Merci de retenir ST-9.", NONE)
    assert (found.text, len(found.places)) == ("ST-9", 3)
