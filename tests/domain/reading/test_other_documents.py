"""Numbers and dates of another document than this invoice: words after or before the noun of a document tell."""

import pytest

from tests.domain.reading.paper import read, value

ANOTHER = [
    *("associée", "liée", "d'origine", "rectifiée", "remplacée", "précédente", "antérieure", "de référence", "source"),
    *("mère", "compensée", "déduite", "contestée", "impayée", "correspondante", "à annuler", "de rattachement"),
]
OWN = [
    *("rectificative", "émise", "établie", "électronique", "détaillée", "certifiée", "récapitulative", "groupée"),
    *("de régularisation", "numérotée", "complémentaire", "définitive", "de solde", "annuelle", "de location"),
]


@pytest.mark.parametrize("qualifier", ANOTHER)
def test_a_qualifier_names_another_invoice(qualifier: str) -> None:
    reading = read(
        *((50, 100, f"N° DE FACTURE {qualifier.upper()} : R25-0003"), (50, 114, "N° DE FACTURE : R26-0027")),
        *((50, 128, "Date : 03/04/2026"), (50, 142, f"Date de la facture {qualifier} : 02/01/2026")),
    )
    assert value(reading, "invoice_number") == "R26-0027"
    assert value(reading, "invoice_date") == "2026-04-03"


@pytest.mark.parametrize("qualifier", ANOTHER)
def test_the_number_of_another_invoice_is_not_given_for_want_of_a_better_one(qualifier: str) -> None:
    heads = ((50, 100, "Date"), (200, 100, f"Facture {qualifier}"), (50, 112, "03/04/2026"), (200, 112, "R25-0003"))
    assert value(read(*heads), "invoice_number") is None
    assert value(read((50, 100, f"Facture {qualifier} n° R25-0003")), "invoice_number") is None


@pytest.mark.parametrize("qualifier", OWN)
def test_a_participle_that_every_invoice_may_have_does_not_name_another(qualifier: str) -> None:
    reading = read((50, 100, f"Facture {qualifier} n° R26-0027"), (50, 114, "Date : 03/04/2026"))
    assert value(reading, "invoice_number") == "R26-0027"


@pytest.mark.parametrize(
    "line",
    [
        *("Acompte facture R25-0003 du 02/01/2026", "Acompte versé selon facture n° R25-0003"),
        *("Ancienne facture n° R25-0003", "Dernière facture : R25-0003", "Paiement facture R25-0003 reçu"),
        *("Solde de la facture n° R25-0003", "Pour mémoire : notre facture n° R25-0003"),
        *("Facture d'acompte n° R25-0003 déduite", "Retenue de garantie facture n° R25-0003"),
        *("Solde antérieur facture R25-0003", "Complément à la facture n° R25-0003"),
    ],
)
def test_a_payment_or_an_older_invoice_named_before_the_number_is_not_this_invoice(line: str) -> None:
    assert value(read((50, 100, "FACTURE"), (50, 300, line)), "invoice_number") is None
    beside = ((400, 60, "Facture n°"), (470, 60, "R26-0027"))
    assert value(read(*beside, (50, 300, line)), "invoice_number") == "R26-0027"


def test_a_copy_of_an_invoice_has_its_number() -> None:
    assert value(read((50, 100, "DUPLICATA FACTURE N° R26-0027")), "invoice_number") == "R26-0027"


@pytest.mark.parametrize("label", ["Bordereau n°", "Document n°", "N° d'enregistrement"])
def test_a_label_with_the_word_invoice_is_taken_before_one_without(label: str) -> None:
    reading = read((50, 100, f"{label} : 53290811"), (50, 300, "Facture n° R26-0027"))
    assert value(reading, "invoice_number") == "R26-0027"


def test_the_extract_of_an_account_is_no_invoice_number() -> None:
    assert value(read((50, 60, "FACTURE"), (50, 100, "Extrait de compte n° 411000")), "invoice_number") is None


def test_the_invoice_of_a_deposit_may_be_this_one() -> None:
    reading = read((50, 100, "FACTURE D'ACOMPTE N° R26-0027"), (50, 114, "Acompte de 30 % sur devis D26-118"))
    assert value(reading, "invoice_number") == "R26-0027"


@pytest.mark.parametrize(
    "line",
    [
        *("N/COMMANDE : 3085344", "Notre commande n° 3085344", "Our order no. 3085344", "Sales order 3085344"),
        *("Nos références : commande 3085344", "Commande interne n° 3085344", "Confirmation de commande n° 3085344"),
        *("Accusé de réception de commande n° AR3085344", "Bon de livraison n° 3085344", "Devis accepté n° D26-118"),
    ],
)
def test_the_suppliers_own_order_quotation_or_delivery_is_no_engagement(line: str) -> None:
    title = (50, 60, "FACTURE")
    assert value(read(title, (50, 100, line)), "engagement_number") is None
    reading = read(title, (50, 100, line), (50, 114, "V/COMMANDE : EJ26-63445"))
    assert value(reading, "engagement_number") == "EJ26-63445"


def test_of_two_orders_the_one_called_the_customers_is_taken() -> None:
    heads = ((50, 100, "Commande"), (200, 100, "Votre commande"), (50, 112, "CV2600311"), (200, 112, "26-00871"))
    assert value(read(*heads), "engagement_number") == "26-00871"


@pytest.mark.parametrize(
    "line",
    [
        *("Réf. contrat abonné : CL33013", "N° de contrat d'abonnement 41176132", "Fin de contrat : 2027"),
        *("Assurance RC contrat n° 77889912", "Type de contrat : C5 36 kVA", "Contrat 2026 - 2028"),
        *("Article 7.2 - Marché 7.2.1 Le titulaire", "Contrat 4.2 Le client s'engage"),
    ],
)
def test_a_customers_account_an_insurance_and_a_clause_are_no_contract(line: str) -> None:
    assert value(read((50, 100, line)), "contract_number") is None


@pytest.mark.parametrize(
    "line",
    [
        *("Durée d'engagement : 36", "Engagement : 24 mois", "Engagement jusqu'au 12/2027"),
        "Période d'engagement : 2024-2026",
    ],
)
def test_how_long_a_contract_lasts_is_no_engagement_number(line: str) -> None:
    assert value(read((50, 100, line)), "engagement_number") is None


@pytest.mark.parametrize("line", ["Taux de service 12", "Mise en service 2024", "Frais de service F12"])
def test_the_word_service_after_another_noun_announces_no_code(line: str) -> None:
    assert value(read((50, 100, line)), "service_code") is None
