"""Eleven offices' own wordings and places: the first held-out set, drawn here since the day it was measured.

A set that has been measured and looked into is no evidence any more; its layouts teach, and a fresh set measures.
"""

from datetime import timedelta
from decimal import Decimal

from tools.invoice_generator.formats import format_date
from tools.invoice_generator.layout import Drawing, glue, layout
from tools.invoice_generator.model import ZERO
from tools.invoice_generator.office_names import NAMES
from tools.invoice_generator.sheet import Column


def _given(*pairs: tuple[str, str | None]) -> list[tuple[str, str]]:
    return [(label, value) for label, value in pairs if value]


def _origin(d: Drawing, pattern: str) -> str:
    inv = d.inv
    return pattern.format(inv.original_number, d.fmt.day(inv.original_date)) if inv.original_date else ""


@layout("dev", names=NAMES, faces=("source", "vera", "helvetica"), shuffle=0.3, delivery=0.0)
def marge_droite(d: Drawing) -> None:
    """A tinted margin on the right carries every reference; the letter body and the goods are on its left."""
    s, inv, rng = d.sheet, d.inv, d.rng
    s.box(420, 0, 175, 842, fill=rng.choice(("#eef3f7", "#f7f1e8", "#eef6ee")), stroke="")
    s.text(40, 60, inv.supplier.name, 18, color="#20405f")
    s.lines(40, 76, [f"{inv.supplier.street}, {inv.supplier.city_line}"], 8)
    s.lines(40, 140, [inv.recipient.name, *inv.recipient.address], 10.5, bold_first=True)
    s.text(432, 60, "Avoir" if inv.credit_note else "Facture", 20, bold=True)
    y = 86.0
    pairs = _given(
        ("Numéro", inv.number),
        ("Émission", d.fmt.day(inv.issued)),
        ("À payer pour le", d.fmt.day(inv.due) if inv.due else None),
        ("Pièce rectifiée", _origin(d, "{} du {}")),
        ("Votre SIRET", d.fmt.siret(inv.recipient.siret)),
        ("Votre service", inv.service_code),
        ("Votre engagement", inv.engagement),
        ("Marché public", inv.contract),
        ("Votre compte chez nous", inv.client_code),
        ("Commande passée le", d.fmt.day(inv.order_date) if inv.order_date else None),
        ("Notre SIRET", d.fmt.siret(inv.supplier.siret)),
        ("Notre n° de TVA", inv.supplier.vat),
        ("Téléphone", inv.supplier.phone),
        ("IBAN", d.fmt.iban(inv.bank.iban) if inv.bank else None),
        ("BIC", inv.bank.bic if inv.bank else None),
    )
    for label, value in pairs:
        s.text(432, y, label, 7, color="#6a7a86")
        s.text(432, y + 11, value, 9, bold=True, fit=155)
        y += 27
    columns = [
        Column("Prestation", 165),
        Column("Qté", 45, "r"),
        Column("Prix unit.", 50, "r"),
        Column("TVA", 40, "r"),
        Column("HT", 68, "r"),
    ]
    y = s.table(40, 230, columns, d.item_cells("text", "qty", "price", "pct", "amount"), rules=True, size=7.5, row=17)
    y += 24
    lines = [
        ("Montant hors taxes", inv.total_ht),
        *((f"Taxe {d.fmt.percent(v.rate)} sur {d.figure(v.base)}", v.amount) for v in inv.vat_lines if v.rate),
    ]
    if len(inv.vat_lines) > 1:
        lines.append(("Taxes", inv.total_tva))
    lines.append(("Montant toutes taxes", inv.total_ttc))
    if inv.deposit:
        lines += [("Versement reçu", -inv.deposit), ("Reste dû", inv.amount_due)]
    for label, amount in lines:
        s.text(200, y, label, 9)
        s.text(405, y, d.money(amount), 9, align="r", bold=label.startswith(("Montant t", "Reste")))
        y += 15
    s.text(40, y + 10, d.vat_note(), 8, fit=370)
    s.paragraph(40, 770, d.penalties(), 360, 6.5)
    s.text(40, 815, d.legal(siret=False), 6, fit=370)


