"""Development layouts in the manner of bigger systems: AS/400 forms, grids, ledgers of several pages, bills."""

import unicodedata
from decimal import Decimal

from tools.invoice_generator.layout import Drawing, layout
from tools.invoice_generator.model import ZERO, Item
from tools.invoice_generator.sheet import Column

LEFT, RIGHT = 40.0, 555.0


def _typed(text: str) -> str:
    """Upper case without accents, as old line printers have it."""
    flat = unicodedata.normalize(
        "NFKD", text.replace("’", "'").replace("²", "2").replace("n°", "no").replace("N°", "NO")
    )
    return "".join(c for c in flat.upper() if not unicodedata.combining(c) and ord(c) < 128)


_RULE = "-" * 92


class _LinePrinter:
    """Types a form line by line, twelve points each; starts pages and carries totals over."""

    def __init__(self, d: Drawing) -> None:
        self.d, self.y, self.page, self.carried = d, 40.0, 0, ZERO

    def line(self, text: str = "") -> None:
        self.d.sheet.text(30, self.y, _typed(text), 9)
        self.y += 12

    def leader(self, label: str, value: str, width: int = 52) -> None:
        self.line(f"{label} {'.' * max(2, width - len(label) - len(value) - 2)} {value}")

    def head(self) -> None:
        d, inv, sup, rec = self.d, self.d.inv, self.d.inv.supplier, self.d.inv.recipient
        self.page, self.y = self.page + 1, 40.0
        self.line(f"{sup.name:<62}PAGE {self.page:>3}")
        for text in (*sup.address, f"SIRET {d.fmt.siret(sup.siret)}   APE {sup.ape}   TVA {sup.vat}", ""):
            self.line(text)
        for text in (*d.address(rec), f"SIRET : {d.fmt.siret(rec.siret)}" if rec.siret else ""):
            self.line(" " * 38 + text)
        self.line()
        if inv.credit_note:
            self.line(f"A V O I R   SUR FACTURE {inv.original_number} DU {d.fmt.day(inv.original_date or inv.issued)}")
        else:
            self.line("F A C T U R E")
        if self.page == 1:
            self._references()
        else:
            self.line(f"NO {inv.number} DU {d.fmt.day(inv.issued)} (SUITE)")
        heads = f"{'REF':<9}{'DESIGNATION':<38}{'QTE':>9}{'P.U.':>11}{'TVA':>8}{'MONTANT HT':>15}"
        for text in (_RULE, heads, _RULE):
            self.line(text)
        if self.page > 1:
            self.sum_line("REPORT")

    def _references(self) -> None:
        keys = ("number", "date", "due", "client_code", "engagement", "service", "contract", "order_date")
        for label, value in self.d.pairs(*keys):
            self.leader(label.rstrip(" :"), value)

    def sum_line(self, label: str) -> None:
        self.line(f"{'':<9}{label:<38}{'':>28}{self.d.figure(self.carried):>15}")

    def item(self, item: Item) -> None:
        d = self.d
        self.carried += item.amount
        left = f"{item.code:<9}{item.text[:36]:<38}{d.quantity(item.quantity):>9}{d.fmt.number(item.price):>11}"
        self.line(f"{left}{d.fmt.rate(item.rate):>8}{d.figure(item.amount):>15}")

    def vat_table(self) -> None:
        self.line(f"{'TAUX':>10}{'BASE HT':>16}{'MONTANT TVA':>16}")
        for v in self.d.inv.vat_lines:
            self.line(f"{self.d.fmt.rate(v.rate):>10}{self.d.figure(v.base):>16}{self.d.figure(v.amount):>16}")
        self.line()


@layout("dev", faces=("courier",), ascii_only=True, items=(3, 60), retention=0.0)
def as400(d: Drawing) -> None:
    """A line printer's form: fixed pitch, dotted leaders, carried-over totals when it runs on."""
    inv, paper = d.inv, _LinePrinter(d)
    paper.head()
    for index, item in enumerate(inv.items):
        if index and index % 32 == 0:
            paper.sum_line("A REPORTER")
            d.sheet.new_page()
            paper.head()
        paper.item(item)
    paper.line(_RULE)
    if len(inv.vat_lines) > 1:
        paper.vat_table()
    for label, value in d.totals(per_rate=False):
        paper.leader(label, value)
    paper.line()
    paper.line(d.vat_note())
    if inv.bank:
        paper.line(f"REGLEMENT PAR VIREMENT   IBAN {d.fmt.iban(inv.bank.iban)}   BIC {inv.bank.bic}")
    paper.line("INDEMNITE FORFAITAIRE POUR FRAIS DE RECOUVREMENT 40,00 EUR")


