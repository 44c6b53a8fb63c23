"""The cost of reading as metrics in the log (CloudWatch's embedded format): pages by source, and dollars.

One line per document, written when its reading is stored, so that a message delivered twice counts once. The supplier
is a property of the line, not a dimension: a dimension per supplier would cost more than it is worth.
"""

from decimal import Decimal

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from chorus_connector.domain.notifications.measures import reader_death
from chorus_connector.domain.reading.cost import ReadingCost
from chorus_connector.runtime.measuring import measure

logger = Logger()


def count_reading(cost: ReadingCost, *, supplier_id: str, dollars_a_page: Decimal) -> None:
    """Write the metrics ``PagesXml``, ``PagesText``, ``PagesTextract``, ``TextractPagesBilled``, ``ReadingDollars``.

    For a document without XML also one of ``DocumentsLayoutConfirmed``, ``…Unconfirmed`` and ``…None``.
    """
    metrics = EphemeralMetrics()
    for name, pages in (
        ("PagesXml", cost.xml),
        ("PagesText", cost.text),
        ("PagesTextract", cost.textract),
        ("TextractPagesBilled", cost.billed),
    ):
        metrics.add_metric(name, MetricUnit.Count, pages)
    if cost.layout is not None:
        metrics.add_metric(f"DocumentsLayout{cost.layout.capitalize()}", MetricUnit.Count, 1)
    metrics.add_metric("ReadingDollars", MetricUnit.NoUnit, float(cost.dollars(dollars_a_page)))
    metrics.add_metadata("supplier_id", supplier_id)
    metrics.flush_metrics()


def report_death(
    supplier_id: str,
    *,
    death: str,
    detail: str,
    seconds: float,
    cpu_seconds: float | None,
    peak_megabytes: int,
    short_limits: bool,
) -> None:
    """Log and measure (``ReaderDeaths``) a process that was ended while it worked on a file."""
    facts = {"death": death, "detail": detail, "cpu_seconds": cpu_seconds, "peak_megabytes": peak_megabytes}
    facts["short_limits"] = short_limits
    logger.warning("a file ended its process", extra={"seconds": round(seconds, 1), **facts})
    measure([reader_death(death)], supplier_id=supplier_id)
