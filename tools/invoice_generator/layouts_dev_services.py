"""Development layouts in the manner of portals, carriers and hirers: sections, dated lines, terms on the back."""

from datetime import timedelta
from decimal import Decimal

from tools.invoice_generator.layout import Drawing, glue, layout
from tools.invoice_generator.sheet import Column

LEFT, RIGHT = 48.0, 547.0

_TERMS = (
    "1. Objet. Les présentes conditions s'appliquent aux commandes supérieures à 150,00 € HT passées depuis le "
    "1er janvier 2019. Toute dérogation doit être écrite.",
    "2. Prix. Les prix s'entendent hors taxes, TVA au taux de 20 % ou 5,5 % en sus. Des frais de port de 12,50 € sont "
    "appliqués en dessous de 250,00 € HT de commande.",
    "3. Paiement. Trente jours à compter de la réception de la facture. Taux des pénalités : 12,40 %. Indemnité "
    "forfaitaire pour frais de recouvrement : 40,00 €. Escompte de 0,5 % pour paiement sous 8 jours.",
    "4. Réclamations. Elles sont reçues dans les 8 jours de la livraison, par écrit, en rappelant le numéro de facture "
    "et le numéro de commande. Passé le délai de 15 jours, aucun avoir ne sera établi.",
    "5. Responsabilité. Notre responsabilité est limitée à 7 600,00 € par sinistre et 15 000,00 € par année, contrat "
    "n° 4 118 207 souscrit le 12/06/2018.",
    "6. Juridiction. Tribunal administratif compétent. Médiateur : 05 24 32 10 10. Version du 03/09/2024.",
)


def _section(
    d: Drawing, y: float, title: str, pairs: list[tuple[str, str]], *, x: float = LEFT, gap: float = 145
) -> float:
    """A titled section of « label : value » rows; returns the y below it."""
    d.sheet.text(x, y, title, 10.5, bold=True, color="#2f4d8f")
    d.sheet.rule(x, y + 4, x + 235, y + 4, color="#2f4d8f")
    y += 19
    for label, value in pairs:
        d.sheet.text(x, y, f"{label.rstrip(' :')} :" if label.strip() else "", 8.5)
        d.sheet.text(x + gap, y, value, 8.5, bold=True, fit=495 - gap if x == LEFT else 235 - gap)
        y += 13
    return y + 10


@layout("dev", faces=("source", "vera", "helvetica"), shuffle=0.4, deposit=0.1, delivery=0.0, always_vat_table=True)
def portail(d: Drawing) -> None:
    """What an invoicing portal prints: sections of label and value, a summary, a tax table, no letterhead."""
    s, inv = d.sheet, d.inv
    kind = "Avoir" if inv.credit_note else "Facture"
    s.text(LEFT, 50, f"{kind} {inv.number} du {d.fmt.day(inv.issued)}", 15, bold=True, color="#2f4d8f")
    s.text(RIGHT, 50, "Document généré par le portail - page 1/1", 6.5, align="r")
    sup, rec = inv.supplier, inv.recipient
    emitter = [
        ("Raison sociale", sup.name),
        ("Identifiant (SIRET)", d.fmt.siret(sup.siret)),
        ("N° TVA intracom.", sup.vat or ""),
        ("Adresse", sup.street),
        ("", sup.city_line),
    ]
    client = [("Raison sociale", rec.name), ("Adresse", rec.street), ("", rec.city_line)]
    if rec.siret or d.show_empty:
        client.insert(1, ("Identifiant (SIRET)", d.fmt.siret(rec.siret)))
    if inv.service_code or d.show_empty:
        client.append((d.label("service"), inv.service_code or ""))
    y = _section(d, 80, "Émetteur", emitter, gap=95)
    _section(d, 80, "Destinataire", client, x=305, gap=95)
    references = d.pairs("engagement", "contract", "due", "order_date", "client_code")
    if inv.credit_note and inv.original_date:
        references.append(("Facture d'origine", f"{inv.original_number} du {d.fmt.day(inv.original_date)}"))
    references.append(("Cadre de facturation", "A1 : dépôt par un fournisseur d'une facture"))
    if inv.bank:
        references += [("Compte bancaire (IBAN)", d.fmt.iban(inv.bank.iban)), ("Établissement (BIC)", inv.bank.bic)]
    y = _section(d, y + 14, "Références", references)
    columns = [
        Column("N°", 30, "c"),
        Column("Désignation", 229),
        Column("Quantité", 60, "r"),
        Column("Unité", 45, "c"),
        Column("PU HT", 60, "r"),
        Column("Montant HT", 75, "r"),
    ]
    rows = [[str(n), *row] for n, row in enumerate(d.item_cells("text", "qty", "unit", "price", "amount"), 1)]
    y = s.table(LEFT, y, columns, rows, zebra="#f2f5fb", rules=True)
    y = _section(d, y + 26, "Répartition des taxes", [])
    y = s.table(
        LEFT,
        y - 18,
        [Column("Type", 70), Column("Taux", 60, "r"), Column("Base", 90, "r"), Column("Taxe", 90, "r")],
        [["TVA", *row] for row in d.vat_rows()],
        frame=True,
    )
    _section(d, y + 24, "Montants", d.totals(per_rate=False), gap=170)
    s.text(LEFT, 800, d.vat_note(), 7.5)
    s.text(297, 818, d.legal(siret=False), 6, align="c", fit=500)