@layout("dev", faces=("helvetica", "vera", "source"), shuffle=0.7, always_vat_table=True, delivery=0.0)
def deux_colonnes(d: Drawing) -> None:
    """Two facing blocks whose rows interleave, VAT table with a TTC column, text written out of order."""
    s, inv = d.sheet, d.inv
    s.text(297, 50, f"{d.title} {inv.number}", 17, bold=True, align="c")
    s.text(297, 64, f"{d.label('date').rstrip(' :')} : {d.fmt.day(inv.issued)}", 9.5, align="c")
    sup, rec = inv.supplier, inv.recipient
    left = [
        ("Raison sociale", sup.name),
        ("Adresse", sup.street),
        ("Ville", sup.city_line),
        ("SIRET", d.fmt.siret(sup.siret)),
        ("N° TVA", sup.vat or ""),
        ("Téléphone", sup.phone),
    ]
    right = [
        ("Raison sociale", rec.name),
        ("Adresse", rec.street),
        ("Ville", rec.city_line),
        ("SIRET", d.fmt.siret(rec.siret)),
        *d.pairs("service", "engagement"),
    ]
    for x, head, facts in ((LEFT, "ÉMETTEUR", left), (300.0, "DESTINATAIRE", right)):
        s.box(x, 84, 253, 118, radius=4)
        s.text(x + 8, 98, head, 9, bold=True)
        y = 114.0
        for label, value in facts:
            s.cell(x + 5, 82, y, f"{label.rstrip(' :')} :", 8, "l", color="#555555")
            s.cell(x + 86, 164, y, value, 8.5, "l")
            y += 14
    y = 220.0
    y = s.lines(LEFT, y, d.lines("due", "contract", "client_code", "order_date"), 8.5, 12)
    if inv.credit_note and inv.original_date:
        s.text(LEFT, y, f"Référence facture initiale : {inv.original_number} du {d.fmt.day(inv.original_date)}", 8.5)
        y += 12
    columns = [
        Column("Réf", 52),
        Column("Libellé", 203),
        Column("Qté", 42, "r"),
        Column("PU", 55, "r"),
        Column("Taux", 45, "r"),
        Column("HT", 58, "r"),
        Column("TTC", 60, "r"),
    ]
    y = s.table(
        LEFT,
        y + 8,
        columns,
        d.item_cells("code", "text", "qty", "price", "pct", "amount", "ttc"),
        frame=True,
        head_fill="#d9e2ec",
        size=7.5,
    )
    rows = [*d.vat_rows(ttc=True), ["Total", d.figure(inv.total_ht), d.figure(inv.total_tva), d.figure(inv.total_ttc)]]
    y = s.table(
        LEFT,
        y + 20,
        [
            Column("Taux TVA", 70, "r"),
            Column("Base HT", 80, "r"),
            Column("Montant TVA", 80, "r"),
            Column("Montant TTC", 80, "r"),
        ],
        rows,
        grid=True,
        head_fill="#d9e2ec",
    )
    s.box(RIGHT - 230, y + 14, 230, 30, fill="#d9e2ec", stroke="#345678")
    s.text(RIGHT - 222, y + 33, d.due_amount_label, 10, bold=True)
    s.text(RIGHT - 8, y + 33, d.money(inv.amount_due), 11, bold=True, align="r")
    if inv.deposit:
        s.text(RIGHT, y + 8, f"Acompte versé : {d.money(-inv.deposit)}", 8.5, align="r")
    s.text(LEFT, y + 20, d.vat_note(), 8)
    if inv.bank:
        s.lines(
            LEFT, y + 58, [f"Banque {inv.bank.name}", f"IBAN {d.fmt.iban(inv.bank.iban)}", f"BIC {inv.bank.bic}"], 8.5
        )
    s.paragraph(LEFT, 790, d.penalties(), 515, 6.5)
    s.text(297, 820, d.legal(siret=False), 6, fit=515, align="c")


_LEDGER = (
    Column("Code", 55),
    Column("Article", 215),
    Column("Qté", 50, "r"),
    Column("PU HT", 60, "r"),
    Column("T.V.A.", 50, "r"),
    Column("Total HT", 85, "r"),
)


