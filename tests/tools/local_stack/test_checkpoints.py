"""The state of the local AWS survives a kill of its parent process and of the emulator itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from tests.patience import eventually
from tools.local_stack.checkpoints import Checkpoints, latest
from tools.local_stack.kept_process import KeptProcess
from tools.local_stack.ports import LOCALHOST, free_ports, is_listening

pytestmark = pytest.mark.acceptance

NOTE = {"S": "written"}
KEY = {"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": "PROFILE"}}


def environment(folder: Path, port: int) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": LOCALHOST,
        "MINISTACK_HOST": LOCALHOST,
        "MINISTACK_REGION": "eu-west-3",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker",
        "TMPDIR": str(folder),
        "PERSIST_STATE": "1",
        "S3_PERSIST": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "CHECKPOINT_SECONDS": "0.2",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Callable[[], tuple[KeptProcess, Any]]]:
    """Starts the emulator in the same folder and on the same port, each time it is called."""
    (port,) = free_ports(1)
    started: list[KeptProcess] = []

    def start() -> tuple[KeptProcess, Any]:
        log = tmp_path / "log"
        process = KeptProcess(
            "tools.local_stack.checkpoints", ["ministack"], environment=environment(tmp_path, port), log=log
        )
        started.append(process)
        process.wait_until(lambda: _is_ready(port))
        return process, _dynamodb(port)

    yield start
    for process in started:
        process.stop()


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://{LOCALHOST}:{port}/_ministack/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False


def _dynamodb(port: int) -> Any:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-3")
    return session.client("dynamodb", endpoint_url=f"http://{LOCALHOST}:{port}")


def _write(dynamodb: Any) -> None:
    names = [{"AttributeName": name, "AttributeType": "S"} for name in KEY]
    keys = [{"AttributeName": name, "KeyType": kind} for name, kind in zip(KEY, ("HASH", "RANGE"), strict=True)]
    dynamodb.create_table(
        TableName="connector",
        AttributeDefinitions=names,
        KeySchema=keys,
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    dynamodb.put_item(TableName="connector", Item=KEY | {"note": NOTE})


def _changes(dynamodb: Any) -> list[tuple[int, Any]]:
    """Number and note of every change the table's stream remembers."""
    stream = dynamodb.describe_table(TableName="connector")["Table"]["LatestStreamArn"]
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-3")
    streams = session.client("dynamodbstreams", endpoint_url=dynamodb.meta.endpoint_url)
    (shard,) = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    place = {"StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    records = streams.get_records(ShardIterator=streams.get_shard_iterator(**place)["ShardIterator"])["Records"]
    return [(int(each["dynamodb"]["SequenceNumber"]), each["dynamodb"]["NewImage"]["note"]) for each in records]


def test_an_emulator_that_is_killed_comes_back_as_at_its_last_checkpoint_and_says_so(
    emulator: Callable[[], tuple[KeptProcess, Any]], tmp_path: Path
) -> None:
    process, dynamodb = emulator()
    _write(dynamodb)
    written = datetime.now(UTC)
    assert eventually(lambda: (found := latest(tmp_path / "state")) and found.at > written)
    os.kill(process.pid, signal.SIGKILL)
    process.stop()
    found = latest(tmp_path / "state")
    assert found is not None
    assert not found.orderly
    _, dynamodb = emulator()
    assert dynamodb.get_item(TableName="connector", Key=KEY)["Item"]["note"] == NOTE


def test_a_tables_stream_continues_where_it_was_so_that_its_readers_miss_nothing(
    emulator: Callable[[], tuple[KeptProcess, Any]], tmp_path: Path
) -> None:
    process, dynamodb = emulator()
    _write(dynamodb)
    written = datetime.now(UTC)
    assert eventually(lambda: (found := latest(tmp_path / "state")) and found.at > written)
    before = _changes(dynamodb)
    os.kill(process.pid, signal.SIGKILL)
    process.stop()
    _, dynamodb = emulator()
    dynamodb.put_item(TableName="connector", Item=KEY | {"note": {"S": "after"}})
    first, then = _changes(dynamodb)
    assert [first] == before
    assert then[0] > first[0]
    assert then[1] == {"S": "after"}


def test_a_starter_that_is_killed_loses_nothing_and_leaves_nothing_running(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    starter = (
        "import os, pathlib, time\n"
        "from tools.local_stack.kept_process import KeptProcess\n"
        "KeptProcess('tools.local_stack.checkpoints', ['ministack'], environment=dict(os.environ),"
        f" log=pathlib.Path({str(tmp_path / 'log')!r}))\n"
        "time.sleep(60)\n"
    )
    surroundings = environment(tmp_path, port) | {"CHECKPOINT_SECONDS": "3600"}
    with subprocess.Popen([sys.executable, "-c", starter], env=surroundings) as process:
        try:
            assert eventually(lambda: _is_ready(port))
            _write(_dynamodb(port))
        finally:
            process.send_signal(signal.SIGKILL)
    assert eventually(lambda: latest(tmp_path / "state") is not None and not is_listening(port))
    found = latest(tmp_path / "state")
    assert found is not None
    assert found.orderly
    assert NOTE["S"] in (found.folder / "dynamodb.json").read_text()


def test_only_a_complete_checkpoint_is_valid_and_only_older_checkpoints_are_removed(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    assert latest(tmp_path) is None
    (tmp_path / "writing-29990101").mkdir()
    (tmp_path / "lambda-blobs").mkdir()
    assert latest(tmp_path) is None
    checkpoints.save({"sqs": lambda: {"queues": 1}}, orderly=False)
    checkpoints.save({"sqs": lambda: {"queues": 2}}, orderly=True)
    checkpoints.save({"sqs": lambda: {"queues": 3}}, orderly=False)
    found = latest(tmp_path)
    assert found is not None
    assert found.orderly
    assert '"queues": 2' in (found.folder / "sqs.json").read_text()
    assert set(tmp_path.iterdir()) == {found.folder, tmp_path / "lambda-blobs"}
