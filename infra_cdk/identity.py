"""Sign-in for the API: people use a Cognito user pool, systems use client credentials.

The table, not a token claim, records which suppliers a principal may act for. Only the administrators of the
installation are a Cognito group, because they exist before the first supplier.

How people sign in, and which attributes are required, cannot be changed after the pool is created.
"""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra_cdk.environment import Environment
from infra_cdk.rules import excepted

ADMINISTRATORS = "installation_administrators"
SCOPE_OF_PASSWORDS = "aws.cognito.signin.user.admin"  # the only scope of a sign-in without OAuth (SRP, password)
SCOPE_OF_THE_API = "chorus-connector/api"  # of systems, and of people who come by the managed login page
SCOPES_TO_CALL = (SCOPE_OF_PASSWORDS, SCOPE_OF_THE_API)
"""A request needs one of these. An ID token has no scope, so it is refused."""

# API Gateway does not see that a token was revoked: after a sign-out a token works until it ends. Rights on suppliers
# are read from the table at every request and end at once; groups are in the token.
_TOKEN_OF_PEOPLE = Duration.minutes(15)  # their application renews it with the refresh token
_TOKEN_OF_SCRIPTS = Duration.hours(1)  # where a password alone signs in: tests and scripts do not renew
_SESSION_OF_PEOPLE = Duration.hours(12)  # the refresh token: a working day, then password and second factor again
_TOKEN_OF_SYSTEMS = Duration.hours(1)  # there is no refresh token; a system asks once an hour
_TIME_FOR_A_CHALLENGE = Duration.minutes(15)  # Cognito's maximum; its default of 3 is short for a new authenticator
_TEMPORARY_PASSWORD = Duration.days(7)

SIGN_INS_FROM_ONE_ADDRESS = 300  # requests per five minutes; a sign-in makes three

CALLBACK_PATH = "/console/callback"
SIGNED_OUT_PATH = "/console"


def sign_in_url(environment: Environment) -> str:
    """The address of the managed login page and of the OAuth endpoints, without a final slash."""
    return f"https://{_domain_prefix(environment)}.auth.{Aws.REGION}.amazoncognito.com"


def token_url(environment: Environment) -> str:
    """Where systems get their tokens (client credentials)."""
    return f"{sign_in_url(environment)}/oauth2/token"


def _invitation(environment: Environment) -> cognito.UserInvitationConfig:
    """The e-mail to a new person. Cognito sends it as HTML and fills in the name and the temporary password."""
    days = _TEMPORARY_PASSWORD.to_days()
    return cognito.UserInvitationConfig(
        email_subject=f"Connecteur Chorus Pro ({environment.name}) : votre compte / your account",
        email_body=(
            f"<p>Un compte a été créé pour vous sur le connecteur Chorus Pro ({environment.name}). À la première "
            "connexion, vous choisissez votre mot de passe ; une application d’authentification peut vous être "
            f"demandée. Le mot de passe temporaire est valable {days} jours.</p>"
            f"<p>An account was created for you on the Chorus Pro connector ({environment.name}). At the first "
            "sign-in you choose your password; you may be asked for an authenticator application. The temporary "
            f"password is valid for {days} days.</p>"
            "<p>Nom d’utilisateur / User name:<br>{username}</p>"
            "<p>Mot de passe temporaire / Temporary password:<br>{####}</p>"
        ),
    )


def _verification(environment: Environment) -> cognito.UserVerificationConfig:
    """The e-mail with a code, for a forgotten password or a new address."""
    return cognito.UserVerificationConfig(
        email_subject=f"Connecteur Chorus Pro ({environment.name}) : votre code / your code",
        email_body=(
            "<p>Votre code pour le connecteur Chorus Pro. Si vous n’avez rien demandé, ignorez ce message.</p>"
            "<p>Your code for the Chorus Pro connector. If you asked for nothing, ignore this message.</p>"
            "<p>{####}</p>"
        ),
    )


def _domain_prefix(environment: Environment) -> str:
    return f"chorus-connector-{environment.name}-{Aws.ACCOUNT_ID}"


