"""Development layouts in the manner of the programs small firms invoice with: EBP, Sage, Odoo, SAP, a spreadsheet."""

from tools.invoice_generator.blocks import pairs, shared, strip, totals
from tools.invoice_generator.layout import Drawing, layout
from tools.invoice_generator.model import ZERO
from tools.invoice_generator.sheet import Column
from tools.invoice_generator.trade_names import NAMES
from tools.invoice_generator.wording import Voice

LEFT, RIGHT = 36.0, 559.0


def _open_body(d: Drawing, y: float, bottom: float, columns: list[Column], rows: list[list[str]]) -> None:
    """A table whose frame runs down to ``bottom`` however few the lines."""
    s, x = d.sheet, LEFT
    s.box(LEFT, y, sum(c.width for c in columns), bottom - y)
    for column in columns[:-1]:
        x += column.width
        s.rule(x, y, x, bottom, line=0.4)
    s.table(LEFT, y, columns, rows, size=8, row=15, head_fill="#e6e9ef")
    s.rule(LEFT, y + 15, LEFT + sum(c.width for c in columns), y + 15)


@layout(
    "dev",
    names=NAMES,
    trades=("building", "goods"),
    faces=("helvetica", "vera", "source"),
    items=(1, 9),
    deposit=0.12,
    always_vat_table=True,
    rates=("20", "10", "5.5"),
)
def negoce_cadres(d: Drawing) -> None:
    """EBP's manner: rounded frames, one strip of references, a body ruled to the foot, VAT and totals side by side."""
    s, inv, v = d.sheet, d.inv, Voice(d, case="plain")
    s.box(LEFT, 34, 42, 42, fill="#2f6f9f", stroke="", radius=6)
    s.text(LEFT + 21, 62, inv.supplier.name[0], 24, bold=True, align="c", color="#ffffff")
    s.text(LEFT + 52, 48, inv.supplier.name, 12.5, bold=True)
    s.lines(LEFT + 52, 61, [*inv.supplier.address, f"{v('phone')} {inv.supplier.phone}"], 8)
    s.box(310, 100, 249, 78, radius=8)
    s.lines(322, 117, v.addressee(siret=False), 10, bold_first=True)
    s.text(322, 170, v.line("recipient_siret"), 8, fit=230)
    s.text(LEFT, 126, "Avoir" if inv.credit_note else "Facture", 20, bold=True, color="#2f6f9f")
    s.text(LEFT, 144, v.origin(), 8.5, fit=260)
    head = v.refs("number", "date", "due", "client_code")
    strip(s, LEFT, 190, shared([*head, ("Mode de règlement", "Virement")], 523), fill="#e6e9ef")
    refs = [*v.refs("engagement", "service", "contract"), *v.decoys("quote"), *v.refs("order_date")]
    text = "   ".join(f"{label} : {value}" for label, value in refs)
    y = s.paragraph(LEFT, 234, text, 523, 8)
    columns = [
        Column("Référence", 62),
        Column("Désignation", 236),
        Column("Qté", 50, "r"),
        Column("P.U. HT", 62, "r"),
        Column("Montant HT", 75, "r"),
        Column("TVA", 38, "r"),
    ]
    cells = d.item_cells("code", "text", "qty", "price", "amount", "rate")
    _open_body(d, y + 4, 590, columns, cells)
    heads = [Column("Taux", 50, "r"), Column("Base HT", 85, "r"), Column("Montant TVA", 85, "r")]
    bottom = s.table(LEFT, 602, heads, d.vat_rows(), grid=True, head_fill="#e6e9ef")
    s.text(LEFT, bottom + 12, d.vat_note(), 7.5, fit=300)
    lines = d.amounts(v.sums(rates=False))
    s.box(350, 602, 209, 18 * len(lines) + 4, radius=8)
    totals(s, 360, 549, 616, lines, leading=18)
    y = 726.0
    s.text(LEFT, y, "   ".join(v.lines("iban", "bic")), 8.5, fit=523)
    s.paragraph(LEFT, y + 14, d.penalties(), 523, 6.5)
    s.text(297, 816, v.legal(), 6.5, align="c", fit=523)


