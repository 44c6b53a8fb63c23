"""Chooses the labels of one document from many that French invoices print, and keeps them throughout it.

``Voice`` also has the values: a layout requests what it prints, and figures that only resemble a field
(``decoys``). Labels that an accountant could understand in two ways are not in the lists.
"""

from datetime import timedelta
from decimal import Decimal

from tools.invoice_generator.layout import Drawing, glue
from tools.invoice_generator.model import Party

WORDS: dict[str, tuple[str, ...]] = {
    "number": (
        "Facture n°", "Facture N°", "Fact. n°", "N° Fact.", "N°Fact", "Fre n°", "N° facture", "No de facture",
        "Numéro de facture", "Facture numéro", "Réf. facture", "Référence de la facture", "N° de la facture",
        "Notre facture n°", "Facture réf.", "N° de facture", "Num. facture",
    ),
    "credit_number": (
        "Avoir n°", "N° d'avoir", "N° avoir", "Numéro d'avoir", "Note de crédit n°", "Avoir numéro", "Réf. avoir",
        "Facture d'avoir n°", "No de l'avoir",
    ),
    "original": (
        "Sur facture n°", "Facture d'origine", "Facture initiale n°", "Annulation de la facture",
        "Réf. facture d'origine", "Concerne la facture n°", "Avoir sur facture", "Facture rectifiée",
        "Porte sur la facture n°", "Relatif à la facture",
    ),
    "date": (
        "Date", "Date facture", "Date de facture", "Date fact.", "Dt facture", "Dt fact.", "Date d'émission",
        "Émis le", "Établi le", "En date du", "Date de facturation", "Facturé le", "Date du document", "Date pièce",
        "Date de la facture", "Date d'établissement",
    ),
    "due": (
        "Échéance", "Date échéance", "Dt échéance", "Éch.", "Date d'éch.", "Ech. le", "À payer avant le", "Payable au",
        "À régler pour le", "Règlement au plus tard le", "Date limite de règlement", "Exigible le",
        "Échéance de paiement", "Paiement attendu le", "Date d'exigibilité", "À acquitter avant le", "Échéance au",
    ),
    "siret": ("SIRET", "N° SIRET", "Siret", "No Siret", "Siret n°", "N° de SIRET", "S.I.R.E.T.", "Ident. SIRET"),
    "recipient_siret": (
        "SIRET client", "Votre SIRET", "Siret de l'acheteur", "N° SIRET destinataire", "SIRET du débiteur",
        "SIRET acheteur public", "Siret client n°", "V/SIRET", "SIRET de facturation", "Identifiant client (SIRET)",
    ),
    "service": (
        "Code service", "Service exécutant", "Code service exécutant", "Code service Chorus Pro", "Code serv.",
        "Cd service", "Service destinataire (code)", "Code du service", "Service Chorus", "Code service CPP",
        "Svce exécutant", "Réf. service exécutant",
    ),
    "engagement": (
        "N° d'engagement", "Engagement juridique", "N° EJ", "Bon de commande", "BC n°", "Votre commande n°",
        "V/commande", "V/Cde n°", "N° de commande", "Commande n°", "Cde client", "Réf. engagement", "N° engag.",
        "N° bon de commande", "Engagement n°", "Votre bon de commande", "N° Cde", "Numéro d'engagement Chorus",
        "Référence commande", "Bon de cde",
    ),
    "contract": (
        "Marché n°", "N° de marché", "N° marché", "Contrat n°", "Accord-cadre n°", "Réf. marché", "Marché public n°",
        "Numéro de marché", "Au titre du marché", "Mché n°", "Référence du contrat", "Marché",
    ),
    "client_code": (
        "Code client", "N° client", "Compte client", "Votre n° client", "Cpte", "Client n°", "Cd client",
        "Réf. tiers", "Votre code", "Compte tiers", "N/Code client",
    ),
    "order_date": ("Date de commande", "Commande du", "Date cde", "Commandé le", "Dt commande", "Cde du", "BC du"),
    "delivery_date": ("Date de livraison", "Livré le", "Date livr.", "Expédié le", "Dt livraison", "Remis le"),
    "vat_number": (
        "N° TVA intracom.", "TVA intracommunautaire", "N° de TVA", "Id. TVA", "TVA intra", "N° id. intracom.",
        "N° CEE", "NII", "Identifiant TVA", "TVA n°",
    ),
    "iban": ("IBAN", "N° IBAN", "Code IBAN", "I.B.A.N.", "Compte (IBAN)", "IBAN compte bénéficiaire"),
    "bic": ("BIC", "SWIFT", "BIC/SWIFT", "Code BIC", "B.I.C."),
    "ht": (
        "Total HT", "Total H.T.", "Montant HT", "Mt HT", "Mnt HT", "Total hors taxes", "Net HT", "Montant hors taxe",
        "S/Total HT", "Total net HT", "Ensemble HT", "Base HT totale", "HT",
    ),
    "tva": ("Total TVA", "TVA", "T.V.A.", "Montant TVA", "Mt TVA", "Mnt TVA", "Total taxes", "Taxe (TVA)"),
    "ttc": (
        "Total TTC", "Total T.T.C.", "Montant TTC", "Mt TTC", "Mnt TTC", "Total toutes taxes comprises", "TTC",
        "Montant total TTC", "Total facture TTC", "Ensemble TTC", "Total général TTC",
    ),
    "due_amount": (
        "Net à payer", "Solde dû", "Reste à payer", "Solde à régler", "Montant à payer", "À payer", "Montant dû",
        "Reste dû", "Net à régler", "Somme à payer", "Montant à régler", "Solde à payer", "Total à régler",
    ),
    "credit_due": (
        "Net à déduire", "À votre crédit", "Montant de l'avoir", "Solde créditeur", "À vous rembourser",
        "Crédit en votre faveur", "Net en votre faveur",
    ),
    "deposit": ("Acompte versé", "Acompte reçu", "Déjà réglé", "Acompte perçu", "Règlement reçu", "Avance versée"),
    "retention": ("Retenue de garantie", "R.G.", "Ret. garantie", "Retenue garantie"),
    "recipient": ("Facturé à", "Client", "Destinataire", "Adressé à", "Doit", "Débiteur", "Acheteur"),
    "delivery": ("Lieu de livraison", "Livré à", "Adresse de livraison", "Site concerné", "Lieu d'intervention"),
    "quote": ("Devis n°", "N° devis", "Réf. devis", "Devis", "Offre n°", "Proposition n°"),
    "slip": ("BL n°", "Bon de livraison", "N° BL", "B.L.", "Livraison n°"),
    "site": ("Chantier n°", "N° chantier", "Affaire", "N° affaire", "Dossier", "Code chantier", "Réf. affaire"),
    "phone": ("Tél.", "Tél", "Téléphone", "T.", "Tel"),
}  # fmt: skip
_CASES = ("plain",) * 5 + ("upper", "upper", "lower")
_COLONS = (" : ", " : ", ": ", " ", "  ", " = ", " - ")


