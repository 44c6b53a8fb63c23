"""A supplier's credentials for Chorus Pro, in the portal's two modes. They are never printed or logged.

OAuth-PISTE is the recommended mode; certificate mode is the older gateway on port 5443, closed since 2021 according to
AIFE (``mode_problem``). Both need the technical account. The result of the last credentials check is saved on the
supplier, for the people who must act on it.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Discriminator, SecretStr, Tag, TypeAdapter, ValidationError, field_validator

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

CredentialMode = Literal["oauth_piste", "certificate"]

PASSWORD_LIFETIME = timedelta(days=424)
"""A technical account's password must be renewed every 14 months (Chorus Pro's pages on « raccordement »)."""
WARN_BEFORE = timedelta(days=15)
_REMIND_AT_DAYS = frozenset({7, 3, 1, 0})


class _TechnicalAccount(Record):
    technical_login: SecretStr
    technical_password: SecretStr

    def reveal(self) -> dict[str, str]:
        """The secrets as plain text, only for the secret store and the portal's client."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        plain = {n: v.get_secret_value() if isinstance(v, SecretStr) else v for n, v in values.items()}
        return {name: value for name, value in plain.items() if value is not None}


class OAuthCredentials(_TechnicalAccount):
    """OAuth-PISTE mode: client id and secret of the PISTE application, and the technical account."""

    mode: Literal["oauth_piste"] = "oauth_piste"
    client_id: SecretStr
    client_secret: SecretStr


class CertificateCredentials(_TechnicalAccount):
    """Certificate mode: the client certificate in base64 (p12, or PEM with its key) and the technical account."""

    mode: Literal["certificate"] = "certificate"
    certificate: SecretStr
    certificate_format: Literal["p12", "pem"] = "p12"
    certificate_password: SecretStr | None = None

    @field_validator("certificate")
    @classmethod
    def _in_one_line(cls, given: SecretStr) -> SecretStr:
        """Without the line ends that the command ``base64`` writes."""
        return SecretStr("".join(given.get_secret_value().split()))


def _mode(value: Any) -> str:
    given = value.get("mode") if isinstance(value, dict) else getattr(value, "mode", None)
    return str(given or "oauth_piste")


Credentials = Annotated[
    Annotated[OAuthCredentials, Tag("oauth_piste")] | Annotated[CertificateCredentials, Tag("certificate")],
    Discriminator(_mode),
]
CREDENTIALS: TypeAdapter[OAuthCredentials | CertificateCredentials] = TypeAdapter(Credentials)
"""Validates either mode; data without a ``mode`` is OAuth-PISTE."""


def credentials_from(given: dict[str, Any]) -> Credentials:
    """The credentials of the mode given. Raises Invalid, which names the missing fields."""
    try:
        return CREDENTIALS.validate_python(given)
    except ValidationError as error:
        missing = sorted({str(problem["loc"][-1]) for problem in error.errors(include_input=False)})
        problems = tuple(_missing(name) for name in missing)
        raise Invalid("Identifiants incomplets.", "The credentials are incomplete.", problems=problems) from None


def _missing(name: str) -> Problem:
    return Problem(field=name, code="missing", fr="Nécessaire dans ce mode.", en="Required in this mode.")


class CredentialsStatus(Record):
    """Result of the last credentials check. Without a blocking problem the credentials work; warnings do not block."""

    probed_at: datetime
    problems: tuple[Problem, ...] = ()
    password_expires_at: datetime | None = None

    @property
    def works(self) -> bool:
        return not any(problem.blocking for problem in self.problems)


def password_expiry(announced: datetime | None, saved_at: datetime) -> datetime:
    """When the technical account's password expires: the portal's date, else 424 days after it was saved here."""
    return announced or saved_at + PASSWORD_LIFETIME


def expiry_problem(expires_at: datetime, now: datetime) -> Problem | None:
    """A warning from 15 days before the password expires: the date, and who must renew it. None before that."""
    if expires_at - now > WARN_BEFORE:
        return None
    day = day_in_paris(expires_at)
    return Problem(
        field=None,
        code="password_expires_soon",
        fr=f"Le mot de passe du compte technique Chorus Pro expire le {day:%d/%m/%Y} : le gestionnaire principal "
        "doit le réinitialiser dans Chorus Pro, puis l'enregistrer ici.",
        en=f"The technical account's Chorus Pro password expires on {day.isoformat()}: the principal manager must "
        "reset it in Chorus Pro, then save it here.",
        blocking=False,
    )


def ending_problem(expires_at: datetime, now: datetime) -> Problem | None:
    """A warning from 15 days before the client certificate ends, and after its end. None before that."""
    if expires_at - now > WARN_BEFORE:
        return None
    day = day_in_paris(expires_at)
    return Problem(
        field=None,
        code="certificate_expires_soon",
        fr=f"Le certificat client s'arrête le {day:%d/%m/%Y} : demandez-en un autre à votre autorité, puis "
        "enregistrez-le ici.",
        en=f"The client certificate ends on {day.isoformat()}: ask your authority for another one, then save it here.",
        blocking=False,
    )


def mode_problem(mode: CredentialMode | None) -> Problem | None:
    """A warning for certificate mode; None for the other one.

    AIFE's notice, as public pages quote it: certificates are not accepted any more since 1 January 2021, only OAuth2.
    """
    if mode != "certificate":
        return None
    return Problem(
        field="mode",
        code="certificate_mode_closed",
        fr="Selon l'AIFE, Chorus Pro n'accepte plus l'authentification par certificat depuis le 1er janvier 2021 : "
        "créez une application PISTE et enregistrez ses identifiants à la place.",
        en="According to AIFE, Chorus Pro accepts no authentication by certificate since 1 January 2021: create a "
        "PISTE application and save its keys instead.",
        blocking=False,
    )


def codes_to_announce(before: CredentialsStatus | None, after: CredentialsStatus) -> tuple[str, ...]:
    """The codes to announce: new problems, working credentials after a failure, reminders of a password's expiry."""
    old = {problem.code for problem in before.problems} if before else set()
    new = {problem.code for problem in after.problems}
    announced = sorted(new - old)
    if "password_expires_soon" in new & old and _days_left(after) in _REMIND_AT_DAYS and not _same_day(before, after):
        announced.append("password_expires_soon")
    if before is not None and not before.works and after.works:
        announced.append("credentials_work_again")
    return tuple(announced)


def _days_left(status: CredentialsStatus) -> int | None:
    if status.password_expires_at is None:
        return None
    return max(0, (day_in_paris(status.password_expires_at) - day_in_paris(status.probed_at)).days)


def _same_day(before: CredentialsStatus | None, after: CredentialsStatus) -> bool:
    return before is not None and day_in_paris(before.probed_at) == day_in_paris(after.probed_at)
