"""All pages of one document with their cells, labels and typed values. Every rule queries this object."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.kinds import AMOUNT_FIELDS, CODE_FIELDS, DATE_FIELDS, DAYS, SIRETS
from chorus_connector.domain.reading.paper.lines import Cell, Row, Sheet, fold, lay_out, misalignment
from chorus_connector.domain.reading.paper.page import Page
from chorus_connector.domain.reading.paper.wrapped_cells import with_wrapped_cells_joined
from chorus_connector.domain.reading.typed.amounts import EURO_AS_E, SUM_IN_E, Amount, find_amounts
from chorus_connector.domain.reading.typed.dates import FoundDate, find_dates
from chorus_connector.domain.reading.typed.identifiers_found import find_sirets
from chorus_connector.domain.reading.typed.ocr_repair import repaired_code, repaired_numbers
from chorus_connector.domain.reading.words.labels import Hit, find_hits, label_words, naming
from chorus_connector.domain.reading.words.phrases import whole_labels
from chorus_connector.domain.reading.words.sections import in_context, joined_labels, joined_part
from chorus_connector.domain.reading.words.stacks import Side, sides
from chorus_connector.domain.reading.words.values_like_labels import without_values
from chorus_connector.domain.reading.words.word_lists import word_list
from chorus_connector.domain.reading.words.wrapped_captions import with_wrapped_captions_joined

LabelPosition = Literal["tail", "right", "far_right", "below", "left", "above"]
_SAYS_NOTHING = re.compile(
    r"[\W_]*(?:\((?![^)]*\d[/.-]\d)[^)]{0,25}\))?[\W_]*|\s*/\s*[^\W\d_]+\.?(?:\s[^\W\d_]+\.?){0,3}\s*:?"
    r"|\s(?:client|chorus|chorus pro|public|publique|fournisseur|acheteur|interne|\(eur\)|eur|euros|en euros|en €)"
    r"\s*:?",
    re.IGNORECASE,
)
_LEADS_IN = re.compile(
    r"\W*(?:\d{1,2}[.)]?)?\W*(?:(?:votre|vos|your|notre|nos|le|la|les|l|de|du|des|d|en|au|aux|pour|suite|suivant|selon|a"
    r"|conformement|execution|titre|cadre|dans|c|cd|code|v|n|refs?|references?|id|merci|nous|veuillez|rappeler)\b\W*){0,5}"
)
_MORE_WORDS = re.compile(r"(?:\s+\(?[^\W\d_]+(?:['’][^\W\d_]+)?\)?){1,4}\s*:?")
_OPENS_A_TITLE = re.compile(r"[^\W_][^\d:;,.]{2,40} [-–—/|] ?")
_ITS_NUMBER = re.compile(r"(?: ?n)?\W{0,2}[^\W_]*\d\S*")  # what follows « avoir n » in « Avoir n° 2026-0419 »
_MAY_RUN_ON = frozenset({*CODE_FIELDS, *DATE_FIELDS})
_IN_A_CODE = re.compile(r"[./_-]?[A-Z]")  # « 24.101.L3 » is no sum
_GOODS = word_list("goods_counted")
_GOODS_NAMED = word_list("goods_named")
_GOODS_SUMS = word_list("goods_sums")
_AMOUNTS = frozenset(AMOUNT_FIELDS)
_SUMS_IN_E = 2  # sums with an « e » that show that it is the euro sign
_SYNONYMS = {
    "engagement_number": re.compile(r"(?:bon de )?(?:commandes?|cde|cmde)(?: n°)? ?/ ?|(?:bc|bdc|ej) ?/ ?"),
    "contract_number": re.compile(r"(?:marches?|contrats?|conventions?|accord-cadre)(?: n°)? ?/ ?"),
}
_VALUED = 2  # of these captions have a number or a day under them, at least
_FIRST_WORD = re.compile(r"\S*\w(?=\s*$|[,;]?\s+[—–;|-] |[,;] )")  # of a list of references
_A_HEAD = 3  # captions of a row that heads columns, at least
_A_COLUMN = 6  # cells that alternate: three pairs are no accident
_DAYS = frozenset(DAYS)
_SIRETS = frozenset(SIRETS)
_CODES = frozenset(CODE_FIELDS)
_CAPTION_WORDS = 7
_BRACKETED_WORDS = 4  # the weakness of a value before its label in brackets


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a cell where a label's value may be, and its position relative to the label."""

    relation: LabelPosition
    cell: Cell
    start: int
    end: int
    cost: float

    @property
    def text(self) -> str:
        return self.cell.text[self.start : self.end]


