"""Measures written as CloudWatch's embedded metric format: one log line each, no call, counted by AWS.

The line says which box, supplier and document too; only the measure's own dimensions (and the box) are counted by.
"""

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from chorus_connector.domain.notifications.measures import Measure


def measure(measures: list[Measure], *, supplier_id: str | None = None, document_id: str | None = None) -> None:
    """Write them down; supplier and document can be searched for, as in every other line, and are no dimensions."""
    facts = {"supplier_id": supplier_id, "correlation_id": document_id}
    for each in measures:
        with single_metric(name=each.name, unit=MetricUnit(each.unit), value=each.value) as metric:
            for name, value in each.dimensions.items():
                metric.add_dimension(name=name, value=value)
            for name, fact in facts.items():
                if fact is not None:
                    metric.add_metadata(key=name, value=fact)
