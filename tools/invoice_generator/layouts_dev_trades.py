"""Development layouts of trades that have their own paper: lawyers, carriers, caterers, booksellers, garages."""

from datetime import timedelta

from tools.invoice_generator.blocks import pairs, shared, strip, totals
from tools.invoice_generator.formats import format_date
from tools.invoice_generator.layout import Drawing, glue, layout
from tools.invoice_generator.model import ZERO, cents
from tools.invoice_generator.sheet import Column
from tools.invoice_generator.trade_names import NAMES
from tools.invoice_generator.wording import Voice


@layout(
    "dev",
    names=NAMES,
    trades=("law",),
    faces=("serif", "times"),
    items=(1, 4),
    rates=("20",),
    deposit=0.35,
    delivery=0.0,
    credit=0.04,
)
def note_d_honoraires(d: Drawing) -> None:
    """A lawyer's fee note: a letter about a case, hours listed one by one, a provision, the sums in a sentence."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="plain", colon=" : "), d.rng
    sup, rec = inv.supplier, inv.recipient
    s.text(297, 56, sup.name, 17, align="c", tracking=1.2)
    s.text(297, 71, "Avocats à la Cour", 9, italic=True, align="c")
    s.rule(230, 80, 365, 80, line=0.4)
    side = [sup.street, sup.city_line, f"Tél. {sup.phone}", f"Télécopie {sup.phone[:-2]}99", sup.mail]
    s.lines(50, 104, [*side, f"Toque n° {rng.randint(100, 999)}"], 7.5, italic=True)
    s.lines(330, 118, [rec.name, "À l'attention du service juridique", *rec.address], 10.5, 14)
    if rec.siret:
        s.text(330, 176, v.line("recipient_siret"), 8.5, fit=225)
    s.text(545, 206, f"{sup.town.title()}, le {format_date(inv.issued, 'long')}", 10.5, align="r")
    word = "Avoir sur honoraires" if inv.credit_note else rng.choice(("Note d'honoraires", "Facture d'honoraires"))
    s.text(50, 238, f"{word} n° {inv.number}", 13, bold=True)
    y = s.paragraph(
        50,
        256,
        f"Affaire : {rec.name} c/ Sté Batimo - TA n° {inv.issued.year - 2000}0{rng.randint(1000, 4999)}",
        495,
        10,
    )
    refs = [*v.lines("contract", "engagement", "service"), f"N/Réf. : {rng.randint(200, 999)}/MB/LP"]
    y = s.paragraph(50, y, " - ".join(glue(r) for r in refs), 495, 10)
    y = s.paragraph(50, y, v.origin(), 495, 10) if inv.credit_note else y
    y = s.paragraph(
        50, y + 10, "Nos diligences dans le dossier ci-dessus référencé se décomposent comme suit :", 495, 10.5
    )
    for item in inv.items:
        y += 4
        s.text(
            66, y, f"- {item.text} ({d.quantity(item.quantity)} {item.unit} à {d.fmt.number(item.price)})", 10, fit=370
        )
        s.text(545, y, d.money(item.amount), 10, align="r")
        y += 14
    y += 12
    rows = [("Honoraires hors taxes", inv.total_ht), ("Débours et frais (néant)", ZERO)]
    if inv.vat_regime == "normal":
        rows.append(("TVA 20 %", inv.total_tva))
    rows.append(("Total toutes taxes comprises", inv.total_ttc))
    if inv.deposit:
        rows.append(("Provision versée à déduire", -inv.deposit))
        rows.append(("Solde à nous devoir", inv.amount_due))
    y = totals(s, 250, 545, y, d.amounts(rows), size=10.5, leading=16)
    s.text(50, y, d.vat_note(), 9, italic=True)
    owed = v.told(inv.amount_due)
    text = f"Nous vous serions obligés de bien vouloir nous faire parvenir la somme de {owed}"
    text += f", avant le {glue(d.fmt.day(inv.due))}" if inv.due else ""
    text += f", par virement au compte {glue(v.line('iban'))}" if inv.bank else ", par mandat administratif"
    if not inv.credit_note:
        y = s.paragraph(50, y + 20, text + ".", 495, 10.5)
    s.text(400, y + 40, "Votre bien dévoué conseil", 10.5, italic=True)
    s.text(
        297, 800, "Membre d'une association agréée, le règlement des honoraires par chèque est accepté", 7, align="c"
    )
    s.text(297, 812, v.legal(), 7, align="c", fit=500)


@layout(
    "dev",
    names=NAMES,
    trades=("transport",),
    faces=("helvetica", "vera", "source"),
    items=(2, 8),
    rates=("20", "10"),
    delivery=0.0,
    factor=0.4,
    shuffle=0.2,
)
def lettres_de_voiture(d: Drawing) -> None:
    """A haulier's invoice: consignment notes with days and towns, values before labels, the factor who is paid."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="upper"), d.rng
    sup, tint = inv.supplier, rng.choice(("#b3261e", "#0b5394", "#38761d"))
    s.box(0, 22, 595, 30, fill=tint, stroke="")
    s.text(36, 42, sup.name.upper(), 15, bold=True, color="#ffffff", fit=240)
    s.text(559, 42, f"{sup.street} - {sup.city_line} - {sup.phone}", 8, align="r", color="#ffffff", fit=270)
    s.text(36, 84, "AVOIR TRANSPORT" if inv.credit_note else "FACTURE DE TRANSPORT", 14, bold=True, color=tint)
    y = 104.0
    for label, value in v.refs("number", "date", "due", "client_code"):
        s.text(146, y, value, 10, bold=True, align="r", fit=110)
        s.text(152, y, label, 7, color="#666666")
        y += 15
    s.text(36, y + 2, v.origin(), 8, fit=250)
    s.box(300, 68, 259, 96)
    s.lines(
        310, 84, [*v.addressee(), v.line("service"), v.line("engagement"), v.line("contract")], 9, 12, bold_first=True
    )
    columns = [
        Column("Date", 56),
        Column("CMR / LV", 62),
        Column("Trajet et prestation", 233),
        Column("Qté", 48, "r"),
        Column("PU", 52, "r"),
        Column("Montant HT", 72, "r"),
    ]
    rows, towns = [], ("Lyon", "Metz", "Niort", "Arras", "Sète", "Vire")
    for index, item in enumerate(inv.items):
        day = inv.issued - timedelta(days=3 + 2 * (len(inv.items) - index))
        way = f"{rng.choice(towns[:3])} - {rng.choice(towns[3:])} : {item.text}"
        amount = [d.quantity(item.quantity), d.fmt.number(item.price), d.figure(item.amount)]
        rows.append([format_date(day, "short"), str(rng.randint(400000, 499999)), way, *amount])
    y = s.table(36, 190, columns, rows, size=8, row=16, head_fill=tint, head_ink="#ffffff", zebra="#f3f3f3")
    fuel = "Pied de facture gazole (art. L3222-1 code des transports) : "
    fuel += f"indice {rng.randint(90, 140)},{rng.randint(10, 99)}, inclus"
    s.text(36, y + 14, fuel, 7.5, italic=True)
    band = [(f"Base {d.fmt.percent(x.rate)}", d.figure(x.base)) for x in inv.vat_lines]
    band += [(f"TVA {d.fmt.percent(x.rate)}", d.figure(x.amount)) for x in inv.vat_lines]
    y = strip(s, 36, y + 26, shared(band, 523), height=28)
    sums = [(label, d.figure(amount)) for label, amount in v.sums(rates=False, due=bool(inv.deposit))]
    y = strip(s, 36, y + 6, shared(sums, 523), height=32, fill="#eeeeee", size=10, bold=True)
    s.text(36, y + 12, d.vat_note(), 8)
    y += 30
    if inv.factor:
        text = "Pour être libératoire, votre règlement doit être effectué directement à l'ordre de "
        text += f"{inv.factor.name}, {', '.join(inv.factor.address)}, Siret {glue(d.fmt.siret(inv.factor.siret))}, "
        y = s.paragraph(
            36, y, text + "qui le reçoit par subrogation dans le cadre du contrat d'affacturage.", 523, 8, bold=True
        )
    y = s.lines(36, y + 2, v.lines("iban", "bic"), 9)
    s.paragraph(36, 780, d.penalties(), 523, 6.5)
    s.text(297, 816, v.legal(), 6.5, align="c", fit=523)


