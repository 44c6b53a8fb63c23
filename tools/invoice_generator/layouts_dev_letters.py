"""Development layouts in the manner of word processors and small firms' programs: letters, blocks, bands."""

from tools.invoice_generator.formats import format_date
from tools.invoice_generator.layout import Drawing, glue, layout
from tools.invoice_generator.sheet import Column

LEFT, RIGHT = 45.0, 550.0


def _pairs_block(d: Drawing, x: float, y: float, pairs: list[tuple[str, str]], gap: float, size: float = 9) -> float:
    """Labels in one column, values in the next."""
    for label, value in pairs:
        d.sheet.text(x, y, label, size)
        d.sheet.text(x + gap, y, value, size, bold=True)
        y += size * 1.5
    return y


def _totals_right(d: Drawing, y: float, *, width: float = 200, size: float = 9, strong: str = "") -> float:
    """A totals block against the right margin; its last line is the strong one."""
    lines = d.totals()
    for index, (label, value) in enumerate(lines):
        last = index == len(lines) - 1
        if last and strong:
            d.sheet.box(RIGHT - width, y - size - 2, width, size + 8, fill=strong, stroke="")
        d.sheet.text(RIGHT - width + 4, y, label, size, bold=last)
        d.sheet.text(RIGHT - 4, y, value, size, bold=last, align="r")
        y += size + 8
    return y


def _bank_lines(d: Drawing) -> list[str]:
    bank = d.inv.bank
    if not bank:
        return []
    return [f"Banque : {bank.name}", f"{d.label('iban').rstrip(' :')} : {d.fmt.iban(bank.iban)}", f"BIC : {bank.bic}"]


def _origin(d: Drawing) -> str:
    """What a credit note says of the invoice it corrects."""
    inv = d.inv
    if not inv.credit_note or not inv.original_number or not inv.original_date:
        return ""
    return d.rng.choice(
        (
            "Annule et remplace la facture n° {} du {}",
            "Avoir sur facture n° {} du {}",
            "En correction de la facture {} du {}",
        )
    ).format(inv.original_number, d.fmt.day(inv.original_date))


@layout("dev", shuffle=0.2)
def classique(d: Drawing) -> None:
    """Letterhead on the left, window address on the right, a column of references, grid, totals."""
    s, inv = d.sheet, d.inv
    s.text(LEFT, 56, inv.supplier.name, 15, bold=True, color="#1b3a5c")
    s.lines(
        LEFT,
        72,
        [
            *inv.supplier.address,
            f"Tél. {inv.supplier.phone}",
            inv.supplier.mail,
            f"SIRET {d.fmt.siret(inv.supplier.siret)} - APE {inv.supplier.ape}",
            f"N° TVA {inv.supplier.vat}",
        ],
        8.5,
    )
    y = s.lines(320, 140, [d.label("recipient") if d.rng.random() < 0.5 else "", *d.address(inv.recipient)], 10)
    s.lines(320, y, d.lines("recipient_siret"), 9)
    s.text(LEFT, 222, f"{d.title} N° {inv.number}" if d.rng.random() < 0.4 else d.title, 16, bold=True)
    s.text(LEFT, 238, _origin(d), 9, italic=True)
    y = _pairs_block(
        d,
        LEFT,
        256,
        d.pairs("number", "date", "due", "client_code", "service", "engagement", "contract", "order_date"),
        130,
    )
    if inv.period:
        s.text(LEFT, y, f"{d.label('period')} {d.period()}")
        y += 14
    if inv.delivery:
        s.lines(320, 262, ["Adresse de livraison :", *d.address(inv.delivery)], 8.5, bold_first=True)
    columns = [
        Column("Réf.", 60),
        Column("Désignation", 225),
        Column("Qté", 45, "r"),
        Column("P.U. HT", 60, "r"),
        Column("TVA", 45, "r"),
        Column("Montant HT", 70, "r"),
    ]
    y = s.table(
        LEFT,
        y + 8,
        columns,
        d.item_cells("code", "text", "qty", "price", "pct", "amount"),
        grid=True,
        head_fill="#e6ebf2",
    )
    y = _totals_right(d, y + 24)
    s.text(LEFT, y, d.vat_note(), 8.5, italic=True)
    y = s.lines(LEFT, y + 16, ["Règlement par virement", *_bank_lines(d)] if inv.bank else [], 8.5)
    s.paragraph(LEFT, 770, d.penalties(), 505, 7)
    s.text(297, 805, d.legal(siret=False), 6.5, fit=515, align="c")


