"""Layouts that no reading rule is written against: authors of reading rules never open this file.

They are here to measure. Add to them; never tune to them: once they have been looked into they become development
layouts and a fresh set is written. A fair sample of what suppliers of public bodies send: invoicing programs, office
templates, ERP forms, utilities' bills and craftsmen's papers, with a few hard ones among them.
"""

from collections.abc import Sequence
from dataclasses import replace

from tools.invoice_generator.blocks import pairs, shared, strip, totals
from tools.invoice_generator.heldout_names import NAMES
from tools.invoice_generator.layout import Drawing, glue, layout
from tools.invoice_generator.layout_words import Words, carried
from tools.invoice_generator.sheet import Column, Sheet

LEFT, RIGHT = 42.0, 553.0


def _block(s: Sheet, x: float, y: float, texts: Sequence[str], room: float, size: float = 9, **style: bool) -> float:
    """Lines under each other, one that is too long broken; returns the baseline below the last."""
    for index, text in enumerate(t for t in texts if t):
        for line in s.wrap(text, room, size, bold=bool(style.get("bold_first")) and not index):
            s.text(x, y, line, size, bold=bool(style.get("bold_first")) and not index)
            y += size * 1.28
    return y


def _words(d: Drawing, **synonyms: tuple[str, ...]) -> Words:
    """The document's wording; a credit note never calls its own day the invoice's, beside the day it corrects."""
    if d.inv.credit_note and "date" in synonyms:
        plain = tuple(label for label in synonyms["date"] if "fact" not in label.casefold())
        synonyms["date"] = plain or ("Date de l'avoir",)
    return Words(d, **synonyms)


def _corrects(w: Words, before: str) -> str:
    """What a credit note says of the invoice it corrects; nothing on an invoice."""
    return f"{before} {w.original[0]} du {w.original[1]}" if w.original else ""


@layout(
    "heldout",
    names=NAMES,
    faces=("helvetica", "source", "vera"),
    credit=0.16,
    deposit=0.12,
    delivery=0.2,
    items=(2, 9),
    shuffle=0.25,
    always_vat_table=True,
)
def gescom_tramee(d: Drawing) -> None:
    """A small firm's commercial software: shaded strips of headings over values, the goods in a tall frame."""
    s, inv = d.sheet, d.inv
    sup = inv.supplier
    w = _words(
        d,
        number=("N° de pièce", "Facture n°", "Numéro", "N° Facture"),
        credit=("N° de l'avoir", "Avoir n°", "Numéro"),
        date=("Date", "Date pièce", "Date de facture", "Du"),
        due=("Échéance", "Date échéance", "Échéance au", "Règlement le"),
        client_code=("Code tiers", "N° compte client", "Code client"),
        engagement=("Votre commande", "N° d'engagement", "Bon de commande n°", "Réf. commande client"),
        service=("Code service", "Service Chorus Pro", "Service exécutant"),
        contract=("N° marché", "Marché public", "Réf. marché"),
        order_date=("Date commande", "Commandé le", "Commande du"),
        recipient_siret=("SIRET client", "Siret acheteur", "N° SIRET du client"),
        recipient=("Adresse de facturation", "Client", "Facturer à"),
        ht=("Total HT", "Net HT", "Total H.T."),
        rate=("TVA", "T.V.A. à"),
        tva=("Total TVA", "TVA", "Montant TVA"),
        ttc=("Total TTC", "T.T.C.", "Montant TTC"),
        due_amount=("NET À PAYER", "Net à payer", "Net à payer EUR", "Reste dû"),
        credit_due=("Net à déduire", "Avoir en votre faveur"),
        deposit=("Acompte", "Acomptes reçus", "Acompte versé"),
        retention=("Retenue de garantie",),
    )
    tint = d.rng.choice(("#dfe7d5", "#e6e6e6", "#d9e5f2", "#f1e3d3"))
    s.box(LEFT, 34, 46, 46, fill=tint, stroke="")
    s.text(LEFT + 23, 64, sup.name[0], 24, bold=True, align="c")
    s.text(LEFT + 54, 46, sup.name, 12.5, bold=True, fit=230)
    s.lines(LEFT + 54, 59, [*sup.address, f"Tél. : {sup.phone}", sup.mail], 8)
    s.text(RIGHT, 52, d.title, 19, bold=True, align="r")
    s.text(316, 106, w["recipient"], 7.5, italic=True)
    y = _block(s, 316, 119, [*d.address(inv.recipient), *w.said("recipient_siret")], 235, 9.5, bold_first=True)
    if inv.delivery:
        site = f"SIRET du site livré : {d.fmt.siret(inv.delivery.siret)}" if inv.delivery.siret else ""
        where = [f"Livré à : {inv.delivery.name}", *inv.delivery.address, site]
        _block(s, LEFT, 122, where, 240, 8)
    y = strip(s, LEFT, max(y, 176) + 8, shared(w.facts("number", "date", "client_code", "due"), 511), fill=tint)
    refs = w.facts("engagement", "order_date", "service", "contract")
    y = strip(s, LEFT, y + 5, shared(refs, 511), fill=tint) if refs else y
    if w.original:
        y += 16
        s.text(LEFT, y, _corrects(w, "Avoir sur notre facture n°"), 9, bold=True)
    columns = [
        Column("Référence", 66),
        Column("Désignation", 210),
        Column("Qté", 45, "r"),
        Column("Unité", 36, "c"),
        Column("P.U. HT", 58, "r"),
        Column("TVA", 36, "r"),
        Column("Montant HT", 60, "r"),
    ]
    rows = d.item_cells("code", "text", "qty", "unit", "price", "rate", "amount")
    filler = [[""] * 7 for _ in range(max(0, 17 - len(rows)))]
    y = s.table(LEFT, y + 12, columns, rows + filler, head_fill=tint, frame=True, row=16)
    vat = [Column("Taux", 52, "r"), Column("Base HT", 74, "r"), Column("TVA", 74, "r")]
    low = s.table(LEFT, y + 12, vat, d.vat_rows(), head_fill=tint, frame=True)
    s.text(LEFT, low + 14, d.vat_note(), 8, italic=True, fit=290)
    low = totals(s, 372, RIGHT - 6, y + 24, w.sums(), size=9.5)
    s.box(364, y + 12, 189, low - y - 18)
    if inv.bank:
        s.text(LEFT, 756, f"Virement : IBAN {d.fmt.iban(inv.bank.iban)} - BIC {inv.bank.bic}", 8.5)
    s.paragraph(LEFT, 772, d.penalties(), 511, 6.5)
    s.text(297, 808, d.legal(), 6.5, align="c", fit=511)


