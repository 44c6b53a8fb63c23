"""A second copy of table and files in another region or account, against the loss of everything in this one.

AWS Backup copies the table each night. The files are replicated by S3 as they arrive, because a record names a file by
its version id: S3's replication keeps version ids, tags and locks, and a restore of AWS Backup would give new ones.
Deletions are not replicated. The vault, the bucket and the key of the copy are not ours: this installation may add to
them and cannot delete there.
"""

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_backup as backup
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra_cdk.encryption import Encryption
from infra_cdk.environment import Environment
from infra_cdk.rules import excepted

REPLICATION_RULE = "SecondCopy"


def vault_name(environment: Environment) -> str:
    """The vault of this region, which holds each copy of the table for a day on its way."""
    return f"chorus-connector-{environment.name}"


class SecondCopy(Construct):
    """The nightly copy of the table and the replication of the bucket."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        table: dynamodb.Table,
        documents: s3.Bucket,
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        self._copy_table(table, encryption)
        self._replicate(documents, encryption)

    def _copy_table(self, table: dynamodb.Table, encryption: Encryption) -> None:
        vault = backup.BackupVault(
            self,
            "Vault",
            backup_vault_name=vault_name(self._environment),
            encryption_key=encryption.key,
            removal_policy=RemovalPolicy.RETAIN if self._environment.keeps_data else RemovalPolicy.DESTROY,
        )
        plan = backup.BackupPlan(self, "Plan", backup_vault=vault)
        plan.add_rule(
            backup.BackupPlanRule(
                rule_name="EveryNight",
                schedule_expression=events.Schedule.cron(hour="0", minute="30"),  # UTC, before the night's tracking
                start_window=Duration.hours(1),
                completion_window=Duration.hours(12),
                delete_after=Duration.days(1),
                copy_actions=[
                    backup.BackupPlanCopyActionProps(
                        destination_backup_vault=backup.BackupVault.from_backup_vault_arn(
                            self, "OtherVault", self._environment.second_copy_vault
                        ),
                        delete_after=Duration.days(self._environment.second_copy_days),
                    )
                ],
            )
        )
        role = iam.Role(
            self,
            "BackupRole",
            assumed_by=iam.ServicePrincipal(
                "backup.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWSBackupServiceRolePolicyForBackup")
            ],
        )
        excepted(
            role,
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]",
            because="AWS documents this policy for copies of a table; only AWS Backup may assume the role, and the plan"
            " selects this table only",
        )
        plan.add_selection(
            "Table",
            resources=[backup.BackupResource.from_dynamo_db_table(table)],
            role=role.without_policy_updates(),
        )

    def _replicate(self, documents: s3.Bucket, encryption: Encryption) -> None:
        to, key = self._environment.second_copy_bucket, self._environment.second_copy_key
        role = iam.Role(
            self,
            "ReplicationRole",
            assumed_by=iam.ServicePrincipal(
                "s3.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
        )
        for actions, where in (
            (("s3:GetReplicationConfiguration", "s3:ListBucket"), documents.bucket_arn),
            (
                (
                    "s3:GetObjectVersionForReplication",
                    "s3:GetObjectVersionAcl",
                    "s3:GetObjectVersionTagging",
                    "s3:GetObjectRetention",
                    "s3:GetObjectLegalHold",
                ),
                documents.arn_for_objects("suppliers/*"),
            ),
            (("s3:ReplicateObject", "s3:ReplicateTags"), f"{to}/suppliers/*"),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=[where]))
        encryption.allow_use(role, "kms:Decrypt", service="s3")
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:Encrypt", "kms:GenerateDataKey"],
                resources=[key],
                conditions={"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
            )
        )
        resource = documents.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        for bucket in (f"<{Stack.of(self).get_logical_id(resource)}.Arn>", to):
            excepted(
                role,
                f"IAM5[Resource::{bucket}/suppliers/*]",
                because="Every file of every supplier is copied, to one bucket",
            )
        of_bucket = s3.CfnBucket
        resource.replication_configuration = of_bucket.ReplicationConfigurationProperty(
            role=role.role_arn,
            rules=[
                of_bucket.ReplicationRuleProperty(
                    id=REPLICATION_RULE,
                    priority=1,
                    status="Enabled",
                    filter=of_bucket.ReplicationRuleFilterProperty(prefix="suppliers/"),
                    delete_marker_replication=of_bucket.DeleteMarkerReplicationProperty(status="Disabled"),
                    source_selection_criteria=of_bucket.SourceSelectionCriteriaProperty(
                        sse_kms_encrypted_objects=of_bucket.SseKmsEncryptedObjectsProperty(status="Enabled")
                    ),
                    destination=of_bucket.ReplicationDestinationProperty(
                        bucket=to,
                        encryption_configuration=of_bucket.EncryptionConfigurationProperty(replica_kms_key_id=key),
                        metrics=of_bucket.MetricsProperty(status="Enabled"),
                    ),
                )
            ],
        )
