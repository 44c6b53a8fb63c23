"""Development layouts of forms and prints: numbered cells, a printer's docket, medical codes, a deposit, plain text."""

from datetime import timedelta
from decimal import ROUND_DOWN, Decimal

from tools.invoice_generator.blocks import pairs, shared, strip, totals
from tools.invoice_generator.formats import format_date
from tools.invoice_generator.layout import Drawing, glue, layout
from tools.invoice_generator.model import cents
from tools.invoice_generator.sheet import Column
from tools.invoice_generator.trade_names import NAMES
from tools.invoice_generator.wording import Voice


def _box(d: Drawing, x: float, y: float, width: float, height: float, label: str, lines: list[str]) -> None:
    """A cell of a form: its printed heading tiny in the corner, the value below."""
    s = d.sheet
    s.box(x, y, width, height, line=0.7)
    s.text(x + 3, y + 7, label, 5.5, fit=width - 6)
    size = min(9.5, (height - 10) / (max(len([t for t in lines if t]), 1) * 1.2))
    for index, text in enumerate(t for t in lines if t):
        s.text(x + 6, y + 10 + size * (1 + 1.2 * index) - size * 0.15, text, size, fit=width - 10)


@layout(
    "dev",
    names=NAMES,
    trades=("transport", "goods", "devices"),
    faces=("helvetica", "vera", "source"),
    items=(1, 7),
    always_vat_table=True,
    rates=("20", "10", "5.5"),
    delivery=0.4,
    deposit=0.1,
)
def cases_numerotees(d: Drawing) -> None:
    """A form of adjacent numbered cells, headings tiny in their corners, some cells empty, sums in the last row."""
    s, inv, v = d.sheet, d.inv, Voice(d, case="plain", colon=" ")
    sup, day = inv.supplier, d.fmt.day
    s.text(36, 30, "AVOIR" if inv.credit_note else "FACTURE", 13, bold=True)
    s.text(559, 30, "Original - page 1 de 1", 7, align="r")
    who = [sup.name, *sup.address, f"SIRET {d.fmt.siret(sup.siret)}", f"TVA {sup.vat}  Tél. {sup.phone}"]
    _box(d, 36, 36, 262, 84, "1  Vendeur / prestataire (nom, adresse, identifiants)", who)
    _box(
        d, 298, 36, 131, 28, "2  " + ("Numéro de l'avoir" if inv.credit_note else "Numéro de la facture"), [inv.number]
    )
    _box(d, 429, 36, 130, 28, "3  Date d'établissement", [day(inv.issued)])
    _box(d, 298, 64, 131, 28, "4  Date de la commande", [v.value("order_date")])
    _box(d, 429, 64, 130, 28, "5  Date limite de paiement", [v.value("due")])
    origin = f"{inv.original_number} / {day(inv.original_date)}" if inv.original_date else ""
    _box(d, 298, 92, 131, 28, "6  Facture rectifiée (n° / date)", [origin])
    _box(d, 429, 92, 130, 28, "7  Code client chez le vendeur", [inv.client_code])
    rec = inv.recipient
    _box(d, 36, 120, 262, 70, "8  Acheteur (nom, adresse)", [rec.name, *rec.address])
    _box(d, 298, 120, 131, 35, "9  SIRET de l'acheteur", [d.fmt.siret(rec.siret)])
    _box(d, 429, 120, 130, 35, "10  Service exécutant (code)", [inv.service_code or ""])
    _box(d, 298, 155, 131, 35, "11  Engagement / bon de commande", [inv.engagement or ""])
    _box(d, 429, 155, 130, 35, "12  Référence du marché", [inv.contract or ""])
    place = v.place(inv.delivery) if inv.delivery else []
    _box(d, 36, 190, 393, 46, "13  Lieu de livraison ou d'exécution, si différent", place)
    _box(d, 429, 190, 130, 46, "14  Date de livraison ou d'exécution", [v.value("delivery_date")])
    columns = [
        Column("15  Marchandise ou service", 243),
        Column("16  Quantité", 70, "r"),
        Column("17  Prix unitaire", 75, "r"),
        Column("18  Taux %", 50, "r"),
        Column("19  Valeur hors taxe", 85, "r"),
    ]
    y = s.table(36, 236, columns, d.item_cells("text", "qty", "price", "rate", "amount"), grid=True, size=8, row=16)
    for index, line in enumerate(inv.vat_lines):
        values = (d.fmt.percent(line.rate), d.figure(line.base), d.figure(line.amount))
        for column, (label, value) in enumerate(
            zip(("20  Taux", "21  Base imposable", "22  Taxe"), values, strict=True)
        ):
            _box(d, 36 + column * 131, y + index * 28, 131, 28, label, [value])
    y += 28 * len(inv.vat_lines)
    amounts = [("23  Total hors taxe (EUR)", inv.total_ht), ("24  Total de la taxe (EUR)", inv.total_tva)]
    amounts.append(("25  Total taxe comprise (EUR)", inv.total_ttc))
    amounts.append(("26  Acompte déjà versé (EUR)", -inv.deposit))
    word = "27  Montant à déduire (EUR)" if inv.credit_note else "27  Montant à payer (EUR)"
    amounts.append((word, inv.amount_due))
    for index, (label, amount) in enumerate(amounts):
        shown = "" if label.startswith("26") and not amount else d.figure(amount)
        _box(d, 36 + index * 104.6, y, 104.6, 32, label, [shown])
    y += 32
    bank = [d.fmt.iban(inv.bank.iban), f"BIC {inv.bank.bic} - {inv.bank.name}"] if inv.bank else []
    _box(d, 36, y, 340, 40, "28  Compte à créditer (IBAN)", bank)
    _box(d, 376, y, 183, 40, "29  Mentions particulières", [d.vat_note()])
    s.text(36, 800, d.penalties(), 6, fit=523)
    s.text(36, 812, v.legal(siret=False), 6, fit=523)


