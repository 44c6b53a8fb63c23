"""Why an invoice is held although it has no fault, when it is tried again, and who must do what."""

from __future__ import annotations

from datetime import timedelta

from chorus_connector.domain.portal.answers import CredentialFault, CredentialsRefused, PortalFailure
from chorus_connector.domain.portal.breaker import FIRST_PAUSE
from chorus_connector.domain.portal.pace import EVERY_TEN_MINUTES
from chorus_connector.domain.problem import Problem

RETRY_PORTAL = EVERY_TEN_MINUTES
"""How often the portal is asked about an invoice that it is still processing."""
RETRY_SUSPENDED = timedelta(days=1)
"""Rarely, because resuming the supplier makes its held invoices due at once."""

_FAULTS: dict[CredentialFault, tuple[str, str]] = {
    "missing": (
        "Les identifiants Chorus Pro de ce fournisseur ne sont pas enregistrés : "
        "enregistrez l'application PISTE et le compte technique.",
        "This supplier's Chorus Pro credentials are not saved: save the PISTE application and the technical account.",
    ),
    "piste_application": (
        "PISTE refuse l'application (client id ou secret) : vérifiez ce qui a été saisi, puis comparez avec "
        "piste.gouv.fr.",
        "PISTE refuses the application (client id or secret): check what was typed, then compare with piste.gouv.fr.",
    ),
    "api_consent": (
        "L'application PISTE n'a pas accès à toutes les API : acceptez dans PISTE les CGU de chaque famille "
        "(Factures, Structures, Transverses, Utilisateurs).",
        "The PISTE application may not use every API: accept in PISTE the terms of each family "
        "(Factures, Structures, Transverses, Utilisateurs).",
    ),
    "technical_account": (
        "Chorus Pro refuse le compte technique (identifiant ou mot de passe). S'il vient d'être saisi, vérifiez "
        "d'abord la saisie, majuscules comprises ; un compte neuf marche 30 minutes après sa création. Seulement si "
        "la saisie est juste, ou si le mot de passe a plus de 424 jours, le gestionnaire principal le réinitialise : "
        "l'ancien cesse alors de marcher partout où il sert.",
        "Chorus Pro refuses the technical account (login or password). If it was just typed, check first what was "
        "typed, capitals too; a new account works 30 minutes after its creation. Only if that is right, or if the "
        "password is older than 424 days, the principal manager resets it: the old one then stops working wherever "
        "it is used.",
    ),
    "certificate": (
        "Le certificat client ou son mot de passe est refusé : vérifiez le format (p12 conseillé, ou PEM avec sa clé), "
        "sa validité, et que le port 5443 est ouvert vers Chorus Pro.",
        "The client certificate or its password is refused: check its format (p12 advised, or PEM with its key), its "
        "validity, and that port 5443 is open towards Chorus Pro.",
    ),
    "raccordement": (
        "Chorus Pro n'ouvre pas à ce compte : le gestionnaire principal doit y déclarer le raccordement de "
        "l'application PISTE à la structure, et vérifier que le mot de passe du compte technique n'a pas expiré.",
        "Chorus Pro does not open to this account: the principal manager must declare there the connection "
        "(raccordement) of the PISTE application to the structure, and check that the technical account's password "
        "has not expired.",
    ),
    "structure": (
        "Le compte technique n'est pas rattaché à la structure de ce SIRET (ou autre identifiant) : "
        "le gestionnaire principal doit l'y rattacher.",
        "The technical account is not attached to the structure with this SIRET (or other identifier): its "
        "principal manager must attach it.",
    ),
    "rights": (
        "Le compte technique est rattaché à la structure mais ne peut pas y émettre de factures : le gestionnaire "
        "principal doit vérifier que la structure est active et ouvrir au compte l'espace « Factures émises ».",
        "The technical account is attached to the structure but may not send its invoices: the principal manager must "
        "check that the structure is active and open the space « Factures émises » to the account.",
    ),
}


