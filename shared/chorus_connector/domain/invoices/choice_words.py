"""The words for the values of choices: the portal's code, the names shown to people, and other words for the same.

The codes are those of `deposer/pdf` and `soumettre` in Chorus Pro's API (typeFacture, typeTva, modePaiement,
cadreFacturation). The matching form compares all of them, so case and accents do not count; a dash in a code is typed
as a space or an underscore just as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.suppliers.matching import matching_form


@dataclass(frozen=True, slots=True)
class ChoiceWords:
    """One value of a choice: the portal's code, its names in both languages, and other words for it."""

    code: str
    fr: str
    en: str
    others: tuple[str, ...] = ()


CHOICE_WORDS: Mapping[FormFieldName, Mapping[str, ChoiceWords]] = {
    "invoice_type": {
        "invoice": ChoiceWords(
            "FACTURE", "Facture", "Invoice", ("380", "facture de vente", "facture client", "factures")
        ),
        "credit_note": ChoiceWords(
            "AVOIR",
            "Avoir",
            "Credit note",
            ("381", "facture d'avoir", "note de crédit", "facture avoir", "avoirs", "avoir client", "note d'avoir"),
        ),
    },
    "vat_regime": {
        "on_debits": ChoiceWords(
            "TVA_SUR_DEBIT",
            "TVA sur les débits",
            "VAT on debits",
            (
                *("débit", "débits", "sur débit", "sur débits", "sur les débits", "TVA sur débits"),
                *("d'après les débits", "TVA d'après les débits", "TVA acquittée sur les débits"),
                *("option pour les débits", "option sur les débits", "TVA acquittée d'après les débits"),
                "option pour le paiement de la taxe d'après les débits",
            ),
        ),
        "on_receipts": ChoiceWords(
            "TVA_SUR_ENCAISSEMENT",
            "TVA sur les encaissements",
            "VAT on receipts",
            (
                *("encaissement", "encaissements", "sur encaissement", "sur encaissements", "sur les encaissements"),
                *("TVA sur encaissements", "TVA sur l'encaissement", "d'après les encaissements"),
                *("TVA d'après les encaissements", "TVA acquittée sur les encaissements"),
            ),
        ),
        "exempt": ChoiceWords(
            "EXONERATION",
            "Exonération de TVA",
            "VAT exemption",
            ("exonéré", "exonérée", "exonéré de TVA", "exonérée de TVA", "exonération", "exonération de la TVA"),
        ),
        "none": ChoiceWords(
            "SANS_TVA",
            "Sans TVA",
            "No VAT",
            ("non assujetti", "non soumis à TVA", "non soumis à la TVA", "TVA non applicable", "aucune"),
        ),
    },
    "payment_method": {
        "cheque": ChoiceWords(
            "CHEQUE",
            "Chèque",
            "Cheque",
            ("par chèque", "chèque bancaire", "chq", "paiement par chèque", "règlement par chèque"),
        ),
        "direct_debit": ChoiceWords(
            "PRELEVEMENT",
            "Prélèvement",
            "Direct debit",
            (
                *("par prélèvement", "prélèvement automatique", "prélèvement SEPA", "prélèvement bancaire"),
                *("prlv", "paiement par prélèvement", "règlement par prélèvement"),
            ),
        ),
        "transfer": ChoiceWords(
            "VIREMENT",
            "Virement",
            "Transfer",
            (
                *("virement bancaire", "par virement", "virement SEPA", "virements", "vir", "virt"),
                *("paiement par virement", "règlement par virement", "bank transfer", "mandat administratif"),
            ),
        ),
        "cash": ChoiceWords("ESPECE", "Espèces", "Cash", ("espèce", "en espèces", "numéraire", "comptant en espèces")),
        "other": ChoiceWords("AUTRE", "Autre", "Other", ("autres", "autre moyen", "autre mode de paiement")),
        "carried_over": ChoiceWords("REPORT", "Report", "Carried over", ("à reporter", "reporté")),
    },
    "framework": {
        "A1": ChoiceWords(
            "A1_FACTURE_FOURNISSEUR",
            "A1 – Facture d'un fournisseur",
            "A1 – Supplier's invoice",
            ("A1 facture fournisseur", "facture fournisseur", "dépôt par un fournisseur d'une facture"),
        ),
        "A2": ChoiceWords(
            "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE",
            "A2 – Facture déjà payée",
            "A2 – Invoice already paid",
            (
                *("A2 facture fournisseur déjà payée", "facture fournisseur déjà payée", "facture déjà payée"),
                *("déjà payée", "A2 déjà payée"),
            ),
        ),
        "A9": ChoiceWords(
            "A9_FACTURE_SOUSTRAITANT",
            "A9 – Facture d'un sous-traitant",
            "A9 – Subcontractor's invoice",
            (
                *("A9 facture sous-traitant", "facture sous-traitant", "sous-traitant", "sous-traitance"),
                "A9 sous-traitant",
            ),
        ),
        "A12": ChoiceWords(
            "A12_FACTURE_COTRAITANT",
            "A12 – Facture d'un cotraitant",
            "A12 – Co-contractor's invoice",
            (
                "A12 facture cotraitant",
                "A12 cotraitant",
                "facture cotraitant",
                "cotraitant",
                "co-traitant",
                "co-traitance",
                "cotraitance",
            ),
        ),
    },
}
"""Every value of every choice in ``INVOICE_FIELDS``."""

_BETWEEN = re.compile(r"[_:;,()]+")
_CODE_APART = re.compile(r"^\s*(A)\s*(\d)", re.IGNORECASE)
"""« A 1 » for « A1 »."""
_CURRENCIES = {"EUR": ("€", "eur", "euro", "euros")}


def choice_called(field: FormFieldName, text: str) -> str | None:
    """The value of that choice which the text names, in any of its words; None when it names none."""
    return _VALUES[field].get(_form(text))


def currency_called(text: str) -> str:
    """The currency's three letters; the text itself, in upper case, when it is no word for one."""
    return next((code for code, words in _CURRENCIES.items() if _form(text) in map(_form, words)), text.upper())


def words_for(field: FormFieldName) -> tuple[str, str]:
    """The names of the field's values, in French and in English, for a person who must choose."""
    words = CHOICE_WORDS[field].values()
    return ", ".join(f"« {each.fr} »" for each in words), ", ".join(f"'{each.en}'" for each in words)


def _form(text: str) -> str:
    return matching_form(_CODE_APART.sub(r"\1\2", _BETWEEN.sub(" ", text)))


_VALUES: Mapping[FormFieldName, Mapping[str, str]] = {
    field: {
        _form(word): value
        for value, words in choices.items()
        for word in (value, words.code, words.fr, words.en, *words.others)
    }
    for field, choices in CHOICE_WORDS.items()
}