@layout(
    "dev",
    names=NAMES,
    trades=("catering",),
    faces=("source", "helvetica", "serif"),
    items=(3, 8),
    rates=("10", "20", "5.5"),
    regimes=("normal",),
    always_vat_table=True,
    deposit=0.2,
    delivery=0.5,
)
def traiteur(d: Drawing) -> None:
    """A caterer's invoice: prices and lines all taxes included, the VAT recap above the totals, three rates."""
    s, inv, v = d.sheet, d.inv, Voice(d)
    sup = inv.supplier
    s.text(297, 54, sup.name, 22, italic=True, align="c", color="#7a3b1d")
    s.text(297, 70, f"{sup.street} · {sup.city_line} · {sup.phone}", 8.5, align="c")
    s.text(297, 104, ("Avoir" if inv.credit_note else "Facture").upper(), 12, bold=True, align="c", tracking=5)
    s.text(297, 119, f"{v.join(v.label('number'), inv.number)}    {v.line('date')}", 10, align="c")
    s.text(297, 132, v.origin(), 9, align="c")
    s.lines(60, 158, [v("recipient"), *v.addressee()], 9.5, 13, bold_first=True)
    if inv.delivery:
        s.lines(330, 158, [v("delivery"), *v.place(inv.delivery)], 9.5, 13, bold_first=True)
    refs = v.lines("engagement", "service", "contract", "client_code", "order_date", "delivery_date")
    y = s.paragraph(60, 234, "   ·   ".join(glue(r) for r in refs), 475, 8.5)
    columns = [
        Column("Désignation", 205),
        Column("Quantité", 60, "r"),
        Column("TVA", 45, "r"),
        Column("HT", 80, "r"),
        Column("TTC", 85, "r"),
    ]
    y = s.table(60, y + 8, columns, d.item_cells("text", "qty", "pct", "amount", "ttc"), rules=True, size=9, row=18)
    heads = [Column("Taux", 70, "r"), Column("Base HT", 95, "r"), Column("TVA", 95, "r"), Column("TTC", 95, "r")]
    s.text(180, y + 26, "Récapitulatif par taux de TVA", 8.5, bold=True)
    y = s.table(180, y + 32, heads, d.vat_rows(ttc=True), grid=True, size=8.5)
    y = totals(s, 300, 532, y + 26, d.amounts(v.sums(rates=False)), size=10.5, leading=17)
    left = y
    for line in (v.line("due"), "Règlement par mandat administratif", *v.lines("iban", "bic")):
        if line:
            s.text(60, left, line, 8.5, fit=475)
            left += 13
    s.paragraph(60, 776, d.penalties(), 475, 6.5, color="#777777")
    s.text(297, 812, v.legal(), 6.5, align="c", fit=500)


