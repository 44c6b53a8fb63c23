"""Ten layouts of offices' and craftsmen's papers: the second held-out set, drawn here since the day it was measured."""

import textwrap
import unicodedata
from dataclasses import replace
from functools import partial

from tools.invoice_generator.formats import MONTHS, format_date
from tools.invoice_generator.layout import Drawing, glue, layout
from tools.invoice_generator.layout_words import Facts, Words, carried, vat_of
from tools.invoice_generator.paper_names import PAPER_NAMES
from tools.invoice_generator.sheet import Column

paper = partial(layout, "dev", names=PAPER_NAMES)

_DEPOSITS = ("Acompte perçu", "À déduire, acompte", "Avance déjà versée", "Acompte encaissé")
_RETENTIONS = ("Retenue de garantie", "RG", "Garantie retenue")


def _company(d: Drawing) -> str:
    s = d.inv.supplier
    return d.rng.choice(
        (
            f"{s.name}, {s.legal_form} au capital de {s.capital} euros - {s.street}, {s.city_line} - "
            f"Siret {d.fmt.siret(s.siret)} - NAF {s.ape} - N° intracommunautaire {s.vat}",
            f"{s.legal_form} {s.name} | Capital social {s.capital} € | R.C.S. {s.rcs} {d.fmt.siren(s.siren)} | "
            f"Établissement {d.fmt.siret(s.siret)} | TVA {s.vat} | Code activité {s.ape}",
        )
    )


def _late(d: Drawing) -> str:
    return d.rng.choice(
        (
            "Intérêts moratoires dus de plein droit au-delà du délai réglementaire, majorés d'une somme forfaitaire de "
            "40,00 € par facture. Aucun escompte.",
            "Paiement à trente jours. Le dépassement du délai ouvre droit à une indemnité de 40 € et à des intérêts "
            "calculés au taux directeur de la BCE augmenté de huit points.",
            "Délai global de paiement de 30 jours (décret n° 2013-269). Pénalités : 10,40 % l'an ; frais de "
            "recouvrement : 40,00 €.",
        )
    )


def _no_vat(d: Drawing) -> str:
    return {
        "normal": "",
        "franchise": "TVA non applicable, article 293 B du code général des impôts.",
        "exempt": "Opération exonérée de TVA (art. 261 du CGI).",
        "reverse": "TVA due par le preneur assujetti (autoliquidation, art. 283-2 nonies du CGI).",
    }[d.inv.vat_regime]


def _strip(d: Drawing, x: float, y: float, width: float, facts: Facts, *, tint: str, height: float = 34) -> float:
    """A row of cells: the labels in a tinted strip, each value under its own; returns the y below."""
    s = d.sheet
    if not facts:
        return y
    each = width / len(facts)
    s.box(x, y, width, 14, fill=tint, stroke="")
    s.box(x, y, width, height)
    for index, (label, value) in enumerate(facts):
        left = x + index * each
        if index:
            s.rule(left, y, left, y + height, line=0.4)
        s.cell(left, each, y + 10, label, 7, "c", color="#333333")
        s.cell(left, each, y + 26, value, 9, "c", bold=True)
    return y + height


@paper(faces=("helvetica", "source", "vera"), shuffle=0.25, deposit=0.2, delivery=0.0)
def cartouches(d: Drawing) -> None:
    """Labels in grey strips over their values, twice; the totals are such a strip as well."""
    s, inv, sup = d.sheet, d.inv, d.inv.supplier
    w = Words(
        d,
        number=("N° de pièce", "Facture numéro", "N° du document", "Pièce n°"),
        credit=("Avoir numéro", "N° de l'avoir"),
        date=("Établie le", "Date de pièce", "Date du document"),
        due=("À payer pour le", "Date d'exigibilité", "Échéance de paiement"),
        client_code=("Code tiers", "Compte auxiliaire", "Identifiant client"),
        engagement=("Engagement n°", "N° de bon de commande", "Engagement juridique n°"),
        service=("Code du service", "Service Chorus Pro", "Code serv. exécutant"),
        contract=("Marché public n°", "Réf. du marché"),
        order_date=("Commandé en date du", "Date du bon de cde"),
        delivery_date=("Livraison du", "Date du BL"),
        recipient_siret=("SIRET de l'acheteur", "N° SIRET facturé"),
        ht=("Montant net H.T.", "Valeur HT", "Total hors taxe"),
        tva=("T.V.A.", "Montant taxes", "TVA facturée"),
        ttc=("Total T.T.C.", "Montant T.T.C.", "Total taxes comprises"),
        due_amount=("NET À RÉGLER", "À PAYER", "Solde dû"),
        credit_due=("À VALOIR", "Net en votre faveur"),
        deposit=_DEPOSITS,
    )
    s.text(555, 50, sup.name, 15, bold=True, align="r")
    facts = [*sup.address, f"Tél. {sup.phone} - {sup.mail}", f"SIRET {d.fmt.siret(sup.siret)}", f"TVA {sup.vat}"]
    s.lines(555, 65, facts, 8, align="r")
    s.text(40, 70, "FACTURE D'AVOIR" if inv.credit_note else "FACTURE", 20, bold=True, color="#3b4a5a")
    if w.original:
        s.text(40, 86, f"en correction de la facture {w.original[0]} du {w.original[1]}", 8.5)
    s.lines(300, 152, [*d.address(inv.recipient), *w.said("recipient_siret")], 10)
    y = _strip(d, 40, 230, 515, w.facts("client_code", "number", "date", "due"), tint="#dcdfe3")
    y = _strip(d, 40, y + 6, 515, w.facts("engagement", "service", "contract"), tint="#dcdfe3")
    y = _strip(d, 40, y + 6, 300, w.facts("order_date", "delivery_date"), tint="#dcdfe3", height=32)
    columns = [
        Column("Article", 62),
        Column("Libellé", 222),
        Column("Quantité", 56, "r"),
        Column("Prix unit.", 62, "r"),
        Column("% TVA", 43, "r"),
        Column("Net HT", 70, "r"),
    ]
    cells = d.item_cells("code", "text", "qty", "price", "rate", "amount")
    y = s.table(40, y + 12, columns, cells, frame=True, head_fill="#dcdfe3", size=8)
    if len(inv.vat_lines) > 1:
        titles = ("Taux", "Assiette", "Taxe")
        y = s.table(40, y + 14, [Column(t, 75, "r") for t in titles], d.vat_rows(), grid=True, size=8)
    y = _strip(d, 40, y + 16, 515, w.sums(), tint="#dcdfe3", height=36)
    s.text(40, y + 14, _no_vat(d), 8, italic=True)
    if inv.bank:
        s.text(40, y + 32, f"Virement sur le compte {d.fmt.iban(inv.bank.iban)} ({inv.bank.bic}), {inv.bank.name}", 8.5)
    s.paragraph(40, 788, _late(d), 515, 6.5)
    s.text(297, 820, f"RCS {sup.rcs} {d.fmt.siren(sup.siren)} - {sup.legal_form} - NAF {sup.ape}", 6.5, align="c")


