"""Development layouts put together by chance: the position of each block, how it pairs label and value, and its words.

Layouts drawn by one author resemble each other; this module composes thousands from parts, so that a reading
rule cannot depend on a single arrangement. The words are wider than those of the drawn layouts.
"""

from collections.abc import Callable
from typing import Any

from tools.invoice_generator.layout import LABELS, Drawing, layout
from tools.invoice_generator.sheet import Column

LEFT, RIGHT = 42.0, 553.0

_WORDS: dict[str, tuple[str, ...]] = {
    "number": (
        *LABELS["number"],
        "Fact. n°",
        "N° Fact.",
        "Facture no",
        "Nº de facture",
        "FACTURE N°",
        "N° pièce",
        "N° de pièce",
        "Référence facture",
        "N° du document",
        "Votre facture n°",
        "Facture numéro",
        "Numéro de la facture",
        "Pièce n°",
    ),
    "credit_number": (*LABELS["credit_number"], "Avoir N°", "N° avoir", "Facture d'avoir n°", "Réf. avoir"),
    "date": (
        *LABELS["date"],
        "Date du document",
        "Date pièce",
        "Établie le",
        "Dt. facture",
        "Facturé le",
        "Date d'édition",
        "Datée du",
        "En date du",
    ),
    "due": (
        *LABELS["due"],
        "Date échéance",
        "Ech.",
        "Éch. le",
        "À payer avant le",
        "Payable avant le",
        "Date de règlement",
        "Exigible le",
        "Paiement attendu le",
        "A régler le",
        "Échéance de paiement",
    ),
    "recipient_siret": (
        *LABELS["recipient_siret"],
        "N° SIRET client",
        "Siret acheteur",
        "SIRET du destinataire",
        "SIRET débiteur",
        "Identifiant Chorus (SIRET)",
        "SIRET structure",
    ),
    "service": (
        *LABELS["service"],
        "Code SE",
        "Code service destinataire",
        "Serv. exécutant",
        "Service facturier",
        "Code du service",
        "Service Chorus Pro",
        "CODE SERVICE",
        "Service acheteur",
    ),
    "engagement": (
        "N° d'engagement",
        "Engagement juridique",
        "N° EJ",
        "N° d'engagement juridique",
        "EJ n°",
        "Engagement n°",
        "N° engagement Chorus",
        "Bon de commande n°",
        "BC n°",
        "N° BC",
        "Bdc n°",
        "Votre bon de commande",
        "N° de commande client",
        "Commande client n°",
        "V/commande",
        "V/Réf. commande",
        "Cde n°",
    ),
    "contract": (
        *LABELS["contract"],
        "Marché public n°",
        "N° du marché",
        "Réf. marché",
        "Marché",
        "N° de contrat",
        "Contrat",
        "Référence du marché",
    ),
    "ht": (
        *LABELS["ht"],
        "Base HT",
        "Sous-total HT",
        "Montant hors taxe",
        "Net HT",
        "Total hors TVA",
        "S/Total HT",
        "HT",
    ),
    "tva": (*LABELS["tva"], "Montant T.V.A.", "Dont TVA", "Taxes", "Total taxes", "TVA totale"),
    "ttc": (
        *LABELS["ttc"],
        "Montant total T.T.C.",
        "TTC",
        "Total général TTC",
        "Total facture TTC",
        "Total de la facture TTC",
    ),
    "due_amount": (
        *LABELS["due_amount"],
        "Total à payer",
        "Somme à payer",
        "À payer",
        "Net à régler",
        "Montant restant dû",
        "NET A PAYER (EUR)",
        "Total dû",
    ),
    "iban": (*LABELS["iban"], "RIB / IBAN", "Iban", "Coordonnées bancaires (IBAN)", "Virement sur IBAN"),
    "recipient": (
        *LABELS["recipient"],
        "Acheteur",
        "Facturation",
        "À l'attention de",
        "Adresse du client",
        "Débiteur",
        "Vendu à",
    ),
    "supplier": (*LABELS["supplier"], "De la part de", "Titulaire du marché", "Créancier", "Expéditeur"),
}

_References = Callable[[Drawing, float, float, float, list[tuple[str, str]]], float]


def _choose_words(d: Drawing) -> None:
    """Settle every label of this document from the wide list, some of them in capitals or with a colon."""
    capitals, colon = d.rng.random() < 0.15, d.rng.choice(("", "", " :", " :", ":"))
    for key, words in _WORDS.items():
        word = d.rng.choice(words)
        d._labels[key] = (word.upper() if capitals else word) + (colon if key not in ("recipient", "supplier") else "")


# --- arrangements of a label and its value ----------------------------------------------------------------