@layout(
    "heldout",
    names=NAMES,
    faces=("vera", "source", "helvetica"),
    trades=("works", "services", "culture", "counsel"),
    regimes=("normal", "normal", "franchise", "franchise", "exempt"),
    credit=0.16,
    items=(1, 6),
    delivery=0.0,
)
def tableur_entrepreneur(d: Drawing) -> None:
    """A spreadsheet template of a one-person firm: labels in a left column, two-digit years, often no VAT."""
    if d.rng.random() < 0.5:
        d.fmt = replace(d.fmt, date_style="short")
    s, inv = d.sheet, d.inv
    sup = inv.supplier
    w = _words(
        d,
        number=("Facture numéro", "N° facture", "Réf. de la facture", "FACTURE N°"),
        credit=("Avoir numéro", "N° avoir", "AVOIR N°"),
        date=("Date de la facture", "Établie le", "Date facture", "En date du"),
        due=("À payer avant le", "Date limite de règlement", "Échéance de paiement"),
        engagement=("Bon de commande", "N° engagement juridique", "N° de votre commande", "Engagement n°"),
        order_date=("Commande reçue le", "Date de votre commande", "Devis accepté le"),
        service=("Code service Chorus Pro", "Service", "Code du service"),
        contract=("N° du marché", "Marché", "Référence du marché"),
        delivery_date=("Intervention du", "Réalisé le", "Date d'exécution"),
        recipient_siret=("SIRET", "N° Siret", "Siret client"),
        ht=("TOTAL HT", "Total hors taxes", "Sous-total HT"),
        rate=("TVA", "TVA au taux de"),
        tva=("TVA", "Total TVA", "Montant de TVA"),
        ttc=("TOTAL TTC", "Total TTC", "Montant total TTC"),
        due_amount=("SOMME À RÉGLER", "À PAYER", "Total à payer", "Montant à payer"),
        credit_due=("À VOTRE CRÉDIT", "Montant à déduire"),
        deposit=("Acompte déjà versé", "Acompte encaissé"),
        retention=("Retenue de garantie",),
    )
    tint = d.rng.choice(("#305496", "#548235", "#7f6000", "#833c0b"))
    s.text(LEFT, 52, sup.name, 17, bold=True, color=tint, fit=330)
    s.lines(LEFT, 68, [f"{sup.street} - {sup.city_line}", f"{sup.phone} / {sup.mail}"], 8.5)
    s.box(LEFT, 92, 511, 20, fill=tint, stroke="")
    s.text(297, 106, d.title, 12, bold=True, align="c", color="#ffffff", tracking=3)
    y = 132.0
    facts = w.facts("number", "date", "engagement", "order_date", "delivery_date", "contract", "due")
    y = pairs(s, LEFT, y, facts, gap=140, size=9, leading=14, bold=True, room=120)
    if w.original:
        s.text(LEFT, y, _corrects(w, "Annule tout ou partie de la facture"), 9, italic=True, fit=270)
        y += 14
    s.text(330, 132, d.rng.choice(("CLIENT", "POUR", "Facturé à :")), 8, bold=True, color=tint)
    rec = [*d.address(inv.recipient), *w.said("recipient_siret", "service")]
    y = max(y, _block(s, 330, 146, rec, 222, 9.5, bold_first=True))
    columns = [
        Column("Description", 275),
        Column("Quantité", 56, "c"),
        Column("Prix unitaire HT", 90, "r"),
        Column("Total HT", 90, "r"),
    ]
    rows = d.item_cells("text", "qty", "price", "money")
    if inv.vat_regime == "normal" and len(inv.vat_lines) > 1:
        columns[0:1] = [Column("Description", 225), Column("TVA", 50, "c")]
        rows = d.item_cells("text", "pct", "qty", "price", "money")
    blanks = [[""] * len(columns) for _ in range(max(0, 12 - len(rows)))]
    y = s.table(LEFT, y + 12, columns, rows + blanks, grid=True, head_fill=tint, head_ink="#ffffff", row=18, size=8.5)
    foot = [[label, amount] for label, amount in w.sums(rates=True)]
    y = s.table(LEFT + 281, y, [Column("", 140), Column("", 90, "r")], foot, grid=True, row=18, size=9)
    s.text(LEFT, y + 20, d.vat_note(), 9)
    if inv.bank:
        s.text(LEFT, y + 40, "Règlement par virement bancaire", 8.5, bold=True)
        s.text(LEFT, y + 53, f"IBAN : {d.fmt.iban(inv.bank.iban)}", 8.5)
        s.text(LEFT, y + 66, f"BIC : {inv.bank.bic}", 8.5)
    s.rule(LEFT, 790, RIGHT, 790, color=tint)
    tax = f" - TVA {sup.vat}" if inv.vat_regime == "normal" else ""
    s.text(297, 802, f"{sup.name} - SIRET {d.fmt.siret(sup.siret)} - APE {sup.ape}{tax}", 7.5, align="c", fit=511)
    s.paragraph(297, 813, d.penalties(), 511, 6, align="c")


@layout(
    "heldout",
    names=NAMES,
    faces=("times", "serif", "source"),
    trades=("counsel", "culture", "services"),
    regimes=("normal", "normal", "normal", "exempt"),
    credit=0.16,
    items=(1, 4),
    delivery=0.0,
    deposit=0.15,
)
def lettre_honoraires(d: Drawing) -> None:
    """A letter out of a word processor: the references are in sentences, the day in words under the place."""
    d.fmt = replace(d.fmt, date_style=d.rng.choice(("long", "long", "weekday")))
    s, inv, fmt = d.sheet, d.inv, d.fmt
    sup, rec = inv.supplier, inv.recipient
    w = _words(
        d,
        number=("Note d'honoraires n°", "Facture n°", "FACTURE N°", "Notre facture n°"),
        credit=("Avoir n°", "AVOIR N°", "Note d'avoir n°"),
        ht=("Montant hors taxes", "Total HT", "Honoraires hors taxes"),
        rate=("T.V.A. au taux de", "TVA", "Taxe sur la valeur ajoutée"),
        tva=("Total de la TVA", "Montant de la T.V.A.", "TVA"),
        ttc=("Montant toutes taxes comprises", "Total TTC", "Montant TTC"),
        due_amount=("Solde à verser", "Net à payer", "Reste à nous régler"),
        credit_due=("Somme à porter à votre crédit", "Net en votre faveur"),
        deposit=("Provision reçue", "Acompte déjà perçu", "À déduire : provision versée"),
        retention=("Retenue de garantie",),
    )
    s.text(LEFT + 14, 56, sup.name, 15, bold=True, fit=260)
    s.lines(LEFT + 14, 71, [sup.street, sup.city_line, f"Téléphone {sup.phone}", sup.mail], 9)
    siret = f"N° SIRET : {fmt.siret(rec.siret)}" if rec.siret else ""
    y = _block(s, 318, 132, [*d.address(rec), siret], 230, 10.5)
    place = f"{sup.town.title()}, le {fmt.day(inv.issued)}"
    s.text(318, y + 16, place, 10.5)
    y += 46
    s.text(LEFT + 14, y, f"{w['number']} {inv.number}", 12, bold=True)
    s.text(LEFT + 14, y + 16, f"Objet : {inv.subject.lower()}", 10.5, italic=True, fit=480)
    y = s.paragraph(LEFT + 14, y + 44, _opening(d, w), 485, 10.5, 15)
    if inv.service_code:
        told = d.rng.choice(
            (
                "Cette pièce est à rattacher, dans Chorus Pro, au service {}.",
                "Code service destinataire dans Chorus Pro : {}.",
                "Elle est déposée sur Chorus Pro à l'attention du service {}.",
            )
        )
        y = s.paragraph(LEFT + 14, y + 4, told.format(glue(inv.service_code)), 485, 10.5, 15)
    y += 10
    for text, qty, unit, price, amount in d.item_cells("text", "qty", "unit", "price", "money"):
        s.text(LEFT + 30, y, f"- {text} ({qty} {unit} à {price})", 10, fit=390)
        s.text(RIGHT - 10, y, amount, 10, align="r")
        y += 16
    y = totals(s, 270, RIGHT - 10, y + 12, w.sums(rates=True), size=10.5, leading=17)
    s.text(LEFT + 14, y + 4, d.vat_note(), 9.5, italic=True)
    y = s.paragraph(LEFT + 14, y + 26, _closing(d), 485, 10.5, 15)
    s.text(340, y + 20, sup.name, 10)
    tax = f" - N° TVA {sup.vat}" if inv.vat_regime == "normal" else ""
    s.text(297, 806, f"SIRET {fmt.siret(sup.siret)} - code APE {sup.ape}{tax}", 8, align="c")
    s.paragraph(297, 818, d.penalties(), 500, 6, align="c")


def _opening(d: Drawing, w: Words) -> str:
    inv = d.inv
    if w.original:
        text = f"Nous vous adressons le présent avoir, qui vient en déduction de notre facture n° {w.original[0]} "
        text += f"du {w.original[1]}"
    else:
        text = d.rng.choice(
            (
                "Nous avons l'honneur de vous adresser le décompte des prestations réalisées pour votre compte",
                "Veuillez trouver ci-après le détail des sommes dues au titre de notre mission",
                "Suite à l'exécution de la mission confiée, nous vous prions de bien vouloir régler ce qui suit",
            )
        )
    if inv.engagement:
        text += ", " + d.rng.choice(("en vertu de votre bon de commande n°", "au titre de l'engagement juridique n°"))
        text += " " + glue(inv.engagement)
        text += f" du {d.fmt.day(inv.order_date)}" if inv.order_date else ""
    if inv.contract:
        text += f", dans le cadre du marché n° {inv.contract}"
    if inv.period:
        text += f", pour la période {d.period()}"
    return text + "."


def _closing(d: Drawing) -> str:
    inv = d.inv
    text = ""
    if inv.due:
        text = d.rng.choice(
            (
                "Nous vous remercions de bien vouloir nous faire parvenir votre règlement au plus tard le {}",
                "Le paiement est attendu pour le {}",
                "Cette somme est exigible le {}",
            )
        ).format(d.fmt.day(inv.due))
    if inv.bank:
        account = glue(d.fmt.iban(inv.bank.iban))
        text += (", par virement" if text else "Règlement par virement") + f" sur le compte {account}"
        text += f" ouvert à {inv.bank.name} (BIC {inv.bank.bic})"
    text += ". " if text else ""
    return text + "Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées."


