"""The functions of an invoice's way from its upload to Chorus Pro, in order.

    upload_intake → textract_ocr → resolution → (every ten minutes) sync_ten_minutes → submission

and invoice_api, where people complete, send and correct invoices, with page_pictures, which shows their pages.
"""

from aws_cdk import Duration

from infra_cdk.api import ANSWER_TIMEOUT
from infra_cdk.data_stack import ARRIVAL_TIMEOUT
from infra_cdk.function_builder import FunctionBuilder
from infra_cdk.schedule import SYNC_TIMEOUT
from infra_cdk.tenant_role import OF_THE_DIRECTORY
from infra_cdk.text_extraction import TextExtraction

READING_TIMEOUT = Duration.seconds(90)
ARCHIVE_TIMEOUT = Duration.seconds(180)
PICTURES_MEMORY = 1769  # one full CPU; it is also what a hostile page may use most of
PICTURES_AT_ONCE = 20
RESOLUTION_TIMEOUT = Duration.seconds(30)
SUBMISSION_TIMEOUT = Duration.seconds(60)


class Invoices:
    """From upload_intake to submission, with sync_ten_minutes, invoice_api and page_pictures."""

    def __init__(self, builder: FunctionBuilder) -> None:
        self.archives = builder.queue("Archive", ARCHIVE_TIMEOUT)
        self.ocr = builder.queue("Ocr", READING_TIMEOUT)
        self.completions = builder.queue("TextractCompletion", READING_TIMEOUT)
        self.lessons = builder.queue("Lesson", READING_TIMEOUT)
        self.resolution = builder.queue("Resolution", RESOLUTION_TIMEOUT)
        self.submission = builder.queue("Submission", SUBMISSION_TIMEOUT)
        self.textract = TextExtraction(
            builder.scope,
            "Textract",
            name=f"chorus-connector-{builder.environment.name}-textract-completions",
            completions=self.completions.queue,
            encryption=builder.encryption,
        )
        self._upload_intake(builder)
        self._archive_intake(builder)
        self._textract_ocr(builder)
        self._resolution(builder)
        self._sync_ten_minutes(builder)
        self._submission(builder)
        self._invoice_api(builder)
        self._page_pictures(builder)

    def _upload_intake(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "upload_intake",
            timeout=ARRIVAL_TIMEOUT,
            memory=1024,  # a 10 MB PDF and its base64 copy
            variables={
                "ARCHIVE_QUEUE_URL": self.archives.queue.queue_url,
                "INTAKE_QUEUE_URL": builder.data.arrivals.queue.queue_url,
                "OCR_QUEUE_URL": self.ocr.queue.queue_url,
            },
        )
        builder.may.know_callers(function)
        builder.may.act_for_one_supplier(function)
        builder.may.read_documents(function)
        builder.may.write_documents(function)
        builder.may.take_first_uploads(function)
        self.archives.grant_send(function)
        self.ocr.grant_send(function)
        builder.consume(function, builder.data.arrivals, batch_size=1)

    def _archive_intake(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "archive_intake",
            timeout=ARCHIVE_TIMEOUT,
            memory=1769,  # a ZIP of 100 MB here, and a copy of it in the process that opens it
            requeues_its_rest=True,
            variables={
                "ARCHIVE_QUEUE_URL": self.archives.queue.queue_url,
                "OCR_QUEUE_URL": self.ocr.queue.queue_url,
            },
        )
        builder.may.act_for_one_supplier(function)
        builder.may.read_documents(function)
        builder.may.write_documents(function)
        self.archives.grant_send(function)
        self.ocr.grant_send(function)  # a file that is known and was set aside may be taken now
        builder.consume(function, self.archives, batch_size=1)

    def _textract_ocr(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "textract_ocr",
            timeout=READING_TIMEOUT,
            memory=1769,  # one full CPU: it reads the PDF's text layer
            requeues_its_rest=True,
            variables={
                "OCR_QUEUE_URL": self.ocr.queue.queue_url,
                "TEXTRACT_COMPLETION_QUEUE_URL": self.completions.queue.queue_url,
                "TEXTRACT_TOPIC_ARN": self.textract.topic.topic_arn,
                "TEXTRACT_ROLE_ARN": self.textract.role.role_arn,
                "TEXTRACT_DOLLARS_A_PAGE": str(builder.environment.textract_dollars_a_page),
                "QUOTA_FACTOR": f"{builder.environment.quota_factor:g}",
                "RESOLUTION_QUEUE_URL": self.resolution.queue.queue_url,
            },
        )
        builder.may.act_for_one_supplier(function, reads=[OF_THE_DIRECTORY])
        builder.may.read_documents(function)
        builder.may.write_documents(function)
        builder.may.have_documents_read(function, self.textract.role)
        builder.may.spend_quotas(function)
        self.resolution.grant_send(function)
        for queue in (self.ocr, self.completions):
            queue.grant_send(function)  # what Textract has no capacity for waits there again
            builder.consume(function, queue, batch_size=1, copies=builder.environment.ocr_concurrency)
        builder.consume(function, self.lessons, batch_size=1)

    def _resolution(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "resolution",
            timeout=RESOLUTION_TIMEOUT,
            memory=1024,
            variables={
                "RESOLUTION_QUEUE_URL": self.resolution.queue.queue_url,
                **builder.portal,
            },
        )
        builder.may.use_the_directory(function)
        builder.may.act_for_one_supplier(function, shared=builder.breakers, reads=[OF_THE_DIRECTORY])
        builder.may.read_credentials(function)  # the checks before submission ask the portal about the recipient
        builder.consume(function, self.resolution, batch_size=1)

    def _sync_ten_minutes(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "sync_ten_minutes",
            timeout=SYNC_TIMEOUT,
            memory=512,
            # two concurrent runs would queue the same invoices twice: no double submission, but more messages
            reserved_concurrency=1 if builder.environment.reserves_concurrency else None,
            variables={
                "SUBMISSION_QUEUE_URL": self.submission.queue.queue_url,
            },
        )
        builder.may.hand_out(function, "READY")
        self.submission.grant_send(function)
        self.schedule = builder.every_minutes("EveryTenMinutes", function, minutes=builder.environment.sync_minutes)

    def _submission(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "submission",
            timeout=SUBMISSION_TIMEOUT,
            memory=1024,
            requeues_its_rest=True,
            variables={
                "LESSON_QUEUE_URL": self.lessons.queue.queue_url,
                "SUBMISSION_QUEUE_URL": self.submission.queue.queue_url,
                **builder.portal,
            },
        )
        builder.may.use_the_directory(function)
        builder.may.act_for_one_supplier(function, shared=builder.breakers, reads=[OF_THE_DIRECTORY])
        builder.may.read_documents(function)
        builder.may.read_credentials(function)
        builder.may.lock_originals(function)
        builder.may.keep_sent_files(function)  # a PDF without its XML
        self.submission.grant_send(function)  # a message that met another worker's probe comes again
        self.lessons.grant_send(function)  # a confirmed document teaches its layout
        builder.consume(function, self.submission, batch_size=1, copies=builder.environment.submission_concurrency)

    def _invoice_api(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "invoice_api",
            timeout=ANSWER_TIMEOUT,
            memory=1024,
            variables={
                "LESSON_QUEUE_URL": self.lessons.queue.queue_url,
                "OCR_QUEUE_URL": self.ocr.queue.queue_url,
                "SUBMISSION_QUEUE_URL": self.submission.queue.queue_url,
                **builder.portal,
            },
        )
        builder.may.know_callers(function)
        builder.may.use_the_directory(function)
        builder.may.act_for_one_supplier(function, shared=builder.breakers, reads=[OF_THE_DIRECTORY])
        builder.may.read_documents(function)
        builder.may.read_credentials(function)
        builder.may.write_documents(function)  # exports, and copies of the portal's files
        self.lessons.grant_send(function)  # a rejected document teaches no more
        self.ocr.grant_send(function)  # a document that was set aside is read when a person releases it
        self.submission.grant_send(function)

    def _page_pictures(self, builder: FunctionBuilder) -> None:
        """A function of its own: drawing is where a hostile file reaches most code, so it may do little else."""
        function = builder.function(
            "page_pictures",
            timeout=ANSWER_TIMEOUT,
            memory=PICTURES_MEMORY,
            # one supplier's slow pages must not take the account's concurrency from other functions
            reserved_concurrency=PICTURES_AT_ONCE if builder.environment.reserves_concurrency else None,
            variables={},
        )
        builder.may.know_callers(function)
        builder.may.act_for_one_supplier(function, writes=False)
        builder.may.read_documents(function)
        builder.may.keep_pictures(function)