@layout(
    "dev",
    names=NAMES,
    trades=("books",),
    faces=("helvetica", "times", "source"),
    items=(4, 14),
    rates=("5.5", "20", "2.1"),
    regimes=("normal",),
    always_vat_table=True,
    delivery=0.7,
    deposit=0.0,
)
def libraire(d: Drawing) -> None:
    """A bookseller's invoice: ISBNs of thirteen digits, the legal discount, totals at the left of the page's foot."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d), d.rng
    sup, day = inv.supplier, d.fmt.day
    s.box(36, 30, 142, 780, fill="#f5efe6", stroke="")
    s.text(46, 60, sup.name, 13, bold=True, fit=126)
    s.lines(46, 78, [*sup.address, sup.phone, sup.mail], 8, 11)
    s.lines(46, 132, [v("siret"), d.fmt.siret(sup.siret), f"RCS {sup.rcs}", v("vat_number"), sup.vat or ""], 8, 11)
    y = 216.0
    for label, value in [
        *v.refs("number", "date", "due", "engagement", "service", "contract", "client_code", "order_date"),
        *v.decoys("slip", "quote"),
    ]:
        s.text(46, y, label, 7.5, color="#8a6d3b")
        s.text(46, y + 12, value, 9.5, bold=True, fit=126)
        y += 28
    s.text(190, 60, "AVOIR DE LIBRAIRIE" if inv.credit_note else "FACTURE DE LIBRAIRIE", 14, bold=True)
    s.text(190, 76, v.origin(), 8.5, fit=369)
    s.lines(190, 100, [v("recipient"), *v.addressee()], 9, 12.5, bold_first=True)
    if inv.delivery:
        s.lines(385, 100, [f"Expédié à (le {v.earlier(4)})", *v.place(inv.delivery)], 8.5, 12)
    columns = [
        Column("EAN / ISBN", 74),
        Column("Titre", 142),
        Column("Qté", 26, "r"),
        Column("Rem.", 28, "r"),
        Column("Net HT", 56, "r"),
        Column("TVA", 43, "r"),
    ]
    rows = []
    for item, cells in zip(inv.items, d.item_cells("text", "qty", "amount", "pct"), strict=True):
        ean = f"97820{rng.randint(10**7, 10**8 - 1)}" if item.unit == "ex" else item.code
        rows.append([ean, cells[0], cells[1], "9 %" if item.unit == "ex" else "", cells[2], cells[3]])
    y = s.table(190, 180, columns, rows, size=7.5, row=15, rules=True)
    s.text(
        190, y + 12, f"Remise conforme à la loi n° 81-766 du 10 août 1981. Colis n° {rng.randint(10**9, 10**10)}", 6.5
    )
    y = totals(s, 190, 360, y + 36, d.figures(v.sums(rates=False, due=False)), leading=16)
    heads = [Column("%", 40, "r"), Column("Assiette", 58, "r"), Column("Taxe", 58, "r")]
    s.table(398, y - 60, heads, d.vat_rows(), grid=True, size=7.5, row=13)
    y = s.lines(
        190, y + 16, ["Montants en EUR", *v.lines("iban", "bic"), f"Édité le {day(inv.issued)} - page 1/1"], 8.5, 13
    )
    s.paragraph(190, 770, d.penalties(), 369, 6.5)


@layout(
    "dev",
    names=NAMES,
    trades=("association",),
    faces=("times", "serif", "source"),
    items=(1, 3),
    regimes=("franchise", "franchise", "exempt"),
    deposit=0.15,
    delivery=0.0,
    period=0.6,
    credit=0.03,
)
def memoire_associatif(d: Drawing) -> None:
    """An association's typed invoice: no VAT at all, references inside the object, the sum « arrêtée », a signature."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="plain", colon=" "), d.rng
    sup, rec = inv.supplier, inv.recipient
    s.text(60, 64, sup.name, 15, bold=True)
    head = f"Association loi 1901 - RNA W{rng.randint(10**8, 10**9 - 1)} - "
    head += f"{v('siret')} {d.fmt.siret(sup.siret)} - APE {sup.ape}"
    s.lines(60, 79, [head, f"{sup.street}, {sup.city_line} - {sup.phone}"], 8.5, 12)
    s.lines(320, 140, [rec.name, *rec.address], 11, 14.5)
    s.text(320, 186, v.line("recipient_siret"), 9.5, fit=220)
    s.text(60, 226, f"À {sup.town.title()}, le {format_date(inv.issued, 'long')}", 11)
    s.text(297, 268, f"{'AVOIR' if inv.credit_note else 'FACTURE'} N° {inv.number}", 15, bold=True, align="c")
    aim = f"Objet : {inv.subject.lower()}"
    aim += "".join(f" - {line}" for line in v.lines("contract", "engagement", "service"))
    aim += f" - période {d.period()}" if inv.period else ""
    aim += f" - {v.origin()}" if inv.credit_note else ""
    y = s.paragraph(60, 296, aim, 475, 11, 15)
    columns = [
        Column("Intervention", 245),
        Column("Nombre", 60, "r"),
        Column("Tarif", 80, "r"),
        Column("Montant", 90, "r"),
    ]
    y = s.table(60, y + 10, columns, d.item_cells("text", "qty", "price", "money"), grid=True, size=9.5, row=22)
    word = rng.choice(("TOTAL À PAYER", "Somme totale due", "TOTAL NET DE TAXES", "Total net (sans TVA)"))
    word = "Total de l'avoir" if inv.credit_note else word
    s.text(440, y + 22, word, 11, bold=True, align="r")
    s.text(532, y + 22, d.money(inv.total_ttc), 11, bold=True, align="r")
    y += 38
    if inv.deposit:
        s.text(440, y, "Avance reçue à la signature", 10.5, align="r")
        s.text(532, y, d.money(-inv.deposit), 10.5, align="r")
        s.text(440, y + 16, "Reste à verser", 10.5, bold=True, align="r")
        s.text(532, y + 16, d.money(inv.amount_due), 10.5, bold=True, align="r")
        y += 32
    s.text(60, y, d.vat_note(), 10, italic=True)
    y = s.paragraph(60, y + 28, f"Arrêtée la présente facture à la somme de {v.told(inv.total_ttc)}.", 475, 11)
    pay = f"À verser sur le compte de l'association, {glue(v.line('iban'))}" if inv.bank else "Paiement par virement"
    pay += f", au plus tard le {glue(d.fmt.day(inv.due))}" if inv.due else ""
    y = s.paragraph(60, y + 6, pay + ".", 475, 11)
    s.lines(380, y + 34, ["La trésorière,", "", f"{rng.choice(('C. Aubin', 'M. Lacaze', 'Y. Perrot'))}"], 11, 30)