@layout(
    "dev",
    names=NAMES,
    rates=("20", "10", "5.5"),
    trades=("goods", "software"),
    faces=("helvetica", "times", "source"),
    items=(2, 10),
    deposit=0.12,
    always_vat_table=True,
    shuffle=0.3,
)
def bandes_de_cellules(d: Drawing) -> None:
    """Sage's manner: a framed document block, an address in the window, the totals in one horizontal strip of cells."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case=d.rng.choice(("upper", "plain"))), d.rng
    s.lines(LEFT, 46, [inv.supplier.name, *inv.supplier.address], 9, bold_first=True)
    s.lines(LEFT, 84, [f"{v('phone')} {inv.supplier.phone}", inv.supplier.mail], 7.5)
    s.box(320, 34, 239, 20, fill="#333333", stroke="")
    s.text(440, 48, "FACTURE D'AVOIR" if inv.credit_note else "FACTURE", 11, bold=True, align="c", color="#ffffff")
    number, date = v.refs("number", "date")
    strip(s, 320, 54, [(*number, 115), (*date, 84), ("Page", "1 / 1", 40)], size=9, bold=True)
    s.lines(320, 120, v.addressee(), 10)
    y = 196.0
    cells = v.refs("client_code", "engagement", "service", "contract", empty=True)
    y = strip(s, LEFT, y, shared(cells, 523), height=26)
    second = [*v.refs("order_date", "delivery_date"), *v.decoys("slip"), ("Représentant", rng.choice(("MB", "J. Roy")))]
    y = strip(s, LEFT, y, shared(second, 523), height=26)
    s.text(LEFT, y + 12, v.origin(), 8.5)
    columns = [
        Column("Article", 58),
        Column("Désignation", 215),
        Column("U", 34, "c"),
        Column("Quantité", 52, "r"),
        Column("P.U. net", 60, "r"),
        Column("C", 22, "c"),
        Column("Montant HT", 82, "r"),
    ]
    codes = {line.rate: str(n + 1) for n, line in enumerate(inv.vat_lines)}
    rows = [
        [i.code, i.text, i.unit, d.quantity(i.quantity), d.fmt.number(i.price), codes[i.rate], d.figure(i.amount)]
        for i in inv.items
    ]
    _open_body(d, y + 20, 600, columns, rows)
    heads = [Column("C", 24, "c"), Column("Base", 80, "r"), Column("Taux", 60, "r"), Column("Taxe", 80, "r")]
    vat = [[codes[x.rate], d.figure(x.base), d.fmt.rate(x.rate), d.figure(x.amount)] for x in inv.vat_lines]
    s.table(LEFT, 608, heads, vat, grid=True, size=7.5, row=13)
    terms = [v.line("due"), "Règlement par virement", *v.lines("iban", "bic"), d.vat_note()]
    for index, line in enumerate(t for t in terms if t):
        s.text(292, 618 + index * 12, line, 8, fit=267)
    zero = d.fmt.number(ZERO)
    band = [(v("ht"), d.figure(inv.total_ht)), ("Port", zero), ("Escompte", zero), (v("tva"), d.figure(inv.total_tva))]
    band += [(v("ttc"), d.figure(inv.total_ttc))]
    band += [(v("deposit"), d.figure(-inv.deposit) if inv.deposit else "")]
    band += [(f"{v.label('due_amount')} EUR", d.figure(inv.amount_due))]
    widths = (78, 44, 48, 78, 105, 75, 95)
    cells7 = [(label, value, float(width)) for (label, value), width in zip(band, widths, strict=True)]
    strip(s, LEFT, 690, cells7, height=34, fill="#dddddd", bold=True)
    s.paragraph(LEFT, 740, d.penalties(), 523, 6.5)
    s.text(297, 818, v.legal(), 6, align="c", fit=523)


@layout(
    "dev",
    names=NAMES,
    rates=("20", "10", "5.5"),
    trades=("software", "stage", "association"),
    faces=("source", "vera"),
    items=(1, 4),
)
def saas_epure(d: Drawing) -> None:
    """An online program's page: much white, small grey labels, two parties side by side, a payment panel."""
    s, inv, v = d.sheet, d.inv, Voice(d, case="plain")
    grey = "#7b8494"
    s.text(50, 74, ("Avoir" if inv.credit_note else "Facture"), 26, bold=True)
    s.text(545, 74, inv.supplier.name, 12, bold=True, align="r", color="#4b3fc1")
    facts = [*v.refs("number", "date", "due"), *v.refs("engagement", "service", "contract", "order_date")]
    y = pairs(s, 50, 104, facts, gap=170, size=9, leading=14, label_ink=grey, room=300)
    s.text(50, y, v.origin(), 9, fit=480)
    y = max(y, 190.0) + 22
    sup = inv.supplier
    s.text(50, y, d.rng.choice(("De", "Émetteur", "Vendeur")), 8, color=grey)
    s.text(310, y, v("recipient"), 8, color=grey)
    left = [sup.name, *sup.address, "France", sup.mail, v.line("siret"), v.line("vat_number")]
    end = s.lines(50, y + 15, left, 9.5, 13.5, bold_first=True)
    s.lines(310, y + 15, [*v.addressee(siret=False), "France", v.line("recipient_siret")], 9.5, 13.5, bold_first=True)
    y = end + 20
    if inv.period:
        s.text(50, y, f"Services rendus {d.period()}", 9, color=grey)
        y += 12
    columns = [
        Column("Description", 225),
        Column("Quantité", 60, "r"),
        Column("Prix unitaire", 75, "r"),
        Column("TVA (%)", 55, "r"),
        Column("Montant HT", 80, "r"),
    ]
    cells = d.item_cells("text", "qty", "price", "pct", "money")
    y = s.table(50, y, columns, cells, rules=True, size=9, row=24, head_ink=grey) + 24
    y = totals(s, 350, 542, y, d.amounts(v.sums(due=bool(inv.deposit))), size=10, leading=18)
    s.text(50, y, d.vat_note(), 8.5, color=grey)
    if inv.bank:
        s.box(50, y + 14, 495, 62, fill="#f3f2fd", stroke="", radius=8)
        s.text(62, y + 30, "Moyen de paiement : virement bancaire", 9, bold=True)
        panel = [("Titulaire du compte", sup.name), *v.refs("iban", "bic")]
        for index, (label, value) in enumerate(panel):
            x = (62.0, 215.0, 440.0)[index]
            s.text(x, y + 48, label, 7.5, color=grey)
            s.text(x, y + 62, value, 9, fit=(145, 218, 98)[index])
    s.paragraph(50, 776, d.penalties(), 495, 7, color=grey)
    s.text(50, 818, v.legal(siret=False), 7, fit=495, color=grey)