@layout(
    "dev",
    names=NAMES,
    items=(5, 14),
    trades=("food", "supplies"),
    faces=("helvetica", "source", "times"),
    delivery=0.3,
    always_vat_table=True,
)
def bons_de_livraison(d: Drawing) -> None:
    """Goods grouped under dated delivery notes, subtotals per note, a recap whose heads are letters."""
    s, inv, rng = d.sheet, d.inv, d.rng
    s.text(555, 48, inv.supplier.name, 14, bold=True, align="r")
    s.lines(
        555,
        62,
        [
            *inv.supplier.address,
            f"Tél : {inv.supplier.phone}",
            f"Siren {d.fmt.siren(inv.supplier.siren)} - Siret {d.fmt.siret(inv.supplier.siret)}",
        ],
        8,
        align="r",
    )
    s.text(40, 60, "RELEVÉ VALANT FACTURE" if not inv.credit_note else "AVOIR SUR LIVRAISONS", 13, bold=True)
    s.lines(
        40,
        78,
        [f"No {inv.number}", f"Arrêté au {d.fmt.day(inv.issued)}", _origin(d, "Porte sur notre facture {} du {}")],
        10,
    )
    s.box(300, 118, 255, 74, stroke="#999999", radius=3)
    s.lines(
        310,
        134,
        [
            inv.recipient.name,
            *inv.recipient.address,
            f"Siret {d.fmt.siret(inv.recipient.siret)}" if inv.recipient.siret else "",
        ],
        9.5,
        bold_first=True,
    )
    refs = _given(
        ("Réf. comptable", inv.client_code),
        ("Service à facturer", inv.service_code),
        ("Numéro EJ", inv.engagement),
        ("Marché", inv.contract),
    )
    y = 134.0
    for label, value in refs:
        s.text(40, y, f"{label} : {value}", 9)
        y += 13
    y = 215.0
    columns = [
        Column("Article", 60),
        Column("Libellé", 225),
        Column("Qté", 60, "r"),
        Column("Px net", 60, "r"),
        Column("T", 20, "c"),
        Column("Montant", 90, "r"),
    ]
    s.table(40, y, columns, [], head_fill="#dcdcdc")
    y += 15
    codes = {v.rate: "ABCDE"[n] for n, v in enumerate(inv.vat_lines)}
    step = 3
    for start in range(0, len(inv.items), step):
        day = inv.issued - timedelta(days=2 + (len(inv.items) - start) * 2)
        s.text(
            43,
            y + 11,
            f"B.L. {rng.randint(40000, 99999)} du {d.fmt.day(day)}"
            + (f" - {inv.delivery.name}" if inv.delivery else ""),
            8,
            italic=True,
        )
        y += 15
        group = inv.items[start : start + step]
        rows = [
            [
                i.code,
                i.text,
                f"{d.quantity(i.quantity)} {i.unit}",
                d.fmt.number(i.price),
                codes[i.rate],
                d.figure(i.amount),
            ]
            for i in group
        ]
        y = s.table(40, y, [Column("", c.width, c.align) for c in columns], rows, size=7.5, row=13)
        s.text(
            552, y + 9, f"Total B.L. : {d.figure(sum((i.amount for i in group), ZERO))}", 7.5, align="r", italic=True
        )
        y += 14
    heads = [Column("T", 25, "c"), Column("Taux", 55, "r"), Column("Brut HT", 80, "r"), Column("Taxe", 80, "r")]
    rows = [[codes[v.rate], d.fmt.rate(v.rate), d.figure(v.base), d.figure(v.amount)] for v in inv.vat_lines]
    s.table(40, y + 14, heads, rows, grid=True)
    y += 26
    lines = [("Total brut H.T.", inv.total_ht), ("Total taxes", inv.total_tva), ("TOTAL T.T.C. EUR", inv.total_ttc)]
    if inv.deposit:
        lines += [("Déjà encaissé", -inv.deposit), ("À PAYER", inv.amount_due)]
    for label, amount in lines:
        s.text(365, y, label, 9.5, bold=True)
        s.text(552, y, d.figure(amount), 9.5, bold=True, align="r")
        y += 15
    y += 12
    if inv.due:
        s.text(40, y, f"Valeur au {d.fmt.day(inv.due)} par virement", 9)
        y += 13
    if inv.bank:
        s.text(40, y, f"{inv.bank.name} {d.fmt.iban(inv.bank.iban)} {inv.bank.bic}", 9)
    s.text(40, y + 14, d.vat_note(), 8)
    s.text(297, 815, f"{d.legal(siret=False)}", 6.5, align="c", fit=515)


@layout(
    "dev",
    names=NAMES,
    faces=("serif", "times", "source"),
    trades=("services", "culture"),
    regimes=("exempt", "exempt", "normal"),
    rates=("20",),
    items=(1, 3),
    period=0.9,
    credit=0.04,
    delivery=0.0,
)
def formation(d: Drawing) -> None:
    """A training body: a session's details, a convention number, often exempt of VAT (261-4-4° a)."""
    s, inv, rng = d.sheet, d.inv, d.rng
    s.text(40, 55, inv.supplier.name, 15, italic=True)
    s.lines(
        40,
        70,
        [
            f"Organisme de formation déclaré sous le n° {rng.randint(11, 95)} {rng.randint(10, 99)} "
            f"{rng.randint(10000, 99999)} {rng.randint(10, 99)}",
            f"{inv.supplier.street} - {inv.supplier.city_line}",
        ],
        8,
    )
    s.text(555, 120, f"{inv.supplier.town.title()}, {format_date(inv.issued, 'weekday')}", 10, align="r")
    s.lines(
        330,
        150,
        [
            "Structure commanditaire",
            inv.recipient.name,
            *inv.recipient.address,
            f"n° SIRET {d.fmt.siret(inv.recipient.siret)}" if inv.recipient.siret else "",
        ],
        10,
        bold_first=True,
    )
    s.text(40, 240, ("Avoir " if inv.credit_note else "Facture ") + inv.number, 18, color="#444488")
    y = (
        s.paragraph(40, 258, _origin(d, "Cet avoir annule partiellement la facture {} en date du {}."), 515, 9)
        if inv.credit_note
        else 262.0
    )
    facts = _given(
        ("Convention / marché", inv.contract),
        ("Code service Chorus Pro", inv.service_code),
        ("Engagement Chorus Pro", inv.engagement),
        ("Session", d.period()),
        ("Stagiaires", f"{rng.randint(3, 14)} agents"),
        ("Durée", f"{rng.choice((7, 14, 21))},00 heures"),
    )
    for label, value in facts:
        s.text(60, y, f"• {label} : {value}", 9.5)
        y += 15
    columns = [
        Column("Intitulé", 290),
        Column("Unités", 60, "r"),
        Column("Coût unitaire", 80, "r"),
        Column("Coût total", 85, "r"),
    ]
    y = s.table(40, y + 12, columns, d.item_cells("text", "qty", "price", "money"), rules=True, size=9, row=19)
    y += 24
    if inv.vat_regime == "normal":
        for label, amount in (
            ("Coût total net de taxe", inv.total_ht),
            ("TVA au taux normal de 20 %", inv.total_tva),
            ("Coût total TVA comprise", inv.total_ttc),
        ):
            s.text(445, y, label, 10, align="r")
            s.text(555, y, d.money(amount), 10, align="r")
            y += 16
    else:
        s.text(445, y, "Total net de taxe à nous devoir", 10.5, bold=True, align="r")
        s.text(555, y, d.money(inv.total_ttc), 10.5, bold=True, align="r")
        y += 16
    if inv.deposit:
        s.text(
            555, y, f"dont déjà perçu {d.money(inv.deposit)}, soit un solde de {d.money(inv.amount_due)}", 10, align="r"
        )
    s.text(40, y + 18, d.vat_note(), 9, italic=True)
    sup = inv.supplier
    tail = f"Règlement attendu le {glue(d.fmt.day(inv.due))} au plus tard" if inv.due else "Règlement à réception"
    if inv.bank:
        iban = glue(d.fmt.iban(inv.bank.iban))
        tail += f", sur le compte ouvert à {inv.bank.name} sous les références internationales {iban}"
    y = s.paragraph(40, y + 50, tail + ".", 515, 9.5)
    s.text(
        297,
        805,
        f"{sup.name} - {sup.legal_form} au capital de {sup.capital} euros - Siret {d.fmt.siret(sup.siret)} "
        f"- Code NAF {sup.ape} - {sup.phone}",
        7,
        align="c",
        fit=515,
    )


