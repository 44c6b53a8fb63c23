"""The differences between environments, as typed values. Everything else is the same in all of them.

To add an environment, add an entry to `ENVIRONMENTS`. No secret and no account number belongs here.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class PortalAddress:
    """The addresses of Chorus Pro: the PISTE token endpoint and the base URLs of its operations."""

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
# The local stack starts its own simulator and passes its address when it deploys.
SIMULATED_PORTAL = PortalAddress(
    "http://127.0.0.1:9/api/oauth/token", "http://127.0.0.1:9/cpro", "http://127.0.0.1:9/service"
)


@dataclass(frozen=True)
class Environment:
    """One environment of the connector."""

    name: str
    portal: PortalAddress
    keeps_data: bool = True
    """Table, bucket and users outlive the stack; their deletion is refused."""
    tls_only: bool = True
    """Queues, topic and bucket refuse plain HTTP. False on the local stack, which has no TLS."""
    is_checked: bool = True
    """The synthesis must pass cdk-nag's rules (`rules`). False on the local stack, whose plain HTTP they forbid."""
    ships_dependencies: bool = True
    """The layer contains the libraries. False on the local stack, which uses those of its interpreter."""
    password_sign_in: bool = False
    """Users may sign in with a password only, without a second factor: for tests and scripts."""
    threat_protection: bool = True
    """Cognito scores each sign-in and refuses passwords known to be stolen (plan "Plus": a few cents per user)."""
    sign_in_firewall: bool = True
    """A firewall (WAF) in front of Cognito's sign-in, which is open to the internet; about 7 dollars a month."""
    systems: tuple[str, ...] = ()
    """Systems with an API client of their own: names of letters, digits and "-", at most 45 characters.

    The client's id (an output of the stack) is the principal that gets roles. Remove a name to end its client; to
    change
    a secret, add a second name ("acme-2") first."""
    upload_origins: tuple[str, ...] = ()
    """Web sites whose pages may upload directly to the bucket with a presigned POST (CORS)."""
    log_level: str = "INFO"
    log_retention_days: int = 90
    worker_concurrency: int = 10
    """The highest concurrency of one queue worker. It limits the load on the table."""
    submission_concurrency: int = 20
    """The highest number of concurrent submissions: invoices a second × calls each × seconds a call of the portal.

    200,000 invoices in ten hours at 2 calls of 1.5 s need 17 (`make capacity`). PISTE may allow fewer calls.
    """
    tracking_concurrency: int = 10
    """The highest number of suppliers whose statuses are retrieved at the same time."""
    ocr_concurrency: int = 6
    """The highest concurrency of each of the two queues that lead to Textract: documents to read, and jobs that ended.

    Textract's default quotas are small. More workers make it refuse more, which delays what waits with it.
    """
    reserves_concurrency: bool = True
    """Reserve the queue workers' concurrency, about 100 in all. A new AWS account has 10 until its quota is raised."""
    requests_per_second: int = 200
    """The gateway's rate limit for all callers together, with bursts of twice as much; more gets its own 429.

    Four tenants at the limit of their quotas fit in. A request that a quota refuses counts here too.
    """
    quota_factor: float = 1
    """Multiplies the quotas of suppliers, structures and callers (`domain/quotas.py`), except credential trials."""
    email_sender: str = ""
    """The sender of e-mails: an address that is verified in SES, itself or by its domain. Empty: no e-mail."""
    digest_minutes: int = 10
    """How long a digest e-mail waits for further notifications."""
    alarm_emails: tuple[str, ...] = ()
    """The recipients of alarms. Empty with `keeps_data`: the deployment requires one (parameter AlarmEmail)."""
    alarm_topic_arn: str = ""
    """An existing topic for alarms instead of the stack's; its key must allow CloudWatch to publish."""
    textract_dollars_a_page: Decimal = Decimal("0.0015")
    """The price of a page of text detection in the region or contract, for the estimate of each reading."""
    sync_minutes: int = 10
    nightly_hour: int = 1
    nightly_until: int = 6
    """The hours of nightly tracking, French time: its starts, every ten minutes, share the suppliers."""
    probe_hour: int = 6
    probe_until: int = 8
    """The hours in which the suppliers' credentials are checked, French time, in the same way."""


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
            tracking_concurrency=2,
            ocr_concurrency=2,
            reserves_concurrency=False,
            requests_per_second=1000,
            quota_factor=10,
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
