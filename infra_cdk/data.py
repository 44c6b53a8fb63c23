"""What must outlive every deployment: the single table and the bucket of documents."""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra_cdk.encryption import Guard
from infra_cdk.environment import Environment

ORIGINAL_SUFFIX = "/original"
LIST_INDEX = "by_list"
DUE_INDEX = "by_readiness"
TEMPORARY_TAG = ("lifetime", "days")  # as adapters/s3.py marks what is made again whenever it is wanted


class ConnectorTable(Construct):
    """The single table (`PK = SUPPLIER#<id>`), an index that lists a supplier's things, one that finds what is due."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment, *, guard: Guard) -> None:
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
            encryption_key=guard.key,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute="expires_at",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=35
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

    def __init__(
        self, scope: Construct, construct_id: str, environment: Environment, *, arrivals: sqs.Queue, guard: Guard
    ) -> None:
        super().__init__(scope, construct_id)
        removal = RemovalPolicy.RETAIN if environment.keeps_data else RemovalPolicy.DESTROY
        # Who took which object when. Its own bucket: S3 delivers logs to none with a key of ours or with locks.
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
            # Locks are set object by object, when an invoice was submitted: no default retention, so that what was
            # never sent can be deleted with its tenant.
            object_lock_enabled=True,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=guard.key,
            bucket_key_enabled=True,
            enforce_ssl=environment.tls_only,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            cors=_cors(environment.upload_origins),
            server_access_logs_bucket=self.access_log,
            server_access_logs_prefix="documents/",
            lifecycle_rules=_lifecycle(),
            removal_policy=removal,
        )
        guard.lets_service("s3.amazonaws.com")
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
    """What becomes of objects by themselves. A lock is stronger than any of these."""
    return [
        s3.LifecycleRule(id="AbortUploads", abort_incomplete_multipart_upload_after=Duration.days(2)),
        # pages for Textract, exports of lists, copies from the portal: made again whenever they are wanted
        s3.LifecycleRule(
            id="ExpireTemporary",
            tag_filters={TEMPORARY_TAG[0]: TEMPORARY_TAG[1]},
            expiration=Duration.days(7),
            noncurrent_version_expiration=Duration.days(1),
        ),
        s3.LifecycleRule(id="ForgetOldVersions", noncurrent_version_expiration=Duration.days(90)),
        s3.LifecycleRule(id="ForgetDeleteMarkers", expired_object_delete_marker=True),
        # Ten years from the end of the accounting year, and a year more for what was sent long after it came. Also the
        # export of a supplier that is gone: it says which file is which invoice for as long as there are files.
        s3.LifecycleRule(id="ForgetAfterTheLaw", prefix="suppliers/", expiration=Duration.days(12 * 366)),
        # an invoice is rarely read after a year, but then at once
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
