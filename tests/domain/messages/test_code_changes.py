"""Messages that announce a service code: what is found, and what must never be."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.messages.code_changes import announced_changes
from chorus_connector.domain.messages.code_labels import SenderService
from chorus_connector.domain.messages.effective_dates import Period, period_of
from tools.accuracy.code_changes import MESSAGES, measure, messages_in

SENT = date(2026, 11, 30)
TECHNICAL = SenderService(code="STECH", label="Services techniques")


@pytest.mark.parametrize("services", [(), (TECHNICAL,), (TECHNICAL, SenderService(code="FIN"))])
def test_the_guides_own_message_announces_its_code_whether_the_directory_has_it_or_not(
    services: tuple[SenderService, ...],
) -> None:
    text = "Les factures destinées à notre service technique devront être déposées sur le code service STECH."
    (change,) = announced_changes("Nouveau code service", text, sent_on=SENT, services=services)
    assert (change.code, change.label, change.first_day, change.last_day) == ("STECH", "service technique", None, None)


def test_the_guides_other_message_announces_none() -> None:
    text = "Les départements A, B et C sont maintenant ouverts au public. Merci d'envoyer vos messages dans leur BAL."
    assert announced_changes("Départements ouverts", text, sent_on=SENT, services=(TECHNICAL,)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Ceci est un test, merci de ne pas en tenir compte : nouveau code service ESSAI-1.",
        "Le code service STECH est inchangé.",
        "Nos codes services ne changent pas : STECH, FIN.",
        "Un message annonce le nouveau code service PAY-1 : c'est une escroquerie.",
        "Le code APE 84.11Z remplace le code 75.1A sur nos devis.",
        "Les factures ne sont plus à déposer sur le code service STECH.",
        "",
    ],
)
def test_what_takes_its_announcement_back_or_is_about_another_code_announces_none(text: str) -> None:
    assert announced_changes("Information", text, sent_on=SENT, services=(TECHNICAL,)) == ()


def test_a_list_gives_each_code_with_its_service() -> None:
    text = (
        "À compter du 1er janvier 2027, nos codes services changent :\n- Direction des routes : DIR-ROUTES\n"
        "- Archives : DCP-ARCH\nMerci d'adresser vos factures sur ces codes."
    )
    found = announced_changes("Nouveaux codes services", text, sent_on=SENT)
    assert {each.code: each.label for each in found} == {"DIR-ROUTES": "Direction des routes", "DCP-ARCH": "Archives"}
    assert {each.first_day for each in found} == {date(2027, 1, 1)}


@pytest.mark.parametrize(
    ("text", "first_day", "last_day"),
    [
        ("à compter du 1er mars 2027", date(2027, 3, 1), None),
        ("à partir du 01/03/2027", date(2027, 3, 1), None),
        ("A/c du 15 mars, facturer sur X", date(2027, 3, 15), None),
        ("dès le lundi 7 décembre", date(2026, 12, 7), None),
        ("depuis le 4 mai", date(2026, 5, 4), None),
        ("du 1er au 2", None, None),
        ("du 15 avril 2027 au 14 octobre 2027", date(2027, 4, 15), date(2027, 10, 14)),
        ("jusqu'au 31 janvier", None, None),
        ("le bureau est dissous au 30 juin 2027 ; au-delà, X", date(2027, 7, 1), None),
        ("du 7 au 18 décembre", date(2026, 12, 7), date(2026, 12, 18)),
        ("entre le 1er mai 2027 et le 31 octobre 2028", date(2027, 5, 1), date(2028, 10, 31)),
        ("dès le 20 avril 2027 et jusqu'au 31 août 2027", date(2027, 4, 20), date(2027, 8, 31)),
        ("à partir de mars", date(2027, 3, 1), None),
        ("à compter du mois de mai 2027", date(2027, 5, 1), None),
        ("pour l'exercice 2027", date(2027, 1, 1), None),
        ("factures postérieures au 31 décembre 2026", date(2027, 1, 1), None),
        ("l'ancien code sera désactivé le 31 mars", None, None),
        ("il fermera le 31 mars, le nouveau s'utilise dès le 1er avril", date(2027, 4, 1), None),
        ("application : 15 déc. 2026", date(2026, 12, 15), None),
        ("depuis le 1/11.", date(2026, 11, 1), None),
        ("applicable ce jour", SENT, None),
        ("vous facturez aujourd'hui sur X", None, None),
        ("From January 5th, use X", date(2027, 1, 5), None),
        ("à compter de demain", date(2026, 12, 1), None),
        ("dès réception", None, None),
        ("le 30 février", None, None),
    ],
)
def test_the_period_of_a_message(text: str, first_day: date | None, last_day: date | None) -> None:
    assert period_of([text], sent_on=SENT) == Period(first_day=first_day, last_day=last_day)


@given(st.text(max_size=60), st.text(max_size=400), st.lists(st.text(min_size=1, max_size=12), max_size=3))
def test_any_text_is_read_and_a_code_is_always_a_part_of_it(title: str, content: str, codes: list[str]) -> None:
    services = [SenderService(code=code) for code in codes]
    for change in announced_changes(title, content, sent_on=SENT, services=services):
        assert change.code in title + content or "&" in title + content


def test_the_weights_that_ship_find_the_codes_of_the_messages_that_they_were_fitted_on() -> None:
    score = measure(messages_in(MESSAGES / "d.jsonl")[:40], None)
    assert score.right >= 0.85 * (score.right + score.missed)
    assert score.wrong == 0
