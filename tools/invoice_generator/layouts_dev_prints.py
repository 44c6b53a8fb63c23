"""Ten layouts of printed forms and bills: the third held-out set, drawn here since the day it was measured."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from tools.invoice_generator.formats import format_date
from tools.invoice_generator.layout import Drawing, glue, layout
from tools.invoice_generator.layout_words import Facts, Words, carried
from tools.invoice_generator.paper_names import PRINT_NAMES
from tools.invoice_generator.sheet import Column

printed = partial(layout, "dev", names=PRINT_NAMES)

_ADVANCES = ("Avance versée", "Règlement déjà reçu", "Acompte de commande", "Versement antérieur")


def _identity(d: Drawing) -> str:
    s = d.inv.supplier
    return d.rng.choice(
        (
            f"{s.legal_form} {s.name} - Siège : {s.street} {s.city_line} - Capital {s.capital} EUR - "
            f"Registre du commerce {s.rcs} n° {d.fmt.siren(s.siren)} - Siret {d.fmt.siret(s.siret)} - TVA {s.vat}",
            f"{s.name} ({s.legal_form}, capital : {s.capital} €). Identifiants : SIRET {d.fmt.siret(s.siret)}, "
            f"n° TVA {s.vat}, code NAF {s.ape}, RCS {s.rcs}.",
        )
    )


def _delay(d: Drawing) -> str:
    return d.rng.choice(
        (
            "Le retard de paiement fait courir de plein droit des intérêts au taux de 10,15 % et une indemnité de "
            "recouvrement fixée à 40,00 €.",
            "Conformément à l'article L441-10 du code de commerce, une indemnité de 40 euros est exigible dès le "
            "premier jour de retard. Nous n'accordons pas d'escompte.",
            "Tout impayé au trentième jour produit intérêts (taux BCE + 8 points) et frais de recouvrement : 40,00 €.",
        )
    )


def _exempt(d: Drawing) -> str:
    return {
        "normal": "",
        "franchise": "Franchise en base : TVA non applicable, art. 293 B du CGI.",
        "exempt": "Prestation exonérée de TVA en application de l'article 261 du CGI.",
        "reverse": "Autoliquidation : la TVA est due par le client (art. 283 du CGI).",
    }[d.inv.vat_regime]


def _dotted(
    d: Drawing, x: float, y: float, width: float, facts: Facts, size: float = 9, *, bold: bool = False
) -> float:
    """Lines of label, dots and value, the value flush right; returns the baseline below."""
    s = d.sheet
    for label, value in facts:
        room = width - s.measure(label, size) - s.measure(value, size, bold=bold) - 8
        s.text(x, y, label, size)
        dots = "." * max(2, int(room / s.measure(".", size)))
        s.text(x + s.measure(label, size) + 4, y, dots, size, color="#777777")
        s.text(x + width, y, value, size, bold=bold, align="r")
        y += size * 1.6
    return y


def _over(d: Drawing, x: float, y: float, label: str, value: str, *, size: float = 10, fit: float = 160) -> None:
    """A pale label with its value in the line below."""
    d.sheet.text(x, y, label, 7, color="#888888", fit=fit)
    d.sheet.text(x, y + 13, value, size, fit=fit)


@printed(
    faces=("times", "serif", "helvetica"), delivery=0.6, deposit=0.15, shuffle=0.2, trades=("supplies", "food", "works")
)
def pointilles(d: Drawing) -> None:
    """Leaders of dots between label and value, in the references as in the totals; delivered elsewhere."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("Numéro de pièce", "Facture portant le n°", "N° d'ordre de la facture"),
        credit=("Numéro de l'avoir", "Avoir portant le n°"),
        date=("Date de la pièce", "Facture établie le", "Daté du"),
        due=("Règlement à effectuer avant le", "Date de paiement limite", "Terme de paiement"),
        engagement=("Votre engagement", "Bon d'engagement n°", "Numéro de votre commande"),
        service=("Votre code service", "Service exécutant (Chorus)", "Code du service exécutant"),
        contract=("Numéro du contrat", "Marché passé sous le n°"),
        client_code=("Numéro de compte client", "Votre compte chez nous"),
        order_date=("Commande reçue le", "Votre commande est du"),
        delivery_date=("Marchandise livrée le", "Bon de livraison du"),
        recipient_siret=("SIRET de facturation", "Siret du client"),
        ht=("Somme hors taxes", "Total net hors taxes"),
        tva=("Taxe sur la valeur ajoutée", "Total des taxes"),
        ttc=("Somme toutes taxes comprises", "Total taxes comprises"),
        due_amount=("Reste à nous régler", "Net à payer", "Montant de votre règlement"),
        credit_due=("Somme portée à votre crédit", "Net à déduire"),
        deposit=_ADVANCES,
    )
    s.text(50, 60, sup.name, 16, bold=True)
    s.lines(50, 75, [*sup.address, f"Téléphone {sup.phone}", f"Siret {d.fmt.siret(sup.siret)}", f"TVA {sup.vat}"], 9)
    s.text(545, 60, "AVOIR" if inv.credit_note else "FACTURE", 16, align="r", tracking=d.rng.choice((0, 3)))
    if w.original:
        s.text(545, 76, f"relatif à la facture {w.original[0]} du {w.original[1]}", 9, italic=True, align="r")
    s.lines(330, 112, [*d.address(rec), *w.said("recipient_siret")], 10, bold_first=True)
    fields = (
        "number",
        "date",
        "client_code",
        "engagement",
        "order_date",
        "delivery_date",
        "contract",
        "service",
        "due",
    )
    y = _dotted(d, 50, 184, 290, w.facts(*fields))
    if inv.delivery:
        number = f"SIRET du lieu de livraison : {d.fmt.siret(inv.delivery.siret)}" if inv.delivery.siret else ""
        s.lines(365, 184, ["Livraison effectuée à :", *d.address(inv.delivery), number], 8.5)
    columns = [
        Column("Quantité", 60, "r"),
        Column("Unité", 45, "c"),
        Column("Dénomination", 215),
        Column("Prix unitaire", 65, "r"),
        Column("T.V.A.", 45, "r"),
        Column("Prix total H.T.", 65, "r"),
    ]
    cells = d.item_cells("qty", "unit", "text", "price", "pct", "amount")
    y = s.table(50, y + 10, columns, cells, rules=True, size=8.5, row=16) + 22
    if len(inv.vat_lines) > 1:
        for v in inv.vat_lines:
            s.text(50, y, f"{d.figure(v.base)} à {d.fmt.percent(v.rate)} : {d.figure(v.amount)} de TVA", 8.5)
            y += 12
    y = _dotted(d, 285, y, 260, w.sums(), 10, bold=True)
    s.text(50, y, _exempt(d), 8.5, italic=True)
    if inv.bank:
        s.text(50, y + 22, f"Notre compte bancaire : {d.fmt.iban(inv.bank.iban)} ouvert à {inv.bank.name}", 9)
        s.text(50, y + 35, f"Code BIC : {inv.bank.bic}", 9)
    s.paragraph(50, 790, _delay(d), 495, 7)
    s.text(297, 818, f"{sup.legal_form}, capital {sup.capital} € - RCS {sup.rcs} - NAF {sup.ape}", 7, align="c")


