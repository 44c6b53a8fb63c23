"""``chorus-connector replay``: sends a document's step to the function that does it, through its queue or directly."""

import json
from typing import Any

import boto3

from chorus_connector.adapters.s3 import original_key, upload_key
from chorus_connector.adapters.table import keys
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.replay import Step
from chorus_connector.ports.values import SupplierWork
from chorus_connector.usecases.invoices.replay import ReplayDocuments
from chorus_connector.wiring.invoices import resolution
from chorus_connector.wiring.tenant import Tenant
from tools.operations.installation import LIVE

_STREAM_READERS = ("notifier", "message_delivery")


def replay_for(supplier_id: str, *, installation: str, queues: dict[str, str]) -> ReplayDocuments:
    """The replay of one supplier's documents in that installation.

    ``queues``: queue URLs by the name of the functions' variable.
    """

    def send(step: Step, invoice: Invoice) -> None:
        if step == "tell":
            _tell(installation, invoice)
            return
        queue, body = _message(step, invoice)
        group = invoice.supplier_id  # as in the original: many documents of one supplier do not delay another's
        boto3.client("sqs").send_message(QueueUrl=queues[queue], MessageBody=json.dumps(body), MessageGroupId=group)

    tenant = Tenant(SupplierWork(supplier_id))
    return ReplayDocuments(invoices=tenant.invoices, resolution=lambda: resolution(tenant), send=send)


def _message(step: Step, invoice: Invoice) -> tuple[str, dict[str, Any]]:
    """The queue's variable and the message body, as the original sender would have written it."""
    work = {"supplier_id": invoice.supplier_id, "document_id": invoice.document_id}
    if step == "announce":
        supplier_id, document_id = invoice.supplier_id, invoice.document_id
        arrivals = (upload_key(supplier_id, "documents", document_id), original_key(supplier_id, document_id))
        return "INTAKE_QUEUE_URL", {"Records": [{"s3": {"object": {"key": key}}} for key in arrivals]}
    if step == "collect":
        assert invoice.ocr_job is not None
        tag = f"{invoice.supplier_id}.{invoice.document_id}"
        return "TEXTRACT_COMPLETION_QUEUE_URL", {"JobId": invoice.ocr_job.job_id, "JobTag": tag}
    return ("OCR_QUEUE_URL" if step == "read" else "RESOLUTION_QUEUE_URL"), work


def _tell(installation: str, invoice: Invoice) -> None:
    """Invoke the functions that read the table's stream with this record. Raises RuntimeError when one fails."""
    functions = boto3.client("lambda")
    event = {"Records": [_as_streamed(invoice)]}
    for function in _STREAM_READERS:
        name = f"chorus-connector-{installation}-{function}"
        answer = functions.invoke(FunctionName=name, Qualifier=LIVE, Payload=json.dumps(event).encode())
        result = json.loads(answer["Payload"].read() or b"null") or {}
        if "FunctionError" in answer or result.get("batchItemFailures"):
            raise RuntimeError(f"{function} failed on {invoice.document_id}: see its log")


def _as_streamed(invoice: Invoice) -> dict[str, Any]:
    key = keys.primary_key(keys.supplier(invoice.supplier_id), keys.invoice(invoice.document_id))
    image = {**key, "state": {"S": invoice.state.value}, "data": {"S": invoice.model_dump_json(exclude_defaults=True)}}
    return {
        "eventSource": "aws:dynamodb",
        "eventName": "MODIFY",
        "dynamodb": {"Keys": key, "NewImage": image, "SequenceNumber": "0"},
    }
