"""The local stack, deployed from the synthesised templates with functions that only return their event."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from reportlab.pdfgen.canvas import Canvas

from infra_cdk.connector_stack import FUNCTIONS
from tests.patience import eventually
from tools.local_stack.deploy import deploy
from tools.local_stack.ports import is_listening
from tools.local_stack.stack import LocalStack
from tools.local_stack.synthesis import local_templates
from tools.operations.rollback import Rollback

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

ECHO = """
import json, os

def lambda_handler(event, context):
    if "Records" in event:
        print(json.dumps(event))
        failed = [each["messageId"] for each in event["Records"] if "poison" in each["body"]]
        return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}
    if "requestContext" in event:
        import chorus_connector
        claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
        body = {"box": os.environ["POWERTOOLS_SERVICE_NAME"], "claims": claims, "package": chorus_connector.__file__}
        return {"statusCode": 200, "body": json.dumps(body | {"parameters": event["pathParameters"]})}
    return {"event": event, "portal": os.environ.get("CHORUS_API_BASE")}
"""


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    functions = tmp_path_factory.mktemp("functions")
    for box in FUNCTIONS:
        (functions / box).mkdir()
        (functions / box / "handler.py").write_text(ECHO)
    return functions


@pytest.fixture(scope="module")
def stack(echoing: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    folder = tmp_path_factory.mktemp("stack")
    with LocalStack(folder, chorus_base_url="http://127.0.0.1:9", functions=echoing, retry_after=1) as running:
        yield running


def call(stack: LocalStack, path: str, token: str | None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.get(stack.api_url + path, headers=headers, timeout=30, trust_env=False)


def test_a_call_with_a_token_reaches_its_function_with_the_package_from_the_layer(stack: LocalStack) -> None:
    token = stack.user_token("camille")
    answer = call(stack, "/suppliers/s-1/invoices/i-2/form", token).json()
    assert answer["box"] == "invoice_api"
    assert answer["parameters"] == {"supplier_id": "s-1", "proxy": "i-2/form"}
    assert answer["claims"]["sub"] == stack.subject(token)
    assert "/layer_0/python/chorus_connector/" in answer["package"]


def test_an_administrator_is_known_by_the_group(stack: LocalStack) -> None:
    answer = call(stack, "/suppliers", stack.admin_token()).json()
    assert answer["box"] == "supplier_api"
    assert answer["claims"]["cognito:groups"] == "[installation_administrators]"


def test_a_system_calls_with_its_client_credentials(stack: LocalStack) -> None:
    answer = call(stack, "/suppliers", stack.system_token()).json()
    assert answer["claims"]["scope"] == "chorus-connector/api"
    assert answer["claims"]["client_id"] == stack.outputs["SystemsClientId"]


@pytest.mark.parametrize("token", [None, "not.a.token"])
def test_without_a_valid_token_no_function_is_reached(stack: LocalStack, token: str | None) -> None:
    assert call(stack, "/suppliers", token).status_code == 401


def test_only_the_arrival_of_an_original_invokes_upload_intake(stack: LocalStack) -> None:
    s3, bucket = stack.boto_client("s3"), stack.outputs["DocumentsBucket"]
    s3.put_object(Bucket=bucket, Key="suppliers/s-1/d-1/textract.json", Body=b"{}")
    s3.put_object(Bucket=bucket, Key="suppliers/s-1/d-1/original", Body=b"%PDF")
    assert eventually(lambda: "suppliers/s-1/d-1/original" in stack.logs("upload_intake"))
    assert "textract.json" not in stack.logs("upload_intake")


def test_the_ten_minute_run_can_be_started_at_once(stack: LocalStack) -> None:
    answer = stack.run_schedule_now()
    assert set(answer["event"]) == {"scheduled_time", "execution_id"}
    assert "<aws" not in str(answer)


def test_the_functions_have_the_simulators_address(stack: LocalStack) -> None:
    function = stack.outputs["SubmissionFunction"]
    configuration = stack.boto_client("lambda").get_function_configuration(FunctionName=function)
    variables = configuration["Environment"]["Variables"]
    assert variables["CHORUS_TOKEN_URL"] == "http://127.0.0.1:9/api/oauth/token"
    assert variables["CHORUS_API_BASE"] == "http://127.0.0.1:9/cpro"


def test_what_cloudformation_leaves_out_is_set_all_the_same(stack: LocalStack) -> None:
    dynamodb, table = stack.boto_client("dynamodb"), stack.outputs["TableName"]
    ttl = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires_at")


def test_a_message_that_fails_five_times_ends_in_the_dead_letters_with_an_alarm_and_its_neighbour_does_not(
    stack: LocalStack,
) -> None:
    sqs, queue = stack.boto_client("sqs"), stack.outputs["ResolutionQueueUrl"]
    for body in ("poison", "wholesome"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    dead = eventually(lambda: sqs.receive_message(QueueUrl=stack.outputs["ResolutionDeadLettersUrl"]).get("Messages"))
    assert [message["Body"] for message in dead] == ["poison"]

    def given(body: str) -> int:
        """How often the function received that message, according to its log so far."""
        lines = [line for line in stack.logs("resolution").splitlines() if line.startswith("{")]
        return [record["body"] for line in lines for record in json.loads(line)["Records"]].count(body)

    assert eventually(lambda: given("poison") == 5)
    assert given("wholesome") < 5, (
        "a queue may give a message twice, when its function is slower than the short timeout"
    )


def test_textract_reads_from_the_bucket_and_tells_textract_ocr(stack: LocalStack) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 200))
    canvas.drawString(60, 120, "Facture F-2026-0042")
    canvas.save()
    place = {"Bucket": stack.outputs["DocumentsBucket"], "Key": "suppliers/s-1/d-2/pages.pdf"}
    stack.boto_client("s3").put_object(**place, Body=buffer.getvalue())
    function = stack.outputs["TextractOcrFunction"]
    configuration = stack.boto_client("lambda").get_function_configuration(FunctionName=function)
    variables = configuration["Environment"]["Variables"]
    textract = stack.boto_client("textract")
    job = textract.start_document_text_detection(
        DocumentLocation={"S3Object": {"Bucket": place["Bucket"], "Name": place["Key"]}},
        ClientRequestToken="d-2",
        NotificationChannel={
            "SNSTopicArn": variables["TEXTRACT_TOPIC_ARN"],
            "RoleArn": variables["TEXTRACT_ROLE_ARN"],
        },
    )["JobId"]
    assert eventually(lambda: job in stack.logs("textract_ocr"))
    answer = textract.get_document_text_detection(JobId=job)
    assert answer["JobStatus"] == "SUCCEEDED"
    assert "F-2026-0042" in [block.get("Text") for block in answer["Blocks"]]


@pytest.mark.acceptance
def test_a_release_replaces_the_one_before_and_a_rollback_brings_it_back(stack: LocalStack, tmp_path: Path) -> None:
    for box in FUNCTIONS:
        (tmp_path / box).mkdir()
        (tmp_path / box / "handler.py").write_text(ECHO.replace("print(json.dumps(event))", 'print("by the second")'))
    functions, sqs, queue = stack.boto_client("lambda"), stack.boto_client("sqs"), stack.outputs["ResolutionQueueUrl"]
    outputs = deploy(local_templates(tmp_path), stack.boto_client, parameters={})
    assert outputs == stack.outputs, "queues and functions keep their addresses"
    sqs.send_message(QueueUrl=queue, MessageBody="for the second release")
    assert eventually(lambda: "by the second" in stack.logs("resolution"))
    assert "for the second release" not in stack.logs("resolution")

    rollback = Rollback(functions, "local")
    first, second = rollback.releases
    assert (rollback.is_live(first), rollback.is_live(second)) == (False, True)
    target, moves = rollback.plan()
    assert (target, len(moves)) == (first, len(FUNCTIONS))
    rollback.move(moves)
    sqs.send_message(QueueUrl=queue, MessageBody="for the first release")
    assert eventually(lambda: "for the first release" in stack.logs("resolution"))
    assert set(stack.run_schedule_now()["event"]) == {"scheduled_time", "execution_id"}
    assert call(stack, "/suppliers", stack.admin_token()).json()["box"] == "supplier_api"
    assert Rollback(functions, "local").is_live(first)
    # deploying the same release again changes nothing, as the command says
    deploy(local_templates(tmp_path), stack.boto_client, parameters={})
    assert not Rollback(functions, "local").is_live(second)


def test_a_kept_stack_comes_back_as_it_was_and_a_stopped_one_leaves_nothing_running(
    echoing: Path, tmp_path: Path
) -> None:
    with LocalStack(tmp_path, chorus_base_url="http://127.0.0.1:9", functions=echoing, keep=True) as first:
        subject = first.subject(first.admin_token())
        table = first.outputs["TableName"]
        item = {"PK": {"S": "SUPPLIER#s-1"}, "SK": {"S": "PROFILE"}}
        first.boto_client("dynamodb").put_item(TableName=table, Item=item)
    assert not is_listening(first.port)
    assert not is_listening(first.textract_port)
    assert not list(tmp_path.glob("run-*"))
    with LocalStack(tmp_path, chorus_base_url="http://127.0.0.1:10", functions=echoing, keep=True) as second:
        assert second.boto_client("dynamodb").scan(TableName=table)["Items"] == [item]
        assert second.subject(second.admin_token()) == subject
        name = "chorus-connector-local-submission"  # the same release with another parameter
        live = second.boto_client("lambda").get_function_configuration(FunctionName=name, Qualifier="live")
        assert live["Environment"]["Variables"]["CHORUS_API_BASE"] == "http://127.0.0.1:10/cpro"
        second.boto_client("sqs").send_message(QueueUrl=second.outputs["SubmissionQueueUrl"], MessageBody="again")
        assert eventually(lambda: "again" in second.logs("submission"))