_ENGLISH = {
    "number": "Invoice No.",
    "date": "Invoice date",
    "due": "Due date",
    "engagement": "PO number",
    "service": "Service code",
    "contract": "Contract",
    "order_date": "Order date",
    "client_code": "Customer ID",
}


@layout(
    "dev",
    names=NAMES,
    rates=("20", "10", "5.5"),
    trades=("software", "goods", "lease"),
    faces=("source", "helvetica", "vera"),
    items=(1, 6),
    deposit=0.15,
    regimes=("normal",),
    delivery=0.5,
)
def bilingue(d: Drawing) -> None:
    """Every label in two languages, a ribbon, the balance in large figures, goods delivered somewhere else."""
    s, inv, v = d.sheet, d.inv, Voice(d, case="plain")

    def both(key: str) -> str:
        english = "Credit note No." if key == "number" and inv.credit_note else _ENGLISH[key]
        return f"{v.label(key)} / {english}"

    s.box(0, 0, 595, 64, fill="#1c7c54", stroke="")
    title = "CREDIT NOTE / AVOIR" if inv.credit_note else "INVOICE / FACTURE"
    s.text(36, 40, title, 18, bold=True, color="#ffffff")
    s.text(559, 40, inv.supplier.name, 13, align="r", color="#ffffff")
    sup = inv.supplier
    tail = [f"SIRET {d.fmt.siret(sup.siret)}", f"VAT No. / {v('vat_number')} {sup.vat}"]
    s.lines(36, 84, [sup.street, sup.city_line, f"Phone / Tél. {sup.phone}", *tail], 8.5)
    y = 84.0
    for key in ("number", "date", "due", "engagement", "service", "contract", "order_date", "client_code"):
        if v.value(key):
            s.text(440, y, both(key), 8.5, align="r", color="#1c7c54", fit=190)
            s.text(446, y, v.value(key), 9, bold=True, fit=113)
            y += 14
    s.text(36, 164, "BILL TO / FACTURÉ À", 8, bold=True, color="#1c7c54")
    rec = inv.recipient
    s.lines(36, 177, [rec.name, *rec.address, v.line("recipient_siret")], 9)
    y = 236.0
    if inv.delivery:
        s.text(36, y, "SHIP TO / LIVRER À", 8, bold=True, color="#1c7c54")
        y = s.lines(36, y + 13, v.place(inv.delivery), 9) + 6
    s.text(559, 216, "BALANCE DUE / " + ("À VOTRE CRÉDIT" if inv.credit_note else "SOLDE DÛ"), 9, align="r")
    s.text(559, 240, d.money(inv.amount_due), 20, bold=True, align="r")
    s.text(310, 258, v.origin(), 8.5, fit=249)
    columns = [
        Column("ITEM / ARTICLE", 225),
        Column("QTY / QTÉ", 68, "r"),
        Column("RATE / PRIX", 75, "r"),
        Column("VAT / TVA", 65, "r"),
        Column("AMOUNT / MONTANT", 90, "r"),
    ]
    cells = d.item_cells("text", "qty", "price", "pct", "amount")
    y = s.table(36, max(y, 268), columns, cells, size=7.5, row=18, head_fill="#d9efe5", zebra="#f4faf7") + 20
    lines = [("Subtotal / Total HT", inv.total_ht)]
    lines += [(f"VAT / TVA {d.fmt.percent(x.rate)} ({d.figure(x.base)})", x.amount) for x in inv.vat_lines]
    if len(inv.vat_lines) > 1:
        lines.append(("Total VAT / Total TVA", inv.total_tva))
    lines.append(("Total incl. VAT / Total TTC", inv.total_ttc))
    if inv.deposit:
        lines.append(("Payment received / Acompte reçu", -inv.deposit))
        lines.append(("Balance due / Solde dû", inv.amount_due))
    y = totals(s, 320, 556, y, d.amounts(lines), leading=16)
    if inv.bank:
        s.text(36, y + 10, "Please pay by bank transfer / Merci de régler par virement :", 8.5)
        s.text(36, y + 23, "    ".join(v.lines("iban", "bic")), 9, fit=523)
    s.paragraph(36, 782, d.penalties(), 523, 6.5)
    s.text(297, 820, f"{sup.legal_form} - share capital / capital {sup.capital} € - RCS {sup.rcs}", 6.5, align="c")