@layout("dev", faces=("source", "vera", "helvetica"))
def bandeau(d: Drawing) -> None:
    """A row of labels over a row of values in a coloured band; parties side by side under it."""
    s, inv = d.sheet, d.inv
    tint = d.rng.choice(("#0b5d4b", "#7a1f2b", "#2d3e50", "#5b3f8c"))
    s.box(0, 0, 595, 70, fill=tint, stroke="")
    s.text(LEFT, 44, inv.supplier.name, 19, bold=True, color="#ffffff")
    s.text(RIGHT, 44, d.title, 22, align="r", color="#ffffff", tracking=3)
    y = s.lines(
        LEFT,
        92,
        [
            d.label("supplier"),
            inv.supplier.name,
            *inv.supplier.address,
            f"SIRET : {d.fmt.siret(inv.supplier.siret)}",
            f"TVA : {inv.supplier.vat}",
        ],
        8.5,
        bold_first=True,
    )
    y2 = s.lines(
        310,
        92,
        [
            d.label("recipient"),
            *d.address(inv.recipient),
            *d.lines("recipient_siret"),
        ],
        8.5,
        bold_first=True,
    )
    pairs = d.pairs("number", "date", "due", "service", "engagement")
    y = max(y, y2) + 12
    width = 505 / len(pairs)
    s.box(LEFT, y, 505, 17, fill=tint, stroke="")
    s.box(LEFT, y + 17, 505, 20, fill="#f1f1f1", stroke="")
    for index, (label, value) in enumerate(pairs):
        s.cell(LEFT + index * width, width, y + 12, label, 7.5, "l", bold=True, color="#ffffff")
        s.cell(LEFT + index * width, width, y + 30, value, 9, "l")
    y += 50
    y = s.lines(LEFT, y, d.lines("contract", "client_code", "order_date"), 8.5, 12)
    s.text(LEFT, y + 2, _origin(d), 9, bold=True)
    columns = [
        Column("Description", 250),
        Column("Qté", 45, "r"),
        Column("Unité", 45, "c"),
        Column("Prix unitaire", 75, "r"),
        Column("Total HT", 90, "r"),
    ]
    y = s.table(
        LEFT,
        y + 14,
        columns,
        d.item_cells("text", "qty", "unit", "price", "money"),
        head_fill=tint,
        head_ink="#ffffff",
        zebra="#f4f6f5",
        row=17,
    )
    if len(inv.vat_lines) > 1 or d.rng.random() < 0.5:
        rows = d.vat_rows()
        s.table(
            LEFT,
            y + 20,
            [Column("Taux", 55, "r"), Column("Base HT", 75, "r"), Column("Montant TVA", 75, "r")],
            rows,
            head_fill="#dddddd",
        )
    y = _totals_right(d, y + 32, strong="#e8e8e8", size=10)
    s.text(LEFT, y + 14, d.vat_note(), 8.5)
    s.lines(LEFT, y + 34, ["Coordonnées bancaires", *_bank_lines(d)] if inv.bank else [], 8.5, bold_first=True)
    s.box(0, 800, 595, 42, fill=tint, stroke="")
    s.text(297, 818, d.legal(), 6.5, fit=515, align="c", color="#ffffff")
    s.text(297, 830, f"{inv.supplier.phone} - {inv.supplier.mail}", 6.5, align="c", color="#ffffff")


