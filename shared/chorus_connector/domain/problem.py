"""What stands between a document and the portal, said so that a person can act on it.

A problem is a value, not an exception: the reader, the resolution and the green light collect them, the
form shows them beside their field, and the command line prints them. Texts come in French and English.
"""

from chorus_connector.domain.record import Record


class Problem(Record):
    """One thing that is wrong or missing.

    ``field`` is the name of an invoice field (``recipient_siret``) or ``None`` for the whole document.
    ``code`` is stable: clients may branch on it. ``fr`` / ``en`` say what is wrong and what to do about it.
    ``blocking`` problems keep the document in the form; the others are shown and let it go.
    """

    field: str | None
    code: str
    fr: str
    en: str
    blocking: bool = True
