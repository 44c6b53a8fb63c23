"""A fixed address for calls that leave AWS: a network with NAT gateways, for the functions that call others.

The other functions stay outside of it. Inside, S3 and DynamoDB are reached by gateway endpoints, which cost nothing;
every other AWS service is reached through the NAT gateways, like the portal and receivers of webhooks.
"""

from collections.abc import Iterable

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.environment import Environment
from infra_cdk.rules import excepted

CALLERS = (
    "submission",
    "resolution",
    "tracking_sync",
    "credential_probe",
    "invoice_api",
    "supplier_api",
    "webhook_delivery",
)
"""The functions that call the portal or receivers of webhooks."""

_RANGE = "10.41.0.0/20"
_INTERFACES = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]
"""What Lambda needs to connect a function to a network. AWS allows some of it on all resources only."""


class Egress(Construct):
    """The network: one availability zone, NAT gateway and fixed address for each allocation id."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        addresses = list(environment.fixed_addresses)
        self.network = ec2.Vpc(
            self,
            "Network",
            ip_addresses=ec2.IpAddresses.cidr(_RANGE),
            max_azs=len(addresses),
            nat_gateways=len(addresses),
            nat_gateway_provider=ec2.NatProvider.gateway(eip_allocation_ids=addresses),
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Gateways", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=28, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name="Functions", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=22),
            ],
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "Table": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
        )
        excepted(
            self.network,
            "VPC7",
            because="Only our functions are in the network and nothing listens there; they log each call of the portal"
            " and each delivery themselves",
        )
        self.group = ec2.SecurityGroup(
            self, "Calls", vpc=self.network, description="Functions that call the portal and receivers of webhooks"
        )

    def carry(self, functions: Iterable[lambda_.Function]) -> None:
        """Let these functions' calls leave through the network.

        Lambda connects a function with the function's own role. The function's code may not use these permissions
        (`lambda:SourceFunctionArn` is set for calls of the code only).
        """
        subnets = self.network.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS).subnet_ids
        for function in functions:
            resource = function.node.default_child
            assert isinstance(resource, lambda_.CfnFunction)
            resource.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
                subnet_ids=subnets, security_group_ids=[self.group.security_group_id]
            )
            # by its name: a reference would make the function and its role depend on each other
            name = str(resource.function_name)
            itself = Stack.of(self).format_arn(
                service="lambda", resource="function", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
            )
            role = function.role
            assert isinstance(role, iam.Role)
            role.add_to_policy(iam.PolicyStatement(actions=_INTERFACES, resources=["*"]))
            role.add_to_policy(
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    actions=_INTERFACES,
                    resources=["*"],
                    conditions={"ArnLike": {"lambda:SourceFunctionArn": [itself, f"{itself}:*"]}},
                )
            )
            excepted(
                role,
                "IAM5[Resource::*]",
                because="Lambda's network interfaces: AWS allows them on all resources only; the code may not use it",
            )
