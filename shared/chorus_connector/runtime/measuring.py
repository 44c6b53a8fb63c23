"""Measures as CloudWatch's embedded metric format: one log line each, without an AWS call.

The line also names the function, the supplier, the document and the measure's facts. Only the measure's own dimensions
and the function become metric dimensions.
"""

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from chorus_connector.domain.notifications.measures import Measure, recipient_not_cached


def measure(measures: list[Measure], *, supplier_id: str | None = None, document_id: str | None = None) -> None:
    """Write one log line per measure; supplier and document are searchable fields, not dimensions."""
    facts = {"supplier_id": supplier_id, "correlation_id": document_id}
    for each in measures:
        with single_metric(name=each.name, unit=MetricUnit(each.unit), value=each.value) as metric:
            for name, value in each.dimensions.items():
                metric.add_dimension(name=name, value=value)
            for name, fact in {**facts, **each.facts}.items():
                if fact is not None:
                    metric.add_metadata(key=name, value=fact)


def count_not_cached() -> None:
    """Count an answer of the portal's directory that could not be kept."""
    measure([recipient_not_cached()])
