"""Address blocks of the first page: the party each belongs to, and the name on its first line.

A block with a postal code is an address. Its heading, the SIRET in it, what its lines say (public body, RCS,
telephone), and its place weigh for the supplier or the recipient; the two roles are given out together.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.parties import PARTY_KINDS, Parties
from chorus_connector.domain.reading.finding import CellSpan
from chorus_connector.domain.reading.paper.blocks import Block
from chorus_connector.domain.reading.paper.lines import Cell, Sheet, fold
from chorus_connector.domain.reading.typed.ocr_repair import repaired_words
from chorus_connector.domain.reading.words.labels import Hit
from chorus_connector.domain.reading.words.name_shapes import (
    continuation_of,
    ends_in_a_small_word,
    ends_like_a_body,
    fullest,
    goes_on,
    has_no_name_of_its_own,
    has_postal_code,
    is_a_form_alone,
    is_a_trade,
    is_accounting_officer,
    is_half_a_name,
    is_numbered_street,
    is_part_of,
    is_street,
    is_titled,
    is_within_a_body,
    looks_like_a_name,
    may_end_a_name,
    may_head_an_address,
    may_lack_a_word,
    name_of,
    name_of_a_site,
    names_a_company,
    names_a_place,
    names_two_bodies,
    speaks_for_a_company,
)

_DASHES = frozenset(("", "-", "–", "—"))
_A_STREET = re.compile(r"(?:rue|avenue|boulevard|place|chemin|route|allee|quai|bp|cs)\b")
_OF_A_PARTY = PARTY_KINDS - {"other_party"}
_CAPTION_WORDS = 3
_LONGEST_NAME = 3  # lines
_A_WHOLE_ADDRESS = re.compile(r"[^\W\d_]{3}.*(?: [-–—·•|/] |, ).*\b\d{5} [a-z]")
_TOWN = re.compile(r"\b\d{5} ([a-z][a-z' -]*?)(?: cedex.*)?$")


@dataclass(eq=False)
class AddressBlock:
    """An address block with its name and the evidence for each role."""

    block: Block
    name: str
    place: CellSpan
    scores: dict[str, float] = field(default_factory=lambda: {"supplier": 0.0, "recipient": 0.0, "other": 0.0})


class NameReader:
    """Reads a name in a cell or on the first line of a block."""

    def __init__(self, document: Document, parties: Parties) -> None:
        self.document = document
        self.parties = parties

    def in_cell(self, cell: Cell, start: int = 0, *, labelled: bool = False) -> tuple[str, CellSpan] | None:
        """The name in a cell from ``start``, with the lines below if the name continues there.

        ``labelled``: a label announces a name here, which then may look like the first line of an address.
        """
        goods = self.document.heads_goods(cell.row) or self.document.is_goods(cell.row)
        if (goods and not self.document.is_beside_goods(cell)) or self._answers_a_label(cell):
            return None
        text = cell.text[start : self._end_of_name(cell, start)]
        if self._is_a_caption(cell, start) or (not labelled and self._ends_the_line_above(cell)):
            return None
        name = name_of(text) or (name_of_a_site(text) if labelled or self._must_name(cell, start) else None)
        if not name:
            return None
        at = start + text.find(name)
        if text[at - start + len(name) :].strip() == ":":
            return None
        dated = any(date.start < at + len(name) and at < date.end for date in self.document.dates.get(cell, ()))
        if dated or self._is_a_town(name) or (not labelled and self._is_a_place(cell, name, at + len(name))):
            return None
        if self.document.is_ocr:
            name = repaired_words(name)
        rest = cell.text[at + len(name) :]
        ends = rest.strip() in _DASHES
        whole = self._with_lines_below(name + rest, cell) if ends else name
        whole = name if whole == name + rest and rest != "-" else whole
        whole = whole if at else self._with_its_trade(whole, cell)
        return None if is_half_a_name(whole) or is_a_trade(whole) else (whole, CellSpan(cell, at, at + len(name)))

    def _with_its_trade(self, name: str, cell: Cell) -> str:
        """« Garage Lemoine », where « Garage » is on the line above or beside the name, in letters of any size.

        « SCP » over a name belongs to it, if it is the first line.
        """
        lines = self.parties.blocks[cell].cells
        if cell in lines[1:2] and is_a_form_alone(lines[0].text):
            return f"{lines[0].text} {name}"
        left = self.document.sheet(cell).left_of(cell)
        beside = left is not None and cell.left - left.right < weights.BESIDE_ITS_TRADE * cell.height
        before = left if beside else next((line for line in reversed(lines[: lines.index(cell)])), None)
        trade = before is not None and is_a_trade(before.text) and not self.is_label(before)
        return f"{before.text} {name}" if before is not None and trade else name

    def _answers_a_label(self, cell: Cell) -> bool:
        """Whether a cell is a caption, or the value beside one that announces no party: « Site :   Collège Moulin »."""
        sheet = self.document.sheet(cell)
        left = sheet.left_of(cell)
        if left is None:
            return not self.document.natures.get(cell) and self._is_among_captions(cell)
        if not left.text.endswith(":"):
            return False
        under = sheet.below(left.left, left.right, left.row, weights.GAP_IN_A_BLOCK * left.height)[:1]
        if under and not under[0].text.endswith(":"):
            return False  # the heading of a column
        return not any(_OF_A_PARTY.intersection(hit.kinds) for hit in self.document.hits_in(left))

    def _ends_the_line_above(self, cell: Cell) -> bool:
        """« Ponant » under « Compagnie des Îles du »: the rest of a name, read with its beginning or not at all."""
        lines = self.parties.blocks[cell].cells
        above = lines[lines.index(cell) - 1] if cell is not lines[0] else None
        if above is None or above.row is cell.row or (self.is_label(above) and " : " not in above.text):
            return False
        named = above.text.rpartition(" : ")[2].rstrip(" -")  # « DOIT : Établissement des Jardins et du »
        return name_of(named) is not None and is_half_a_name(named)

    def _is_among_captions(self, cell: Cell) -> bool:
        """« Représentant » over « Marché n° »: whether a text and a label next to it have values in one column."""
        sheet = self.document.sheet(cell)
        value = sheet.right_of(cell)
        lines = self.parties.blocks[cell].cells
        at = lines.index(cell)
        for line in (*lines[at + 1 : at + 2], *lines[max(0, at - 1) : at]):
            other = sheet.right_of(line)
            aligned = value and other and abs(value.left - other.left) < weights.SAME_EDGE
            hits = self.document.hits_in(line)
            if aligned and hits and self.document.opens(hits[0]) and self.document.is_bare(hits[-1]):
                return not any(PARTY_KINDS.intersection(hit.kinds) for hit in hits)
        return False

    def _is_a_town(self, name: str) -> bool:
        """Whether a name is, or ends, the town of an address: a dateline's, or the second line of a long one."""
        said = "".join(filter(str.isalpha, fold(name)))
        return any(town.endswith(said) for town in self._towns)

    @cached_property
    def _towns(self) -> frozenset[str]:
        found = (match[1] for cell in self.document.cells for match in _TOWN.finditer(cell.folded))
        return frozenset("".join(filter(str.isalpha, town)) for town in found)

    def _is_a_place(self, cell: Cell, name: str, end: int) -> bool:
        """« Mairie annexe, place de la Fontaine », « Moulin de Lagarrigue » under a name: the place where it is."""
        housed = cell.text[end:].startswith(", ") and is_street(cell.text[end + 2 :]) and not names_a_company(name)
        if not housed and not names_a_place(name):
            return False
        lines = self.parties.blocks[cell].cells
        named = (name_of(line.text) for line in lines[: lines.index(cell)] if not self.is_label(line))
        above = [said for said in named if said]
        return bool(above) and not any(is_part_of(said, name) for said in above)

    def _is_a_caption(self, cell: Cell, start: int) -> bool:
        """« Local commercial : … », « Pharmaciens titulaires : … »: a few words and a colon, a known label or not."""
        said, colon, _ = cell.text[start:].lstrip(" :").partition(":")
        return bool(colon) and len(said.split()) <= _CAPTION_WORDS

    def _must_name(self, cell: Cell, start: int) -> bool:
        """Whether a name is certain here: after « Client : », or on the first line of an address with a street."""
        if start:
            return True
        lines = self.parties.blocks[cell].cells
        above, below = lines[: lines.index(cell)], lines[lines.index(cell) + 1 :]
        return all(self.is_label(line) for line in above) and any(is_numbered_street(line.text) for line in below[:2])

    def is_label(self, cell: Cell) -> bool:
        """Whether a cell starts with a label, whatever follows it."""
        return any(self.parties.is_heading(hit) for hit in self.document.hits_in(cell) if hit.start == 0)

    def end_of_heading(self, hit: Hit) -> int:
        """Where a heading ends; it may be given in two languages: « Facturé à / Bill to »."""
        end = hit.end
        for other in self.document.hits_in(hit.cell):
            if (
                other.start >= end
                and hit.cell.text[end : other.start].strip() == "/"
                and set(other.kinds) & set(hit.kinds)
            ):
                end = other.end
        return end

    def _with_lines_below(self, name: str, cell: Cell) -> str:
        whole = name
        cells = self.parties.blocks[cell].cells
        following = cells[cells.index(cell) + 1 :]
        for below in following[: _LONGEST_NAME - 1]:
            text = continuation_of(below.text)
            if (
                not text
                or is_within_a_body(text)
                or (self.is_label(below) and not whole.endswith(("de", "du", "d'", "-")))
            ):
                break
            above = cells[cells.index(below) - 1]
            trade = whole == name and is_a_trade(name) and looks_like_a_name(text)
            same_size = abs(below.height - above.tokens[-1].height) <= weights.ONE_SIZE * above.tokens[-1].height
            if not trade and not (same_size and self._runs_on(whole, cell, above, below)):
                break
            joined = whole.endswith("-") and not whole.endswith(" -")
            whole = f"{whole}{'' if joined else ' '}{text}"
        return whole

    def _runs_on(self, name: str, cell: Cell, above: Cell, below: Cell) -> bool:
        """Whether a name that starts in a cell, and ends a line so far, has a part of it in the line below."""
        body = self._is_a_body(cell)
        kind = above is cell and self._is_generic(cell) and may_head_an_address(below.text)
        middle = body and ends_in_a_small_word(below.text)  # « Potable et d'Assainissement de la Vallée de la »
        if goes_on(name, below.text) or kind or middle or (body and below.text[:1].islower()):
            return True
        if may_lack_a_word(name) and self._was_wrapped(above, below):
            return True
        unlike = self._is_a_body(below) or not may_end_a_name(below.text, above.text)
        return body and not unlike and self._had_no_room(above, below)

    def _had_no_room(self, above: Cell, below: Cell) -> bool:
        """Whether the first word of a line would have made the line above it too long for the post, or its column."""
        if len(above.text) > weights.LETTERS_OF_AN_ADDRESS_LINE:
            return self._was_wrapped(above, below)
        return len(above.text) + 1 + len(below.tokens[0].text) > weights.LETTERS_OF_AN_ADDRESS_LINE

    def of_the_body(self, named: Sequence[tuple[str, CellSpan]]) -> tuple[str, CellSpan] | None:
        """Of the names of a block the body's: the first that is one's by its words, else the first of all."""
        if len(named) > 1 and self._captions(*named[:2]):
            return self.of_the_body(named[1:])
        names = [name for name, _ in named]
        if not names or names_two_bodies(names):
            return None
        public = (found for found in named if self._is_a_body(found[1].cell))
        return next(public, None) or named[fullest(names)]

    def _captions(self, first: tuple[str, CellSpan], second: tuple[str, CellSpan]) -> bool:
        """Whether the first line of a block only says what the second, a name, is: « Annonceur » over « Bois Joli »."""
        plain = (
            has_no_name_of_its_own(first[0]) and not names_a_company(first[0]) and not self._is_a_body(first[1].cell)
        )
        return plain and is_titled(second[0]) and may_head_an_address(second[0])

    def _is_a_body(self, cell: Cell) -> bool:
        return any(kind == "public_body" and start <= 3 for start, _, kind in self.document.natures.get(cell, ()))

    def _was_wrapped(self, above: Cell, below: Cell) -> bool:
        """Whether the first word of a line would not have fitted at the end of the line above it."""
        sheet = self.document.sheet(above)
        rows = sheet.rows[max(0, above.row.index - _LONGEST_NAME) : below.row.index + _LONGEST_NAME]
        columns = (cell.left for row in rows for cell in row.cells if cell.left > above.right)
        edge = min(columns, default=sheet.right_margin)
        word = below.tokens[0].right - below.tokens[0].left
        return above.right + weights.SPACE * above.height + word > edge - weights.BETWEEN_COLUMNS

    def _is_generic(self, cell: Cell) -> bool:
        """« Grand Port », « Tribunal judiciaire »: the kind of a body alone, whose own name is on the next line."""
        natures = self.document.natures.get(cell, ())
        return any(kind == "public_body" and end - start == len(cell.folded) for start, end, kind in natures)

    def _end_of_name(self, cell: Cell, start: int) -> int:
        """Where the next « label : » of a cell starts, for columns too close to be separated."""
        labels = (hit for hit in self.document.hits_in(cell) if hit.start > start + 2)
        return next((hit.start for hit in labels if cell.text[hit.end :].lstrip().startswith(":")), len(cell.text))


