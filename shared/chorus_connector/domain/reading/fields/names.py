"""Names of the supplier and the recipient: lines that look like a name, in a place where a name is expected.

Every place votes (heading, head of an address, line over the SIRET, letterhead, legal line, words that make a public
body or a company); the same name printed twice gathers both votes, and votes for the other party count against it.
A letterhead alone is no ground: it may be a logo's word, a stamp or any leftover line. It only confirms a name that has
one, or counts where the pages repeat it. Without a clear winner there is no name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.addresses import NameReader, addresses, parties_addresses
from chorus_connector.domain.reading.fields.parties import Parties
from chorus_connector.domain.reading.fields.verdict import Verdict
from chorus_connector.domain.reading.finding import CellSpan
from chorus_connector.domain.reading.paper.blocks import Block
from chorus_connector.domain.reading.paper.lines import Cell, fold
from chorus_connector.domain.reading.words.labels import Hit
from chorus_connector.domain.reading.words.name_shapes import (
    are_initials_of,
    has_a_legal_form,
    has_postal_code,
    is_a_form_alone,
    is_accounting_officer,
    is_followed_by_its_form,
    is_made_of,
    is_part_of,
    is_street,
    is_the_same_name,
    is_titled,
    is_within_a_body,
    name_of,
    names_a_role,
    says_only_activities,
    speaks_for_a_company,
)

_A_CODE = re.compile(r"[A-Z0-9_/-]+")
_NO_LETTERS = re.compile(r"[\W_]+")
_FEW_WORDS = 2
_GROUNDS_OF_A_HEAD = 3  # the largest text, the first text, the head of an address
_LINES_OF_AN_ADDRESS = 3
_LEGAL = re.compile(
    r"au capital|capital (?:social )?(?:de |: ?)?\d|\brcs\b|r\.c\.s|\bape\b.*siret|siret.*\b(?:ape|naf)\b"
    r"|^association\b.*(?:loi|declaree|reconnue)"
)
_A_FORM = re.compile(r"\W*(?:sarl|sasu?|eurl|sa|snc|scop|scic|selarl|s\.a\.(?:s|r\.l)\.?|societe|association)\b")
_AN_ACCOUNT_S = re.compile(r"\W*(?:iban|bic|rib|swift)\b")
_LINES_OVER_AN_ACCOUNT = 2  # the bank's own and the next
_AND_SONS = re.compile(r"(?:et|&) (?:fils|cie)|associes")  # may be followed by the rest of a name
_HOST = re.compile(r"(?:@|www\.|https?://)(?:www\.)?([\w-]+)\.")
_MAILBOX = re.compile(r"([a-z\d._-]+)@")
_DOMAIN = re.compile(r"([a-z\d-]{4,})\.[a-z]{2,}")
_SHORTEST_REPEATED = 5  # letters; a shorter text is found inside other words


@dataclass
class _Vote:
    name: str
    place: CellSpan
    weight: float
    grounded: bool = True
    #: whether it needs no other print of the name: a label or its legal form announces it
    proves: bool = False
    #: whether a heading announces it
    announced: bool = False


def read_names(document: Document, parties: Parties) -> list[Verdict]:
    """Verdicts on ``supplier_name`` and ``recipient_name``, in the spelling of the page."""
    reader = NameReader(document, parties)
    votes = {
        role: [vote for vote in _votes(reader, role) if not _is_somebody_else_s(parties, role, vote)]
        for role in ("supplier", "recipient")
    }
    votes = {role: _without_initials(own) for role, own in votes.items()}
    for role, (address, lead) in parties_addresses(addresses(document, parties, reader)).items():
        votes[role].append(
            _Vote(address.name, address.place, min(weights.MOST_OF_AN_ADDRESS, weights.LEAST_OF_AN_ADDRESS + lead))
        )
    votes["supplier"] = _given_to_the_legal_name(reader, votes["supplier"], votes["recipient"])
    verdicts = []
    for role, other in (("recipient", "supplier"), ("supplier", "recipient")):
        winner = _winner(votes[role], votes[other])
        if winner and role == "recipient" and (names_a_role(winner[0].name) or _is_a_bank(reader, winner[0])):
            winner = None
        if winner and role == "supplier" and not _is_corroborated(reader, winner[0], votes[role]):
            winner = (winner[0], "once") if _heads_its_details(reader, winner[0]) else None
        if winner:
            vote, ground = winner
            verdicts.append(Verdict(f"{role}_name", vote.name, ground, vote.place))  # type: ignore[arg-type]
    return verdicts


def _is_a_bank(reader: NameReader, vote: _Vote) -> bool:
    """« Établissement Qonto » over « IBAN … »: what keeps an account is no party of the invoice."""
    rows = reader.document.sheet(vote.place.cell).rows
    index = vote.place.cell.row.index
    near = (cell for row in rows[index : index + _LINES_OVER_AN_ACCOUNT] for cell in row.cells)
    return any(
        _AN_ACCOUNT_S.match(cell.folded)
        for cell in near
        if abs(cell.left - vote.place.cell.left) < weights.BANK_AND_ACCOUNT
    )


def _without_initials(votes: Sequence[_Vote]) -> list[_Vote]:
    """The votes, a logo's initial left out: « S SODIMAT » is SODIMAT where another print says so."""
    names = {_key(vote.name) for vote in votes}
    found = []
    for vote in votes:
        initial, _, rest = vote.name.partition(" ")
        drawn = len(initial) == 1 and rest[:1].casefold() == initial.casefold() and _key(rest) in names
        found.append(replace(vote, name=rest) if drawn else vote)
    return found