@layout(
    "dev",
    faces=("times", "serif", "source"),
    items=(1, 3),
    rates=("20", "10"),
    trades=("services", "culture"),
    delivery=0,
)
def lettre(d: Drawing) -> None:
    """A letter: every value is in a sentence, as an architect or a lawyer writes."""
    s, inv = d.sheet, d.inv
    sup, rec = inv.supplier, inv.recipient
    s.text(297, 60, sup.name, 17, align="c")
    s.text(297, 76, f"{sup.street} - {sup.city_line} - Tél. {sup.phone}", 8, align="c", italic=True)
    s.rule(180, 84, 415, 84)
    s.lines(320, 130, d.address(rec), 11)
    s.text(320, 200, f"{sup.town.title()}, le {glue(d.fmt.day(inv.issued))}".replace("\x01", " "), 11)
    what = "l'avoir" if inv.credit_note else "la facture"
    s.text(LEFT + 20, 240, f"Objet : {'avoir' if inv.credit_note else 'facture'} n° {inv.number}", 11, bold=True)
    origin = (
        f" Cet avoir vient en déduction de notre facture n° {inv.original_number} du {d.fmt.day(inv.original_date)}."
        if inv.original_date
        else ""
    )
    refs = ""
    if inv.engagement:
        kind = d.rng.choice(("bon de commande", "engagement juridique", "commande"))
        refs += f", en exécution de votre {kind} n° {glue(inv.engagement)}"
        if inv.order_date:
            refs += f" du {glue(d.fmt.day(inv.order_date))}"
    if inv.contract:
        refs += f", au titre du marché n° {glue(inv.contract)}"
    siret = f" (SIRET {glue(d.fmt.siret(rec.siret))})" if rec.siret else ""
    service = (
        f" L'exemplaire dématérialisé est à adresser au service exécutant {glue(inv.service_code)}{siret}."
        if inv.service_code
        else (f" Votre établissement est identifié par le numéro {siret[2:-1]}." if siret else "")
    )
    texts = [
        "Madame, Monsieur,",
        f"Nous vous prions de trouver ci-après {what} relative aux prestations suivantes{refs}.{origin}{service}",
    ]
    texts += [
        f"- {item.text} : {glue(d.quantity(item.quantity))} {item.unit} au prix unitaire de "
        f"{glue(d.fmt.money(item.price))}, soit {glue(d.money(item.amount))} hors taxes ;"
        for item in inv.items
    ]
    vat = (
        " ".join(
            f"À ce montant s'ajoute la TVA au taux de {glue(d.fmt.percent(v.rate))}, "
            f"calculée sur {glue(d.money(v.base))}, pour {glue(d.money(v.amount))}."
            for v in inv.vat_lines
        )
        if inv.vat_regime == "normal"
        else d.vat_note() + "."
    )
    due = ""
    if inv.deposit:
        paid, left = glue(d.money(inv.deposit)), glue(d.money(inv.amount_due))
        due = f" Compte tenu de l'acompte de {paid} déjà versé, il reste à régler {left}."
    texts.append(
        f"Le montant total hors taxes s'élève à {glue(d.money(inv.total_ht))}. {vat} "
        f"Le montant toutes taxes comprises est donc de {glue(d.money(inv.total_ttc))}.{due}"
    )
    if inv.due and inv.bank:
        texts.append(
            "Nous vous remercions de bien vouloir procéder au règlement de cette somme au plus tard le "
            f"{glue(d.fmt.day(inv.due))}, par virement sur notre compte {glue(d.fmt.iban(inv.bank.iban))} "
            f"(BIC {inv.bank.bic})."
        )
    elif inv.due:
        texts.append(f"Nous vous remercions de votre règlement avant le {glue(d.fmt.day(inv.due))}.")
    texts += ["Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées."]
    y = 275.0
    for text in texts:
        y = s.paragraph(LEFT + 20, y, text, 465, 11, 15) + 8
    s.text(360, y + 20, "Le gérant", 11, italic=True)
    s.paragraph(LEFT + 20, 785, d.legal() + ". " + d.penalties(), 465, 6.5)