@layout(
    "dev",
    faces=("helvetica", "source", "times"),
    trades=("supplies", "health", "food"),
    delivery=0.4,
    deposit=0.1,
    shuffle=0.2,
)
def conditions_au_dos(d: Drawing) -> None:
    """A wholesaler's invoice with its terms of sale on the back: a page of prose full of figures and dates."""
    s, inv = d.sheet, d.inv
    s.text(297, 50, inv.supplier.name, 17, bold=True, align="c", color="#7b2d26")
    s.text(297, 64, f"{inv.supplier.street} - {inv.supplier.city_line} - Tél. {inv.supplier.phone}", 8, align="c")
    s.text(297, 75, f"SIRET {d.fmt.siret(inv.supplier.siret)} - TVA {inv.supplier.vat}", 8, align="c")
    siret = d.lines("recipient_siret")
    s.box(300, 92, 247, 80, stroke="#7b2d26")
    s.lines(308, 108, [d.label("recipient"), *d.address(inv.recipient), *siret], 9, bold_first=True)
    if inv.delivery:
        s.lines(LEFT, 108, ["Livraison", *d.address(inv.delivery)], 8.5, bold_first=True)
    title = d.title if not inv.credit_note else f"AVOIR sur facture {inv.original_number}"
    s.text(LEFT, 196, title, 13, bold=True)
    pairs = d.pairs("number", "date", "client_code", "order_date", "due")
    y = s.table(
        LEFT,
        204,
        [Column(k.rstrip(" :"), 499 / len(pairs), "c") for k, _ in pairs],
        [[v for _, v in pairs]],
        grid=True,
        head_fill="#f3e3e1",
        size=8,
    )
    y += 14
    y = s.lines(LEFT, y, d.lines("service", "engagement", "contract"), 8.5, 12)
    columns = [
        Column("Code", 60),
        Column("Désignation", 224),
        Column("Qté", 50, "r"),
        Column("PU net", 55, "r"),
        Column("TVA", 45, "r"),
        Column("Total HT", 65, "r"),
    ]
    y = s.table(
        LEFT,
        y + 4,
        columns,
        d.item_cells("code", "text", "qty", "price", "rate", "amount"),
        grid=True,
        head_fill="#f3e3e1",
        size=7.5,
    )
    heads = [
        *(f"HT {d.fmt.percent(v.rate)}" for v in inv.vat_lines),
        *(f"TVA {d.fmt.percent(v.rate)}" for v in inv.vat_lines),
    ]
    values = [*(d.figure(v.base) for v in inv.vat_lines), *(d.figure(v.amount) for v in inv.vat_lines)]
    heads += [d.label("ht"), d.label("tva"), d.label("ttc")]
    values += [d.figure(inv.total_ht), d.figure(inv.total_tva), d.figure(inv.total_ttc)]
    y = s.table(LEFT, y + 20, [Column(h, 499 / len(heads), "r") for h in heads], [values], grid=True, size=8, row=17)
    if inv.deposit:
        s.text(RIGHT, y + 16, f"Acompte versé : {d.money(-inv.deposit)}", 9, align="r")
        y += 15
    s.text(RIGHT, y + 18, f"{d.due_amount_label} : {d.money(inv.amount_due)}", 12, bold=True, align="r")
    s.text(LEFT, y + 18, d.vat_note(), 8)
    if inv.bank:
        s.text(LEFT, y + 40, f"{inv.bank.name} - {d.fmt.iban(inv.bank.iban)} - {inv.bank.bic}", 8.5)
    s.text(297, 815, d.legal(), 6, align="c", fit=500)
    s.new_page()
    s.text(297, 60, "CONDITIONS GÉNÉRALES DE VENTE", 11, bold=True, align="c")
    y = 84.0
    for term in _TERMS:
        y = s.paragraph(LEFT, y, term, 499, 8.5) + 8


