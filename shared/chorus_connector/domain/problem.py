"""A reason why a document cannot be sent as it is, written so that a person can act on it.

A problem is a value, not an exception: the reader, the resolution and the green light collect them, the form shows
them beside their field, and the command line prints them.
"""

from chorus_connector.domain.record import Record


class Problem(Record):
    """One thing that is wrong or missing.

    ``field`` is the name of an invoice field (``recipient_siret``) or None for the whole document.
    ``code`` is stable: clients may branch on it. ``fr`` and ``en`` say what is wrong and what to do about it.
    A ``blocking`` problem prevents the submission; the others are only shown.
    """

    field: str | None
    code: str
    fr: str
    en: str
    blocking: bool = True