@layout(
    "heldout",
    names=NAMES,
    faces=("source", "helvetica", "vera"),
    trades=("utilities",),
    items=(2, 5),
    period=1.0,
    regimes=("normal",),
    credit=0.06,
    deposit=0.0,
    delivery=0.0,
    rates=("5.5", "10", "20"),
    always_vat_table=True,
)
def facture_abonne(d: Drawing) -> None:
    """A water or gas company's bill: side panel with the customer's references, meter, payment slip at the foot."""
    s, inv, rng = d.sheet, d.inv, d.rng
    sup = inv.supplier
    w = _words(
        d,
        number=("N° de facture", "Facture n°", "Référence de la facture"),
        credit=("N° d'avoir", "Avoir n°"),
        date=("Date d'émission", "Facture du", "Éditée le"),
        due=("À régler avant le", "Date limite de paiement", "Paiement attendu le"),
        client_code=("Référence abonné", "N° d'abonné", "Compte abonné"),
        engagement=("N° d'engagement", "Votre bon de commande", "Engagement juridique"),
        service=("Code service", "Service exécutant", "Service destinataire"),
        contract=("N° de marché", "Marché public n°"),
        recipient_siret=("SIRET", "SIRET du payeur", "Siret client"),
        ht=("Total hors taxes", "Total HT", "Montant HT"),
        rate=("TVA", "TVA à"),
        tva=("Total TVA", "Montant TVA", "TVA"),
        ttc=("Total TTC", "Montant de la facture TTC", "Total de votre facture TTC"),
        due_amount=("Net à payer", "Montant à régler", "Somme à payer"),
        credit_due=("Montant en votre faveur", "Somme à vous rembourser"),
        deposit=("Acompte",),
        retention=("Retenue",),
    )
    tint, pale = rng.choice((("#0b6e99", "#e3f1f7"), ("#2e7d32", "#e8f3e8"), ("#b34700", "#fbeee2")))
    s.box(0, 0, 595, 60, fill=tint, stroke="")
    s.text(LEFT, 32, sup.name, 18, bold=True, color="#ffffff", fit=320)
    s.text(LEFT, 48, f"{sup.street} - {sup.city_line}", 8, color="#ffffff")
    s.text(RIGHT, 38, "Votre avoir" if inv.credit_note else "Votre facture", 15, align="r", color="#ffffff")
    s.box(0, 60, 186, 540, fill=pale, stroke="")
    y = 84.0
    for label, value in w.facts(
        "number", "date", "client_code", "recipient_siret", "service", "engagement", "contract"
    ):
        s.text(18, y, label, 7.5, color="#555555")
        s.text(18, y + 12, value, 9.5, bold=True, fit=160)
        y += 30
    meter, first = f"{rng.choice('CDFH')}{rng.randint(10, 24)}{rng.randint(100000, 999999)}", rng.randint(800, 9000)
    s.lines(
        18,
        y + 8,
        [
            "Point de consommation",
            f"Compteur {meter}",
            f"Ancien index : {first}",
            f"Nouvel index : {first + rng.randint(20, 900)}",
            "Relève sur site",
        ],
        8.5,
        bold_first=True,
    )
    s.lines(18, 530, ["Urgence 24 h/24", sup.phone, sup.mail], 8, bold_first=True)
    y = _block(s, 318, 96, d.address(inv.recipient), 232, 10.5)
    y = max(y, 150) + 10
    if w.original:
        s.text(206, y, _corrects(w, "Régularisation de la facture n°"), 9.5, fit=345)
        y += 16
    s.text(206, y, f"Période {d.period()}", 10, bold=True, color=tint)
    columns = [
        Column("", 142),
        Column("Quantité", 48, "r"),
        Column("Prix unit. HT", 56, "r"),
        Column("TVA", 38, "r"),
        Column("Montant HT", 63, "r"),
    ]
    rows = d.item_cells("text", "qty", "price", "pct", "amount")
    y = s.table(206, y + 10, columns, rows, rules=True, row=18, size=8, zebra=pale)
    sums = w.sums()
    y = totals(s, 330, RIGHT - 3, y + 20, sums[:-1], size=9.5, strong=0)
    s.box(206, y, 347, 30, fill=tint, stroke="", radius=4)
    s.text(216, y + 20, sums[-1][0], 11, bold=True, color="#ffffff")
    s.text(RIGHT - 8, y + 20, sums[-1][1], 13, bold=True, color="#ffffff", align="r")
    if inv.due:
        s.text(206, y + 46, f"{w['due']} {d.fmt.day(inv.due)}", 10, bold=True)
    vat = [Column("dont TVA", 80, "r"), Column("Base", 80, "r"), Column("Montant", 80, "r")]
    low = s.table(206, y + 58, vat, d.vat_rows(), grid=True, size=7.5, row=12)
    s.text(206, low + 12, d.vat_note(), 7.5)
    _slip(d, w, sums[-1][1])
    s.text(297, 824, d.legal(), 6.5, align="c", fit=520)


def _slip(d: Drawing, w: Words, amount: str) -> None:
    """The part to tear off, which says the main references again, with its line of digits for the machine."""
    s, inv = d.sheet, d.inv
    if inv.credit_note:
        return
    s.text(
        297,
        634,
        "- - - - - - - - - - - - - - -  talon à joindre à votre règlement  - - - - - - - - - - - - - - -",
        8,
        align="c",
    )
    facts = [*w.facts("number", "client_code", "due"), (w["due_amount"], amount)]
    strip(s, LEFT, 650, shared(facts, 511), height=32)
    if inv.bank:
        s.text(LEFT, 704, f"IBAN {d.fmt.iban(inv.bank.iban)}", 9, bold=True)
        s.text(330, 704, f"BIC {inv.bank.bic} - {inv.bank.name}", 8.5)
    _block(s, LEFT, 728, [inv.supplier.name, *inv.supplier.address], 230, 8.5)
    _block(s, 330, 728, d.address(inv.recipient), 220, 8.5)
    digits = "".join(str(d.rng.randint(0, 9)) for _ in range(34))
    s.text(LEFT, 794, f"{digits[:12]} {digits[12:24]} {digits[24:]}", 9.5, tracking=1.5)


@layout(
    "heldout",
    names=NAMES,
    faces=("source", "vera", "source"),
    trades=("services", "culture", "counsel", "health", "supplies"),
    credit=0.15,
    items=(1, 6),
    deposit=0.1,
    delivery=0.0,
    shuffle=0.2,
    regimes=("normal",) * 7 + ("franchise",),
)
def facturation_en_ligne(d: Drawing) -> None:
    """An online invoicing service: pale labels above their values, bank digits beside the IBAN, tiny footer."""
    s, inv = d.sheet, d.inv
    sup, rec = inv.supplier, inv.recipient
    w = _words(
        d,
        number=("Numéro de facture", "Facture", "N° de facture", "Référence facture"),
        credit=("Numéro d'avoir", "Avoir", "N° d'avoir"),
        date=("Date d'émission", "Émise le", "Date de facturation"),
        due=("Date d'échéance", "Échéance", "À payer avant le", "Exigible le"),
        engagement=("Numéro d'engagement", "Bon de commande", "N° EJ", "N° de commande client"),
        service=("Code service", "Service exécutant", "Code service Chorus"),
        contract=("Marché", "N° de marché", "Référence du marché public"),
        delivery_date=("Date de prestation", "Prestation du", "Date d'exécution"),
        recipient_siret=("SIRET", "Siret", "N° SIRET"),
        ht=("Total HT", "Sous-total (HT)", "Montant hors taxes"),
        rate=("TVA",),
        tva=("Total TVA", "TVA", "Montant total de la TVA"),
        ttc=("Total TTC", "Montant TTC", "Total (TTC)"),
        due_amount=("Montant dû", "Reste à payer", "Net à payer", "Solde dû"),
        credit_due=("Montant remboursé", "À votre crédit", "Solde en votre faveur"),
        deposit=("Déjà payé", "Acompte", "Paiements reçus"),
        retention=("Retenue",),
    )
    tint, grey = d.rng.choice(("#4b3fbb", "#0a7f6f", "#c2185b", "#1f2937")), "#7a7f87"
    s.text(LEFT, 60, d.title.capitalize(), 22, bold=True, color=tint)
    s.text(RIGHT, 60, sup.name, 13, bold=True, align="r", fit=280)
    x, y = LEFT, 92.0
    for label, value in w.facts("number", "date", "due", "delivery_date", "engagement", "service", "contract"):
        if x > RIGHT - 110:
            x, y = LEFT, y + 34
        s.text(x, y, label, 7, color=grey, fit=120)
        s.text(x, y + 12, value, 9.5, bold=True, fit=120)
        x += 128
    y += 40
    s.rule(LEFT, y, RIGHT, y, color="#d9dce1")
    s.text(LEFT, y + 16, d.rng.choice(("De", "Émetteur", "Vendeur")), 7, color=grey)
    s.text(300, y + 16, d.rng.choice(("À", "Destinataire", "Client")), 7, color=grey)
    _block(s, LEFT, y + 29, [*d.address(sup), sup.mail], 230, 9, bold_first=True)
    y = _block(s, 300, y + 29, [*d.address(rec), *w.said("recipient_siret")], 250, 9, bold_first=True) + 16
    if w.original:
        s.text(LEFT, y, _corrects(w, "Cet avoir concerne la facture"), 9)
        y += 14
    columns = [
        Column("Produit ou service", 235),
        Column("Quantité", 65, "r"),
        Column("Prix HT", 70, "r"),
        Column("TVA", 55, "r"),
        Column("Total HT", 86, "r"),
    ]
    rows = d.item_cells("text", "qty", "price", "pct", "money")
    y = s.table(LEFT, max(y, 240), columns, rows, rules=True, row=22, size=8.5, head_ink=grey)
    low = totals(s, 340, RIGHT - 3, y + 26, w.sums(rates=True), size=9.5, leading=17, rule="#e3e6ea")
    s.text(LEFT, y + 26, d.vat_note(), 8.5, italic=True, fit=280)
    if inv.bank:
        b = inv.bank
        top = max(low, y + 44) + 12
        s.box(LEFT, top, 511, 62, stroke="#d9dce1", radius=5)
        s.text(LEFT + 10, top + 15, d.rng.choice(("Coordonnées bancaires", "Paiement par virement")), 9, bold=True)
        s.text(LEFT + 10, top + 30, f"Banque {b.bank}   Guichet {b.branch}   Compte {b.number}   Clé {b.key}", 8)
        s.text(LEFT + 10, top + 45, f"IBAN {d.fmt.iban(b.iban)}", 9)
        s.text(RIGHT - 10, top + 45, f"BIC {b.bic}", 9, align="r")
    s.paragraph(LEFT, 782, d.penalties(), 511, 6.5, color=grey)
    s.text(297, 812, d.legal(), 6, align="c", color=grey, fit=511)
    s.text(RIGHT, 826, "1/1", 6, align="r", color=grey)