def _beside(d: Drawing, x: float, y: float, width: float, pairs: list[tuple[str, str]]) -> float:
    size, bold = d.rng.choice((8.0, 9.0, 10.0)), d.rng.random() < 0.5
    gap = max(d.sheet.measure(label, size, bold=bold) for label, _ in pairs) + d.rng.choice((6, 12, 30))
    for label, value in pairs:
        d.sheet.text(x, y, label, size, bold=bold)
        d.sheet.text(x + gap, y, value, size, bold=not bold and d.rng.random() < 0.7)
        y += size * 1.55
    return y


def _values_right(d: Drawing, x: float, y: float, width: float, pairs: list[tuple[str, str]]) -> float:
    for label, value in pairs:
        d.sheet.text(x, y, label, 8.5)
        d.sheet.text(x + width, y, value, 8.5, align="r", bold=True)
        if d.rng.random() < 0.4:
            d.sheet.rule(x, y + 3, x + width, y + 3, line=0.2)
        y += 14
    return y


def _labels_right(d: Drawing, x: float, y: float, width: float, pairs: list[tuple[str, str]]) -> float:
    middle = x + width * 0.55
    for label, value in pairs:
        d.sheet.text(middle - 4, y, label, 8.5, align="r", color="#555555")
        d.sheet.text(middle + 4, y, value, 8.5)
        y += 13
    return y


def _value_first(d: Drawing, x: float, y: float, width: float, pairs: list[tuple[str, str]]) -> float:
    for label, value in pairs:
        if value:
            d.sheet.text(x, y, value, 10, bold=True)
            d.sheet.text(x, y + 9, label.rstrip(" :"), 6.5, color="#666666")
            y += 24
    return y


def _value_under(d: Drawing, x: float, y: float, width: float, pairs: list[tuple[str, str]]) -> float:
    for label, value in pairs:
        d.sheet.text(x, y, label, 7, bold=True, color="#444444")
        d.sheet.text(x, y + 11, value, 9.5)
        y += 27
    return y


def _one_cell(d: Drawing, x: float, y: float, width: float, pairs: list[tuple[str, str]]) -> float:
    return d.sheet.lines(
        x, y, [f"{label.rstrip(' :')}{d.rng.choice((' : ', ' ', ': '))}{value}" for label, value in pairs], 9
    )


def _boxed_row(d: Drawing, x: float, y: float, width: float, pairs: list[tuple[str, str]]) -> float:
    """Labels over values in framed cells, four to a row."""
    per_row = 4 if width > 400 else 2
    each, align = width / per_row, d.rng.choice("lc")
    for start in range(0, len(pairs), per_row):
        for index, (label, value) in enumerate(pairs[start : start + per_row]):
            left = x + index * each
            d.sheet.box(left, y, each, 28, line=0.4)
            d.sheet.cell(left, each, y + 10, label.rstrip(" :"), 7, align, color="#555555")
            d.sheet.cell(left, each, y + 22, value, 9, align, bold=True)
        y += 34
    return y + 8


def _run_in(d: Drawing, x: float, y: float, width: float, pairs: list[tuple[str, str]]) -> float:
    """All on wrapped lines, with dashes or bars between."""
    between = d.rng.choice((" - ", " | ", " ; ", "   "))
    text = between.join(f"{label.rstrip(' :')} : {value}".replace(" ", "\x01") for label, value in pairs if value)
    return d.sheet.paragraph(x, y, text.replace(between.replace(" ", "\x01"), between), width, 8.5)


_REFERENCES: tuple[_References, ...] = (
    _beside,
    _beside,
    _values_right,
    _labels_right,
    _value_first,
    _value_under,
    _one_cell,
    _boxed_row,
    _run_in,
)


# --- parties, goods, totals ---


def _supplier(d: Drawing, x: float, y: float, *, identity: bool) -> float:
    s = d.inv.supplier
    lines = [*s.address, d.rng.choice((f"Tél. {s.phone}", s.mail, ""))]
    if identity:
        word = d.rng.choice(("SIRET", "N° Siret :", "Siret", "SIRET n°"))
        lines += [f"{word} {d.fmt.siret(s.siret)}", d.rng.choice((f"TVA {s.vat}", f"N° TVA intra. : {s.vat}", ""))]
    d.sheet.text(x, y, s.name, d.rng.choice((11, 14, 18)), bold=True, fit=240)
    return d.sheet.lines(x, y + 14, lines, 8)