@printed(
    faces=("source", "vera", "helvetica"),
    trades=("utilities",),
    items=(2, 5),
    period=1.0,
    credit=0.05,
    delivery=0.0,
    deposit=0.2,
    regimes=("normal",),
    rates=("20", "5.5"),
)
def abonnement(d: Drawing) -> None:
    """A subscription's bill: what to pay and until when on the first page, meters and taxes on the second."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("Facture n°", "Votre facture n°", "Facture numéro"),
        credit=("Avoir n°", "Votre avoir n°"),
        date=("du", "éditée le", "établie le"),
        due=("à payer avant le", "à régler au plus tard le", "montant exigible le"),
        engagement=("N° d'engagement juridique", "Engagement", "N° EJ"),
        service=("Code service", "Service Chorus Pro"),
        contract=("Marché", "Marché public n°"),
        client_code=("Compte de contrat", "Référence client", "N° de client"),
        recipient_siret=("SIRET du titulaire", "N° SIRET client"),
        ht=("Total hors TVA", "Total HT"),
        tva=("Total TVA", "TVA totale"),
        rate=("TVA à",),
        ttc=("Total TTC de la facture", "Total toutes taxes comprises"),
        deposit=("Mensualités déjà versées", "Acomptes déjà facturés"),
        due_amount=("Montant à payer", "Votre solde à payer"),
        credit_due=("Montant en votre faveur", "Votre avoir"),
    )
    tint = d.rng.choice(("#0b6e99", "#8a5a00", "#2e6b2e"))
    s.text(40, 52, sup.name, 18, bold=True, color=tint)
    s.text(40, 68, f"{sup.street} - {sup.city_line} - {sup.phone} - {sup.mail}", 8)
    s.lines(320, 112, d.address(rec), 10.5)
    s.text(40, 116, f"{w['number']} {inv.number}", 12, bold=True)
    s.text(40, 131, f"{w['date']} {d.fmt.day(inv.issued)}", 10)
    s.text(40, 146, f"Période {d.period()}", 9, fit=265)
    if w.original:
        s.text(40, 160, f"annule la facture {w.original[0]} du {w.original[1]}", 9, fit=265)
    s.box(40, 190, 250, 84, fill="#f5f5f0", stroke=tint, radius=6)
    s.text(165, 212, w["due_amount"], 10, align="c")
    s.text(165, 238, d.money(inv.amount_due), 20, bold=True, align="c", fit=230)
    s.text(165, 260, f"{w['due']} {d.fmt.day(inv.due)}" if inv.due else "", 9.5, align="c")
    s.text(320, 200, "Vos repères", 10, bold=True, color=tint)
    meter = "".join(str(d.rng.randint(0, 9)) for _ in range(14))
    facts = [
        *w.facts("client_code", "recipient_siret", "service", "engagement", "contract"),
        ("Point de livraison", meter),
    ]
    for index, (label, value) in enumerate(facts):
        s.text(320, 216 + index * 13, f"{label} :", 8.5, color="#555555", fit=116)
        s.text(440, 216 + index * 13, value, 8.5, bold=True, fit=120)
    s.text(40, 316, "En résumé", 10, bold=True, color=tint)
    y = 334.0
    for label, value in w.sums():
        s.text(40, y, label, 9.5)
        s.text(290, y, value, 9.5, align="r", bold=label == w["due_amount"])
        s.rule(40, y + 5, 290, y + 5, color="#cccccc", line=0.4)
        y += 18
    if inv.bank:
        lead = "Pour régler : virement à notre compte "
        text = f"{lead}{glue(d.fmt.iban(inv.bank.iban))} ({inv.bank.bic}), en citant le numéro de la facture."
        s.paragraph(40, y + 12, text, 440, 9)
    if not inv.credit_note:
        s.text(40, 650, ". " * 100, 8, fit=515)
        s.text(40, 670, d.rng.choice(("COUPON DE PAIEMENT", "Volet à retourner avec votre paiement")), 9, bold=True)
        coupon = [*w.facts("number", "client_code"), (w["due_amount"], d.money(inv.amount_due))]
        _dotted(d, 40, 690, 250, coupon, bold=True)
        s.lines(330, 690, d.address(sup), 9, 13)
    s.paragraph(40, 790, _identity(d), 515, 6)
    s.text(555, 826, "1/2", 7, align="r")
    s.new_page()
    s.text(
        40,
        50,
        f"Détail de la facture {inv.number}" if not inv.credit_note else f"Détail de l'avoir {inv.number}",
        12,
        bold=True,
    )
    s.text(555, 50, sup.name, 9, align="r")
    columns = [
        Column("Poste", 195),
        Column("Quantité", 70, "r"),
        Column("Unité", 50, "c"),
        Column("Prix HT", 70, "r"),
        Column("TVA", 50, "r"),
        Column("Montant HT", 80, "r"),
    ]
    cells = d.item_cells("text", "qty", "unit", "price", "pct", "amount")
    y = s.table(40, 74, columns, cells, rules=True, head_fill="#f5f5f0", row=17, size=8.5)
    low = d.rng.randint(1000, 80000)
    s.text(
        40,
        y + 20,
        f"Compteur n° {d.rng.randint(10**6, 10**7)} : ancien index {low}, nouvel index {low + d.rng.randint(40, 900)}",
        8.5,
    )
    titles = ("Taux de TVA", "Montant hors TVA", "Montant de TVA")
    s.table(40, y + 36, [Column(t, 100, "r") for t in titles], d.vat_rows(), grid=True, size=8.5, row=16)
    s.paragraph(40, 780, _delay(d), 515, 7)
    s.text(555, 826, "2/2", 7, align="r")


def _case(d: Drawing, x: float, y: float, size: tuple[float, float], label: str, value: str | Sequence[str]) -> None:
    """A cell of a form: its numbered label in the corner, the typed value below."""
    width, height = size
    d.sheet.box(x, y, width, height, line=0.7)
    d.sheet.text(x + 4, y + 9, label, 6.5, color="#335577", fit=width - 8)
    typed = [value] if isinstance(value, str) else value
    for index, text in enumerate(typed):
        d.sheet.text(x + 8, y + 23 + index * 12, text, 9.5, bold=len(typed) == 1, fit=width - 14)


@printed(faces=("helvetica", "source", "vera"), shuffle=0.4, items=(1, 5), delivery=0.0, deposit=0.1)
def imprime(d: Drawing) -> None:
    """An official form: numbered cells with the label inside, many of them left empty."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    d.show_empty = True
    w = Words(
        d,
        number=("Numéro de la facture", "N° de facture", "Numéro attribué par le créancier"),
        credit=("Numéro de l'avoir", "N° d'avoir"),
        date=("Date de la facture", "Date d'établissement de la facture"),
        due=("Date d'échéance", "Date limite de paiement", "À payer avant le"),
        engagement=("Numéro d'engagement", "N° de l'engagement juridique", "N° d'engagement ou de bon de commande"),
        service=("Code du service destinataire", "Code service exécutant"),
        contract=("Numéro de marché", "Référence du marché ou du contrat"),
        recipient_siret=("SIRET du débiteur", "N° SIRET du débiteur"),
        supplier_siret=("SIRET du créancier", "N° SIRET du créancier"),
        supplier_vat=("N° de TVA du créancier", "N° TVA intracommunautaire"),
        iban=("IBAN du créancier", "Compte à créditer (IBAN)"),
        ht=("Montant total hors taxe", "Total HT"),
        tva=("Montant total de la TVA", "Total TVA"),
        ttc=("Montant total TTC", "Total TTC"),
        deposit=("Acompte à déduire", "Avance à déduire"),
        due_amount=("Net à payer", "Somme à payer"),
        credit_due=("Somme à déduire", "Net à déduire"),
    )
    s.text(
        297,
        46,
        "AVOIR" if inv.credit_note else d.rng.choice(("FACTURE", "DEMANDE DE PAIEMENT - FACTURE")),
        14,
        bold=True,
        align="c",
    )
    boxes = [("Créancier", d.address(sup), 257.5, 64.0), ("Débiteur", d.address(rec), 257.5, 64.0)]
    rows: list[list[tuple[str, str | Sequence[str], float, float]]] = [list(boxes)]
    groups = (
        ("supplier_siret", "supplier_vat", "recipient_siret"),
        ("number", "date", "due"),
        ("engagement", "service", "contract"),
    )
    rows += [
        [(label, value, 515.0 / 3, 32.0) for label, value in ((w[f], w.value(f)) for f in group)] for group in groups
    ]
    accountant = d.rng.choice(("Trésorerie de Lannoy-sur-Aisne", "SGC de Bourg-Saintonge", "Paierie départementale"))
    rows.append([("Comptable assignataire", accountant, 515.0, 32.0)])
    if w.original:
        rows.append([("Facture d'origine", f"{w.original[0]} du {w.original[1]}", 515.0, 32.0)])
    y, count = 60.0, 1
    for row in rows:
        x = 40.0
        for label, value, width, height in row:
            _case(d, x, y, (width, height), f"{count}  {label}", value)
            x, count = x + width, count + 1
        y += row[0][3]
    columns = [
        Column("Objet de la créance", 215),
        Column("Quantité", 60, "r"),
        Column("Unité", 45, "c"),
        Column("Prix unitaire HT", 75, "r"),
        Column("Taux TVA", 50, "r"),
        Column("Montant HT", 70, "r"),
    ]
    cells = d.item_cells("text", "qty", "unit", "price", "rate", "amount")
    y = s.table(40, y + 12, columns, cells, grid=True, size=8, row=17)
    if len(inv.vat_lines) > 1:
        titles = ("Taux", "Base HT", "TVA")
        y = s.table(40, y + 12, [Column(t, 90, "r") for t in titles], d.vat_rows(), grid=True, size=8)
    y += 14
    sums = w.sums()
    width = 515.0 / len(sums)
    for index, (label, value) in enumerate(sums):
        _case(d, 40 + index * width, y, (width, 34), f"{count + index}  {label}", value)
    _case(d, 40, y + 34, (365, 34), f"{count + len(sums)}  {w['iban']}", w.value("iban"))
    _case(d, 405, y + 34, (150, 34), f"{count + len(sums) + 1}  BIC", inv.bank.bic if inv.bank else "")
    s.text(40, y + 84, _exempt(d), 8.5)
    s.text(40, y + 102, f"Arrêté le présent état à la somme de {d.money(inv.amount_due)}.", 9)
    s.paragraph(40, 790, _delay(d), 515, 6.5)
    s.text(
        297,
        820,
        f"{sup.legal_form} au capital de {sup.capital} € - RCS {sup.rcs} - {sup.phone} - {sup.mail}",
        6.5,
        align="c",
    )


