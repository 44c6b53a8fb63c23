"""Which pages are the invoice: what a page calls itself decides, because the sums of a quotation add up as well."""

import pytest

from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.page_kinds import page_kinds
from chorus_connector.domain.reading.paper.page import Page
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import Reading
from tests.domain.reading.paper import onto, page, read, titled, value
from tests.facturx_sample import facturx_xml

_GOODS = ((40.0, 300.0, "Banc public"), (330.0, 300.0, "4"), (400.0, 300.0, "150,00"), (490.0, 300.0, "600,00"))
_HEAD = ((40.0, 40.0, "Menuiserie Le Goff"), (40.0, 52.0, "12 rue du Port"), (330.0, 100.0, "Commune de Saint-Aubin"))


def _sums(ht: str, tva: str, ttc: str) -> tuple[tuple[float, float, str], ...]:
    return ((330, 600, "Total HT"), (480, 600, ht), (330, 615, "TVA 20 %"), (480, 615, tva),
            (330, 630, "Total TTC"), (480, 630, ttc))  # fmt: skip


_INVOICE = (
    (40.0, 180.0, "Facture n° LG-2026-31"), (40.0, 195.0, "Date : 09/04/2026"),
    *_HEAD, *_GOODS, *_sums("600,00", "120,00", "720,00"),
)  # fmt: skip


def _paper(title: str, *lines: tuple[float, float, str], size: float = 16.0) -> Page:
    """A page with a title, a letterhead, goods and sums that add up to more than those of the invoice."""
    return onto(
        titled(title, at=160, size=size), page(*_HEAD, *_GOODS, *_sums("9 000,00", "1 800,00", "10 800,00"), *lines)
    )


def _numbered(*pages: Page) -> list[Page]:
    return [onto(each, number=index) for index, each in enumerate(pages, 1)]


def _read(*pages: Page) -> Reading:
    return read_document(_numbered(*pages))


def _kinds(*pages: Page) -> list[str]:
    return list(page_kinds(Document(_numbered(*pages))))


@pytest.mark.parametrize("size", [16.0, 9.0])
@pytest.mark.parametrize(
    "title",
    [
        "DEVIS N° 26-14", "Devis estimatif", "BON DE COMMANDE n° 4500018", "Bon de livraison n° 771", "OFFRE DE PRIX",
        "Facture pro forma n° 12", "FACTURE PROFORMA", "Relevé de compte", "Relevé de factures", "Mise en demeure",
        "Lettre de relance", "Objet : relance de facture impayée", "Accusé de réception de commande", "Purchase order",
        "Contrat de maintenance n° 7", "Ordre de service n° 3", "Attestation de service fait", "Rapport d'intervention",
    ],
)  # fmt: skip
def test_a_document_that_calls_itself_something_else_gives_nothing_and_says_so(title: str, size: float) -> None:
    reading = _read(_paper(title, size=size))
    assert reading.fields == {}
    assert [(each.field, each.code, each.blocking) for each in reading.problems] == [
        ("invoice_type", "not_an_invoice", True)
    ]


@pytest.mark.parametrize(
    "title",
    [
        "FACTURE D'ACOMPTE n° A-3",
        "Facture de situation n° 4",
        "AVOIR n° 12",
        "Note d'honoraires n° 8",
        "Facture n° 5 - duplicata",
    ],
)
def test_a_deposit_invoice_or_a_credit_note_is_read(title: str) -> None:
    reading = _read(_paper(title))
    assert value(reading, "total_ttc") == "10800.00"
    assert "not_an_invoice" not in {each.code for each in reading.problems}


