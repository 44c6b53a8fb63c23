"""Development layouts of works and of long contracts: monthly claims, direct payment, meters, leases, lump sums."""

from datetime import date
from decimal import Decimal

from tools.invoice_generator.blocks import pairs, shared, strip, totals
from tools.invoice_generator.formats import format_date
from tools.invoice_generator.layout import Drawing, glue, layout
from tools.invoice_generator.model import ZERO, cents
from tools.invoice_generator.sheet import Column
from tools.invoice_generator.trade_names import NAMES
from tools.invoice_generator.wording import Voice


def _digits(d: Drawing, count: int) -> str:
    return "".join(str(d.rng.randint(0, 9)) for _ in range(count))


@layout(
    "dev",
    names=NAMES,
    trades=("civil", "building"),
    landscape=True,
    faces=("helvetica", "source", "vera"),
    items=(3, 10),
    rates=("20", "10"),
    retention=0.8,
    deposit=0.0,
    credit=0,
    delivery=0.0,
    regimes=("normal",),
)
def decompte_mensuel(d: Drawing) -> None:
    """A landscape monthly claim: contract, before, month and total in columns, price revision, guarantee kept back."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="plain"), d.rng
    sup, claim = inv.supplier, rng.randint(2, 9)
    s.box(30, 26, 782, 24, fill="#d8d8d8", stroke="#333333")
    s.text(40, 42, f"PROJET DE DÉCOMPTE MENSUEL N° {claim} VALANT FACTURE", 11, bold=True)
    s.text(802, 42, f"{v.join(v.label('number'), inv.number)}      {v.line('date')}", 10, bold=True, align="r", fit=400)
    left = [sup.name, *sup.address, v.line("siret"), v.line("vat_number")]
    s.lines(40, 68, [*left, f"Tél. {sup.phone} - RCS {sup.rcs} - Capital {sup.capital} €"], 8, 11, bold_first=True)
    s.lines(310, 68, ["Maître d'ouvrage", *v.addressee()], 8, 11, bold_first=True)
    facts = [*v.refs("contract", "engagement", "service", "due"), *v.decoys("site")]
    facts.append(("Ordre de service du", v.earlier(rng.randint(120, 400))))
    pairs(s, 580, 68, facts, gap=120, size=8, leading=11, room=105)
    columns = [
        Column("N° prix", 48),
        Column("Désignation des ouvrages", 254),
        Column("U", 34, "c"),
        Column("P.U. HT", 66, "r"),
        Column("Qté cumulée", 66, "r"),
        Column("Cumul HT", 84, "r"),
        Column("Mois préc. HT", 84, "r"),
        Column("Qté du mois", 62, "r"),
        Column("Mois HT", 84, "r"),
    ]
    rows, before = [], ZERO
    for index, item in enumerate(inv.items):
        done = (item.quantity * rng.randint(0, 4) / 2).quantize(Decimal("0.01"))
        past = cents(done * item.price)
        before += past
        cells = [f"{index // 4 + 1}.{index % 4 + 1:02d}", item.text, item.unit, d.fmt.number(item.price)]
        cells += [d.quantity(done + item.quantity), d.fmt.number(past + item.amount), d.fmt.number(past)]
        rows.append([*cells, d.quantity(item.quantity), d.fmt.number(item.amount)])
    rows.append(
        [
            "",
            "TOTAUX HT",
            "",
            "",
            "",
            d.fmt.number(before + inv.total_ht),
            d.fmt.number(before),
            "",
            d.fmt.number(inv.total_ht),
        ]
    )
    y = s.table(30, 142, columns, rows, grid=True, size=7.5, row=14, head_fill="#ececec")
    lines = [("Travaux du mois HT", inv.total_ht)]
    lines += [(f"TVA {d.fmt.percent(x.rate)} sur {d.figure(x.base)}", x.amount) for x in inv.vat_lines]
    if len(inv.vat_lines) > 1:
        lines.append(("Total TVA du mois", inv.total_tva))
    lines.append(("Montant du mois TTC", inv.total_ttc))
    if inv.retention:
        lines.append((f"Retenue de garantie {d.fmt.percent(inv.retention_rate)} du TTC", -inv.retention))
    lines.append((rng.choice(("Acompte du mois à mandater", "Net à régler ce mois", "SOMME À RÉGLER")), inv.amount_due))
    totals(s, 560, 808, y + 22, d.figures(lines), leading=14.5, rule="#bbbbbb")
    revision = f"TP08 : I0 = {rng.randint(108, 118)},{rng.randint(1, 9)} - Cn = 1,{rng.randint(1000, 1600):04d}"
    notes = [f"Révision ({revision}) comprise dans les prix unitaires ci-dessus", "Montants exprimés en euros"]
    notes += [*v.lines("iban", "bic"), "Visa du maître d'œuvre, le ........................"]
    s.lines(40, y + 24, notes, 8, 13)
    s.text(421, 575, v.legal(siret=False), 6.5, align="c", fit=770)


@layout(
    "dev",
    names=NAMES,
    trades=("civil", "building"),
    faces=("times", "helvetica", "source"),
    items=(1, 5),
    regimes=("reverse",),
    retention=0.4,
    deposit=0.0,
    credit=0.03,
    delivery=0.0,
)
def paiement_direct(d: Drawing) -> None:
    """A subcontractor paid by the buyer: the main contractor with its own SIRET, reverse charge, dotted leaders."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="plain", colon=" : "), d.rng
    sup = inv.supplier
    main = rng.choice(("GRANDS TRAVAUX ALLARD SA", "Eiffarel Construction", "Groupe Montclar BTP"))
    number = _digits(d, 14)
    s.text(36, 50, sup.name, 14, bold=True)
    s.lines(
        36, 64, [f"{sup.street} - {sup.city_line}", f"Sous-traitant - {v.line('siret')}", f"Tél. {sup.phone}"], 8.5, 12
    )
    s.box(36, 106, 523, 34, fill="#eeeeee", stroke="#000000", line=1)
    kind = "AVOIR" if inv.credit_note else "DEMANDE DE PAIEMENT DIRECT - FACTURE"
    s.text(297, 120, f"{kind} N° {inv.number}", 12, bold=True, align="c")
    s.text(297, 134, f"établie le {format_date(inv.issued, 'long')}", 10, align="c")
    s.lines(36, 164, ["Maître d'ouvrage (payeur)", *v.addressee()], 9, 12.5, bold_first=True)
    titular = [
        "Titulaire du marché (donneur d'ordre)",
        main,
        "Parc de la Plaine - 77600 BUSSY",
        f"SIRET {d.fmt.siret(number)}",
    ]
    s.lines(310, 164, titular, 9, 12.5, bold_first=True)
    y = 240.0
    facts = [*v.refs("contract", "engagement", "service", "due", "original"), *v.decoys("site")]
    facts.append(("Acte spécial de sous-traitance (DC4) notifié le", v.earlier(rng.randint(90, 200))))
    for label, value in facts:
        dots = "." * int((370 - s.measure(label, 9)) / s.measure(".", 9) - 3)
        s.text(36, y, f"{label} {dots}", 9)
        s.text(410, y, value, 9, bold=True, fit=149)
        y += 14
    columns = [
        Column("Travaux sous-traités", 270),
        Column("U", 40, "c"),
        Column("Quantité", 63, "r"),
        Column("Prix HT", 65, "r"),
        Column("Montant HT", 85, "r"),
    ]
    y = s.table(36, y + 8, columns, d.item_cells("text", "unit", "qty", "price", "amount"), grid=True, size=8.5, row=16)
    lines = [(rng.choice(("Total HT", "Montant HT de la demande", "Mt total HT")), inv.total_ht)]
    lines += [("TVA (autoliquidation)", ZERO), ("Total TTC (égal au HT)", inv.total_ttc)]
    y = totals(s, 320, 556, y + 22, d.amounts([*lines, *v.deductions()]), size=10, leading=16)
    y = s.paragraph(36, y + 8, d.vat_note(), 523, 9, bold=True)
    if inv.bank:
        text = f"Le montant est à virer directement au sous-traitant sur le compte {glue(d.fmt.iban(inv.bank.iban))}"
        y = s.paragraph(36, y + 6, f"{text} ({inv.bank.bic}), ouvert au nom de {sup.name}.", 523, 9)
    s.lines(36, y + 24, ["Le sous-traitant", "(cachet et signature)"], 8.5)
    s.lines(400, y + 24, ["Bon pour paiement direct,", f"le titulaire - {main}"], 8.5)
    s.text(297, 815, v.legal(), 6.5, align="c", fit=523)