class Identity(Construct):
    """The user pool, its group of administrators, its sign-in page, one client for people and one for systems."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self.pool = cognito.UserPool(
            self,
            "Users",
            self_sign_up_enabled=False,
            # No alias: an address changes and may be shared, and with an alias Cognito refuses it as a user name.
            sign_in_aliases=cognito.SignInAliases(username=True),
            sign_in_case_sensitive=False,
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=False, mutable=True)
            ),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            keep_original=cognito.KeepOriginalAttrs(email=True),  # until the code sent to the new one was entered
            user_invitation=_invitation(environment),
            user_verification=_verification(environment),
            mfa=cognito.Mfa.OPTIONAL if environment.password_sign_in else cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=_TEMPORARY_PASSWORD,
            ),
            # The managed login page needs Essentials, which Plus contains.
            feature_plan=(
                cognito.FeaturePlan.PLUS if environment.threat_protection else cognito.FeaturePlan.ESSENTIALS
            ),
            standard_threat_protection_mode=(
                cognito.StandardThreatProtectionMode.FULL_FUNCTION if environment.threat_protection else None
            ),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=environment.keeps_data,
            removal_policy=RemovalPolicy.RETAIN if environment.keeps_data else RemovalPolicy.DESTROY,
        )
        if environment.password_sign_in:
            excepted(
                self.pool, "COG2", because="Scripts sign in with a password here; where data is kept MFA is required"
            )
        if environment.sign_in_firewall:
            self._add_sign_in_firewall(environment)
        cognito.CfnUserPoolGroup(
            self,
            "Administrators",
            user_pool_id=self.pool.user_pool_id,
            group_name=ADMINISTRATORS,
            description="May create suppliers and say who acts for them",
        )
        token = _TOKEN_OF_SCRIPTS if environment.password_sign_in else _TOKEN_OF_PEOPLE
        self.people = self.pool.add_client(
            "People",
            auth_flows=cognito.AuthFlow(user_srp=True, user_password=environment.password_sign_in),
            prevent_user_existence_errors=True,
            access_token_validity=token,
            id_token_validity=token,
            refresh_token_validity=_SESSION_OF_PEOPLE,
            auth_session_validity=_TIME_FOR_A_CHALLENGE,
            enable_token_revocation=True,
            disable_o_auth=True,
        )
        # For the sign-in page and the token endpoint; the prefix is globally unique.
        self.pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(domain_prefix=_domain_prefix(environment)),
            managed_login_version=cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
        )
        scope_to_call = cognito.ResourceServerScope(scope_name="api", scope_description="Call the connector's API")
        self.api = self.pool.add_resource_server(
            "Api", identifier="chorus-connector", scopes=[scope_to_call], user_pool_resource_server_name="API"
        )
        self._to_call = cognito.OAuthScope.resource_server(self.api, scope_to_call)
        self.systems = self.client_of_a_system(self.pool, "Systems")

    def client_of_a_system(
        self, scope: Construct, construct_id: str, *, name: str | None = None
    ) -> cognito.UserPoolClient:
        """An API client with a secret, for client credentials. `scope` is the stack that owns it."""
        return cognito.UserPoolClient(
            scope,
            construct_id,
            user_pool=self.pool,
            user_pool_client_name=name,
            generate_secret=True,
            access_token_validity=_TOKEN_OF_SYSTEMS,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(client_credentials=True),
                scopes=[self._to_call],
            ),
        )

    def client_of_the_console(self, scope: Construct, construct_id: str, *, api_url: str) -> cognito.UserPoolClient:
        """The client of the console, which runs under the API's address: authorization code with PKCE, and a secret.

        `scope` is the stack of the API: the client names the API's address, and the API accepts the client's tokens.
        Its access tokens have no scope for the user's own attributes and second factor.
        """
        client = cognito.UserPoolClient(
            scope,
            construct_id,
            user_pool=self.pool,
            generate_secret=True,
            auth_flows=cognito.AuthFlow(user_srp=True),
            prevent_user_existence_errors=True,
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            access_token_validity=_TOKEN_OF_PEOPLE,
            id_token_validity=_TOKEN_OF_PEOPLE,
            refresh_token_validity=_SESSION_OF_PEOPLE,
            auth_session_validity=_TIME_FOR_A_CHALLENGE,
            enable_token_revocation=True,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, self._to_call],
                callback_urls=[f"{api_url}{CALLBACK_PATH}"],
                logout_urls=[f"{api_url}{SIGNED_OUT_PATH}"],
            ),
        )
        # Without a branding the page says "Login pages unavailable".
        cognito.CfnManagedLoginBranding(
            scope,
            f"{construct_id}Branding",
            user_pool_id=self.pool.user_pool_id,
            client_id=client.user_pool_client_id,
            use_cognito_provided_values=True,
        )
        return client

    def _add_sign_in_firewall(self, environment: Environment) -> None:
        """Refuse addresses known for attacks, and those with more requests than a whole office signing in."""

        def seen_as(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
            return wafv2.CfnWebACL.VisibilityConfigProperty(
                cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
            )

        known_attackers = wafv2.CfnWebACL.RuleProperty(
            name="KnownAttackers",
            priority=0,
            statement=wafv2.CfnWebACL.StatementProperty(
                managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                    vendor_name="AWS", name="AWSManagedRulesAmazonIpReputationList"
                )
            ),
            override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
            visibility_config=seen_as("KnownAttackers"),
        )
        too_many = wafv2.CfnWebACL.RuleProperty(
            name="TooMany",
            priority=1,
            statement=wafv2.CfnWebACL.StatementProperty(
                rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                    aggregate_key_type="IP", limit=SIGN_INS_FROM_ONE_ADDRESS
                )
            ),
            action=wafv2.CfnWebACL.RuleActionProperty(block={}),
            visibility_config=seen_as("TooMany"),
        )
        wall = wafv2.CfnWebACL(
            self,
            "Firewall",
            name=f"chorus-connector-{environment.name}-sign-in",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            rules=[known_attackers, too_many],
            visibility_config=seen_as("SignIn"),
        )
        wafv2.CfnWebACLAssociation(
            self, "FirewallOfUsers", resource_arn=self.pool.user_pool_arn, web_acl_arn=wall.attr_arn
        )