def test_the_references_of_an_invoice_do_not_make_it_an_order() -> None:
    reading = _read(page((40, 150, "Bon de commande n° 4500018"), (40, 162, "Devis n° 26-14 du 02/01/2026"), *_INVOICE))
    assert value(reading, "total_ttc") == "720.00"
    assert value(reading, "invoice_date") == "2026-04-09"


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("other_document", _paper("BON DE COMMANDE", (40, 200, "N° 4500018 du 01/02/2026"))),
        ("other_document", _paper("Devis n° 26-14", (40, 200, "Date : 01/02/2026"))),
        ("specimen", _paper("Comprendre votre facture", (40, 200, "Facture n° 0"), (40, 215, "Date : 01/02/2026"))),
        ("specimen", _paper("SPÉCIMEN", (40, 200, "Facture n° 000000"), (40, 215, "Date : 01/02/2026"), size=30)),
        ("other_document", _paper("Relevé de compte", (40, 200, "au 01/02/2026"))),
        ("terms", onto(titled("Conditions générales de vente", at=40), page((40, 80, "Article 1. Prix 50,00 HT")))),
        ("letter", page((330, 60, "Saint-Aubin, le 20 avril 2026"), (40, 100, "Objet : facture LG-2026-31"),
                        (40, 130, "Madame, Monsieur,"), (40, 150, "Vous trouverez ci-joint notre facture."))),
        ("letter", page((200, 60, "Bordereau de transmission"), (40, 100, "Saint-Aubin, le 20/04/2026"))),
    ],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_pages_beside_the_invoice_give_no_value(kind: str, other: Page, first: bool) -> None:
    pages = [other, page(*_INVOICE)] if first else [page(*_INVOICE), other]
    assert _kinds(*pages) == ([kind, "invoice"] if first else ["invoice", kind])
    reading = _read(*pages)
    assert value(reading, "invoice_date") == "2026-04-09"
    assert [value(reading, name) for name in ("total_ht", "total_tva", "total_ttc")] == ["600.00", "120.00", "720.00"]
    assert reading.pages == 2


def test_a_page_without_a_title_belongs_to_what_is_before_it() -> None:
    rest = page((40, 60, "Suite"), *_sums("9 000,00", "1 800,00", "10 800,00"))
    assert _kinds(page(*_INVOICE), _paper("BON DE COMMANDE"), rest) == ["invoice", "other_document", "other_document"]
    assert _kinds(page(*_INVOICE[:-6]), rest) == ["invoice", "unknown"]


def test_the_sums_of_an_annex_count_only_where_the_invoice_has_none() -> None:
    annex = onto(titled("Détail par site", at=60), page(*_sums("9 000,00", "1 800,00", "10 800,00")))
    assert value(_read(page(*_INVOICE), annex), "total_ttc") == "720.00"
    assert value(_read(page(*_INVOICE[:2], *_HEAD), annex), "total_ttc") == "10800.00"


def test_a_letter_alone_is_no_invoice_though_it_speaks_of_one() -> None:
    reading = _read(page((40, 100, "Objet : facture LG-2026-31"), (40, 130, "Madame, Monsieur,"),
                         (40, 150, "Vous trouverez ci-joint notre facture de 720,00 € TTC.")))  # fmt: skip
    assert reading.fields == {}
    assert [each.code for each in reading.problems] == ["not_an_invoice"]


def test_the_heads_of_columns_are_no_title() -> None:
    assert _kinds(page((50, 100, "Bon de commande"), (200, 100, "Code service"), (350, 100, "Marché"))) == ["unknown"]


@pytest.mark.parametrize(
    "title", ["Bon de livraison valant facture", "Contrat de maintenance - Facture", "Commande / Facture"]
)
def test_a_title_that_also_says_invoice_is_one(title: str) -> None:
    assert value(_read(_paper(title)), "total_ttc") == "10800.00"


def test_the_head_of_a_group_of_goods_is_no_title() -> None:
    head = ((40.0, 60.0, "Désignation"), (330.0, 60.0, "Qté"), (400.0, 60.0, "P.U."), (490.0, 60.0, "Montant HT"))
    group = page(*head, (40, 80, "Bon de livraison n° 8 du 12/03/2026"), *_GOODS, *_sums("600,00", "120,00", "720,00"))
    assert _kinds(page(*_INVOICE[:-6]), group) == ["invoice", "unknown"]


def test_a_page_with_totals_is_no_page_of_conditions() -> None:
    rest = page((40, 40, "Conditions générales de règlement"), *_sums("600,00", "120,00", "720,00"))
    assert value(_read(page(*_INVOICE[:-6]), rest), "total_ttc") == "720.00"


@pytest.mark.parametrize(
    "row", [("Avoir précédent", "-12,00 €"), ("Avoir n° 3 du 02/01/2026", "-12,00 €"), ("Avoir : 3", "voir ci-dessous")]
)
def test_an_invoice_from_which_a_credit_note_is_deducted_is_an_invoice(row: tuple[str, str]) -> None:
    reading = _read(page(*_INVOICE, (40, 250, row[0]), (480, 250, row[1])))
    assert value(reading, "invoice_type") == "invoice"


@pytest.mark.parametrize("title", ["AVOIR n° 3", "Facture d'avoir n° 3", "Note de crédit n° 3"])
def test_a_credit_note_that_names_its_invoice_is_a_credit_note(title: str) -> None:
    reading = _read(
        page(*_HEAD, (40, 170, "Facture d'origine n° 7"), (40, 182, title), *_sums("60,00", "12,00", "72,00"))
    )
    assert value(reading, "invoice_type") == "credit_note"