@layout(
    "heldout",
    names=NAMES,
    faces=("helvetica", "source", "helvetica"),
    trades=("supplies", "health", "food"),
    items=(16, 62),
    delivery=0.6,
    credit=0.16,
    deposit=0.0,
    always_vat_table=True,
)
def erp_plusieurs_feuilles(d: Drawing) -> None:
    """An ERP form over two to four pages: references beside the address window, sums carried from page to page."""
    s, inv = d.sheet, d.inv
    w = _words(
        d,
        number=("Facture", "No facture", "N° document", "Pièce comptable"),
        credit=("Avoir", "No avoir", "N° document"),
        date=("Date de facture", "Date document", "Date facture"),
        due=("Échéance nette", "Date d'échéance", "Paiement dû le"),
        client_code=("No client", "Client", "Compte client", "Donneur d'ordre"),
        engagement=("Votre no de commande", "No commande d'achat", "No engagement", "Commande de l'acheteur"),
        order_date=("du", "Date de commande", "Commande du"),
        delivery_date=("Date de livraison", "Livraison du", "Expédié le"),
        service=("Service destinataire", "Code service", "Service CPP"),
        contract=("No marché", "Marché", "Accord-cadre"),
        recipient_siret=("SIRET", "No SIRET", "SIRET facturé"),
        ht=("Total net HT", "Valeur nette", "Total HT"),
        rate=("TVA",),
        tva=("Total TVA", "Montant taxe", "TVA"),
        ttc=("Total TTC", "Valeur totale TTC", "Montant TTC"),
        due_amount=("Montant final", "Net à payer", "À payer"),
        credit_due=("Montant crédité", "Net à déduire"),
        deposit=("Acompte",),
        retention=("Retenue",),
    )
    cells = d.item_cells("code", "text", "qty", "unit", "price", "rate", "amount")
    rows = [[str((n + 1) * 10), *cell] for n, cell in enumerate(cells)]
    columns = [
        Column("Pos.", 28, "r"),
        Column("Article", 56),
        Column("Désignation", 187),
        Column("Qté", 42, "r"),
        Column("UQ", 32, "c"),
        Column("Prix unit.", 56, "r"),
        Column("TVA", 38, "r"),
        Column("Valeur HT", 72, "r"),
    ]
    parts, first, later = [], 24, 38
    parts.append(rows[:first])
    parts += [rows[i : i + later] for i in range(first, len(rows), later)]
    done, y = 0, 0.0
    for page, part in enumerate(parts):
        if page:
            s.new_page()
        _erp_head(d, w, page, len(parts))
        body = [["", "", "Report", "", "", "", "", d.figure(carried(inv, done))], *part] if page else list(part)
        done += len(part)
        if page < len(parts) - 1:
            body.append(["", "", "À reporter", "", "", "", "", d.figure(carried(inv, done))])
        y = s.table(LEFT, 88 if page else 262, columns, body, row=16, size=7.5, rules=True)
        s.text(297, 808, d.legal(), 6.5, align="c", fit=511)
    _erp_foot(d, w, y)


def _erp_head(d: Drawing, w: Words, page: int, pages: int) -> None:
    s, inv = d.sheet, d.inv
    s.text(LEFT, 46, inv.supplier.name, 14, bold=True, fit=280)
    s.text(RIGHT, 46, f"{d.title.capitalize()}", 15, bold=True, align="r")
    s.text(RIGHT, 60, f"Page {page + 1} / {pages}", 8, align="r")
    if page:
        s.text(LEFT, 64, f"{w['number']} {inv.number} du {d.fmt.day(inv.issued)}", 8.5)
        return
    s.text(LEFT, 60, f"{inv.supplier.street} - {inv.supplier.city_line} - Tél. {inv.supplier.phone}", 7.5, fit=400)
    _block(s, LEFT, 98, [*d.address(inv.recipient), *w.said("recipient_siret", mark=" ")], 230, 9.5, bold_first=True)
    facts = w.facts("number", "date", "client_code", "engagement")
    at = [field for field in ("number", "date", "client_code", "engagement") if w.value(field) or field == "engagement"]
    if w.value("order_date"):
        position = at.index("engagement") + 1 if inv.engagement else len(facts)
        label = w["order_date"] if inv.engagement else "Date de commande"
        facts.insert(position, (label, w.value("order_date")))
    facts += w.facts("delivery_date", "service", "contract", "due")
    s.box(300, 84, 253, 14 + 13 * len(facts))
    pairs(s, 308, 98, facts, gap=122, size=8.5, leading=13, room=118)
    if inv.delivery:
        place = inv.delivery
        number = f"SIRET du lieu de livraison {d.fmt.siret(place.siret)}" if place.siret else ""
        _block(s, LEFT, 188, ["Réceptionnaire / lieu de livraison", *d.address(place), number], 240, 8)
    if w.original:
        s.text(LEFT, 252, _corrects(w, "Note de crédit sur facture"), 9, bold=True)


def _erp_foot(d: Drawing, w: Words, y: float) -> None:
    s, inv = d.sheet, d.inv
    sums = w.sums()
    if y + 40 + 15 * max(len(sums), len(inv.vat_lines) + 1) > 690:
        s.new_page()
        s.text(LEFT, 46, f"{inv.supplier.name} - {w['number']} {inv.number} - récapitulatif", 9, bold=True)
        s.text(297, 808, d.legal(), 6.5, align="c", fit=511)
        y = 60.0
    columns = [Column("Code", 40, "c"), Column("Taux", 50, "r"), Column("Base", 80, "r"), Column("Taxe", 80, "r")]
    rows = [[f"V{n + 1}", *row] for n, row in enumerate(d.vat_rows())]
    s.table(LEFT, y + 18, columns, rows, rules=True, size=8)
    low = totals(s, 350, RIGHT - 4, y + 30, sums, size=9.5)
    low = max(low, y + 50 + 15 * len(rows)) + 8
    s.text(LEFT, low, d.vat_note(), 8)
    if inv.bank:
        s.text(LEFT, low + 16, f"Domiciliation : {inv.bank.name}", 8)
        s.text(LEFT, low + 28, f"IBAN {d.fmt.iban(inv.bank.iban)}   SWIFT {inv.bank.bic}", 8)
    s.paragraph(LEFT, low + 46, d.penalties(), 511, 7)