@layout(
    "dev",
    names=NAMES,
    trades=("print",),
    faces=("source", "serif", "vera"),
    items=(1, 6),
    rates=("20", "10", "5.5"),
    deposit=0.12,
    delivery=0.4,
)
def dossier_imprimeur(d: Drawing) -> None:
    """A printer's invoice: number and day in one line, references inside the object, sums stacked at the left."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="plain", colon=" "), d.rng
    sup, tint = inv.supplier, rng.choice(("#00838f", "#ad1457", "#f9a825"))
    for index, shade in enumerate(("#00aeef", "#ec008c", "#fff200", "#231f20")):
        s.box(559 - 14 * (index + 1), 28, 12, 12, fill=shade, stroke="")
    s.text(36, 60, sup.name, 20, bold=True)
    s.text(36, 76, f"{sup.street}, {sup.city_line}  |  {sup.phone}  |  {sup.mail}", 8.5)
    s.rule(36, 84, 559, 84, color=tint, line=3)
    word = "Avoir" if inv.credit_note else "Facture"
    s.text(36, 112, f"{word} {inv.number}", 15, bold=True)
    s.text(36, 128, f"le {format_date(inv.issued, 'long')} à {sup.town.title()}", 10)
    s.lines(340, 116, v.addressee(), 10, 13.5, bold_first=True)
    aim = f"Objet : {inv.subject}"
    aim += "".join(f" - {glue(line)}" for line in v.lines("contract", "engagement", "service"))
    proof = inv.issued - timedelta(days=rng.randint(10, 25))
    quote = f"{v('quote')} DE{rng.randint(10000, 99999)}"
    aim += f" - {glue(quote)}, BAT signé le {glue(format_date(proof, 'slash'))}"
    y = s.paragraph(36, 196, aim, 523, 10, 14)
    y = s.paragraph(36, y, v.origin(), 523, 10) if inv.credit_note else y
    columns = [
        Column("Dossier", 66),
        Column("Travail", 207),
        Column("Tirage", 60, "r"),
        Column("Prix unit.", 60, "r"),
        Column("TVA", 50, "r"),
        Column("Prix HT", 80, "r"),
    ]
    cells = d.item_cells("text", "qty", "price", "pct", "amount")
    rows = [[f"{rng.randint(24, 26)}-{rng.randint(1000, 9999)}", *row] for row in cells]
    y = s.table(36, y + 8, columns, rows, size=8.5, row=18, rules=True) + 26
    top = y
    for label, amount in v.sums():
        s.text(36, y, label, 7.5, color="#666666")
        s.text(36, y + 14, d.money(amount), 12, bold=True)
        y += 31
    s.box(240, top - 12, 319, 108, fill="#f4f4f4", stroke="")
    pay = [*v.lines("due", "iban", "bic"), "Règlement par mandat administratif et virement", d.vat_note()]
    for index, text in enumerate(t for t in pay if t):
        s.text(250, top + 4 + index * 16, text, 9, fit=300)
    if inv.delivery:
        s.text(250, top + 88, f"Livré : {inv.delivery.name}, {inv.delivery.city_line}", 8, fit=300)
    s.paragraph(36, 788, d.penalties(), 523, 6.5)
    s.text(297, 816, v.legal(), 6.5, align="c", fit=523)


@layout(
    "dev",
    names=NAMES,
    trades=("devices",),
    faces=("helvetica", "source", "times"),
    items=(2, 8),
    rates=("5.5", "20", "10"),
    regimes=("normal",),
    always_vat_table=True,
    delivery=0.8,
    deposit=0.0,
    shuffle=0.2,
)
def codes_lpp(d: Drawing) -> None:
    """A medical supplier's invoice: LPP codes, lots, FINESS numbers, a pharmacy's own SIRET, rates in rows."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case=d.rng.choice(("upper", "plain"))), d.rng
    sup, day = inv.supplier, d.fmt.day

    def digits(count: int) -> str:
        return "".join(str(rng.randint(0, 9)) for _ in range(count))

    s.box(297, 30, 262, 62, fill="#e8f5e9", stroke="#2e7d32")
    s.text(305, 46, "AVOIR" if inv.credit_note else "FACTURE", 13, bold=True, color="#2e7d32")
    s.lines(305, 60, [*v.lines("number", "date"), v.origin() or v.line("due")], 9.5, 12.5)
    s.text(36, 46, sup.name, 14, bold=True, color="#2e7d32", fit=250)
    s.lines(36, 60, [*sup.address, f"Tél. {sup.phone}", v.line("siret"), v.line("vat_number")], 8, 11)
    s.lines(36, 132, ["Établissement facturé", *v.addressee(), f"FINESS {digits(9)}"], 8.5, 12, bold_first=True)
    if inv.delivery:
        pharmacy = ["Livré à la pharmacie à usage intérieur", *v.place(inv.delivery), f"FINESS {digits(9)}"]
        s.lines(297, 132, pharmacy, 8.5, 12, bold_first=True)
    refs = [*v.refs("engagement", "service", "contract", "client_code", "order_date"), *v.decoys("slip")]
    y = strip(s, 36, 214, shared(refs or [("Devise", "EUR")], 523), height=28, fill="#e8f5e9", size=8.5)
    columns = [
        Column("LPP / réf.", 52),
        Column("Désignation", 196),
        Column("Lot", 55),
        Column("Péremp.", 48),
        Column("Qté", 34, "r"),
        Column("P.U. HT", 50, "r"),
        Column("TVA", 34, "r"),
        Column("Net HT", 54, "r"),
    ]
    rows = []
    for text, *rest in d.item_cells("text", "qty", "price", "rate", "amount"):
        rows.append([digits(7), text, f"L{digits(6)}", f"{rng.randint(1, 12):02d}/{inv.issued.year + 2}", *rest])
    y = s.table(36, y + 10, columns, rows, size=7.5, row=16, grid=True, head_fill="#e8f5e9")
    rates = [
        [f"Taux {d.fmt.percent(x.rate)}", d.figure(x.base), d.figure(x.amount), d.figure(x.base + x.amount)]
        for x in inv.vat_lines
    ]
    rates.append(["TOTAUX", d.figure(inv.total_ht), d.figure(inv.total_tva), d.figure(inv.total_ttc)])
    heads = [Column("Totaux en euros", 90), Column("HT", 85, "r"), Column("TVA", 85, "r"), Column("TTC", 85, "r")]
    y = s.table(214, y + 16, heads, rates, grid=True, size=9, row=17, head_fill="#e8f5e9")
    s.text(470, y + 22, v.label("due_amount"), 10, bold=True, align="r", fit=250)
    s.text(556, y + 22, d.money(inv.amount_due), 11, bold=True, align="r", fit=82)
    notes = [*v.lines("iban", "bic"), f"Commande traitée le {v.earlier(6)}"]
    s.lines(36, y + 44, [*notes, f"Expédiée le {day(inv.delivery_date)}" if inv.delivery_date else ""], 8.5, 13)
    s.paragraph(36, 790, d.penalties(), 523, 6.5)
    s.text(297, 816, v.legal(siret=False), 6.5, align="c", fit=523)