@layout("dev", faces=("source", "helvetica", "serif"), shuffle=0.3)
def pied_de_page(d: Drawing) -> None:
    """The supplier is named only in a 6 point footer; the top has just the initials of a logo."""
    s, inv = d.sheet, d.inv
    initials = "".join(w[0] for w in inv.supplier.name.split() if w[0].isalpha())[:3].upper()
    s.box(LEFT, 40, 46, 46, fill=d.rng.choice(("#b5541c", "#226699", "#3a7d44")), stroke="", radius=6)
    s.text(LEFT + 23, 70, initials, 18, bold=True, align="c", color="#ffffff")
    s.text(RIGHT, 62, d.title.title(), 24, align="r", color="#777777")
    y = s.lines(LEFT, 120, [d.label("recipient"), *d.address(inv.recipient)], 10, bold_first=True)
    y = s.lines(LEFT, y, d.lines("recipient_siret", "service"), 9, 12)
    y = 120.0
    for label, value in d.pairs("number", "date", "due", "engagement", "contract", "client_code", "delivery_date"):
        s.text(450, y, label, 8.5, align="r", color="#666666")
        s.text(456, y, value, 9)
        y += 14
    s.text(LEFT, 236, _origin(d), 9, bold=True)
    columns = [
        Column("Désignation", 265),
        Column("Quantité", 60, "r"),
        Column("Prix HT", 60, "r"),
        Column("% TVA", 50, "r"),
        Column("Total HT", 70, "r"),
    ]
    y = s.table(LEFT, 250, columns, d.item_cells("text", "qty", "price", "rate", "amount"), rules=True, row=18, size=9)
    y = _totals_right(d, y + 30)
    s.text(LEFT, y + 10, d.vat_note(), 8)
    if inv.bank:
        s.text(LEFT, y + 26, f"Virement : {d.fmt.iban(inv.bank.iban)}   {inv.bank.bic}", 9)
    s.rule(LEFT, 790, RIGHT, 790, color="#aaaaaa")
    sup = inv.supplier
    s.text(
        297,
        800,
        f"{sup.name} - {sup.legal_form} au capital de {sup.capital} € - {sup.street}, {sup.city_line} "
        f"- Tél. {sup.phone}",
        6,
        fit=515,
        align="c",
        color="#555555",
    )
    s.text(
        297,
        808,
        f"SIRET {d.fmt.siret(sup.siret)} - RCS {sup.rcs} - NAF {sup.ape} - TVA {sup.vat} - {sup.mail}",
        6,
        align="c",
        color="#555555",
    )
    s.text(RIGHT, 826, "Page 1/1", 6, align="r", color="#555555")