@layout(
    "dev",
    names=NAMES,
    trades=("software", "guard", "goods"),
    faces=("source", "vera", "helvetica"),
    items=(1, 8),
    rates=("20", "10", "5.5"),
    deposit=0.15,
    delivery=0.25,
)
def libelles_en_ligne(d: Drawing) -> None:
    """Odoo's manner: the number is the title, a row of labels over a row of values without rules, taxes in words."""
    s, inv, v = d.sheet, d.inv, Voice(d, case="plain")
    sup, ink = inv.supplier, d.rng.choice(("#714b67", "#875a7b", "#1b4f72"))
    s.text(36, 52, sup.name, 16, bold=True, color=ink)
    s.rule(36, 62, 559, 62, color=ink, line=1.2)
    s.lines(36, 76, [*sup.address, v.line("vat_number")], 8.5)
    s.lines(330, 110, [*v.addressee(siret=False)], 10, 14)
    s.text(330, 154, v.line("recipient_siret"), 9, fit=229)
    if inv.delivery:
        s.text(36, 124, f"{v('delivery')} :", 8.5, bold=True)
        s.lines(36, 136, v.place(inv.delivery), 8.5)
    s.text(36, 205, f"{'Avoir' if inv.credit_note else 'Facture'} {inv.number}", 18, color=ink)
    heads = [*v.refs("date", "due", "order_date"), *v.decoys("quote"), *v.refs("client_code")]
    step = 523 / max(len(heads), 4)
    for index, (label, value) in enumerate(heads):
        s.text(36 + index * step, 226, f"{label}:", 8.5, bold=True, fit=step - 8)
        s.text(36 + index * step, 239, value, 9, fit=step - 8)
    publics = v.refs("engagement", "service", "contract")
    for index, (label, value) in enumerate(publics):
        s.text(36 + index * 174, 258, f"{label}:", 8.5, bold=True, fit=166)
        s.text(36 + index * 174, 271, value, 9, fit=166)
    s.text(36, 288, v.origin(), 9)
    columns = [
        Column("Description", 230),
        Column("Quantité", 80, "r"),
        Column("Prix unitaire", 65, "r"),
        Column("Taxes", 62, "r"),
        Column("Montant", 86, "r"),
    ]
    cells = d.item_cells("code", "text", "qty", "unit", "price", "pct", "money")
    rows = [
        [f"[{code}] {text}", f"{n} {unit}", price, f"TVA {pct}", ht] for code, text, n, unit, price, pct, ht in cells
    ]
    y = s.table(36, 298, columns, rows, size=8.5, row=18, rules=True) + 22
    lines = [("Montant hors taxes", inv.total_ht)]
    lines += [(f"TVA {d.fmt.percent(x.rate)}", x.amount) for x in inv.vat_lines]
    lines.append((f"Total {v('ttc').replace('Total ', '')}", inv.total_ttc))
    if inv.deposit:
        lines += [(f"Payé le {v.earlier(9)}", -inv.deposit), ("Montant dû", inv.amount_due)]
    y = totals(s, 350, 556, y, d.amounts(lines), leading=17, rule="#cccccc")
    y = s.lines(
        36, y + 10, [d.vat_note(), f"Merci d'utiliser la communication suivante pour le virement : {inv.number}"], 9
    )
    s.text(36, y + 3, "   ".join(v.lines("iban", "bic")), 9, fit=523)
    s.rule(36, 790, 559, 790, color=ink)
    s.text(297, 802, f"{sup.phone}  {sup.mail}", 7.5, align="c")
    s.text(297, 813, v.legal(), 6.5, align="c", fit=523)
    s.text(297, 826, "Page 1 / 1", 6.5, align="c")


