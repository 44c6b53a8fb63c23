"""The confidence of a reading: the share of right values measured for its field, its ground and its source.

The figures in ``confidence.toml`` are measured on designs of other people (``python -m tools.accuracy.calibration``),
not guessed. A ground with too few measurements gets the figure of similar grounds. A proven value passes 0.95; a
doubtful one stays under 0.9, the default threshold of automatic submission.
"""

from collections.abc import Mapping

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.fields.verdict import DOUBTFUL, Verdict
from chorus_connector.domain.reading.paper.page import Source
from chorus_connector.domain.reading.rule_tables import rule_table


def confidence_of(verdict: Verdict, source: Source) -> float:
    """The measured share of right values (0–1) among readings like this one."""
    table = _measured().get(source, {})
    by_ground = table.get(verdict.field, {})
    measured = by_ground.get(ground_kind(verdict, source), by_ground.get("other", weights.UNMEASURED))
    return min(measured, weights.UNMEASURED) if verdict.ground == DOUBTFUL else measured


def ground_kind(verdict: Verdict, source: Source) -> str:
    """The row of the table that a verdict belongs to: its ground, and whether it was faint."""
    place = verdict.place
    faint = source == "ocr" and place is not None and place.cell.confidence_of(place.start, place.end) < weights.FAINT
    return verdict.ground + (" faint" if faint else "")


def _measured() -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    return rule_table("confidence.toml")