@layout("dev", faces=("helvetica", "source", "vera"), shuffle=0.25)
def valeur_avant(d: Drawing) -> None:
    """Every value is before, or above, its label: figures large, captions small under them."""
    s, inv = d.sheet, d.inv
    s.lines(
        RIGHT,
        50,
        [
            inv.supplier.name,
            *inv.supplier.address,
            f"{d.fmt.siret(inv.supplier.siret)} SIRET",
            f"{inv.supplier.vat} n° TVA",
        ],
        8.5,
        bold_first=True,
        align="r",
    )
    s.text(LEFT, 62, d.title.capitalize(), 26, bold=True, color="#c0392b")
    y = s.lines(LEFT, 110, d.address(inv.recipient), 10.5, bold_first=True)
    if inv.recipient.siret:
        s.text(LEFT, y, d.fmt.siret(inv.recipient.siret), 9)
        s.text(LEFT, y + 8, d.label("recipient_siret").rstrip(" :"), 6, color="#888888")
    x, y = LEFT, 205.0
    for label, value in d.pairs("number", "date", "due", "service", "engagement", "contract", "client_code"):
        room = max(s.measure(value, 11, bold=True), s.measure(label, 6.5), 75) + 14
        if x + room > RIGHT:
            x, y = LEFT, y + 32
        s.text(x, y, value, 11, bold=True)
        s.text(x, y + 10, label, 6.5, color="#888888")
        x += room
    s.text(LEFT, y + 30, _origin(d), 9)
    columns = [
        Column("HT", 75, "r"),
        Column("TVA", 50, "r"),
        Column("Qté", 50, "r"),
        Column("PU", 60, "r"),
        Column("Prestation", 270),
    ]
    y = s.table(LEFT, y + 40, columns, d.item_cells("amount", "rate", "qty", "price", "text"), rules=True, row=17)
    y += 30
    for label, value in d.totals():
        s.text(LEFT + 90, y, value, 11, bold=True, align="r")
        s.text(LEFT + 100, y, label, 9, color="#555555")
        y += 17
    s.text(LEFT, y, d.vat_note(), 8)
    if inv.bank:
        s.text(LEFT, y + 20, d.fmt.iban(inv.bank.iban), 10)
        s.text(LEFT, y + 30, "IBAN", 6.5, color="#888888")
        s.text(LEFT + 260, y + 20, inv.bank.bic, 10)
        s.text(LEFT + 260, y + 30, "BIC", 6.5, color="#888888")
    s.paragraph(LEFT, 780, d.penalties(), 505, 7, color="#777777")
    s.text(LEFT, 812, d.legal(siret=False), 6.5, fit=515, color="#777777")


@layout("dev", faces=("times", "helvetica", "serif"), regimes=("franchise",), items=(1, 4), credit=0, delivery=0)
def artisan(d: Drawing) -> None:
    """A sole trader's modest page: no VAT (293 B), the date in words, RIB digits beside the IBAN."""
    s, inv = d.sheet, d.inv
    s.lines(
        LEFT,
        50,
        [
            inv.supplier.name,
            "Entrepreneur individuel",
            *inv.supplier.address,
            inv.supplier.phone,
            f"Siret : {d.fmt.siret(inv.supplier.siret)}",
        ],
        11,
        bold_first=True,
    )
    s.lines(
        330,
        130,
        [
            "À l'attention de :",
            *d.address(inv.recipient),
            *d.lines("recipient_siret"),
        ],
        10.5,
    )
    s.text(330, 220, f"Le {format_date(inv.issued, d.rng.choice(('long', 'weekday', 'long')))}", 10.5)
    s.text(297, 260, f"Facture n° {inv.number}", 16, bold=True, align="c")
    y = 290.0
    y = s.lines(LEFT, y, d.lines("engagement", "service", "contract", "order_date"), 10, 15)
    if inv.period:
        s.text(LEFT, y, f"Travaux réalisés {d.period()}", 10)
        y += 15
    columns = [
        Column("Nature des prestations", 275),
        Column("Qté", 60, "r"),
        Column("P.U.", 75, "r"),
        Column("Montant", 95, "r"),
    ]
    y = s.table(LEFT, y + 10, columns, d.item_cells("text", "qty", "price", "money"), grid=True, size=9.5, row=20)
    s.text(
        RIGHT - 100,
        y + 24,
        d.rng.choice(("Total HT", "Total à payer", "TOTAL", "Net à payer")),
        11,
        bold=True,
        align="r",
    )
    s.text(RIGHT - 3, y + 24, d.money(inv.total_ttc), 11, bold=True, align="r")
    if inv.deposit:
        s.text(RIGHT - 3, y + 42, f"Acompte reçu : {d.money(inv.deposit)}", 10, align="r")
        s.text(RIGHT - 3, y + 60, f"Reste dû : {d.money(inv.amount_due)}", 11, bold=True, align="r")
    s.text(LEFT, y + 24, "TVA non applicable, art. 293 B du CGI", 9, italic=True)
    if inv.due:
        s.text(LEFT, y + 50, f"Règlement à 30 jours, soit le {d.fmt.day(inv.due)}", 10)
    if inv.bank:
        b = inv.bank
        y = s.table(
            LEFT,
            y + 80,
            [
                Column("Code banque", 75, "c"),
                Column("Code guichet", 75, "c"),
                Column("N° de compte", 110, "c"),
                Column("Clé RIB", 50, "c"),
            ],
            [[b.bank, b.branch, b.number, b.key]],
            grid=True,
        )
        s.text(LEFT, y + 16, f"IBAN {d.fmt.iban(b.iban)}", 9.5)
        s.text(LEFT, y + 30, f"BIC {b.bic}   Domiciliation : {b.name}", 9.5)
    s.paragraph(LEFT, 790, f"Dispensé d'immatriculation au RCS. {d.penalties()}", 505, 7.5)


