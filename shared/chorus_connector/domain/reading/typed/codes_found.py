"""Where a code ends: at a space, unless groups of digits follow; before a date or a word that is glued to it."""

import re

from chorus_connector.domain.reading.paper.lines import Cell, fold
from chorus_connector.domain.reading.words.labels import label_words
from chorus_connector.domain.reading.words.word_lists import word_list

_TOKEN = re.compile(r"[^\W_][\w/.+\-–—]*(?:[^\W_]|\b)", re.UNICODE)
_PURCHASERS = frozenset(word_list("central_purchasing_bodies"))
_SHORT_PREFIX = re.compile(r"[A-Z]{1,5}(?:[-/][A-Z]{1,3})?")  # « FC », « BL-F »
_INITIALS = 3  # letters
_LETTER_AND_NUMBER = re.compile(r"[A-Z]{1,3}[-_/]?\d{2,}[\dA-Z/_-]*")
_GLUED_DATE = re.compile(  # OCR loses spaces
    r"\s?/(?:\d{1,2}[/.-]\d{2}[/.-](?:20)?\d\d|20\d\d-\d\d-\d\d)$|[—–-]\d{1,2}[/.]\d{2}[/.](?:20)?\d\d$"
)
_GLUED_WORD = re.compile(r"(?<=\d)[-–—/|.][A-ZÀ-Ý][a-zà-ÿ]{2,}$")
_GLUED_LABEL = re.compile(r"(?<=[A-Z\d])[A-ZÀ-Ý][a-zà-ÿ]+$")
_GLUED_PARTICLE = re.compile(r"(?<=\d)(?:du|le|en)$")
# what groups of digits may follow: « 2019 », « FA2026 », « 1512 », « A-2026 », « F2 »
_DIVIDED_BY_A_SPACE = re.compile(r"(?:[A-Z]{0,4}[-/.]?\d+(?:[-/.]\d+)*\d|[A-Z]{1,4}\d)[A-Z]?")
_NO_GROUP = "|".join(word_list("capitals_between_no_groups")).upper()
_GROUPS = re.compile(
    # « FC 158 0031 du 3 mars », « 1512 345 678 7 »: groups before the end or what introduces a date
    r"(?: \d{2,6}){1,4}(?: \d)?(?=\s*$|\s*[,;)|·]|\s*\.(?!\d)|\s+(?:du|le|en|émise?|établie?|[-–/]) )"
    # « 118 / 2026 », « 24 – 0118 »: digits after a joint between spaces, before the end
    r"|(?:(?<=\d)(?: [-–/] ?|[-–/] )\d{1,6}){1,2}(?=\s*$|\s*[,;)]|\s*\.(?!\d)|\s+(?:du|le) )"
    # « 2025 EA 070167 »: letters between two groups, before the end or a date
    rf"|(?<=\d) (?!(?:{_NO_GROUP})\b)[A-Z]{{1,4}} \d{{3,8}}(?=\s*$|\s*[,;)|·]|\s+(?:du|le|en) )"
    # « 2026 0031 », « 2026 / 15 »: a serial after the year, before anything but a date
    r"|(?<=20[2-4]\d) (?:[-/] )?\d{2,6}(?=$|[ .,;:)])(?![ ./-]*(?:20\d\d|[a-zà-ÿ]{3,9}\.? 20\d\d))"
)
_PREFIXED = re.compile(r"(?: [-–/] ?|[-–/] )(?=\d)")  # « FAC - 2024 - 118 »
_AGAIN = re.compile(r" (?:bis|ter)(?=\s*$|\s+(?:du|le) )")
_CUT = re.compile(r"[-–—/_]+(?=\s*$)|,\d")


def code_end(cell: Cell, start: int, limit: int) -> int | None:
    """Where the code that starts there ends; nothing if no code starts there or only a piece of it is there."""
    match = _TOKEN.match(cell.text, start, limit)
    if match is None:
        return None
    end = _joined_end(cell, match, limit)
    if again := _AGAIN.match(cell.text, end, limit):
        end = again.end()
    if _CUT.match(cell.text, end, limit):
        return None
    for glued in (_GLUED_PARTICLE, _GLUED_WORD, _GLUED_DATE):
        if found := glued.search(cell.text, start, end):
            end = found.start()
    label = _GLUED_LABEL.search(cell.text, start, end)
    if label and label_words().has(fold(label[0])) and any(char.isdigit() for char in cell.text[start : label.start()]):
        end = label.start()
    return end


def _joined_end(cell: Cell, match: re.Match[str], limit: int) -> int:
    """The end of a code that a space divides: « FC 15868 », « CDE 26/118 », « 2026 0031 »."""
    if not _SHORT_PREFIX.fullmatch(match[0]):
        return _after_groups(cell, match.end(), limit) if _DIVIDED_BY_A_SPACE.fullmatch(match[0]) else match.end()
    joint = _PREFIXED.match(cell.text, match.end(), limit)
    following = _TOKEN.match(cell.text, joint.end() if joint else min(match.end() + 1, limit), limit)
    if following is not None and _is_a_scheme_s(cell, match, following, limit):
        return following.end()
    if following is None or not following[0][:1].isdigit():
        return match.end()
    return _after_groups(cell, following.end(), limit) if following[0].isdigit() else following.end()


def _is_a_scheme_s(cell: Cell, prefix: re.Match[str], following: re.Match[str], limit: int) -> bool:
    """« UNIHA M_2931 »: a number after the initials of who gave it, at the end of its text."""
    last = not cell.text[following.end() : limit].strip()
    known = label_words().has(fold(prefix[0])) and fold(prefix[0]) not in _PURCHASERS
    return last and not known and len(prefix[0]) >= _INITIALS and _LETTER_AND_NUMBER.fullmatch(following[0]) is not None


def _after_groups(cell: Cell, end: int, limit: int) -> int:
    """The end of the groups of digits that follow, if nothing but a date or the end comes after them."""
    more = _GROUPS.match(cell.text, end, limit)
    return end if more is None or any(gap in range(*more.span()) for gap in cell.wide_gaps) else more.end()