@printed(faces=("source", "vera"), items=(1, 6), shuffle=0.6, delivery=0.0, deposit=0.15, credit=0.1)
def epure(d: Drawing) -> None:
    """A web program's sparse page: pale labels over the values, months in words, everything far apart."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("Facture", "N° de facture", "Numéro"),
        credit=("Avoir", "N° d'avoir"),
        date=("Date d'émission", "Émission", "Créée le"),
        due=("Date de paiement limite", "Échéance", "Paiement dû le"),
        engagement=("Engagement", "Numéro de commande", "N° d'engagement"),
        service=("Code service", "Service"),
        contract=("Marché", "Contrat"),
        delivery_date=("Date de prestation", "Prestation du"),
        recipient_siret=("SIRET", "Siret"),
        ht=("Total HT", "Sous-total"),
        tva=("Total TVA", "TVA"),
        rate=("TVA",),
        ttc=("Total TTC", "Total"),
        deposit=("Acompte réglé", "Déjà payé"),
        due_amount=("Reste à payer", "Montant dû"),
        credit_due=("Montant de l'avoir", "Montant crédité"),
    )
    d.fmt = replace(d.fmt, date_style=d.rng.choice(("long", "abbreviated")))
    s.text(48, 72, "Avoir" if inv.credit_note else "Facture", 26, color="#222222")
    for top, fields in (
        (106, ("number", "date", "due", "delivery_date")),
        (142, ("engagement", "service", "contract")),
    ):
        for index, (label, value) in enumerate(w.facts(*fields)):
            _over(d, 48 + index * 128, top, label, value, fit=118)
    if w.original:
        _over(d, 48, 178, "Facture créditée", f"{w.original[0]} - {w.original[1]}", fit=300)
    facts = [*sup.address, sup.mail, f"SIRET {d.fmt.siret(sup.siret)}", f"N° TVA {sup.vat}"]
    s.text(48, 222, "De", 7, color="#888888")
    s.lines(48, 236, [sup.name, *facts], 9, 13, bold_first=True)
    s.text(320, 222, "Pour", 7, color="#888888")
    s.lines(320, 236, [*d.address(rec), *w.said("recipient_siret", mark=" ")], 9, 13, bold_first=True)
    y = 352.0
    for item in inv.items:
        s.text(48, y, item.text, 9.5, fit=280)
        s.text(48, y + 12, f"{d.quantity(item.quantity)} {item.unit} × {d.fmt.number(item.price)}", 8, color="#777777")
        s.text(430, y, d.fmt.percent(item.rate) if inv.vat_regime == "normal" else "", 8.5, align="r")
        s.text(547, y, d.money(item.amount), 9.5, align="r", fit=110)
        s.rule(48, y + 19, 547, y + 19, color="#e3e3e3")
        y += 34
    y += 6
    if len(inv.vat_lines) > 1:
        bases = [f"{d.fmt.percent(v.rate)} appliqué à {d.money(v.base)}" for v in inv.vat_lines]
        s.lines(48, y, bases, 8, 13, color="#555555")
    for label, value in w.sums(rates=True):
        due = label == w["due_amount"]
        s.text(330, y, label, 12 if due else 9.5, bold=due, fit=115)
        s.text(547, y, value, 12 if due else 9.5, bold=due, align="r", fit=100)
        y += 20 if due else 16
    s.text(48, y + 6, _exempt(d), 8, color="#555555")
    if inv.bank:
        _over(d, 48, y + 34, "IBAN", d.fmt.iban(inv.bank.iban), size=9.5, fit=290)
        _over(d, 345, y + 34, "BIC", inv.bank.bic, size=9.5)
    s.paragraph(48, 788, _delay(d), 499, 6.5, color="#666666")
    s.text(
        48,
        818,
        f"{sup.legal_form} - capital {sup.capital} € - {d.fmt.siren(sup.siren)} RCS {sup.rcs}",
        6.5,
        color="#666666",
    )


def _bare(text: str) -> str:
    """Capitals without accents, as a chain printer strikes them."""
    flat = unicodedata.normalize("NFKD", text.upper().replace("²", "2").replace("N°", "NO").replace("€", "EUR"))
    return "".join(c for c in flat if ord(c) < 128)


class _Chain:
    """A chain printer: strikes lines of fixed pitch, turns pages, carries the sum over."""

    def __init__(self, d: Drawing, w: Words) -> None:
        self.d, self.w, self.page, self.y = d, w, 0, 0.0

    def put(self, text: str = "") -> None:
        self.d.sheet.text(36, self.y, _bare(text), 9)
        self.y += 12

    def headed(self, *fields: str) -> None:
        facts = self.w.facts(*fields)
        if facts:
            self.put("".join(f"{label:<19}" for label, _ in facts))
            self.put("".join(f"{_bare(value):<19}" for _, value in facts))
            self.put()

    def turn(self) -> None:
        """A fresh page: the whole heading on the first, a reminder on the others."""
        inv = self.d.inv
        if self.page:
            self.d.sheet.new_page()
        self.page, self.y = self.page + 1, 44.0
        self.put(f"{inv.supplier.name:<70}{'PAGE':>14}{self.page:>4}")
        if self.page == 1:
            self.heading()
        else:
            self.put(f"{self.w['number']} {inv.number} DU {self.d.fmt.day(inv.issued)} - SUITE")

    def heading(self) -> None:
        d, w, sup = self.d, self.w, self.d.inv.supplier
        for text in (
            *sup.address,
            f"TEL {sup.phone}",
            f"SIRET {d.fmt.siret(sup.siret)}  TVA {sup.vat}  APE {sup.ape}",
            "",
        ):
            self.put(text)
        for text in (*d.address(d.inv.recipient), *w.said("recipient_siret", mark=" "), ""):
            self.put(f"{'':<36}{text}" if text else "")
        self.headed("number", "date", "client_code", "due")
        self.headed("engagement", "order_date", "service", "contract")
        self.headed("delivery_date")
        if w.original:
            self.put(f"AVOIR SUR FACTURE {w.original[0]} DU {w.original[1]}")

    def listing(self, start: int, stop: int) -> None:
        d, inv = self.d, self.d.inv
        self.put("-" * 92)
        self.put(f"{'CODE':<8}{'ARTICLE':<42}{'QTE':>9}{'PRIX NET':>11}{'TAUX':>7}{'TOTAL':>15}")
        self.put("-" * 92)
        if start:
            self.put(f"{'':<8}{'REPORT':<42}{d.figure(carried(inv, start)):>42}")
        for i in inv.items[start:stop]:
            text = f"{i.code:<8}{_bare(i.text)[:40]:<42}{d.quantity(i.quantity):>9}{d.fmt.number(i.price):>11}"
            self.put(f"{text}{d.fmt.rate(i.rate):>7}{d.figure(i.amount):>15}")
        self.put("-" * 92)
        if stop < len(inv.items):
            self.put(f"{'':<8}{'A REPORTER':<42}{d.figure(carried(inv, stop)):>42}")

    def taxes(self) -> None:
        """The VAT table lying on its side: one column for each rate, when there are several."""
        d, lines = self.d, self.d.inv.vat_lines
        if len(lines) > 1:
            self.put(f"{'TAUX':<10}" + "".join(f"{d.fmt.rate(v.rate):>16}" for v in lines))
            self.put(f"{'BASE HT':<10}" + "".join(f"{d.figure(v.base):>16}" for v in lines))
            self.put(f"{'TVA':<10}" + "".join(f"{d.figure(v.amount):>16}" for v in lines))
            self.put()


@printed(
    faces=("courier",),
    ascii_only=True,
    items=(18, 66),
    deposit=0.1,
    delivery=0.0,
    credit=0.08,
    trades=("food", "health", "supplies"),
)
def chaine(d: Drawing) -> None:
    """A chain printer's list on several pages: headings over values on one line, sums carried over."""
    inv = d.inv
    w = Words(
        d,
        number=("FACTURE", "NO FACTURE", "PIECE NO"),
        credit=("AVOIR", "NO AVOIR"),
        date=("DATE", "DATE FACT.", "DATE PIECE"),
        due=("ECHEANCE", "DATE ECH.", "A REGLER LE"),
        engagement=("NO ENGAGEMENT", "VOTRE CDE", "BON DE COMMANDE"),
        service=("CODE SERVICE", "SERVICE"),
        contract=("MARCHE", "NO MARCHE"),
        client_code=("CLIENT", "NO CLIENT", "COMPTE"),
        order_date=("DATE CDE", "CDE DU"),
        delivery_date=("DATE LIVR.", "LIVRE LE"),
        recipient_siret=("NO SIRET", "SIRET"),
        ht=("TOTAL HORS TAXES", "NET H.T."),
        tva=("TOTAL T.V.A.", "T.V.A."),
        ttc=("TOTAL T.T.C.", "TOTAL FACTURE T.T.C."),
        due_amount=("NET A PAYER", "SOLDE A REGLER"),
        credit_due=("NET A DEDUIRE", "SOLDE EN VOTRE FAVEUR"),
        deposit=("ACOMPTE VERSE", "DEJA REGLE"),
    )
    if d.rng.random() < 0.6:
        d.fmt = replace(d.fmt, date_style="short")
    page = _Chain(d, w)
    starts = list(range(0, len(inv.items), 30))
    for start in starts:
        page.turn()
        page.listing(start, min(start + 30, len(inv.items)))
    if page.y > 600:
        page.turn()
    page.put()
    page.taxes()
    for label, value in w.sums():
        page.put(f"{'':<44}{label:<26}{value:>22}")
    page.put()
    page.put(_exempt(d))
    page.put("PRIX EN EUROS")
    if inv.bank:
        page.put(f"VIREMENT A  {inv.bank.name}  {inv.bank.bank}-{inv.bank.branch}-{inv.bank.number}-{inv.bank.key}")
        page.put(f"IBAN  {d.fmt.iban(inv.bank.iban)}    BIC  {inv.bank.bic}")


