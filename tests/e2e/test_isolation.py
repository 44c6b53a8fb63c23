"""Tenants are separated twice: IAM also refuses requests for another tenant that the code never makes.

The product's own wiring and adapters run here with the credentials of a deployed function, against the local stack
with IAM evaluation on. Each test first reaches the supplier's own data, so that a refusal is about the owner.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError

from chorus_connector.adapters.s3 import S3Attachments, S3Documents
from chorus_connector.adapters.secrets import SecretsManagerCredentials
from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.suppliers import DynamoSupplier
from chorus_connector.adapters.tenant_policy import Reach
from chorus_connector.domain.errors import NotFound
from chorus_connector.ports.values import SupplierWork
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring import clients
from chorus_connector.wiring.tenant import Tenant
from tests.e2e.conftest import Running
from tools.demo import Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

SUPPLIER_BOXES = [
    "upload_intake", "textract_ocr", "resolution", "submission", "tracking_sync", "credential_probe", "supplier_api",
    "invoice_api", "message_delivery", "notifier", "email_digest", "webhook_delivery", "notification_api",
]  # fmt: skip


@pytest.fixture(scope="module")
def two(stack: Running) -> tuple[str, str]:
    """Two suppliers with credentials."""
    return stack.new_supplier(), stack.new_supplier()


@pytest.fixture
def inside(stack: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Make this process run as that function: its environment, and a session of its role."""

    def become(box: str) -> None:
        for name, value in stack.stack.function_environment(box).items():
            monkeypatch.setenv(name, value)
        _forget()

    yield become
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for kept in (settings, clients.session, clients.function_client, clients.tenant_sessions):
        kept.cache_clear()


def refused(call: Callable[[], object]) -> bool:
    """Whether IAM refuses it; anything else that goes wrong is no proof."""
    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in {"AccessDenied", "AccessDeniedException", "403"}:
            return True
        raise
    return False


def session_of(supplier_id: str = "", *sirets: str, installation: bool = False) -> clients.ScopedSession:
    return clients.ScopedSession(Reach(supplier_id, sirets, installation))


def as_(supplier_id: str, service: str) -> Any:
    return session_of(supplier_id).client(service)  # type: ignore[call-overload]


def test_another_suppliers_files_are_refused_by_iam(
    stack: Running, two: tuple[str, str], inside: Callable[[str], None], samples: dict[str, Sample]
) -> None:
    mine, theirs = two
    bucket = stack.stack.outputs["DocumentsBucket"]
    for supplier_id in two:
        key = f"suppliers/{supplier_id}/documents/d1/original.kept"
        stack.stack.boto_client("s3").put_object(Bucket=bucket, Key=key, Body=supplier_id.encode())
    inside("upload_intake")
    own = S3Documents(as_(mine, "s3"), bucket, mine)
    own.put_ocr_subset("d1", b"mine")
    assert (
        as_(mine, "s3").get_object(Bucket=bucket, Key=f"suppliers/{mine}/documents/d1/ocr.pdf")["Body"].read()
        == b"mine"
    )
    foreign = S3Documents(as_(mine, "s3"), bucket, theirs)
    assert refused(lambda: foreign.original("d1", ""))
    assert refused(lambda: foreign.stored_original("d1", at_most=1))
    assert refused(lambda: foreign.uploads.first("d1"))
    assert refused(lambda: foreign.put_ocr_subset("d1", b"x"))
    assert refused(lambda: S3Attachments(as_(mine, "s3"), bucket, theirs).read("a1", ""))
    link = foreign.presign_download("d1", "", "f.pdf")
    assert httpx.get(link, trust_env=False).status_code == 403
    listed = lambda: as_(mine, "s3").list_objects_v2(Bucket=bucket, Prefix=f"suppliers/{mine}/")  # noqa: E731
    assert refused(listed)


def test_another_suppliers_secret_is_refused_by_iam(
    stack: Running, two: tuple[str, str], inside: Callable[[str], None]
) -> None:
    mine, theirs = two
    inside("submission")
    prefix = settings().secret_prefix
    assert SecretsManagerCredentials(as_(mine, "secretsmanager"), prefix, mine).get() is not None
    foreign = SecretsManagerCredentials(as_(mine, "secretsmanager"), prefix, theirs)
    assert refused(foreign.get)
    inside("supplier_api")
    foreign = SecretsManagerCredentials(as_(mine, "secretsmanager"), prefix, theirs)
    assert refused(foreign.get)
    assert refused(foreign.delete)
    inside("submission")
    assert Tenant(SupplierWork(theirs)).secrets.get() is not None, "theirs is there: it was refused, not missing"


