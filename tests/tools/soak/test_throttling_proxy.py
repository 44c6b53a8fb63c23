"""The proxy's refusals are what boto3 takes for DynamoDB's and S3's own, and it passes everything else through."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import uvicorn
from botocore.config import Config
from botocore.exceptions import ClientError

from chorus_connector.adapters.table.conflicts import is_conflict
from tests.dynamodb_table import create_table
from tools.local_stack.kept_process import KeptProcess
from tools.local_stack.ports import LOCALHOST, free_ports, is_listening
from tools.soak.throttling_proxy import Trouble, create_app

THROTTLED = {"ProvisionedThroughputExceededException", "ThrottlingException", "ServiceUnavailable"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The local AWS itself, with nothing deployed on it."""
    folder, (port,) = tmp_path_factory.mktemp("service"), free_ports(1)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": LOCALHOST,
        "MINISTACK_HOST": LOCALHOST,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker",
        "TMPDIR": str(folder),
    }
    with KeptProcess("ministack", [], environment=environment, log=folder / "log") as process:
        process.wait_until(lambda: is_listening(port))
        yield f"http://{LOCALHOST}:{port}"


@pytest.fixture(scope="module")
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture(scope="module")
def proxy(service: str, trouble: Trouble) -> Iterator[str]:
    (port,) = free_ports(1)
    config = uvicorn.Config(create_app(service, trouble), host=LOCALHOST, port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not is_listening(port):
        time.sleep(0.01)
    yield f"http://{LOCALHOST}:{port}"
    server.should_exit = True
    thread.join()


def client(name: str, proxy: str) -> Any:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-3")
    return session.client(name, endpoint_url=proxy, config=Config(retries={"total_max_attempts": 1}))


def test_what_is_not_failed_passes_unchanged(proxy: str, trouble: Trouble) -> None:
    trouble.share = 0
    s3 = client("s3", proxy)
    s3.create_bucket(Bucket="papers", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    s3.put_object(Bucket="papers", Key="a b/é.pdf", Body=b"%PDF" * 5000)
    assert s3.get_object(Bucket="papers", Key="a b/é.pdf")["Body"].read() == b"%PDF" * 5000
    assert s3.head_object(Bucket="papers", Key="a b/é.pdf")["ContentLength"] == 20000


def test_what_is_failed_has_the_services_own_names(proxy: str, trouble: Trouble) -> None:
    trouble.share = 1
    s3, dynamodb = client("s3", proxy), client("dynamodb", proxy)
    codes: dict[str, set[str]] = {"s3": set(), "dynamodb": set()}
    for _ in range(25):
        with pytest.raises(ClientError) as refused:
            s3.get_object(Bucket="papers", Key="x")
        codes["s3"].add(refused.value.response["Error"]["Code"])
        with pytest.raises(ClientError) as refused:
            dynamodb.list_tables()
        codes["dynamodb"].add(refused.value.response["Error"]["Code"])
    assert codes["s3"] == {"SlowDown", "ServiceUnavailable", "NoSuchKey"}  # a failure of its own is passed on
    assert codes["dynamodb"] == THROTTLED | {"InternalServerError"}


def test_some_calls_fail_after_they_were_done(proxy: str, service: str, trouble: Trouble) -> None:
    trouble.share = 0
    create_table(client("dynamodb", proxy), "things")
    trouble.share = 1
    counted, dynamodb = trouble.counted["dynamodb failed after"], client("dynamodb", proxy)
    for number in range(30):
        item = {"PK": {"S": f"{number}"}, "SK": {"S": "x"}}
        with pytest.raises(ClientError):
            dynamodb.put_item(TableName="things", Item=item)
    done = client("dynamodb", service).scan(TableName="things")["Count"]
    assert done == trouble.counted["dynamodb failed after"] - counted
    assert 0 < done < 30


def test_writes_also_meet_other_transactions_and_change_nothing_then(
    proxy: str, service: str, trouble: Trouble
) -> None:
    dynamodb, straight = client("dynamodb", proxy), client("dynamodb", service)
    create_table(straight, "shared")
    trouble.share = 1
    met, written = 0, set()
    for number in range(40):
        put = {"Put": {"TableName": "shared", "Item": {"PK": {"S": f"{number}"}, "SK": {"S": "x"}}}}
        with pytest.raises(ClientError) as refused:
            dynamodb.transact_write_items(TransactItems=[put])
        met += is_conflict(refused.value.response)
        if refused.value.response["Error"]["Code"] == "InternalServerError":
            written.add(f"{number}")
    assert met > 0
    assert {item["PK"]["S"] for item in straight.scan(TableName="shared")["Items"]} == written
    codes = set()
    for _ in range(40):
        with pytest.raises(ClientError) as refused:
            dynamodb.delete_item(TableName="shared", Key={"PK": {"S": "c"}, "SK": {"S": "x"}})
        codes.add(refused.value.response["Error"]["Code"])
    assert "TransactionConflictException" in codes
