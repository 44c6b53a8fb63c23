"""When two labels are the same label: case, accents and spaces do not count, everything else does.

Never fuzzier than that: a recipient that merely looks alike is another recipient, and an invoice sent to it is lost.
"""

import re
import unicodedata


def matching_form(text: str) -> str:
    """The text two labels share when they are the same: compatibility forms, no accents, no case, single spaces."""
    # folding case may bring marks back (İ), so it stands between two decompositions
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"\s+", " ", bare).strip()