@printed(faces=("source", "serif", "vera", "helvetica"), credit=0.7, items=(1, 4), delivery=0.0, deposit=0.0)
def rectificative(d: Drawing) -> None:
    """Mostly credit notes: the corrected invoice is right beside the credit's own number and date."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("Facture n°", "N° de facture", "Notre facture n°"),
        credit=("Avoir n°", "Note de crédit n°", "Facture d'avoir n°"),
        date=("Date", "Date d'établissement", "En date du"),
        due=("À payer avant le", "Payable au", "Échéance de règlement"),
        engagement=("Engagement juridique", "N° d'engagement", "Votre commande"),
        service=("Code service", "Service destinataire"),
        contract=("Marché n°", "Contrat n°"),
        client_code=("Code client", "N° de compte"),
        recipient_siret=("SIRET client", "N° SIRET destinataire"),
        ht=("Total HT", "Montant HT", "Base HT"),
        tva=("Montant TVA", "Total TVA"),
        ttc=("Total TTC", "Montant TTC"),
        due_amount=("Net à payer", "Total à payer"),
        credit_due=("Net à votre crédit", "Montant à vous restituer", "Total de l'avoir"),
    )
    s.lines(555, 48, [*d.address(sup), f"Tél. {sup.phone}"], 9, bold_first=True, align="r")
    s.lines(40, 120, [*d.address(rec), *w.said("recipient_siret")], 10)
    s.box(40, 196, 515, 60, line=1)
    s.text(52, 214, f"{w['number']} {inv.number}", 12, bold=True, fit=240)
    s.text(52, 232, f"{w['date']} : {d.fmt.day(inv.issued)}", 9.5)
    if w.original:
        s.rule(300, 196, 300, 256)
        s.text(
            312,
            214,
            d.rng.choice(("Facture rectifiée", "Annulation partielle de la facture", "Réf. facture d'origine")),
            8.5,
        )
        s.text(312, 228, w.original[0], 9.5)
        s.text(312, 242, f"émise le {w.original[1]}", 9)
    elif inv.due:
        s.text(312, 214, f"{w['due']} {d.fmt.day(inv.due)}", 10)
    s.text(52, 249, " - ".join(w.said("client_code")), 8.5)
    y = s.lines(40, 276, w.said("engagement", "contract", "service"), 9, 13)
    if inv.credit_note:
        why = d.rng.choice(
            ("Retour de marchandise", "Erreur de prix unitaire", "Prestation non exécutée", "Double facturation")
        )
        s.text(40, y + 4, f"Motif : {why}", 9, italic=True)
    columns = [
        Column("Désignation", 240),
        Column("Qté", 55, "r"),
        Column("P.U. HT", 65, "r"),
        Column("Taux TVA", 60, "r"),
        Column("Montant HT", 95, "r"),
    ]
    y = s.table(
        40, y + 18, columns, d.item_cells("text", "qty", "price", "pct", "amount"), frame=True, size=8.5, row=17
    )
    rows = [[d.fmt.percent(v.rate), d.money(v.base), d.money(v.amount)] for v in inv.vat_lines]
    if inv.vat_regime == "normal":
        titles = ("Taux", "HT", "TVA")
        s.table(40, y + 20, [Column(t, 85, "r") for t in titles], rows, rules=True, size=8.5)
    y += 32
    for label, value in w.sums():
        s.text(455, y, label, 9.5, align="r")
        s.text(555, y, value, 10, bold=True, align="r", fit=98)
        y += 16
    s.text(40, y + 30, _exempt(d), 8.5)
    if inv.bank:
        s.text(40, y + 48, f"IBAN {d.fmt.iban(inv.bank.iban)} - BIC {inv.bank.bic}", 9)
    elif inv.credit_note:
        s.text(40, y + 48, "Ce montant viendra en déduction de votre prochain règlement.", 9)
    s.paragraph(297, 806, _identity(d), 515, 6.5, align="c")


@printed(
    faces=("helvetica", "times", "source"),
    factor=0.5,
    trades=("services", "works"),
    retention=0.3,
    deposit=0.1,
    credit=0.0,
    delivery=0.25,
    items=(1, 6),
    shuffle=0.1,
    rates=("20", "10"),
)
def visa(d: Drawing) -> None:
    """References run on in one sentence under the title; a stamp's place; a long sentence says whom to pay."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        engagement=("engagement n°", "votre bon de commande n°", "commande publique n°"),
        service=("service", "code service"),
        contract=("marché n°", "en exécution du marché"),
        recipient_siret=("N° SIRET", "SIRET"),
        ht=("Montant hors TVA", "Total H.T."),
        tva=("Montant de TVA", "T.V.A."),
        rate=("T.V.A. au taux de",),
        ttc=("Montant T.T.C.", "Total T.V.A. comprise"),
        retention=("Retenue de garantie", "Retenue contractuelle"),
        deposit=_ADVANCES,
        due_amount=("Montant à virer", "Total à régler", "Net à payer"),
    )
    s.lines(
        60,
        56,
        [*d.address(sup), f"Siret : {d.fmt.siret(sup.siret)}", f"Identifiant TVA : {sup.vat}"],
        9,
        bold_first=True,
    )
    s.lines(325, 130, ["À l'attention de", *d.address(rec), *w.said("recipient_siret", mark=" ")], 10)
    s.text(60, 216, f"FACTURE N° {inv.number} DU {d.fmt.day(inv.issued).upper()}", 12, bold=True, fit=475)
    parts = [glue(text) for text in w.said("engagement", "contract", "service", mark=" ")]
    if inv.order_date:
        parts.insert(min(1, len(parts)), glue(f"commande passée le {d.fmt.day(inv.order_date)}"))
    if inv.delivery_date:
        parts.append(glue(f"exécution achevée le {d.fmt.day(inv.delivery_date)}"))
    y = s.paragraph(60, 234, ("Références : " + ", ".join(parts) + ".") if parts else "", 475, 9.5)
    if inv.delivery:
        y = s.paragraph(
            60, y, f"Lieu d'exécution : {inv.delivery.name}, {inv.delivery.street}, {inv.delivery.city_line}", 475, 9
        )
    columns = [
        Column("Nature des prestations", 225),
        Column("Quantité", 65, "r"),
        Column("Prix HT", 65, "r"),
        Column("TVA", 45, "r"),
        Column("Montant HT", 75, "r"),
    ]
    y = s.table(60, y + 8, columns, d.item_cells("text", "qty", "price", "pct", "amount"), grid=True, size=8.5, row=16)
    if len(inv.vat_lines) > 1:
        titles = ("Taux", "Base", "TVA")
        s.table(60, y + 14, [Column(t, 55, "r") for t in titles], d.vat_rows(), size=8)
    y += 24
    for label, value in w.sums(rates=len(inv.vat_lines) == 1):
        s.text(290, y, label, 9.5)
        s.text(532, y, value, 9.5, bold=True, align="r", fit=100)
        y += 15
    s.text(60, y + 4, _exempt(d), 8.5)
    limit = (
        f"Cette facture est payable jusqu'au {glue(d.fmt.day(inv.due))} inclus"
        if inv.due
        else "Cette facture est payable à réception"
    )
    if inv.factor:
        text = (
            f"{limit}. Notre créance ayant été transmise à {inv.factor.name} ({inv.factor.city_line}, SIRET "
            f"{glue(d.fmt.siret(inv.factor.siret))}), le paiement doit lui être adressé"
        )
    else:
        text = f"{limit}. Le paiement est à adresser à {sup.name}"
    if inv.bank:
        text += f" sur le compte {glue(d.fmt.iban(inv.bank.iban))}, code BIC {inv.bank.bic}"
    y = s.paragraph(60, y + 24, f"{text}.", 475, 9.5)
    s.box(60, y + 10, 200, 60, line=0.4)
    s.text(66, y + 20, "Visa du service ordonnateur", 7)
    s.paragraph(60, 790, _delay(d), 475, 7)
    s.text(
        297,
        818,
        f"{sup.legal_form} au capital de {sup.capital} € - RCS {sup.rcs} {d.fmt.siren(sup.siren)}",
        6.5,
        align="c",
    )