def credentials_problem(fault: CredentialFault) -> Problem:
    """The problem with the supplier's credentials, for the person who can correct it."""
    fr, en = _FAULTS[fault]
    return Problem(field=None, code=f"credentials_{fault}", fr=fr, en=en, blocking=False)


def trial_problem(refusal: CredentialsRefused) -> Problem:
    """The blocking problem of credentials that were refused while they were tried."""
    problem = credentials_problem(refusal.fault).model_copy(update={"blocking": True})
    if not refusal.passing:
        return problem
    passing_fr = "S'ils sont justes, réessayez dans quelques minutes : PISTE refuse parfois des identifiants justes."
    passing_en = "If they are right, try again in a few minutes: PISTE sometimes refuses right credentials."
    return problem.model_copy(update={"fr": f"{problem.fr} {passing_fr}", "en": f"{problem.en} {passing_en}"})


def gate_problem(fault: CredentialFault) -> Problem:
    """PISTE refuses for the moment, as it also does to good keys: the submission is retried.

    ``fault`` is what is wrong if the refusal lasts. The credentials show it at once, so the invoice names it too.
    """
    cause_fr, cause_en = _FAULTS[fault]
    return Problem(
        field=None,
        code="piste_refuses_for_now",
        fr="PISTE, la porte d'entrée de Chorus Pro, refuse pour le moment : la facture attend et est réessayée "
        "toutes les quelques minutes. Souvent le refus cesse de lui-même, et elle part alors sans vous. S'il dure un "
        f"quart d'heure, il faut agir : {cause_fr}",
        en="PISTE, the gate in front of Chorus Pro, refuses for the moment: the invoice waits and is tried again every "
        "few minutes. The refusal often ends by itself, and then the invoice goes without you. If it lasts a quarter "
        f"of an hour, you must act: {cause_en}",
        blocking=False,
    )


def suspended_problem() -> Problem:
    """An administrator of the installation has suspended the supplier: nothing is sent."""
    return Problem(
        field=None,
        code="supplier_suspended",
        fr="Ce fournisseur est suspendu : la facture attend et partira à sa reprise.",
        en="This supplier is suspended: the invoice waits and goes when it is resumed.",
        blocking=False,
    )


def portal_problem() -> Problem:
    """The portal cannot be reached; the submission is retried."""
    return Problem(
        field=None,
        code="portal_unavailable",
        fr="Chorus Pro ne répond pas : la facture attend et partira dès son retour.",
        en="Chorus Pro does not answer: the invoice waits and goes when it is back.",
        blocking=False,
    )


def quota_problem() -> Problem:
    """This supplier's application has exceeded the portal's call quota; the portal says when it may call again."""
    return Problem(
        field=None,
        code="portal_quota",
        fr="Chorus Pro limite les appels de cette application : la facture attend et partira ensuite.",
        en="Chorus Pro limits this application's calls: the invoice waits and goes afterwards.",
        blocking=False,
    )


def bank_details_problem() -> Problem:
    """The supplier has no bank details at the portal. Not blocking: the recipient pays to the account it knows."""
    return Problem(
        field="bank_account",
        code="bank_details_missing",
        fr="Aucune coordonnée bancaire n'est saisie dans Chorus Pro sur la fiche de la structure : le gestionnaire "
        "principal peut les y ajouter ; sans elles le destinataire paie sur le compte qu'il connaît.",
        en="No bank details are entered in Chorus Pro on the structure's sheet: the principal manager can add them "
        "there; without them the recipient pays to the account it knows.",
        blocking=False,
    )


def hold_problem(failure: PortalFailure) -> Problem:
    """The problem that explains why the invoice is held after that failure."""
    if isinstance(failure, CredentialsRefused):
        return gate_problem(failure.fault) if failure.passing else credentials_problem(failure.fault)
    return quota_problem() if failure.blame == "quota" else portal_problem()


def retry_after(failure: PortalFailure) -> timedelta:
    """The time until the retry: zero for what each ten-minute run tries, else the portal's or the breaker's delay."""
    return timedelta(0) if failure.by_next_run else failure.retry_in or FIRST_PAUSE