@layout(
    "dev",
    names=NAMES,
    faces=("vera", "source", "helvetica"),
    trades=("services", "utilities"),
    period=1.0,
    regimes=("normal",),
    items=(3, 7),
    credit=0.04,
    delivery=0.0,
)
def telecom(d: Drawing) -> None:
    """An operator's bill: a first page with the one big amount and a summary, the detail on the second."""
    s, inv, rng = d.sheet, d.inv, d.rng
    s.box(40, 40, 60, 60, fill="#ff7900", stroke="")
    s.text(110, 62, inv.supplier.name, 14, bold=True)
    s.text(110, 76, "Entreprises & collectivités", 8)
    s.lines(330, 140, [inv.recipient.name, *inv.recipient.address], 10)
    s.text(40, 130, "Votre facture" if not inv.credit_note else "Votre avoir", 16, bold=True)
    y = 150.0
    facts = _given(
        ("du", d.fmt.day(inv.issued)),
        ("numéro de compte", inv.client_code or str(rng.randint(10**8, 10**9))),
        ("numéro de facture" if not inv.credit_note else "numéro d'avoir", inv.number),
        ("annule la facture", inv.original_number),
        ("numéro d'appel principal", inv.supplier.phone),
        ("identifiant de votre structure (SIRET)", d.fmt.siret(inv.recipient.siret)),
        ("service destinataire de la facture", inv.service_code),
        ("engagement", inv.engagement),
        ("contrat-cadre", inv.contract),
    )
    for label, value in facts:
        s.text(40, y, label, 8.5, color="#666666")
        s.text(40 + s.measure(label, 8.5) + 6, y, value, 8.5, bold=True)
        y += 13
    y = max(y, 250) + 16
    s.text(40, y, "montant total TTC" if not inv.credit_note else "montant TTC en votre faveur", 13)
    s.text(555, y, d.money(inv.total_ttc), 20, bold=True, align="r", color="#ff7900")
    s.rule(40, y + 8, 555, y + 8, color="#ff7900", line=2)
    y += 26
    if inv.deposit:
        s.text(40, y, "déjà prélevé", 9.5)
        s.text(555, y, d.money(-inv.deposit), 9.5, align="r")
        s.text(40, y + 15, "reste à votre charge", 9.5, bold=True)
        s.text(555, y + 15, d.money(inv.amount_due), 9.5, align="r", bold=True)
        y += 32
    if inv.due:
        s.text(40, y, f"à nous faire parvenir avant le {d.fmt.day(inv.due)}", 10)
    y += 34
    s.text(40, y, "l'essentiel de votre facture", 11, bold=True)
    s.text(440, y, "montant HT", 8, align="r", color="#666666")
    s.text(555, y, "montant TTC", 8, align="r", color="#666666")
    y += 18
    for item in inv.items:
        vat = (item.amount * item.rate / 100).quantize(Decimal("0.01"))
        s.text(40, y, item.text, 9)
        s.text(440, y, d.figure(item.amount), 9, align="r")
        s.text(555, y, d.figure(item.amount + vat), 9, align="r")
        y += 15
    s.text(40, y + 8, "total de la facture", 9.5, bold=True)
    s.text(440, y + 8, d.figure(inv.total_ht), 9.5, bold=True, align="r")
    s.text(555, y + 8, d.figure(inv.total_ttc), 9.5, bold=True, align="r")
    s.text(40, y + 40, f"consommations et abonnements {d.period()}", 8.5)
    if inv.bank:
        s.text(40, y + 56, f"pour régler : IBAN {d.fmt.iban(inv.bank.iban)} / BIC {inv.bank.bic}", 8.5)
    s.text(297, 815, d.legal(), 6, align="c", fit=515)
    s.text(555, 828, "page 1/2", 6.5, align="r")
    s.new_page()
    s.text(40, 50, f"détail - facture {inv.number} du {d.fmt.day(inv.issued)}", 11, bold=True)
    columns = [
        Column("rubrique", 235),
        Column("nombre", 60, "r"),
        Column("tarif HT", 70, "r"),
        Column("taux", 60, "r"),
        Column("montant HT", 90, "r"),
    ]
    y = s.table(40, 70, columns, d.item_cells("text", "qty", "price", "pct", "amount"), rules=True, row=16)
    rows = [[f"TVA {d.fmt.percent(v.rate)}", d.figure(v.base), d.figure(v.amount)] for v in inv.vat_lines]
    rows.append(["ensemble", d.figure(inv.total_ht), d.figure(inv.total_tva)])
    s.table(
        40, y + 24, [Column("taxes", 120), Column("assiette", 100, "r"), Column("taxe", 100, "r")], rows, rules=True
    )
    s.text(555, 828, "page 2/2", 6.5, align="r")


