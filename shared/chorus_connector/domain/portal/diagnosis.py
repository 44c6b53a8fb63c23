"""The checks of a supplier's connection to the portal: for each problem, who must fix it and where.

Pure: it takes what was observed and returns one result per check. The checks follow the order in which a supplier is
set up, so the first red line is the one to fix first. What could not be observed is reported as unknown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.portal.answers import CredentialFault, PortalAccount
from chorus_connector.domain.portal.credentials import CredentialMode, expiry_problem, password_expiry
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.domain.suppliers.warnings import siret_check_digit

Check = Literal[
    "supplier",
    "siret",
    "environment",
    "secret",
    "clock",
    "portal",
    "token",
    "certificate",
    "consent",
    "technical_account",
    "structure",
    "rights",
    "bank_details",
    "password",
    "webhooks",
    "criteria",
    "switches",
    "tables",
]
CheckVerdict = Literal["ok", "warning", "wrong", "unknown"]
PortalPlatform = Literal["production", "qualification", "other"]
ResponsibleParty = Literal["operator", "installation", "administrator", "integrator", "manager", "nobody"]

LARGEST_SKEW = timedelta(minutes=2)
"""Tolerated clock difference. Tokens and signatures are refused when clocks differ by minutes."""

RESPONSIBLE_PARTIES: dict[ResponsibleParty, tuple[str, str]] = {
    "operator": ("l'exploitant de l'installation", "the operator of the installation"),
    "installation": ("un administrateur de l'installation", "an administrator of the installation"),
    "administrator": ("un administrateur du fournisseur", "an administrator of the supplier"),
    "integrator": ("l'intégrateur, qui tient le compte PISTE", "the integrator, who holds the PISTE account"),
    "manager": ("le gestionnaire principal de la structure", "the structure's principal manager"),
    "nobody": ("personne", "nobody"),
}

TITLES: dict[Check, tuple[str, str]] = {
    "supplier": ("le fournisseur est actif", "the supplier is active"),
    "siret": ("le SIRET est plausible ici", "the SIRET is plausible here"),
    "environment": ("les adresses du portail vont avec l'environnement", "the portal's addresses fit the environment"),
    "secret": ("les identifiants sont enregistrés et lisibles", "the credentials are saved and can be read"),
    "clock": ("l'horloge est à l'heure du portail", "the clock agrees with the portal's"),
    "portal": ("le portail répond", "the portal answers"),
    "token": ("PISTE donne un jeton à l'application", "PISTE gives the application a token"),
    "certificate": ("la passerelle accepte le certificat", "the gateway accepts the certificate"),
    "consent": (
        "l'application est consentie et raccordée pour chaque API",
        "the application has consent and raccordement for every API",
    ),
    "technical_account": ("Chorus Pro accepte le compte technique", "Chorus Pro accepts the technical account"),
    "structure": ("le compte est rattaché à la structure", "the account is attached to the structure"),
    "rights": ("le compte peut émettre des factures", "the account may send invoices"),
    "bank_details": ("les coordonnées bancaires sont saisies", "the bank details are entered"),
    "password": ("le mot de passe du compte technique est valable", "the technical account's password lasts"),
    "webhooks": ("les webhooks sont en service", "the webhooks are in service"),
    "criteria": ("des critères prennent des documents", "criteria take documents"),
    "switches": ("aucun réglage n'est sans effet", "no setting is without effect"),
    "tables": ("les lignes des tables peuvent servir", "the rows of the tables can be used"),
}

_CHECK_OF: dict[CredentialFault, Check] = {
    "missing": "secret",
    "piste_application": "token",
    "api_consent": "consent",
    "raccordement": "consent",
    "technical_account": "technical_account",
    "certificate": "certificate",
    "structure": "structure",
    "rights": "rights",
}
_REMEDY: dict[CredentialFault, tuple[ResponsibleParty, str, str]] = {
    "missing": ("administrator", "PUT /suppliers/{id}/credentials", "PUT /suppliers/{id}/credentials"),
    "piste_application": (
        "integrator",
        "piste.gouv.fr, « Applications », puis PUT /suppliers/{id}/credentials",
        "piste.gouv.fr, « Applications », then PUT /suppliers/{id}/credentials",
    ),
    "api_consent": (
        "integrator",
        "piste.gouv.fr, « API » : « Consentement CGU API », puis « Applications »",
        "piste.gouv.fr, « API »: « Consentement CGU API », then « Applications »",
    ),
    "raccordement": ("manager", "Chorus Pro, espace « Raccordements »", "Chorus Pro, space « Raccordements »"),
    "technical_account": (
        "manager",
        "Chorus Pro, espace « Raccordements », puis PUT /suppliers/{id}/credentials",
        "Chorus Pro, space « Raccordements », then PUT /suppliers/{id}/credentials",
    ),
    "certificate": (
        "administrator",
        "PUT /suppliers/{id}/credentials ; le port 5443 chez l'exploitant",
        "PUT /suppliers/{id}/credentials; port 5443 at the operator's",
    ),
    "structure": (
        "manager",
        "Chorus Pro, espace « Raccordements » : le compte technique, ses structures",
        "Chorus Pro, space « Raccordements »: the technical account, its structures",
    ),
    "rights": (
        "manager",
        "Chorus Pro, espace « Raccordements » : le compte technique, ses espaces",
        "Chorus Pro, space « Raccordements »: the technical account, its spaces",
    ),
}
_PORTAL_CHECKS: tuple[Check, ...] = (
    "token",
    "consent",
    "technical_account",
    "structure",
    "rights",
    "bank_details",
    "password",
)
"""The checks that a call to the portal answers, in the order in which the portal would refuse the call."""


class CheckResult(Record):
    """The result of one check: passed, or what is wrong, who must fix it and where. Texts in French and English."""

    check: Check
    verdict: CheckVerdict
    code: str = ""
    fr: str = ""
    en: str = ""
    actor: ResponsibleParty = "nobody"
    where_fr: str = ""
    where_en: str = ""


@dataclass(frozen=True)
class Observations:
    """What was observed of one supplier. ``portal_answer`` is None when the portal was not asked or did not answer."""

    supplier: Supplier
    environment: str
    token_platform: PortalPlatform
    api_platform: PortalPlatform
    now: datetime
    #: whether credentials are saved; None: the secret could not be read
    saved: bool | None
    mode: CredentialMode = "oauth_piste"
    portal_answer: PortalAccount | CredentialFault | None = None
    #: the PISTE of the other environment accepts the application
    accepted_elsewhere: bool = False
    #: how far this machine's clock is ahead of the portal's; None: the portal gave no time
    clock_ahead: timedelta | None = None
    #: the texts that describe the credential fault
    fault_problem: Problem | None = None
    #: addresses of the webhooks that are disabled or paused
    webhooks_off: tuple[str, ...] = ()


def diagnose(observed: Observations) -> tuple[CheckResult, ...]:
    """The result of every check, in the order in which problems should be fixed."""
    return (
        _supplier(observed),
        _siret(observed),
        _environment(observed),
        _secret(observed),
        _clock(observed),
        *_portal(observed),
        _webhooks(observed),
    )


def _supplier(observed: Observations) -> CheckResult:
    if observed.supplier.active:
        return CheckResult(check="supplier", verdict="ok")
    if observed.supplier.status == "suspended":
        return _wrong(
            "supplier",
            "supplier_suspended",
            "Le fournisseur est suspendu : rien n'entre et rien ne part.",
            "The supplier is suspended: nothing comes in and nothing leaves.",
            ("installation", "POST /suppliers/{id}/resume", "POST /suppliers/{id}/resume"),
        )
    return _wrong(
        "supplier",
        "supplier_deleting",
        "Le fournisseur est en cours de suppression.",
        "The supplier is being deleted.",
        ("nobody", "GET /suppliers/{id}/removal", "GET /suppliers/{id}/removal"),
    )


def _siret(observed: Observations) -> CheckResult:
    where: tuple[ResponsibleParty, str, str] = ("administrator", "PATCH /suppliers/{id}", "PATCH /suppliers/{id}")
    if observed.supplier.identifier is None:  # a new installation's default supplier is not configured yet
        fr, en = "Aucun SIRET (ou autre identifiant) n'est saisi.", "No SIRET (or other identifier) is entered."
        finding = _wrong("siret", "siret_missing", fr, en, where)
        return finding.model_copy(update={"verdict": "warning"})
    siret = observed.supplier.siret
    if observed.environment == "production" and siret and not is_siret(siret):
        return _wrong(
            "siret",
            "siret_of_qualification",
            "Ce SIRET n'a pas de clé juste : c'est un SIRET de qualification, inconnu en production.",
            "This SIRET's check digit is wrong: it is one of the qualification platform, unknown in production.",
            where,
        )
    if siret and not is_siret(siret):
        doubt = siret_check_digit()
        return _wrong("siret", doubt.code, doubt.fr, doubt.en, where).model_copy(update={"verdict": "warning"})
    return CheckResult(check="siret", verdict="ok")


def _environment(observed: Observations) -> CheckResult:
    where: tuple[ResponsibleParty, str, str] = (
        "operator",
        "infra_cdk/environment.py (portal)",
        "infra_cdk/environment.py (portal)",
    )
    places = {observed.token_platform, observed.api_platform}
    if len(places) > 1:
        return _wrong(
            "environment",
            "portal_mixed",
            f"Le jeton vient de « {observed.token_platform} » et les appels vont à « {observed.api_platform} ».",
            f"Tokens come from {observed.token_platform} and calls go to {observed.api_platform}.",
            where,
        )
    if (observed.environment == "production") != ("production" in places):
        return _wrong(
            "environment",
            "portal_of_another_environment",
            f"L'environnement « {observed.environment} » s'adresse au portail « {observed.token_platform} ».",
            f"The environment {observed.environment} speaks to the portal of {observed.token_platform}.",
            where,
        )
    return CheckResult(check="environment", verdict="ok")


def _secret(observed: Observations) -> CheckResult:
    if observed.saved is None:
        return _wrong(
            "secret",
            "secret_unreadable",
            "Le secret du fournisseur ne peut pas être lu : droit refusé, clé désactivée, ou contenu abîmé.",
            "The supplier's secret cannot be read: no right to it, a disabled key, or damaged content.",
            (
                "operator",
                "AWS Secrets Manager et KMS, droits de cette session",
                "AWS Secrets Manager and KMS, this session's rights",
            ),
        )
    if not observed.saved:
        return (
            _refused(observed, "missing", "secret")
            if observed.supplier.identifier
            else CheckResult(check="secret", verdict="unknown")
        )
    return CheckResult(check="secret", verdict="ok")


def _clock(observed: Observations) -> CheckResult:
    if observed.clock_ahead is None:
        return CheckResult(check="clock", verdict="unknown")
    if abs(observed.clock_ahead) <= LARGEST_SKEW:
        return CheckResult(check="clock", verdict="ok")
    seconds = round(observed.clock_ahead.total_seconds())
    return _wrong(
        "clock",
        "clock_skew",
        f"L'horloge de cette machine diffère de {seconds:+d} s de celle du portail.",
        f"This machine's clock differs by {seconds:+d} s from the portal's.",
        ("operator", "cette machine : synchronisez-la (NTP)", "this machine: synchronise it (NTP)"),
    )


def _portal(observed: Observations) -> Iterator[CheckResult]:
    asked = (
        tuple("certificate" if each == "token" else each for each in _PORTAL_CHECKS)
        if _by_certificate(observed)
        else _PORTAL_CHECKS
    )
    if not observed.saved:
        yield from (CheckResult(check=each, verdict="unknown") for each in ("portal", *asked))
        return
    if observed.portal_answer is None:
        yield _wrong(
            "portal",
            "portal_unavailable",
            "Chorus Pro ne répond pas : rien de ce qui suit n'a pu être vu.",
            "Chorus Pro does not answer: nothing below could be seen.",
            (
                "operator",
                "la sortie réseau d'ici ; sinon attendez, l'état du portail est publié par l'AIFE",
                "the way out of this network; else wait, the AIFE publishes the portal's state",
            ),
        )
        yield from (CheckResult(check=each, verdict="unknown") for each in asked)
        return
    yield CheckResult(check="portal", verdict="ok")
    if isinstance(observed.portal_answer, PortalAccount):
        yield from (CheckResult(check=each, verdict="ok") for each in asked[:-2])
        yield from (_bank_details(observed, observed.portal_answer), _password(observed, observed.portal_answer))
        return
    at = _CHECK_OF[observed.portal_answer]
    reached = asked.index(at) if at in asked else 0
    yield from (CheckResult(check=each, verdict="ok") for each in asked[:reached])
    yield _refused(observed, observed.portal_answer, asked[reached])
    yield from (CheckResult(check=each, verdict="unknown") for each in asked[reached + 1 :])


def _refused(observed: Observations, fault: CredentialFault, check: Check) -> CheckResult:
    if fault == "piste_application" and observed.accepted_elsewhere:
        return _wrong(
            check,
            "credentials_of_another_environment",
            "Ces identifiants sont ceux de l'autre plateforme PISTE (qualification ou production) : rien ne se "
            "reporte de l'une à l'autre.",
            "These credentials are the other PISTE platform's (qualification or production): nothing carries over "
            "from one to the other.",
            _REMEDY[fault],
        )
    texts = observed.fault_problem
    return _wrong(check, f"credentials_{fault}", texts.fr if texts else "", texts.en if texts else "", _REMEDY[fault])


def _bank_details(observed: Observations, account: PortalAccount) -> CheckResult:
    where: tuple[ResponsibleParty, str, str] = (
        "manager",
        "Chorus Pro, fiche de la structure, « Coordonnées bancaires »",
        "Chorus Pro, the structure's sheet, « Coordonnées bancaires »",
    )
    wanted = observed.supplier.defaults.get("bank_account")
    if wanted and wanted not in {str(each.portal_id) for each in account.bank_accounts}:
        return _wrong(
            "bank_details",
            "bank_account_unknown",
            "Les coordonnées bancaires par défaut ne sont plus valables dans Chorus Pro : chaque facture attendrait.",
            "The default bank details are not valid in Chorus Pro any more: every invoice would wait.",
            where,
        )
    if account.bank_accounts:
        return CheckResult(check="bank_details", verdict="ok")
    finding = _wrong(
        "bank_details",
        "bank_details_missing",
        "Aucune coordonnée bancaire n'est saisie ; un destinataire qui en demande refusera.",
        "No bank details are entered; a recipient that asks for them will refuse.",
        where,
    )
    return finding.model_copy(update={"verdict": "warning"})


def _password(observed: Observations, account: PortalAccount) -> CheckResult:
    saved_at = observed.supplier.credentials_saved_at or observed.now
    problem = expiry_problem(password_expiry(account.password_expires_at, saved_at), observed.now)
    if problem is None:
        return CheckResult(check="password", verdict="ok")
    finding = _wrong("password", problem.code, problem.fr, problem.en, _REMEDY["technical_account"])
    return finding.model_copy(update={"verdict": "warning"})


def _webhooks(observed: Observations) -> CheckResult:
    if not observed.webhooks_off:
        return CheckResult(check="webhooks", verdict="ok")
    listed = ", ".join(observed.webhooks_off)
    finding = _wrong(
        "webhooks",
        "webhook_disabled",
        f"Ne sont plus prévenues : {listed}.",
        f"Not told any more: {listed}.",
        (
            "administrator",
            "PATCH /suppliers/{id}/configuration/webhooks/…",
            "PATCH /suppliers/{id}/configuration/webhooks/…",
        ),
    )
    return finding.model_copy(update={"verdict": "warning"})


def remedy(fault: CredentialFault) -> tuple[ResponsibleParty, str, str]:
    """Who must act on refused credentials, and where, in French and in English."""
    return _REMEDY[fault]


def _by_certificate(observed: Observations) -> bool:
    return observed.mode == "certificate"


def _wrong(check: Check, code: str, fr: str, en: str, remedy: tuple[ResponsibleParty, str, str]) -> CheckResult:
    actor, where_fr, where_en = remedy
    return CheckResult(
        check=check,
        verdict="wrong",
        code=code,
        fr=fr,
        en=en,
        actor=actor,
        where_fr=where_fr,
        where_en=where_en,
    )