def _given_to_the_legal_name(reader: NameReader, votes: list[_Vote], recipients: Sequence[_Vote]) -> list[_Vote]:
    """The votes for a supplier, with those for its brand or its partners given to its one legal name."""
    others = {_key(vote.name) for vote in recipients}
    legal = {_key(vote.name): vote for vote in votes if _is_a_legal_name(reader, vote)}
    fullest = [
        vote
        for key, vote in legal.items()
        if key not in others and not any(is_part_of(vote.name, other.name) for other in legal.values())
    ]
    if len(fullest) != 1:
        return votes
    name, place = fullest[0].name, fullest[0].place
    brands = (not (vote.announced or _key(vote.name) in legal or is_the_same_name(vote.name, name)) for vote in votes)
    return [replace(vote, name=name, place=place) if brand else vote for vote, brand in zip(votes, brands, strict=True)]


def _is_a_legal_name(reader: NameReader, vote: _Vote) -> bool:
    """Whether a name has its legal form, in the first block, beside the supplier's SIRET or over its telephone."""
    cell = vote.place.cell
    formed = has_a_legal_form(vote.name) or is_followed_by_its_form(vote.name, cell.text[vote.place.start :])
    if not formed or reader.parties.heading_role(cell) in ("recipient", "other"):
        return False
    block = reader.parties.blocks[cell]
    own = any(_supplier_s_own(reader, line) for line in (*block.cells, *cell.row.cells))
    first = next(iter(reader.document.sheets[0].cells), None) in block.cells
    return own or first or speaks_for_a_company(block.folded)


def _is_corroborated(reader: NameReader, winner: _Vote, votes: Sequence[_Vote]) -> bool:
    """Whether a supplier's name has a second ground: a label, its legal form, another print of it or a web host.

    What is printed only once may be a slogan, a trade or a logo's word.
    """
    key = _key(winner.name)
    cell = winner.place.cell
    if has_a_legal_form(winner.name) or _is_over_its_form(reader, winner):
        return True
    again = _is_printed_again(reader.document, cell, winner.name) or _has_a_mailbox(reader.document, winner.name)
    if not again and _is_under_another_name(reader, winner):
        return False
    if names_a_role(winner.name):
        return again
    proven = any(vote.proves and _key(vote.name) == key for vote in votes)
    return again or proven or _is_over_its_siret(reader, cell) or _is_the_whole_head(winner, votes)


def _is_over_its_form(reader: NameReader, winner: _Vote) -> bool:
    """Whether the next line says what the company is and nothing else: « Association loi 1901 déclarée à … ».

    A slogan may be over it too, but few associations have one.
    """
    cell = winner.place.cell
    sheet = reader.document.sheet(cell)
    below = sheet.below(cell.left, cell.right, cell.row, weights.LINE_UNDER_A_LETTERHEAD * sheet.text_height)[:1]
    formed = [line.folded for line in below if _A_FORM.match(line.folded) and name_of(line.text) is None]
    return bool(formed) and (is_titled(winner.name) or formed[0].startswith("association"))