@paper(
    faces=("times", "serif", "source"),
    trades=("services", "culture", "health"),
    items=(1, 3),
    credit=0.0,
    delivery=0.0,
    deposit=0.25,
    regimes=("normal", "normal", "normal", "franchise", "exempt"),
)
def courrier(d: Drawing) -> None:
    """A letter: sentences say what is due, the company's data are in six points at the very foot."""
    s, inv, sup = d.sheet, d.inv, d.inv.supplier
    w = Words(
        d,
        number=("facture n°", "notre facture", "facture numéro"),
        engagement=("votre engagement", "votre bon de commande n°", "engagement juridique"),
        service=("à l'attention du service", "service exécutant", "code service"),
        contract=("marché n°", "au titre du marché"),
        recipient_siret=("Siret", "SIRET de votre établissement"),
    )
    whole = partial(d.money)
    s.text(297, 52, sup.name, 17, bold=True, align="c")
    s.text(297, 66, f"{sup.street} - {sup.city_line} - {sup.phone}", 8.5, align="c")
    s.rule(200, 74, 395, 74)
    s.lines(320, 116, [*d.address(inv.recipient), *w.said("recipient_siret")], 10.5)
    day = format_date(inv.issued, d.rng.choice(("long", "weekday", "long")))
    s.text(320, 196, f"{sup.town.title()}, le {day}", 10.5)
    s.text(56, 226, f"Objet : {w['number']} {inv.number}", 11, bold=True)
    references = ", ".join(w.said("engagement", "contract", "service", mark=" "))
    y = s.paragraph(56, 242, f"Vos références : {references}" if references else "", 480, 10)
    ordered = f"Suite à votre commande du {glue(d.fmt.day(inv.order_date))}, n" if inv.order_date else "N"
    lead = f"{ordered}ous avons l'honneur de vous adresser le décompte des prestations réalisées pour votre compte :"
    y = s.paragraph(56, y + 14, "Madame, Monsieur,", 480, 10.5)
    y = s.paragraph(56, y + 4, lead, 480, 10.5)
    for item in inv.items:
        line = f"- {item.text} : {glue(f'{d.quantity(item.quantity)} {item.unit}')} à {glue(whole(item.price))}, soit "
        vat = f" (TVA {glue(d.fmt.percent(item.rate))})" if inv.vat_regime == "normal" else ""
        y = s.paragraph(72, y + 2, f"{line}{glue(whole(item.amount))}{vat} ;", 455, 10.5)
    text = f"Le montant hors taxes de nos prestations s'établit à {glue(whole(inv.total_ht))}. "
    for v in inv.vat_lines if inv.vat_regime == "normal" else ():
        text += f"La TVA au taux de {glue(d.fmt.percent(v.rate))}, calculée sur {glue(whole(v.base))}, "
        text += f"représente {glue(whole(v.amount))}. "
    if len(inv.vat_lines) > 1:
        text += f"Le total de la TVA ressort à {glue(whole(inv.total_tva))}. "
    text += _no_vat(d) + " " if inv.vat_regime != "normal" else ""
    text += f"Le montant toutes taxes comprises de cette facture est donc de {glue(whole(inv.total_ttc))}."
    y = s.paragraph(56, y + 10, text, 480, 10.5)
    if inv.deposit:
        text = f"Compte tenu de l'acompte de {glue(whole(inv.deposit))} que vous nous avez versé, la somme restant à "
        y = s.paragraph(56, y + 6, f"{text}régler s'élève à {glue(whole(inv.amount_due))}.", 480, 10.5)
    limit = f" avant le {glue(d.fmt.day(inv.due))}" if inv.due else " dans le délai réglementaire"
    way = f", par virement sur notre compte {glue(d.fmt.iban(inv.bank.iban))} ({inv.bank.bic})" if inv.bank else ""
    y = s.paragraph(
        56, y + 6, f"Nous vous remercions de bien vouloir en effectuer le règlement{limit}{way}.", 480, 10.5
    )
    text = "Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées."
    y = s.paragraph(56, y + 6, text, 480, 10.5)
    s.text(380, y + 18, d.rng.choice(("Le gérant", "La directrice", "Le service comptable")), 10.5, italic=True)
    s.rule(56, 798, 540, 798, line=0.4)
    s.paragraph(297, 806, _company(d), 500, 6, align="c")
    s.text(297, 828, _late(d), 6, align="c", fit=520)


def _plain(text: str) -> str:
    """The text without accents and in ASCII, as an old terminal's printer has it."""
    flat = unicodedata.normalize("NFKD", text.replace("²", "2").replace("°", "o").replace("€", "EUR"))
    return "".join(c for c in flat if ord(c) < 128)


class _Terminal:
    """Prints lines twelve points apart on one page; ``row`` and ``edge`` make two ruled columns, 92 characters wide."""

    def __init__(self, d: Drawing) -> None:
        self.d, self.y = d, 42.0

    def put(self, text: str = "") -> None:
        self.d.sheet.text(46, self.y, _plain(text), 9)
        self.y += 12

    def edge(self) -> None:
        self.put("+" + "-" * 90 + "+")

    def row(self, left: str = "", right: str = "") -> None:
        self.put(f"! {_plain(left)[:33]:<33} ! {_plain(right)[:53]:<53}!")

    def blocks(self, left: list[str], right: list[str]) -> None:
        self.edge()
        for index in range(max(len(left), len(right))):
            self.row(*(block[index] if index < len(block) else "" for block in (left, right)))
        self.edge()


