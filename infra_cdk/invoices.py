"""The way of an invoice from its upload to Chorus Pro, box by box, in the order it is walked.

    upload_intake → textract_ocr → resolution → (every ten minutes) sync_ten_minutes → submission

and beside it invoice_api, where people complete, send and repair.
"""

from aws_cdk import Duration

from infra_cdk.api import ANSWER_TIMEOUT
from infra_cdk.data_stack import ARRIVAL_TIMEOUT
from infra_cdk.queues import WorkQueue
from infra_cdk.schedule import SYNC_TIMEOUT
from infra_cdk.text_extraction import TextExtraction
from infra_cdk.workshop import Workshop

READING_TIMEOUT = Duration.seconds(90)
RESOLUTION_TIMEOUT = Duration.seconds(30)
SUBMISSION_TIMEOUT = Duration.seconds(60)


class Invoices:
    """The boxes upload_intake, textract_ocr, resolution, sync_ten_minutes, submission and invoice_api."""

    def __init__(self, shop: Workshop, *, tracking: WorkQueue) -> None:
        self.ocr = shop.queue("Ocr", READING_TIMEOUT)
        self.completions = shop.queue("TextractCompletion", READING_TIMEOUT)
        self.resolution = shop.queue("Resolution", RESOLUTION_TIMEOUT)
        self.submission = shop.queue("Submission", SUBMISSION_TIMEOUT)
        self.tracking = tracking
        self.textract = TextExtraction(shop.scope, "Textract", completions=self.completions.queue, guard=shop.guard)
        self._upload_intake(shop)
        self._textract_ocr(shop)
        self._resolution_box(shop)
        self._sync_ten_minutes(shop)
        self._submission_box(shop)
        self._invoice_api(shop)

    def _upload_intake(self, shop: Workshop) -> None:
        box = shop.box(
            "upload_intake",
            timeout=ARRIVAL_TIMEOUT,
            memory=1024,  # holds a 10 MB PDF and its base64 twin
            variables={
                "INTAKE_QUEUE_URL": shop.data.arrivals.queue.queue_url,
                "OCR_QUEUE_URL": self.ocr.queue.queue_url,
            },
        )
        shop.may.know_callers(box)
        shop.may.act_for_one_supplier(box)
        shop.may.read_documents(box)
        shop.may.write_documents(box)
        self.ocr.grant_send(box)
        shop.works_off(box, shop.data.arrivals, batch_size=5)

    def _textract_ocr(self, shop: Workshop) -> None:
        box = shop.box(
            "textract_ocr",
            timeout=READING_TIMEOUT,
            memory=1769,  # one whole processor: a PDF's text layer is read here
            variables={
                "OCR_QUEUE_URL": self.ocr.queue.queue_url,
                "TEXTRACT_COMPLETION_QUEUE_URL": self.completions.queue.queue_url,
                "TEXTRACT_TOPIC_ARN": self.textract.topic.topic_arn,
                "TEXTRACT_ROLE_ARN": self.textract.role.role_arn,
                "TEXTRACT_DOLLARS_A_PAGE": str(shop.environment.textract_dollars_a_page),
                "RESOLUTION_QUEUE_URL": self.resolution.queue.queue_url,
            },
        )
        shop.may.act_for_one_supplier(box)
        shop.may.read_documents(box)
        shop.may.write_documents(box)
        shop.may.have_documents_read(box, self.textract.role)
        self.resolution.grant_send(box)
        shop.works_off(box, self.ocr, batch_size=1)
        shop.works_off(box, self.completions, batch_size=1)

    def _resolution_box(self, shop: Workshop) -> None:
        box = shop.box(
            "resolution",
            timeout=RESOLUTION_TIMEOUT,
            memory=1024,
            variables={
                "RESOLUTION_QUEUE_URL": self.resolution.queue.queue_url,
                **shop.portal,
            },
        )
        shop.may.use_the_directory(box)
        shop.may.act_for_one_supplier(box, beside=shop.breakers)
        shop.may.read_credentials(box)  # the green light asks the portal about the recipient
        shop.works_off(box, self.resolution, batch_size=5)

    def _sync_ten_minutes(self, shop: Workshop) -> None:
        box = shop.box(
            "sync_ten_minutes",
            timeout=SYNC_TIMEOUT,
            memory=512,
            # two ticks at once would queue the same invoices twice, which costs messages and sends nothing twice
            reserved_concurrency=1 if shop.environment.reserves_concurrency else None,
            variables={
                "SUBMISSION_QUEUE_URL": self.submission.queue.queue_url,
                "TRACKING_QUEUE_URL": self.tracking.queue.queue_url,
            },
        )
        shop.may.see_what_is_due(box)
        self.submission.grant_send(box)
        self.tracking.grant_send(box)
        self.tick = shop.every_minutes("EveryTenMinutes", box, minutes=shop.environment.sync_minutes)

    def _submission_box(self, shop: Workshop) -> None:
        box = shop.box(
            "submission",
            timeout=SUBMISSION_TIMEOUT,
            memory=1024,
            variables={
                "SUBMISSION_QUEUE_URL": self.submission.queue.queue_url,
                **shop.portal,
            },
        )
        shop.may.use_the_directory(box)
        shop.may.act_for_one_supplier(box, beside=shop.breakers)
        shop.may.read_documents(box)
        shop.may.read_credentials(box)
        shop.may.lock_originals(box)
        shop.works_off(box, self.submission, batch_size=1, copies=shop.environment.submission_concurrency)

    def _invoice_api(self, shop: Workshop) -> None:
        box = shop.box(
            "invoice_api",
            timeout=ANSWER_TIMEOUT,
            memory=1024,
            variables={
                "SUBMISSION_QUEUE_URL": self.submission.queue.queue_url,
                **shop.portal,
            },
        )
        shop.may.know_callers(box)
        shop.may.use_the_directory(box)
        shop.may.act_for_one_supplier(box, beside=shop.breakers)
        shop.may.read_documents(box)
        shop.may.read_credentials(box)
        shop.may.write_documents(box)  # exports, and what the portal holds of an invoice
        self.submission.grant_send(box)