def test_another_suppliers_records_are_refused_by_iam(
    stack: Running, two: tuple[str, str], inside: Callable[[str], None]
) -> None:
    mine, theirs = two
    table = stack.stack.outputs["TableName"]
    inside("invoice_api")
    assert DynamoSupplier(as_(mine, "dynamodb"), table, mine).get().supplier_id == mine
    assert refused(DynamoSupplier(as_(mine, "dynamodb"), table, theirs).get)
    foreign = DynamoInvoices(as_(mine, "dynamodb"), table, theirs)
    assert refused(lambda: foreign.page(None, limit=1, cursor=None))
    assert refused(lambda: foreign.release_number("F-1", "d1"))
    assert refused(lambda: as_(mine, "dynamodb").scan(TableName=table))
    keys = [{"PK": {"S": f"SUPPLIER#{each}"}, "SK": {"S": "SUPPLIER"}} for each in two]
    assert refused(lambda: as_(mine, "dynamodb").batch_get_item(RequestItems={table: {"Keys": keys}}))


@pytest.mark.parametrize("box", ["textract_ocr", "resolution", "submission"])
def test_a_session_reads_the_public_directory_with_its_own_items_and_never_writes_it(
    stack: Running, two: tuple[str, str], inside: Callable[[str], None], box: str
) -> None:
    mine, theirs = two
    table = stack.stack.outputs["TableName"]
    inside(box)
    client = as_(mine, "dynamodb")
    recipient = {"PK": {"S": "RECIPIENT#21000031100014"}, "SK": {"S": "RECIPIENT"}}

    def together(supplier_id: str) -> Any:
        keys = [{"PK": {"S": f"SUPPLIER#{supplier_id}"}, "SK": {"S": "SUPPLIER"}}, recipient]
        return client.batch_get_item(RequestItems={table: {"Keys": keys}})["Responses"][table]

    assert together(mine)
    assert refused(lambda: together(theirs))
    assert refused(lambda: client.put_item(TableName=table, Item=recipient))
    assert refused(lambda: client.delete_item(TableName=table, Key=recipient))


@pytest.mark.parametrize("box", SUPPLIER_BOXES)
def test_a_function_reaches_one_suppliers_data_in_its_session_only(
    stack: Running, two: tuple[str, str], inside: Callable[[str], None], box: str
) -> None:
    mine, theirs = two
    inside(box)
    table, bucket = stack.stack.outputs["TableName"], stack.stack.outputs["DocumentsBucket"]
    assert Tenant(SupplierWork(mine)).supplier.supplier_id == mine
    assert refused(DynamoSupplier(as_(mine, "dynamodb"), table, theirs).get)
    # and its own role reaches no supplier's at all
    assert refused(DynamoSupplier(clients.function_client("dynamodb"), table, mine).get)
    assert refused(
        lambda: clients.function_client("s3").get_object(Bucket=bucket, Key=f"suppliers/{mine}/documents/d/original")
    )
    secret = f"{stack.stack.outputs['SecretPrefix']}{mine}/credentials"
    assert refused(lambda: clients.function_client("secretsmanager").get_secret_value(SecretId=secret))


COMMUNE = "21440109300015"
"""A structure that no supplier is."""