def _recipient(d: Drawing, x: float, y: float, *, with_siret: bool) -> float:
    heading = d.label("recipient") if d.rng.random() < 0.6 else ""
    lines = d.address(d.inv.recipient)
    if d.rng.random() < 0.2:
        lines.insert(
            1, d.rng.choice(("Service comptabilité", "Direction des finances", "À l'attention du service financier"))
        )
    y = d.sheet.lines(x, y, [heading, *lines], d.rng.choice((9, 10)), bold_first=d.rng.random() < 0.5)
    if with_siret:
        y = d.sheet.lines(x, y, d.lines("recipient_siret"), 8.5, 12)
    return y


def _goods(d: Drawing, y: float) -> float:
    kinds = (
        (["text", "qty", "price", "pct", "amount"], ["Désignation", "Qté", "PU HT", "TVA", "Total HT"]),
        (
            ["code", "text", "qty", "unit", "price", "amount"],
            ["Article", "Libellé", "Quantité", "Unité", "P.U.", "Montant"],
        ),
        (["text", "qty", "price", "rate", "amount", "ttc"], ["Prestation", "Nb", "Prix unit.", "% TVA", "HT", "TTC"]),
        (["qty", "text", "price", "amount"], ["Qté", "Description", "Prix unitaire HT", "Montant HT"]),
    )
    keys, titles = d.rng.choice(kinds)
    widths = {
        "text": 0.0,
        "code": 55,
        "qty": 45,
        "unit": 40,
        "price": 65,
        "pct": 45,
        "rate": 45,
        "amount": 70,
        "ttc": 70,
    }
    rest = RIGHT - LEFT - sum(widths[key] for key in keys)
    columns = [
        Column(title, widths[key] or rest, "l" if key in ("text", "code", "unit") else "r")
        for key, title in zip(keys, titles, strict=True)
    ]
    styles: tuple[dict[str, Any], ...] = ({"grid": True}, {"rules": True}, {"zebra": "#f0f0f4"}, {"frame": True})
    style = d.rng.choice(styles)
    return d.sheet.table(LEFT, y, columns, d.item_cells(*keys), **style)


def _totals_block(d: Drawing, x: float, y: float, width: float) -> float:
    size, leader = d.rng.choice((8.5, 9.0, 10.0)), d.rng.random() < 0.15
    for label, value in d.totals(due=d.rng.random() < 0.75):
        d.sheet.text(x, y, label + (" " + "." * 18 if leader else ""), size)
        d.sheet.text(x + width, y, value, size, align="r", bold=d.rng.random() < 0.4)
        y += size * 1.6
    return y


def _totals_row(d: Drawing, x: float, y: float, width: float) -> float:
    """A table of totals: its headings over its values."""
    lines = d.totals(per_rate=False, due=d.rng.random() < 0.75)
    each = min(130.0, (RIGHT - LEFT) / len(lines))
    start = d.rng.choice((LEFT, RIGHT - each * len(lines)))
    columns = [Column(label.rstrip(" :"), each, d.rng.choice("rc")) for label, _ in lines]
    return d.sheet.table(start, y, columns, [[value for _, value in lines]], grid=True, row=17) + 12


def _totals_sentence(d: Drawing, x: float, y: float, width: float) -> float:
    lines = d.totals(per_rate=False)
    text = ", ".join(f"{label.rstrip(' :')} : {value}".replace(" ", "\x01") for label, value in lines)
    return d.sheet.paragraph(LEFT, y, f"{text}.", RIGHT - LEFT, 9.5)


def _vat_table(d: Drawing, x: float, y: float) -> float:
    titles = d.rng.choice(
        (
            ("Taux", "Base HT", "Montant TVA"),
            ("TVA", "Base", "Taxe"),
            ("Taux TVA", "Assiette", "TVA"),
            ("%", "HT", "TVA"),
        )
    )
    columns = [Column(titles[0], 50, "r"), Column(titles[1], 75, "r"), Column(titles[2], 75, "r")]
    return d.sheet.table(x, y, columns, d.vat_rows(), size=7.5, row=13, grid=d.rng.random() < 0.5)


def _bank(d: Drawing, x: float, y: float) -> float:
    bank = d.inv.bank
    if not bank:
        return y
    iban = f"{d.label('iban').rstrip(' :')} {d.fmt.iban(bank.iban)}"
    rib = f"RIB {bank.bank} {bank.branch} {bank.number} {bank.key}" if d.rng.random() < 0.3 else ""
    return d.sheet.lines(x, y, [rib, iban, f"BIC {bank.bic}"], 8)