def _typed(text: str) -> str:
    flat = text.upper().replace("N°", "NO").replace("’", "'").replace("²", "2").replace("Œ", "OE")
    return flat.translate(str.maketrans("ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜ°", "AAACEEEEIIOOUUU "))


@layout(
    "heldout",
    names=NAMES,
    faces=("courier",),
    ascii_only=True,
    trades=("supplies", "health", "works", "utilities"),
    items=(2, 14),
    credit=0.15,
    delivery=0.25,
)
def imprimante_matricielle(d: Drawing) -> None:
    """A mainframe's listing: two pairs to a line, a row of values under typed headings, boxes of plus and minus."""
    s, inv, fmt = d.sheet, d.inv, d.fmt
    sup, rec = inv.supplier, inv.recipient
    w = _words(
        d,
        number=("FACTURE NO", "NO FACTURE", "NUMERO PIECE", "FACT. NO"),
        credit=("AVOIR NO", "NO AVOIR", "NUMERO AVOIR"),
        date=("DATE", "DATE FACT.", "EMISE LE", "DATE FACTURE"),
        due=("ECHEANCE", "ECH. LE", "DATE ECH."),
        client_code=("CODE CLIENT", "COMPTE", "NO CLIENT"),
        engagement=("NO CDE CLIENT", "V/CDE", "ENGAGEMENT", "BON CDE"),
        order_date=("CDE DU", "DATE CDE", "COMMANDE LE"),
        service=("CODE SERVICE", "SCE EXECUTANT", "SERVICE"),
        contract=("MARCHE", "NO MARCHE", "REF MARCHE"),
        recipient_siret=("SIRET CLIENT", "SIRET DEST.", "SIRET"),
        ht=("TOTAL H.T.", "MONTANT HT", "NET H.T."),
        rate=("T.V.A.",),
        tva=("T.V.A.", "MONTANT TVA", "TOTAL TVA"),
        ttc=("TOTAL T.T.C.", "MONTANT TTC", "T.T.C."),
        due_amount=("NET A PAYER", "A PAYER EUROS", "SOLDE A REGLER"),
        credit_due=("NET A DEDUIRE", "SOLDE EN VOTRE FAVEUR"),
        deposit=("ACOMPTE", "DEJA REGLE"),
        retention=("RETENUE",),
    )
    out: list[str] = [sup.name, *sup.address, f"TEL {sup.phone}   SIRET {fmt.siret(sup.siret)}   NAF {sup.ape}"]
    out += [f"NO TVA INTRACOMMUNAUTAIRE {sup.vat}", ""]
    who = [*d.address(rec), *w.said("recipient_siret")]
    out += [" " * 42 + line for text in who for line in s.wrap(text, 280, 9)] + ["", ""]
    if inv.delivery:
        out += [f"LIVRE A : {inv.delivery.name} - {inv.delivery.city_line}", ""]
    bar = "+" + "-" * 88 + "+"
    out += [bar, f"!{d.title.center(88)}!", bar]
    facts = w.facts("number", "date", "client_code", "due", "engagement", "order_date", "service", "contract")
    for index in range(0, len(facts), 2):
        sides = [f"{label:<14}: {value}" for label, value in facts[index : index + 2]]
        out.append("!" + "".join(f" {side:<43}" for side in (*sides, "")[:2]) + "!")
    out.append(bar)
    if w.original:
        out += ["", _corrects(w, "EN DEDUCTION DE LA FACTURE NO")]
    out += ["", f"{'DESIGNATION':<40}{'QTE':>9}{'UN':>6}{'PRIX UNIT':>12}{'TVA':>8}{'MONTANT HT':>15}", "-" * 90]
    for text, qty, unit, price, rate, amount in d.item_cells("text", "qty", "unit", "price", "rate", "amount"):
        out.append(f"{text[:39]:<40}{qty:>9}{unit:>6}{price:>12}{rate:>8}{amount:>15}")
    out += ["-" * 90, ""]
    if inv.vat_regime == "normal":
        heads = "".join(f"{head:>15}" for head in ("TAUX", "BASE HT", "MT TVA"))
        out += [heads, *("".join(f"{cell:>15}" for cell in row) for row in d.vat_rows()), ""]
    else:
        out += [d.vat_note(), ""]
    out += [f"{'':<40}{label:<28}{amount:>22}" for label, amount in w.sums()] + [""]
    if inv.bank:
        out += [f"REGLEMENT PAR VIREMENT : {fmt.iban(inv.bank.iban)}  BIC {inv.bank.bic}", ""]
    out += ["PAS D'ESCOMPTE. RETARD : TAUX BCE + 8 POINTS, INDEMNITE FORFAITAIRE 40 EUR"]
    y = 44.0
    for line in out:
        s.text(38, y, _typed(line), 9)
        y += 12.5


@layout(
    "heldout",
    names=NAMES,
    faces=("helvetica", "times", "source", "vera"),
    trades=("works",),
    items=(3, 9),
    credit=0.0,
    retention=0.7,
    deposit=0.25,
    delivery=0.0,
    regimes=("normal",) * 6 + ("reverse",),
    rates=("20", "10", "5.5"),
)
def decompte_de_lot(d: Drawing) -> None:
    """A builder's monthly account for one lot of a public contract: progress in percent, retention, advance."""
    s, inv, rng = d.sheet, d.inv, d.rng
    sup, rec = inv.supplier, inv.recipient
    w = _words(
        d,
        number=("Facture n°", "N° de facture", "Réf. facture"),
        credit=("Avoir n°",),
        date=("Date de facture", "Établie le", "Date d'établissement"),
        due=("Date limite de paiement", "Échéance", "À mandater avant le"),
        engagement=("N° d'engagement", "Engagement juridique", "Bon de commande", "N° E.J."),
        order_date=("Ordre de service du", "OS n° 1 notifié le", "Date de notification"),
        service=("Service exécutant", "Code service Chorus", "Code service"),
        contract=("Marché n°", "N° de marché", "Marché de travaux n°"),
        recipient_siret=("SIRET", "N° SIRET", "Siret du maître d'ouvrage"),
        ht=("Total HT du mois", "Montant HT à facturer", "Total HT"),
        rate=("TVA", "T.V.A."),
        tva=("Total TVA", "Montant TVA"),
        ttc=("Total TTC", "Montant TTC", "Montant T.T.C. du mois"),
        due_amount=("Net à payer", "Montant net à mandater", "NET À PAYER TTC", "Reste à payer"),
        credit_due=("Net",),
        deposit=("Reprise de l'avance", "Acompte déjà versé", "Avance forfaitaire à déduire"),
        retention=("Retenue de garantie", "R.G.", "Retenue de garantie TTC"),
    )
    rank = rng.randint(2, 9)
    s.text(LEFT, 50, sup.name, 15, bold=True, fit=320)
    s.lines(LEFT, 64, [f"{sup.street}, {sup.city_line}", f"SIRET {d.fmt.siret(sup.siret)} - TVA {sup.vat}"], 8)
    head = rng.choice(("DEMANDE D'ACOMPTE MENSUEL", "DÉCOMPTE MENSUEL", "FACTURE DE TRAVAUX - DÉCOMPTE"))
    s.text(RIGHT, 50, f"{head} N° {rank}", 11, bold=True, align="r", fit=230)
    s.rule(LEFT, 84, RIGHT, 84, line=1.2)
    y = _block(s, LEFT, 104, ["Maître d'ouvrage", *d.address(rec), *w.said("recipient_siret")], 240, 9, bold_first=True)
    facts = w.facts("number", "date", "contract", "engagement", "order_date", "service", "due")
    facts.insert(3, ("Lot", f"{rng.randint(1, 14):02d} - {inv.subject}"))
    y = max(y, pairs(s, 300, 104, facts, gap=118, size=8.5, leading=13.5, bold=True, room=135)) + 6
    s.text(
        LEFT, y, f"Travaux exécutés : {d.period()}" if inv.period else "Travaux exécutés dans le mois", 9, italic=True
    )
    columns = [
        Column("Art.", 30, "c"),
        Column("Désignation", 203),
        Column("U", 30, "c"),
        Column("Qté", 50, "r"),
        Column("P.U. HT", 58, "r"),
        Column("Avanc.", 40, "r"),
        Column("TVA", 36, "r"),
        Column("Montant HT", 64, "r"),
    ]
    rows = [
        [f"{n // 4 + 1}.{n % 4 + 1}", *row[:4], f"{rng.choice((30, 50, 75, 100))} %", *row[4:]]
        for n, row in enumerate(d.item_cells("text", "unit", "qty", "price", "rate", "amount"))
    ]
    y = s.table(LEFT, y + 10, columns, rows, grid=True, head_fill="#ececec", size=7.5, row=15)
    foot = [[label, amount] for label, amount in w.sums(rates=True)]
    if inv.vat_regime == "reverse" and len(foot) < 3:
        foot.insert(1, ["TVA due par le preneur", d.money(inv.total_tva)])
    y = s.table(RIGHT - 262, y + 14, [Column("", 170), Column("", 92, "r")], foot, grid=True, size=9, row=17)
    s.paragraph(LEFT, y + 16, d.vat_note(), 511, 8.5, italic=True)
    if inv.bank:
        said = rng.choice(("Compte à créditer", "RIB de l'entreprise", "À verser au compte"))
        s.text(LEFT, y + 36, f"{said} : IBAN {d.fmt.iban(inv.bank.iban)} - BIC {inv.bank.bic}", 8.5, fit=511)
    s.box(LEFT, y + 52, 250, 52, line=0.4)
    s.text(LEFT + 6, y + 64, "Vérifié par le maître d'œuvre le", 7.5)
    s.box(RIGHT - 250, y + 52, 250, 52, line=0.4)
    s.text(RIGHT - 244, y + 64, "L'entreprise (cachet et signature)", 7.5)
    s.text(297, 812, d.legal(siret=False), 6.5, align="c", fit=511)