def _is_under_another_name(reader: NameReader, winner: _Vote) -> bool:
    """« Légumes et œufs biologiques » under « Les Jardins de la Verne »: what a company does, or a part of its name."""
    cell = winner.place.cell
    lines = reader.parties.blocks[cell].cells
    sheet = reader.document.sheet(cell)
    nearest = sheet.above(cell.left, cell.right, cell.row, weights.GAP_BETWEEN_EVEN_LINES * sheet.text_height)[:1]
    over = [line for line in nearest if abs(line.left - cell.left) < sheet.text_height]
    above = [*over, *lines[: lines.index(cell)]]
    names = (name for line in above if not reader.is_label(line) and (name := name_of(line.text)))
    return not all(is_made_of(name, winner.name) or _key(name) in _key(winner.name) for name in names)


def _is_the_whole_head(winner: _Vote, votes: Sequence[_Vote]) -> bool:
    """Whether a name of several words is the largest text, the first one and the head of an address, all in one."""
    here = [vote for vote in votes if vote.place.cell is winner.place.cell and _key(vote.name) == _key(winner.name)]
    return is_titled(winner.name) and len(here) >= _GROUNDS_OF_A_HEAD and all(vote.grounded for vote in here)


def _heads_its_details(reader: NameReader, winner: _Vote) -> bool:
    """Whether a name of several words opens the page, over a street, a town and a telephone number on the left.

    Where all letters have one size, as on a listing. What names only activities belongs to a logo that has no words.
    """
    cell = winner.place.cell
    sheet = reader.document.sheet(cell)
    if cell.row is not reader.document.sheets[0].rows[0] or says_only_activities(winner.name):
        return False
    lines = reader.parties.blocks[cell].cells[1:]
    left = [other for line in lines for other in line.row.cells if other.left < weights.UPPER_HALF * sheet.width]
    street = any(is_street(line.text) and not has_postal_code(line.folded) for line in left)
    town = any(has_postal_code(line.folded) for line in left)
    return is_titled(winner.name) and street and town and any(speaks_for_a_company(line.folded) for line in left)


def _is_over_its_siret(reader: NameReader, cell: Cell) -> bool:
    """Whether the lines under a name are an address with the supplier's SIRET, however large the name is."""
    sheet = reader.document.sheet(cell)
    below = sheet.below(cell.left, cell.right, cell.row, weights.LINE_UNDER_A_LETTERHEAD * sheet.text_height)[:1]
    lines = reader.parties.blocks[below[0]].cells if below else ()
    addressed = any(has_postal_code(line.folded) for line in lines)
    return addressed and any(_supplier_s_own(reader, line) for line in lines)


def _is_printed_again(document: Document, cell: Cell, name: str) -> bool:
    """Whether another text has a name's words, or a web host or an e-mail address at least half of its letters."""
    key, first = _key(name), re.split(r"[\W_]", fold(name))[0]
    others = (other.folded for other in document.cells if other is not cell and first in other.folded)
    word = re.compile(rf"(?<!\w){re.escape(fold(name))}(?!\w)") if " " not in name else None
    if any(word.search(text) if word else key in _letters(text) for text in others):
        return True
    hosts = (
        _letters(host) for other in document.cells if "." in other.folded for host in _DOMAIN.findall(other.folded)
    )
    return any(
        len(host) >= weights.PART_OF_A_NAME_IN_ITS_HOST * len(key) and (host in key or key in host) for host in hosts
    )


def _has_a_mailbox(document: Document, name: str) -> bool:
    """Whether an e-mail address begins with a word of a person's name: « h.vasseur@… » of Hélène Vasseur."""
    boxes = [box for cell in document.cells if "@" in cell.text for box in _MAILBOX.findall(cell.folded)]
    words = {word for word in re.findall(r"[^\W\d_]+", fold(name)) if len(word) >= _SHORTEST_REPEATED}
    return any(not words.isdisjoint(re.split(r"[\W_]", box)) for box in boxes)