@layout(
    "dev",
    names=NAMES,
    trades=("building", "print", "architecture"),
    faces=("vera", "helvetica", "serif"),
    items=(1, 3),
    rates=("20", "10"),
    regimes=("normal", "normal", "franchise"),
    deposit=0.0,
    credit=0.0,
    delivery=0.3,
)
def facture_d_acompte(d: Drawing) -> None:
    """A deposit's invoice: the quote's whole amount beside what is asked now, 03-avr-26 dates, a signature to come."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d), d.rng
    sup = inv.supplier
    share = rng.choice((20, 30, 40))
    whole_ht = (inv.total_ht * 100 / share).quantize(Decimal("0.01"), ROUND_DOWN)
    whole_ttc = cents(inv.total_ttc * 100 / share)
    s.lines(559, 50, [sup.name, *sup.address, v.line("phone")], 9, 12.5, bold_first=True, align="r")
    s.text(36, 62, "FACTURE D'ACOMPTE", 17, bold=True)
    facts = [(v("number"), inv.number), (v("date"), format_date(inv.issued, "month_dash"))]
    facts += [(v("due"), format_date(inv.due, "month_dash"))] if inv.due else []
    y = pairs(s, 36, 84, [*facts, *v.refs("engagement", "service", "contract")], gap=135, size=9, leading=14, bold=True)
    y = max(y, 168.0)
    s.lines(330, y, [v("recipient"), *v.addressee()], 9.5, 13, bold_first=True)
    if inv.delivery:
        s.lines(36, y, ["Adresse du chantier", *v.place(inv.delivery)], 9, 12.5, bold_first=True)
    y += 84
    signed = format_date(inv.issued - timedelta(days=rng.randint(8, 30)), "month_dash")
    text = f"Devis accepté DE{rng.randint(1000, 9999)} du {glue(signed)} : {glue(d.money(whole_ht))} HT"
    text += f", {glue(d.money(whole_ttc))} TTC. " if inv.vat_regime == "normal" else ". "
    y = s.paragraph(36, y, text + f"Acompte de {share} % à la commande :", 523, 9.5, 13)
    columns = [
        Column("Part des travaux appelée à ce jour", 280),
        Column("Qté", 60, "r"),
        Column("PU HT", 90, "r"),
        Column("Acompte HT", 93, "r"),
    ]
    y = s.table(36, y + 6, columns, d.item_cells("text", "qty", "price", "amount"), rules=True, size=8.5, row=18) + 22
    lines = [("Acompte HT", inv.total_ht)]
    lines += [(f"TVA {d.fmt.percent(x.rate)} sur {d.figure(x.base)}", x.amount) for x in inv.vat_lines if x.rate]
    if len(inv.vat_lines) > 1:
        lines.append((v("tva"), inv.total_tva))
    lines.append((rng.choice(("Acompte TTC à verser", "Montant TTC de l'acompte", "Acompte TTC")), inv.total_ttc))
    y = totals(s, 300, 556, y, [(label, d.money(amount)) for label, amount in lines], size=10, leading=16)
    rest = whole_ttc - inv.total_ttc
    s.text(36, y + 4, f"Restera à facturer à l'achèvement : {d.money(rest)}", 8.5, italic=True)
    s.text(36, y + 17, d.vat_note(), 8.5)
    s.lines(36, y + 38, v.lines("iban", "bic"), 9.5, 14)
    s.paragraph(36, 782, d.penalties(), 523, 6.5)
    s.text(297, 814, v.legal(), 6.5, align="c", fit=523)


class _Typist:
    """Types lines of fixed pitch down the page."""

    def __init__(self, d: Drawing) -> None:
        self.s, self.y = d.sheet, 50.0

    def type(self, *texts: str) -> None:
        for text in texts:
            self.s.text(40, self.y, text, 9)
            self.y += 12.5


@layout(
    "dev",
    names=NAMES,
    trades=("software", "goods", "books"),
    faces=("courier",),
    ascii_only=True,
    items=(1, 8),
    deposit=0.1,
    delivery=0.4,
    rates=("20", "5.5"),
)
def message_imprime(d: Drawing) -> None:
    """A web shop's message printed as it came: « label: value » lines, marks for sections, sums aligned by spaces."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case=d.rng.choice(("plain", "upper")), colon=": "), d.rng
    sup, paper, bar = inv.supplier, _Typist(d), "=" * 78
    word = "Avoir" if inv.credit_note else "Facture"
    paper.type(f"De: {sup.name} <{sup.mail}>", f"Objet: {word} {inv.number}", bar, "")
    paper.type(*v.lines("number", "date", "due", "original"), "")
    paper.type("--- VENDEUR ---", sup.name, *sup.address, *v.lines("siret", "vat_number", "phone"), "")
    paper.type("--- ACHETEUR ---", inv.recipient.name, *inv.recipient.address)
    paper.type(*v.lines("recipient_siret", "service", "engagement", "contract", "order_date"))
    paper.type(f"Panier: {rng.randint(10**6, 10**7)}", "")
    if inv.delivery:
        paper.type("--- LIVRAISON ---", ", ".join([inv.delivery.name, *inv.delivery.address]), "")
    paper.type("--- ARTICLES ---")
    for item in inv.items:
        left = f"{d.quantity(item.quantity)} x {item.text}"[:54]
        paper.type(f"{left:<56}{d.figure(item.amount):>14}  {d.fmt.percent(item.rate):>6}")
    paper.type("-" * 78)
    for line in inv.vat_lines:
        paper.type(f"dont taxe {d.fmt.percent(line.rate)}  sur {d.figure(line.base)}  soit  {d.figure(line.amount)}")
    for label, amount in d.figures(v.sums(rates=False)):
        paper.type(f"{label[:38] + ' (EUR)':<56}{amount:>14}")
    paper.type("", d.vat_note(), *v.lines("iban", "bic"), bar)
    paper.type(f"{sup.legal_form} au capital de {sup.capital} EUR, RCS {sup.rcs}", "Frais de port : offerts")
    s.text(
        555,
        826,
        f"Imprimé le {format_date(inv.issued + timedelta(days=rng.randint(1, 5)), 'short')} 09:14  1/1",
        7,
        align="r",
    )


