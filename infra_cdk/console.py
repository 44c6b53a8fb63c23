"""The console: screens for people, under the API's address and in a stack of their own.

Its function is a client of the API. It may use its table of sessions and its secret, and nothing of the other stacks:
no table, bucket, queue or user pool. The stack can be left out (`console` in `environment`).

Nothing that changes with a release is imported from another stack: CloudFormation changes no export that is in use. So
the stack has its own version of the layer of libraries, from the same asset, and its alarms, which look at the function
by its name, are with all others in the application stack.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Aws, CfnOutput, CfnParameter, IStackSynthesizer, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra_cdk.api import ANSWER_TIMEOUT
from infra_cdk.encryption import WRITE, Encryption, stack_encryption
from infra_cdk.environment import Environment
from infra_cdk.function_builder import Sources
from infra_cdk.functions import ARCHITECTURE, CONSOLE, RUNTIME, ConnectorFunction, function_name, live
from infra_cdk.identity import SIGNED_OUT_PATH, sign_in_url
from infra_cdk.rules import excepted

MEMORY = 1024
_ROUTES = ((apigateway.HttpMethod.GET, SIGNED_OUT_PATH), (apigateway.HttpMethod.ANY, f"{SIGNED_OUT_PATH}/{{proxy+}}"))
_ONE_SESSION = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")


@dataclass(frozen=True)
class ConsoleAccess:
    """What the other stacks give the console: the API and its client there, and where large files are uploaded."""

    http_api: apigateway.HttpApi
    client_id: str
    secret: secretsmanager.Secret
    documents_bucket: str


class ConsoleStack(Stack):
    """The console's function with its routes, and its table of sessions. Nothing in it must last."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        access: ConsoleAccess,
        sources: Sources,
        console_layer: Path,
        synthesizer: IStackSynthesizer,
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer)
        self._environment = environment
        encryption = stack_encryption(self, "SessionsKey", environment, description="The console's sessions")
        encryption.key.apply_removal_policy(RemovalPolicy.DESTROY)  # what it encrypts goes with the stack too
        sessions = self._sessions(encryption)
        function = ConnectorFunction(
            self,
            CONSOLE,
            environment,
            source=sources.functions,
            release=sources.release,
            layers=[
                self._layer("Libraries", sources.layer, "The libraries that the console shares with the connector"),
                self._layer("ConsoleLayer", console_layer, "console and the libraries that only it has"),
            ],
            timeout=ANSWER_TIMEOUT,
            memory=MEMORY,
            variables=self._variables(access, sessions),
        ).function
        function.add_to_role_policy(iam.PolicyStatement(actions=[*_ONE_SESSION], resources=[sessions.table_arn]))
        encryption.allow_use(function, *WRITE, service="dynamodb")
        access.secret.grant_read(function)
        self._add_routes(access.http_api, live(function))
        CfnOutput(self, "ConsoleUrl", value=f"{access.http_api.api_endpoint}{SIGNED_OUT_PATH}")

    def _layer(self, construct_id: str, folder: Path, description: str) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            construct_id,
            code=lambda_.Code.from_asset(str(folder)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description=description,
        )

    def _sessions(self, encryption: Encryption) -> dynamodb.Table:
        """One item a signed-in browser. A lost one is a new sign-in, so there is no second copy."""
        table = dynamodb.Table(
            self,
            "Sessions",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=encryption.key,
            time_to_live_attribute="expires_at",
            removal_policy=RemovalPolicy.DESTROY,
        )
        excepted(table, "DDB3", because="Sessions last twelve hours; a lost one is a new sign-in, never restored")
        return table

    def _variables(self, access: ConsoleAccess, sessions: dynamodb.Table) -> Mapping[str, str]:
        bucket = f"https://{access.documents_bucket}.s3.{Aws.REGION}.amazonaws.com"
        return {
            "API_URL": access.http_api.api_endpoint,
            "SIGN_IN_URL": self._address("SignInUrl", sign_in_url(self._environment), "The user pool's sign-in page"),
            "UPLOAD_ORIGIN": self._address("UploadOrigin", bucket, "Where presigned forms upload large files"),
            "CONSOLE_CLIENT_ID": access.client_id,
            "CONSOLE_SECRET_ID": access.secret.secret_arn,
            "SESSIONS_TABLE": sessions.table_name,
        }

    def _address(self, parameter: str, address: str, description: str) -> str:
        """The address; on the local stack a parameter, because its ports are others at each start."""
        if not self._environment.portal_at_deployment:
            return address
        return CfnParameter(self, parameter, default="http://127.0.0.1:9", description=description).value_as_string

    def _add_routes(self, api: apigateway.HttpApi, function: lambda_.IFunction) -> None:
        integration = HttpLambdaIntegration("ToConsole", function, scope_permission_to_route=False)
        for method, path in _ROUTES:
            route = apigateway.HttpRoute(
                self,
                f"{method.value} {path}".title().replace("/", "").replace(" ", ""),
                http_api=api,
                route_key=apigateway.HttpRouteKey.with_(path, method),
                integration=integration,
                authorizer=apigateway.HttpNoneAuthorizer(),
            )
            excepted(route, "APIG4", because="People have a cookie here: the function looks at the session itself")


def console_by_name(scope: Construct, environment: Environment) -> lambda_.IFunction:
    """The console's function, for the alarms and the dashboard of a stack that is deployed before it."""
    return lambda_.Function.from_function_name(scope, "ConsoleByName", function_name(environment, CONSOLE))