@layout(
    "dev",
    names=NAMES,
    trades=("temp",),
    landscape=True,
    faces=("helvetica", "source", "vera"),
    items=(3, 12),
    rates=("20",),
    regimes=("normal",),
    period=1.0,
    factor=0.2,
    delivery=0.6,
    deposit=0.0,
)
def heures_interim(d: Drawing) -> None:
    """A temp agency's landscape invoice: weeks, hours per worker, coefficient, an agency code, a guarantee number."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case=d.rng.choice(("upper", "plain"))), d.rng
    sup = inv.supplier
    s.text(36, 46, sup.name, 15, bold=True)
    s.text(36, 59, f"Agence {rng.randint(100, 999)} - {sup.street} - {sup.city_line} - {sup.phone}", 8)
    s.text(36, 70, f"{v('siret')} {d.fmt.siret(sup.siret)}   {v('vat_number')} {sup.vat}   APE {sup.ape}", 8)
    guarantee = f"Garantie financière CEGC n° {rng.randint(10000, 99999)}TT - 8, rue des Cuirassiers"
    s.text(36, 81, guarantee, 6.5, italic=True)
    s.box(300, 94, 506, 46, stroke="#777777")
    facts = [
        *v.refs("number", "date", "due", "client_code"),
        ("Semaine", f"{inv.issued.isocalendar()[1] - 1 or 52:02d}"),
    ]
    for index, (label, value) in enumerate(facts):
        x = 308 + index * 101
        s.text(x, 110, label, 7, fit=95)
        s.text(x, 128, value, 11, bold=True, fit=95)
    s.text(36, 114, "AVOIR" if inv.credit_note else "FACTURE", 18, bold=True)
    s.text(36, 130, v.origin(), 8, fit=255)
    s.lines(36, 162, [v("recipient"), *v.addressee()], 9, 12.5, bold_first=True)
    if inv.delivery:
        s.lines(300, 162, ["Lieu de mission", *v.place(inv.delivery)], 9, 12.5, bold_first=True)
    pairs(s, 560, 162, v.refs("engagement", "service", "contract", "order_date"), gap=125, room=120, size=8.5)
    columns = [
        Column("Contrat", 70),
        Column("Qualification - intérimaire", 290),
        Column("Période", 150),
        Column("Unité", 50, "c"),
        Column("Nombre", 60, "r"),
        Column("Taux", 60, "r"),
        Column("Montant HT", 90, "r"),
    ]
    span = inv.period and f"{format_date(inv.period[0], 'short')} au {format_date(inv.period[1], 'short')}"
    cells = d.item_cells("text", "unit", "qty", "price", "amount")
    rows = [[f"M{rng.randint(10000, 99999)}", text, span or "", *rest] for text, *rest in cells]
    y = s.table(36, 232, columns, rows, grid=True, size=8, row=15, head_fill="#dfe7f1")
    lines = [("Total HT soumis à TVA 20 %", inv.total_ht), (v("tva"), inv.total_tva), (v("ttc"), inv.total_ttc)]
    totals(s, 560, 803, y + 18, d.figures(lines), leading=16)
    s.text(560, y + 66, "Montants exprimés en euros", 7.5, italic=True)
    y += 16
    if inv.factor:
        text = f"Créance cédée à {inv.factor.name} - Siret {d.fmt.siret(inv.factor.siret)} - "
        text += "paiement libératoire à son seul profit."
        s.text(36, y, text, 8, bold=True, fit=500)
        y += 13
    s.lines(
        36,
        y,
        [*v.lines("iban", "bic"), "Les heures sont facturées d'après les relevés signés par l'utilisateur."],
        8.5,
        13,
    )
    s.paragraph(36, 556, d.penalties(), 770, 6.5)
    s.text(421, 580, v.legal(siret=False), 6.5, align="c", fit=770)


@layout(
    "dev",
    names=NAMES,
    trades=("garage",),
    faces=("helvetica", "source", "vera"),
    items=(2, 9),
    rates=("20",),
    delivery=0.0,
    deposit=0.1,
)
def ordre_de_reparation(d: Drawing) -> None:
    """A garage's invoice: plates, mileage, serial number, repair order and its day; labour and parts apart."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d), d.rng
    sup = inv.supplier
    s.box(36, 32, 523, 58, stroke="#222222", line=1.2)
    s.text(48, 52, sup.name, 14, bold=True)
    s.text(48, 66, f"{sup.street} {sup.city_line}   {v('phone')} {sup.phone}", 8.5)
    s.text(
        48, 80, f"{v('siret')} {d.fmt.siret(sup.siret)}   {v('vat_number')} {sup.vat}   RM/RCS {sup.rcs}", 8, fit=500
    )
    s.text(547, 52, "AVOIR ATELIER" if inv.credit_note else "FACTURE ATELIER", 11, bold=True, align="r")
    head = v.refs("number", "date", "due", "client_code")
    pairs(s, 36, 112, [*head, *v.refs("engagement", "service", "contract", "original")], gap=125, bold=True, leading=14)
    s.lines(330, 116, v.addressee(), 10, 13.5, bold_first=True)
    plate = f"{rng.choice(('GA', 'FK', 'ER', 'HB'))}-{rng.randint(100, 999)}-{rng.choice(('VX', 'LD', 'QS'))}"
    serial = "VF1" + "".join(rng.choice("ABCDEFGHJKLM0123456789") for _ in range(14))
    cells = [
        ("Immatriculation", plate, 90.0),
        ("Véhicule", rng.choice(("MASTER 2.3 DCI", "BOXER L2H2", "KANGOO ZE", "DAILY 35C")), 105.0),
        ("N° de série", serial, 128.0),
        ("Kilométrage", str(rng.randint(9000, 240000)), 70.0),
        ("O.R. n°", str(rng.randint(20000, 89999)), 60.0),
        ("Entré le", v.earlier(rng.randint(2, 6)), 70.0),
    ]
    y = strip(s, 36, 236, cells, height=30, fill="#eeeeee", size=8)
    groups = [("MAIN-D'ŒUVRE ET FORFAITS", ("h", "forf.")), ("PIÈCES ET FOURNITURES", ("u", "L"))]
    columns = [Column("", 70), Column("", 265), Column("", 52, "r"), Column("", 62, "r"), Column("", 74, "r")]
    heads = [
        Column(t, c.width, c.align)
        for t, c in zip(("Référence", "Libellé", "Qté", "PU HT", "Mt HT"), columns, strict=True)
    ]
    y = s.table(36, y + 10, heads, [], size=8, head_fill="#222222", head_ink="#ffffff")
    for title, units in groups:
        part = [i for i in inv.items if i.unit in units]
        if not part:
            continue
        s.text(39, y + 12, title, 8, bold=True)
        rows = [[i.code, i.text, d.quantity(i.quantity), d.fmt.number(i.price), d.figure(i.amount)] for i in part]
        y = s.table(36, y + 16, columns, rows, size=8, row=14)
        s.text(556, y + 10, f"Sous-total {d.figure(sum((i.amount for i in part), ZERO))}", 8, italic=True, align="r")
        y += 16
    sums = v.sums(rates=False)
    y = strip(s, 36, y + 12, shared(d.figures(sums), 523), height=34, head=13, fill="#eeeeee", size=11, bold=True)
    s.text(36, y + 14, f"TVA {d.fmt.percent(inv.vat_lines[0].rate)} - montants en euros. {d.vat_note()}", 8)
    s.lines(36, y + 30, [*v.lines("iban", "bic")], 9, 13)
    note = "Les pièces remplacées sont tenues à la disposition du client. "
    note += "Garantie pièces et main-d'œuvre 12 mois ou 20 000 km."
    s.text(36, 784, note, 7, fit=523)
    s.paragraph(36, 796, d.penalties(), 523, 6.5)