def _is_somebody_else_s(parties: Parties, role: str, vote: _Vote) -> bool:
    """Whether a name is in a block whose SIRETs all belong to other parties."""
    chosen = parties.roles.get(role)
    block = parties.blocks[vote.place.cell]
    beside = {siret.value for siret in parties.sirets.values() for place in siret.places if place.cell in block.cells}
    return chosen is not None and bool(beside) and chosen[0].value not in beside


def _tally(votes: Sequence[_Vote]) -> dict[str, float]:
    tally: dict[str, float] = {}
    for vote in votes:
        tally[_key(vote.name)] = tally.get(_key(vote.name), 0.0) + vote.weight
    return tally


def _opens(name: str, key: str) -> bool:
    """Whether a name is another's, or its beginning: « Régie du Levant » of « Régie du Levant régie publicitaire »."""
    return name == key or (len(name) >= _SHORTEST_REPEATED and key.startswith(name))


def _winner(votes: Sequence[_Vote], against: Sequence[_Vote]) -> tuple[_Vote, str] | None:
    opposed = {name: weight for name, weight in _tally(against).items() if weight > 0}
    grounded = {_key(vote.name): vote.name for vote in votes if vote.grounded}
    tally = {
        key: weight
        - weights.NAME_OF_THE_OTHER_ROLE * max((opposed[other] for other in opposed if _opens(other, key)), default=0.0)
        for key, weight in _tally(votes).items()
    }
    tally = _given_to_the_fullest(tally, {_key(vote.name): vote.name for vote in votes}, grounded)
    ordered = sorted(((key, tally[key]) for key in grounded), key=lambda item: item[1], reverse=True)
    if not ordered or ordered[0][1] < weights.ENOUGH_FOR_A_NAME:
        return None
    key, weight = ordered[0]
    rival = next((other for name, other in ordered[1:] if name not in key and key not in name), 0.0)
    if weight - rival < weights.LEAD_OF_A_NAME:
        return None
    vote = max((vote for vote in votes if _key(vote.name) == key and vote.grounded), key=lambda vote: vote.weight)
    clear = weight >= weights.CLEAR_NAME and weight - rival >= weights.CLEAR_LEAD_OF_A_NAME
    return vote, "clear" if clear else "likely"


def _given_to_the_fullest(
    tally: Mapping[str, float], names: Mapping[str, str], grounded: Mapping[str, str]
) -> dict[str, float]:
    """The weights, with that of a part of a name (« VOLTARIVE »), or of its initials, given to the whole."""
    result = dict(tally)
    for key, weight in tally.items():
        fuller = [
            other
            for other in grounded
            if tally[other] >= weights.ENOUGH_FOR_A_NAME
            and (is_part_of(names[key], grounded[other]) or are_initials_of(names[key], grounded[other]))
        ]
        if fuller and weight > 0:
            result[max(fuller, key=lambda other: tally[other])] += weight
            result[key] = 0.0
    return result


def _key(name: str) -> str:
    return _letters(fold(name))


def _letters(folded: str) -> str:
    return _NO_LETTERS.sub("", folded)


def _votes(reader: NameReader, role: str) -> Iterator[_Vote]:
    yield from _headed(reader, role)
    yield from _over_the_siret(reader, role)
    if role == "supplier":
        yield from _letterhead(reader)
        yield from _legal_line(reader)
    yield from _by_nature(reader, role)


def _headed(reader: NameReader, role: str) -> Iterator[_Vote]:
    """Names that a heading announces: « Client : … », « Fournisseur » over its block."""
    document = reader.document
    for hit in document.announced(role, "party_name"):
        if hit.start > 3 or document.heads_goods(hit.cell.row) or not reader.parties.is_heading(hit):
            continue
        if role not in hit.kinds and reader.parties.heading_role(hit.cell) != role:
            continue
        for region in document.regions(_said_last(reader, hit)):
            if region.relation not in ("tail", "right", "below"):
                continue
            found = reader.in_cell(region.cell, region.start, labelled=region.relation != "below")
            if found and "service_code" in hit.kinds and _A_CODE.fullmatch(found[0]):
                break  # « Service destinataire   COM »
            if found and is_within_a_body(found[0]):
                found = _first_name(reader, reader.parties.blocks[region.cell], region.cell)
            if found:
                weight = weights.NAME_UNDER_A_HEADING - weights.DISTANCE_OF_A_NAME * region.cost
                yield _Vote(*found, weight, proves=True, announced=True)
                break
            if region.relation == "tail" and region.text.strip(" :"):
                break  # « Fournisseur F »: what the heading announces is no name