def addresses(document: Document, parties: Parties, reader: NameReader) -> list[AddressBlock]:
    """The address blocks of the first page's upper part, each with its name and its scores."""
    sheet = document.sheets[0]
    found = []
    for block in _parted(_with_its_name(sheet, parties, block) for block in _blocks(sheet, parties)):
        if (
            block.top < weights.DEEPEST_ADDRESS * sheet.height
            and len(block.cells) >= 2
            and not _is_of_the_goods(document, block)
        ):
            address = _address(reader, block)
            if address and not _is_under_the_goods(document, parties, address):
                _weigh(document, parties, sheet, address)
                found.append(address)
    _weigh_order(found)
    return found


def _blocks(sheet: Sheet, parties: Parties) -> Iterable[Block]:
    return dict.fromkeys(parties.blocks[cell] for cell in sheet.cells)


def _with_its_name(sheet: Sheet, parties: Parties, block: Block) -> Block:
    """A block that starts with the street, together with the lines over the gap above it."""
    first = block.cells[0]
    if not is_numbered_street(first.text) and not _A_STREET.match(first.folded):
        return block
    above = sheet.above(first.left, first.right, first.row, weights.GAP_OVER_A_STREET * sheet.text_height)[:1]
    if not above or abs(above[0].left - first.left) > weights.ALIGNED_ADDRESS:
        return block
    return Block((*parties.blocks[above[0]].cells, *block.cells))


