"""How sure a reading is made by what a layout and the rules say together."""

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.result import FieldReading


def sure(reading: FieldReading) -> FieldReading:
    """The reading, at least as sure as one that both give."""
    return _at(reading, max(reading.confidence, weights.GROUNDS_OF_A_LAYOUT["taught agreed"][0]))


def doubted(reading: FieldReading) -> FieldReading:
    """The reading, for a person to check."""
    return _at(reading, min(reading.confidence, weights.ASKS))


def is_sure(reading: FieldReading | None) -> bool:
    return reading is not None and reading.confidence >= weights.SURE


def _at(reading: FieldReading, confidence: float) -> FieldReading:
    return reading.model_copy(update={"confidence": confidence})