@layout("dev", names=NAMES, faces=("courier",), ascii_only=True, items=(2, 12), deposit=0.1, delivery=0.0)
def imprime_prerempli(d: Drawing) -> None:
    """Typewritten values dropped into a preprinted frame whose small headings are in a row above."""
    s, inv = d.sheet, d.inv
    s.box(30, 30, 535, 70)
    s.text(40, 52, inv.supplier.name.upper(), 12, bold=True)
    s.text(40, 68, f"{inv.supplier.street} {inv.supplier.city_line}".upper(), 8)
    s.text(40, 82, f"RCS {inv.supplier.rcs.upper()} {d.fmt.siret(inv.supplier.siret)}  NII {inv.supplier.vat}", 8)
    s.lines(320, 122, [inv.recipient.name.upper(), *(a.upper() for a in inv.recipient.address)], 10)

    def strip(y: float, cells: list[tuple[str, str, float]]) -> None:
        x = 30.0
        for label, value, width in cells:
            s.box(x, y, width, 30, line=0.4)
            s.box(x, y, width, 11, fill="#e4e4e4", line=0.4)
            s.text(x + width / 2, y + 8, label, 6, align="c", fit=width - 4)
            s.text(x + width / 2, y + 24, value, 9, align="c", fit=width - 6)
            x += width

    day = d.fmt.day
    doc = "AVOIR" if inv.credit_note else "FACTURE"
    strip(
        180,
        [
            ("DOCUMENT", doc, 80),
            ("NUMERO", inv.number, 125),
            ("DATE", day(inv.issued), 110),
            ("ECHEANCE", day(inv.due) if inv.due else "", 110),
            ("REGLEMENT", "VIREMENT", 110),
        ],
    )
    strip(
        210,
        [
            ("CODE CLIENT", inv.client_code, 80),
            ("SIRET CLIENT", d.fmt.siret(inv.recipient.siret), 125),
            ("CODE SERVICE", inv.service_code or "", 110),
            ("N/ENGAGEMENT", inv.engagement or "", 110),
            ("MARCHE", inv.contract or "", 110),
        ],
    )
    if inv.credit_note and inv.original_date:
        strip(240, [("FACTURE CREDITEE", inv.original_number or "", 205), ("EN DATE DU", day(inv.original_date), 110)])
    columns = [
        Column("ARTICLE", 70),
        Column("DESIGNATION", 220),
        Column("QTE", 60, "r"),
        Column("PRIX", 70, "r"),
        Column("TX", 40, "r"),
        Column("MONTANT", 75, "r"),
    ]
    y = s.table(
        30,
        282,
        columns,
        d.item_cells("code", "text", "qty", "price", "rate", "amount"),
        frame=True,
        head_fill="#e4e4e4",
        row=14,
    )
    y = max(y + 20, 560)
    for v in inv.vat_lines:
        strip(
            y,
            [
                ("BASE H.T.", d.figure(v.base), 110),
                ("TAUX", d.fmt.rate(v.rate), 80),
                ("MONTANT T.V.A.", d.figure(v.amount), 110),
            ],
        )
        y += 30
    y += 10
    cells = [
        ("TOTAL H.T.", d.figure(inv.total_ht), 110.0),
        ("TOTAL T.V.A.", d.figure(inv.total_tva), 105.0),
        ("TOTAL T.T.C.", d.figure(inv.total_ttc), 110.0),
    ]
    cells += [
        ("ACOMPTE", d.figure(inv.deposit) if inv.deposit else "", 95.0),
        ("NET A PAYER EUR" if not inv.credit_note else "NET A DEDUIRE EUR", d.figure(inv.amount_due), 115.0),
    ]
    strip(y, cells)
    if inv.bank:
        strip(
            y + 36,
            [
                ("BANQUE", inv.bank.bank, 70),
                ("GUICHET", inv.bank.branch, 70),
                ("COMPTE", inv.bank.number, 105),
                ("CLE", inv.bank.key, 40),
                ("IBAN", d.fmt.iban(inv.bank.iban), 250),
            ],
        )
    s.text(30, y + 84, d.vat_note(), 7.5)
    s.paragraph(30, y + 98, d.penalties(), 535, 6.5)


