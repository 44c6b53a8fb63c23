"""The kinds of the words of a clause, and the orders of kinds around a code.

« remplacé par », « cède la place à » and « is replaced by » are one kind: what was learnt about one holds for all.
The words and the orders are in ``code_kinds.toml``.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from chorus_connector.domain.messages.code_candidates import Clause, CodeCandidate

OTHER_WORD = "w"
"""The kind of a word of no kind; several of them in a row count once."""
_LEFT_OUT = {"article", "of", '"', "«", "»", "'", "’", "*"}
_LITTLE = {"article", "of", "subject", "and", "or", "for", "by", "where", "but"}
_ARROW = r"[-=–—]+ ?>|→|⇒|>|\t"
_GAP = r"(?:(?! X | SELF |\. )[^ ]+ )"
_REACH = 16


class Part(NamedTuple):
    """A word of a clause by its kind, or one of its codes."""

    kind: str
    code: CodeCandidate | None = None


def parts_of(clause: Clause, codes: Sequence[CodeCandidate]) -> list[Part]:
    """The words, marks and codes of a clause from left to right. ``codes`` are its candidates, from left to right."""
    parts, at = [], 0
    for code in codes:
        parts += [*_words_of(clause.plain, at, code.start), Part("code!", code)]
        at = code.end
    return [*parts, *_words_of(clause.plain, at, len(clause.plain))]


def telling(parts: Iterable[Part]) -> frozenset[str]:
    """The kinds among the parts that say something by themselves."""
    return frozenset(each.kind for each in parts) & _telling_kinds()


def kinds_in_a_row(parts: Iterable[Part], of: CodeCandidate) -> list[str]:
    """The kinds of the parts, without articles and quotes: ``code!`` for another code, a word for ``of`` elsewhere."""
    row: list[str] = []
    for part in parts:
        kind = OTHER_WORD if part.code is not None and part.code.text == of.text else part.kind
        if kind not in _LEFT_OUT and not (kind == OTHER_WORD and row[-1:] == [OTHER_WORD]):
            row.append(kind)
    return row


def orders_around(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """The names of the orders that a code is part of. ``before`` and ``after``: the kinds in a row, nearest first."""
    around = [*reversed(before[:_REACH]), "SELF", *after[:_REACH]]
    text = f" {' '.join(around)} ".replace("code!", "X")
    return (name for name, order in _orders().items() if order.search(text))


def _words_of(plain: str, start: int, end: int) -> Iterator[Part]:
    for match in _any_word().finditer(plain, start, end):
        kind = str(match.lastgroup)
        yield Part(match[0] if kind == "mark" else kind)


@cache
def _telling_kinds() -> frozenset[str]:
    return frozenset(_stored()["kinds"]) - _LITTLE


@cache
def _any_word() -> re.Pattern[str]:
    kinds = [rf"(?P<{kind}>(?<!\w)(?:{'|'.join(words)})(?!\w))" for kind, words in _stored()["kinds"].items()]
    rest = [rf"(?P<{OTHER_WORD}>[^\W\d_]\w*)", r"(?P<num>\d+)", rf"(?P<arrow>{_ARROW})", r"(?P<mark>[^\s\w])"]
    return re.compile("|".join([*kinds, *rest]))


@cache
def _orders() -> dict[str, re.Pattern[str]]:
    gaps = re.compile(r"\{(\d+)\}")
    return {
        name: re.compile(gaps.sub(lambda few: f"{_GAP}{{0,{few[1]}}}?", order))
        for name, order in _stored()["orders"].items()
    }


@cache
def _stored() -> dict[str, Any]:
    return tomllib.loads(files("chorus_connector.domain.messages").joinpath("code_kinds.toml").read_text("utf-8"))