class Voice:
    """One document's words: labels, references, sums and the footer's line."""

    def __init__(self, d: Drawing, *, case: str = "", colon: str = "") -> None:
        self.d = d
        self.case = case or d.rng.choice(_CASES)
        self.colon = colon or d.rng.choice(_COLONS)
        self._said: dict[str, str] = {}

    def __call__(self, key: str) -> str:
        """The label of a field, always the same one in this document."""
        if key not in self._said:
            word = self.d.rng.choice(WORDS[key])
            self._said[key] = {"upper": word.upper(), "lower": word.lower()}.get(self.case, word)
            if self.case == "lower" and key in ("siret", "iban", "bic"):
                self._said[key] = word
        return self._said[key]

    def value(self, key: str) -> str:
        """The value of a reference as this document writes it, empty when there is none."""
        d, inv = self.d, self.d.inv
        day = d.fmt.day
        return {
            "number": inv.number,
            "original": inv.original_number or "",
            "date": day(inv.issued),
            "due": day(inv.due) if inv.due else "",
            "siret": d.fmt.siret(inv.supplier.siret),
            "vat_number": inv.supplier.vat or "",
            "recipient_siret": d.fmt.siret(inv.recipient.siret),
            "service": inv.service_code or "",
            "engagement": inv.engagement or "",
            "contract": inv.contract or "",
            "client_code": inv.client_code,
            "order_date": day(inv.order_date) if inv.order_date else "",
            "delivery_date": day(inv.delivery_date) if inv.delivery_date else "",
            "iban": d.fmt.iban(inv.bank.iban) if inv.bank else "",
            "bic": inv.bank.bic if inv.bank else "",
            "phone": inv.supplier.phone,
        }[key]

    def label(self, key: str) -> str:
        """The words for ``key``; the credit note's own words where it has some."""
        credit = {"number": "credit_number", "due_amount": "credit_due"} if self.d.inv.credit_note else {}
        return self(credit.get(key, key))

    def refs(self, *keys: str, empty: bool = False) -> list[tuple[str, str]]:
        """Label and value of the references the invoice has; with ``empty`` also those it lacks."""
        return [(self.label(k), self.value(k)) for k in keys if empty or self.value(k)]

    def lines(self, *keys: str) -> list[str]:
        """The references as ``label : value``."""
        return [self.join(*pair) for pair in self.refs(*keys)]

    def line(self, key: str) -> str:
        return self.join(self.label(key), self.value(key)) if self.value(key) else ""

    def join(self, label: str, value: str) -> str:
        return f"{label}{self.colon}{value}"

    def decoys(self, *keys: str) -> list[tuple[str, str]]:
        """References that no field asks for: a quote, a delivery note, a site, now and then left out."""
        rng, year = self.d.rng, self.d.inv.issued.year
        values = {
            "quote": f"DE{year % 100}{rng.randint(100, 99999):05d}",
            "slip": str(rng.randint(10000, 99999)),
            "site": f"{rng.randint(20, 26)}-{rng.randint(10, 999):03d}",
        }
        return [(self(key), values[key]) for key in keys if rng.random() < 0.8]

    def addressee(self, *, siret: bool = True) -> list[str]:
        """The recipient's name and address, and its SIRET under the word that fits there."""
        recipient = self.d.inv.recipient
        return [recipient.name, *recipient.address, self.line("recipient_siret") if siret else ""]

    def place(self, party: Party) -> list[str]:
        number = f"{self('siret')} {self.d.fmt.siret(party.siret)}" if party.siret else ""
        return [party.name, *party.address, number]

    def sums(self, *, rates: bool = True, due: bool = True) -> list[tuple[str, Decimal]]:
        """Labels and amounts of the totals, top to bottom; deductions are negative."""
        d, inv = self.d, self.d.inv
        lines = [(self("ht"), inv.total_ht)]
        if rates and len(inv.vat_lines) > 1:
            lines += [(f"TVA {d.fmt.percent(v.rate)}", v.amount) for v in inv.vat_lines]
        if inv.vat_regime == "normal" or d.rng.random() < 0.5:
            lines.append((self("tva"), inv.total_tva))
        lines.append((self("ttc"), inv.total_ttc))
        return lines + self.deductions(due=due)

    def deductions(self, *, due: bool = True) -> list[tuple[str, Decimal]]:
        """What lies between the total and what is to be paid, then that."""
        d, inv = self.d, self.d.inv
        lines = []
        if inv.retention:
            lines.append((f"{self('retention')} {d.fmt.percent(inv.retention_rate)}", -inv.retention))
        if inv.deposit:
            lines.append((self("deposit"), -inv.deposit))
        return [*lines, (self.label("due_amount"), inv.amount_due)] if due or lines else []

    def legal(self, *, siret: bool = True) -> str:
        """The supplier's identity in one line, its parts in an order that differs between documents."""
        d, sup = self.d, self.d.inv.supplier
        head = d.rng.choice(
            (
                f"{sup.name}, {sup.legal_form} au capital de {sup.capital} euros",
                f"{sup.legal_form} {sup.name} - Capital {sup.capital} €",
                f"{sup.name} {sup.legal_form} Cap. {sup.capital} EUR",
            )
        )
        parts = [
            *([f"{self('siret')} {d.fmt.siret(sup.siret)}"] if siret else []),
            f"RCS {sup.rcs} {d.fmt.siren(sup.siren)}",
            f"{d.rng.choice(('APE', 'NAF', 'Code APE'))} {sup.ape}",
            f"{self('vat_number')} {sup.vat}",
        ]
        d.rng.shuffle(parts)
        mark = d.rng.choice((" - ", " | ", " • ", ", ", " / "))
        return mark.join([head, *parts])

    def told(self, amount: Decimal) -> str:
        """An amount in a sentence: with its currency, not broken over two lines."""
        text = self.d.money(amount)
        return glue(text if self.d.fmt.currency.strip() else f"{text} euros")

    def origin(self) -> str:
        """On a credit note, the number and date of the invoice that it corrects."""
        inv = self.d.inv
        if not inv.credit_note or not inv.original_date:
            return ""
        return f"{self('original')} {inv.original_number} du {self.d.fmt.day(inv.original_date)}"

    def earlier(self, days: int) -> str:
        """A day before the invoice's, for what happened before it was written."""
        return self.d.fmt.day(self.d.inv.issued - timedelta(days=days))
