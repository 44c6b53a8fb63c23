"""Labels longer than the listed phrases: « Référence interne de votre commande publique : ».

French puts the head noun first and its complement after it. So a run of words that leads to one value is one label: the
first listed phrase in it decides, and a bare « N° » or « Date » takes its meaning from the next one. Words that refer
to another invoice (« facture rectifiée », « n° de la pièce à annuler ») make it a decoy.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.kinds import CODE_FIELDS, DAYS, NUMBERS, REFERENCES, SIRETS, SUMS
from chorus_connector.domain.reading.paper.lines import Cell
from chorus_connector.domain.reading.words.labels import PARTICLE, Hit, announcing
from chorus_connector.domain.reading.words.qualifiers import qualified, speaks_of_another

_LONGEST = 9  # words
_MERGED = frozenset({*NUMBERS, *DAYS, *SIRETS})
_BARE_NUMBER = re.compile(
    r"(?:(?:votre|vos|notre|nos|le|la) )?(?:n|n°|no|nr|num|numero|references?|refs?|code|identifiant|id)"
)
_OF = re.compile(r"[ .]*(?:(?:de|du|de la|de l'|d'|votre|notre) ?){0,2}")
_SYNONYM = re.compile(r"[ °.]*(?:/|\bou\b)[ .]*(?:(?:du|de|de la|d['’]) ?)?")
_A_LOT = re.compile(r"(?:n°? ?(?:de )?)?lots?(?: n°?)?")
_OF_SERVICES = re.compile(r" (?:de |des |a )services?(?: \w+)? (?:n°?|no|numero)")
_ONLY_GOES_ON = re.compile(rf"{_BARE_NUMBER.pattern}|a rappeler")
_TITLE = re.compile(r"(?:[a-z']+[ -]){0,4}(?:factures?|avoir|honoraires|memoire)(?:[ -][a-z']+){0,3}")
_DATED = re.compile(r"(?P<noun>.+?) (?:(?:passee?|notifiee?|signee?) le|en date du|du|le)")
_ONLY_A_DATE = re.compile(r"\W*\d{1,2}(?:[/.-]\d{1,2}[/.-]\d{2,4}|(?:er)? [a-z]+ \d{4})\W*(?:sous le )?")
_JOINT = re.compile(r"/|\b(?:et|ET)\b|&")
_BARE_DATE = re.compile(r"date|dt|dte|en date du|du|date (?:de|limite)")
_CODES = frozenset(CODE_FIELDS)
_OF_ANOTHER_THING = frozenset({*REFERENCES, "other_number", "other_date"} - {"service_code"})
"""What has a day of its own: an order, a contract, but not a service."""
_NAMES = frozenset({"supplier", "recipient", "other_party", "party_name", PARTICLE})
_GOES_ON = re.compile(r"(?: (?:[a-zà-ÿœ]+|[A-ZÀ-ÝŒ]+|[dl]['’]\w+)){1,4} ")
_ENDS_A_SENTENCE = re.compile(r"[^\W\d_][\w-]{5,}\.\s+[A-ZÀ-Ý][a-zà-ÿ]")  # « service NUMERIQUE. Lieu d'exécution »
_CODE_OF_LETTERS = re.compile(r" [A-Z]{2,}(?:[-_][A-Z]+)*(?= )")
_WORD = re.compile(r"[^\W\d_]+(?:[’'.][^\W\d_]+)*[.’']?|n°|N°")


def as_whole_labels(cell: Cell, hits: Sequence[Hit]) -> list[Hit]:
    """The labels of a cell; labels in one run of words are merged."""
    merged = _with_their_numbers(cell, _with_synonyms_joined(cell, _qualified(cell, hits)))
    for first, end in _stretches(cell):
        start = max([first, *(after for hit in merged if first <= hit.start < end if (after := _after_a_code(hit)))])
        inside = [hit for hit in merged if start <= hit.start and hit.end <= end]
        if ":" not in cell.text[end:] and not _is_one_label(cell, inside):
            continue
        label = _one_label(cell, inside, end)
        if label is not None:
            merged = sorted([hit for hit in merged if hit not in inside] + [label], key=lambda hit: hit.start)
    return merged


def _qualified(cell: Cell, hits: Sequence[Hit]) -> list[Hit]:
    """The labels; those that a qualifier gives to another document are decoys: « facture associée n° »."""
    kept: list[Hit] = []
    for hit in hits:
        if kept and hit.start < kept[-1].end:
            continue
        kept.append(qualified(cell, hit) or hit)
    return kept


def _with_synonyms_joined(cell: Cell, hits: Sequence[Hit]) -> list[Hit]:
    """« Bon de commande / engagement », « Marché / convention », « Marché / lot »: one label for one number."""
    joined: list[Hit] = []
    for hit in hits:
        before = joined[-1] if joined else None
        if before is not None and _SYNONYM.fullmatch(cell.folded, before.end, hit.start):
            kinds = _of_both(before, hit)
            if kinds:
                joined[-1] = Hit(cell, before.start, hit.end, kinds)
                continue
        joined.append(hit)
    return joined


def _of_both(before: Hit, hit: Hit) -> Mapping[str, float]:
    """The references that both labels may announce, as weakly as the weaker one does; a lot is its contract's."""
    if "contract_number" in before.kinds and _A_LOT.fullmatch(hit.cell.folded, hit.start, hit.end):
        return before.kinds
    shared = before.kinds.keys() & hit.kinds.keys() & {"engagement_number", "contract_number"}
    return {kind: max(before.kinds[kind], hit.kinds[kind]) for kind in shared}


