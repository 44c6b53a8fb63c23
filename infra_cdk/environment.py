"""What differs between the places the connector runs, as typed values; all else is the same everywhere.

Adding a place is adding an entry to `ENVIRONMENTS`. No secret and no account number belongs here.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class PortalAddress:
    """Where Chorus Pro answers: the PISTE token endpoint and the bases of its operations."""

    token_url: str
    api_base: str
    certificate_base: str
    """The older gateway with client certificates; has no token endpoint."""


PRODUCTION_PORTAL = PortalAddress(
    "https://oauth.piste.gouv.fr/api/oauth/token",
    "https://api.piste.gouv.fr/cpro",
    "https://chorus-pro.gouv.fr:5443/service",
)
QUALIFICATION_PORTAL = PortalAddress(
    "https://sandbox-oauth.piste.gouv.fr/api/oauth/token",
    "https://sandbox-api.piste.gouv.fr/cpro",
    "https://chorus-pro.gouv.fr:5443/service-qualif",
)
# The local stack starts its own simulator and gives its address when it deploys.
SIMULATED_PORTAL = PortalAddress(
    "http://127.0.0.1:9/api/oauth/token", "http://127.0.0.1:9/cpro", "http://127.0.0.1:9/service"
)


@dataclass(frozen=True)
class Environment:
    """One place the connector runs."""

    name: str
    portal: PortalAddress
    keeps_data: bool = True
    """Table, bucket and users outlive the stack; deletion is refused."""
    tls_only: bool = True
    """Queues, topic and bucket refuse plain HTTP; the local stack has nothing else."""
    is_checked: bool = True
    """The synthesis is held to AWS's own rules (`rules`); the local stack speaks plain HTTP, which they forbid."""
    ships_dependencies: bool = True
    """The layer carries the libraries; locally they come from the interpreter beside the stack."""
    password_sign_in: bool = False
    """Users may send their password straight to Cognito, without a second factor: for tests and scripts only."""
    threat_protection: bool = True
    """Cognito judges each sign-in, and refuses passwords known to be stolen (its plan "Plus": some cents a user)."""
    sign_in_firewall: bool = True
    """A firewall (WAF) in front of Cognito, the only thing a stranger can reach; some 7 dollars a month."""
    systems: tuple[str, ...] = ()
    """Systems with an API client of their own, beside the installation's: letters, digits and "-", 45 of them at most.

    The client's id (an output of the stack) is the principal that rights are given to. Take a name out to end it, and
    name a second one ("acme-2") beside it to change its secret."""
    upload_origins: tuple[str, ...] = ()
    """Web sites whose pages may upload straight to the bucket with a presigned POST."""
    log_level: str = "INFO"
    log_retention_days: int = 90
    worker_concurrency: int = 10
    """Copies of one queue worker at most; reading is bounded by it, and so is the load on our table."""
    submission_concurrency: int = 4
    """Submissions at a time: the portal's patience is the bound, not ours."""
    reserves_concurrency: bool = True
    """Queue workers' copies are kept for them: some 75 in all. A new account may have 10 until it asks for more."""
    requests_per_second: int = 50
    """What the API takes, bursts of twice as much; more is answered 429. A person's screen makes some five at once."""
    email_sender: str = ""
    """Where notifications by e-mail come from: an address or domain's address verified in SES. Empty: no e-mail."""
    digest_minutes: int = 10
    """How long more news may join the same e-mail."""
    alarm_emails: tuple[str, ...] = ()
    """Who is told of alarms. Empty where data is kept: the deployment asks for one (parameter AlarmEmail)."""
    alarm_topic_arn: str = ""
    """A topic of the installation's own for alarms, instead of ours; its key must let CloudWatch publish."""
    textract_dollars_a_page: Decimal = Decimal("0.065")
    """What a page of FORMS and TABLES costs, for the estimate of each reading: the region's price, or a contract's."""
    sync_minutes: int = 10
    nightly_hour: int = 3
    nightly_minute: int = 40
    """When Local suppliers' invoices are retrieved, by France's clock; 3:40 comes once on every day of the year."""


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            "local",
            SIMULATED_PORTAL,
            keeps_data=False,
            tls_only=False,
            is_checked=False,
            ships_dependencies=False,
            password_sign_in=True,
            threat_protection=False,
            sign_in_firewall=False,
            upload_origins=("*",),
            log_retention_days=1,
            worker_concurrency=2,
            submission_concurrency=2,
            reserves_concurrency=False,
            requests_per_second=1000,
            email_sender="chorus-connector@example.com",
            digest_minutes=0,
        ),
        Environment(
            "dev",
            QUALIFICATION_PORTAL,
            keeps_data=False,
            password_sign_in=True,
            sign_in_firewall=False,
            log_level="DEBUG",
            log_retention_days=7,
            reserves_concurrency=False,
        ),
        Environment("qualification", QUALIFICATION_PORTAL, log_retention_days=30),
        Environment("production", PRODUCTION_PORTAL, log_retention_days=365),
    )
}