@layout(
    "dev",
    names=NAMES,
    trades=("phone",),
    faces=("vera", "source", "helvetica"),
    items=(2, 5),
    rates=("20",),
    regimes=("normal",),
    period=1.0,
    deposit=0.08,
    delivery=0.0,
    credit=0.04,
)
def lignes_telephoniques(d: Drawing) -> None:
    """A telephone bill: a coloured panel of references at the right, line numbers with their own sums, then totals."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case=d.rng.choice(("lower", "plain")), colon=" : "), d.rng
    sup, tint = inv.supplier, rng.choice(("#5e35b1", "#00695c", "#c62828"))
    s.box(385, 0, 210, 330, fill=tint, stroke="")
    s.text(400, 50, "votre avoir" if inv.credit_note else "votre facture", 17, bold=True, color="#ffffff")
    y = 76.0
    account = ("Compte de facturation", str(rng.randint(10**8, 10**9)))
    for label, value in [
        *v.refs("number", "date", "due", "original"),
        account,
        *v.refs("engagement", "service", "contract"),
    ]:
        s.text(400, y, label, 7.5, color="#ffffff", fit=180)
        s.text(400, y + 12, value, 10, bold=True, color="#ffffff", fit=180)
        y += 29
    s.text(36, 50, sup.name, 15, bold=True, color=tint)
    s.lines(36, 64, [f"{sup.street} - {sup.city_line}", "Service client : 3970 (service gratuit)"], 8)
    s.lines(60, 124, v.addressee(), 10.5, 14)
    s.text(36, 222, v.label("due_amount") + (" (TTC)" if not inv.credit_note else ""), 10)
    s.text(36, 246, d.money(inv.amount_due), 20, bold=True, color=tint)
    s.text(36, 266, f"Abonnements et usages {d.period()}", 8.5, fit=335)
    s.text(36, 282, "   ".join(v.lines("iban", "bic")), 8.5, fit=335)
    columns = [
        Column("Offre", 233),
        Column("Quantité", 80, "r"),
        Column("Tarif HT", 90, "r"),
        Column("Montant HT", 120, "r"),
    ]
    y = s.table(36, 346, columns, d.item_cells("text", "qty", "price", "amount"), rules=True, size=8.5, row=17)
    s.text(36, y + 20, "Répartition par ligne (pour information)", 8.5, bold=True)
    count = rng.randint(2, 5)
    share = (inv.total_ht / count).quantize(Decimal("0.01"), ROUND_DOWN)
    parts = [share] * (count - 1) + [inv.total_ht - share * (count - 1)]
    rows = [
        [f"0{rng.choice('267')} " + " ".join(f"{rng.randint(0, 99):02d}" for _ in range(4)), d.figure(x)] for x in parts
    ]
    s.table(36, y + 26, [Column("Numéro", 100), Column("HT", 80, "r")], rows, grid=True, size=8, row=13)
    lines = [
        (v("ht"), inv.total_ht),
        (f"TVA {d.fmt.percent(inv.vat_lines[0].rate)}", inv.total_tva),
        (v("ttc"), inv.total_ttc),
    ]
    totals(s, 300, 556, y + 30, d.figures([*lines, *v.deductions(due=False)]), size=10, leading=17, rule="#dddddd")
    s.text(556, y + 18, "en euros", 7.5, align="r")
    s.paragraph(36, 780, d.penalties(), 523, 6.5)
    s.text(297, 812, v.legal(), 6.5, align="c", fit=523)


@layout(
    "dev",
    names=NAMES,
    trades=("goods", "garage", "catering", "books"),
    faces=("source", "vera", "helvetica"),
    items=(1, 7),
    rates=("20", "5.5", "10"),
    regimes=("normal",),
    deposit=0.0,
    delivery=0.0,
    credit=0.03,
)
def ticket_de_caisse(d: Drawing) -> None:
    """A till's narrow invoice on a full page: everything centred or flush in a column as wide as the roll."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="upper", colon=": "), d.rng
    sup, left, right, mid = inv.supplier, 176.0, 419.0, 297.5
    s.box(left - 14, 24, right - left + 28, 770, stroke="#bbbbbb", line=0.4)
    s.text(mid, 48, sup.name, 13, bold=True, align="c", fit=240)
    top = [
        *sup.address,
        f"{v('phone')} {sup.phone}",
        f"{v('siret')} {d.fmt.siret(sup.siret)}",
        f"{v('vat_number')} {sup.vat}",
    ]
    y = s.lines(mid, 62, top, 8, 11, align="c") + 8
    s.text(mid, y, "*** AVOIR ***" if inv.credit_note else "*** FACTURE ***", 11, bold=True, align="c")
    y += 16
    for line in v.lines("number", "date", "due", "original"):
        s.text(left, y, line, 9, fit=right - left)
        y += 12.5
    till = f"CAISSE 0{rng.randint(1, 5)}  TICKET {rng.randint(1000, 99999)}"
    s.text(left, y, f"{till}  {rng.randint(8, 18):02d}:{rng.randint(10, 59)}", 8)
    y += 18
    for line in (v("recipient"), *v.addressee(), *v.lines("service", "engagement", "contract")):
        if line:
            s.text(left, y, line, 8.5, fit=right - left)
            y += 11.5
    s.rule(left, y, right, y, line=0.4)
    y += 13
    for item in inv.items:
        s.text(left, y, item.text, 8.5, fit=right - left)
        s.text(
            left + 10,
            y + 11,
            f"{d.quantity(item.quantity)} x {d.fmt.number(item.price)}  ({d.fmt.percent(item.rate)})",
            8,
        )
        s.text(right, y + 11, d.figure(item.amount), 8.5, align="r")
        y += 24
    s.rule(left, y - 8, right, y - 8, line=0.4)
    lines = [(f"{v('ht')} EUR", inv.total_ht)]
    lines += [(f"TVA {d.fmt.percent(x.rate)} / {d.figure(x.base)}", x.amount) for x in inv.vat_lines]
    if len(inv.vat_lines) > 1:
        lines.append((f"{v('tva')} EUR", inv.total_tva))
    lines.append((f"{v('ttc')} EUR", inv.total_ttc))
    y = totals(s, left, right, y + 8, d.figures(lines), size=9.5, leading=15)
    ways = [f"{len(inv.items)} ARTICLE(S) - VENDEUR {rng.randint(1, 40):02d}", "À RÉGLER SUR CHORUS PRO"]
    y = s.lines(mid, y + 6, ways if not inv.credit_note else ways[:1], 8, 12, align="c")
    for line in v.lines("iban", "bic"):
        s.text(left, y + 4, line, 8, fit=right - left)
        y += 12
    s.text(mid, y + 14, "MERCI DE VOTRE VISITE", 8, align="c")
    s.text(mid, 786, f"{sup.legal_form} au capital de {sup.capital} € - RCS {sup.rcs}", 6, align="c", fit=250)


