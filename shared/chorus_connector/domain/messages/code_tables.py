"""The tables that a message writes as text: in which column a code is, and what the head says of the column."""

import re
from collections.abc import Iterator, Sequence

from chorus_connector.domain.messages.code_candidates import Clause, CodeCandidate

_ROWS_UNDER_A_HEAD = 20
_LONGEST_HEAD = 40
_SEPARATORS = [re.compile(each) for each in (r"[|\t]", r" {2,40}", r" ?(?:[-=]{1,3}>|→) ?", " / ", " ?; ")]
"""Between cells; of those that a line has, only the first counts."""
_OLD = re.compile(r"\b(?:ancien|avant|actuel|precedent|old|jusqu|d'origine)")
_NEW = re.compile(r"\b(?:nouveau|nouvel|nouvx?|nv|apres|desormais|futur|new|a compter|a partir)")
_CODE = re.compile(r"\b(?:codes?|service executant|executant|se)\b")
_YEAR = re.compile(r"202\d$")


def columns_of(clauses: Sequence[Clause], codes: Sequence[Sequence[CodeCandidate]]) -> list[list[str]]:
    """For each candidate of each clause what the head of its column says; empty outside tables."""
    said: list[list[str]] = []
    head: list[str] = []
    rows = 0
    for clause, found in zip(clauses, codes, strict=True):
        cells = list(cells_of(clause.plain))
        roles = _roles([text for _, text in cells]) if len(cells) > 1 else []
        if any(roles):
            head, rows = roles, 0
        rows += 1
        in_table = bool(head) and not any(roles) and len(cells) > 1 and rows <= _ROWS_UNDER_A_HEAD
        said.append([_role_at(each.start, cells, head) if in_table else "" for each in found])
    return said


def cells_of(plain: str) -> Iterator[tuple[int, str]]:
    at = 0
    separator = next((each for each in _SEPARATORS if each.search(plain.strip())), _SEPARATORS[0])
    for match in separator.finditer(plain):
        if plain[at : match.start()].strip():
            yield at, plain[at : match.start()].strip()
        at = match.end()
    if plain[at:].strip():
        yield at, plain[at:].strip()


def _roles(cells: Sequence[str]) -> list[str]:
    """What each cell of a head says of its column: old, new, code or nothing; nothing at all for no head."""
    if any(len(each) > _LONGEST_HEAD for each in cells):
        return []
    years = [each for each in cells if _YEAR.search(each)]
    roles = []
    for each in cells:
        if len(years) > 1 and each in years:
            roles.append("new" if each[-4:] == max(year[-4:] for year in years) else "old")
        elif _OLD.search(each) and each not in years:
            roles.append("old")
        elif _NEW.search(each):
            roles.append("new")
        else:
            roles.append("code" if _CODE.search(each) else "")
    return roles


def _role_at(start: int, cells: Sequence[tuple[int, str]], head: Sequence[str]) -> str:
    """The role of the column; of a row with another number of cells than the head only whether there is a head."""
    if len(cells) != len(head):
        return "uneven"
    role = head[max(at for at, (begins, _) in enumerate(cells) if begins <= start)]
    return role or "other"