@layout(
    "dev",
    names=NAMES,
    rates=("20", "10", "5.5"),
    trades=("association", "building", "books"),
    faces=("helvetica", "vera"),
    items=(1, 8),
)
def libre_gris(d: Drawing) -> None:
    """Dolibarr's manner: references stacked top right, two labelled frames, the RIB in four cells, grey totals."""
    s, inv, v = d.sheet, d.inv, Voice(d, case="plain", colon=" : ")
    sup = inv.supplier
    s.text(36, 56, sup.name, 15, bold=True, color="#00003c")
    title = f"{'Facture avoir' if inv.credit_note else 'Facture'}"
    s.text(559, 46, title, 13, bold=True, align="r", color="#00003c")
    keys = ("number", "date", "due", "client_code", "order_date", "contract")
    stack = [*v.lines(*keys), v.origin(), *(v.join(*x) for x in v.decoys("quote"))]
    s.lines(559, 60, stack, 8.5, 11.5, align="r", color="#00003c")
    s.text(38, 162, "Émetteur", 8)
    s.box(36, 166, 235, 92, fill="#e6e6e6", stroke="")
    body = [sup.name, *sup.address, f"Tél.: {sup.phone}", f"Email: {sup.mail}"]
    s.lines(42, 182, body, 9, 13, bold_first=True)
    s.text(300, 162, "Adressé à", 8)
    s.box(298, 166, 261, 92, stroke="#888888")
    s.lines(304, 182, [*v.addressee(), v.line("service"), v.line("engagement")], 9, 12.5, bold_first=True)
    s.text(559, 272, "Montants exprimés en Euros", 8, align="r")
    columns = [
        Column("Désignation", 273),
        Column("TVA", 50, "r"),
        Column("P.U. HT", 70, "r"),
        Column("Qté", 50, "r"),
        Column("Total HT", 80, "r"),
    ]
    cells = d.item_cells("text", "pct", "price", "qty", "amount")
    y = s.table(36, 276, columns, cells, size=8.5, row=17, frame=True) + 10
    lines = [(label, d.figure(amount)) for label, amount in v.sums(due=bool(inv.deposit))]
    for index, (label, amount) in enumerate(lines):
        top, strong = y + index * 15, index >= len(lines) - 1
        s.box(345, top, 214, 15, fill="#dcdce6" if strong or index % 2 else "", stroke="")
        s.text(350, top + 10.5, label, 8.5, bold=strong, fit=120)
        s.text(556, top + 10.5, amount, 8.5, bold=strong, align="r")
    s.text(36, y + 10, "Conditions de règlement : 30 jours", 8.5)
    s.text(36, y + 22, d.vat_note(), 8, fit=300)
    if inv.bank:
        bank = inv.bank
        s.text(36, y + 40, "Règlement par virement sur le compte bancaire suivant :", 8, fit=300)
        s.text(36, y + 52, f"Banque : {bank.name}", 8)
        rib = [("Code banque", bank.bank), ("Code guichet", bank.branch), ("Numéro compte", bank.number)]
        widths = (62, 62, 92, 40)
        cells4 = [(k, n, w) for (k, n), w in zip([*rib, ("Clé", bank.key)], widths, strict=True)]
        strip(s, 36, y + 58, cells4, height=25, size=8)
        s.lines(36, y + 97, [f"Nom du propriétaire du compte : {sup.name}", *v.lines("iban", "bic")], 8)
    s.rule(36, 800, 559, 800)
    s.text(297, 811, v.legal(), 7, align="c", fit=523)
    s.text(559, 826, "1/1", 7, align="r")


