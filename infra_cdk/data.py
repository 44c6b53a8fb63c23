"""The data that outlives every deployment: the single table and the bucket of documents."""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from chorus_connector.adapters.table import keys
from infra_cdk.encryption import Encryption
from infra_cdk.environment import Environment

ORIGINAL_SUFFIX = "/original"
TEMPORARY_TAG = ("lifetime", "days")  # adapters/s3.py sets it on files that can be made again


class ConnectorTable(Construct):
    """The single table with its three indexes; `chorus_connector.adapters.table.keys` describes its items."""

    def __init__(
        self, scope: Construct, construct_id: str, environment: Environment, *, encryption: Encryption
    ) -> None:
        super().__init__(scope, construct_id)
        string = dynamodb.AttributeType.STRING
        partition = dynamodb.Attribute(name="PK", type=string)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=partition,
            sort_key=dynamodb.Attribute(name="SK", type=string),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=encryption.key,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute=keys.EXPIRES_AT,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=35
            ),
            deletion_protection=environment.keeps_data,
            removal_policy=RemovalPolicy.RETAIN if environment.keeps_data else RemovalPolicy.DESTROY,
        )
        self.table.add_global_secondary_index(
            index_name=keys.LIST_INDEX,
            partition_key=partition,
            sort_key=dynamodb.Attribute(name=keys.LIST_SORT, type=string),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=list(keys.LIST_ATTRIBUTES),
        )
        self.table.add_global_secondary_index(
            index_name=keys.PRINCIPAL_INDEX,
            partition_key=dynamodb.Attribute(name=keys.PRINCIPAL, type=string),
            sort_key=partition,
            projection_type=dynamodb.ProjectionType.ALL,
        )
        self.table.add_global_secondary_index(
            index_name=keys.DUE_INDEX,
            partition_key=dynamodb.Attribute(name=keys.DUE_KIND, type=string),
            sort_key=dynamodb.Attribute(name=keys.DUE_SORT, type=string),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )


class DocumentBucket(Construct):
    """The bucket of originals and what is derived from them. Each new original sends a message to the intake queue.

    Notification and queue policy are plain CloudFormation properties, because CDK's construct would add a custom
    resource with a function of its own. The policy names the account instead of the bucket: S3 tests the queue while
    it creates the bucket, and the bucket's name is not known before.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        arrivals: sqs.Queue,
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        removal = RemovalPolicy.RETAIN if environment.keeps_data else RemovalPolicy.DESTROY
        # Access logs. In a bucket of their own, because S3 delivers no logs to one with a customer key or object locks.
        self.access_log = s3.Bucket(
            self,
            "AccessLog",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=environment.tls_only,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[s3.LifecycleRule(id="Forget", expiration=Duration.days(environment.log_retention_days))],
            removal_policy=removal,
        )
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            versioned=True,
            # The submission locks single objects. No default retention, so that unsent files can be deleted with their
            # tenant.
            object_lock_enabled=True,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=encryption.key,
            bucket_key_enabled=True,
            enforce_ssl=environment.tls_only,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            cors=_cors(environment),
            server_access_logs_bucket=self.access_log,
            server_access_logs_prefix="documents/",
            lifecycle_rules=_lifecycle(),
            removal_policy=removal,
        )
        encryption.allow_service("s3.amazonaws.com")
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


def _lifecycle() -> list[s3.LifecycleRule]:
    """Rules for old objects. An object lock overrides all of them."""
    return [
        s3.LifecycleRule(id="AbortUploads", abort_incomplete_multipart_upload_after=Duration.days(2)),
        # pages for Textract, exports of lists, copies from the portal: all can be made again
        s3.LifecycleRule(
            id="ExpireTemporary",
            tag_filters={TEMPORARY_TAG[0]: TEMPORARY_TAG[1]},
            expiration=Duration.days(7),
            noncurrent_version_expiration=Duration.days(1),
        ),
        s3.LifecycleRule(id="ForgetOldVersions", noncurrent_version_expiration=Duration.days(90)),
        s3.LifecycleRule(id="ForgetDeleteMarkers", expired_object_delete_marker=True),
        # Ten years from the end of the accounting year, and one more for invoices that were sent late. It includes a
        # removed supplier's export, which says which file is which invoice as long as there are files.
        s3.LifecycleRule(id="ForgetAfterTheLaw", prefix="suppliers/", expiration=Duration.days(12 * 366)),
        # an invoice is rarely read after a year, but then without delay
        s3.LifecycleRule(
            id="StoreOldOnesCheaply",
            prefix="suppliers/",
            transitions=[
                s3.Transition(
                    storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, transition_after=Duration.days(365)
                )
            ],
        ),
    ]


def _cors(environment: Environment) -> list[s3.CorsRule] | None:
    """The sites whose scripts may read the answer to an upload.

    The console's is the API's address, which this stack, deployed before the API, can only name by its pattern.
    """
    origins = environment.upload_origins
    if environment.console and "*" not in origins:
        origins = (*origins, f"https://*.execute-api.{Aws.REGION}.amazonaws.com")
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