@layout(
    "dev",
    names=NAMES,
    trades=("architecture",),
    faces=("source", "helvetica", "vera"),
    items=(1, 5),
    rates=("20",),
    deposit=0.2,
    delivery=0.0,
    credit=0.03,
)
def phases_de_mission(d: Drawing) -> None:
    """An architect's fee note: narrow left margin of facts, phases with percentages, values wrapped on two lines."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case=d.rng.choice(("upper", "lower"))), d.rng
    sup, rec = inv.supplier, inv.recipient
    s.text(36, 60, sup.name.lower(), 16)
    s.rule(36, 70, 559, 70, line=2)
    y = 90.0
    facts = [(v(k), value) for k, value in (("recipient", rec.name),)]
    facts += [
        *v.refs("recipient_siret", "contract", "engagement", "service", "due", "original", "client_code"),
        *v.decoys("site"),
    ]
    for label, value in facts:
        s.text(36, y, label, 6.5, color="#888888", fit=130)
        y = s.paragraph(36, y + 10, value, 128, 8.5, 11, bold=True) + 8
    s.rule(175, 82, 175, 760, line=0.4)
    s.text(190, 98, "avoir sur honoraires" if inv.credit_note else "note d'honoraires", 20)
    s.text(190, 118, v.join(v.label("number"), inv.number), 11, bold=True)
    s.text(190, 133, v.join(v.label("date"), format_date(inv.issued, "long")), 10)
    s.lines(380, 158, [rec.name, *rec.address], 9.5, 13)
    aim = "Mission de maîtrise d'œuvre - restructuration du site "
    aim += f"« {rng.choice(('Les Capucins', 'Pasteur', 'La Gare'))} »"
    y = s.paragraph(190, 216, aim, 369, 10)
    columns = [
        Column("Élément de mission", 165),
        Column("Forfait HT", 72, "r"),
        Column("Avanc.", 52, "r"),
        Column("À facturer HT", 80, "r"),
    ]
    rows = []
    for item in inv.items:
        share = rng.choice((25, 40, 50, 80, 100))
        rows.append([item.text, d.fmt.number(cents(item.amount * 100 / share)), f"{share} %", d.figure(item.amount)])
    y = s.table(190, y + 8, columns, rows, rules=True, size=8.5, row=19) + 26
    lines = v.sums(rates=False)
    for label, amount in lines:
        s.text(190, y, label, 10)
        s.text(440, y, d.money(amount), 10.5, bold=True, align="r")
        y += 17
    s.text(190, y + 4, f"Taux de TVA : {d.fmt.percent(inv.vat_lines[0].rate)}", 8.5)
    s.text(190, y + 17, d.vat_note(), 8.5, fit=369)
    y = s.lines(190, y + 42, [f"Banque {inv.bank.name}" if inv.bank else "", *v.lines("iban", "bic")], 9, 13)
    s.paragraph(190, y + 16, d.penalties(), 369, 7, color="#777777")
    text = f"{sup.street} - {sup.city_line} - {sup.phone} - {sup.mail}"
    s.lines(
        36, 786, [text, v.legal(), "Inscription à l'Ordre régional n° S" + str(rng.randint(10000, 19999))], 6.5, 9.5
    )


@layout(
    "dev",
    names=NAMES,
    trades=("water",),
    faces=("source", "vera", "helvetica"),
    items=(2, 5),
    rates=("5.5", "10"),
    regimes=("normal",),
    always_vat_table=True,
    period=1.0,
    deposit=0.1,
    delivery=0.5,
    credit=0.03,
)
def eau_talon(d: Drawing) -> None:
    """A water bill with a slip to cut off: meter readings, an old balance already paid, number and amount twice."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="plain", colon=" : "), d.rng
    sup, blue = inv.supplier, "#0277bd"
    s.box(36, 30, 8, 60, fill=blue, stroke="")
    s.text(52, 48, sup.name, 15, bold=True, color=blue)
    s.lines(52, 62, [f"{sup.street} - {sup.city_line}", f"Accueil et urgences : {sup.phone} (24 h / 24)"], 8)
    s.lines(330, 112, v.addressee(), 10, 13)
    facts = [
        *v.refs("number", "date", "due", "client_code", "original"),
        ("Référence du contrat d'abonnement", _digits(d, 9)),
    ]
    y = pairs(s, 36, 112, facts, gap=148, size=8.5, leading=13, bold=True, room=125)
    y = max(y, 190.0)
    publics = v.refs("engagement", "service", "contract")
    if publics:
        y = strip(s, 36, y, shared(publics, 523), height=28, fill="#e1f5fe") + 6
    if inv.delivery:
        s.text(36, y + 10, f"Point desservi : {', '.join(v.place(inv.delivery)[:3])}", 8.5, fit=523)
    old = rng.randint(400, 9000)
    used = rng.randint(20, 900)
    meter = [[f"{rng.choice('CDE')}{_digits(d, 8)}", "DN 40", str(old), str(old + used), f"{used} m³", "relevé réel"]]
    heads = ("Compteur", "Diamètre", "Ancien index", "Nouvel index", "Consommé", "Nature")
    y = s.table(36, y + 20, [Column(h, 87, "c") for h in heads], meter, grid=True, size=8, head_fill="#e1f5fe")
    s.text(36, y + 13, f"Consommation {d.period()}", 8.5, italic=True)
    columns = [
        Column("Rubriques", 213),
        Column("Quantité", 70, "r"),
        Column("Prix unit. HT", 75, "r"),
        Column("Montant HT", 85, "r"),
        Column("TVA", 80, "r"),
    ]
    y = s.table(36, y + 20, columns, d.item_cells("text", "qty", "price", "amount", "pct"), rules=True, size=8, row=15)
    lines = [(v("ht"), inv.total_ht)]
    lines += [(f"TVA {d.fmt.percent(x.rate)} sur {d.figure(x.base)}", x.amount) for x in inv.vat_lines]
    if len(inv.vat_lines) > 1:
        lines.append((v("tva"), inv.total_tva))
    lines.append((v("ttc"), inv.total_ttc))
    lines += v.deductions(due=False)
    y = totals(s, 310, 556, y + 18, d.amounts(lines), leading=14)
    past = d.fmt.money(cents(inv.total_ttc * Decimal("0.93")))
    s.text(36, y, f"Votre facture précédente de {past} a été réglée. Nous vous en remercions.", 8)
    s.text(36, 650, v.legal(), 6, fit=523)
    s.text(297, 668, "- " * 62, 8, align="c", color="#888888", fit=560)
    s.text(36, 684, "TALON À JOINDRE À VOTRE RÈGLEMENT" if not inv.credit_note else "TALON D'AVOIR", 9, bold=True)
    slip = [(v.label("number"), inv.number), (v.label("due_amount"), d.money(inv.amount_due))]
    slip += v.refs("due")
    strip(s, 36, 694, shared(slip, 523), height=36, fill="#e1f5fe", size=11, bold=True)
    s.lines(36, 750, [inv.recipient.name, *inv.recipient.address], 8.5)
    s.lines(330, 750, [f"À l'ordre de {sup.name}", *v.lines("iban", "bic")], 8.5, 12)
    s.text(559, 815, f"{_digits(d, 12)} {_digits(d, 24)} {_digits(d, 2)}", 8, align="r")


