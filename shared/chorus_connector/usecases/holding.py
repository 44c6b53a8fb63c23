"""Why an invoice waits although nothing is wrong with it, and who must do what (S01)."""

from chorus_connector.domain.portal import CredentialFault
from chorus_connector.domain.problem import Problem

_FAULTS: dict[CredentialFault, tuple[str, str]] = {
    "missing": (
        "Les identifiants Chorus Pro de ce fournisseur ne sont pas enregistrés : "
        "enregistrez l'application PISTE et le compte technique.",
        "This supplier's Chorus Pro credentials are not saved: save the PISTE application and the technical account.",
    ),
    "piste_application": (
        "PISTE refuse l'application (client id ou secret) : vérifiez-les sur piste.gouv.fr.",
        "PISTE refuses the application (client id or secret): check them on piste.gouv.fr.",
    ),
    "api_consent": (
        "L'application PISTE n'a pas accès à cette API : acceptez les CGU de chaque famille d'API dans PISTE et "
        "déclarez le raccordement dans Chorus Pro (gestionnaire principal).",
        "The PISTE application may not use this API: accept each API family's terms in PISTE and declare the "
        "connection in Chorus Pro (principal manager).",
    ),
    "technical_account": (
        "Chorus Pro refuse le compte technique : le gestionnaire principal doit réinitialiser son mot de passe "
        "(à changer tous les 424 jours) et vérifier ses habilitations.",
        "Chorus Pro refuses the technical account: the principal manager must reset its password (due every "
        "424 days) and check its rights.",
    ),
    "structure": (
        "Le compte technique n'est pas rattaché à la structure de ce SIRET : "
        "le gestionnaire principal doit l'y rattacher.",
        "The technical account is not attached to the structure with this SIRET: its principal manager must attach it.",
    ),
}


def credentials_problem(fault: CredentialFault) -> Problem:
    """What is wrong with the supplier's keys, said to the person who can mend it."""
    fr, en = _FAULTS[fault]
    return Problem(field=None, code=f"credentials_{fault}", fr=fr, en=en, blocking=False)


def portal_problem() -> Problem:
    """The portal cannot be reached; nothing is lost, it will be tried again."""
    return Problem(
        field=None,
        code="portal_unavailable",
        fr="Chorus Pro ne répond pas : la facture attend et partira dès son retour.",
        en="Chorus Pro does not answer: the invoice waits and goes when it is back.",
        blocking=False,
    )