@layout(
    "dev",
    names=NAMES,
    trades=("stage",),
    faces=("source", "vera", "serif"),
    items=(1, 5),
    rates=("5.5", "20", "10"),
    deposit=0.6,
    delivery=0.0,
    regimes=("normal", "normal", "normal", "franchise"),
)
def cession_de_spectacle(d: Drawing) -> None:
    """A company of artists: labels above values in three columns, the deposit's invoice quoted, what is left to pay."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case=d.rng.choice(("lower", "plain"))), d.rng
    sup, ink = inv.supplier, "#c2185b"
    s.text(40, 200, sup.name.upper(), 20, bold=True, color=ink, turn=90, fit=160)
    s.text(70, 60, "avoir" if inv.credit_note else "facture", 30, bold=True, color=ink)
    s.text(555, 46, sup.name, 10, bold=True, align="r")
    licence = (
        f"Licences d'entrepreneur de spectacles PLATESV-R-{inv.issued.year - 4}-{rng.randint(1000, 9999)} / cat. 2"
    )
    s.lines(
        555, 58, [f"{sup.street}, {sup.city_line}", f"{v('siret')} {d.fmt.siret(sup.siret)}", licence], 7.5, align="r"
    )
    played = inv.issued - timedelta(days=rng.randint(3, 20))
    facts = [
        *v.refs("number", "date", "due", "engagement", "service", "contract", "original"),
        ("Représentation du", d.fmt.day(played)),
    ]
    for index, (label, value) in enumerate(facts):
        x, y = 70 + (index % 3) * 165, 106.0 + (index // 3) * 32
        s.text(x, y, label, 7.5, color=ink, fit=155)
        s.text(x, y + 13, value, 10.5, fit=155)
    s.text(70, 212, v("recipient"), 7.5, color=ink)
    s.lines(70, 226, v.addressee(), 10.5, 14, bold_first=True)
    columns = [Column("", 250), Column("", 55, "r"), Column("", 75, "r"), Column("", 105, "r")]
    rows = [[text, f"x {qty}", pct, ht] for text, qty, pct, ht in d.item_cells("text", "qty", "pct", "money")]
    s.text(555, 302, "montant HT", 7.5, color=ink, align="r")
    y = s.table(70, 306, columns, rows, size=10, row=22, rules=True) + 24
    lines = v.sums(due=False)[: None if not inv.deposit else -2]
    y = totals(s, 300, 552, y, d.amounts(lines), size=10.5, leading=18)
    if inv.deposit:
        earlier = (
            f"Acompte facturé le {v.earlier(40)} et réglé (fact. d'acompte {inv.issued.year}-A{rng.randint(10, 99)})"
        )
        s.text(70, y, earlier, 9)
        s.text(552, y, d.money(-inv.deposit), 10.5, align="r")
        s.box(70, y + 8, 485, 26, fill="#fce4ec", stroke="")
        s.text(
            80,
            y + 25,
            rng.choice(("solde à verser après la représentation", "reste à payer ce jour", "solde dû")),
            11,
            bold=True,
        )
        s.text(548, y + 25, d.money(inv.amount_due), 12, bold=True, align="r")
        y += 52
    share = cents(inv.total_ht / 10)
    s.text(70, y, d.vat_note(), 9)
    s.text(70, y + 14, f"dont droits d'auteur à la charge de l'organisateur (pour information) : {d.money(share)}", 8)
    s.lines(70, y + 34, v.lines("iban", "bic"), 9.5, 14)
    s.text(70, 812, v.legal(siret=False), 6.5, fit=485)
