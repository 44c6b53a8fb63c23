"""Attacks on what extracts words and on the rules that read them."""

from random import Random

from tools.hostile_pdfs.draft import MEGABYTE, Draft, between, hostile


def _lines(texts: list[bytes], height: int = 10) -> bytes:
    """One text object with these lines under each other."""
    return b"BT /F1 %d Tf 40 800 Td " % height + b"".join(b"(%s) Tj 0 -%d Td " % (t, height) for t in texts) + b"ET "


@hostile
def characters_on_a_page(rng: Random, size: float) -> bytes:
    """Eight million characters on one page."""
    draft = Draft()
    draft.page(_lines([b"1 234,56 " * 100] * between(size, 1, 9_000)))
    return draft.pdf()


@hostile
def characters_on_few_pages(rng: Random, size: float) -> bytes:
    """As many characters on each of 25 pages that share their content."""
    draft = Draft()
    content = draft.stream(_lines([b"1 234,56 " * 100] * between(size, 1, 9_000)))
    for _ in range(25):
        draft.page(contents=content)
    return draft.pdf()


@hostile
def forty_thousand_a_page(rng: Random, size: float) -> bytes:
    """As many characters on as many pages as the bounds allow."""
    draft = Draft()
    content = draft.stream(_lines([b"12 34,56 " * 10] * 440))
    for _ in range(between(size, 1, 25)):
        draft.page(contents=content)
    return draft.pdf()


_LABELS = (
    b"Total HT", b"Total TVA", b"Net \xe0 payer TTC", b"Facture n\xb0", b"SIRET 123 456 789 00012", b"Date",
    b"Code service", b"IBAN FR76 3000 6000 0112 3456 7890 189", b"Num\xe9ro d'engagement", b"20,00 %", b"1 234,56",
    b"12/11/2026", b"Destinataire", b"Mairie", b"FR12345678901", b"Total", b"Avoir", b"Page 1/1", b"A", b"1",
)  # fmt: skip


@hostile
def labels_without_end(rng: Random, size: float) -> bytes:
    """Pages full of the words that an invoice's labels and values are made of: each may belong to each other."""
    draft = Draft()
    for _ in range(between(size, 1, 20)):
        texts = [b"  ".join(rng.choices(_LABELS, k=between(size, 2, 6))) for _ in range(between(size, 5, 380))]
        draft.page(_lines(texts, rng.choice((1, 2, 8))))
    return draft.pdf()


@hostile
def same_label_everywhere(rng: Random, size: float) -> bytes:
    """One label or one value thousands of times."""
    draft = Draft()
    label = rng.choice(_LABELS)
    for _ in range(between(size, 1, 12)):
        draft.page(_lines([(label + b" ") * 4] * between(size, 5, 1000), 1))
    return draft.pdf()


@hostile
def one_long_word(rng: Random, size: float) -> bytes:
    """A word of 40,000 letters or digits: patterns that try again at each of them."""
    draft = Draft()
    letter = rng.choice((b"0", b"A", b".", b"1,", b"0 ", b"-", b"FR", b"1/", b"\xa0", b"0\xa0", b"@a."))
    count = between(size, 10, 39_000)
    draft.page(b"BT /F1 1 Tf 1 1 Td (%s) Tj ET" % (letter * (count // len(letter))))
    return draft.pdf()


@hostile
def words_on_one_place(rng: Random, size: float) -> bytes:
    """Every word on the same place: each overlaps each other."""
    draft = Draft()
    draft.page(b"BT /F1 9 Tf " + b"1 0 0 1 60 700 Tm (Total 1 234,56) Tj " * between(size, 5, 2_800) + b"ET")
    return draft.pdf()


@hostile
def words_one_by_one(rng: Random, size: float) -> bytes:
    """Thousands of words, each at a random place, angle and size."""
    draft = Draft()
    for _ in range(between(size, 1, 8)):
        placed = [
            b"%.2f %.2f %.2f %.2f " % (rng.uniform(-2, 2), rng.uniform(-2, 2), rng.uniform(-2, 2), rng.uniform(-2, 2))
            + b"%d %d Tm (%s) Tj " % (rng.randint(0, 595), rng.randint(0, 842), rng.choice(_LABELS))
            for _ in range(between(size, 5, 4_000))
        ]
        draft.page(b"BT /F1 3 Tf " + b"".join(placed) + b"ET")
    return draft.pdf()


@hostile
def invisible_and_endless_sizes(rng: Random, size: float) -> bytes:
    """Text of size zero, hidden text, text wider than every page."""
    draft = Draft()
    mode = rng.choice((b"3 Tr", b"7 Tr", b"0 Tz", b"-100 Tz", b"1e30 Tc", b"1e30 Tw", b"99999999 TL"))
    height = rng.choice((b"0", b"1e-30", b"1e30", b"-9"))
    draft.page(b"BT /F1 %s Tf %s 60 700 Td " % (height, mode) + b"(1 234,56) ' " * between(size, 5, 4_000) + b"ET")
    return draft.pdf()


@hostile
def text_arrays(rng: Random, size: float) -> bytes:
    """One text array of hundreds of thousands of strings and shifts."""
    draft = Draft()
    draft.page(b"BT /F1 9 Tf 60 700 Td [ " + b"(1) -120 (,) 99999999 " * between(size, 5, 400_000) + b"] TJ ET")
    return draft.pdf()


@hostile
def actual_text(rng: Random, size: float) -> bytes:
    """A replacement text of a megabyte in place of one letter, used again and again."""
    draft = Draft()
    text = draft.add(b"<< /ActualText (%s) >>" % (b"1 234,56 " * between(size, 1, 110_000)))
    once = b"/Span /A BDC BT /F1 9 Tf 60 700 Td (x) Tj ET EMC "
    draft.page(once * between(size, 2, 5_000), b"/Properties << /A %s >>" % text)
    return draft.pdf()


@hostile
def right_to_left(rng: Random, size: float) -> bytes:
    """Hebrew and Arabic mixed with digits: the order of each run is computed."""
    draft = Draft()
    to_unicode = draft.stream(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
        b"3 beginbfrange <41> <5A> <05D0> <61> <7A> <0621> <30> <39> <0660> endbfrange endcmap end"
    )
    draft.resources = b"/R << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode %s >>" % to_unicode
    draft.page(b"BT /R 9 Tf 60 700 Td " + b"(ABC 123 abc, 12) Tj " * between(size, 5, 100_000) + b"ET")
    return draft.pdf()


@hostile
def strings_of_a_megabyte(rng: Random, size: float) -> bytes:
    """Parentheses that do not close, escapes at the end, a hexadecimal string with odd letters."""
    draft = Draft()
    text = rng.choice((b"(" * 99, b"\\(" * 50, b"\\00" * 33, b"\\\n" * 50)) * between(size, 1, MEGABYTE // 25)
    draft.page(rng.choice((b"BT /F1 9 Tf (%s) Tj ET", b"BT /F1 9 Tf <%s> Tj ET", b"BT /F1 9 Tf (%s Tj ET")) % text)
    return draft.pdf()