@paper(faces=("courier",), ascii_only=True, items=(2, 22), deposit=0.15, delivery=0.25, shuffle=0.1)
def terminal(d: Drawing) -> None:
    """A terminal's print-out: two ruled blocks side by side, references in pairs, fixed pitch all over."""
    inv, sup, rec = d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("Document no", "No de piece", "Facture numero"),
        credit=("Avoir numero", "No de l'avoir"),
        date=("Date piece", "Emise le", "En date du"),
        due=("Reglement pour le", "Exigible le", "A payer avant le"),
        engagement=("No engagement", "Votre bon de cde", "Cde publique no"),
        service=("Cd service", "Serv. executant", "Code service"),
        contract=("No contrat/marche", "Ref. marche"),
        client_code=("Cpte client", "Cd tiers"),
        order_date=("Bon de cde du", "Cde du"),
        delivery_date=("BL du", "Livre le"),
        recipient_siret=("Siret", "No Siret"),
        ht=("MONTANT H.T.", "CUMUL HORS TAXES", "TOTAL NET HT"),
        tva=("T.V.A.", "TOTAL TAXE"),
        rate=("TVA", "TAXE"),
        ttc=("TOTAL T.T.C.", "MONTANT T.T.C."),
        due_amount=("NET A REGLER", "A PAYER EUR", "NET A PAYER EUR"),
        credit_due=("NET A DEDUIRE", "A VALOIR"),
        deposit=("ACOMPTE RECU", "DEJA VERSE"),
    )
    page = _Terminal(d)
    page.put(f"{sup.name.upper():<60}{'AVOIR' if inv.credit_note else 'FACTURE':>32}")
    if w.original:
        page.put(f"{'':<40}{f'Annule la facture {w.original[0]} du {w.original[1]}':>52}")
    page.put()
    left = [sup.street, sup.city_line, f"Tel   {sup.phone}", f"Siret {d.fmt.siret(sup.siret)}", f"TVA   {sup.vat}"]
    page.blocks(
        ["EXPEDITEUR", *left, f"RCS {sup.rcs}  NAF {sup.ape}"],
        ["FACTURE A", *textwrap.wrap(rec.name, 53), *rec.address, *w.said("recipient_siret")],
    )
    if inv.delivery:
        number = f" (Siret {d.fmt.siret(inv.delivery.siret)})" if inv.delivery.siret else ""
        page.put(f"Livre a : {inv.delivery.name}, {inv.delivery.city_line}{number}")
    page.put()
    facts = w.facts(
        "number", "date", "client_code", "due", "engagement", "order_date", "service", "delivery_date", "contract"
    )
    for first in range(0, len(facts), 2):
        page.put("  ".join(f"{label[:18]:<18}: {value[:22]:<22}" for label, value in facts[first : first + 2]))
    page.put()
    page.put("=" * 92)
    page.put(f"{'Article':<9}{'Designation':<40}{'Quantite':>10}{'Prix':>11}{'%':>7}{'Net HT':>15}")
    page.put("=" * 92)
    for i in inv.items:
        left_part = f"{i.code:<9}{_plain(i.text)[:38]:<40}{d.quantity(i.quantity):>10}{d.fmt.number(i.price):>11}"
        page.put(f"{left_part}{d.fmt.rate(i.rate):>7}{d.figure(i.amount):>15}")
    page.put("=" * 92)
    if len(inv.vat_lines) > 1:
        page.put(f"{'Taux':>8}{'Base HT':>16}{'Taxe':>14}")
        for v in inv.vat_lines:
            page.put(f"{d.fmt.rate(v.rate):>8}{d.figure(v.base):>16}{d.figure(v.amount):>14}")
    for label, value in w.sums(rates=len(inv.vat_lines) == 1):
        page.put(f"{label:>70} : {value:>19}")
    page.put()
    page.put(_no_vat(d))
    page.put("Montants exprimes en euros.")
    if inv.bank:
        page.put(f"Domiciliation {inv.bank.name}")
        page.put(f"Banque {inv.bank.bank} Guichet {inv.bank.branch} Compte {inv.bank.number} Cle {inv.bank.key}")
        page.put(f"IBAN {d.fmt.iban(inv.bank.iban)} BIC {inv.bank.bic}")
    page.put("Indemnite forfaitaire de recouvrement en cas de retard : 40,00 EUR")