def _said_last(reader: NameReader, hit: Hit) -> Hit:
    """The last of several labels with the same meaning in two languages: its value follows."""
    end = reader.end_of_heading(hit)
    return next((other for other in reader.document.hits_in(hit.cell) if other.end == end), hit)


def _over_the_siret(reader: NameReader, role: str) -> Iterator[_Vote]:
    """The name on the line of the party's SIRET, or at the head of the block that holds it."""
    chosen = reader.parties.roles.get(role)
    if not chosen:
        return
    for place in chosen[0].places:
        if place.start > 8:
            inline = reader.in_cell(place.cell)
            if inline and inline[1].end <= place.start and not reader.is_label(place.cell):
                yield _Vote(*inline, weights.NAME_BEFORE_ITS_SIRET)
        block = reader.parties.blocks[place.cell]
        named = _first_name(reader, block, until=place.cell)
        above = _address_above(reader, block) if named is None and role == "supplier" else None
        if above is not None:
            block, named = above, _first_name(reader, above)
        if named:
            whole = any(has_postal_code(cell.folded) for cell in block.cells)
            weight = weights.NAME_OVER_ITS_SIRET_AND_ADDRESS if whole else weights.NAME_OVER_ITS_SIRET
            yield _Vote(*named, weight, proves=whole)


def _address_above(reader: NameReader, block: Block) -> Block | None:
    """The address whose next paragraph holds the SIRET: close above it and at the same left edge."""
    first = block.cells[0]
    sheet = reader.document.sheet(first)
    above = sheet.above(first.left, first.right, first.row, weights.PARAGRAPHS_OF_A_PARTY * sheet.text_height)[:1]
    if not above or abs(above[0].left - first.left) > weights.SAME_EDGE:
        return None
    found = reader.parties.blocks[above[0]]
    return found if any(has_postal_code(cell.folded) for cell in found.cells) else None


def _first_name(
    reader: NameReader, block: Block, after: Cell | None = None, until: Cell | None = None
) -> tuple[str, CellSpan] | None:
    """The first name of a block between two of its lines: not that of a service or a person."""
    named = []
    for cell in block.cells:
        if until is not None and cell.row.index >= until.row.index:
            break
        if (after is not None and cell.row.index <= after.row.index) or reader.is_label(cell):
            continue
        found = reader.in_cell(cell)
        if found and not is_within_a_body(found[0]):
            named.append(found)
    return reader.of_the_body(named)


def _letterhead(reader: NameReader) -> Iterator[_Vote]:
    """The largest and the first text of the first page."""
    document = reader.document
    sheet = document.sheets[0]
    named = []
    for cell in sheet.cells:
        high = cell.middle < weights.LETTERHEAD_BOTTOM * sheet.height and cell not in document.dates
        if high and not reader.is_label(cell) and not _is_public(document, cell) and not _is_a_title(document, cell):
            found = reader.in_cell(cell)
            if found and len(_key(found[0])) > 2 and not is_within_a_body(found[0]):
                named.append((cell, found))
    if not named:
        return
    cell, found = max(named, key=lambda pair: pair[0].height)
    if cell.height > weights.LARGE_LETTERS * sheet.text_height:
        trade = len(cell.tokens) > _FEW_WORDS and _over_an_address(reader, cell)
        yield _Vote(
            *found,
            weights.LARGEST_TEXT + (weights.TRADE_NAME if trade else 0.0),
            grounded=_is_confirmed(reader, cell, found[0]),
        )
    if reader.parties.heading_role(named[0][0]) not in ("recipient", "other"):
        cell, found = named[0]
        yield _Vote(*found, weights.FIRST_TEXT, grounded=_is_confirmed(reader, cell, found[0]))


