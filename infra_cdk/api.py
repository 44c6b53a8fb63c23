"""The HTTP API: which function answers which route. Every route needs a token, except the API's description and the
page that confirms an e-mail address."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import ArnFormat, Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra_cdk.environment import Environment
from infra_cdk.functions import RETENTION, live
from infra_cdk.identity import SCOPES_TO_CALL, Identity
from infra_cdk.rules import excepted

ANSWER_TIMEOUT = Duration.seconds(29)  # the HTTP API itself times out after 30 seconds


@dataclass(frozen=True)
class Route:
    """One route of the API and the function that answers it."""

    method: str
    path: str
    function: str
    needs_token: bool = True


_SUPPLIER = "/suppliers/{supplier_id}"

_PUBLIC = {
    "api_docs": "The API's own description: the same for everybody, and public",
    "email_addresses": "A link in an e-mail: its secret is the proof, and its button only lets us send e-mail there",
}
"""Why a route needs no token, by its function."""

_ACCESS_LOG_DAYS = 180
"""The longest retention of callers' ids and addresses: six months, the least that CNIL recommends for access logs
(deliberation 2021-122)."""

_FEW_REQUESTS = {"ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 20}
"""Requests a second of the public page."""

ROUTES = (
    Route("GET", "/openapi.json", "api_docs", needs_token=False),
    Route("GET", "/docs", "api_docs", needs_token=False),
    Route("GET", "/email-confirmations/{token}", "email_addresses", needs_token=False),
    Route("POST", "/email-confirmations/{token}", "email_addresses", needs_token=False),
    Route("POST", f"{_SUPPLIER}/documents", "upload_intake"),
    Route("ANY", f"{_SUPPLIER}/documents/attachments", "upload_intake"),
    Route("ANY", f"{_SUPPLIER}/documents/attachments/{{proxy+}}", "upload_intake"),
    Route("POST", f"{_SUPPLIER}/uploads", "upload_intake"),
    Route("POST", f"{_SUPPLIER}/archives", "upload_intake"),
    Route("GET", f"{_SUPPLIER}/archives/{{archive_id}}", "upload_intake"),
    Route("GET", "/me", "supplier_api"),
    Route("GET", "/me/summary", "supplier_api"),
    Route("ANY", "/me/suppliers/{supplier_id}", "supplier_api"),
    Route("GET", "/me/invitations/{supplier_id}", "supplier_api"),
    Route("ANY", "/me/structures/{siret}", "message_api"),
    Route("ANY", "/suppliers", "supplier_api"),
    Route("ANY", _SUPPLIER, "supplier_api"),
    Route("ANY", f"{_SUPPLIER}/configuration/{{proxy+}}", "supplier_api"),
    Route("ANY", f"{_SUPPLIER}/configuration/webhooks", "notification_api"),
    Route("ANY", f"{_SUPPLIER}/configuration/webhooks/{{proxy+}}", "notification_api"),
    Route("ANY", f"{_SUPPLIER}/notifications", "notification_api"),
    Route("ANY", f"{_SUPPLIER}/notifications/{{proxy+}}", "notification_api"),
    Route("ANY", f"{_SUPPLIER}/credentials", "supplier_api"),
    Route("POST", f"{_SUPPLIER}/suspend", "supplier_api"),
    Route("POST", f"{_SUPPLIER}/resume", "supplier_api"),
    Route("ANY", f"{_SUPPLIER}/export", "supplier_api"),
    Route("GET", f"{_SUPPLIER}/removal", "supplier_api"),
    Route("ANY", f"{_SUPPLIER}/invoices", "invoice_api"),
    Route("ANY", f"{_SUPPLIER}/invoices/{{proxy+}}", "invoice_api"),
    Route("GET", f"{_SUPPLIER}/invoices/{{document_id}}/pages/{{number}}", "page_pictures"),
    Route("GET", f"{_SUPPLIER}/recipients/{{proxy+}}", "invoice_api"),
    Route("ANY", f"{_SUPPLIER}/layouts", "invoice_api"),
    Route("ANY", f"{_SUPPLIER}/layouts/{{proxy+}}", "invoice_api"),
    Route("ANY", f"{_SUPPLIER}/to-process", "invoice_api"),
    Route("ANY", f"{_SUPPLIER}/tracking", "invoice_api"),
    Route("ANY", f"{_SUPPLIER}/tracking/{{proxy+}}", "invoice_api"),
    Route("ANY", "/messages", "message_api"),
    Route("ANY", "/messages/{proxy+}", "message_api"),
    Route("ANY", "/structures", "message_api"),
    Route("ANY", "/structures/{proxy+}", "message_api"),
)


def words(name: str) -> str:
    """The name in camel case, as a part of a construct's or an output's name."""
    return "".join(word.capitalize() for word in name.replace("_", "-").split("-"))


def _functions_for_callers() -> list[str]:
    return sorted({route.function for route in ROUTES if route.needs_token})


class Api(Construct):
    """The HTTP API in front of the functions. A request without a valid token reaches none of them."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        identity: Identity,
        functions: Mapping[str, lambda_.Function],
    ) -> None:
        super().__init__(scope, construct_id)
        #: each system's own client, by the system's name
        self.systems = {
            name: identity.client_of_a_system(self, f"System{words(name)}", name=name) for name in environment.systems
        }
        self.http_api = apigateway.HttpApi(
            self, "HttpApi", api_name=f"chorus-connector-{environment.name}", create_default_stage=False
        )
        #: the console's client, which signs people in under this API's address, and its secret; None without a console
        self.console: tuple[cognito.UserPoolClient, secretsmanager.Secret] | None = None
        if environment.console:
            client = identity.client_of_the_console(self, "Console", api_url=self.http_api.api_endpoint)
            self.console = client, self._secret_of_the_console(client)
        consoles = [self.console[0]] if self.console else []
        clients = (identity.people, *consoles, identity.systems, *self.systems.values())
        token = HttpJwtAuthorizer(
            "Token",
            f"https://cognito-idp.{Aws.REGION}.amazonaws.com/{identity.pool.user_pool_id}",
            jwt_audience=[each.user_pool_client_id for each in clients],
        )
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.http_api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=environment.requests_per_second, burst_limit=2 * environment.requests_per_second
            ),
        )
        resource = stage.node.default_child
        assert isinstance(resource, apigateway.CfnStage)
        resource.access_log_settings = self._access_log(environment)
        # one permission a function: one a route would fill CloudFormation's 500 resources of a stack
        integrations = {
            name: HttpLambdaIntegration(f"To_{name}", live(functions[name]), scope_permission_to_route=False)
            for name in sorted({route.function for route in ROUTES})
        }
        limits: dict[str, dict[str, int]] = {}
        for route in ROUTES:
            made = self.http_api.add_routes(
                path=route.path,
                methods=[apigateway.HttpMethod(route.method)],
                integration=integrations[route.function],
                authorizer=token if route.needs_token else apigateway.HttpNoneAuthorizer(),
                authorization_scopes=list(SCOPES_TO_CALL) if route.needs_token else None,
            )
            if not route.needs_token:
                for each in made:
                    excepted(each, "APIG4", because=_PUBLIC[route.function])
            if route.function == "email_addresses":
                limits[f"{route.method} {route.path}"] = _FEW_REQUESTS
                for each in made:
                    resource.node.add_dependency(each)  # a limit names a route that exists
        resource.route_settings = limits
        for name in ("supplier_api", "email_digest", "email_addresses"):
            functions[name].add_environment("API_URL", self.http_api.api_endpoint)
        self._seal_cursors(functions)
        for name in _functions_for_callers():
            functions[name].add_environment("QUOTA_FACTOR", f"{environment.quota_factor:g}")

    def _secret_of_the_console(self, client: cognito.UserPoolClient) -> secretsmanager.Secret:
        """The key of the console's sessions and the secret of its client, in one secret.

        It is in this stack, because a client's secret that another stack imported would be an export that every reader
        of the account's stacks sees. A new key only ends the sessions.
        """
        resource = client.node.default_child
        assert isinstance(resource, cognito.CfnUserPoolClient)
        secret = secretsmanager.Secret(
            self,
            "ConsoleSecret",
            description="Seals the console's sessions; its client's secret at the sign-in page",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=Stack.of(self).to_json_string({"client_secret": resource.attr_client_secret}),
                generate_string_key="session_key",
                password_length=64,
                exclude_punctuation=True,
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        excepted(secret, "SMG4", because="A new key only ends the sessions: it is turned by hand, see the docs")
        return secret

    def _access_log(self, environment: Environment) -> apigateway.CfnStage.AccessLogSettingsProperty:
        """One line per request. Its `requestId` is the `cause` in the functions' log lines."""
        log = logs.LogGroup(
            self,
            "AccessLog",
            # below this prefix AWS's own policy allows the delivery; any other group adds to one of limited length
            log_group_name=f"/aws/vendedlogs/chorus-connector-{environment.name}/api",
            retention=RETENTION[min(environment.log_retention_days, _ACCESS_LOG_DAYS)],
            removal_policy=RemovalPolicy.DESTROY,
        )
        #: answers of ours that are an error, but no 503: that one says that the portal or an AWS service is unavailable
        self.faults = log.add_metric_filter(
            "Faults",
            filter_pattern=logs.FilterPattern.all(
                logs.FilterPattern.string_value("$.status", "=", "5*"),
                logs.FilterPattern.string_value("$.status", "!=", "503"),
            ),
            metric_namespace=environment.metrics,
            metric_name="ApiFaults",
        ).metric(statistic="Sum", period=Duration.minutes(5))
        fields = {
            "requestId": "$context.requestId",
            "at": "$context.requestTime",
            "routeKey": "$context.routeKey",
            "status": "$context.status",
            "latency_ms": "$context.responseLatency",
            "bytes": "$context.responseLength",
            "caller": "$context.authorizer.claims.sub",
            "address": "$context.identity.sourceIp",
            "error": "$context.error.message",
            "integrationError": "$context.integrationErrorMessage",
        }
        arn = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=log.log_group_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return apigateway.CfnStage.AccessLogSettingsProperty(destination_arn=arn, format=json.dumps(fields))

    def _seal_cursors(self, functions: Mapping[str, lambda_.Function]) -> None:
        """One key for every function that seals cursors.

        It is generated here; losing it only invalidates open cursors.
        """
        key = secretsmanager.Secret(
            self,
            "CursorKey",
            description="Seals the cursors of the API's lists",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=RemovalPolicy.DESTROY,
        )
        excepted(
            key, "SMG4", because="A new key only ends lists that are being read: it is turned by hand, see the docs"
        )
        for name in _functions_for_callers():
            key.grant_read(functions[name])
            functions[name].add_environment("CURSOR_SECRET_ID", key.secret_arn)
