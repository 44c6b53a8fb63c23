"""The differences between environments, as typed values. Everything else is the same in all of them.

An installation sets its own values in `config/<environment>.toml` (`configuration`), without a change here: every
field is a key of that file, except those of `configuration.FIXED`. No secret and no account number belongs here.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from infra_cdk import values


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
    portal_at_deployment: bool = False
    """The portal's addresses are parameters of the stack: the local stack's simulator has another port every time.

    Elsewhere not, because a deployment keeps a parameter's earlier value: a change of `portal` would have no effect.
    """
    based_on: str = ""
    """The environment of `ENVIRONMENTS` that one with a name of its own is based on."""
    account: values.Account = ""
    """The only AWS account it is deployed to. Where data is kept, a deployment needs it. Together with `region`."""
    region: values.Region = ""
    """The only region it is deployed to: one with Textract."""
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
    systems: tuple[values.SystemName, ...] = ()
    """Systems with an API client of their own: names of letters, digits and "-", at most 45 characters.

    The client's id (an output of the stack) is the principal that gets roles. Remove a name to end its client; to
    change a secret, add a second name ("acme-2") first."""
    console: bool = True
    """The screens for people, in a stack of their own (`console`). False: the API only."""
    upload_origins: tuple[values.Origin, ...] = ()
    """Web sites whose pages may upload directly to the bucket with a presigned POST (CORS), beside the console's."""
    log_level: values.LogLevel = "INFO"
    log_retention_days: values.LogDays = 90
    worker_concurrency: values.Concurrency = 10
    """The highest concurrency of one queue worker. It limits the load on the table."""
    submission_concurrency: values.Concurrency = 20
    """The highest number of concurrent submissions: invoices a second × calls each × seconds a call of the portal.

    200,000 invoices in ten hours at 2 calls of 1.5 s need 17 (`make capacity`). PISTE may allow fewer calls.
    """
    tracking_concurrency: values.Concurrency = 10
    """The highest number of suppliers whose statuses are retrieved at the same time."""
    ocr_concurrency: values.Concurrency = 6
    """The highest concurrency of each of the two queues that lead to Textract: documents to read, and jobs that ended.

    Textract's default quotas are small. More workers make it refuse more, which delays what waits with it.
    """
    reserves_concurrency: bool = True
    """Reserve the queue workers' concurrency. A new AWS account has 10 in all until its quota is raised (preflight)."""
    requests_per_second: values.Positive = 200
    """The gateway's rate limit for all callers together, with bursts of twice as much; more gets its own 429.

    Four tenants at the limit of their quotas fit in. A request that a quota refuses counts here too.
    """
    quota_factor: values.Factor = 1
    """Multiplies the quotas of suppliers, structures and callers (`domain/quotas.py`), except credential trials."""
    email_sender: values.EmailOrNone = ""
    """The sender of e-mails: an address that is verified in SES, itself or by its domain. Empty: no e-mail."""
    digest_minutes: values.Minute = 10
    """How long a digest e-mail waits for further notifications."""
    alarm_emails: tuple[values.Email, ...] = ()
    """The recipients of alarms. Empty with `keeps_data`: the deployment requires one (parameter AlarmEmail)."""
    alarm_topic_arn: values.TopicArn = ""
    """An existing topic for alarms instead of the stack's; its key must allow CloudWatch to publish."""
    textract_dollars_a_page: values.Price = Decimal("0.0015")
    """The price of a page of text detection in the region or contract, for the estimate of each reading."""
    sync_minutes: Annotated[int, Field(ge=2, le=60)] = 10
    nightly_hour: values.Hour = 1
    nightly_until: values.Hour = 6
    """The hours of nightly tracking, French time: its starts, every ten minutes, share the suppliers."""
    probe_hour: values.Hour = 6
    probe_until: values.Hour = 8
    """The hours in which the suppliers' credentials are checked, French time, in the same way."""
    second_copy_vault: values.VaultArn = ""
    """The ARN of a backup vault in another region or account, to which the table is copied each night. Empty: none.

    The three ARNs of a second copy are given together."""
    second_copy_bucket: values.BucketArn = ""
    """The ARN of a bucket there, with versions and object locks, to which S3 replicates every file."""
    second_copy_key: values.KeyArn = ""
    """The ARN of the KMS key with which S3 encrypts these files, in that bucket's region."""
    second_copy_days: Annotated[int, Field(ge=1, le=35)] = 7
    """How many nights' copies of the table are kept. Each is a whole one."""
    fixed_addresses: tuple[values.AddressId, ...] = ()
    """Allocation ids of Elastic IP addresses (`eipalloc-…`): the portal and receivers of webhooks see only these.

    One NAT gateway each, about 40 dollars a month. Two of them survive the loss of an availability zone. Empty: AWS's
    changing addresses, and no network of our own."""

    def __post_init__(self) -> None:
        arns = (self.second_copy_vault, self.second_copy_bucket, self.second_copy_key)
        if any(arns) and not all(arns):
            raise ValueError("a second copy needs all three: second_copy_vault, second_copy_bucket, second_copy_key")
        for name in ("nightly", "probe"):
            if getattr(self, f"{name}_until") < getattr(self, f"{name}_hour") + 2:
                raise ValueError(f"{name}_until must be two hours or more after {name}_hour, on the same day")
        if len(self.fixed_addresses) > 2:
            raise ValueError("at most two fixed_addresses: one in each of two availability zones")

    @property
    def metrics(self) -> str:
        """The namespace of our metrics: two environments in one account must not ring each other's alarms."""
        return f"ChorusConnector/{self.name}"

    @property
    def has_second_copy(self) -> bool:
        """Table and files are copied to another region or account."""
        return bool(self.second_copy_vault)

    @property
    def kind(self) -> str:
        """The environment of `ENVIRONMENTS` that decides about rules: its own name, or that it is based on."""
        return self.based_on or self.name


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            "local",
            SIMULATED_PORTAL,
            portal_at_deployment=True,
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
