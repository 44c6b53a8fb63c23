"""A person stops a document before it leaves: it is held, or set aside, until a person releases or submits it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

StopKind = Literal["hold", "set_aside"]


class Stop(Record):
    """Who stopped the document, when, and why (their own words, empty: not said)."""

    kind: StopKind
    by: str
    at: datetime
    reason: str = ""


_CODES = frozenset({"stopped_by_a_person", "set_aside_by_a_person"})


def without_stops(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems that no stop gave."""
    return tuple(each for each in problems if each.code not in _CODES)


def stop_problem(stop: Stop) -> Problem:
    """Why the document does not leave, in a person's words."""
    said = f" ({stop.reason})" if stop.reason else ""
    if stop.kind == "hold":
        return Problem(
            field=None,
            code="stopped_by_a_person",
            fr=f"Une personne retient ce document{said} : il ne part pas. Reprenez-le (release), ou déposez-le.",
            en=f"A person holds this document{said}: it does not leave. Release it, or submit it.",
            blocking=False,
        )
    return Problem(
        field=None,
        code="set_aside_by_a_person",
        fr=f"Une personne a mis ce document de côté{said} : il n'est pas traité. Reprenez-le (release).",
        en=f"A person set this document aside{said}: it is not processed. Release it.",
        blocking=False,
    )