def _over_an_address(reader: NameReader, cell: Cell) -> bool:
    """Whether a street is one of the two lines under a text, or a legal line the next."""
    sheet = reader.document.sheet(cell)
    below = sheet.below(cell.left, cell.right, cell.row, weights.LINE_UNDER_A_LETTERHEAD * sheet.text_height)[:1]
    if not below:
        return False
    lines = reader.parties.blocks[below[0]].cells
    near = lines[lines.index(below[0]) :][:2]
    return _LEGAL.search(below[0].folded) is not None or any(is_street(line.text) for line in near)


def _is_confirmed(reader: NameReader, cell: Cell, name: str) -> bool:
    """Whether a letterhead is over an address or a legal line, is printed again or the supplier's only name."""
    addressed = _over_an_address(reader, cell) or (has_postal_code(cell.folded) and is_street(cell.text))
    again = _is_repeated(reader.document, cell, name) or _has_a_mailbox(reader.document, name)
    return addressed or again or _is_over_a_nameless_address(reader, cell)


def _is_repeated(document: Document, cell: Cell, name: str) -> bool:
    """Whether the pages print a name again: at the head of a longer line, or a name of several words as a web host."""
    key = _key(name)
    if len(key) < _SHORTEST_REPEATED:
        return False
    first = fold(name)[:1]  # folding every cell again would take longer than all of the names
    others = [other for other in document.cells if other is not cell]
    if " " in name and any(_is_a_host(other, key) for other in others if "." in other.folded):
        return True
    return any(_opens_with(other, key) for other in others if first in other.folded[:3])


def _opens_with(cell: Cell, key: str) -> bool:
    """Whether a longer line starts with a name and has no fuller one."""
    text = _key(cell.text)
    return len(text) > len(key) and text.startswith(key) and _key(name_of(cell.text) or "") == key


def _is_a_host(cell: Cell, key: str) -> bool:
    return any(_key(host).startswith(key[:_SHORTEST_REPEATED]) for host in _HOST.findall(cell.folded))


def _is_over_a_nameless_address(reader: NameReader, cell: Cell) -> bool:
    """Whether the supplier's SIRET is in an address without a name, which a line at the head of the page then is."""
    chosen = reader.parties.roles.get("supplier") if len(cell.tokens) > 1 else None
    blocks = [reader.parties.blocks[place.cell] for place in chosen[0].places] if chosen else []
    return any(
        len(block.cells) >= _LINES_OF_AN_ADDRESS
        and cell.top < block.bottom
        and any(has_postal_code(line.folded) for line in block.cells)
        and _first_name(reader, block) is None
        for block in blocks
    )


def _legal_line(reader: NameReader) -> Iterator[_Vote]:
    """« Durand & Fils - SARL au capital de 8 000 € - RCS Lyon… », most often in the footer."""
    for cell in reader.document.cells:
        if _LEGAL.search(cell.folded) or _supplier_s_own(reader, cell):
            lines = _running_into(reader, cell)
            found = reader.in_cell(cell) if len(lines) == 1 else None
            if len(lines) > 1:
                yield from _broken_by_a_column(reader, lines)
            elif found and found[1].end < len(cell.text) - 10 and not reader.is_label(cell):
                yield _Vote(*found, weights.NAME_IN_A_LEGAL_LINE, proves=True)
            elif _A_FORM.match(cell.folded) and (before := _on_the_left(reader, cell)):
                yield _Vote(*before, weights.NAME_IN_A_LEGAL_LINE, proves=True)


def _running_into(reader: NameReader, cell: Cell) -> list[Cell]:
    """A line and those of its paragraph that run on into it: each is full and ends no sentence."""
    block = reader.parties.blocks[cell]
    lines = [cell]
    for above in reversed(block.cells[: block.cells.index(cell)]):
        word = lines[0].tokens[0].right - lines[0].tokens[0].left
        full = above.right + weights.SPACE * above.height + word > block.right
        even = abs(above.left - lines[0].left) < weights.ALIGNED_EVEN_LINES
        if not full or not even or above.text.endswith((".", "!", "?", ":")):
            break
        lines.insert(0, above)
    return lines