def _mosaic(d: Drawing) -> None:
    """The document: parties on top in either order, references, goods, totals, bank, legal line."""
    s, inv, rng = d.sheet, d.inv, d.rng
    _choose_words(d)
    identity_on_top, recipient_has_siret = rng.random() < 0.55, rng.random() < 0.6
    supplier_left = rng.random() < 0.75
    y1 = _supplier(d, LEFT if supplier_left else 330, rng.choice((44, 60)), identity=identity_on_top)
    y2 = _recipient(d, 330 if supplier_left else LEFT, rng.choice((60, 110, 130)), with_siret=recipient_has_siret)
    y = max(y1, y2) + 18
    keys = ["number", "date", "due", "client_code", "service", "engagement", "contract", "order_date", "delivery_date"]
    if not recipient_has_siret:
        keys.append("recipient_siret")
    if rng.random() < 0.3:
        rng.shuffle(keys)
    y = _references(d, y, d.pairs(*keys))
    if inv.credit_note and inv.original_number and inv.original_date:
        s.text(LEFT, y + 4, f"Avoir relatif à la facture {inv.original_number} du {d.fmt.day(inv.original_date)}", 8.5)
        y += 14
    if inv.delivery and y < 380:
        y = s.lines(LEFT, y + 6, ["Livré à :", *d.address(inv.delivery)], 8)
    y = _goods(d, min(y + 12, 460)) + 22
    if y > 640:
        s.new_page()
        s.text(RIGHT, 40, f"Page 2 - {inv.number}" if rng.random() < 0.5 else "Page 2/2", 8, align="r")
        y = 70
    _end(d, y, identity_on_top=identity_on_top)


def _references(d: Drawing, y: float, pairs: list[tuple[str, str]]) -> float:
    """The title and the references; number and date are sometimes in the title instead of a list."""
    s, inv, rng = d.sheet, d.inv, d.rng
    style = rng.choice(_REFERENCES)
    if rng.random() < 0.3:
        said = rng.choice((f"{d.title} N° {inv.number} du {d.fmt.day(inv.issued)}", f"{d.title} n° {inv.number}"))
        s.text(LEFT, y, said, 13, bold=True)
        gone = {d.number_label} | ({d.label("date")} if " du " in said else set())
        pairs = [pair for pair in pairs if pair[0] not in gone]
    else:
        s.text(
            rng.choice((LEFT, 250)), y, rng.choice((d.title, d.title.capitalize(), " ".join(d.title))), 15, bold=True
        )
    y += 22
    if style in (_boxed_row, _run_in) or len(pairs) < 5 or rng.random() < 0.5:
        wide = RIGHT - LEFT if style in (_boxed_row, _run_in) else 250
        return style(d, LEFT, y, wide, pairs)
    half = len(pairs) // 2
    left = style(d, LEFT, y, 240, pairs[:half])
    return max(left, rng.choice(_REFERENCES[:7])(d, 310, y, 240, pairs[half:]))


def _end(d: Drawing, y: float, *, identity_on_top: bool) -> None:
    s, rng = d.sheet, d.rng
    arrange = rng.random()
    if arrange < 0.55:
        table_left = rng.random() < 0.6
        if table_left or len(d.inv.vat_lines) > 1:
            _vat_table(d, LEFT, y)
        end = _totals_block(d, 345, y + 8, RIGHT - 345)
    elif arrange < 0.85:
        end = _totals_row(d, LEFT, y, RIGHT - LEFT)
        if len(d.inv.vat_lines) > 1 or rng.random() < 0.4:
            end = _vat_table(d, LEFT, end + 4)
    else:
        end = _totals_sentence(d, LEFT, y + 8, RIGHT - LEFT)
        if len(d.inv.vat_lines) > 1:
            end = _vat_table(d, LEFT, end + 4)
    s.text(LEFT, end + 30, d.vat_note(), 8, italic=True)
    _bank(d, LEFT, end + 46)
    s.paragraph(LEFT, 772, d.penalties(), 510, 6.5)
    s.text(297, 812, d.legal(siret=not identity_on_top), 6.5, fit=515, align="c")


_MANY = {"credit": 0.1, "deposit": 0.12, "retention": 0.06}


@layout("dev", shuffle=0.15, **_MANY)
def mosaique(d: Drawing) -> None:
    """Anything anywhere."""
    _mosaic(d)


@layout("dev", shuffle=0.15, faces=("source", "vera"), always_vat_table=True, **_MANY)
def mosaique_tva(d: Drawing) -> None:
    """Anything anywhere, several VAT rates."""
    _mosaic(d)


@layout(
    "dev",
    faces=("times", "serif", "helvetica"),
    regimes=("normal", "normal", "franchise", "exempt", "reverse"),
    **_MANY,
)
def mosaique_sans_tva(d: Drawing) -> None:
    """Anything anywhere, often without VAT."""
    _mosaic(d)


@layout("dev", shuffle=0.3, items=(4, 14), **_MANY)
def mosaique_longue(d: Drawing) -> None:
    """Anything anywhere, with many lines."""
    _mosaic(d)
