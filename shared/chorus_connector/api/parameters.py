"""Path and query parameters that several resources share."""

import re
from datetime import date
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticKnownError


def _only_a_day(given: Any) -> Any:
    """What is given, if it is written like a day; pydantic also takes moments at midnight and seconds since 1970."""
    if type(given) is date or (isinstance(given, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given)):
        return given
    raise PydanticKnownError("date_type")


Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=2000)]
LongCursor = Annotated[str | None, Query(max_length=4000)]
"""The cursor of a list whose keys are texts of users."""
Text = Annotated[str | None, Query(max_length=250)]
CalendarDay = Annotated[date, BeforeValidator(_only_a_day)]
"""A day as ``2026-12-31``: a moment is refused, because it may be on another day in France than in UTC."""
Day = Annotated[CalendarDay | None, Query()]
WithCount = Annotated[bool, Query()]
FileName = Annotated[str, Query(min_length=1, max_length=200)]
OptionalSiret = Annotated[str | None, Query(min_length=14, max_length=14)]
SiretPath = Annotated[str, Path(pattern="^[0-9]{14}$")]
RecipientPath = Annotated[str, Path(max_length=20)]
"""A recipient's SIRET, or its RIDET or TAHITI number."""
DocumentId = Annotated[str, Path(max_length=64)]
ReferencePath = Annotated[str, Path(pattern="^MSG_[0-9]{9}$")]
Principal = Annotated[str, Path(max_length=128, pattern=r"^(group:[A-Za-z0-9_.:@-]+|[A-Za-z0-9_.@-]+)$")]
"""A person's or a system's id in the user pool, or ``group:`` and a name that is not empty."""
EventIds = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)]
"""Ids of events in a body: at most a hundred."""
ServiceQuery = Annotated[str, Query(max_length=100)]
PLAIN_TEXT = r"^[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$"
"""A name in one line: what ``has_unsafe_characters`` refuses in a file's name, as a pattern."""
EMAIL_ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$"
"""ASCII only, as SES requires. A pattern that every generator can write down: no needless backslash.

Source: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
"""
