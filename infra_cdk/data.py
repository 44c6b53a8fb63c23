"""What must outlive every deployment: the single table and the bucket of documents."""

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra_cdk.environment import Environment

ORIGINAL_SUFFIX = "/original"
LIST_INDEX = "by_list"
DUE_INDEX = "by_readiness"


class ConnectorTable(Construct):
    """The single table (`PK = SUPPLIER#<id>`), an index that lists a supplier's things, one that finds what is due."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        string = dynamodb.AttributeType.STRING
        partition = dynamodb.Attribute(name="PK", type=string)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=partition,
            sort_key=dynamodb.Attribute(name="SK", type=string),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute="expires_at",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=environment.keeps_data,
            removal_policy=RemovalPolicy.RETAIN if environment.keeps_data else RemovalPolicy.DESTROY,
        )
        self.table.add_global_secondary_index(
            index_name=LIST_INDEX,
            partition_key=partition,
            sort_key=dynamodb.Attribute(name="list_sort", type=string),
            projection_type=dynamodb.ProjectionType.ALL,
        )
        self.table.add_global_secondary_index(
            index_name=DUE_INDEX,
            partition_key=dynamodb.Attribute(name="ready_shard", type=string),
            sort_key=dynamodb.Attribute(name="ready_sort", type=string),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )


class DocumentBucket(Construct):
    """Originals and what was read from them; each original's arrival goes to the arrivals queue.

    Notification and queue policy are plain CloudFormation properties: the higher-level way brings a custom
    resource with a function of its own. The policy names the account instead of the bucket, whose name is not
    known before it exists while S3 tries the queue when the bucket is made.
    """

    def __init__(self, scope: Construct, construct_id: str, environment: Environment, *, arrivals: sqs.Queue) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=environment.tls_only,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            cors=_cors(environment.upload_origins),
            removal_policy=RemovalPolicy.RETAIN if environment.keeps_data else RemovalPolicy.DESTROY,
        )
        s3_may_send = arrivals.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ArrivalsFromOurBuckets",
                principals=[iam.ServicePrincipal("s3.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[arrivals.queue_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        resource = self.bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            queue_configurations=[
                s3.CfnBucket.QueueConfigurationProperty(
                    event="s3:ObjectCreated:*",
                    queue=arrivals.queue_arn,
                    filter=s3.CfnBucket.NotificationFilterProperty(
                        s3_key=s3.CfnBucket.S3KeyFilterProperty(
                            rules=[s3.CfnBucket.FilterRuleProperty(name="suffix", value=ORIGINAL_SUFFIX)]
                        )
                    ),
                )
            ]
        )
        assert s3_may_send.policy_dependable is not None
        self.bucket.node.add_dependency(s3_may_send.policy_dependable)


def _cors(origins: tuple[str, ...]) -> list[s3.CorsRule] | None:
    if not origins:
        return None
    return [
        s3.CorsRule(
            allowed_methods=[s3.HttpMethods.POST],
            allowed_origins=list(origins),
            allowed_headers=["*"],
            exposed_headers=["ETag"],
            max_age=3600,
        )
    ]