@layout(
    "dev",
    names=NAMES,
    trades=("architecture", "stage", "guard", "phone"),
    faces=("times", "serif", "source"),
    items=(1, 5),
    rates=("20",),
    deposit=0.15,
    delivery=0.2,
    period=0.5,
)
def modele_bureautique(d: Drawing) -> None:
    """A word processor's template: underlined headings, tabbed colons, the sums as the goods' last rows."""
    s, inv, v = d.sheet, d.inv, Voice(d, case="plain", colon=" : ")
    sup = inv.supplier

    def heading(x: float, y: float, text: str) -> None:
        s.text(x, y, text, 11, bold=True)
        s.rule(x, y + 2, x + s.measure(text, 11, bold=True), y + 2, line=0.6)

    heading(60, 60, "Le prestataire")
    s.lines(60, 76, [sup.name, *sup.address, v.line("siret"), v.line("vat_number"), v.line("phone")], 10, 13)
    heading(330, 60, v("recipient"))
    s.lines(330, 76, [*v.addressee(siret=False)], 10, 13)
    s.text(330, 115, v.line("recipient_siret"), 10, fit=225)
    word = "Avoir" if inv.credit_note else "Facture"
    s.text(297, 186, word.upper(), 20, bold=True, align="c", tracking=3)
    rows = [*v.refs("number", "date", "original", "engagement", "service", "contract", "order_date")]
    rows += [("Période", d.period())] if inv.period else []
    y = 216.0
    for label, value in rows:
        s.text(60, y, label, 10.5, fit=150)
        s.text(215, y, ":", 10.5)
        s.text(232, y, value, 10.5, fit=300)
        y += 15
    if inv.delivery:
        s.text(60, y, f"{v('delivery')} : {inv.delivery.name}, {inv.delivery.city_line}", 10, fit=480)
        y += 15
    columns = [
        Column("Prestation", 265),
        Column("Nombre", 60, "r"),
        Column("Prix", 70, "r"),
        Column("Montant", 85, "r"),
    ]
    cells = d.item_cells("text", "qty", "price", "money")
    cells += [["", "", "", ""]] + [[label, "", "", d.money(amount)] for label, amount in v.sums(rates=False)]
    y = s.table(60, y + 6, columns, cells, grid=True, size=10, row=20) + 20
    if inv.vat_regime == "normal":
        s.text(60, y, f"Taux de TVA appliqué {v.colon}{d.fmt.percent(inv.vat_lines[0].rate)}".replace("  ", " "), 9.5)
    s.text(60, y, d.vat_note(), 9.5)
    heading(60, y + 28, "Modalités de règlement")
    s.lines(60, y + 45, [*v.lines("due", "iban", "bic"), "Par virement administratif."], 10.5, 15)
    s.paragraph(60, 774, d.penalties(), 475, 7)
    s.text(297, 812, v.legal(siret=False), 7, align="c", fit=475)