@paper(faces=("source", "vera", "serif"), shuffle=0.5, items=(1, 7), delivery=0.0, deposit=0.1)
def legendes(d: Drawing) -> None:
    """A right-hand panel in which each value is above its small caption; the net in big figures on top."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("numéro de la facture", "référence de facture", "n° de facture"),
        credit=("numéro de l'avoir", "référence de l'avoir"),
        date=("date d'établissement", "facturé le", "date de la facture"),
        due=("règlement au plus tard le", "à payer avant le", "date d'échéance"),
        engagement=("numéro d'engagement", "n° d'engagement juridique", "votre n° de commande"),
        service=("code du service destinataire", "service (Chorus Pro)"),
        contract=("marché public", "référence du marché"),
        order_date=("date de votre commande", "bon de commande du"),
        delivery_date=("service fait le", "livré le"),
        client_code=("votre code client", "compte client"),
        recipient_siret=("SIRET de l'acheteur", "SIRET du destinataire"),
        supplier_siret=("SIRET de l'émetteur", "notre SIRET"),
        supplier_vat=("notre n° de TVA", "TVA intracommunautaire"),
        iban=("IBAN du bénéficiaire", "compte à créditer"),
        due_amount=("montant à payer", "somme due", "à régler"),
        credit_due=("montant à votre crédit", "à déduire"),
        ht=("Total hors taxes", "Sous-total HT"),
        tva=("Total TVA", "Montant de la TVA"),
        rate=("TVA à",),
        ttc=("Total TTC", "Total taxes incluses"),
        deposit=_DEPOSITS,
    )
    tint = d.rng.choice(("#eef3ea", "#f3eee6", "#e9eef5"))
    s.box(395, 0, 200, 842, fill=tint, stroke="")
    s.text(412, 62, d.money(inv.amount_due), 18, bold=True, fit=170)
    s.text(412, 74, w["due_amount"], 7, color="#555555")
    y = 104.0
    fields = (
        "number",
        "date",
        "due",
        "engagement",
        "contract",
        "service",
        "recipient_siret",
        "client_code",
        "order_date",
        "delivery_date",
        "supplier_siret",
        "supplier_vat",
    )
    for label, value in w.facts(*fields):
        s.text(412, y, value or "-", 10, bold=True, fit=170)
        s.text(412, y + 9, label, 6.5, color="#555555")
        s.rule(412, y + 15, 580, y + 15, color="#bbbbbb", line=0.3)
        y += 31
    if inv.bank:
        for half in s.wrap(d.fmt.iban(inv.bank.iban), 170, 9):
            s.text(412, y, half, 9, bold=True)
            y += 11
        s.text(412, y - 1, f"{w['iban']} - BIC {inv.bank.bic}", 6.5, color="#555555")
    s.text(36, 62, "Avoir" if inv.credit_note else "Facture", 24, bold=True)
    if w.original:
        s.text(36, 80, f"Cet avoir se rapporte à la facture {w.original[0]} du {w.original[1]}.", 8.5)
    s.text(36, 110, "De", 8, color="#777777")
    s.lines(60, 110, [*d.address(sup), sup.mail], 9, bold_first=True)
    s.text(36, 176, "À", 8, color="#777777")
    s.lines(60, 176, d.address(rec), 9, bold_first=True)
    y = 240.0
    s.rule(36, y, 375, y)
    for item in inv.items:
        s.text(36, y + 15, item.text, 9, bold=True, fit=250)
        vat = f" - TVA {d.fmt.percent(item.rate)}" if inv.vat_regime == "normal" else ""
        s.text(36, y + 27, f"{d.quantity(item.quantity)} {item.unit} à {d.fmt.number(item.price)} HT{vat}", 8)
        s.text(375, y + 15, d.figure(item.amount), 9, align="r", fit=80)
        y += 34
        s.rule(36, y, 375, y, color="#bbbbbb", line=0.3)
    y += 16
    for label, value in w.sums(rates=True)[:-1] if not inv.deposit else w.sums(rates=True):
        s.text(250, y, label, 9, align="r")
        s.text(375, y, value, 9.5, bold=True, align="r", fit=120)
        y += 15
    if len(inv.vat_lines) > 1:
        for v in inv.vat_lines:
            s.text(36, y + 6, f"Base à {d.fmt.percent(v.rate)} : {d.figure(v.base)}", 8)
            y += 11
    s.text(36, y + 12, _no_vat(d), 8)
    s.paragraph(36, 786, _late(d), 340, 6.5)
    s.text(36, 822, f"{sup.legal_form} - RCS {sup.rcs} {d.fmt.siren(sup.siren)} - APE {sup.ape}", 6.5)


@paper(
    faces=("helvetica", "source", "times"),
    trades=("utilities",),
    items=(1, 4),
    credit=0.0,
    period=0.8,
    deposit=0.0,
    delivery=0.0,
    regimes=("normal", "normal", "normal", "exempt"),
)
def talon(d: Drawing) -> None:
    """A public board's bill: payable at a treasury, with a slip to cut off that says the essentials again."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("Facture N°", "N° facture", "Référence facture"),
        date=("émise le", "Date d'émission", "Établie le"),
        due=("À régler avant le", "Date limite de paiement", "Paiement attendu pour le"),
        engagement=("N° engagement", "Engagement comptable", "Bon de commande"),
        service=("Code service", "Service destinataire"),
        contract=("Marché", "Contrat", "Convention n°"),
        client_code=("Référence abonné", "N° d'usager", "Redevable n°"),
        recipient_siret=("SIRET redevable", "Siret débiteur"),
        ht=("Montant HT", "Total hors taxes"),
        tva=("Montant TVA", "T.V.A."),
        ttc=("Montant TTC", "Total TTC"),
        due_amount=("Somme à payer", "Net à payer", "Montant dû"),
    )
    s.box(40, 36, 215, 84, line=0.8)
    s.lines(
        48,
        52,
        [sup.name, *sup.address, f"Tél. {sup.phone}", f"N° SIRET : {d.fmt.siret(sup.siret)}"],
        8.5,
        bold_first=True,
    )
    s.text(48, 112, f"N° de TVA : {sup.vat}", 8.5)
    s.text(420, 56, "FACTURE", 16, bold=True, align="c")
    y = 74.0
    for text in w.said("number", "date", "due"):
        s.text(420, y, text, 9.5, align="c", bold=y < 80)
        y += 14
    s.lines(320, 150, [*d.address(rec), *w.said("recipient_siret")], 10)
    y = s.lines(40, 150, w.said("client_code", "engagement", "service", "contract"), 9, leading=14)
    if inv.period:
        s.text(40, y, f"Période facturée : {d.period()}", 9)
    columns = [
        Column("Désignation", 195),
        Column("Unité", 45, "c"),
        Column("Quantité", 60, "r"),
        Column("P.U. HT", 65, "r"),
        Column("Taux", 50, "r"),
        Column("Montant HT", 100, "r"),
    ]
    cells = d.item_cells("text", "unit", "qty", "price", "pct", "amount")
    y = s.table(40, 238, columns, cells, grid=True, size=8.5, row=17)
    y += 18
    if len(inv.vat_lines) > 1:
        for v in inv.vat_lines:
            said = f"dont TVA {d.fmt.percent(v.rate)} sur {d.figure(v.base)} : {d.figure(v.amount)}"
            s.text(40, y, said, 8.5)
            y += 12
    for label, value in w.sums():
        s.text(440, y, label, 9.5, align="r")
        s.text(552, y, value, 9.5, bold=True, align="r")
        y += 15
    s.text(40, y, _no_vat(d), 8)
    town = d.rng.choice(("Montfaucon", "Sallanches-Ville", "Pontivy-Centre", "Bédarieux"))
    office = d.rng.choice(
        (f"Trésorerie de {town}", f"Service de gestion comptable de {town}", f"Centre des finances publiques de {town}")
    )
    text = f"Cette somme est à verser à la caisse du comptable public : {office}, 3 rue de la Perception."
    y = s.paragraph(40, y + 22, text, 515, 9)
    if inv.bank:
        rib = f"{inv.bank.bank} {inv.bank.branch} {inv.bank.number} {inv.bank.key}"
        s.text(40, y + 4, f"RIB {rib} - IBAN {d.fmt.iban(inv.bank.iban)} - BIC {inv.bank.bic}", 8.5)
    s.paragraph(40, y + 24, _late(d), 515, 7)
    s.text(40, 640, "- " * 118, 7)
    s.text(297, 656, "TALON À JOINDRE À VOTRE RÈGLEMENT", 9, bold=True, align="c")
    s.lines(48, 680, [sup.name, f"Débiteur : {rec.name}", f"Comptable : {office}"], 9, leading=14)
    s.box(375, 670, 180, 62)
    for index, (label, value) in enumerate((*w.facts("number", "date"), (w["due_amount"], d.money(inv.amount_due)))):
        s.text(381, 686 + index * 17, label, 8.5, fit=85)
        s.text(549, 686 + index * 17, value, 9, bold=True, align="r", fit=82)
    s.text(297, 822, f"{sup.name} - {sup.street} - {sup.city_line} - APE {sup.ape}", 6.5, align="c")