def _is_one_label(cell: Cell, inside: Sequence[Hit]) -> bool:
    """Whether a cell without colon and value is one sure label and its complement: « N° de facture à rappeler »."""
    if len(inside) < 2 or inside[0].start > 0:
        return False
    if _is_day_of_something(cell, inside):
        return True
    if not _CODES.issuperset(inside[0].kinds):
        return False
    head, rest = inside[0], cell.text[inside[0].end :]
    one_case = rest.strip("°").islower() or (rest.isupper() and head.text.isupper())
    return one_case and min(head.kinds.values()) == 0.0 and all(not _CODES & hit.kinds.keys() for hit in inside[1:])


def _is_day_of_something(cell: Cell, inside: Sequence[Hit]) -> bool:
    """« Date cde », « date de votre commande »: a cell that only names the date of something else."""
    day, *others = inside
    rest = [hit for hit in others if not _NAMES.issuperset(hit.kinds)]
    if len(rest) != 1 or not _OF_ANOTHER_THING.issuperset(rest[0].kinds):
        return False
    whole = not cell.text[rest[0].end :].strip(" .°")
    spoken = _BARE_DATE.fullmatch(cell.folded[day.start : day.end].strip(" ."))
    return whole and spoken is not None and _OF.fullmatch(cell.folded[day.end : rest[0].start]) is not None


def _with_their_numbers(cell: Cell, hits: Sequence[Hit]) -> list[Hit]:
    """« Références engagement n° », « Facture regroupée n° »: a bare « n° » belongs to what is named before it."""
    joined: list[Hit] = []
    for hit in hits:
        if not joined and (title := _numbered_title(cell, hit)):
            joined.append(title)
            continue
        of_another = _number_of_another_thing(cell, joined[-1], hit) if joined else None
        if of_another is not None:
            joined[-1:] = of_another
            continue
        index = next((at for at in reversed(range(len(joined))) if not _says_little(joined[at])), None)
        if index is not None and _ONLY_GOES_ON.fullmatch(cell.folded[hit.start : hit.end]):
            named = joined[index]
            kinds = _numbered(cell, named, hit)
            if kinds:
                joined[index:] = [Hit(cell, named.start, hit.end, kinds)]
                continue
        if index is not None and _is_its_service(cell, joined[index], hit):
            joined[index:] = [Hit(cell, joined[index].start, hit.end, joined[index].kinds)]
            continue
        joined.append(hit)
    return joined


def _is_its_service(cell: Cell, named: Hit, hit: Hit) -> bool:
    """« Marché public de services n° », « accord-cadre de service n° »: a complement that is also a label."""
    numbered = "service_code" in hit.kinds and _OF_SERVICES.fullmatch(cell.folded[named.end : hit.end])
    return bool(numbered) and {"contract_number", "engagement_number"}.issuperset(named.kinds)


def _numbered_title(cell: Cell, hit: Hit) -> Hit | None:
    """« RELEVÉ-FACTURE MENSUEL N° », « FRAIS ET HONORAIRES N° »: a title that names an invoice and its number."""
    before = cell.folded[: hit.start].strip()
    if not _BARE_NUMBER.fullmatch(cell.folded[hit.start : hit.end].strip(" .")) or not _TITLE.fullmatch(before):
        return None
    title = Hit(cell, 0, hit.end, {"invoice_number": 0.0, "invoice_date": weights.STRENGTHS["fair"]})
    return None if speaks_of_another(hit) or qualified(cell, Hit(cell, 0, 0, title.kinds)) else title


def _number_of_another_thing(cell: Cell, named: Hit, hit: Hit) -> list[Hit] | None:
    """What becomes of a label and a bare « n° » after it: « chantier n° », « solde de la facture n° »."""
    if not _BARE_NUMBER.fullmatch(cell.folded[hit.start : hit.end].strip(" .")):
        return None
    if kinds := _of_what_is_dated(cell, named, hit):
        return [named, Hit(cell, hit.start, hit.end, kinds)]
    if cell.text[named.end : hit.start].strip():
        return None
    if _WITHOUT_MERGING & named.kinds.keys():
        return [named, Hit(cell, hit.start, hit.end, {"other_number": 0.0})]
    decoy = "other_number" in named.kinds and not (_CODES | set(SIRETS)) & named.kinds.keys()
    return [Hit(cell, named.start, hit.end, named.kinds)] if decoy else None


def _of_what_is_dated(cell: Cell, named: Hit, hit: Hit) -> Mapping[str, float] | None:
    """« Commande du 02/02/2026 n° »: what « n° » announces after the date of an order or a contract."""
    dated = _DATED.fullmatch(cell.folded[named.start : named.end])
    if not dated or not _ONLY_A_DATE.fullmatch(cell.folded[named.end : hit.start]):
        return None
    return next((kinds for _, _, kinds in announcing().find(dated["noun"]) if _CODES & kinds.keys()), None)