@printed(
    faces=("times", "serif"),
    trades=("works", "culture", "food"),
    items=(1, 4),
    credit=0.0,
    delivery=0.0,
    deposit=0.2,
    regimes=("franchise", "franchise", "normal"),
    rates=("10", "5.5"),
)
def doit(d: Drawing) -> None:
    """A craftsman's old-style bill: « Doit : », columns in the old order, the sum settled in a sentence."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("FACTURE N°", "Facture Nº", "Mémoire et facture n°"),
        due=("Payable le", "À acquitter avant le", "Terme :"),
        engagement=("Votre bon n°", "Bon de commande", "Engagement n°"),
        service=("Service", "Pour le service"),
        contract=("Marché", "Selon marché"),
        recipient_siret=("Siret", "N° Siret"),
        ht=("Total", "Montant hors taxes"),
        tva=("T.V.A.", "Taxe"),
        rate=("T.V.A.",),
        ttc=("Total T.T.C.", "Ensemble, taxes comprises"),
        deposit=("Acompte reçu", "À déduire, arrhes versées"),
        due_amount=("Reste dû", "À payer", "Net à payer"),
    )
    s.text(60, 66, sup.name, 20, bold=True)
    s.text(60, 82, f"{sup.street}, {sup.city_line}", 10, italic=True)
    s.text(60, 95, f"Tél. {sup.phone}", 10, italic=True)
    s.text(535, 66, f"{sup.town.title()}, le {format_date(inv.issued, 'long')}", 11, align="r")
    s.text(300, 136, "Doit :", 12, bold=True)
    s.lines(340, 136, [*d.address(rec), *w.said("recipient_siret", mark=" ")], 11)
    s.text(60, 220, f"{w['number']} {inv.number}", 14, bold=True)
    y = s.lines(60, 238, w.said("engagement", "contract", "service", mark=" "), 10, 14)
    columns = [
        Column("Quantités", 75, "r"),
        Column("Travaux et fournitures", 250),
        Column("Prix", 70, "r"),
        Column("Sommes", 80, "r"),
    ]
    cells = [[f"{q} {u}", t, p, a] for q, u, t, p, a in d.item_cells("qty", "unit", "text", "price", "amount")]
    y = s.table(60, y + 10, columns, cells, frame=True, size=9.5, row=20)
    y += 20
    sums = w.sums(rates=True)
    for label, value in sums:
        s.text(450, y, label, 10.5, align="r", bold=label == w["due_amount"])
        s.text(532, y, value, 10.5, align="r", bold=label == w["due_amount"], fit=80)
        y += 17
    if len(inv.vat_lines) > 1:
        for v in inv.vat_lines:
            s.text(60, y, f"Sommes soumises à {d.fmt.percent(v.rate)} : {d.figure(v.base)}", 9)
            y += 13
    s.text(60, y + 8, f"Arrêtée la présente facture à la somme de {d.money(inv.amount_due)}.", 10.5, italic=True)
    s.text(60, y + 24, _exempt(d), 9.5)
    y += 44
    s.text(60, y, f"{w['due']} {d.fmt.day(inv.due)}" if inv.due else "", 10.5)
    if inv.bank:
        s.text(60, y + 16, f"Virement : {inv.bank.name}, {d.fmt.iban(inv.bank.iban)}", 10.5)
    s.text(
        297,
        800,
        f"Immatriculation : {d.fmt.siret(sup.siret)} (SIRET) - {sup.vat} (TVA) - {sup.ape} (APE)",
        7,
        align="c",
    )
    s.text(297, 812, _delay(d), 6, align="c", fit=500)


@printed(
    faces=("source", "vera", "helvetica"),
    delivery=1.0,
    shuffle=0.3,
    deposit=0.1,
    items=(2, 7),
    trades=("supplies", "health", "food"),
)
def trois_parties(d: Drawing) -> None:
    """The net and the references on top; sold by, billed to and delivered to in three columns near the foot."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    assert inv.delivery
    w = Words(
        d,
        number=("Pièce", "Facture", "Document"),
        credit=("Avoir", "Note de crédit"),
        date=("Fait le", "Date d'édition", "Date de facture"),
        due=("Règlement avant le", "Échéance au", "Échéance"),
        engagement=("Commande n°", "Engagement n°", "V/ engagement"),
        service=("Code service", "Service (code Chorus)"),
        contract=("V/ marché", "Marché n°"),
        client_code=("Compte", "N/ réf. client"),
        order_date=("V/ commande du", "Commandée le"),
        delivery_date=("Expédition du", "N/ BL du"),
        recipient_siret=("SIRET", "Siret"),
        ht=("Hors taxes", "Total HT"),
        tva=("TVA", "Taxes"),
        ttc=("Toutes taxes", "Total TTC"),
        deposit=("Déjà réglé", "Acompte"),
        due_amount=("À PAYER", "NET À PAYER"),
        credit_due=("À VOTRE CRÉDIT", "NET À DÉDUIRE"),
    )
    s.text(40, 54, sup.name, 15, bold=True)
    kind = "Facture d'avoir" if inv.credit_note else "Facture"
    s.text(40, 72, kind + (f", reprend la facture {w.original[0]} du {w.original[1]}" if w.original else ""), 10)
    s.box(375, 36, 180, 48, stroke="#222222", line=1.2)
    s.text(465, 52, w["due_amount"], 9, align="c")
    s.text(465, 74, d.money(inv.amount_due), 16, bold=True, align="c", fit=170)
    facts = w.facts(
        "number", "date", "due", "engagement", "contract", "service", "order_date", "delivery_date", "client_code"
    )
    for index, (label, value) in enumerate(facts):
        x, y = 40 + index % 3 * 174, 112.0 + index // 3 * 22
        s.text(x, y, label, 8, color="#666666")
        s.text(x + s.measure(label, 8) + 6, y, value, 9.5, bold=True, fit=160 - s.measure(label, 8))
    columns = [
        Column("Référence", 65),
        Column("Produit", 210),
        Column("Qté", 50, "r"),
        Column("Prix HT", 60, "r"),
        Column("Taux", 50, "r"),
        Column("HT", 80, "r"),
    ]
    cells = d.item_cells("code", "text", "qty", "price", "pct", "amount")
    y = s.table(40, 180, columns, cells, size=8.5, row=18, zebra="#f3f3f3", head_fill="#222222", head_ink="#ffffff")
    if len(inv.vat_lines) > 1:
        titles = ("Taux", "Base HT", "Montant TVA")
        s.table(40, y + 14, [Column(t, 75, "r") for t in titles], d.vat_rows(), size=8, rules=True)
    y += 26
    for label, value in w.sums():
        s.text(400, y, label, 9)
        s.text(552, y, value, 9.5, bold=True, align="r", fit=95)
        y += 15
    s.text(40, y + 10, _exempt(d), 8)
    if inv.bank:
        s.text(40, 596, f"Paiement par virement : IBAN {d.fmt.iban(inv.bank.iban)} / BIC {inv.bank.bic}", 9)
    s.rule(40, 610, 555, 610)
    where = inv.delivery
    number = [f"SIRET {d.fmt.siret(where.siret)}"] if where.siret else []
    parties = (
        (
            d.rng.choice(("Vendu par", "Fournisseur")),
            [*d.address(sup), f"SIRET {d.fmt.siret(sup.siret)}", f"TVA {sup.vat}", sup.phone],
        ),
        (d.rng.choice(("Facturé à", "Acheteur")), [*d.address(rec), *w.said("recipient_siret", mark=" ")]),
        (d.rng.choice(("Livré à", "Point de livraison")), [*d.address(where), *number]),
    )
    for index, (head, texts) in enumerate(parties):
        left = 40 + index * 174
        s.text(left, 628, head.upper(), 8, bold=True)
        line = 643.0
        for text in texts:
            line = s.paragraph(left, line, text, 164, 8.5, 12)
    s.paragraph(40, 780, _delay(d), 515, 6.5)
    s.text(
        297,
        818,
        f"{sup.legal_form} au capital de {sup.capital} € - RCS {sup.rcs} {d.fmt.siren(sup.siren)} - APE {sup.ape}",
        6,
        align="c",
    )


