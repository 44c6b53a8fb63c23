"""The name of a service that is printed in the place of its code is read as a label, and never as a code."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.reading.paper import read, value

LABELS = [
    "Service exécutant",
    "Code service",
    "Service",
    "Service destinataire",
    "SERVICE",
    "Code service exécutant",
    "Service facturier",
    "Service bénéficiaire",
    "Code du service",
    "Serv. exec.",
    "Service (Chorus)",
    "Votre code service",
    "Direction (code)",
]
NAMES = ["Restauration scolaire", "Direction des Finances", "Œuvres sociales", "Voirie", "Pôle « Petite enfance »"]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_after_beside_or_under_the_label_of_a_service_is_its_label(label: str, name: str) -> None:
    after = read((50, 60, "FACTURE"), (50, 100, f"{label} : {name}"))
    beside = read((50, 60, "FACTURE"), (50, 100, f"{label} :"), (250, 100, name))
    for reading in (after, beside):
        assert value(reading, "service_label") == name, reading.fields
        assert value(reading, "service_code") is None


WITH_LABELS_IN_THEM = [
    "Régie de l'eau",
    "régie de l eau",
    "Régie de l’eau",
    "Ancien service",
    "Pôle facturation",
    "Gestion du marché",
    "Service de la commande publique",
    "Direction de l'eau et des marchés",
    "Bureau des commandes",
    "Service des affaires foncières",
]


@pytest.mark.parametrize("label", ["Service exécutant", "Service destinataire", "Service", "Code service"])
@pytest.mark.parametrize("name", WITH_LABELS_IN_THEM)
def test_a_name_is_not_cut_at_a_word_that_is_a_label_elsewhere(label: str, name: str) -> None:
    after = read((50, 60, "FACTURE"), (50, 100, f"{label} : {name}"))
    beside = read((50, 60, "FACTURE"), (50, 100, f"{label} :"), (250, 100, name))
    assert [value(each, "service_label") for each in (after, beside)] == [name, name]


@pytest.mark.parametrize("name", ["Facturation", "Marchés publics", "Commande publique"])
def test_a_name_may_begin_with_a_word_that_is_a_label_elsewhere(name: str) -> None:
    assert value(read((50, 60, "FACTURE"), (50, 100, f"Service exécutant : {name}")), "service_label") == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Service : Voirie Engagement : EJ-2026-1", "Voirie"),
        ("Service : Voirie Marché 2024-12", "Voirie"),
        ("Service : Régie de l'eau N° engagement EJ-2026-1", "Régie de l'eau"),
        ("Service : Engagement : EJ-2026-1", None),
    ],
)
def test_a_name_ends_at_the_label_of_the_next_value(line: str, name: str | None) -> None:
    assert value(read((50, 60, "FACTURE"), (50, 100, line)), "service_label") == name


def test_a_name_under_the_caption_of_a_column_is_a_label() -> None:
    columns = (50, 100, "Service exécutant"), (220, 100, "Engagement"), (50, 114, "Voirie"), (220, 114, "EJ-2026-1")
    reading = read((50, 60, "FACTURE"), *columns)
    assert (value(reading, "service_label"), value(reading, "engagement_number")) == ("Voirie", "EJ-2026-1")


def test_the_quotes_around_a_name_are_no_part_of_it() -> None:
    reading = read((50, 60, "FACTURE"), (50, 100, "Service exécutant : « Restauration scolaire »."))
    assert value(reading, "service_label") == "Restauration scolaire"


def test_where_a_code_is_printed_no_name_is_read() -> None:
    lines = (50, 100, "Code service : FINANCES"), (50, 120, "Service : Direction des finances")
    reading = read((50, 60, "FACTURE"), *lines)
    assert (value(reading, "service_code"), value(reading, "service_label")) == ("FINANCES", None)


@pytest.mark.parametrize(
    "line",
    [
        "Service client 01 23 45 67 89",
        "Service comptabilité",
        "Service : 01 23 45 67 89",
        "Service : compta@dupont.fr",
        "Service : néant",
        "Service exécutant : aucun",
        "Notre service après-vente vous répond",
        "Date de mise en service : mars",
        "Le service vous remercie de votre confiance. À bientôt",
        "Service : 12/03/2026",
    ],
)
def test_what_is_no_name_of_the_recipients_service_is_no_label(line: str) -> None:
    assert value(read((50, 60, "FACTURE"), (50, 100, line)), "service_label") is None


def test_of_two_names_none_is_taken() -> None:
    lines = (50, 100, "Service exécutant : Voirie"), (50, 120, "Service destinataire : Cantine")
    assert value(read((50, 60, "FACTURE"), *lines), "service_label") is None


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(LABELS),
    st.lists(st.from_regex(r"[A-ZÉ][a-zéèœ]{3,9}", fullmatch=True), min_size=1, max_size=4),
)
def test_a_name_in_words_is_never_a_code(label: str, words: list[str]) -> None:
    reading = read((50, 60, "FACTURE"), (50, 100, f"{label} : {' '.join(words)}"))
    assert value(reading, "service_code") is None
