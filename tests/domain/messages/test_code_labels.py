"""What a message calls the service whose code it announces."""

import pytest

from chorus_connector.domain.messages.code_labels import MessageText, SenderService, label_of

SERVICES = (SenderService(code="CUI-1", label="Cuisine centrale"), SenderService(code="OLD-1", label="Restauration"))


def _label(text: str, code: str, *, title: str = "Information", services: tuple[SenderService, ...] = ()) -> str | None:
    clause = next(line for line in text.splitlines() if code in line)
    start = clause.index(code)
    return label_of(clause, start, start + len(code), message=MessageText(title, text), services=services)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("- Espaces verts : CUI-1", "Espaces verts"),
        ("CUI-1 : pharmacie", "pharmacie"),
        ("CUI-1 pharmacie", "pharmacie"),
        ("001 -> CUI-1 (Voirie)", "Voirie"),
        ("2° Dispositifs médicaux (avec dépôts) : nouveau code CUI-1", "Dispositifs médicaux"),
        ("UMR 6118 | Géosciences | CUI-1", "Géosciences"),
        ("A20 / CUI-1 / Ressources humaines", "Ressources humaines"),
        ("Commerce = CUI-2, pêche = CUI-1", "pêche"),
        ("Les factures de l'internat doivent aller sur CUI-1.", "internat"),
        ("Factures du groupement Nord sur CUI-0, celles du groupement Sud sous CUI-1.", "groupement Sud"),
        ("Le code de la médiathèque est CUI-1.", "médiathèque"),
        ("Prenez le code CUI-1 pour le centre aéré à partir de mai.", "centre aéré"),
        ("Le bureau est payé par CUI-1 dénommé « ESID Rennes ».", "ESID Rennes"),
        ("Code service à utiliser : CUI-1", None),
        ("Les fournisseurs nous factureront directement : CUI-1.", None),
    ],
)
def test_the_words_beside_the_code_name_its_service(text: str, label: str | None) -> None:
    assert _label(text, "CUI-1", title="Nouveau code : CUI-1") == label


def test_the_directorys_own_name_of_the_code_counts_when_the_message_says_it_too() -> None:
    text = "Voirie et cuisine centrale : écrivez CUI-1 sur les factures de denrées."
    assert _label(text, "CUI-1", services=SERVICES) == "Cuisine centrale"


def test_the_directorys_own_name_of_the_code_counts_when_the_sentence_names_none() -> None:
    assert _label("Merci d'écrire CUI-1.", "CUI-1", services=SERVICES) == "Cuisine centrale"


def test_a_code_is_no_name() -> None:
    assert _label("Le code OLD-1 est remplacé par NEW-2.", "NEW-2", title="Codes", services=SERVICES[1:]) is None
