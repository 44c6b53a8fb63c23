"""Sender and receiver: each SIRET is weighed as the supplier's, the recipient's or another party's.

Labels beside it, the heading of its block, what the block says of itself (public body, capital, RCS), the VAT
numbers, INSEE's range of SIRENs and the position on the page all count. The best pair wins; a tie gives none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from chorus_connector.domain.identifiers import is_public_body, is_siret
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.verdict import Verdict
from chorus_connector.domain.reading.finding import CellSpan
from chorus_connector.domain.reading.kinds import CODE_FIELDS
from chorus_connector.domain.reading.paper.blocks import Block, blocks_of, next_at_its_edge
from chorus_connector.domain.reading.paper.lines import Cell, Sheet, fold
from chorus_connector.domain.reading.typed.identifiers_found import (
    FoundIdentifier,
    find_faint_sirets,
    find_sirets,
    find_vat_sirens,
)
from chorus_connector.domain.reading.words.labels import Hit
from chorus_connector.domain.reading.words.name_shapes import has_a_legal_form, is_accounting_officer
from chorus_connector.domain.reading.words.word_lists import word_list

_ROLES = {"supplier": "supplier", "recipient": "recipient", "other_party": "other"}
_LABEL_ROLES = {"supplier_siret": "supplier", "recipient_siret": "recipient", "other_siret": "other"}
_COMPANY_WORDS = re.compile(
    r"capital (?:social )?(?:de |: ?)?\d|au capital|\brcs\b|r\.c\.s|\bape\b|\bnaf\b|tva intra|n° ?(?:de )?tva"
    r"|registre du commerce|greffe"
)
_A_BANK = re.compile(r"(?:banque|domiciliation)\s?:\s?\w")  # with its name: no heading of the lines under it
_SELLER_WORDS = re.compile(r"au capital|capital (?:social|de|:)|\brcs\b|r\.c\.s|\bape\b|\bnaf\b|registre|greffe")
# « PDL n° 12345678901234 », « Compteur : … »: the label right before fourteen digits says that they are no SIRET …
_BROKEN_OFF = re.compile(r"siret\W{0,4}\d[\d .]{0,14}$")
_WHOLE_SIRET = re.compile(r"(?<!\d)(?:\d[ .]?){13}\d(?!\d)")
_REST_OF_A_SIRET = re.compile(r"\d{3}[ .]\d{5}(?!\d)|\d{5}(?!\d)")
_OPENS_A_PARTY = re.compile(
    r"(?:client|destinataire|acheteur|facture(?:e|r)? a|adresse de (?:facturation|livraison)|livr(?:e|ee|er) a|payeur"
    r"|fournisseur|emetteur|prestataire|vendeur)\b(?! ?n°| ?no\b| ?:? ?\d)"
)
_JUST_BEFORE = re.compile(r"[\s:n°.#]*")
# … unless it is one of the words that companies and SIRETs are registered under.
_OF_A_REGISTER = re.compile(r"sir|rcs|r\.c\.s|\brm\b|ident|tva|t\.v\.a|ape|naf|regist|greffe|capital|immat")
# Of two establishments of one body the portal wants the one that pays, not the one that is served.
_PAYS = re.compile(r"payeur|pa(?:ie|ye)ment|factur|debiteur|mandat|ordonnat|siege")
_IS_SERVED = re.compile(r"benefici|livr|utilisat|\bsites?\b|consomm|installation|prescri|demandeur|execution|chantier")
_LABELS_OF_SIRETS = frozenset({"siret", *_LABEL_ROLES})
PARTY_KINDS = frozenset({*_ROLES, "party_name"})
_VALUE_FOLLOWS = re.compile(r"\W*(?:n° ?)?[a-z]{0,4}[-/.]?\d")
_STRICT_HEADINGS = word_list("headings_that_open_names")
_ITS_SERVICE = re.compile(r"\bservice (?:executant|destinataire|facturier)\b[^.;]{0,40}$")
_WHOSE = re.compile(r"\W*(?:votre|vos|notre|nos) ")
_OURS = re.compile(r"\b(?:notre|nos)\b[^.;]{0,60}$")
_YOURS = re.compile(r"\b(?:votre|vos)\b[^.;]{0,60}$")
_NINE_DIGITS = r"(\d{3}\W?\d{3}\W?\d{3})"
_REGISTER = re.compile(
    rf"(?:\brcs\b|r\.c\.s\.?|registre du commerce)\D{{0,30}}{_NINE_DIGITS}(?!\d)"
    rf"|(?<!\d){_NINE_DIGITS}\W{{0,4}}(?:rcs\b|r\.c\.s)"
)
_A_THIRD_PARTY = re.compile(r"factor|affactur|liberatoire|a l'ordre de|subrog|cession|creance|sous-trait")
# « Adresse de livraison : Gymnase Colette-Besson, 54000 NANCY, SIRET … »
_DELIVERED_TO = re.compile(r"\W*(?:(?:adresse|lieu|site|point) (?:de |du |d')?)?(?:livr(?:e|ee|er|aison)\b|expedi)")


@dataclass
class SiretEvidence:
    """A SIRET with its positions and the evidence for each role."""

    value: str
    places: list[CellSpan] = field(default_factory=list)
    hits: list[Hit | None] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=lambda: {"supplier": 0.0, "recipient": 0.0, "other": 0.0})
    labelled: set[str] = field(default_factory=set)

    def add(self, role: str, weight: float) -> None:
        self.scores[role] += weight


class Parties:
    """The SIRETs of a document by role."""

    def __init__(self, document: Document, known_supplier_siret: str | None) -> None:
        self.document = document
        self.known = known_supplier_siret
        self.blocks: dict[Cell, Block] = {}
        for sheet in document.sheets:
            self.blocks.update(blocks_of(sheet))
            self._join_companies(sheet)
        for block in dict.fromkeys(self.blocks.values()):
            for part in self._parts(block):
                self.blocks.update(dict.fromkeys(part.cells, part))

    def _join_companies(self, sheet: Sheet) -> None:
        """« GAEC Les Jardins » over « Légumes et œufs » and its address: one block, however large the name is."""
        for cell in sheet.cells:
            alone = len(self.blocks[cell].cells) == 1 and has_a_legal_form(cell.text)
            below = next_at_its_edge(sheet, cell) if alone else None
            if below is not None:
                whole = Block((cell, *self.blocks[below].cells))
                self.blocks.update(dict.fromkeys(whole.cells, whole))

    def _parts(self, block: Block) -> Iterator[Block]:
        """A block without the next party's: « Client : … » right under the supplier's details starts another one."""
        starts = [at for at, cell in enumerate(block.cells) if at and _OPENS_A_PARTY.match(cell.folded)]
        for start, end in pairwise((0, *starts, len(block.cells))):
            yield block if not starts else Block(block.cells[start:end])

    @cached_property
    def sirets(self) -> dict[str, SiretEvidence]:
        found: dict[str, SiretEvidence] = {}
        for cell in self.document.cells:
            for item in self._in_cell(cell):
                siret = found.setdefault(item.value, SiretEvidence(item.value))
                self._weigh_place(siret, cell, item)
        for siret in found.values():
            self._weigh_value(siret)
        self._weigh_order(list(found.values()))
        return found

    def _weigh_order(self, sirets: list[SiretEvidence]) -> None:
        """Of two SIRETs in the head of the first page the upper or else the left one is mostly the sender's."""
        sheet = self.document.sheets[0]
        tops = [(self.blocks[siret.places[0].cell], siret) for siret in sirets]
        heads = [
            (block, siret)
            for block, siret in tops
            if block.cells[0].page == 1 and block.top < weights.HEAD_OF_THE_PAGE * sheet.height
        ]
        if len(heads) == 2 and heads[0][0] is not heads[1][0]:
            heads.sort(key=lambda head: (round(head[0].top / weights.SIDE_BY_SIDE), head[0].left))
            heads[0][1].add("supplier", weights.UPPER_OR_LEFT_SIRET)
            heads[1][1].add("recipient", weights.UPPER_OR_LEFT_SIRET)

    @cached_property
    def roles(self) -> dict[str, tuple[SiretEvidence, float]]:
        """The SIRET of the supplier and of the recipient, each with its lead; a role may be empty."""
        usable = [siret for siret in self.sirets.values() if siret.scores["other"] < max(siret.scores.values())]
        choices = [
            (_score(supplier, "supplier") + _score(recipient, "recipient"), supplier, recipient)
            for supplier in [None, *usable]
            for recipient in [None, *usable]
            if supplier is None or supplier is not recipient
        ]
        choices.sort(key=lambda choice: choice[0], reverse=True)
        best = choices[0]
        roles = {}
        for index, role in ((1, "supplier"), (2, "recipient")):
            chosen = best[index]
            if isinstance(chosen, SiretEvidence):
                rival = max((choice[0] for choice in choices if choice[index] is not chosen), default=0.0)
                lead = best[0] - rival
                if lead >= weights.LEAD_OF_A_SIRET:
                    roles[role] = (chosen, lead)
        return roles

    def verdicts(self) -> Iterator[Verdict]:
        """Verdicts on the two SIRETs."""
        for role, (siret, lead) in self.roles.items():
            place, hit = siret.places[0], siret.hits[0]
            yield Verdict(f"{role}_siret", siret.value, self._ground(siret, lead), place, hit)  # type: ignore[arg-type]

    def _ground(self, siret: SiretEvidence, lead: float) -> str:
        valid = "" if is_siret(siret.value) else "_bad_check"
        if siret.value == self.known:
            return "known"
        if lead >= weights.CLEAR_LEAD_OF_A_SIRET:
            return "clear" + valid
        return "likely" + valid

    def _in_cell(self, cell: Cell) -> Iterator[FoundIdentifier]:
        text = cell.text + ("" if _WHOLE_SIRET.search(cell.text) else self._rest_of_a_siret(cell))
        if sum(char.isdigit() for char in text) >= 9:
            found = list(find_sirets(text, noisy=self.document.is_ocr))
            yield from found
            if self.document.is_ocr and not found:
                yield from find_faint_sirets(cell.text, self._vat_roles)

    def _rest_of_a_siret(self, cell: Cell) -> str:
        """« NIC 00074 » beside or under « SIREN 732 829 320 », or the rest of a SIRET after a wide space or a break."""
        broken = _BROKEN_OFF.search(cell.folded) is not None
        if not broken and "siren" not in cell.folded:
            return ""
        sheet = self.document.sheet(cell)
        below = sheet.below(cell.left, cell.right, cell.row, sheet.text_height)[:1]
        beside = sheet.right_of(cell)
        if broken and beside is not None and _REST_OF_A_SIRET.match(beside.text):
            return f" {beside.text}"
        if broken and below and below[0].text[:1].isdigit():
            return f" {below[0].text}"
        near = (sheet.right_of(cell), *below)
        return next((f" {other.text}" for other in near if other is not None and other.folded.startswith("nic")), "")

    def _weigh_place(self, siret: SiretEvidence, cell: Cell, item: FoundIdentifier) -> None:
        label = self._label(cell, item.start)
        siret.places.append(CellSpan(cell, item.start, min(item.end, len(cell.text))))
        siret.hits.append(label)
        if label is not None:
            self._weigh_label(siret, label, cell, item.start)
        if _DELIVERED_TO.match(cell.folded, 0, item.start):
            siret.add("other", weights.DELIVERED_TO)
        role = self.heading_role(cell) or (self.heading_role(label.cell) if label and label.cell is not cell else None)
        if role == "supplier" and self._is_against(siret.value):
            role = None
        if role:
            siret.add(role, weights.HEADED_ANOTHER_PARTY if role == "other" else weights.HEADED_PARTY)
        before = cell.folded[: item.start]
        siret.add("recipient", weights.YOURS if _YOURS.search(before) or _ITS_SERVICE.search(before) else 0.0)
        siret.add("supplier", weights.OURS if _OURS.search(before) else 0.0)
        siret.add("other", weights.A_THIRD_PARTY if _A_THIRD_PARTY.search(before) else 0.0)
        block = self.blocks[cell]
        siret.add("other", weights.BESIDE_AN_ACCOUNTING_OFFICER if is_accounting_officer(block.folded) else 0.0)
        natures = {kind for other in block.cells for _, _, kind in self.document.natures.get(other, ())}
        body = self._is_a_body_s(block)
        if "public_body" in natures and (body or not _COMPANY_WORDS.search(block.folded)):
            siret.add("recipient", weights.BESIDE_A_PUBLIC_BODY)
        if not body and (_COMPANY_WORDS.search(block.folded) or _COMPANY_WORDS.search(cell.row.text.casefold())):
            siret.add("supplier", weights.BESIDE_COMPANY_WORDS)
        sheet = self.document.sheet(cell)
        letterhead = (
            weights.LETTERHEAD_ON_THE_RIGHT
            if block.left > weights.RIGHT_OF_THE_LETTERHEAD * sheet.width
            else weights.LETTERHEAD_ON_THE_LEFT
        )
        if cell.middle > weights.FOOT * sheet.height:
            siret.add("supplier", weights.SIRET_IN_THE_FOOT)
        elif cell.page == 1 and block.top < letterhead * sheet.height:
            siret.add("supplier", weights.SIRET_IN_THE_LETTERHEAD)
        elif (
            cell.page == 1
            and cell.left > weights.WINDOW_LEFT * sheet.width
            and cell.middle < weights.WINDOW_BOTTOM * sheet.height
        ):
            siret.add("recipient", weights.SIRET_IN_THE_WINDOW)

    def _is_against(self, siret: str) -> bool:
        """Whether a public body's SIRET is headed as the supplier's, who prints another SIREN of itself.

        The « titulaire » of a supply of gas or water is the customer.
        """
        own = self._suppliers_sirens
        return bool(own) and siret[:9] not in own and is_public_body(siret)

    def _is_a_body_s(self, block: Block) -> bool:
        """Whether an address block starts with a public body's name and prints no capital and no register."""
        named = any(
            kind == "public_body" and start <= 3 for start, _, kind in self.document.natures.get(block.cells[0], ())
        )
        return named and len(block.cells) > 2 and not _SELLER_WORDS.search(block.folded)

    def _weigh_label(self, siret: SiretEvidence, label: Hit, cell: Cell, start: int) -> None:
        for kind in label.kinds:
            if kind in _LABEL_ROLES:
                siret.add(_LABEL_ROLES[kind], weights.LABEL_OF_A_ROLE)
        adjacent = label.cell is cell and _JUST_BEFORE.fullmatch(cell.folded, label.end, start) is not None
        if adjacent and not _LABELS_OF_SIRETS.intersection(label.kinds) and not PARTY_KINDS.intersection(label.kinds):
            named_otherwise = not _OF_A_REGISTER.search(cell.folded, 0, start)
            siret.add("other", weights.NO_SIRET if named_otherwise else 0.0)
        caption = label.cell.folded if label.cell is not cell else cell.folded[:start]
        siret.add(
            "recipient",
            weights.THE_ONE_THAT_PAYS if _PAYS.search(caption) and "recipient_siret" in label.kinds else 0.0,
        )
        siret.add(
            "recipient",
            weights.THE_ONE_THAT_IS_SERVED if _IS_SERVED.search(caption) and not _PAYS.search(caption) else 0.0,
        )

    def _weigh_value(self, siret: SiretEvidence) -> None:
        if siret.value == self.known:
            siret.add("supplier", weights.KNOWN_SUPPLIER)
        if is_public_body(siret.value):
            siret.add("recipient", weights.SIREN_OF_A_PUBLIC_BODY)
        else:
            siret.add("supplier", weights.SIREN_OF_A_COMPANY)
        vat_role = self._vat_roles.get(siret.value[:9])
        if vat_role:
            siret.add(vat_role, weights.SIREN_IN_A_VAT_NUMBER)
        if siret.value[:9] in self._registered:
            siret.add("supplier", weights.SIREN_IN_A_REGISTER)
        elif self._suppliers_sirens and siret.value[:9] not in self._suppliers_sirens:
            siret.add("supplier", -weights.ANOTHER_SIREN_IS_PRINTED)
        named = any(hit is not None and "siret" in "".join(hit.kinds) for hit in siret.hits)
        if not is_siret(siret.value):
            siret.add("other", weights.BAD_CHECK_DIGIT if named else weights.NO_SIRET)

    def _label(self, cell: Cell, start: int) -> Hit | None:
        """The label of an identifier: before it in its cell, else at the end of the cell on its left."""
        before = [hit for hit in self.document.hits_in(cell) if hit.end <= start]
        if before:
            return before[-1]
        sheet = self.document.sheet(cell)
        left = sheet.left_of(cell)
        hits = self.document.hits_in(left) if left is not None else []
        if hits and _LABELS_OF_SIRETS.intersection(hits[-1].kinds):
            return hits[-1]
        reach = weights.REACH_OF_A_SIRET_LABEL * sheet.text_height
        around = (
            *sheet.above(cell.left, cell.right, cell.row, reach),
            *sheet.below(cell.left, cell.right, cell.row, reach),
        )
        stacked = (
            hit
            for other in around
            for hit in self.document.hits_in(other)
            if self.document.is_bare(hit) or (self.document.opens(hit) and not _has_digits(other))
        )
        return next((hit for hit in stacked if _LABELS_OF_SIRETS.intersection(hit.kinds)), hits[-1] if hits else None)

    def heading_role(self, cell: Cell) -> str | None:
        """The role that the heading of a cell's block gives it: the nearest one above in its column."""
        sheet = self.document.sheet(cell)
        current, distance, listed = cell, 0, False
        while current is not None and distance < 9:
            role = self._role_of(current)
            if role:
                return None if role == "other" and listed else role
            listed = listed or self._is_a_reference(current)
            above = sheet.above(
                current.left,
                min(current.right, current.left + weights.WIDTH_OF_A_HEADING),
                current.row,
                weights.REACH_OF_A_HEADING * sheet.text_height,
            )
            if not above:
                return None
            current, distance = above[0], distance + 1
        return None

    def _is_a_reference(self, cell: Cell) -> bool:
        """« Marché n° : 2024-12 »: a line of the invoice's references, which no other party's address has."""
        kinds = {kind for hit in self.document.hits_in(cell)[:1] if hit.start == 0 for kind in hit.kinds}
        return bool(kinds.intersection(CODE_FIELDS)) and _has_digits(cell)

    def _role_of(self, cell: Cell) -> str | None:
        """The role a cell announces for the cells under it; « lieu de livraison : … » announces none."""
        if self.document.heads_goods(cell.row):
            return None
        if _A_BANK.match(cell.folded):
            return None
        for hit in self.document.hits_in(cell):
            for kind, role in _ROLES.items():
                if (
                    kind in hit.kinds
                    and (hit.start <= 3 or _WHOSE.fullmatch(cell.folded, 0, hit.start))
                    and (role != "other" or not _has_digits(cell))
                    and self.is_heading(hit)
                ):
                    return role
        return None

    def is_heading(self, hit: Hit) -> bool:
        """Whether a label is one here: « Établissement », « Base » or « Agence » may also open a name."""
        folded = hit.cell.folded
        rest = folded[hit.end :].strip()
        alone = rest.startswith(":") or (not rest and not self._runs_on(hit.cell))
        if not PARTY_KINDS.intersection(hit.kinds):
            return alone or _VALUE_FOLLOWS.match(rest) is not None
        return alone or not folded[hit.start : hit.end].startswith(_STRICT_HEADINGS)

    def _runs_on(self, cell: Cell) -> bool:
        """Whether the line below continues in lower case: « Collectivité » over « européenne d'Alsace »."""
        cells = self.blocks[cell].cells
        following = cells[cells.index(cell) + 1 : cells.index(cell) + 2]
        return any(below.text[:1].islower() for below in following)

    @cached_property
    def _vat_roles(self) -> dict[str, str]:
        """The role of each SIREN printed inside a VAT number."""
        roles = {}
        for siren, cell in self._vat_cells:
            client = "client" in cell.folded or self.heading_role(cell) == "recipient"
            client = client or self._is_a_body_s(self.blocks[cell])
            roles[siren] = "recipient" if client else "supplier"
        return roles

    @cached_property
    def _registered(self) -> frozenset[str]:
        """The SIRENs beside « RCS » or « R.C.S. Lyon B »: only a company prints its register."""
        text = "\n".join(line for line in self._text.split("\n") if not _A_THIRD_PARTY.search(line))
        found = (match[1] or match[2] for match in _REGISTER.finditer(text))
        return frozenset("".join(char for char in siren if char.isdigit()) for siren in found)

    @cached_property
    def _suppliers_sirens(self) -> frozenset[str]:
        """The SIRENs that the supplier prints of itself: in its register number, or in a legal line's VAT number."""
        own = {siren for siren, cell in self._vat_cells if self._is_a_legal_line(cell)}
        return self._registered | own

    def _is_a_legal_line(self, cell: Cell) -> bool:
        foot = cell.middle > weights.FOOT * self.document.sheet(cell).height
        said = "capital" in cell.row.text.casefold() or "notre" in cell.folded
        return (foot or said) and "client" not in cell.folded

    @cached_property
    def _vat_cells(self) -> tuple[tuple[str, Cell], ...]:
        cells = (cell for cell in self.document.cells if "fr" in cell.folded)
        return tuple((item.value, cell) for cell in cells for item in find_vat_sirens(cell.text))

    @cached_property
    def _text(self) -> str:
        return "\n".join(fold(row.text) for sheet in self.document.sheets for row in sheet.rows)


def _score(siret: SiretEvidence | None, role: str) -> float:
    if siret is None:
        return 0.0
    others = max(weight for name, weight in siret.scores.items() if name != role)
    return (
        siret.scores[role]
        - weights.RIVAL_ROLE * others
        + (weights.BOTH_SIRETS_PRINTED if siret.scores["other"] == 0 else 0.0)
    )


def _has_digits(cell: Cell) -> bool:
    return any(char.isdigit() for char in cell.text)