@layout("dev", items=(34, 78), deposit=0.1, shuffle=0.15, delivery=0.4, faces=("helvetica", "source", "vera"))
def plusieurs_pages(d: Drawing) -> None:
    """A long order over two to four pages: « à reporter », « report », page numbers, totals at the very end."""
    s, inv = d.sheet, d.inv
    size, pages, carried, y = 30, -(-len(inv.items) // 30), ZERO, 0.0
    cells = d.item_cells("code", "text", "qty", "price", "rate", "amount")
    for page in range(pages):
        if page:
            s.new_page()
        heading = f"{d.title} n° {inv.number} - page {page + 1}/{pages}" if page else d.title
        s.text(LEFT, 45, inv.supplier.name, 13, bold=True)
        s.text(RIGHT, 45, heading, 10, align="r")
        if page == 0:
            _first_page_head(d)
        part = slice(page * size, (page + 1) * size)
        rows = [["", "Report", "", "", "", d.figure(carried)], *cells[part]] if page else cells[part]
        carried += sum((i.amount for i in inv.items[part]), ZERO)
        if page < pages - 1:
            rows = [*rows, ["", d.rng.choice(("À reporter", "Sous-total à reporter")), "", "", "", d.figure(carried)]]
        top = 62.0 if page else 228.0
        y = s.table(LEFT, top, _LEDGER, rows, row=15.5, size=7.5, head_fill="#e9e9e9", frame=True)
        s.text(297, 826, f"Page {page + 1} sur {pages}", 7, align="c")
        s.text(297, 815, d.legal(), 6, fit=515, align="c")
    if y > 640:
        s.new_page()
        y = 50.0
    _last_page_foot(d, y)


def _first_page_head(d: Drawing) -> None:
    s, inv = d.sheet, d.inv
    s.lines(LEFT, 60, [*inv.supplier.address, f"Tél {inv.supplier.phone}"], 8.5)
    keys = ("number", "date", "due", "engagement", "service", "contract", "client_code", "order_date")
    for index, (label, value) in enumerate(d.pairs(*keys)):
        s.text(LEFT, 112 + index * 12, f"{label.rstrip(' :')} :", 8.5)
        s.text(LEFT + 110, 112 + index * 12, value, 8.5, bold=True)
    siret = d.lines("recipient_siret")
    s.lines(315, 112, [d.label("recipient"), *d.address(inv.recipient), *siret], 9, bold_first=True)
    if inv.delivery:
        number = f"SIRET {d.fmt.siret(inv.delivery.siret)}" if inv.delivery.siret else ""
        s.lines(315, 176, ["Lieu de livraison", *d.address(inv.delivery), number], 8, bold_first=True)


def _last_page_foot(d: Drawing, y: float) -> None:
    s, inv = d.sheet, d.inv
    if len(inv.vat_lines) > 1:
        columns = [
            Column("Code TVA", 55, "c"),
            Column("Taux", 50, "r"),
            Column("Assiette", 70, "r"),
            Column("Taxe", 70, "r"),
        ]
        rows = [[str(i + 1), *row] for i, row in enumerate(d.vat_rows())]
        s.table(LEFT, y + 14, columns, rows, grid=True, size=7.5)
    y += 26
    for label, value in d.totals(per_rate=False):
        s.text(RIGHT - 190, y, label, 9.5)
        s.text(RIGHT - 4, y, value, 9.5, bold=True, align="r")
        y += 15
    s.text(LEFT, y, d.vat_note(), 8)
    if inv.bank:
        iban = f"{d.label('iban').rstrip(' :')} : {d.fmt.iban(inv.bank.iban)}"
        s.text(LEFT, y + 16, f"Paiement par virement - {iban} - BIC : {inv.bank.bic}", 8.5)
    s.paragraph(LEFT, y + 34, d.penalties(), 515, 7)


@layout(
    "dev",
    trades=("works",),
    retention=0.75,
    regimes=("normal",) * 5 + ("reverse",),
    items=(3, 8),
    credit=0,
    deposit=0.0,
    delivery=0.0,
    rates=("20", "10", "5.5"),
)
def travaux(d: Drawing) -> None:
    """A progress claim of a works contract: previous claims, retention of guarantee, reverse charge."""
    s, inv = d.sheet, d.inv
    claim = d.rng.randint(2, 6)
    s.box(LEFT, 36, 515, 50, stroke="#222222", line=1)
    s.text(297, 56, f"SITUATION DE TRAVAUX N° {claim}", 14, bold=True, align="c")
    s.text(297, 74, f"Facture n° {inv.number} du {d.fmt.day(inv.issued)}", 10.5, align="c")
    y1 = s.lines(
        LEFT,
        106,
        [
            "ENTREPRISE",
            *d.address(inv.supplier),
            f"SIRET {d.fmt.siret(inv.supplier.siret)}",
            f"Tél. {inv.supplier.phone}",
        ],
        8.5,
        bold_first=True,
    )
    y2 = s.lines(
        300,
        106,
        [
            "MAÎTRE D'OUVRAGE",
            *d.address(inv.recipient),
            *(f"{k.rstrip(' :')} {v}" for k, v in d.pairs("recipient_siret")),
        ],
        8.5,
        bold_first=True,
    )
    y = max(y1, y2) + 8
    refs = [
        ("Opération", f"Réhabilitation - lot {d.rng.randint(2, 14)} - {inv.subject.lower()}"),
        *d.pairs("contract", "engagement", "service", "order_date", "due"),
    ]
    if d.rng.random() < 0.5:
        refs.append(("Maître d'œuvre", "Atelier Kermarrec Architectes"))
    y = s.table(LEFT, y, [Column("", 150), Column("", 365)], [list(r) for r in refs], grid=True, size=8.5)
    columns = [
        Column("N°", 28),
        Column("Ouvrage", 237),
        Column("U", 35, "c"),
        Column("Quantité", 60, "r"),
        Column("PU", 65, "r"),
        Column("Montant", 90, "r"),
    ]
    cells = [
        [f"{n + 1}.{n % 3 + 1}", *row] for n, row in enumerate(d.item_cells("text", "unit", "qty", "price", "amount"))
    ]
    y = s.table(LEFT, y + 12, columns, cells, grid=True, head_fill="#efefef", size=8)
    before = (inv.total_ht * Decimal(claim - 1) * Decimal("0.8")).quantize(Decimal("0.01"))
    rows = [
        ["Montant cumulé des travaux exécutés HT", d.money(before + inv.total_ht)],
        ["À déduire : situations précédentes HT", d.money(-before)],
        ["Montant HT de la présente situation", d.money(inv.total_ht)],
    ]
    rows += [
        [f"TVA {d.fmt.percent(v.rate)} sur {d.figure(v.base)}", d.money(v.amount)] for v in inv.vat_lines if v.rate
    ]
    if inv.vat_regime == "reverse":
        rows.append(["TVA (autoliquidation)", d.money(ZERO)])
    rows += [["Montant TVA", d.money(inv.total_tva)]] if len(inv.vat_lines) > 1 else []
    rows.append(["Montant TTC de la présente situation", d.money(inv.total_ttc)])
    if inv.retention:
        rows.append([f"Retenue de garantie {d.fmt.percent(inv.retention_rate)}", d.money(-inv.retention)])
    rows.append([d.rng.choice(("NET À PAYER", "Net à mandater", "SOMME À PAYER TTC")), d.money(inv.amount_due)])
    y = s.table(RIGHT - 330, y + 14, [Column("", 225), Column("", 105, "r")], rows, grid=True, size=8.5)
    s.text(LEFT, y + 18, d.vat_note(), 8.5, italic=True)
    if inv.bank:
        s.text(LEFT, y + 34, f"Compte à créditer : IBAN {d.fmt.iban(inv.bank.iban)} BIC {inv.bank.bic}", 8.5)
    s.text(297, 812, d.legal(siret=False), 6.5, fit=515, align="c")


@layout(
    "dev",
    faces=("source", "helvetica", "vera"),
    items=(2, 4),
    period=1.0,
    trades=("utilities",),
    credit=0.03,
    rates=("20", "5.5"),
    always_vat_table=True,
    delivery=0.0,
    regimes=("normal",),
)
def energie(d: Drawing) -> None:
    """A utility's bill: the amount in a frame on top, meter figures, contract and delivery point numbers, periods."""
    s, inv, rng = d.sheet, d.inv, d.rng
    tint = rng.choice(("#00609c", "#1f7a3d", "#d35400"))
    s.text(LEFT, 58, inv.supplier.name, 18, bold=True, color=tint)
    s.text(LEFT, 72, "Service clients collectivités - 09 69 39 00 00 (appel non surtaxé) du lundi au vendredi", 7.5)
    s.lines(330, 110, d.address(inv.recipient), 10)
    s.text(LEFT, 112, "Vos références", 10, bold=True, color=tint)
    y = 127.0
    pdl = "".join(str(rng.randint(0, 9)) for _ in range(14))
    refs = [
        *d.lines("client_code"),
        f"{rng.choice(('Point de livraison (PDL)', 'N° de point de comptage'))} : {pdl}",
        *d.lines("contract", "service", "engagement", "recipient_siret"),
    ]
    y = s.lines(LEFT, y, refs, 8.5, 12)
    y = max(y, 190) + 14
    s.text(
        LEFT,
        y,
        f"{'Avoir' if inv.credit_note else 'Facture'} n° {inv.number} du {d.fmt.day(inv.issued)}",
        13,
        bold=True,
    )
    s.text(LEFT, y + 14, f"Consommation {d.period()}", 9)
    if inv.credit_note and inv.original_date:
        s.text(LEFT, y + 27, f"Annule la facture n° {inv.original_number} du {d.fmt.day(inv.original_date)}", 9)
    s.box(LEFT, y + 34, 515, 54, stroke=tint, line=1.4, radius=8)
    s.text(
        LEFT + 16,
        y + 58,
        "Montant à votre crédit TTC"
        if inv.credit_note
        else rng.choice(("Montant à payer TTC", "Montant total à régler", "Total à payer TTC")),
        12,
        bold=True,
    )
    if inv.due:
        s.text(
            LEFT + 16,
            y + 74,
            f"{rng.choice(('à régler avant le', 'date limite de paiement :', 'au plus tard le'))} {d.fmt.day(inv.due)}",
            9,
        )
    s.text(RIGHT - 16, y + 70, d.money(inv.amount_due), 22, bold=True, align="r", color=tint)
    y += 110
    index = rng.randint(10000, 89999)
    used = rng.randint(800, 9000)
    s.table(
        LEFT,
        y,
        [
            Column("Compteur", 105),
            Column("Ancien index", 95, "r"),
            Column("Nouvel index", 95, "r"),
            Column("Consommation (kWh)", 120, "r"),
        ],
        [[f"N° {rng.randint(10**7, 10**8)}", str(index), str(index + used), str(used)]],
        rules=True,
    )
    columns = [
        Column("Détail", 245),
        Column("Quantité", 70, "r"),
        Column("Prix unitaire", 80, "r"),
        Column("TVA", 50, "r"),
        Column("Montant HT", 70, "r"),
    ]
    cells = d.item_cells("text", "qty", "price", "pct", "amount")
    y = s.table(LEFT, y + 46, columns, cells, rules=True, row=16)
    y += 20
    rows = [("Total hors TVA", d.money(inv.total_ht))]
    rows += [(f"TVA à {d.fmt.percent(v.rate)} (sur {d.money(v.base)})", d.money(v.amount)) for v in inv.vat_lines]
    rows += [("Montant total TVA", d.money(inv.total_tva))] if len(inv.vat_lines) > 1 else []
    rows.append(("Total TTC", d.money(inv.total_ttc)))
    if inv.deposit:
        rows += [("Versement déjà effectué", d.money(-inv.deposit)), ("Solde", d.money(inv.amount_due))]
    for label, value in rows:
        s.text(RIGHT - 230, y, label, 9)
        s.text(RIGHT, y, value, 9, align="r", bold=label == "Total TTC")
        y += 14
    if inv.bank:
        s.text(
            LEFT,
            y + 14,
            f"Par virement : IBAN {d.fmt.iban(inv.bank.iban)} - BIC {inv.bank.bic} "
            f"en rappelant la référence {inv.number}",
            8.5,
        )
    s.paragraph(LEFT, 782, d.penalties(), 515, 6.5)
    s.text(LEFT, 818, d.legal(), 6, fit=515, color="#555555")


@layout(
    "dev",
    deposit=0.8,
    delivery=0.9,
    trades=("supplies", "food", "culture"),
    credit=0,
    faces=("vera", "source", "times"),
    shuffle=0.2,
)
def acompte(d: Drawing) -> None:
    """Ordered, part-paid, delivered elsewhere: order and delivery dates, two addresses, an amount left to pay."""
    s, inv = d.sheet, d.inv
    s.lines(
        LEFT, 50, [inv.supplier.name, *inv.supplier.address, inv.supplier.phone, inv.supplier.mail], 9, bold_first=True
    )
    s.text(RIGHT, 54, "FACTURE DE SOLDE" if inv.deposit else "FACTURE", 15, bold=True, align="r")
    s.text(RIGHT, 70, f"{d.label('number')} : {inv.number}", 10, align="r")
    s.text(RIGHT, 84, f"{d.label('date')} : {d.fmt.day(inv.issued)}", 10, align="r")
    deliver = inv.delivery or inv.recipient
    for x, head, party in (
        (LEFT, "Livré à", deliver),
        (215.0, "Commandé par", inv.recipient),
        (390.0, "Facturé à", inv.recipient),
    ):
        s.box(x, 118, 165, 74)
        s.text(x + 6, 130, head, 8, bold=True)
        y = s.lines(x + 6, 143, [line for text in d.address(party) for line in s.wrap(text, 152, 8)], 8, 10)
    y = 210.0
    keys = ("order_date", "delivery_date", "engagement", "contract", "service", "recipient_siret", "due", "client_code")
    for index, line in enumerate(d.lines(*keys)):
        s.text(LEFT + (index % 2) * 262, y + (index // 2) * 14, line, 8.5)
    y += 66
    columns = [
        Column("Article", 60),
        Column("Désignation", 205),
        Column("Commandé", 52, "r"),
        Column("Livré", 48, "r"),
        Column("PU HT", 60, "r"),
        Column("Total HT", 90, "r"),
    ]
    y = s.table(
        LEFT,
        y,
        columns,
        d.item_cells("code", "text", "qty", "qty", "price", "money"),
        grid=True,
        head_fill="#fdf3d8",
        size=7.5,
    )
    s.table(
        LEFT,
        y + 18,
        [Column("TVA", 60, "r"), Column("Base", 70, "r"), Column("Montant", 70, "r")],
        d.vat_rows(),
        frame=True,
        size=8,
    )
    y += 28
    for label, value in d.totals(per_rate=False, due=False):
        s.text(RIGHT - 180, y, label, 9.5)
        s.text(RIGHT - 4, y, value, 9.5, align="r")
        y += 15
    s.text(LEFT, y + 8, d.vat_note(), 8)
    if inv.deposit:
        s.text(
            LEFT,
            y + 22,
            f"Acompte de {d.money(inv.deposit)} réglé le {d.fmt.day(inv.order_date or inv.issued)} "
            f"sur facture d'acompte n° AC{d.rng.randint(100, 999)}.",
            8.5,
        )
    if inv.bank:
        s.text(
            LEFT,
            y + 38,
            f"RIB {inv.bank.bank} {inv.bank.branch} {inv.bank.number} {inv.bank.key}   "
            f"IBAN {d.fmt.iban(inv.bank.iban)}",
            8.5,
        )
    s.paragraph(LEFT, 780, d.legal(), 515, 7)
    s.paragraph(LEFT, 802, d.penalties(), 515, 6.5)


@layout("dev", faces=("helvetica", "vera", "source"), shuffle=0.2, delivery=0.0)
def grille(d: Drawing) -> None:
    """A form of cells, each with a small heading in its corner and the value under it; some stay empty."""
    s, inv = d.sheet, d.inv

    def cell(x: float, y: float, width: float, label: str, value: str, height: float = 32) -> None:
        s.box(x, y, width, height, line=0.5)
        s.text(x + 3, y + 8, label, 6)
        s.cell(x + 2, width - 4, y + 24, value, 9.5, "l", bold=True)

    sup, rec = inv.supplier, inv.recipient
    s.text(LEFT, 44, d.title if not inv.credit_note else "AVOIR", 15, bold=True)
    s.text(RIGHT, 44, sup.name, 12, align="r")
    cell(LEFT, 56, 130, d.number_label, inv.number)
    cell(170, 56, 110, d.label("date"), d.fmt.day(inv.issued))
    cell(280, 56, 110, d.label("due"), d.fmt.day(inv.due) if inv.due else "")
    cell(390, 56, 165, "Mode de règlement", "Virement")
    cell(LEFT, 88, 255, "Fournisseur", sup.name)
    cell(295, 88, 260, d.label("recipient"), rec.name)
    cell(LEFT, 120, 255, "Adresse", f"{sup.street} {sup.city_line}")
    cell(295, 120, 260, "Adresse", f"{rec.street} {rec.city_line}")
    cell(LEFT, 152, 130, "SIRET", d.fmt.siret(sup.siret))
    cell(170, 152, 125, "TVA intracommunautaire", sup.vat or "")
    cell(295, 152, 130, "SIRET", d.fmt.siret(rec.siret))
    cell(425, 152, 130, d.label("service"), inv.service_code or "")
    cell(LEFT, 184, 130, d.label("client_code"), inv.client_code)
    cell(170, 184, 125, d.label("order_date"), d.fmt.day(inv.order_date) if inv.order_date else "")
    cell(295, 184, 130, d.label("engagement"), inv.engagement or "")
    cell(425, 184, 130, d.label("contract"), inv.contract or "")
    if inv.credit_note and inv.original_date:
        cell(LEFT, 216, 515, "Facture rectifiée", f"{inv.original_number} du {d.fmt.day(inv.original_date)}")
    columns = [
        Column("Réf.", 60),
        Column("Désignation", 215),
        Column("Qté", 50, "r"),
        Column("Prix unitaire", 60, "r"),
        Column("Taux", 50, "r"),
        Column("Montant HT", 80, "r"),
    ]
    y = s.table(LEFT, 256, columns, d.item_cells("code", "text", "qty", "price", "rate", "amount"), grid=True, size=8)
    y = max(y + 14, 420)
    for index, v in enumerate(inv.vat_lines):
        cell(LEFT, y + index * 32, 70, "Taux TVA", d.fmt.percent(v.rate))
        cell(110, y + index * 32, 95, "Base HT", d.figure(v.base))
        cell(205, y + index * 32, 90, "Montant TVA", d.figure(v.amount))
    for index, (label, value) in enumerate(d.totals(per_rate=False)):
        cell(400, y + index * 32, 155, label, value)
    y += max(len(inv.vat_lines), 6) * 32 + 10
    s.text(LEFT, y - 20, d.vat_note(), 8)
    cell(LEFT, y, 330, "IBAN", d.fmt.iban(inv.bank.iban) if inv.bank else "")
    cell(370, y, 185, "BIC", inv.bank.bic if inv.bank else "")
    s.text(297, 815, d.legal(), 6, fit=515, align="c")


@layout(
    "dev",
    factor=1.0,
    credit=0.0,
    faces=("helvetica", "times", "source"),
    trades=("services", "supplies", "health"),
    regimes=("normal",),
    deposit=0,
)
def affacturage(d: Drawing) -> None:
    """A debt assigned to a factor: three SIRETs on the page, the factor's account is where to pay."""
    s, inv = d.sheet, d.inv
    factor = inv.factor
    assert factor
    s.text(LEFT, 54, inv.supplier.name, 16, bold=True, italic=False)
    s.lines(
        LEFT,
        68,
        [
            f"{inv.supplier.street}, {inv.supplier.city_line}",
            f"SIRET : {d.fmt.siret(inv.supplier.siret)}   TVA : {inv.supplier.vat}",
        ],
        8.5,
    )
    s.rule(LEFT, 88, RIGHT, 88)
    s.text(LEFT, 112, f"Facture n° {inv.number}", 14, bold=True)
    s.text(LEFT, 128, f"du {d.fmt.day(inv.issued)}" + (f", échéance au {d.fmt.day(inv.due)}" if inv.due else ""), 10)
    y2 = s.lines(
        330,
        112,
        [*d.address(inv.recipient), *d.lines("recipient_siret")],
        9.5,
        bold_first=True,
    )
    y = 150.0
    y = s.lines(LEFT, y, d.lines("service", "engagement", "contract", "client_code", "order_date"), 9, 13)
    if inv.delivery:
        s.text(LEFT, y, f"Livraison : {inv.delivery.name}, {inv.delivery.street}, {inv.delivery.city_line}", 8.5)
        y += 13
    columns = [
        Column("Libellé", 250),
        Column("Quantité", 60, "r"),
        Column("Prix", 65, "r"),
        Column("TVA", 50, "r"),
        Column("Net HT", 90, "r"),
    ]
    y = s.table(
        LEFT,
        max(y, y2) + 10,
        columns,
        d.item_cells("text", "qty", "price", "pct", "amount"),
        rules=True,
        row=17,
        size=8.5,
    )
    y += 24
    for label, value in d.totals():
        s.text(RIGHT - 185, y, label, 9.5)
        s.text(RIGHT - 4, y, value, 9.5, align="r")
        y += 15
    s.box(LEFT, y + 10, 515, 66, stroke="#993333")
    text = (
        f"Pour être libératoire, votre règlement doit être effectué exclusivement à l'ordre de {factor.name}, "
        f"{factor.street}, {factor.city_line} "
        f"(SIRET {d.fmt.siret(factor.siret)}), qui le reçoit par subrogation dans le cadre d'un contrat d'affacturage."
    )
    y = s.paragraph(LEFT + 8, y + 24, text, 500, 8.5)
    if inv.bank:
        s.text(LEFT + 8, y + 6, f"IBAN : {d.fmt.iban(inv.bank.iban)}   BIC : {inv.bank.bic}", 9, bold=True)
    s.paragraph(LEFT, 780, d.penalties(), 515, 7)
    s.text(297, 812, d.legal(siret=d.rng.random() < 0.5), 6.5, fit=515, align="c")


@layout(
    "dev",
    landscape=True,
    items=(6, 16),
    always_vat_table=True,
    faces=("vera", "helvetica", "source"),
    delivery=0.2,
    shuffle=0.2,
)
def paysage(d: Drawing) -> None:
    """A wide page out of a spreadsheet: VAT and TTC on each line, totals as the table's own last row."""
    s, inv = d.sheet, d.inv
    s.lines(
        36,
        40,
        [
            inv.supplier.name,
            f"{inv.supplier.street} {inv.supplier.city_line}",
            f"Siret {d.fmt.siret(inv.supplier.siret)}",
            f"N° TVA intra {inv.supplier.vat}",
        ],
        8.5,
        bold_first=True,
    )
    y = 40.0
    for label, value in d.pairs("number", "date", "due", "engagement", "contract"):
        s.text(330, y, f"{label.rstrip(' :')} :", 8)
        s.text(440, y, value, 8, bold=True)
        y += 11
    s.lines(
        600,
        40,
        [
            d.label("recipient"),
            *d.address(inv.recipient),
            *d.lines("recipient_siret", "service"),
        ],
        8,
        bold_first=True,
    )
    if inv.credit_note and inv.original_date:
        s.text(36, 100, f"AVOIR sur facture {inv.original_number} du {d.fmt.day(inv.original_date)}", 11, bold=True)
    else:
        s.text(36, 100, "FACTURE", 12, bold=True, tracking=d.rng.choice((0, 4)))
    columns = [
        Column("Code", 55),
        Column("Désignation", 245),
        Column("Qté", 55, "r"),
        Column("U", 40, "c"),
        Column("PU HT", 70, "r"),
        Column("Total HT", 80, "r"),
        Column("Taux", 55, "r"),
        Column("TVA", 75, "r"),
        Column("Total TTC", 95, "r"),
    ]
    y = s.table(
        36,
        112,
        columns,
        d.item_cells("code", "text", "qty", "unit", "price", "amount", "pct", "vat", "ttc"),
        grid=True,
        size=7.5,
        row=14,
        head_fill="#cfe8d5",
    )
    y = s.table(
        36,
        y + 10,
        [Column("Récapitulatif TVA", 110), Column("Base HT", 85, "r"), Column("TVA", 85, "r"), Column("TTC", 85, "r")],
        [
            *d.vat_rows(ttc=True),
            [
                d.rng.choice(("Total général", "TOTAUX", "Total facture")),
                d.figure(inv.total_ht),
                d.figure(inv.total_tva),
                d.figure(inv.total_ttc),
            ],
        ],
        grid=True,
        size=8,
    )
    s.text(806, y - 6, f"{d.due_amount_label} : {d.money(inv.amount_due)}", 11, bold=True, align="r")
    if inv.deposit:
        s.text(806, y - 22, f"Acompte versé : {d.money(inv.deposit)}", 8.5, align="r")
    s.text(36, y + 16, d.vat_note(), 8)
    if inv.bank:
        s.text(36, y + 30, f"IBAN {d.fmt.iban(inv.bank.iban)}  BIC {inv.bank.bic}", 8.5)
    s.text(421, 580, d.legal(siret=False), 6, fit=515, align="c")