def _broken_by_a_column(reader: NameReader, lines: Sequence[Cell]) -> Iterator[_Vote]:
    """The name that opens a paragraph, ends in its last line and is followed by its legal form."""
    text = " ".join(line.text for line in lines)
    name, first = name_of(text), lines[0]
    if name is None or reader.is_label(first) or is_within_a_body(name):
        return
    if len(name) > len(text) - len(lines[-1].text) and is_followed_by_its_form(name, text):
        yield _Vote(name, CellSpan(first, 0, len(first.text)), weights.NAME_IN_A_LEGAL_LINE, proves=True)


def _on_the_left(reader: NameReader, cell: Cell) -> tuple[str, CellSpan] | None:
    """The name before a legal form in a justified line, whose spaces are wide: « Rhin Langues   -   SARL »."""
    left = reader.document.sheet(cell).left_of(cell)
    if left is not None and not any(char.isalnum() for char in left.text):
        left = reader.document.sheet(cell).left_of(left)
    found = reader.in_cell(left) if left is not None and not reader.is_label(left) else None
    rest = left.text[found[1].end :] if found and left is not None else "…"
    return None if any(char.isalnum() or char == "…" for char in rest) else found


def _supplier_s_own(reader: NameReader, cell: Cell) -> bool:
    """Whether a line prints the supplier's SIRET."""
    chosen = reader.parties.roles.get("supplier")
    return chosen is not None and any(place.cell is cell for place in chosen[0].places)


def _by_nature(reader: NameReader, role: str) -> Iterator[_Vote]:
    """Lines whose words make them a public body (recipient) or a company (supplier)."""
    seen: set[str] = set()  # the name at the head of each page is one vote
    wanted = "public_body" if role == "recipient" else "legal_form"
    for cell, natures in reader.document.natures.items():
        for start, end, kind in natures:
            if kind != wanted or (role == "recipient" and start > 3) or reader.is_label(cell):
                continue
            named = _under_its_form(reader, cell) or cell
            found = reader.in_cell(named) if _is_outside_the_goods(reader.document, cell) else None
            if found and role == "supplier" and named is cell and not _is_its_form(found[1], start, end):
                continue
            if found and not is_within_a_body(found[0]):
                heading = reader.parties.heading_role(cell)
                if _key(found[0]) not in seen and not is_accounting_officer(cell.folded):
                    yield _Vote(
                        *found,
                        weights.NAME_UNDER_ANOTHER_HEADING if heading and heading != role else weights.NAME_BY_ITS_FORM,
                    )
                seen.add(_key(found[0]))
                break


def _under_its_form(reader: NameReader, cell: Cell) -> Cell | None:
    """The line under « S.C.P. » or « SARL » alone at the head of a block: the name of the company."""
    lines = reader.parties.blocks[cell].cells
    return lines[1] if len(lines) > 1 and cell is lines[0] and is_a_form_alone(cell.text) else None


def _is_its_form(name: CellSpan, start: int, end: int) -> bool:
    """Whether a legal form opens, ends or soon follows a name: in the middle of a text it speaks of other companies."""
    text = name.cell.text
    between = text[name.end : start] if start >= name.end else text[end : name.end]
    opens = not any(char.isalnum() for char in text[name.start : start])
    return (
        opens
        or len(re.findall(r"\w+", between)) <= (weights.WORDS_BEFORE_A_FORM if start >= name.end else 0)
        or (_AND_SONS.fullmatch(name.cell.folded[start:end]) is not None)
    )


def _is_a_title(document: Document, cell: Cell) -> bool:
    """« Mémoire et facture n° FA005288 »: the document's own title, however large it is."""
    return any(hit.kinds.get("invoice_number") == 0.0 for hit in document.hits_in(cell))


def _is_public(document: Document, cell: Cell) -> bool:
    return any(kind == "public_body" and start <= 3 for start, _, kind in document.natures.get(cell, ()))


def _is_outside_the_goods(document: Document, cell: Cell) -> bool:
    """Whether a cell is where parties are named: the upper half or the foot of a page, not beside a sum."""
    share = cell.middle / document.sheet(cell).height
    beside_a_sum = any(
        amount.looks_like_money for other in cell.row.cells for amount in document.amounts.get(other, ())
    )
    return (share < weights.UPPER_HALF or share > weights.LOWEST_PART) and not (
        beside_a_sum and len(cell.row.cells) > 1
    )