@layout(
    "heldout",
    names=NAMES,
    faces=("source", "serif", "vera"),
    trades=("counsel", "culture", "services", "health"),
    items=(1, 5),
    credit=0.15,
    delivery=0.0,
    deposit=0.1,
    regimes=("normal",) * 6 + ("exempt",),
)
def legendes_dessous(d: Drawing) -> None:
    """A designer's paper: every value is printed over its caption, amounts come before their names. A hard one."""
    s, inv = d.sheet, d.inv
    sup, rec = inv.supplier, inv.recipient
    w = _words(
        d,
        number=("numéro de facture", "facture n°", "n° de la facture"),
        credit=("numéro d'avoir", "avoir n°"),
        date=("date de facture", "date d'émission", "émise à cette date"),
        due=("échéance", "date limite de paiement", "à régler au plus tard"),
        engagement=("n° d'engagement", "bon de commande", "votre n° de commande"),
        service=("code service", "service Chorus Pro", "service exécutant"),
        contract=("n° de marché", "marché", "référence du marché"),
        recipient_siret=("SIRET", "siret du destinataire"),
        ht=("hors taxes", "total HT", "montant HT"),
        rate=("de TVA à", "TVA"),
        tva=("de TVA au total", "total TVA"),
        ttc=("toutes taxes comprises", "total TTC", "montant TTC"),
        due_amount=("net à payer", "reste à payer", "somme due"),
        credit_due=("net en votre faveur", "montant à déduire"),
        deposit=("acompte versé", "déjà réglé"),
        retention=("retenue",),
    )
    tint, grey = d.rng.choice(("#a23b2a", "#23395b", "#5c6b2f")), "#777777"
    s.text(297, 54, sup.name, 18, bold=True, align="c", color=tint, fit=500)
    s.text(297, 68, f"{sup.street}, {sup.city_line} - {sup.mail}", 8, align="c", color=grey)
    s.rule(LEFT, 80, RIGHT, 80, color=tint, line=1.2)
    s.text(LEFT, 108, d.title.capitalize(), 16, italic=True)
    y = _block(s, 318, 106, d.address(rec), 234, 10, bold_first=True)
    if rec.siret:
        s.text(318, y + 4, d.fmt.siret(rec.siret), 9)
        s.text(318, y + 13, w["recipient_siret"], 6.5, color=grey)
        y += 13
    y, x = max(186.0, y + 24), LEFT
    for label, value in w.facts("number", "date", "due", "engagement", "service", "contract"):
        if not value:
            continue
        if x > RIGHT - 120:
            x, y = LEFT, y + 38
        s.rule(x, y - 13, x + 150, y - 13, color="#cccccc", line=0.4)
        s.text(x, y, value, 11, bold=True, fit=155)
        s.text(x, y + 10, label, 7, color=grey, fit=155)
        x += 176
    y += 34
    if w.original:
        s.text(LEFT, y, _corrects(w, "Avoir établi sur la facture"), 9, italic=True)
        y += 14
    for text, qty, unit, price, pct, amount in d.item_cells("text", "qty", "unit", "price", "pct", "money"):
        y += 20
        s.text(LEFT, y, text, 10, fit=360)
        s.text(RIGHT, y, amount, 10, align="r")
        taxed = f" - TVA {pct}" if inv.vat_regime == "normal" else ""
        s.text(LEFT, y + 11, f"{qty} {unit} x {price}{taxed}", 7.5, color=grey)
        y += 14
        s.rule(LEFT, y, RIGHT, y, color="#dddddd", line=0.4)
    y += 30
    sums = w.sums(rates=True)
    for index, (label, amount) in enumerate(sums):
        strong = index == len(sums) - 1
        s.text(420, y, amount, 12 if strong else 10, bold=strong, align="r")
        s.text(428, y, label, 9 if strong else 8.5, bold=strong, fit=125, color=tint if strong else "")
        y += 19 if index == len(sums) - 2 else 16
    s.text(LEFT, y, d.vat_note(), 8.5, italic=True)
    if inv.bank:
        s.text(LEFT, y + 34, d.fmt.iban(inv.bank.iban), 10)
        s.text(LEFT, y + 44, "IBAN du compte à créditer", 7, color=grey)
        s.text(330, y + 34, inv.bank.bic, 10)
        s.text(330, y + 44, "BIC", 7, color=grey)
    s.paragraph(LEFT, 778, d.penalties(), 511, 6.5, color=grey)
    tax = f" - TVA {sup.vat}" if inv.vat_regime == "normal" else ""
    foot = f"{sup.name} - SIRET {d.fmt.siret(sup.siret)} - APE {sup.ape}{tax}"
    s.text(297, 806, foot, 7, align="c", color=grey, fit=511)


@layout(
    "heldout",
    names=NAMES,
    faces=("helvetica", "vera", "source"),
    trades=("food", "supplies", "health"),
    items=(4, 14),
    rates=("5.5", "10", "20"),
    credit=0.4,
    delivery=0.5,
    deposit=0.0,
    always_vat_table=True,
    shuffle=0.3,
)
def grossiste_bons(d: Drawing) -> None:
    """A wholesaler's fortnight: goods under their delivery notes, VAT codes, totals as one ruled row at the foot."""
    s, inv, rng = d.sheet, d.inv, d.rng
    sup = inv.supplier
    w = _words(
        d,
        number=("N° FACTURE", "FACTURE N°", "N° Facture"),
        credit=("N° AVOIR", "AVOIR N°", "N° Avoir"),
        date=("DATE", "DATE FACTURE", "Facturé le"),
        due=("ÉCHÉANCE", "Date échéance", "Échéance virement"),
        client_code=("CLIENT N°", "CODE CLIENT", "Compte"),
        engagement=("VOTRE BON DE COMMANDE", "N° ENGAGEMENT", "Engagement juridique", "N° BC"),
        service=("CODE SERVICE", "SERVICE", "Service exécutant"),
        contract=("MARCHÉ", "N° MARCHÉ", "Marché n°"),
        recipient_siret=("SIRET", "Siret client", "N° SIRET"),
        order_date=("COMMANDE DU", "Commandé le"),
        ht=("TOTAL HT", "Total H.T.", "MONTANT HT"),
        rate=("TVA",),
        tva=("TOTAL TVA", "T.V.A.", "MONTANT TVA"),
        ttc=("TOTAL TTC", "T.T.C.", "MONTANT TTC"),
        due_amount=("NET À PAYER", "À RÉGLER", "NET À PAYER EN EUROS"),
        credit_due=("NET À DÉDUIRE", "AVOIR NET", "À VOTRE CRÉDIT"),
        deposit=("ACOMPTE",),
        retention=("RETENUE",),
    )
    s.text(LEFT, 48, sup.name, 15, bold=True, fit=270)
    s.lines(LEFT, 62, [*sup.address, f"Tél {sup.phone}", f"SIRET {d.fmt.siret(sup.siret)}", f"TVA {sup.vat}"], 8)
    s.box(318, 34, 235, 84, radius=6)
    rec = [*d.address(inv.recipient), *w.said("recipient_siret", mark=" ")]
    _block(s, 328, 50, rec, 216, 9.5, bold_first=True)
    s.text(LEFT, 138, d.title, 14, bold=True, tracking=2)
    y = strip(s, LEFT, 146, shared(w.facts("number", "date", "client_code", "due"), 511), head=11, bold=True)
    facts = w.facts("engagement", "order_date", "service", "contract")
    y = strip(s, LEFT, y, shared(facts, 511), head=11) if facts else y
    if w.original:
        reason = rng.choice(("retour de marchandises", "erreur de prix", "produits manquants", "ristourne"))
        s.text(LEFT, y + 14, _corrects(w, f"Motif : {reason} - facture d'origine"), 9)
        y += 16
    y = _delivery_notes(d, y + 8)
    low = s.table(
        LEFT,
        max(y + 14, 600),
        [Column("Code TVA", 60, "c"), Column("Taux", 60, "r"), Column("Base HT", 85, "r"), Column("TVA", 85, "r")],
        [[str(n + 1), *row] for n, row in enumerate(d.vat_rows())],
        grid=True,
        row=13,
        size=7.5,
    )
    s.text(LEFT + 300, low - 4, d.vat_note(), 8, fit=210)
    low = strip(s, LEFT, low + 10, shared(w.sums(), 511), height=34, size=10.5, bold=True, fill="#eeeeee")
    if inv.bank:
        s.text(LEFT, low + 16, f"IBAN {d.fmt.iban(inv.bank.iban)}  BIC {inv.bank.bic}  {inv.bank.name}", 8)
    s.paragraph(LEFT, low + 32, d.penalties(), 511, 6.5)
    s.text(297, 818, d.legal(siret=False), 6.5, align="c", fit=511)


