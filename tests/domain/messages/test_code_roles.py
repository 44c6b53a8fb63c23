"""What the kinds of words around a code say about it, whatever the words are."""

from datetime import date

import pytest

from chorus_connector.domain.messages.code_candidates import Clause, candidates_of
from chorus_connector.domain.messages.code_kinds import kinds_in_a_row, parts_of, telling
from chorus_connector.domain.messages.code_sightings import sightings_of

NONE: frozenset[str] = frozenset()
SENT = date(2026, 11, 30)


def _orders(text: str, code: str, *, title: str = "Information") -> set[str]:
    found = {each.text: each.seen for each in sightings_of(title, text, NONE, sent_on=SENT)}
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
        "Service ; code 2026 ; code 2027\nVoirie ; VOI-1 ; VOI-2\nÉtat civil ; ETC-1 ; ETC-2",
        "ancien / nouveau / libellé\nVOI-1 / VOI-2 / Voirie",
        "<table><tr><th>Ancien</th><th>Nouveau</th></tr><tr><td>VOI-1</td><td>VOI-2</td></tr></table>",
        "Code service VOI-1 remplacé par VOI-2.",
        "Ce qui partait sur VOI-1 part sur VOI-2.",
    ],
)
def test_of_two_codes_the_words_between_them_say_which_one_is_new(text: str) -> None:
    assert any(each.startswith("new by") for each in _orders(text, "VOI-2"))
    assert not any(each.startswith("new by") for each in _orders(text, "VOI-1"))


def test_an_order_does_not_reach_into_another_sentence() -> None:
    assert "new by become" not in _orders("VOI-1 devient caduc. Ne changez rien à VOI-2.", "VOI-2")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<table><tr><td>RU Tertre</td><td>RU-441</td></tr></table>", "RU-441"),
        ("SECTEUR PLATEAU : LIG-PLAT", "LIG-PLAT"),
        ("INTENDANCE DEVIENT INTEND-LW EN MARS.", "INTEND-LW"),
        ("INFORMATIQUE : DSIN (ANCIEN DAF)", "DSIN"),
        ("Site A (Étoile)......ETO", "ETO"),
        ("Maison de Brest ..... JUSAP29", "JUSAP29"),
        ("HDJ de Dol – code 58-02", "58-02"),
        ("21 | 2020 | Périscolaire", "2020"),
        ("A10 / 01010 / Direction", "01010"),
    ],
)
def test_codes_in_tables_capitals_and_figures_are_seen(text: str, code: str) -> None:
    assert code in {each.text for each in sightings_of("Codes", text, NONE, sent_on=SENT)}


@pytest.mark.parametrize("text", ["Le 01-07-2027, tél. 02 99", "FERMETURE LE LUNDI", "En 2027 : rien", "le 1er mai"])
def test_days_years_and_shouted_words_are_no_codes(text: str) -> None:
    assert sightings_of("Information", text, NONE, sent_on=SENT) == []


def test_words_of_no_kind_count_once_and_the_code_itself_is_a_word_elsewhere() -> None:
    clause = Clause("Le square fleuri ST-1 et ST-2, puis ST-1")
    first, other, last = codes = candidates_of(clause, NONE)
    parts = parts_of(clause, codes)
    assert kinds_in_a_row(parts, last) == ["w", "and", "code!", ",", "and", "w"]
    assert kinds_in_a_row(parts, other) == ["w", "code!", "and", "w", ",", "and", "code!"]
    assert first.text == last.text


def test_a_word_after_an_apostrophe_has_its_kind() -> None:
    assert "deposit" in telling(parts_of(Clause("merci d'adresser vos plis"), ()))


def test_codes_with_the_same_words_around_them_are_one_list() -> None:
    text = "Nouveaux codes :\n- Cuisine : CUI-1\n- Internat : INT-1\nLe code GEN-1 est fermé."
    found = {each.text: each.alike for each in sightings_of("Codes", text, NONE, sent_on=SENT)}
    assert found == {"CUI-1": {"CUI-1", "INT-1"}, "INT-1": {"CUI-1", "INT-1"}, "GEN-1": {"GEN-1"}}


@pytest.mark.parametrize(
    ("text", "day"),
    [("dès le 3 mai 2027", "ahead"), ("depuis le 3 mai 2026", "past"), ("à compter de ce jour", "today"), ("", "none")],
)
def test_whether_the_day_of_the_message_is_over_is_observed(text: str, day: str) -> None:
    (found,) = sightings_of("Information", f"Le code est ST-9 {text}.", NONE, sent_on=SENT)
    assert f"day: {day}" in found.seen


def test_each_code_of_a_message_is_seen_once_with_all_its_places() -> None:
    (found,) = sightings_of("Nouveau code ST-9", "Indiquez ST-9. Merci de retenir ST-9.", NONE, sent_on=SENT)
    assert (found.text, len(found.places)) == ("ST-9", 3)