@printed(
    faces=("vera", "source", "helvetica"),
    landscape=True,
    items=(2, 12),
    always_vat_table=True,
    deposit=0.15,
    delivery=0.0,
    shuffle=0.3,
)
def classeur(d: Drawing) -> None:
    """A spreadsheet turned sideways: a key column beside a value column, the sums under the amounts."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("N° facture", "Facture", "Réf. facture"),
        credit=("N° avoir", "Avoir"),
        date=("Date facture", "Date d'établissement", "Émise le"),
        due=("Date d'échéance", "Payable au plus tard le", "À régler avant"),
        engagement=("N° EJ", "Engagement juridique", "N° bon de commande"),
        service=("Code service", "Service exécutant"),
        contract=("N° marché", "Marché"),
        order_date=("Date commande", "Commande du"),
        delivery_date=("Date livraison", "Livraison du"),
        recipient_siret=("SIRET", "N° SIRET"),
        supplier_siret=("SIRET", "N° SIRET"),
        supplier_vat=("N° TVA", "TVA intracom."),
        iban=("IBAN", "Compte (IBAN)"),
        deposit=("Acompte déduit", "Avance récupérée"),
        due_amount=("Net à payer", "Solde à payer"),
        credit_due=("Net à déduire", "Solde créditeur"),
    )
    s.text(36, 40, "AVOIR" if inv.credit_note else "FACTURE", 14, bold=True)
    if w.original:
        s.text(110, 40, f"sur facture {w.original[0]} du {w.original[1]}", 9)
    left = [
        ("Prestataire", sup.name),
        ("Rue", sup.street),
        ("Ville", sup.city_line),
        *w.facts("supplier_siret", "supplier_vat"),
    ]
    right = [
        ("Client", rec.name),
        ("Rue", rec.street),
        ("Ville", rec.city_line),
        *w.facts("recipient_siret", "service"),
    ]
    middle = w.facts("number", "date", "due", "engagement", "contract", "order_date", "delivery_date")
    for x, key, width, facts in ((36.0, 72.0, 184.0, left), (300.0, 100.0, 120.0, middle), (528.0, 72.0, 206.0, right)):
        s.table(x, 52, [Column("", key), Column("", width)], [list(fact) for fact in facts], grid=True, size=8, row=14)
    columns = [
        Column("N°", 30, "c"),
        Column("Désignation", 270),
        Column("Unité", 45, "c"),
        Column("Quantité", 60, "r"),
        Column("PU HT", 70, "r"),
        Column("Taux", 50, "r"),
        Column("Montant HT", 80, "r"),
        Column("TVA", 75, "r"),
        Column("Montant TTC", 90, "r"),
    ]
    keys = ("text", "unit", "qty", "price", "pct", "amount", "vat", "ttc")
    cells = [[str(n), *row] for n, row in enumerate(d.item_cells(*keys), 1)]
    y = s.table(36, 164, columns, cells, grid=True, size=8, row=14, head_fill="#dde6f0")
    name = d.rng.choice(("TOTAL", "Total général", "TOTAUX"))
    rows = [[f"TVA {row[0]}", *row[1:]] for row in d.vat_rows(ttc=True)]
    rows.append([name, d.figure(inv.total_ht), d.figure(inv.total_tva), d.figure(inv.total_ttc)])
    titles = (("Récapitulatif", 130), ("HT", 80), ("TVA", 75), ("TTC", 90))
    y = s.table(
        431, y + 10, [Column(t, x, "r") for t, x in titles], rows, grid=True, size=8.5, row=15, head_fill="#dde6f0"
    )
    y += 16
    for label, value in (*w.deductions(), (w["due_amount"], d.money(inv.amount_due))):
        s.text(700, y, label, 9.5, align="r")
        s.text(803, y, value, 10, bold=True, align="r", fit=98)
        y += 15
    if inv.bank:
        s.table(
            36,
            y - 46,
            [Column("", 80), Column("", 240)],
            [[w["iban"], w.value("iban")], ["BIC", inv.bank.bic]],
            grid=True,
            size=8.5,
        )
    s.text(36, y + 4, _exempt(d), 8)
    s.text(36, 566, _delay(d), 6.5, fit=770)
    s.text(
        421,
        580,
        f"{sup.legal_form} {sup.name} - capital {sup.capital} € - RCS {sup.rcs} - APE {sup.ape} - {sup.phone}",
        6,
        align="c",
    )
