"""Which rejections of a flow are about how its XML is written: only those may go again as a PDF without a person."""

import pytest

from chorus_connector.domain.portal.flow_rejections import are_about_format

OF_FORMAT = [
    "L'element FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTradeSettlement.Means.TypeCode est obligatoire.",
    "L'élément (AppliedTradeAllowanceCharge.ActualAmount.value) est obligatoire si l'element (Price) est renseigne.",
    "Le cadre de facturation (BT-23) est absent ou inconnu.",
    "Le code du moyen de paiement est absent.",
    "L'identifiant du fournisseur n'est pas un SIRET.",
    "L'element (AppliedTradeAllowance [...]",
]
OF_CONTENT = [
    "Le service destinataire est inconnu ou inactif.",
    "Une facture de ce numéro existe déjà.",
    "Le montant total HT est incorrect.",
    "GDP_MSG_90.126",
    "Le fournisseur n'est pas actif.",
    "L'element ID : une facture de ce numéro existe déjà.",
]


@pytest.mark.parametrize("text", OF_FORMAT)
def test_a_text_that_names_the_xml_is_about_the_format(text: str) -> None:
    assert are_about_format([], [text])
    assert are_about_format([], ["|".join([text, OF_FORMAT[0]])])


@pytest.mark.parametrize("text", OF_CONTENT)
def test_any_other_text_is_for_a_person_also_beside_one_about_the_format(text: str) -> None:
    assert not are_about_format([], [text])
    assert not are_about_format([], [OF_FORMAT[0], text])
    assert not are_about_format([], ["|".join([OF_FORMAT[0], text])])
    assert not are_about_format(["Fichier illisible"], [text])


def test_a_file_that_the_portal_could_not_process_is_about_the_format_unless_it_has_it_already() -> None:
    assert are_about_format(["Le document est mal formé."], [])
    assert not are_about_format(["Ce flux a déjà été reçu."], [])


def test_no_reason_is_none_about_the_format() -> None:
    assert not are_about_format([], [])
    assert not are_about_format([], ["|"])