class Document:
    """A document laid out once. What is found in a cell is cached by cell."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.sheets = tuple(_laid_out(page) for page in pages)
        self.annexes: frozenset[int] = frozenset()
        self._hits: dict[Cell, list[Hit]] = {}
        self._looking_up: dict[Row, float | None] = {}
        self._heads: dict[Row, bool] = {}
        for sheet in self.sheets:
            self._hits.update(in_context(sheet, whole_labels(without_values(sheet, find_hits(sheet)))))
        self._sheet_of = {sheet.number: sheet for sheet in self.sheets}

    def part(self, sheets: Sequence[Sheet], annexes: Iterable[int] = ()) -> "Document":
        """The document of some of its pages, which are not laid out again; ``annexes``: their numbers."""
        part = Document(())
        part.sheets, part.annexes = tuple(sheets), frozenset(annexes)
        part._sheet_of = {sheet.number: sheet for sheet in sheets}
        part._hits = {cell: hits for cell, hits in self._hits.items() if cell.page in part._sheet_of}
        return part

    @cached_property
    def main(self) -> "Document":
        """The document without its annexes, whose dates and sums are those of parts."""
        sheets = [sheet for sheet in self.sheets if sheet.number not in self.annexes]
        return self.part(sheets) if 0 < len(sheets) < len(self.sheets) else self

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for sheet in self.sheets for cell in sheet.cells)

    @cached_property
    def hits(self) -> tuple[Hit, ...]:
        return tuple(hit for hits in self._hits.values() for hit in hits)

    @cached_property
    def is_ocr(self) -> bool:
        return any(sheet.source == "ocr" for sheet in self.sheets)

    @cached_property
    def amounts(self) -> dict[Cell, list[Amount]]:
        """Numbers that could be money or a rate, by cell."""
        return {cell: found for cell in self.cells if (found := list(find_amounts(self._numbers(cell))))}

    @cached_property
    def euro_as_e(self) -> bool:
        """Whether the font of the document gives its euro signs as « e »: « 1 500,00 e »."""
        return sum(SUM_IN_E.search(cell.text) is not None for cell in self.cells) >= _SUMS_IN_E

    @cached_property
    def dates(self) -> dict[Cell, list[FoundDate]]:
        found = {}
        for cell in self.cells:
            dates = list(find_dates(self._repaired(cell), noisy=self._is_ocr(cell)))
            if dates:
                found[cell] = sorted(dates, key=lambda date: date.start)
        return found

    def _is_ocr(self, cell: Cell) -> bool:
        return self.sheet(cell).source == "ocr"

    def code(self, cell: Cell, start: int, end: int) -> str:
        """A code as printed, with an OCR engine's look-alike characters repaired where one reading is possible."""
        text = cell.text[start:end]
        return repaired_code(text) if self._is_ocr(cell) else text

    def _repaired(self, cell: Cell) -> str:
        return repaired_numbers(cell.text) if self._is_ocr(cell) else cell.text

    def _numbers(self, cell: Cell) -> str:
        """The cell's text with its euro signs, and a tab where a gap is too wide for a separator of thousands."""
        text = self._repaired(cell)
        if self.euro_as_e:
            text = EURO_AS_E.sub("€", text)
        for index in cell.wide_gaps:
            text = text[:index] + "\t" + text[index + 1 :]
        return text

    @cached_property
    def natures(self) -> dict[Cell, list[tuple[int, int, str]]]:
        """The kinds that a cell's words give it (``public_body``, ``legal_form``, ``credit_note``…), with offsets."""
        lexicon = naming()
        found = {}
        for cell in self.cells:
            natures = [(start, end, kind) for start, end, kinds in lexicon.find(cell.folded) for kind in kinds]
            if natures:
                found[cell] = natures
        return found

    def sheet(self, cell: Cell) -> Sheet:
        return self._sheet_of[cell.page]

    def hits_in(self, cell: Cell) -> list[Hit]:
        """The labels of a cell that end the value before them: all but particles."""
        return [hit for hit in self._hits.get(cell, ()) if not hit.is_particle]

    def announced(self, *kinds: str) -> Iterator[Hit]:
        """The labels that may announce one of these kinds."""
        return (hit for hit in self.hits if any(kind in hit.kinds for kind in kinds))

    def tail(self, hit: Hit) -> tuple[int, int]:
        """Where the text after a label starts and ends: the next label or the end of its cell."""
        following = [other.start for other in self.hits_in(hit.cell) if other.start >= hit.end]
        return hit.end, min(following, default=len(hit.cell.text))

    def head(self, hit: Hit) -> tuple[int, int]:
        """Where the text before a label starts and ends: the label before it or the start of its cell."""
        before = [other.end for other in self.hits_in(hit.cell) if other.end <= hit.start]
        return max(before, default=0), hit.start

    def is_bare(self, hit: Hit) -> bool:
        """Whether nothing but punctuation (or a bracketed remark) follows a label in its cell."""
        start, end = self.tail(hit)
        rest = hit.cell.text[start:end]
        if _SAYS_NOTHING.fullmatch(rest) is not None:
            return True
        one_case = rest.islower() or (rest.isupper() and hit.text.isupper())
        return one_case and self._may_run_on(hit, rest) and _MORE_WORDS.fullmatch(rest) is not None

    def _may_run_on(self, hit: Hit, rest: str) -> bool:
        """Whether the words after a label only complete it: « N° de facture à rappeler »; « SE BIBLIO » is a code."""
        if "service_code" in hit.kinds and not all(label_words().has(fold(word)) for word in rest.strip(" :").split()):
            return False
        sure = min(hit.kinds.values()) == 0.0 or "engagement_number" in hit.kinds
        return sure and _MAY_RUN_ON.issuperset(hit.kinds)

    @cached_property
    def _sides(self) -> dict[Cell, Side]:
        """The captions in columns that alternate captions and values, with the side of the value each caption is on."""
        found: dict[Cell, Side] = {}
        for sheet in self.sheets:
            captions = {cell: self.hits_in(cell)[0] for cell in sheet.cells if self._is_caption(cell)}
            found.update(sides(sheet, captions, self._is_of_its_kind))
        return found

    def stands_in_a_column(self, cell: Cell) -> bool:
        """Whether a label is in a column of captions and values, so that it does not describe the cell on its left."""
        return cell in self._sides

    def stacked_over(self, cell: Cell) -> list[Hit]:
        """The other captions of a column in which each caption is over its value; none for any other cell."""
        if self._sides.get(cell) != "over":
            return []
        column = (other for other in self._sides if other.page == cell.page and other is not cell)
        return [self.hits_in(other)[0] for other in column if abs(other.left - cell.left) < weights.SAME_EDGE]

    def _is_caption(self, cell: Cell) -> bool:
        """Whether a cell is a label and nothing else, with no colon that would point to its value."""
        hits = self.hits_in(cell)
        if not hits or ":" in cell.text or len(cell.tokens) > _CAPTION_WORDS:
            return False
        said = not any(char.isdigit() for char in cell.text)
        return said and self.opens(hits[0]) and self.is_bare(hits[-1])

    def _is_of_its_kind(self, hit: Hit, cell: Cell) -> bool:
        """Whether a cell holds what a label announces: a date, a SIRET, a sum or a code."""
        dated = cell in self.dates
        if _DAYS.intersection(hit.kinds) and not _CODES.intersection(hit.kinds):
            return dated
        if _SIRETS.intersection(hit.kinds):
            return any(True for _ in find_sirets(cell.text))
        money = self._is_money(cell)
        if _AMOUNTS.intersection(hit.kinds):
            return money
        return bool(_CODES.intersection(hit.kinds)) and _is_written(cell) and not dated and not money

    def bracketed(self, hit: Hit) -> int | None:
        """Where the bracket opens in « BC013290 (n° d'engagement) »: a label that closes the cell of its value."""
        text = hit.cell.text
        opening = text.rfind("(", 0, hit.start)
        inside = text[opening + 1 : hit.start] + text[hit.end :].rstrip(" .:")
        if opening <= 0 or not inside.endswith(")") or any(not (c.isalpha() or c in " .'’°") for c in inside[:-1]):
            return None
        value = text[:opening].strip()
        named = any(other.end <= opening for other in self.hits_in(hit.cell))
        coded = any(char.isdigit() or char in "-–—_" for char in value) or self._has_a_bracketed_neighbour(hit.cell)
        return opening if coded and not named and len(value.split()) <= _BRACKETED_WORDS else None

    def _has_a_bracketed_neighbour(self, cell: Cell) -> bool:
        sheet = self.sheet(cell)
        near = (*sheet.above(cell.left, cell.right, cell.row, sheet.text_height)[:1],
                *sheet.below(cell.left, cell.right, cell.row, sheet.text_height)[:1])  # fmt: skip
        return any(other.text.endswith(")") and self.hits_in(other) and not self.opens(self.hits_in(other)[0])
                   for other in near)  # fmt: skip

    def regions(self, hit: Hit) -> Iterator[Region]:
        """Where the value of a label may be, the likeliest first."""
        bracket = self.bracketed(hit)
        if bracket is not None:
            yield Region("left", hit.cell, 0, bracket, weights.BEFORE_A_BRACKET)
            return
        joined = joined_labels(self.hits_in(hit.cell), hit)
        if joined is not None:
            yield from self._shared(hit, *joined)
        elif self._sides.get(hit.cell) == "under":
            yield from self._rightwards(hit)
            yield from self._upwards(hit)
            yield from self._backwards(hit)
        else:
            yield from self._around(hit)

    def _around(self, hit: Hit) -> Iterator[Region]:
        start, end = self.tail(hit)
        if not self.is_bare(hit):
            yield Region("tail", hit.cell, start, end, 0.0)
        if end == len(hit.cell.text):
            yield from self._rightwards(hit)
            yield from self._next_line(hit)
        if self.follows_its_value(hit):
            yield from self._backwards(hit)
            return
        side = self._sides.get(hit.cell)
        if side == "over" or (side is None and self._cost_of_looking_up(hit.cell.row) != weights.OVER_A_ROW_OF_LABELS):
            yield from self._downwards(hit)
        yield from self._backwards(hit)

    def opens(self, hit: Hit) -> bool:
        """Whether a label is first in its cell or right after another label, small words and a field number apart.

        « Commande / n° d'engagement »: another word for the same thing, and a stroke, may lead in.
        """
        start, end = self.head(hit)
        if _LEADS_IN.fullmatch(hit.cell.folded, start, end) is not None or self.ends_a_title(
            hit.cell, hit.start, hit.end
        ):
            return True
        return "/" in hit.cell.folded[start:end] and any(
            synonym.fullmatch(hit.cell.folded, start, end) for kind, synonym in _SYNONYMS.items() if kind in hit.kinds
        )

    def ends_a_title(self, cell: Cell, start: int, end: int) -> bool:
        """« Retour de marchandise – Avoir »: how a title near the top ends, in large letters or with its number."""
        sheet = self.sheet(cell)
        numbered = _ITS_NUMBER.fullmatch(cell.folded, end) is not None
        large = cell.height > weights.HEIGHT_OF_A_TITLE * sheet.text_height and not cell.folded[end:].strip(" .:°")
        high = (large or numbered) and cell.middle < weights.UPPER_PART * sheet.height
        return high and _OPENS_A_TITLE.fullmatch(cell.folded, 0, start) is not None

    def follows_its_value(self, hit: Hit) -> bool:
        """« 28 avril 2026 ÉMIS LE »: a label that ends its cell after a value."""
        start, end = self.head(hit)
        ends = not hit.cell.text[hit.end :].strip(" .:°")
        return ends and not self.opens(hit) and any(char.isdigit() for char in hit.cell.text[start:end])

    def is_joined(self, hit: Hit) -> bool:
        """Whether a label shares a value with others it is joined to by strokes."""
        return joined_labels(self.hits_in(hit.cell), hit) is not None

    def _shared(self, hit: Hit, index: int, count: int) -> Iterator[Region]:
        """The label's share of the value that labels joined by strokes announce together."""
        hits = self.hits_in(hit.cell)
        run = hits[hits.index(hit) - index :][:count]
        dated = any(_DAYS.intersection(other.kinds) and not _CODES.intersection(other.kinds) for other in run)
        for region in self._whole_regions(run[-1]):
            alone = dated and region.cell not in self.dates
            part = None if alone else joined_part(region.cell.text, region.start, region.end, index, count)
            if part is not None:
                yield replace(region, start=part[0], end=part[1])
                return
            if alone or " / " not in region.text:  # one of the values is missing: the one of the other kind
                if not _CODES & hit.kinds.keys() and any(_CODES & other.kinds.keys() for other in run) and not dated:
                    return
                yield replace(region, cost=region.cost + weights.WITHOUT_ITS_COMPANION)
                return

    def _whole_regions(self, hit: Hit) -> Iterator[Region]:
        start, end = self.tail(hit)
        if not self.is_bare(hit):
            yield Region("tail", hit.cell, start, end, 0.0)
        elif end == len(hit.cell.text):
            yield from self._rightwards(hit)
        yield from self._downwards(hit)

    def free_start(self, cell: Cell) -> int:
        """Where the first label of a cell starts: a value at the start of the cell ends there."""
        hits = self.hits_in(cell)
        return (0 if self.opens(hits[0]) else hits[0].start) if hits else len(cell.text)

    def _rightwards(self, hit: Hit) -> Iterator[Region]:
        if self._heads_columns(hit.cell.row):
            return
        sheet = self.sheet(hit.cell)
        cost: float = weights.BESIDE_ITS_LABEL if self.is_bare(hit) else weights.BESIDE_A_FULL_LABEL
        relation: LabelPosition = "right"
        cell = sheet.right_of(hit.cell)
        while cell is not None:
            if not any(char.isalnum() for char in cell.text):
                cell = sheet.right_of(cell)
                continue
            end = self.free_start(cell)
            gap = (cell.left - hit.cell.right) / sheet.width
            if end > 0 and not (gap > weights.APART_FROM_THE_GOODS and self.is_goods(cell.row)):
                yield Region(relation, cell, 0, end, cost + gap)
            if end < len(cell.text):
                return
            relation, cost = "far_right", cost + weights.ONE_CELL_FURTHER
            cell = sheet.right_of(cell)

    def _next_line(self, hit: Hit) -> Iterator[Region]:
        """« … – Service : ACHATS – Marché : » over « 2024-S-017 – … »: a full line leaves its value for the next."""
        cell, sheet = hit.cell, self.sheet(hit.cell)
        full = cell.right - cell.left > weights.A_FULL_LINE * sheet.width
        if self.opens(hit) or not full or cell.text[hit.end :].strip() != ":":
            return
        below = sheet.below(cell.left, cell.right, cell.row, weights.GAP_IN_A_BROKEN_VALUE * cell.height)[:1]
        if not below or len(below[0].row.cells) > 1 or abs(below[0].left - cell.left) >= weights.SAME_EDGE:
            return
        word = _FIRST_WORD.match(below[0].text)
        if word and self.free_start(below[0]) >= word.end():
            yield Region("tail", below[0], 0, word.end(), weights.BESIDE_ITS_LABEL)

    def beginning(self, cell: Cell) -> Cell | None:
        """The first line of a value that a narrow column broke, over its rest: « BC2024- » over « 1675 »."""
        above = self.sheet(cell).above(cell.left, cell.right, cell.row, weights.GAP_IN_A_BROKEN_VALUE * cell.height)[:1]
        broken = bool(above) and above[0].text[-1] in "-/–" and self.continued(above[0]) == cell.text
        return above[0] if broken else None

    def continued(self, cell: Cell) -> str | None:
        """The rest of a value that a narrow column broke: « BC-14 » under « M-26-555/ », « 6 » under « 157828010 »."""
        sheet = self.sheet(cell)
        below = sheet.below(cell.left, cell.right, cell.row, weights.GAP_IN_A_BROKEN_VALUE * cell.height)[:1]
        if not below or len(below[0].tokens) > 1 or self.hits_in(below[0]):
            return None
        rest, cut = below[0], cell.text[-1] in "-/–"
        if rest.position > 0 and not cut:
            return None
        aligned = min(abs(rest.left - cell.left), abs(rest.right - cell.right)) < weights.SAME_EDGE
        goes_on = cut or (rest.text.isdigit() and cell.text[-1].isdigit() and len(rest.text) <= 2)
        return rest.text if aligned and goes_on and len(rest.text) <= len(cell.text) else None

    def _downwards(self, hit: Hit) -> Iterator[Region]:
        if not self.is_bare(hit):
            return
        sheet = self.sheet(hit.cell)
        whole = self.opens(hit) and self.tail(hit)[1] == len(hit.cell.text)
        left, right = hit.cell.extent(0 if whole else hit.start, len(hit.cell.text) if whole else hit.end)
        colon = hit.cell.text[hit.end :].lstrip().startswith(":")
        reach = weights.REACH_DOWN * sheet.text_height
        found = sheet.below(left, right, hit.cell.row, reach)
        if found and self._is_left_empty(hit.cell.row, found[0].row):
            return
        if found and self._says_it_again(hit.cell.row, found[0].row):
            found = sheet.below(left, right, found[0].row, reach)
        for rank, cell in enumerate(found):
            start, end = (
                self._column_of(cell, left, right, hit.cell.row) if hit.start == 0 else (0, self.free_start(cell))
            )
            if end > start:
                apart = 0.0 if start else misalignment(cell, left, right)
                cost = (
                    weights.UNDER_ITS_LABEL
                    + min(weights.MOST_MISALIGNED, apart / weights.MISALIGNED)
                    + weights.NEXT_BEST_ALIGNED * rank
                    + (weights.UNDER_A_COLON if colon else 0.0)
                )
                yield Region("below", cell, start, end, cost)

    def _is_left_empty(self, labels: Row, below: Row) -> bool:
        """Whether the values of a row of labels are on a line before ``below``, so that this label has no value."""
        if below.index - labels.index < 2 or not self._is_label_row(labels):
            return False
        between = self._sheet_of[labels.page].rows[labels.index + 1 : below.index]
        siblings = [(cell.left, cell.right) for cell in labels.cells]
        return any(
            cell.left < right and cell.right > left and not self.hits_in(cell)
            for row in between
            for cell in row.cells
            for left, right in siblings
        )

    def _says_it_again(self, labels: Row, below: Row) -> bool:
        """Whether the row right under a row of labels repeats them in another language."""
        if any(char.isdigit() for cell in below.cells for char in cell.text) or len(below.cells) < 2:
            return False
        aligned = [
            cell
            for cell in below.cells
            if any(abs(cell.left - other.left) < weights.ALIGNED_WITH_ITS_LABEL for other in labels.cells)
        ]
        labels_too = sum(
            any(hit.start == 0 and self.is_bare(hit) for hit in self.hits_in(cell)) for cell in below.cells
        )
        return len(aligned) == len(below.cells) <= 2 * labels_too

    def _column_in(self, cell: Cell, left: float, row: Row) -> tuple[int, int] | None:
        """The part of a cell under one of several captions, where the values of their columns ran together."""
        starts = [(start, cell.extent(start, end)[0]) for start, end in cell.spans]
        own = next((start for start, at in starts if abs(at - left) < weights.SAME_EDGE), None)
        others = [other.left for other in row.cells if abs(other.left - left) > weights.SAME_EDGE]
        ends = [start for start, at in starts if any(abs(at - other) < weights.SAME_EDGE for other in others)]
        cuts = [own or 0, *ends]
        dated = any(date.start < cut < date.end for date in self.dates.get(cell, ()) for cut in cuts)
        if own is None or dated or not (ends or own > 0):
            return None
        return own, min([start - 1 for start in ends if start > own], default=len(cell.text))

    def _column_of(self, cell: Cell, left: float, right: float, row: Row) -> tuple[int, int]:
        """The part of a cell that is under a label: one word of it where the text has run into the next column."""
        end = self.free_start(cell)
        if column := self._column_in(cell, left, row):
            return column
        if cell.left > left - weights.RUNS_INTO_THE_NEXT_COLUMN:
            return 0, end
        under = [span for span in cell.spans if cell.extent(*span)[1] > left and cell.extent(*span)[0] < right]
        if len(under) != 1 and sum(other.left < cell.right and other.right > cell.left for other in row.cells) > 1:
            return (under[0][0], under[-1][1]) if under else (0, 0)
        return under[0] if len(under) == 1 and cell.right < right + weights.RUNS_INTO_THE_NEXT_COLUMN else (0, end)

    def _backwards(self, hit: Hit) -> Iterator[Region]:
        sheet = self.sheet(hit.cell)
        start, end = self.head(hit)
        if hit.cell.text[start:end].strip(" :") and not self.opens(hit):
            yield Region(
                "left",
                hit.cell,
                start,
                end,
                weights.BEFORE_ITS_LABEL if self.follows_its_value(hit) else weights.BEFORE_ANY_LABEL,
            )
        elif start == 0:
            cell = sheet.left_of(hit.cell)
            if cell is not None and not self.hits_in(cell):
                yield Region(
                    "left",
                    cell,
                    0,
                    len(cell.text),
                    weights.LEFT_OF_ITS_LABEL + (hit.cell.left - cell.right) / sheet.width,
                )
        if self.is_bare(hit) and start == 0 and not hit.cell.text.endswith(":"):
            yield from self._upwards(hit)

    def _upwards(self, hit: Hit) -> Iterator[Region]:
        """The cell right above a label that lines up with it, unless the labels of its row have their values below."""
        sheet = self.sheet(hit.cell)
        left, right = hit.cell.extent(hit.start, hit.end)
        side = self._sides.get(hit.cell)
        if side in ("over", "unsure"):
            return
        cost = weights.OVER_A_ROW_OF_LABELS if side == "under" else self._cost_of_looking_up(hit.cell.row)
        reach = (weights.REACH_UP_IN_A_STACK if side == "under" else weights.REACH_UP) * sheet.text_height
        for cell in sheet.above(left, right, hit.cell.row, reach)[:1]:
            if (
                cost is not None
                and not self.hits_in(cell)
                and misalignment(cell, left, right) <= weights.ALIGNED_WITH_ITS_LABEL
            ):
                yield Region("above", cell, 0, len(cell.text), cost)

    def _cost_of_looking_up(self, row: Row) -> float | None:
        """Low for a row of labels that are all closer to the row above than to the row below."""
        if row not in self._looking_up:
            self._looking_up[row] = self._weigh_looking_up(row)
        return self._looking_up[row]

    def _weigh_looking_up(self, row: Row) -> float | None:
        sheet = self._sheet_of[row.page]
        reach = weights.REACH_BOTH_WAYS * sheet.text_height
        over = [sheet.above(cell.left, cell.right, row, reach)[:1] for cell in row.cells]
        under = [sheet.below(cell.left, cell.right, row, reach)[:1] for cell in row.cells]
        gaps_over = sorted(row.top - cell.bottom for cells in over for cell in cells if not self.hits_in(cell))
        gaps_under = sorted(cell.top - row.bottom for cells in under for cell in cells if not self.hits_in(cell))
        if len(row.cells) == 1 and self._ends_a_column_of_captions(row.cells[0]):
            return weights.OVER_A_ROW_OF_LABELS
        if any(self._belongs_to_the_row_above(cells[0], row) for cells in over if cells):
            return None
        if not gaps_under:
            return (
                weights.OVER_A_ROW_OF_LABELS if len(gaps_over) > 1 and self._is_label_row(row) else weights.OVER_A_LABEL
            )
        if not gaps_over or not self._is_label_row(row):
            return None if len(row.cells) > 1 else weights.OVER_A_LABEL
        nearer = gaps_over[len(gaps_over) // 2] < weights.MUCH_NEARER * gaps_under[len(gaps_under) // 2]
        return weights.OVER_A_ROW_OF_LABELS if nearer else None

    def _belongs_to_the_row_above(self, value: Cell, below: Row) -> bool:
        """Whether a value is at least as close to the row of labels above it as to the row below it."""
        if value.row.index == 0:
            return False
        above = self._sheet_of[value.page].rows[value.row.index - 1]
        over = (cell for cell in above.cells if cell.left < value.right and cell.right > value.left)
        labelled = self._is_label_row(above) or any(
            self.hits_in(cell) and self.is_bare(self.hits_in(cell)[-1]) for cell in over
        )
        return labelled and value.top - above.bottom <= below.top - value.bottom + weights.AS_CLOSE

    def _ends_a_column_of_captions(self, cell: Cell) -> bool:
        """Whether a column that alternates values and labels starts with a value and ends with a label."""
        column = [*reversed(self._column(cell, up=True)), cell, *self._column(cell, up=False)]
        labels = [bool(self.hits_in(each)) and self.is_bare(self.hits_in(each)[-1]) for each in column]
        alternate = all(one != other for one, other in pairwise(labels))
        return len(column) >= _A_COLUMN and alternate and not labels[0] and labels[-1]

    def _column(self, cell: Cell, *, up: bool) -> list[Cell]:
        sheet, found = self.sheet(cell), []
        look = sheet.above if up else sheet.below
        while beyond := look(cell.left, cell.right, cell.row, weights.NEXT_LINE_OF_A_COLUMN * sheet.text_height):
            cell = beyond[0]
            if len(cell.row.cells) > 1:
                break
            found.append(cell)
        return found

    def heads_goods(self, row: Row) -> bool:
        """Whether a row is the header of a table of goods: its columns describe each line, not the invoice."""
        if len(row.cells) < 3:
            return False
        if any(char.isdigit() for cell in row.cells[1:] for char in cell.text):
            return False
        kinds = {kind for cell in row.cells for hit in self.hits_in(cell) for kind in hit.kinds}
        counted = sum(cell.folded.startswith(_GOODS) for cell in row.cells)
        named = "invoice_number" not in kinds and any(cell.folded.startswith(_GOODS_NAMED) for cell in row.cells)
        summed = bool(kinds & {"other_amount", "total_ht", "total_ttc"}) or row.cells[-1].folded.startswith(_GOODS_SUMS)
        return counted > 1 or ((counted == 1 or named) and summed)

    def is_goods(self, row: Row) -> bool:
        """Whether a row is a line of goods: a sum at its end that no label announces and that is no capital."""
        if len(row.cells) < 4 or any(_AMOUNTS.intersection(hit.kinds) for c in row.cells for hit in self.hits_in(c)):
            return False
        sums = (cell for cell in row.cells[2:] if cell not in self.dates and self._is_money(cell))
        return any(" capital " not in cell.folded for cell in sums)

    def is_beside_goods(self, cell: Cell) -> bool:
        """Whether a cell is on the left of the whole table of goods whose row it shares: in a side bar."""
        rows = self.sheet(cell).rows[: cell.row.index + 1]
        head = next((row for row in reversed(rows) if self.heads_goods(row)), None)
        if head is None:
            return False
        left = next((other.left for other in head.cells if other.folded.startswith((*_GOODS_NAMED, *_GOODS))), None)
        return left is not None and cell.right < left - weights.BETWEEN_COLUMNS

    def _is_money(self, cell: Cell) -> bool:
        return any(
            amount.looks_like_money and not _IN_A_CODE.match(cell.text, amount.end)
            for amount in self.amounts.get(cell, ())
        )

    def _is_label_row(self, row: Row) -> bool:
        return len(row.cells) >= 2 and all(
            self.hits_in(cell) and self.is_bare(self.hits_in(cell)[-1]) for cell in row.cells
        )

    def _heads_columns(self, row: Row) -> bool:
        """Whether a row of captions heads columns of values: what is beside a caption is another one, known or not."""
        if row not in self._heads:
            self._heads[row] = self._is_a_head(row)
        return self._heads[row]

    def _is_a_head(self, row: Row) -> bool:
        if len(row.cells) < _A_HEAD or any(char.isdigit() or char == ":" for cell in row.cells for char in cell.text):
            return False
        captions = [cell for cell in row.cells if (hits := self.hits_in(cell)) and self.is_bare(hits[-1])]
        unknown = [cell for cell in row.cells if cell not in captions]
        if 2 * len(captions) <= len(row.cells) or not unknown:
            return False
        under = [cell for each in unknown for cell in self._right_under(each)]
        valued = sum(any(_is_written(cell) for cell in self._right_under(each)) for each in captions)
        return valued >= _VALUED and any(not any(hit.start == 0 for hit in self.hits_in(cell)) for cell in under)

    def _right_under(self, cell: Cell) -> list[Cell]:
        """The best aligned cell of the next row, if it is under this one."""
        sheet = self._sheet_of[cell.page]
        below = sheet.below(cell.left, cell.right, cell.row, weights.REACH_DOWN * sheet.text_height)[:1]
        return [each for each in below if each.row.index == cell.row.index + 1]


def _is_written(cell: Cell) -> bool:
    """Whether a cell has a digit or is one word in capitals, as values are: « DPI-SECU »."""
    return any(char.isdigit() for char in cell.text) or (cell.text.isupper() and len(cell.tokens) == 1)


def _laid_out(page: Page) -> Sheet:
    """The page as rows of cells; on an OCR page, misread label words are repaired for the label search only."""
    sheet = with_wrapped_captions_joined(with_wrapped_cells_joined(lay_out(page)))
    if page.source == "ocr":
        words = label_words()
        for cell in sheet.cells:
            cell.folded = words.repaired(cell.folded)
    return sheet