@paper(
    faces=("helvetica", "vera", "source"),
    factor=1.0,
    delivery=0.7,
    credit=0.0,
    trades=("supplies", "food", "health"),
    items=(2, 9),
    shuffle=0.15,
    regimes=("normal",),
)
def subrogation(d: Drawing) -> None:
    """Sold, delivered and billed to three addresses; three dates in a row; a factor to pay in a framed notice."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    assert inv.factor
    w = Words(
        d,
        number=("Facture", "Facture n°", "N° Fact."),
        date=("Date fact.", "Facturée le", "Date de facturation"),
        order_date=("Date cde", "Commandée le", "Date de commande"),
        delivery_date=("Date BL", "Expédiée le", "Date d'expédition"),
        due=("Date éch.", "Échéance", "Règlement le"),
        engagement=("Votre commande", "N° cde client", "Engagement"),
        service=("Service exéc.", "Code service"),
        contract=("N° marché", "Marché"),
        client_code=("N° compte", "Code client"),
        recipient_siret=("SIRET", "Siret facturé"),
        ht=("Total HT", "Total marchandises HT", "Net HT"),
        tva=("Total TVA", "TVA"),
        rate=("TVA",),
        ttc=("Total TTC", "Total facture"),
        due_amount=("Net à payer", "À payer"),
        deposit=_DEPOSITS,
    )
    s.text(36, 50, sup.name, 17, bold=True, color="#7a1f2b")
    s.lines(
        36,
        64,
        [f"{sup.street} - {sup.city_line} - Tél {sup.phone}", f"Siret {d.fmt.siret(sup.siret)} - TVA {sup.vat}"],
        8,
    )
    s.text(559, 50, f"{w['number']} {inv.number}", 13, bold=True, align="r")
    y = _strip(d, 36, 90, 523, w.facts("order_date", "delivery_date", "date", "due"), tint="#f1e4e6")
    y = _strip(d, 36, y + 5, 523, w.facts("client_code", "engagement", "service", "contract"), tint="#f1e4e6") + 14
    s.lines(
        36,
        y,
        [d.rng.choice(("ADRESSE DE FACTURATION", "FACTURÉ À")), *d.address(rec), *w.said("recipient_siret")],
        8.5,
        bold_first=True,
    )
    if inv.delivery:
        number = f"SIRET : {d.fmt.siret(inv.delivery.siret)}" if inv.delivery.siret else ""
        s.lines(
            310,
            y,
            [d.rng.choice(("LIVRÉ À", "LIEU DE LIVRAISON")), *d.address(inv.delivery), number],
            8.5,
            bold_first=True,
        )
    columns = [
        Column("Code article", 65),
        Column("Désignation", 208),
        Column("U.", 35, "c"),
        Column("Qté", 50, "r"),
        Column("PU net", 55, "r"),
        Column("TVA %", 40, "r"),
        Column("Montant HT", 70, "r"),
    ]
    cells = d.item_cells("code", "text", "unit", "qty", "price", "rate", "amount")
    y = s.table(36, y + 68, columns, cells, zebra="#faf4f5", rules=True, size=8)
    top = y + 18
    if len(inv.vat_lines) > 1:
        titles = ("Taux", "Base HT", "Montant TVA")
        s.table(36, y + 12, [Column(t, 70, "r") for t in titles], d.vat_rows(), grid=True, size=8)
    for label, value in w.sums(rates=len(inv.vat_lines) == 1):
        s.text(340, top, label, 9, fit=118)
        s.text(556, top, value, 9.5, bold=True, align="r", fit=95)
        top += 14.5
    notice = (
        f"La créance née de cette facture a été cédée à {inv.factor.name}, {inv.factor.street}, {inv.factor.city_line} "
        f"(Siret {glue(d.fmt.siret(inv.factor.siret))}), subrogé dans nos droits. Seul le paiement fait entre ses "
        "mains vous libère de votre dette."
    )
    top = max(top, y + 84)
    s.box(36, top, 523, 60, stroke="#7a1f2b", line=1.2)
    below = s.paragraph(44, top + 14, notice, 505, 8.5)
    if inv.bank:
        s.text(44, below + 4, f"Compte du factor : {d.fmt.iban(inv.bank.iban)} - {inv.bank.bic}", 8.5, bold=True)
    s.paragraph(36, 786, _late(d), 523, 6.5)
    s.text(
        297,
        820,
        f"{sup.legal_form} au capital de {sup.capital} € - RCS {sup.rcs} {d.fmt.siren(sup.siren)} - {sup.ape}",
        6.5,
        align="c",
    )


@paper(
    items=(28, 70),
    deposit=0.15,
    delivery=0.0,
    faces=("source", "helvetica", "serif"),
    trades=("supplies", "food", "health"),
)
def registre(d: Drawing) -> None:
    """A long bill: a ruled ledger over several pages, carried sums, the totals in one VAT table at the end."""
    s, inv = d.sheet, d.inv
    w = Words(
        d,
        number=("Facture réf.", "N° de la facture", "Notre facture"),
        credit=("Avoir réf.", "N° de l'avoir"),
        date=("du", "en date du", "établie le"),
        due=("Payable avant le", "Échéance au", "À acquitter le"),
        engagement=("Bon de commande n°", "N° d'engagement", "Votre réf. engagement"),
        service=("Service", "Code service Chorus", "Service exécutant"),
        contract=("Marché n°", "Au titre du marché"),
        client_code=("Client n°", "Code client"),
        order_date=("Commande passée le", "Commande du"),
        recipient_siret=("Siret", "N° Siret"),
        due_amount=("Reste à payer", "Net à payer", "Montant à régler"),
        credit_due=("Net à déduire", "Solde à votre crédit"),
        deposit=_DEPOSITS,
    )
    starts = [0, *range(24, len(inv.items), 36)]
    cells = d.item_cells("code", "text", "qty", "unit", "price", "amount", "rate")
    columns = [
        Column("Réf.", 55),
        Column("Désignation des fournitures", 200),
        Column("Qté", 50, "r"),
        Column("Unité", 35, "c"),
        Column("P.U.", 60, "r"),
        Column("Montant", 75, "r"),
        Column("TVA", 40, "r"),
    ]
    y = 0.0
    for page, start in enumerate(starts):
        if page:
            s.new_page()
        stop = starts[page + 1] if page + 1 < len(starts) else len(cells)
        top = _registre_head(d, w) if not page else 70.0
        if page:
            s.text(40, 50, f"{inv.supplier.name} - {w['number']} {inv.number} {w['date']} {d.fmt.day(inv.issued)}", 9)
        rows = [["", "Report", "", "", "", d.figure(carried(inv, start)), ""]] if page else []
        rows += cells[start:stop]
        if stop < len(cells):
            rows.append(["", "À reporter", "", "", "", d.figure(carried(inv, stop)), ""])
        y = s.table(40, top, columns, rows, size=7.5, row=16, grid=True, head_fill="#e4e4dd")
        s.text(555, 832, f"Page {page + 1}", 7, align="r")
    if y > 610:
        s.new_page()
        y = 50.0
        s.text(555, 832, f"Page {s.page_count}", 7, align="r")
    _registre_foot(d, w, y)


def _registre_head(d: Drawing, w: Words) -> float:
    s, inv, sup = d.sheet, d.inv, d.inv.supplier
    facts = [*d.address(sup), f"Tél. {sup.phone}", f"SIRET {d.fmt.siret(sup.siret)}", f"TVA intra {sup.vat}"]
    s.lines(40, 48, facts, 8.5, bold_first=True)
    s.text(310, 52, f"{w['number']} {inv.number}", 12, bold=True)
    s.text(310, 68, f"{w['date']} {d.fmt.day(inv.issued)}", 10)
    if w.original:
        s.text(310, 82, f"Avoir établi sur la facture {w.original[0]} du {w.original[1]}", 8.5, fit=245)
    s.lines(310, 106, ["Doit :", *d.address(inv.recipient), *w.said("recipient_siret")], 9.5)
    y = 132.0
    for text in w.said("client_code", "engagement", "service", "contract", "order_date", "due", mark=" : "):
        s.text(40, y, text, 9)
        y += 13
    return 222.0


def _registre_foot(d: Drawing, w: Words, y: float) -> None:
    s, inv = d.sheet, d.inv
    rows = [
        [f"{w.d.fmt.percent(v.rate)}", d.figure(v.base), d.figure(v.amount), d.figure(v.base + v.amount)]
        for v in inv.vat_lines
    ]
    rows.append(["Totaux", d.figure(inv.total_ht), d.figure(inv.total_tva), d.figure(inv.total_ttc)])
    titles = (("Taux", 75), ("Montant HT", 110), ("Montant TVA", 110), ("Montant TTC", 110))
    y = s.table(
        150, y + 16, [Column(t, x, "r") for t, x in titles], rows, grid=True, head_fill="#e4e4dd", size=9, row=17
    )
    y += 20
    for label, value in (*w.deductions(), (w["due_amount"], d.money(inv.amount_due))):
        s.text(440, y, label, 10, align="r")
        s.text(552, y, value, 10.5, bold=True, align="r", fit=108)
        y += 16
    s.text(40, y, _no_vat(d), 8.5)
    if inv.bank:
        s.text(
            40,
            y + 16,
            f"Coordonnées bancaires : {inv.bank.name} - IBAN {d.fmt.iban(inv.bank.iban)} - BIC {inv.bank.bic}",
            8.5,
        )
    s.paragraph(40, y + 34, _late(d), 515, 7)
    s.text(40, y + 58, f"RCS {inv.supplier.rcs} {d.fmt.siren(inv.supplier.siren)} - APE {inv.supplier.ape}", 7)


@paper(
    faces=("source", "helvetica", "vera"),
    trades=("works",),
    items=(2, 6),
    credit=0.0,
    retention=0.8,
    deposit=0.35,
    delivery=0.0,
    regimes=("normal",) * 6 + ("reverse",),
    rates=("20", "10", "5.5"),
)
def decompte(d: Drawing) -> None:
    """A works contract's account in lettered steps (A, B, A - B …), dates with two-digit years."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("Facture n°", "N° de facture", "Pièce comptable n°"),
        date=("Date d'établissement", "Dressé le", "Date de la facture"),
        due=("Mandatement avant le", "Date limite de règlement", "Échéance"),
        engagement=("Engagement juridique", "N° d'engagement comptable", "N° d'engagement"),
        service=("Service gestionnaire (code)", "Code service exécutant"),
        contract=("Marché de travaux n°", "N° du marché"),
        order_date=("Ordre de service du", "OS notifié le"),
        recipient_siret=("SIRET du maître d'ouvrage", "SIRET"),
        retention=_RETENTIONS,
        deposit=("Remboursement de l'avance", "Acompte déjà mandaté"),
        ttc=("Montant TTC des travaux", "Total TTC"),
        due_amount=("Net à mandater", "Somme à mandater", "Net à verser à l'entreprise"),
    )

    d.fmt = replace(d.fmt, date_style="short")
    s.text(
        297,
        48,
        d.rng.choice(("DÉCOMPTE VALANT FACTURE", "FACTURE DE TRAVAUX", "FACTURE - DÉCOMPTE MENSUEL")),
        15,
        bold=True,
        align="c",
    )
    s.rule(40, 56, 555, 56, line=1.4)
    y = 74.0
    for label, value in w.facts("number", "date", "contract", "order_date", "engagement", "service", "due"):
        s.text(215, y, label, 9, align="r", color="#444444")
        s.text(225, y, value, 9.5, bold=True)
        y += 14
    s.text(215, y, "Objet des travaux", 9, align="r", color="#444444")
    s.text(225, y, inv.subject, 9.5)
    y += 12
    s.box(40, y, 250, 82)
    s.box(305, y, 250, 82)
    facts = [
        d.rng.choice(("Titulaire", "Entreprise")),
        *d.address(sup),
        f"SIRET {d.fmt.siret(sup.siret)}",
        f"TVA {sup.vat}",
    ]
    s.lines(48, y + 13, facts, 8.5, bold_first=True)
    s.lines(
        313,
        y + 13,
        [d.rng.choice(("Maître d'ouvrage", "Pouvoir adjudicateur")), *d.address(rec), *w.said("recipient_siret")],
        8.5,
        bold_first=True,
    )
    columns = [
        Column("Prix n°", 45, "c"),
        Column("Nature des ouvrages", 230),
        Column("Unité", 40, "c"),
        Column("Quantité", 60, "r"),
        Column("Prix unit.", 60, "r"),
        Column("Montant HT", 80, "r"),
    ]
    cells = [
        [f"{d.rng.randint(1, 9)}.{n:02d}", *r]
        for n, r in enumerate(d.item_cells("text", "unit", "qty", "price", "amount"), 1)
    ]
    y = s.table(40, y + 94, columns, cells, grid=True, size=8, head_fill="#eeeeee")
    steps = [("Montant des travaux du mois HT", d.money(inv.total_ht))]
    if inv.vat_regime == "normal":
        steps += [(f"TVA {d.fmt.percent(v.rate)} (base {d.figure(v.base)})", d.money(v.amount)) for v in inv.vat_lines]
    if len(inv.vat_lines) > 1 or inv.vat_regime != "normal":
        steps.append(("Total TVA", d.money(inv.total_tva)))
    steps += [(w["ttc"], d.money(inv.total_ttc)), *w.deductions(), (w["due_amount"], d.money(inv.amount_due))]
    rows = [[chr(65 + n), label, value] for n, (label, value) in enumerate(steps)]
    y = s.table(
        200, y + 14, [Column("", 25, "c"), Column("", 220), Column("", 110, "r")], rows, grid=True, size=8.5, row=16
    )
    s.text(40, y + 18, _no_vat(d), 8.5)
    if inv.bank:
        s.text(40, y + 34, f"À porter au crédit du compte IBAN {d.fmt.iban(inv.bank.iban)}, BIC {inv.bank.bic}", 8.5)
    s.paragraph(40, 790, _late(d), 515, 6.5)
    s.paragraph(40, 812, _company(d), 515, 6)


