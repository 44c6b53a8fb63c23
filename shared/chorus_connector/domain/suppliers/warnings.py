"""What is doubtful in a supplier's settings although it was taken: shown with every answer that has the settings."""

from collections.abc import Iterator

from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.domain.suppliers.without_effect import settings_without_effect


def supplier_warnings(supplier: Supplier) -> Iterator[Problem]:
    """The warnings; none blocks anything. The green light judges each invoice with what the portal says then."""
    if supplier.siret and not is_siret(supplier.siret):
        yield siret_check_digit()
    account = supplier.defaults.get("bank_account")
    if account is not None and account not in {str(each.portal_id) for each in supplier.bank_accounts}:
        yield Problem(
            field="defaults.bank_account",
            code="bank_account_unverified",
            fr="Les coordonnées bancaires par défaut n'ont pas été vérifiées auprès de Chorus Pro, ou il ne les donne "
            "plus : comparez-les avec « bank-accounts ».",
            en="The default bank details were not checked with Chorus Pro, or it no longer gives them: compare them "
            "with 'bank-accounts'.",
            blocking=False,
        )
    yield from settings_without_effect(supplier)


def siret_check_digit() -> Problem:
    """The SIRET has 14 digits and a wrong check digit. La Poste's offices have a rule of their own, which counts."""
    return Problem(
        field="siret",
        code="siret_check_digit",
        fr="La clé de ce SIRET n'est pas juste : vérifiez ses chiffres sur l'avis de situation. Seuls les SIRET de la "
        "plateforme de qualification de Chorus Pro peuvent être ainsi.",
        en="This SIRET's check digit is wrong: compare its digits with the official notice. Only SIRETs of Chorus "
        "Pro's qualification platform may be like that.",
        blocking=False,
    )
