"""Measures written as CloudWatch's embedded metric format: one log line each, no call, counted by AWS.

The line says which box and which supplier too; only the measure's own dimensions (and the box) are counted by.
"""

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from chorus_connector.domain.measures import Measure


def measure(measures: list[Measure], *, supplier_id: str | None = None) -> None:
    """Write them down; the supplier can be searched for, and is no dimension."""
    for each in measures:
        with single_metric(name=each.name, unit=MetricUnit(each.unit), value=each.value) as metric:
            for name, value in each.dimensions.items():
                metric.add_dimension(name=name, value=value)
            if supplier_id is not None:
                metric.add_metadata(key="supplier_id", value=supplier_id)