@paper(
    faces=("serif", "times", "source"),
    trades=("counsel",),
    items=(1, 4),
    delivery=0.0,
    deposit=0.3,
    credit=0.08,
    rates=("20", "10"),
    regimes=("franchise", "franchise", "normal", "normal", "normal"),
    period=0.4,
)
def vacations(d: Drawing) -> None:
    """A liberal profession's note of fees: figures first and what they are after, many without VAT."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("Note d'honoraires n°", "Facture d'honoraires n°", "Note de frais et honoraires n°"),
        credit=("Note de crédit n°", "Avoir n°"),
        due=("à honorer avant le", "payable au plus tard le"),
        engagement=("engagement de dépense", "bon de commande", "n° d'engagement"),
        service=("service destinataire", "code service"),
        contract=("contrat de prestation", "marché"),
        client_code=("dossier", "réf. dossier"),
        recipient_siret=("SIRET", "identifiant SIRET"),
        ht=("honoraires hors taxe", "total des honoraires HT"),
        tva=("montant de la TVA", "TVA"),
        rate=("de TVA au taux de", "TVA à"),
        ttc=("total toutes taxes comprises", "montant TTC"),
        deposit=("de provision déjà versée", "d'acompte reçu"),
        due_amount=("net dû", "reste dû", "solde à régler"),
        credit_due=("net à vous restituer", "en votre faveur"),
    )
    s.text(60, 70, sup.name, 16, italic=True)
    s.lines(60, 86, [*sup.address, sup.phone, sup.mail], 8.5, color="#444444")
    s.lines(330, 140, [*d.address(rec), *w.said("recipient_siret", mark=" ")], 10)
    s.text(60, 230, f"{w['number']} {inv.number}", 13, bold=True)
    s.text(60, 247, f"le {format_date(inv.issued, d.rng.choice(('long', 'long', 'dot')))}", 10.5)
    y = 264.0
    if w.original:
        s.text(60, y, f"remplace et annule la note n° {w.original[0]} du {w.original[1]}", 10, italic=True)
        y += 14
    for label, value in w.facts("client_code", "engagement", "contract", "service"):
        s.text(60, y, f"{value or '-'} ({label})", 9.5)
        y += 13
    if inv.period:
        s.text(60, y, f"Mission exercée {d.period()}", 9.5)
        y += 13
    y += 10
    for item in inv.items:
        s.text(140, y, d.figure(item.amount), 10, align="r", fit=80)
        s.text(152, y, f"{item.text} ({d.quantity(item.quantity)} {item.unit} x {d.fmt.number(item.price)})", 10)
        y += 15
    s.rule(60, y - 6, 140, y - 6)
    y += 8
    for label, value in w.sums(rates=True):
        last = label == w["due_amount"]
        s.text(140, y, value, 10.5, align="r", bold=last, fit=95)
        s.text(152, y, label, 10.5, bold=last)
        y += 16
    if len(inv.vat_lines) > 1:
        bases = " ; ".join(f"{d.fmt.percent(v.rate)} sur {d.figure(v.base)}" for v in inv.vat_lines)
        s.text(60, y, f"Assiette de la TVA : {bases}", 9)
        y += 14
    s.text(60, y + 4, _no_vat(d), 9, italic=True)
    y += 26
    if inv.due:
        s.text(60, y, f"Note {w['due']} {d.fmt.day(inv.due)}.", 10)
        y += 15
    if inv.bank:
        s.text(60, y, f"Virement : {d.fmt.iban(inv.bank.iban)} ({inv.bank.name}, {inv.bank.bic})", 10)
    s.text(297, 800, _late(d), 6.5, align="c", fit=500)
    s.text(297, 812, f"SIRET {d.fmt.siret(sup.siret)} - N° TVA {sup.vat} - Code APE {sup.ape}", 7, align="c")
    s.text(
        297, 822, "Membre d'une association agréée, le règlement des honoraires par chèque est accepté.", 6.5, align="c"
    )


@paper(faces=("vera", "source", "helvetica"), shuffle=0.8, items=(1, 8), delivery=0.3, deposit=0.1, credit=0.12)
def ruban(d: Drawing) -> None:
    """A coloured ribbon with white words across the top, cards under it, text written out of order."""
    s, inv, sup, rec = d.sheet, d.inv, d.inv.supplier, d.inv.recipient
    w = Words(
        d,
        number=("Facture", "Facture n°", "Facture N°"),
        credit=("Avoir", "Avoir n°"),
        date=("Date d'émission", "Émise le", "Facturée le"),
        due=("Échéance", "À régler avant le", "Date limite de règlement"),
        engagement=("N° d'engagement", "Commande", "Bon de commande n°"),
        service=("Code service", "Service destinataire", "Service acheteur"),
        contract=("Marché", "N° de marché", "Accord-cadre"),
        client_code=("Client n°", "Réf. client interne"),
        order_date=("Commande du", "Date de la commande"),
        delivery_date=("Livraison effectuée le", "Exécution le"),
        recipient_siret=("SIRET", "N° SIRET"),
        ht=("Total HT", "Sous-total hors taxes"),
        tva=("Total de la TVA", "TVA"),
        rate=("TVA",),
        ttc=("Total TTC", "Montant total TTC"),
        deposit=_DEPOSITS,
        due_amount=("Montant à payer", "Reste à payer", "À payer"),
        credit_due=("Avoir à déduire", "Montant en votre faveur"),
    )
    tint = d.rng.choice(("#23395d", "#5d2342", "#1f5b4e", "#3a3a3a"))
    s.box(0, 0, 595, 74, fill=tint, stroke="")
    s.text(36, 34, f"{w['number']} {inv.number}", 17, bold=True, color="#ffffff", fit=330)
    sub = f"sur la facture {w.original[0]} du {w.original[1]}" if w.original else sup.name
    s.text(36, 54, sub, 9, color="#ffffff")
    for index, (label, value) in enumerate(w.facts("date", "due")):
        s.text(559, 30 + index * 24, f"{label} {value}", 9.5, color="#ffffff", align="r")
    cards = [
        ("Fournisseur", [*d.address(sup), f"SIRET {d.fmt.siret(sup.siret)}", f"TVA {sup.vat}", sup.phone]),
        ("Client", [*d.address(rec), *w.said("recipient_siret", mark=" "), *w.said("service")]),
        ("Références", w.said("engagement", "contract", "client_code", "order_date", "delivery_date")),
    ]
    for index, (head, texts) in enumerate(cards):
        left = 36 + index * 177
        s.box(left, 92, 169, 104, fill="#f4f4f4", stroke="", radius=4)
        s.text(left + 8, 106, head, 8, bold=True, color=tint)
        for line, text in enumerate(texts):
            s.text(left + 8, 120 + line * 12, text, 8, bold=not line and index < 2, fit=155)
    y = 204.0
    if inv.delivery:
        number = f", SIRET {d.fmt.siret(inv.delivery.siret)}" if inv.delivery.siret else ""
        s.text(
            36,
            214,
            f"Adresse de livraison : {inv.delivery.name}, {inv.delivery.street}, {inv.delivery.city_line}{number}",
            8,
            fit=523,
        )
        y = 220.0
    rows = [
        [
            i.text,
            f"{d.quantity(i.quantity)} {i.unit}",
            d.fmt.number(i.price),
            d.fmt.percent(i.rate),
            d.figure(i.amount),
            d.figure(i.amount + vat_of(i.amount, i.rate)),
        ]
        for i in inv.items
    ]
    columns = [
        Column("Description", 223),
        Column("Quantité", 70, "r"),
        Column("Prix HT", 60, "r"),
        Column("TVA", 45, "r"),
        Column("Total HT", 60, "r"),
        Column("Total TTC", 65, "r"),
    ]
    y = s.table(36, y, columns, rows, head_fill=tint, head_ink="#ffffff", rules=True, row=18, size=8)
    y += 20
    if len(inv.vat_lines) > 1:
        s.lines(36, y, [f"Base {d.fmt.percent(v.rate)} : {d.money(v.base)}" for v in inv.vat_lines], 8.5)
    sums = w.sums(rates=True)
    for label, value in sums[:-1]:
        s.text(360, y, label, 9)
        s.text(555, y, value, 9, align="r", fit=100)
        y += 15
    s.box(350, y - 6, 209, 24, fill=tint, stroke="", radius=3)
    s.text(360, y + 10, sums[-1][0], 9.5, bold=True, color="#ffffff", fit=92)
    s.text(553, y + 10, sums[-1][1], 11, bold=True, color="#ffffff", align="r", fit=95)
    s.text(36, y + 36, _no_vat(d), 8)
    if inv.bank:
        s.box(36, y + 48, 330, 40, stroke=tint, radius=3)
        s.text(44, y + 64, f"IBAN : {d.fmt.iban(inv.bank.iban)}", 9)
        s.text(44, y + 78, f"BIC : {inv.bank.bic} - Titulaire du compte : {sup.name}", 8)
    month = MONTHS[inv.issued.month - 1]
    s.text(36, 790, f"Référence à rappeler avec votre virement : {inv.number} ({month})", 7.5)
    s.paragraph(36, 806, _late(d), 523, 6.5)
    s.text(297, 830, f"{sup.legal_form} au capital de {sup.capital} € - RCS {sup.rcs} - APE {sup.ape}", 6, align="c")