@pytest.mark.parametrize("box", ["supplier_api", "supplier_removal", "message_api", "message_delivery"])
@pytest.mark.parametrize("write", ["put_item", "delete_item"])
def test_no_session_writes_a_right_a_siret_or_a_message_of_another(
    stack: Running, two: tuple[str, str], inside: Callable[[str], None], box: str, write: str
) -> None:
    mine, theirs = two
    inside("supplier_api")
    own, siret = (Tenant(SupplierWork(each)).supplier.siret for each in two)
    inside(box)
    table = stack.stack.outputs["TableName"]

    def not_refused(session: clients.ScopedSession, *places: tuple[str, str]) -> list[str]:
        allowed = []
        for partition, sort in places:
            key = {"PK": {"S": partition}, "SK": {"S": sort}}
            asked = {"Item": key} if write == "put_item" else {"Key": key}
            if not refused(partial(getattr(session.client("dynamodb"), write), TableName=table, **asked)):
                allowed.append(f"{partition} {sort}")
        return allowed

    foreign = [
        ("ANNOUNCEMENT#MSG_000000001", "ANNOUNCEMENT"),
        ("PRINCIPAL#mallory", f"SUPPLIER#{theirs}"),
        ("PRINCIPAL#mallory", f"SUPPLIER#{mine}"),
        ("PRINCIPAL#mallory", f"SUBSCRIPTION#{siret}"),
        (f"ACCESS#{theirs}", "MEMBER#mallory"),
        (f"SUPPLIER#{theirs}", "MEMBER#mallory"),
        *(
            (f"{kind}#{each}", sort)
            for each in (siret, COMMUNE)
            for kind, sort in [
                ("SIRET", "NOT_THERE"), ("STRUCTURE", "MESSAGE#NOT_THERE"), ("SPACE", "SUBSCRIBER#mallory"),
                ("INBOX", "INBOX#NOT_THERE#"),
            ]
        ),
    ]  # fmt: skip
    installation = ("INSTALLATION", "DELETED#NOT_THERE")
    if box.startswith("supplier"):
        assert not_refused(session_of(mine), (f"SUPPLIER#{mine}", "NOT_THERE")), "its own is allowed"
        assert not not_refused(session_of(mine), *foreign, installation, (f"SIRET#{own}", "NOT_THERE"))
        assert not not_refused(session_of(mine, own), *foreign, installation)
        assert not not_refused(session_of(mine, own, installation=True), *foreign)
    else:
        assert not_refused(session_of("", own), (f"STRUCTURE#{own}", "NOT_THERE")), "its own is allowed"
        assert not not_refused(session_of("", own), *foreign, installation)


@pytest.mark.parametrize("box", ["invoice_api", "notification_api", "supplier_api", "message_api", "message_delivery"])
def test_the_own_role_of_a_function_writes_no_right_no_siret_and_no_message(
    stack: Running, two: tuple[str, str], inside: Callable[[str], None], box: str
) -> None:
    inside(box)
    table, client = stack.stack.outputs["TableName"], clients.function_client("dynamodb")
    for partition in (
        f"ACCESS#{two[0]}",
        f"SPACE#{COMMUNE}",
        f"SIRET#{COMMUNE}",
        f"STRUCTURE#{COMMUNE}",
        "PRINCIPAL#m",
    ):
        key = {"PK": {"S": partition}, "SK": {"S": "MEMBER#mallory"}}
        assert refused(partial(client.put_item, TableName=table, Item=key)), partition
        assert refused(partial(client.delete_item, TableName=table, Key=key)), partition
        batch = {table: [{"PutRequest": {"Item": key}}]}
        assert refused(partial(client.batch_write_item, RequestItems=batch)), partition


def test_a_function_cannot_assume_another_functions_tenant_role(
    stack: Running, two: tuple[str, str], inside: Callable[[str], None]
) -> None:
    inside("submission")
    wider = settings().tenant_role_arn
    inside("textract_ocr")
    assert settings().tenant_role_arn != wider
    take = {"RoleSessionName": f"supplier-{two[0]}"}
    assert refused(lambda: clients.function_client("sts").assume_role(RoleArn=wider, **take))
    own = settings().tenant_role_arn
    assert clients.function_client("sts").assume_role(RoleArn=own, **take)["Credentials"]
    assert refused(
        lambda: clients.function_client("sts").assume_role(RoleArn=own, RoleSessionName="nobody-in-particular")
    )


def test_only_their_own_functions_reach_webhooks_secrets_and_credentials(
    two: tuple[str, str], inside: Callable[[str], None]
) -> None:
    mine = two[0]
    inside("submission")
    prefix = settings().secret_prefix
    read = lambda name: as_(mine, "secretsmanager").get_secret_value(SecretId=f"{prefix}{mine}/{name}")  # noqa: E731
    assert not refused(lambda: read("credentials"))
    assert refused(lambda: read("webhooks/w1"))
    inside("notification_api")
    assert refused(lambda: read("credentials"))


def test_an_id_that_is_none_is_not_found_before_any_session(inside: Callable[[str], None]) -> None:
    inside("supplier_api")
    with pytest.raises(NotFound):
        _ = Tenant(SupplierWork("*")).suppliers


def test_another_tenants_things_are_not_found_by_the_api(stack: Running, two: tuple[str, str]) -> None:
    """The first wall: the tenant comes from the caller's membership; the second one is above."""
    stranger = stack.as_user(f"stranger-{uuid4().hex[:8]}")
    for path in (
        *("invoices", "tracking", "notifications", "configuration/access", "documents/attachments", "export"),
        *("layouts", "layouts/l1"),
    ):
        with pytest.raises(RuntimeError, match=" 404 "):
            stranger.call("GET", f"/suppliers/{two[0]}/{path}")
