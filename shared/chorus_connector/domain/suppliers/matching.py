"""Comparison of labels: case, accents and spaces are ignored, everything else counts.

Matching is never fuzzier than that: a recipient with a similar name is another recipient, and its invoice would be
lost.
"""

import re
import unicodedata


def matching_form(text: str) -> str:
    """The text in which equal labels are identical: no compatibility characters, accents or case, and single spaces."""
    # folding case may add combining marks again (İ), so the text is decomposed before and after
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"\s+", " ", bare).strip()