@layout(
    "dev",
    names=NAMES,
    trades=("power",),
    faces=("vera", "source", "helvetica"),
    items=(4, 9),
    rates=("20", "5.5"),
    regimes=("normal",),
    always_vat_table=True,
    period=1.0,
    deposit=0.08,
    delivery=0.0,
    credit=0.03,
)
def plusieurs_compteurs(d: Drawing) -> None:
    """An energy bill for several sites: a first page that sums up, a second with each meter's own subtotal."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="plain"), d.rng
    sup, tint = inv.supplier, rng.choice(("#e65100", "#2e7d32", "#283593"))
    s.text(36, 56, sup.name, 16, bold=True, color=tint)
    s.text(559, 48, "Facture regroupée" if not inv.credit_note else "Avoir regroupé", 12, bold=True, align="r")
    s.text(559, 62, f"électricité - {d.period()}", 8.5, align="r")
    s.lines(310, 104, v.addressee(siret=False), 10.5, 14)
    s.box(36, 90, 230, 152, fill="#f6f6f6", stroke="", radius=6)
    facts = [
        *v.refs("number", "date", "recipient_siret", "client_code", "service", "engagement", "contract", "original")
    ]
    y = 104.0
    for label, value in facts:
        s.text(44, y, f"{label} :", 7.5, color="#555555", fit=108)
        s.text(258, y, value, 8.5, bold=True, align="r", fit=104)
        y += 18
    s.box(36, 258, 523, 78, stroke=tint, line=1.5)
    title = "Montant total en votre faveur (TTC)" if inv.credit_note else "Montant à payer (TTC)"
    s.text(50, 280, title, 11, bold=True)
    s.text(545, 284, d.money(inv.amount_due), 18, bold=True, align="r", color=tint)
    if inv.due:
        s.text(50, 300, f"à régler par virement avant le {format_date(inv.due, 'long')}", 9.5)
    s.text(50, 322, "   ".join(v.lines("iban", "bic")), 8.5, fit=490)
    s.text(36, 366, "Résumé de votre facture", 11, bold=True, color=tint)
    lines = [("Électricité et services hors taxes", inv.total_ht)]
    lines += [(f"TVA à {d.fmt.percent(x.rate)} (assiette {d.figure(x.base)})", x.amount) for x in inv.vat_lines]
    if len(inv.vat_lines) > 1:
        lines.append(("Total de la TVA", inv.total_tva))
    lines.append(("Total de la facture TTC", inv.total_ttc))
    lines += v.deductions(due=False)
    y = totals(s, 36, 545, 388, d.amounts(lines), size=9.5, leading=20, rule="#dddddd")
    s.text(36, y + 10, "Le solde précédent est de 0,00 €. Prochaine relève prévue dans deux mois.", 8)
    s.paragraph(36, 772, d.penalties(), 523, 6.5)
    s.text(297, 806, v.legal(), 6.5, align="c", fit=523)
    s.text(559, 822, "page 1 sur 2", 7, align="r")
    s.new_page()
    s.text(36, 50, f"Détail par point de livraison - facture {inv.number}", 11, bold=True, color=tint)
    columns = [
        Column("Poste", 233),
        Column("Quantité", 80, "r"),
        Column("Prix", 70, "r"),
        Column("TVA", 60, "r"),
        Column("Montant HT", 80, "r"),
    ]
    cells, y = d.item_cells("text", "qty", "price", "pct", "amount"), 62.0
    for start in range(0, len(inv.items), 3):
        part = inv.items[start : start + 3]
        site = rng.choice(("Groupe scolaire", "Éclairage public armoire", "Salle des fêtes", "Station de pompage"))
        s.text(
            36,
            y + 16,
            f"{site} {start // 3 + 1} - PRM {_digits(d, 14)} - compteur n° {_digits(d, 9)}",
            9,
            bold=True,
            fit=523,
        )
        y = s.table(36, y + 22, columns, cells[start : start + 3], rules=True, size=8, row=15)
        s.text(556, y + 12, f"Sous-total HT du site : {d.figure(sum((i.amount for i in part), ZERO))}", 8.5, align="r")
        y += 20
    s.text(559, 822, "page 2 sur 2", 7, align="r")


@layout(
    "dev",
    names=NAMES,
    trades=("civil", "goods"),
    faces=("helvetica", "times", "source"),
    items=(18, 44),
    rates=("20", "10"),
    deposit=0.08,
    retention=0.15,
    delivery=0.3,
    shuffle=0.1,
)
def attachements_reports(d: Drawing) -> None:
    """Site records over several pages: every page repeats the head, the total is carried at top and foot."""
    s, inv, v = d.sheet, d.inv, Voice(d)
    size, carried, y = 24, ZERO, 0.0
    pages = -(-len(inv.items) // size)
    cells = d.item_cells("code", "text", "unit", "qty", "price", "pct", "amount")
    columns = [
        Column("Poste", 52),
        Column("Libellé", 213),
        Column("U.", 34, "c"),
        Column("Qté", 52, "r"),
        Column("P.U.", 54, "r"),
        Column("TVA", 38, "r"),
        Column("Montant H.T.", 80, "r"),
    ]
    for page in range(pages):
        if page:
            s.new_page()
        _repeated_head(d, v, f"{page + 1}/{pages + 1}")
        part = slice(page * size, (page + 1) * size)
        rows = [["", "REPORT", "", "", "", "", d.figure(carried)]] if page else []
        rows += cells[part]
        carried += sum((i.amount for i in inv.items[part]), ZERO)
        rows.append(["", "À REPORTER", "", "", "", "", d.figure(carried)])
        s.table(36, 268, columns, rows, size=8, row=17.5, grid=True, head_fill="#eeeeee")
        s.text(297, 820, v.legal(siret=False), 6, align="c", fit=523)
    s.new_page()
    _repeated_head(d, v, f"{pages + 1}/{pages + 1}")
    heads = [Column("Taux TVA", 90, "r"), Column("Base", 110, "r"), Column("TVA", 110, "r")]
    y = s.table(36, 280, heads, d.vat_rows(), grid=True, size=9, row=18, head_fill="#eeeeee")
    y = totals(s, 300, 556, y + 30, d.amounts(v.sums(rates=False)), size=11, leading=20, rule="#cccccc")
    y = s.lines(36, y + 8, [d.vat_note(), *v.lines("due", "iban", "bic")], 9.5, 15)
    s.paragraph(36, y + 14, d.penalties(), 523, 7)
    s.text(297, 820, v.legal(siret=False), 6, align="c", fit=523)


def _repeated_head(d: Drawing, v: Voice, page: str) -> None:
    s, inv = d.sheet, d.inv
    sup = inv.supplier
    s.box(36, 30, 523, 84)
    s.rule(297, 30, 297, 114)
    s.lines(44, 46, [sup.name, *sup.address, v.line("siret"), v.line("phone")], 8.5, 12, bold_first=True)
    s.text(305, 48, f"{'AVOIR' if inv.credit_note else 'FACTURE'} SUR ATTACHEMENTS", 12, bold=True)
    s.lines(305, 64, [*v.lines("number", "date"), v.origin(), f"Page {page}"], 9.5, 13)
    s.lines(44, 136, [v("recipient"), *v.addressee()], 9, 12.5, bold_first=True)
    facts = v.refs("engagement", "service", "contract", "client_code", "order_date")
    end = pairs(s, 305, 136, facts, gap=125, size=8.5, leading=12.5, room=125)
    if inv.delivery:
        text = f"{v('delivery')} : {', '.join([inv.delivery.name, *inv.delivery.address])}"
        s.text(36, max(end, 204.0) + 6, text, 8, fit=523)
    s.text(36, 258, "Montants en EUR", 7.5, italic=True)


@layout(
    "dev",
    names=NAMES,
    trades=("lease",),
    faces=("helvetica", "source", "vera"),
    items=(1, 4),
    rates=("20",),
    regimes=("normal",),
    period=1.0,
    factor=0.0,
    deposit=0.0,
    delivery=0.3,
    credit=0.04,
)
def echeancier_de_loyer(d: Drawing) -> None:
    """A lessor's invoice: one rent among those of a calendar, the days before and after it in the same table."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="plain", colon=" : "), d.rng
    sup, day, grey = inv.supplier, d.fmt.day, "#5f6368"
    s.text(559, 52, sup.name, 17, bold=True, align="r", color="#37474f")
    s.lines(559, 66, [*sup.address, f"Service clients {sup.phone}"], 8, align="r")
    s.lines(60, 118, v.addressee(siret=False), 10.5, 14)
    s.text(36, 196, "AVOIR SUR LOYER" if inv.credit_note else "FACTURE DE LOYER", 15, bold=True, color="#37474f")
    s.rule(36, 202, 559, 202, color="#37474f", line=1.4)
    file = ("Dossier de location", f"{rng.randint(100, 999)}.{_digits(d, 6)}.{rng.randint(0, 9)}")
    facts = [*v.refs("number", "date", "due", "recipient_siret", "engagement", "service", "contract", "original"), file]
    for index, (label, value) in enumerate(facts):
        x, y = 36 + (index % 2) * 268, 220.0 + (index // 2) * 16
        s.text(x, y, label, 8.5, color=grey, fit=118)
        s.text(x + 122, y, value, 9, bold=True, fit=133)
    y = 220.0 + (len(facts) + 1) // 2 * 16 + 8
    if inv.delivery:
        s.text(36, y, f"Matériel installé à : {', '.join(v.place(inv.delivery)[:3])}", 8.5, fit=523)
        y += 12
    s.text(36, y, f"Loyer {d.period()}", 9)
    columns = [
        Column("Nature", 233),
        Column("Nombre", 60, "r"),
        Column("Unitaire HT", 75, "r"),
        Column("Montant HT", 75, "r"),
        Column("Montant TTC", 80, "r"),
    ]
    y = s.table(36, y + 8, columns, d.item_cells("text", "qty", "price", "amount", "ttc"), frame=True, size=8.5, row=17)
    band = [(v("ht"), d.money(inv.total_ht)), (f"TVA {d.fmt.percent(inv.vat_lines[0].rate)}", d.money(inv.total_tva))]
    band += [(v("ttc"), d.money(inv.total_ttc))]
    y = strip(s, 220, y + 14, shared(band, 339), height=36, head=14, fill="#eceff1", size=11, bold=True)
    rank = rng.randint(4, 15)
    rows = []
    for step in range(-2, 3):
        when = _months_on(inv.issued.replace(day=1), 3 * step)
        state = {-2: "payé", -1: "payé", 0: "présente facture"}.get(step, "à venir")
        rows.append([f"{rank + step} / 20", day(when), d.fmt.number(inv.total_ttc), state])
    s.text(36, y + 26, "Rappel de votre échéancier (premier jour de la période louée)", 8.5, bold=True)
    heads = [
        Column("Loyer", 60, "c"),
        Column("Période débutant le", 110, "c"),
        Column("TTC", 90, "r"),
        Column("État", 110),
    ]
    y = s.table(36, y + 32, heads, rows, grid=True, size=8, row=14, head_fill="#eceff1")
    s.text(36, y + 24, "Règlement par virement" + "".join(f" - {x}" for x in v.lines("iban", "bic")), 9, fit=523)
    s.paragraph(36, 776, d.penalties(), 523, 6.5)
    s.text(297, 812, v.legal(), 6.5, align="c", fit=523)


def _months_on(day: date, count: int) -> date:
    total = day.year * 12 + day.month - 1 + count
    return day.replace(year=total // 12, month=total % 12 + 1)


@layout(
    "dev",
    names=NAMES,
    trades=("guard",),
    faces=("source", "times", "helvetica"),
    items=(1, 4),
    rates=("20",),
    regimes=("normal", "normal", "normal", "franchise"),
    period=1.0,
    deposit=0.06,
    delivery=0.6,
)
def forfait_mensuel(d: Drawing) -> None:
    """A monthly lump sum in sentences, with the public accountant's block and the hours only as an annex."""
    s, inv, v, rng = d.sheet, d.inv, Voice(d, case="plain", colon=" "), d.rng
    sup, rec = inv.supplier, inv.recipient
    s.box(36, 30, 523, 40, fill="#263238", stroke="")
    s.text(48, 55, sup.name, 15, bold=True, color="#ffffff")
    s.text(547, 55, f"AUT-0{rng.randint(10, 95)}-2112-{_digits(d, 11)} (CNAPS)", 7.5, align="r", color="#ffffff")
    s.lines(36, 86, [f"{sup.street}, {sup.city_line}", f"Astreinte {sup.phone}"], 8.5)
    s.lines(36, 134, ["Acheteur public", rec.name, *rec.address, v.line("recipient_siret")], 9, 13, bold_first=True)
    payer = f"Trésorerie de {rec.town.partition(' CEDEX')[0].title()}"
    block = ["Comptable assignataire", payer, "Centre des finances publiques", f"Codique {_digits(d, 6)}"]
    s.lines(330, 134, block, 9, 13, bold_first=True)
    word = "Avoir" if inv.credit_note else "Facture"
    s.text(36, 232, f"{word} {inv.number} du {format_date(inv.issued, 'long')}", 14, bold=True)
    refs = v.lines("contract", "engagement", "service")
    y = s.paragraph(36, 250, "Références : " + ", ".join(glue(r) for r in refs), 523, 9.5) if refs else 250.0
    y = s.paragraph(36, y, v.origin(), 523, 9.5) if inv.credit_note else y
    where = f" sur le site {inv.delivery.name} ({inv.delivery.city_line})" if inv.delivery else ""
    y = s.paragraph(36, y + 10, f"Pour nos prestations {glue(d.period())}{where}, forfait et suppléments :", 523, 10)
    for item in inv.items:
        s.text(54, y + 4, f"{item.text} : {d.quantity(item.quantity)} x {d.fmt.number(item.price)}", 10)
        s.text(520, y + 4, d.money(item.amount), 10, align="r")
        y += 16
    ht, ttc = v.told(inv.total_ht), v.told(inv.total_ttc)
    text = f"Le montant de la présente s'élève à {ht} hors taxes"
    if inv.vat_regime == "normal":
        text += f", plus {v.told(inv.total_tva)} de TVA au taux de {glue(d.fmt.percent(inv.vat_lines[0].rate))}"
    text += f", soit {ttc} toutes taxes comprises."
    if inv.deposit:
        text += f" Compte tenu de l'acompte de {v.told(inv.deposit)} déjà perçu, il reste "
        text += f"{v.told(inv.amount_due)} à nous régler."
    y = s.paragraph(36, y + 16, text, 523, 10.5, 15)
    y = s.paragraph(36, y, d.vat_note(), 523, 9, italic=True)
    pay = f"Délai : paiement attendu pour le {glue(d.fmt.day(inv.due))}. " if inv.due else ""
    pay += f"Domiciliation {inv.bank.name}, {glue(v.line('iban'))}, {v.line('bic')}." if inv.bank else ""
    y = s.paragraph(36, y + 8, pay, 523, 10, 14)
    s.text(36, y + 22, "Annexe : heures effectuées (pour information, sans incidence sur le forfait)", 8.5, bold=True)
    hours = [
        [f"Semaine {n}", str(rng.randint(20, 90)), str(rng.randint(4, 30)), str(rng.randint(0, 9))] for n in range(1, 5)
    ]
    heads = [Column("", 90), Column("Jour", 70, "r"), Column("Nuit", 70, "r"), Column("Dimanche", 70, "r")]
    s.table(36, y + 28, heads, hours, grid=True, size=8, row=14)
    s.text(559, y + 40, f"Fait à {sup.town.title()}, le {format_date(inv.issued, 'slash')}", 9, align="r")
    s.text(297, 812, v.legal(), 6.5, align="c", fit=523)