def _is_of_the_goods(document: Document, block: Block) -> bool:
    return any(document.heads_goods(cell.row) or document.is_goods(cell.row) for cell in block.cells)


def _is_under_the_goods(document: Document, parties: Parties, address: AddressBlock) -> bool:
    """Whether an address without a heading is below the goods, as on a payment slip."""
    sheet = document.sheet(address.place.cell)
    above = sheet.rows[: address.place.cell.row.index]
    return parties.heading_role(address.place.cell) is None and any(document.heads_goods(row) for row in above)


def _weigh_order(found: list[AddressBlock]) -> None:
    """Of several addresses the first, from the top or else from the left, is most often the sender's."""
    if len(found) > 1:
        first = min(found, key=lambda address: (round(address.block.top / weights.SIDE_BY_SIDE), address.block.left))
        first.scores["supplier"] += weights.FIRST_ADDRESS
        if len(found) == 2:
            second = found[1 - found.index(first)]
            second.scores["recipient"] += weights.SECOND_OF_TWO_ADDRESSES


def _parted(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, with the sender's line above a window address (« Durand - 3 rue X - 37000 TOURS ») split off."""
    for block in blocks:
        first = block.cells[0]
        if _A_WHOLE_ADDRESS.search(first.folded) and any(has_postal_code(cell.folded) for cell in block.cells[1:]):
            yield Block(block.cells[1:])
        else:
            yield block


def parties_addresses(found: list[AddressBlock]) -> dict[str, tuple[AddressBlock, float]]:
    """The supplier's and the recipient's address, each with its lead over the next best choice."""
    options: list[AddressBlock | None] = [None, *found]
    choices = []
    for supplier in options:
        for recipient in options:
            if supplier is None or supplier is not recipient:
                total = _worth(supplier, "supplier") + _worth(recipient, "recipient")
                choices.append((total, supplier, recipient))
    choices.sort(key=lambda choice: choice[0], reverse=True)
    best = choices[0]
    roles = {}
    for index, role in ((1, "supplier"), (2, "recipient")):
        chosen = best[index]
        if isinstance(chosen, AddressBlock):
            lead = best[0] - max((choice[0] for choice in choices if choice[index] is not chosen), default=0.0)
            if lead >= weights.LEAD_OF_AN_ADDRESS:
                roles[role] = (chosen, lead)
    return roles


def _worth(address: AddressBlock | None, role: str) -> float:
    if address is None:
        return 0.0
    rival = max(weight for name, weight in address.scores.items() if name != role)
    return address.scores[role] - weights.RIVAL_ROLE_OF_AN_ADDRESS * rival


def _address(reader: NameReader, block: Block) -> AddressBlock | None:
    postal = next((index for index, cell in enumerate(block.cells) if has_postal_code(cell.folded)), None)
    if postal is None:
        return None
    named = list(_names_above(reader, block.cells[: postal + 1]))
    if not named:
        return None
    chosen = reader.of_the_body([found for found in named if not is_within_a_body(found[0])])
    return AddressBlock(block, *chosen) if chosen else None


def _names_above(reader: NameReader, cells: tuple[Cell, ...]) -> Iterator[tuple[str, CellSpan]]:
    """The lines of a block that may be its name, down to the street."""
    for cell in cells:
        start = _after_heading(reader, cell)
        if start is None:
            continue
        if is_street(cell.text[start:]) and not looks_like_a_name(cell.text[start:]):
            inline = reader.in_cell(cell, start)
            if inline and inline[1].end - inline[1].start > 2:
                yield inline
            return
        found = reader.in_cell(cell, start)
        if found:
            yield found
        elif is_half_a_name(cell.text[start:].strip(" -")):
            return


def _after_heading(reader: NameReader, cell: Cell) -> int | None:
    """Where the text after « Client : » starts; None if the cell is a label alone or announces something else."""
    first = next((hit for hit in reader.document.hits_in(cell) if hit.start <= 1), None)
    if first is None or not reader.parties.is_heading(first):
        return 0
    if not PARTY_KINDS.intersection(first.kinds):
        return None
    end = reader.end_of_heading(first)
    return end if cell.text[end:].strip(" :") else None


def _weigh(document: Document, parties: Parties, sheet: Sheet, address: AddressBlock) -> None:
    block, scores = address.block, address.scores
    role = parties.heading_role(address.place.cell)
    if role:
        scores[role] += weights.HEADED_ADDRESS
    for name, (siret, _) in parties.roles.items():
        if any(place.cell in block.cells for place in siret.places):
            scores[name] += weights.SIRET_IN_THE_ADDRESS
    natures = [
        kind for start, _, kind in document.natures.get(address.place.cell, ()) if start <= address.place.start + 3
    ]
    public = "public_body" in natures or ends_like_a_body(address.name)
    scores["recipient"] += weights.NAMES_A_PUBLIC_BODY if public else 0.0
    scores["supplier"] += weights.NAMES_A_COMPANY if "legal_form" in natures else 0.0
    scores["supplier"] += weights.SPEAKS_FOR_A_COMPANY if speaks_for_a_company(block.folded) else 0.0
    if any(is_within_a_body(cell.text) for cell in block.cells):
        scores["recipient"] += weights.NAMES_A_SERVICE
    if block.left > weights.RIGHT_OF_THE_LETTERHEAD * sheet.width and block.top < weights.WINDOW_BOTTOM * sheet.height:
        scores["recipient"] += weights.ADDRESS_IN_THE_WINDOW
    elif block.top < weights.TOP_OF_THE_PAGE * sheet.height:
        scores["supplier"] += weights.ADDRESS_AT_THE_TOP
    own = parties.roles.get("supplier")
    low = block.top > weights.TOP_OF_THE_PAGE * sheet.height
    if (
        low
        and own
        and not any(place.cell in block.cells for place in own[0].places)
        and not speaks_for_a_company(block.folded)
    ):
        scores["recipient"] += weights.WITHOUT_THE_SUPPLIERS_SIRET
    scores["other"] += weights.NAMES_AN_ACCOUNTING_OFFICER if is_accounting_officer(block.folded) else 0.0
    scores["recipient"] += weights.ADDRESS_OF_THE_BUYER  # the buyer's address usually comes first on a page