def _delivery_notes(d: Drawing, y: float) -> float:
    """The goods, each group under the number and day of its delivery note; returns the table's bottom."""
    s, inv, rng = d.sheet, d.inv, d.rng
    codes = {v.rate: str(n + 1) for n, v in enumerate(inv.vat_lines)}
    columns = [
        Column("Article", 60),
        Column("Libellé", 226),
        Column("Quantité", 55, "r"),
        Column("U", 32, "c"),
        Column("Prix net", 58, "r"),
        Column("T", 20, "c"),
        Column("Montant", 60, "r"),
    ]
    rows: list[list[str]] = []
    first, place = rng.randint(10000, 99999), inv.delivery
    for index, (item, cells) in enumerate(
        zip(inv.items, d.item_cells("code", "text", "qty", "unit", "price", "amount"), strict=True)
    ):
        if index % 4 == 0:
            day = inv.issued.fromordinal(inv.issued.toordinal() - 12 + index)
            where = f" - {place.name}" if place else ""
            rows.append(["", f"BL {first + 7 * index} du {d.fmt.day(day)}{where}", "", "", "", "", ""])
        rows.append([*cells[:5], codes[item.rate], cells[5]])
    return s.table(LEFT, y, columns, rows, rules=True, row=15, size=7.5)


@layout(
    "heldout",
    names=NAMES,
    faces=("helvetica", "times", "source"),
    trades=("services", "supplies", "works"),
    items=(2, 7),
    factor=1.0,
    credit=0.0,
    delivery=0.3,
    deposit=0.1,
    regimes=("normal",),
)
def grille_cedee(d: Drawing) -> None:
    """Two facing columns of ruled label and value, seller and buyer; a factor's notice says whom to pay."""
    s, inv = d.sheet, d.inv
    sup, rec, factor = inv.supplier, inv.recipient, inv.factor
    assert factor
    w = _words(
        d,
        number=("Facture n°", "N° de facture", "Numéro de facture"),
        credit=("Avoir n°",),
        date=("Date de facture", "Date d'émission", "Date de facturation"),
        due=("Date d'échéance", "Échéance", "Date limite de paiement"),
        engagement=("N° d'engagement", "Bon de commande", "N° EJ", "Engagement"),
        order_date=("Date de commande", "Commande du"),
        service=("Code service", "Service exécutant", "Service"),
        contract=("N° de marché", "Marché"),
        client_code=("Code client", "N° client", "Compte client"),
        recipient_siret=("N° SIRET", "SIRET", "Siret"),
        ht=("Total HT", "Montant HT", "Total hors taxes"),
        rate=("TVA", "T.V.A."),
        tva=("Total TVA", "Montant TVA", "TVA"),
        ttc=("Total TTC", "Montant TTC", "Total toutes taxes"),
        due_amount=("Net à payer", "Montant à payer", "Reste à payer"),
        credit_due=("Net",),
        deposit=("Acompte versé", "Acompte reçu"),
        retention=("Retenue",),
    )
    seller, buyer = d.rng.choice((("VENDEUR", "ACHETEUR"), ("FOURNISSEUR", "CLIENT"), ("PRESTATAIRE", "DESTINATAIRE")))
    s.box(LEFT, 36, 511, 26, fill="#e8e8e8")
    s.text(LEFT + 10, 54, "FACTURE", 13, bold=True)
    s.text(RIGHT - 10, 54, f"{w['number']} {inv.number}", 12, bold=True, align="r")
    left = [
        (seller, sup.name),
        ("Adresse", sup.street),
        ("Ville", sup.city_line),
        (w["recipient_siret"], d.fmt.siret(sup.siret)),
        ("N° TVA", sup.vat or ""),
        *w.facts("date", "due", "client_code"),
    ]
    right = [
        (buyer, rec.name),
        ("Adresse", rec.street),
        ("Ville", rec.city_line),
        *w.facts("recipient_siret", "service", "engagement", "order_date", "contract"),
    ]
    height = max(len(left), len(right))
    rows = [
        [*a, *b]
        for a, b in zip(
            left + [("", "")] * (height - len(left)), right + [("", "")] * (height - len(right)), strict=True
        )
    ]
    widths = [Column("", 88), Column("", 160), Column("", 88), Column("", 175)]
    y = s.table(LEFT, 62, widths, rows, grid=True, size=8.5, row=17)
    if inv.delivery:
        place = inv.delivery
        number = f" - SIRET {d.fmt.siret(place.siret)}" if place.siret else ""
        told = f"Lieu de livraison : {place.name}, {place.street}, {place.city_line}{number}"
        y = s.paragraph(LEFT, y + 14, told, 511, 8)
    columns = [
        Column("Désignation", 251),
        Column("Qté", 50, "r"),
        Column("Unité", 40, "c"),
        Column("P.U. HT", 60, "r"),
        Column("TVA", 45, "r"),
        Column("Montant HT", 65, "r"),
    ]
    cells = d.item_cells("text", "qty", "unit", "price", "pct", "amount")
    y = s.table(LEFT, y + 10, columns, cells, grid=True, head_fill="#e8e8e8", size=8, row=16)
    foot = [[label, amount] for label, amount in w.sums(rates=True)]
    y = s.table(RIGHT - 240, y + 10, [Column("", 130), Column("", 110, "r")], foot, grid=True, size=9, row=16)
    notice = d.rng.choice(
        (
            "Créance cédée à {0}, {1}, {2}, SIRET {3}, dans le cadre des articles L.313-23 et suivants du code "
            "monétaire et financier. Le règlement n'est libératoire que s'il est fait à son ordre.",
            "La présente créance est transmise par subrogation à {0} ({1}, {2} - SIRET {3}), à qui le paiement "
            "doit être fait directement et à qui toute réclamation doit être adressée.",
        )
    ).format(factor.name, factor.street, factor.city_line, d.fmt.siret(factor.siret))
    s.box(LEFT, y + 14, 511, 62, line=1)
    low = s.paragraph(LEFT + 8, y + 28, notice, 495, 8.5, bold=True)
    if inv.bank:
        s.text(LEFT + 8, low + 4, f"IBAN {d.fmt.iban(inv.bank.iban)}   BIC {inv.bank.bic}", 9)
    s.paragraph(LEFT, 784, d.penalties(), 511, 6.5)
    s.text(297, 812, d.legal(siret=False), 6.5, align="c", fit=511)