def _says_little(hit: Hit) -> bool:
    """Whether a hit may be only a complement of the label before it: « convention de prestation n° »."""
    return _NAMES.issuperset(hit.kinds) or hit.kinds == {"other_date": weights.STRENGTHS["fair"]}


def _numbered(cell: Cell, named: Hit, number: Hit) -> Mapping[str, float] | None:
    """What « n° » after a label announces, if nothing but the label's own words stand between."""
    if not _CODES & named.kinds.keys():
        return None
    between = cell.text[named.end : number.start]
    if not any(char.isalnum() or char == "/" for char in between):
        return named.kinds
    if not _GOES_ON.fullmatch(between):
        return None
    return {kind: 0.0 for kind in named.kinds if kind in _CODES}


def _one_label(cell: Cell, inside: Sequence[Hit], end: int) -> Hit | None:
    """The one label that a run of words forms, if it is about numbers or dates."""
    named = [hit for hit in inside if not (hit.is_particle and hit is not inside[-1])]
    if not named or not _MERGED.intersection(named[0].kinds) or _are_joined(cell, named):
        return None
    if any(_WITHOUT_MERGING.intersection(hit.kinds) for hit in named):
        return None
    kinds = _meaning(cell, named, end)
    if kinds is None or (len(named) == 1 and named[0].end >= end and kinds == named[0].kinds):
        return None
    return Hit(cell, named[0].start, end, kinds)


_WITHOUT_MERGING = frozenset({"iban", *SUMS})


def _are_joined(cell: Cell, hits: Sequence[Hit]) -> bool:
    return any(_JOINT.search(cell.text, hit.end, other.start) for hit, other in pairwise(hits))


def _meaning(cell: Cell, hits: Sequence[Hit], end: int) -> Mapping[str, float] | None:
    head = hits[0]
    if head.is_particle:
        return None
    text = cell.folded[head.start : head.end].strip(" .:")
    following = next((hit for hit in hits[1:] if not _NAMES.issuperset(hit.kinds)), None)
    of_something = any(char.isalnum() for char in cell.text[head.end : end])
    if _BARE_NUMBER.fullmatch(text) and of_something:
        known = following and (_only(following, NUMBERS) or _only(following, SIRETS))
        return known or {"other_number": weights.STRENGTHS["fair"]}
    if _BARE_DATE.fullmatch(text) and of_something:
        return (
            _day_of(following)
            if following
            else {"other_date": weights.STRENGTHS["fair"], "invoice_date": weights.STRENGTHS["weak"]}
        )
    return head.kinds


def _only(hit: Hit, wanted: Sequence[str]) -> dict[str, float]:
    return {kind: min(weakness, weights.STRENGTHS["fair"]) for kind, weakness in hit.kinds.items() if kind in wanted}


def _day_of(hit: Hit) -> dict[str, float]:
    """The kind of date that « date de … » announces."""
    days = _only(hit, DAYS)
    if days:
        return days
    return {"invoice_date" if "invoice_number" in hit.kinds else "other_date": weights.STRENGTHS["fair"]}


def _stretches(cell: Cell) -> Iterator[tuple[int, int]]:
    """The offsets of runs of two to nine words without a digit: before each colon, or else in the whole cell."""
    text = cell.text
    for match in re.finditer(r":(?=\s|$|\S*\d)", text):
        start = _start_of_words(text, match.start())
        if start < match.start():
            yield start, len(text[: match.start()].rstrip())
    words = text.rstrip(" :")
    if ":" not in words and 1 < len(words.split()) <= _LONGEST and not any(char.isdigit() for char in text):
        yield 0, len(words)


def _after_a_code(hit: Hit) -> int | None:
    """Where the code of « service DRH SIRET du client : » ends: a word in capitals after a label in small letters."""
    match = _CODE_OF_LETTERS.match(hit.cell.text, hit.end) if hit.kinds.keys() == {"service_code"} else None
    return match.end() if match and hit.text.islower() else None


def _start_of_words(text: str, end: int) -> int:
    """Where the run of at most nine words before ``end`` starts, without a number or the end of a sentence in it."""
    start = end
    words = list(re.finditer(r"\S+", text[:end]))
    for word in reversed(words[-_LONGEST:]):
        bare = word[0].strip('()/«»"')
        if bare and not _WORD.fullmatch(bare) and not re.fullmatch(r"[^\W\d_]+(?:[/’'-][^\W\d_]+)*\.?", bare):
            break
        if start != end and (word[0].endswith((",", ";", "!", "?")) or _ENDS_A_SENTENCE.match(text, word.start())):
            break
        start = word.start()
    return start


def whole_labels(hits: Mapping[Cell, list[Hit]]) -> dict[Cell, list[Hit]]:
    """The labels of a page by cell; labels in one run of words are merged."""
    return {cell: as_whole_labels(cell, found) for cell, found in hits.items()}