def test_an_invoice_written_as_a_letter_is_an_invoice() -> None:
    letter = page(*_HEAD, (40, 150, "Affaire Le Goff c. Brun"), (40, 162, "Note d'honoraires n° 31-26"),
                  (40, 200, "Madame, Monsieur,"), (40, 220, "Mes honoraires sont de 600,00 € HT, soit 720,00 € TTC."),
                  (40, 240, "Je vous prie d'agréer mes salutations distinguées."))  # fmt: skip
    assert _kinds(letter) == ["invoice"]
    assert value(_read(letter), "invoice_number") == "31-26"


def test_an_account_s_state_on_the_invoice_does_not_hide_it() -> None:
    reading = _read(page((40, 100, "Situation de votre compte"), (40, 112, "Solde précédent : 0,00 €"), *_INVOICE))
    assert value(reading, "total_ttc") == "720.00"


def test_a_number_under_its_label_makes_an_invoice_without_a_title() -> None:
    head = (
        (40.0, 150.0, "N° de facture"),
        (150.0, 150.0, "Date"),
        (40.0, 162.0, "LG-31"),
        (150.0, 162.0, "09/04/2026"),
    )
    reading = _read(page((40, 120, "Bon de commande n° 4500018"), *head, *_sums("600,00", "120,00", "720,00")))
    assert value(reading, "total_ttc") == "720.00"


def test_the_xml_of_an_invoice_is_read_although_its_page_is_no_invoice() -> None:
    reading = read_document([_paper("BON DE COMMANDE")], facturx_xml())
    assert read_document([_paper("BON DE COMMANDE")]).fields == {}
    assert reading.fields["invoice_number"].source == "xml"
    assert reading.problems == ()


def test_a_credit_note_is_one_although_a_date_and_a_labelled_sum_are_on_its_row() -> None:
    reading = _read(page(
        (60, 60, "Avoir : AC2500317"), (240, 60, "Date : 22.04.2025"), (400, 60, "NET À PAYER : -120,00 EUR"),
        (60, 300, "Total HT"), (400, 300, "-100,00"), (60, 320, "TVA 20 %"), (400, 320, "-20,00"),
        (60, 340, "Total TTC"), (400, 340, "-120,00"),
    ))  # fmt: skip
    assert value(reading, "invoice_type") == "credit_note"


def test_a_slip_that_is_called_an_invoice_is_one() -> None:
    for title in ("Bordereau d'adjudication n° 183-123", "Bordereau acheteur n° 183-123"):
        reading = read((60, 100, title), (60, 112, "valant facture, en date du 24 janvier 2026"))
        assert value(reading, "invoice_number") == "183-123"
        assert value(reading, "invoice_date") == "2026-01-24"


@pytest.mark.parametrize(
    "words", ["valant facture, en date du 24 mai 2026", "Pièce tenant lieu de facture", "faisant office de facture"]
)
def test_a_page_that_serves_as_an_invoice_on_a_line_of_its_own_is_one(words: str) -> None:
    reading = _read(page((40, 160, "Bordereau d'adjudication n° 183-123"), (40, 172, words),
                         (40, 184, "Bon de commande CMD26-007"), *_HEAD, *_GOODS,
                         *_sums("600,00", "120,00", "720,00")))  # fmt: skip
    assert value(reading, "total_ttc") == "720.00"


@pytest.mark.parametrize(
    "words", ["Document non valant facture", "Ce document ne vaut pas facture", "ne tenant pas lieu de facture"]
)
def test_a_page_that_says_it_is_no_invoice_is_none(words: str) -> None:
    assert _read(_paper("BON DE COMMANDE n° 4500018", (40, 182, words))).fields == {}


@pytest.mark.parametrize(
    "title", ["Note d'honoraires rectificative – Avoir n° 2026-0419/RM", "Facture rectifiée - Avoir n° A26-118"]
)
def test_a_title_that_ends_with_the_number_of_a_credit_note_is_one_in_letters_of_any_size(title: str) -> None:
    sums = _sums("600,00", "120,00", "720,00")
    assert value(_read(page((40, 160, title), *_GOODS, *sums)), "invoice_type") == "credit_note"
    own = ((40, 160, "FACTURE n° F26-118"), (40, 500, "Règlement : par compensation - avoir n° A25-4"))
    assert value(_read(page(*own, *_GOODS, *sums)), "invoice_type") == "invoice"