@layout(
    "dev",
    names=NAMES,
    faces=("source", "vera"),
    trades=("services", "health", "supplies"),
    delivery=0.3,
    shuffle=0.3,
    deposit=0.1,
)
def bilingue(d: Drawing) -> None:
    """A foreign group's French branch: every label in both languages, small English under the French."""
    s, inv = d.sheet, d.inv
    s.text(40, 60, inv.supplier.name.upper(), 16, bold=True, tracking=1)
    s.text(555, 52, "FACTURE / INVOICE" if not inv.credit_note else "AVOIR / CREDIT NOTE", 13, bold=True, align="r")
    s.text(555, 66, inv.number, 13, align="r")
    y = 100.0
    left = _given(
        ("Vendeur / Seller", inv.supplier.name),
        ("", inv.supplier.street),
        ("", inv.supplier.city_line),
        ("SIRET", d.fmt.siret(inv.supplier.siret)),
        ("TVA / VAT", inv.supplier.vat),
    )
    right = _given(
        ("Acheteur / Buyer", inv.recipient.name),
        ("", inv.recipient.street),
        ("", inv.recipient.city_line),
        ("SIRET", d.fmt.siret(inv.recipient.siret)),
        ("Service / Department", inv.service_code),
    )
    for x, rows in ((40.0, left), (300.0, right)):
        for n, (label, value) in enumerate(rows):
            s.text(x, y + n * 13, label, 7, color="#777777")
            s.text(x + 88, y + n * 13, value, 9, fit=168)
    y = 180.0
    facts = _given(
        ("Date de facture|Invoice date", d.fmt.day(inv.issued)),
        ("Date d'échéance|Due date", d.fmt.day(inv.due) if inv.due else None),
        ("Votre référence|Purchase order", inv.engagement),
        ("Contrat|Agreement", inv.contract),
        ("Client|Customer no.", inv.client_code),
        ("Expédié le|Shipped on", d.fmt.day(inv.delivery_date) if inv.delivery_date else None),
        ("Facture corrigée|Corrects invoice", inv.original_number),
    )
    for n, (label, value) in enumerate(facts):
        x = 40 + (n % 4) * 130
        row = y + (n // 4) * 40
        french, english = label.split("|")
        s.text(x, row, french, 8, bold=True)
        s.text(x, row + 9, english, 6.5, italic=True, color="#777777")
        s.text(x, row + 23, value, 9.5)
    y += 92
    columns = [
        Column("Description", 225),
        Column("Qté / Qty", 60, "r"),
        Column("P.U. / Unit price", 80, "r"),
        Column("TVA / VAT", 65, "r"),
        Column("Montant / Amount", 85, "r"),
    ]
    y = s.table(
        40, y, columns, d.item_cells("text", "qty", "price", "pct", "money"), zebra="#f3f3f3", rules=True, row=17
    )
    y += 22
    sums: list[tuple[str, Decimal]] = [
        ("Total hors TVA / Total excl. VAT", inv.total_ht),
        *((f"TVA / VAT {d.fmt.percent(v.rate)} ({d.money(v.base)})", v.amount) for v in inv.vat_lines),
    ]
    if len(inv.vat_lines) > 1:
        sums.append(("Total TVA / Total VAT", inv.total_tva))
    sums.append(("Total TVA incluse / Total incl. VAT", inv.total_ttc))
    if inv.deposit:
        sums += [("Acompte / Prepaid", -inv.deposit), ("Montant dû / Amount due", inv.amount_due)]
    for label, amount in sums:
        s.text(300, y, label, 9)
        s.text(552, y, d.money(amount), 9, align="r", bold=True)
        y += 16
    s.text(40, y, d.vat_note(), 8)
    if inv.bank:
        s.lines(
            40,
            y + 20,
            ["Paiement / Payment", f"IBAN {d.fmt.iban(inv.bank.iban)}", f"SWIFT/BIC {inv.bank.bic}"],
            9,
            bold_first=True,
        )
    s.text(
        40,
        800,
        "Pénalités de retard : trois fois le taux légal. Indemnité 40 € / "
        "Late payment: three times the legal rate, EUR 40 recovery fee.",
        6.5,
    )
    s.text(40, 815, d.legal(siret=False), 6, fit=515)


@layout(
    "dev",
    names=NAMES,
    faces=("times", "serif"),
    trades=("services", "works"),
    items=(1, 4),
    rates=("20",),
    delivery=0.0,
    deposit=0.2,
    credit=0.05,
)
def honoraires(d: Drawing) -> None:
    """A fee note: numbered sections, totals under a line, the sum restated in a closing sentence."""
    s, inv, rng = d.sheet, d.inv, d.rng
    s.text(297, 55, inv.supplier.name, 18, align="c", bold=True)
    s.text(
        297,
        70,
        f"Société inscrite à l'Ordre - {inv.supplier.street} - {inv.supplier.city_line}",
        8.5,
        align="c",
        italic=True,
    )
    s.text(555, 110, f"Le {format_date(inv.issued, rng.choice(('long', 'long', 'slash')))}", 11, align="r")
    s.lines(300, 135, [inv.recipient.name, *inv.recipient.address], 11)
    kind = "AVOIR SUR HONORAIRES" if inv.credit_note else "NOTE D'HONORAIRES"
    s.text(40, 215, f"{kind} N° {inv.number}", 13, bold=True)
    s.text(40, 230, _origin(d, "Rectifie la note n° {} du {}"), 10)
    y = 248.0
    for label, value in _given(
        ("Maître d'ouvrage identifié au répertoire SIRET sous le n°", d.fmt.siret(inv.recipient.siret)),
        ("Marché de maîtrise d'œuvre n°", inv.contract),
        ("Engagement comptable n°", inv.engagement),
        ("À l'attention du service", inv.service_code),
    ):
        s.text(40, y, f"{label} {value}", 10.5)
        y += 15
    y += 10
    for n, item in enumerate(inv.items, 1):
        s.text(50, y, f"{n}. {item.text}", 11)
        s.text(62, y + 13, f"{d.quantity(item.quantity)} {item.unit} x {d.fmt.money(item.price)}", 9.5, italic=True)
        s.text(540, y + 13, d.money(item.amount), 11, align="r")
        y += 34
    s.rule(400, y - 8, 545, y - 8)
    rows = [("Honoraires hors taxes", inv.total_ht)]
    if inv.vat_regime == "normal":
        rows.append((f"T.V.A. {d.fmt.percent(inv.vat_lines[0].rate)}", inv.total_tva))
    rows.append(("Honoraires T.T.C.", inv.total_ttc))
    if inv.deposit:
        rows.append(("Provision reçue", -inv.deposit))
    for label, amount in rows:
        s.text(395, y + 6, label, 11, align="r")
        s.text(540, y + 6, d.money(amount), 11, align="r")
        y += 18
    verb = "Arrêté le présent avoir" if inv.credit_note else "Arrêtée la présente note"
    taxes = "toutes taxes comprises" if inv.vat_regime == "normal" else "nette de taxe"
    close = f"{verb} à la somme de {glue(d.money(inv.amount_due))} {taxes}"
    if inv.due:
        close += f", payable pour le {glue(d.fmt.day(inv.due))}"
    y = s.paragraph(40, y + 30, close + ".", 500, 11, 15)
    if inv.bank:
        s.text(40, y + 10, f"Relevé d'identité bancaire : {d.fmt.iban(inv.bank.iban)} - {inv.bank.bic}", 10)
    s.text(40, y + 26, d.vat_note(), 9.5, italic=True)
    sup = inv.supplier
    s.text(
        297,
        800,
        f"{sup.legal_form} au capital de {sup.capital} € - {sup.rcs} {d.fmt.siret(sup.siret)} - TVA {sup.vat}",
        8,
        align="c",
        fit=515,
    )


@layout(
    "dev",
    names=NAMES,
    trades=("health",),
    faces=("helvetica", "source", "vera"),
    items=(4, 12),
    always_vat_table=True,
    rates=("20", "5.5", "2.1", "10"),
    delivery=0.6,
    shuffle=0.4,
    regimes=("normal",),
)
def hospitalier(d: Drawing) -> None:
    """Hospital supplies: lots and expiry dates on every line, VAT recap before the goods, totals at the foot."""
    s, inv, rng = d.sheet, d.inv, d.rng
    s.text(40, 46, inv.supplier.name, 12, bold=True, color="#006d77")
    s.text(
        40,
        58,
        f"{inv.supplier.street} {inv.supplier.city_line}   Siret:{d.fmt.siret(inv.supplier.siret)}   "
        f"{inv.supplier.vat}",
        7,
    )
    head = "AVOIR" if inv.credit_note else "FACTURE"
    s.table(
        330,
        34,
        [Column(head, 80, "c"), Column("DATE", 70, "c"), Column("PAGE", 65, "c")],
        [[inv.number, d.fmt.day(inv.issued), "1/1"]],
        grid=True,
        head_fill="#d8efef",
    )
    s.lines(
        40,
        92,
        [
            "Adresse de livraison",
            *d.address(inv.delivery or inv.recipient),
            f"Siret {d.fmt.siret(inv.delivery.siret)}" if inv.delivery and inv.delivery.siret else "",
        ],
        8,
        bold_first=True,
    )
    s.lines(
        300,
        92,
        [
            "Adresse de facturation",
            *d.address(inv.recipient),
            f"Siret {d.fmt.siret(inv.recipient.siret)}" if inv.recipient.siret else "",
        ],
        8,
        bold_first=True,
    )
    cells = [
        ("Compte", inv.client_code or "0"),
        ("Code service", inv.service_code or "-"),
        ("Commande/EJ", inv.engagement or "-"),
        ("Marché", inv.contract or "-"),
        ("Cdé le", d.fmt.day(inv.order_date) if inv.order_date else "-"),
        ("Échéance", d.fmt.day(inv.due) if inv.due else "-"),
    ]
    s.table(
        40,
        150,
        [Column(c[0], 515 / 6, "c") for c in cells],
        [[c[1] for c in cells]],
        grid=True,
        head_fill="#d8efef",
        size=7.5,
    )
    y = 192.0
    s.text(40, y, _origin(d, "Avoir relatif à la facture {} du {}"), 8.5)
    rows = [
        [d.fmt.rate(v.rate), d.figure(v.base), d.figure(v.amount), d.figure(v.base + v.amount)] for v in inv.vat_lines
    ]
    y = s.table(
        40,
        y + 8,
        [Column("Tx TVA", 60, "r"), Column("Mt HT", 85, "r"), Column("Mt TVA", 85, "r"), Column("Mt TTC", 85, "r")],
        rows,
        grid=True,
        size=7.5,
    )
    columns = [
        Column("Réf", 50),
        Column("Produit", 165),
        Column("Lot", 55, "c"),
        Column("Pér.", 55, "c"),
        Column("Qté", 45, "r"),
        Column("PU HT", 50, "r"),
        Column("TVA", 35, "r"),
        Column("Mt HT", 60, "r"),
    ]
    lines = [
        [a, b, f"L{rng.randint(10000, 99999)}", f"{rng.randint(1, 12):02d}/20{rng.randint(27, 30)}", *rest]
        for a, b, *rest in d.item_cells("code", "text", "qty", "price", "rate", "amount")
    ]
    y = s.table(40, y + 14, columns, lines, grid=True, size=7, row=13, head_fill="#d8efef")
    if inv.deposit:
        s.text(40, 712, f"Acompte encaissé {d.money(inv.deposit)}", 8.5)
    s.box(40, 720, 515, 40, fill="#d8efef", stroke="#006d77")
    for x, label, amount in (
        (60.0, "Montant HT", inv.total_ht),
        (190.0, "Montant TVA", inv.total_tva),
        (320.0, "Montant TTC", inv.total_ttc),
        (445.0, "Reste à payer", inv.amount_due),
    ):
        s.text(x, 734, label, 8)
        s.text(x, 750, d.money(amount), 10, bold=True)
    if inv.bank:
        s.text(40, 776, f"Virement IBAN {d.fmt.iban(inv.bank.iban)} BIC {inv.bank.bic}", 8)
    s.paragraph(40, 790, d.penalties(), 515, 6)
    s.text(297, 822, d.legal(siret=False), 6, align="c", fit=515)


@layout("dev", names=NAMES, credit=1.0, faces=("serif", "vera", "courier"), ascii_only=True, delivery=0.0, items=(1, 4))
def note_de_credit(d: Drawing) -> None:
    """A credit note of a wholesaler: what was invoiced, what is given back, its own number far from the title."""
    s, inv = d.sheet, d.inv
    assert inv.original_date
    s.rule(40, 40, 555, 40, line=2)
    s.text(40, 60, "NOTE DE CREDIT", 16, bold=True)
    s.lines(
        555,
        56,
        [inv.supplier.name, *inv.supplier.address, f"SIRET {d.fmt.siret(inv.supplier.siret)}"],
        9,
        align="r",
        bold_first=True,
    )
    s.lines(
        40,
        100,
        [
            "Credit au profit de",
            *d.address(inv.recipient),
            f"SIRET : {d.fmt.siret(inv.recipient.siret)}" if inv.recipient.siret else "",
        ],
        10,
        bold_first=True,
    )
    y = 190.0
    y = s.paragraph(
        40,
        y,
        f"Votre reclamation du {d.fmt.day(inv.original_date + timedelta(days=5))} concernant notre facture "
        f"{inv.original_number} emise le {d.fmt.day(inv.original_date)} a ete acceptee.",
        515,
        9.5,
    )
    rows = [[*row] for row in d.item_cells("text", "qty", "price", "amount")]
    y = s.table(
        40,
        y + 10,
        [
            Column("Rendu ou corrige", 270),
            Column("Quantite", 70, "r"),
            Column("Prix", 80, "r"),
            Column("Credit HT", 95, "r"),
        ],
        rows,
        rules=True,
        size=9,
        row=17,
    )
    y += 20
    for label, amount in [
        ("Credit hors taxes", inv.total_ht),
        *((f"TVA {d.fmt.percent(v.rate)} / {d.figure(v.base)}", v.amount) for v in inv.vat_lines),
        ("Credit taxes comprises", inv.total_ttc),
    ]:
        s.text(430, y, label, 10, align="r")
        s.text(552, y, d.money(amount), 10, align="r", bold=True)
        y += 16
    s.text(40, y, d.vat_note(), 8.5)
    y += 24
    s.rule(40, y, 555, y)
    cells = _given(
        ("Note de credit no", inv.number),
        ("du", d.fmt.day(inv.issued)),
        ("Service", inv.service_code),
        ("Engagement", inv.engagement),
        ("Marche", inv.contract),
    )
    for n, (label, value) in enumerate(cells):
        s.text(40 + (n % 3) * 175, y + 18 + (n // 3) * 16, f"{label} {value}", 9.5, fit=170)
    s.text(297, 810, d.legal(), 6.5, align="c", fit=515)


@layout("dev", names=NAMES, faces=("source", "helvetica", "serif"), shuffle=0.5, deposit=0.15, delivery=0.1)
def pied_totaux(d: Drawing) -> None:
    """References and totals in strips at the bottom; the top shows only the parties and the goods."""
    s, inv = d.sheet, d.inv
    s.lines(
        297,
        48,
        [inv.supplier.name, f"{inv.supplier.street} - {inv.supplier.city_line}"],
        11,
        align="c",
        bold_first=True,
    )
    s.rule(40, 70, 555, 70, color="#bbbbbb")
    s.text(40, 90, "Pour :", 9, color="#888888")
    s.lines(75, 90, d.address(inv.recipient), 10.5, bold_first=True)
    columns = [
        Column("Quantité", 60, "r"),
        Column("Désignation", 250),
        Column("Unitaire", 70, "r"),
        Column("Taux", 50, "r"),
        Column("Hors taxe", 85, "r"),
    ]
    y = s.table(
        40,
        150,
        columns,
        d.item_cells("qty", "text", "price", "pct", "amount"),
        grid=True,
        size=8.5,
        row=18,
        head_fill="#f2e9e4",
    )
    s.text(40, y + 16, d.vat_note(), 8.5)
    if inv.delivery:
        s.text(40, y + 30, f"Livré : {inv.delivery.name}, {inv.delivery.city_line}", 8)

    def strip(y: float, cells: list[tuple[str, str]]) -> None:
        width = 515 / len(cells)
        s.box(40, y, 515, 34, stroke="#8a6f5c")
        for n, (label, value) in enumerate(cells):
            if n:
                s.rule(40 + n * width, y, 40 + n * width, y + 34, color="#8a6f5c")
            s.text(44 + n * width, y + 11, label, 7, color="#8a6f5c", fit=width - 6)
            s.text(44 + n * width, y + 26, value, 10, bold=True, fit=width - 8)

    strip(
        590,
        [
            ("Avoir n°" if inv.credit_note else "Pièce n°", inv.number),
            ("En date du", d.fmt.day(inv.issued)),
            ("Payable au", d.fmt.day(inv.due) if inv.due else ""),
            ("Dossier client", inv.client_code),
        ],
    )
    strip(
        624,
        [
            ("SIRET du destinataire", d.fmt.siret(inv.recipient.siret)),
            ("Service exécutant", inv.service_code or ""),
            ("Engagement", inv.engagement or ""),
            ("Marché", inv.contract or ""),
        ],
    )
    rates = [(f"Base {d.fmt.percent(v.rate)}", d.figure(v.base)) for v in inv.vat_lines for _ in (0,)]
    taxes = [(f"TVA {d.fmt.percent(v.rate)}", d.figure(v.amount)) for v in inv.vat_lines]
    strip(666, [pair for two in zip(rates, taxes, strict=True) for pair in two])
    cells = [
        ("Total hors taxe", d.money(inv.total_ht)),
        ("Total TVA", d.money(inv.total_tva)),
        ("Total TVA comprise", d.money(inv.total_ttc)),
    ]
    if inv.deposit:
        cells += [("Acompte reçu", d.money(inv.deposit)), ("Solde dû", d.money(inv.amount_due))]
    strip(700, cells)
    s.text(40, 750, _origin(d, "Avoir établi sur la pièce {} du {}"), 9)
    if inv.bank:
        s.text(555, 750, f"IBAN {d.fmt.iban(inv.bank.iban)}", 9, align="r")
    s.text(297, 790, d.legal(), 7, align="c", fit=515)
    s.paragraph(40, 804, d.penalties(), 515, 6.5)


@layout(
    "dev",
    names=NAMES,
    faces=("vera", "times", "helvetica"),
    trades=("culture", "services"),
    regimes=("franchise", "exempt"),
    items=(1, 3),
    credit=0,
    delivery=0.0,
    period=0.5,
)
def association(d: Drawing) -> None:
    """An association's page typed by hand: few labels, the date in the corner, one sum."""
    s, inv, rng = d.sheet, d.inv, d.rng
    s.lines(
        297,
        50,
        [
            f"Association {inv.supplier.name}",
            "Association loi 1901",
            f"{inv.supplier.street} - {inv.supplier.city_line}",
            f"{inv.supplier.mail} / {inv.supplier.phone}",
            f"SIRET {d.fmt.siret(inv.supplier.siret)}",
        ],
        10.5,
        align="c",
        bold_first=True,
    )
    s.text(40, 140, f"fait à {inv.supplier.town.capitalize()} le {d.fmt.day(inv.issued)}", 10.5)
    s.text(40, 170, f"FACTURE {inv.number}", 14, bold=True)
    s.lines(
        300,
        170,
        [
            "pour",
            *d.address(inv.recipient),
            *([f"(siret {d.fmt.siret(inv.recipient.siret)})"] if inv.recipient.siret else []),
        ],
        10.5,
    )
    y = 270.0
    for label, value in _given(
        ("bon de commande", inv.engagement), ("service", inv.service_code), ("convention", inv.contract)
    ):
        s.text(40, y, f"{label} : {value}", 10.5)
        y += 16
    y += 16
    if inv.period:
        s.text(40, y, f"interventions {d.period()}", 10.5)
        y += 20
    for item in inv.items:
        s.text(40, y, f"{item.text} ({d.quantity(item.quantity)} x {d.fmt.number(item.price)})", 10.5)
        s.text(540, y, d.money(item.amount), 10.5, align="r")
        y += 20
    s.rule(40, y, 545, y)
    s.text(
        40, y + 22, rng.choice(("TOTAL À RÉGLER", "Total général net", "Montant de notre intervention")), 12, bold=True
    )
    s.text(540, y + 22, d.money(inv.total_ttc), 12, bold=True, align="r")
    y += 44
    if inv.deposit:
        s.text(40, y, f"Avance perçue : {d.money(inv.deposit)} / reste : {d.money(inv.amount_due)}", 10.5)
        y += 18
    s.text(40, y, d.vat_note() + " - association non assujettie", 9.5)
    y += 26
    if inv.due:
        s.text(40, y, f"merci de régler pour le {d.fmt.day(inv.due)}", 10.5)
        y += 18
    if inv.bank:
        b = inv.bank
        s.text(40, y, f"sur notre compte {b.name} : {b.bank} {b.branch} {b.number} {b.key}", 10.5)
        s.text(40, y + 16, f"IBAN {d.fmt.iban(b.iban)}", 10.5)
    s.text(420, y + 60, "La présidente", 10.5, italic=True)