@layout(
    "heldout",
    names=NAMES,
    faces=("serif", "source", "vera", "times"),
    trades=("culture", "food", "services", "supplies"),
    items=(1, 6),
    regimes=("normal", "normal", "normal", "franchise", "exempt"),
    credit=0.15,
    delivery=0.3,
    deposit=0.08,
    period=0.3,
)
def ruban_centre(d: Drawing) -> None:
    """A shop or association with a centred letterhead: one ribbon of references, side panel on the right."""
    s, inv = d.sheet, d.inv
    sup, rec = inv.supplier, inv.recipient
    w = _words(
        d,
        number=("Facture", "Facture n°", "FACTURE N°"),
        credit=("Avoir", "Avoir n°", "AVOIR N°"),
        date=("du", "en date du", "le"),
        due=("échéance", "à payer avant le", "échéance au"),
        engagement=("Engagement n°", "Bon de commande n°", "Commande publique n°", "N° EJ"),
        service=("Code service", "Service destinataire", "Service Chorus"),
        contract=("Marché n°", "Marché", "N° de marché"),
        client_code=("Code client", "N° client", "N° adhérent"),
        delivery_date=("Livré le", "Prestation du", "Date de livraison"),
        recipient_siret=("SIRET", "Siret", "N° SIRET"),
        ht=("Total HT", "Total hors taxe", "Montant HT"),
        rate=("TVA à", "TVA"),
        tva=("TVA totale", "Total TVA", "Montant TVA"),
        ttc=("Total TTC", "Montant TTC", "Total T.T.C."),
        due_amount=("Net à payer", "À payer", "Total à régler", "Reste dû"),
        credit_due=("Net à votre crédit", "À déduire de votre prochain règlement"),
        deposit=("Arrhes versées", "Acompte versé"),
        retention=("Retenue",),
    )
    tint, pale = d.rng.choice((("#6a1b4d", "#f5ebf1"), ("#1b4965", "#e9f1f5"), ("#7a4b00", "#f8f1e4")))
    s.text(297, 52, sup.name, 20, bold=True, align="c", color=tint, fit=480)
    s.text(297, 68, f"{sup.street} - {sup.city_line} - Tél. {sup.phone}", 8.5, align="c")
    s.text(297, 80, f"SIRET {d.fmt.siret(sup.siret)} - APE {sup.ape}", 8.5, align="c")
    ribbon = [f"{w['number']} {inv.number}", f"{w['date']} {d.fmt.day(inv.issued)}"]
    if inv.due:
        ribbon.append(f"{w['due']} {d.fmt.day(inv.due)}")
    s.box(0, 98, 595, 24, fill=tint, stroke="")
    s.text(297, 114, "   |   ".join(ribbon), 11, bold=True, align="c", color="#ffffff", fit=540)
    s.box(378, 134, 175, 250, fill=pale, stroke="")
    y = _block(s, 388, 152, [d.rng.choice(("Client", "Adressé à", "Facturé à"))], 158, 7.5)
    y = _block(s, 388, y + 2, d.address(rec), 158, 9.5, bold_first=True) + 6
    for label, value in w.facts("recipient_siret", "service", "engagement", "contract", "client_code", "delivery_date"):
        s.text(388, y, label, 7, color=tint)
        s.text(388, y + 11, value, 9, fit=158)
        y += 25
    y = 152.0
    if w.original:
        s.paragraph(LEFT, y, _corrects(w, "Cet avoir annule et remplace pour partie la facture"), 320, 9, italic=True)
        y += 26
    if inv.period:
        s.text(LEFT, y, f"Période : {d.period()}", 9)
        y += 16
    if inv.delivery:
        place = inv.delivery
        s.lines(LEFT, y, [f"Livraison : {place.name}", f"{place.street}, {place.city_line}"], 8)
        y += 24
    columns = [Column("Désignation", 180), Column("Qté", 36, "r"), Column("P.U.", 50, "r"), Column("HT", 58, "r")]
    keys = ["text", "qty", "price", "amount"]
    if inv.vat_regime == "normal":
        columns.insert(3, Column("TVA", 38, "r"))
        columns[0] = Column("Désignation", 142)
        keys.insert(3, "pct")
    y = s.table(LEFT, y, columns, d.item_cells(*keys), rules=True, row=20, size=8.5, zebra=pale)
    y = max(y + 26, 410)
    y = totals(s, 330, RIGHT - 4, y, w.sums(rates=True), size=10, leading=17, rule="#cccccc")
    s.text(LEFT, y, d.vat_note(), 9, italic=True)
    if inv.vat_regime == "normal":
        s.text(LEFT, y, f"N° de TVA intracommunautaire : {sup.vat}", 8)
    if inv.bank:
        b = inv.bank
        y = s.table(
            LEFT,
            y + 20,
            [Column(head, width, "c") for head, width in (("Banque", 60), ("Guichet", 60), ("N° de compte", 110))]
            + [Column("Clé", 40, "c"), Column("IBAN", 241, "c")],
            [[b.bank, b.branch, b.number, b.key, d.fmt.iban(b.iban)]],
            grid=True,
            head_fill=pale,
            size=8,
        )
    s.paragraph(LEFT, 790, d.penalties(), 511, 7)


@layout(
    "heldout",
    names=NAMES,
    faces=("courier", "vera"),
    ascii_only=True,
    trades=("food", "supplies"),
    items=(2, 9),
    credit=0.12,
    delivery=0.0,
    deposit=0.0,
    always_vat_table=True,
)
def ticket_de_depot(d: Drawing) -> None:
    """A depot's slip for customers with an account: one narrow column, as a till prints it."""
    s, inv, fmt = d.sheet, d.inv, d.fmt
    sup = inv.supplier
    w = _words(
        d,
        number=("Facture n°", "FACTURE", "N° facture", "Ticket-facture n°"),
        credit=("Avoir n°", "AVOIR", "N° avoir"),
        date=("Date", "Le", "Date facture"),
        due=("A payer avant le", "Echeance", "Payable le"),
        client_code=("Compte", "Code client", "N° client"),
        engagement=("Bon de commande", "Votre commande n°", "Engagement", "N° BC"),
        service=("Service", "Code service", "Code serv."),
        contract=("Marche", "N° marche"),
        recipient_siret=("SIRET", "Siret client"),
        ht=("Total HT", "TOTAL H.T.", "Hors taxes"),
        rate=("TVA",),
        tva=("TVA", "Total TVA", "dont TVA"),
        ttc=("TOTAL TTC", "Total T.T.C.", "Montant TTC"),
        due_amount=("NET A PAYER", "A PAYER", "Reste a payer"),
        credit_due=("NET A DEDUIRE", "A votre credit"),
        deposit=("Acompte",),
        retention=("Retenue",),
    )
    left, right, size = 168.0, 428.0, 8.5
    s.text(297, 48, sup.name, 12, bold=True, align="c", fit=258)
    y = s.lines(297, 62, [*sup.address, f"Tel. {sup.phone}", f"SIRET {fmt.siret(sup.siret)}"], size, align="c")
    y = s.lines(297, y, [f"TVA {sup.vat}", "=" * 34], size, align="c")
    s.text(297, y + 4, d.title, 11, bold=True, align="c")
    y += 20
    for label, value in w.facts("number", "date", "client_code", "engagement", "service", "contract"):
        s.text(left, y, f"{label} : {value}", size, fit=260)
        y += 12
    y = _block(s, left, y + 6, [*d.address(inv.recipient), *w.said("recipient_siret")], 258, size, bold_first=True)
    if w.original:
        y = _block(s, left, y + 6, [_corrects(w, "Reprise sur facture")], 258, size)
    y = s.lines(297, y + 4, ["-" * 46], size, align="c")
    codes = {v.rate: "ABC"[n] for n, v in enumerate(inv.vat_lines)}
    for item, (text, qty, price, amount) in zip(inv.items, d.item_cells("text", "qty", "price", "amount"), strict=True):
        s.text(left, y, text, size, fit=258)
        s.text(left + 14, y + 11, f"{qty} x {price}", size)
        s.text(right, y + 11, f"{amount} {codes[item.rate]}", size, align="r")
        y += 24
    y = s.lines(297, y, ["-" * 46], size, align="c")
    y = totals(s, left, right, y + 2, w.sums(), size=9.5, leading=14)
    y = s.lines(297, y, ["-" * 46], size, align="c")
    heads = [Column("", 24, "c"), Column("Taux", 56, "r"), Column("HT", 90, "r"), Column("TVA", 90, "r")]
    rows = [[codes[v.rate], *row] for v, row in zip(inv.vat_lines, d.vat_rows(), strict=True)]
    y = s.table(left, y - 6, heads, rows, size=8, row=13, rules=True) + 14
    if inv.vat_regime != "normal":
        y = s.paragraph(297, y, d.vat_note(), 258, 8, align="c")
    y = s.lines(297, y + 4, w.said("due"), size, align="c")
    if inv.bank:
        s.lines(297, y + 4, [f"IBAN {fmt.iban(inv.bank.iban)}", f"BIC {inv.bank.bic}"], size, align="c")