@layout("dev", faces=("helvetica", "vera", "times"), credit=1.0, shuffle=0.2, delivery=0.05)
def avoir(d: Drawing) -> None:
    """Credit notes with a letter-spaced heading, either sign, and the number they correct beside their own."""
    s, inv = d.sheet, d.inv
    s.text(
        297,
        60,
        d.rng.choice(("A V O I R", "AVOIR", "NOTE DE CRÉDIT", "FACTURE D'AVOIR")),
        20,
        bold=True,
        align="c",
        tracking=d.rng.choice((0, 2, 5)),
    )
    s.lines(
        LEFT,
        95,
        [
            inv.supplier.name,
            *inv.supplier.address,
            f"Siret {d.fmt.siret(inv.supplier.siret)}",
            f"TVA {inv.supplier.vat}",
        ],
        9.5,
        bold_first=True,
    )
    y = s.lines(340, 95, d.address(inv.recipient), 10.5)
    for label, value in d.pairs("recipient_siret"):
        s.text(340, y, f"{label.rstrip(' :')} {value}", 9)
    assert inv.original_number
    assert inv.original_date
    rows = [
        ("Avoir n°", inv.number),
        ("Date de l'avoir", d.fmt.day(inv.issued)),
        ("Facture d'origine", inv.original_number),
        ("Date de la facture d'origine", d.fmt.day(inv.original_date)),
        *d.pairs("service", "engagement", "contract", "client_code"),
    ]
    y = s.table(LEFT, 180, [Column("", 160), Column("", 200)], [list(r) for r in rows], grid=True, size=9)
    s.text(
        LEFT,
        y + 20,
        d.rng.choice(
            (
                "Motif : erreur de quantité facturée",
                "Motif : marchandise non conforme, retour du matériel",
                "Motif : remise commerciale non appliquée",
            )
        ),
        9,
    )
    columns = [
        Column("Désignation", 240),
        Column("Qté", 55, "r"),
        Column("PU HT", 65, "r"),
        Column("TVA", 55, "r"),
        Column("Montant HT", 90, "r"),
    ]
    y = s.table(
        LEFT, y + 34, columns, d.item_cells("text", "qty", "price", "pct", "amount"), grid=True, head_fill="#eeeeee"
    )
    if len(inv.vat_lines) > 1:
        s.table(
            LEFT,
            y + 18,
            [Column("Taux", 50, "r"), Column("Base", 70, "r"), Column("TVA", 70, "r")],
            d.vat_rows(),
            grid=True,
        )
    y = _totals_right(d, y + 30)
    s.text(LEFT, y + 60, d.vat_note(), 8)
    s.text(LEFT, y + 80, "Cet avoir sera déduit de votre prochain règlement.", 9, italic=True)
    s.text(297, 810, d.legal(siret=d.rng.random() < 0.5), 6.5, fit=515, align="c")