@layout(
    "dev",
    names=NAMES,
    rates=("20", "10", "5.5"),
    trades=("goods", "software", "transport"),
    faces=("helvetica", "source"),
    items=(2, 9),
    regimes=("normal",),
    delivery=0.5,
    shuffle=0.2,
)
def positions(d: Drawing) -> None:
    """SAP's manner: « number / date » as one pair, positions by tens, two lines for each article, final amount."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="plain", colon=": "), d.rng
    sup, day = inv.supplier, d.fmt.day
    s.text(36, 52, sup.name, 17, bold=True)
    s.text(36, 108, f"{sup.name} - {sup.street} - {sup.city_line}", 6.5)
    s.lines(36, 124, v.addressee(siret=False), 10, 13)
    word = "Avoir" if inv.credit_note else "Facture"
    s.text(340, 108, word, 14, bold=True)
    facts = [(f"N° {word.lower()} / Date", f"{inv.number} / {day(inv.issued)}")]
    if inv.engagement:
        ordered = f" / {day(inv.order_date)}" if inv.order_date else ""
        name = rng.choice(("N° commande client", "Votre n° de commande", "Bon de commande"))
        facts.append((name + (" / Date" if ordered else ""), inv.engagement + ordered))
    if inv.credit_note and inv.original_date:
        facts.append(("Facture d'origine / Date", f"{inv.original_number} / {day(inv.original_date)}"))
    shipped = inv.delivery_date or inv.issued
    facts.append(("N° livraison / Date", f"{rng.randint(80000000, 89999999)} / {day(shipped)}"))
    facts += [
        *v.refs("client_code", "service", "contract", "recipient_siret"),
        ("N° d'ordre interne", "0" + str(rng.randint(10**7, 10**8))),
    ]
    s.box(334, 116, 225, 14 * len(facts) + 8, stroke="#888888")
    y = pairs(s, 340, 129, facts, gap=110, size=8, leading=14, room=105)
    if inv.delivery:
        s.text(36, 186, "Réceptionnaire des marchandises :", 8, bold=True)
        s.lines(36, 197, v.place(inv.delivery), 8)
    y = max(y, 248.0) + 8
    s.text(36, y, "Devise : EUR", 8.5)
    s.text(559, y, "Incoterms DAP - Poids brut voir bordereau", 8, align="r")
    y += 6
    columns = [
        Column("Pos.", 34),
        Column("Article / Désignation", 239),
        Column("Quantité", 80, "r"),
        Column("Prix", 80, "r"),
        Column("Valeur", 90, "r"),
    ]
    y = s.table(36, y, columns, [], size=8.5, row=16, rules=True)
    for index, item in enumerate(inv.items):
        s.text(39, y + 12, f"{(index + 1) * 10:06d}", 8)
        s.text(73, y + 12, item.code, 8.5, bold=True)
        s.text(73, y + 23, f"{item.text} - TVA {d.fmt.percent(item.rate)}", 8)
        s.text(386, y + 12, f"{d.quantity(item.quantity)} {item.unit.upper()}", 8.5, align="r")
        s.text(466, y + 12, d.fmt.number(item.price), 8.5, align="r")
        s.text(556, y + 12, d.figure(item.amount), 8.5, align="r")
        y += 28
    s.rule(36, y, 559, y)
    lines = [("Total postes (HT)", d.figure(inv.total_ht))]
    lines += [
        (f"TVA collectée {d.fmt.percent(x.rate)} sur {d.figure(x.base)}", d.figure(x.amount)) for x in inv.vat_lines
    ]
    if len(inv.vat_lines) > 1:
        lines.append(("Total TVA", d.figure(inv.total_tva)))
    lines.append(("Montant final TTC", d.figure(inv.total_ttc)))
    lines += [(label, d.figure(amount)) for label, amount in v.deductions(due=False)]
    y = totals(s, 250, 556, y + 16, lines, leading=14)
    if inv.due:
        text = rng.choice(("Payable au plus tard le {} sans escompte", "Jusqu'au {} sans déduction", "Net au {}"))
        s.text(36, y + 8, "Conditions de paiement : " + text.format(day(inv.due)), 8.5)
    s.text(36, y + 21, "   ".join(v.lines("iban", "bic")), 8.5, fit=523)
    cols = [[sup.name, *sup.address], [f"Tél. {sup.phone}", sup.mail, f"Capital {sup.capital} EUR"]]
    cols.append([v.line("siret"), v.line("vat_number"), f"RCS {sup.rcs} {d.fmt.siren(sup.siren)}"])
    s.rule(36, 784, 559, 784, line=0.3)
    for index, column in enumerate(cols):
        s.lines(36 + index * 180, 795, column, 6.5, 9)


class _Grid:
    """A spreadsheet's cells: rows filled one after the other, ruled when all are there."""

    edges = (36.0, 148.0, 318.0, 370.0, 434.0, 486.0, 559.0)
    top, step = 40.0, 16.0

    def __init__(self, d: Drawing) -> None:
        self.s, self.count = d.sheet, 0

    def row(self, *cells: tuple[int, int, str], bold: bool = False, right_from: int = 9) -> None:
        """Write cells given as (column, columns spanned, text) and go down a row."""
        y = self.top + self.count * self.step + 11.5
        for column, span, text in cells:
            x, align = self.edges[column], "r" if column >= right_from else "l"
            self.s.cell(x, self.edges[column + span] - x, y, text, 8.5, align, bold=bold)
        self.count += 1

    def rule(self) -> None:
        bottom = self.top + self.count * self.step
        for index in range(self.count + 1):
            y = self.top + index * self.step
            self.s.rule(self.edges[0], y, self.edges[-1], y, color="#c4c4c4", line=0.3)
        for edge in self.edges:
            self.s.rule(edge, self.top, edge, bottom, color="#c4c4c4", line=0.3)