@layout(
    "dev",
    faces=("vera", "helvetica", "source"),
    trades=("services", "utilities"),
    items=(4, 12),
    delivery=0.0,
    rates=("20", "10"),
    credit=0.04,
)
def transport(d: Drawing) -> None:
    """A carrier's statement: each line has its own date and slip number, as tempting as the invoice's own."""
    s, inv, rng = d.sheet, d.inv, d.rng
    s.box(LEFT, 36, 499, 58, fill="#f4f4f4", stroke="")
    s.text(LEFT + 10, 60, inv.supplier.name, 15, bold=True)
    s.text(
        LEFT + 10,
        76,
        f"{inv.supplier.street} {inv.supplier.city_line} - Siret {d.fmt.siret(inv.supplier.siret)} "
        f"- {inv.supplier.vat}",
        7.5,
    )
    s.lines(330, 122, d.address(inv.recipient), 10)
    y = 122.0
    for label, value in d.pairs(
        "number", "date", "due", "recipient_siret", "service", "engagement", "contract", "client_code"
    ):
        s.text(LEFT, y, f"{label.rstrip(' :')}  {value}", 9)
        y += 13
    if inv.credit_note and inv.original_date:
        s.text(LEFT, y, f"Avoir sur facture {inv.original_number} du {d.fmt.day(inv.original_date)}", 9, bold=True)
        y += 13
    rows = []
    for n, row in enumerate(d.item_cells("text", "qty", "price", "rate", "amount")):
        day = inv.issued - timedelta(days=3 + 2 * (len(inv.items) - n))
        rows.append([d.fmt.day(day), f"{rng.randint(300000, 999999)}", *row])
    columns = [
        Column("Date", 66),
        Column("Bordereau", 58),
        Column("Prestation", 180),
        Column("Nb", 45, "r"),
        Column("Tarif", 50, "r"),
        Column("TVA", 40, "r"),
        Column("HT", 60, "r"),
    ]
    y = s.table(LEFT, y + 12, columns, rows, rules=True, size=7.5, row=14)
    fuel = (inv.total_ht * Decimal("0.04")).quantize(Decimal("0.01"))
    s.text(LEFT, y + 16, f"Dont indexation gazole (4,00 %) : {d.money(fuel)}", 7.5, italic=True)
    y += 34
    for label, value in d.totals():
        s.text(RIGHT - 90, y, label, 9.5, align="r")
        s.text(RIGHT - 4, y, value, 9.5, bold=True, align="r")
        y += 15
    s.text(LEFT, y, d.vat_note(), 8)
    if inv.bank:
        s.lines(
            LEFT, y + 10, [f"{d.label('iban').rstrip(' :')} {d.fmt.iban(inv.bank.iban)}", f"BIC {inv.bank.bic}"], 8.5
        )
    s.paragraph(LEFT, 780, d.penalties(), 499, 6.5)
    s.text(297, 815, d.legal(siret=False), 6, align="c", fit=500)


@layout(
    "dev",
    faces=("serif", "source", "times"),
    trades=("works", "culture", "services"),
    items=(1, 4),
    period=1.0,
    delivery=0.0,
    credit=0.05,
)
def location(d: Drawing) -> None:
    """Hire: a period in every line, a security deposit that is not an amount paid, the amount in a sentence."""
    s, inv, rng = d.sheet, d.inv, d.rng
    s.lines(RIGHT, 50, [inv.supplier.name, *inv.supplier.address, inv.supplier.mail], 9.5, bold_first=True, align="r")
    s.text(LEFT, 56, f"{d.title.capitalize()} de location" if not inv.credit_note else "Avoir sur location", 18)
    s.text(LEFT, 76, f"n° {inv.number} - {d.fmt.day(inv.issued)}", 11, bold=True)
    if inv.credit_note and inv.original_date:
        s.text(LEFT, 91, f"en déduction de la facture {inv.original_number} du {d.fmt.day(inv.original_date)}", 9)
    siret = d.lines("recipient_siret")
    y = s.lines(LEFT, 126, [f"{d.label('recipient')} :", *d.address(inv.recipient), *siret], 10)
    y += 10
    y = s.lines(LEFT, y, d.lines("engagement", "service", "contract", "order_date"), 9.5, 14)
    s.text(LEFT, y, f"Location {d.period()}", 9.5, italic=True)
    columns = [
        Column("Matériel", 269),
        Column("Quantité", 65, "r"),
        Column("Tarif", 75, "r"),
        Column("Montant HT", 90, "r"),
    ]
    y = s.table(LEFT, y + 12, columns, d.item_cells("text", "qty", "price", "money"), rules=True, size=9, row=18)
    guarantee = Decimal(rng.choice((300, 500, 800, 1500)))
    s.text(LEFT, y + 14, f"Dépôt de garantie non encaissé : {d.fmt.money(guarantee)}", 8, italic=True)
    y += 36
    for label, value in d.totals(due=False):
        s.text(RIGHT - 110, y, label, 10, align="r")
        s.text(RIGHT - 4, y, value, 10, align="r")
        y += 16
    s.text(LEFT, y, d.vat_note(), 8.5)
    close = f"Montant {'à votre crédit' if inv.credit_note else 'à nous régler'} : {glue(d.money(inv.amount_due))}"
    close += f", avant le {glue(d.fmt.day(inv.due))}" if inv.due else ""
    y = s.paragraph(LEFT, y + 22, close + ".", 499, 11, bold=True)
    if inv.bank:
        s.text(LEFT, y + 8, f"Virement sur le compte {d.fmt.iban(inv.bank.iban)} ({inv.bank.bic})", 9)
    s.paragraph(LEFT, 780, d.penalties(), 499, 7)
    s.text(297, 815, d.legal(), 6.5, align="c", fit=500)