@layout(
    "dev",
    names=NAMES,
    trades=("association", "catering", "building", "stage"),
    faces=("source", "helvetica", "times"),
    items=(1, 7),
    delivery=0.0,
    rates=("20", "10", "5.5"),
)
def tableur_quadrille(d: Drawing) -> None:
    """A spreadsheet printed with its grid: every text in a cell, totals to the left of their labels' notes."""
    inv, v, grid = d.inv, Voice(d, colon=" : "), _Grid(d)
    grid.row((0, 3, inv.supplier.name), bold=True)
    for text in (inv.supplier.street, inv.supplier.city_line, v.line("siret"), v.line("phone"), ""):
        grid.row((0, 3, text))
    grid.row((2, 4, inv.recipient.name), bold=True)
    for text in (*inv.recipient.address, v.line("recipient_siret"), ""):
        grid.row((2, 4, text))
    grid.row((0, 1, "AVOIR" if inv.credit_note else "FACTURE"), bold=True)
    for label, value in v.refs("number", "date", "engagement", "service", "contract", "due", "original"):
        grid.row((0, 1, label), (1, 1, value))
    grid.row()
    heads = ("Réf.", "Libellé", "Qté", "PU (€)", "TVA %", "Total (€)")
    grid.row(*((n, 1, head) for n, head in enumerate(heads)), bold=True)
    for cells in d.item_cells("code", "text", "qty", "price", "rate", "amount"):
        grid.row(*((n, 1, text) for n, text in enumerate(cells)), right_from=2)
    grid.row()
    for label, amount in v.sums(due=bool(inv.deposit)):
        grid.row((0, 1, f"{label} (€)"), (1, 1, d.figure(amount)), bold=True, right_from=1)
    grid.row((0, 5, d.vat_note()))
    for text in v.lines("iban", "bic"):
        grid.row((0, 4, text))
    grid.row()
    grid.rule()
    d.sheet.text(297, 812, v.legal(siret=False), 6.5, align="c", fit=500)
    d.sheet.text(297, 826, "Feuil1 - Page 1", 7, align="c")
