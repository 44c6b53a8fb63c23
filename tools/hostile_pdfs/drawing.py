"""Attacks on what interprets drawing instructions: forms within forms, stacks, operands, inline pictures."""

from random import Random

from tools.hostile_pdfs.draft import MEGABYTE, Draft, between, hostile

_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] "


def _form(draft: Draft, drawing: bytes, resources: bytes, at: bytes | None = None) -> bytes:
    return draft.stream(drawing, _FORM + b"/Resources << %s >>" % resources, at=at)


@hostile
def form_draws_itself(rng: Random, size: float) -> bytes:
    """A form that draws itself twice."""
    draft = Draft()
    form = draft.reserve()
    _form(draft, b"/X Do " * between(size, 2, 40), b"/XObject << /X %s >>" % form, at=form)
    draft.page(b"/X Do", b"/XObject << /X %s >>" % form)
    return draft.pdf()


@hostile
def forms_draw_each_other(rng: Random, size: float) -> bytes:
    """A cycle of forms, so that none of them draws itself directly."""
    draft = Draft()
    ring = [draft.reserve() for _ in range(between(size, 2, 30))]
    for this, following in zip(ring, ring[1:] + ring[:1], strict=True):
        _form(draft, b"/X Do /X Do", b"/XObject << /X %s >>" % following, at=this)
    draft.page(b"/X Do", b"/XObject << /X %s >>" % ring[0])
    return draft.pdf()


@hostile
def forms_multiply(rng: Random, size: float) -> bytes:
    """Forms 13 deep, each drawing the next one ten times."""
    draft = Draft()
    form = _form(draft, b"0 0 m 9 9 l S", b"")
    for _ in range(between(size, 1, 13)):
        form = _form(draft, b"/X Do " * 10, b"/XObject << /X %s >>" % form)
    draft.page(b"/X Do", b"/XObject << /X %s >>" % form)
    return draft.pdf()


@hostile
def forms_of_text_multiply(rng: Random, size: float) -> bytes:
    """The same with words, so that each copy is extracted."""
    draft = Draft()
    text = b"BT /F1 1 Tf 1 1 Td (%s) Tj ET" % (b"1 234,56 " * 50)
    form = _form(draft, text, b"/Font << /F1 %s >>" % draft.font)
    for _ in range(between(size, 1, 7)):
        form = _form(draft, b"/X Do " * 10, b"/XObject << /X %s >>" % form)
    draft.page(b"/X Do", b"/XObject << /X %s >>" % form)
    return draft.pdf()


@hostile
def pages_share_a_self_drawing_form(rng: Random, size: float) -> bytes:
    """More than 25 pages, so that text is counted at once, with one self-drawing form."""
    draft = Draft()
    form = draft.reserve()
    _form(draft, b"/X Do /X Do", b"/XObject << /X %s >>" % form, at=form)
    for _ in range(between(size, 2, 30)):
        draft.page(b"/X Do", b"/XObject << /X %s >>" % form)
    return draft.pdf()


@hostile
def form_chain(rng: Random, size: float) -> bytes:
    """A straight chain of thousands of forms: recursion."""
    draft = Draft()
    form = _form(draft, b"0 0 m 9 9 l S", b"")
    for _ in range(between(size, 2, 20_000)):
        form = _form(draft, b"/X Do", b"/XObject << /X %s >>" % form)
    draft.page(b"/X Do", b"/XObject << /X %s >>" % form)
    return draft.pdf()


@hostile
def form_drawn_often(rng: Random, size: float) -> bytes:
    """One large form drawn thousands of times by a page of a few kilobytes."""
    draft = Draft()
    form = _form(draft, b"0 0 m 1 1 l S\n" * between(size, 10, MEGABYTE), b"")
    draft.page(b"/X Do " * between(size, 2, 5_000), b"/XObject << /X %s >>" % form)
    return draft.pdf()


@hostile
def saved_states(rng: Random, size: float) -> bytes:
    """Graphics states saved millions of times and never restored."""
    draft = Draft()
    draft.page(b"q " * between(size, 10, 9 * MEGABYTE))
    return draft.pdf()


@hostile
def one_long_path(rng: Random, size: float) -> bytes:
    """One path of millions of points that is never painted."""
    draft = Draft()
    draft.page(b"0 0 m " + b"1 1 l " * between(size, 10, 3 * MEGABYTE) + b"S")
    return draft.pdf()


@hostile
def clipping_paths(rng: Random, size: float) -> bytes:
    """Clipping paths that pile up, each object keeping all of them."""
    draft = Draft()
    draft.page(b"0 0 500 500 re W n 0 0 m 9 9 l S q " * between(size, 10, 500_000))
    return draft.pdf()


@hostile
def marked_content(rng: Random, size: float) -> bytes:
    """Marked content opened hundreds of thousands of times: every object carries the whole stack."""
    draft = Draft()
    draft.page(b"/P <</MCID 1>> BDC 0 0 m 9 9 l S " * between(size, 10, 300_000))
    return draft.pdf()


@hostile
def operands(rng: Random, size: float) -> bytes:
    """Millions of operands without an operator, or arrays and dictionaries without an end."""
    draft = Draft()
    operand = rng.choice((b"1 ", b"[ ", b"<< /A ", b"(((", b"<41", b"[[1]] ", b"/N ", b"-.-.-. "))
    draft.page(operand * between(size, 10, 3 * MEGABYTE))
    return draft.pdf()


@hostile
def huge_numbers(rng: Random, size: float) -> bytes:
    """Coordinates beyond every type: overflows, infinities, a number of a megabyte."""
    draft = Draft()
    digits = b"9" * between(size, 10, MEGABYTE)
    number = rng.choice((digits, b"-" + digits, b"0." + digits, b"1e" + digits[:300], b"340282346638528859811704183"))
    draft.page(
        b"%s 0 0 %s 0 0 cm BT /F1 %s Tf %s %s Td %s Tz (Total TTC 600,00) Tj ET" % ((number,) * 6),
        entries=b"/UserUnit %s /Rotate %s" % (number[:200], rng.choice((b"90", b"91", number[:200]))),
    )
    return draft.pdf()


@hostile
def odd_boxes(rng: Random, size: float) -> bytes:
    """Page boxes that are empty, turned round, endless or not numbers."""
    draft = Draft()
    number = b"9" * between(size, 3, 300)
    box = rng.choice((b"0 0 0 0", b"%s %s 0 0" % (number, number), b"0 0 %s %s" % (number, number), b"/a (b) null 1"))
    for name in (b"/MediaBox", b"/CropBox", b"/TrimBox"):
        draft.page(entries=b"%s [ %s ]" % (name, box))
    return draft.pdf()


@hostile
def inline_pictures(rng: Random, size: float) -> bytes:
    """Hundreds of thousands of inline pictures, some without an end."""
    draft = Draft()
    end = rng.choice((b" EI\n", b"\n", b" E I "))
    draft.page((b"BI /W 1 /H 1 /BPC 8 /CS /G ID x" + end) * between(size, 5, 300_000))
    return draft.pdf()


@hostile
def inline_picture_dimensions(rng: Random, size: float) -> bytes:
    """Inline pictures with huge dimensions and every filter."""
    draft = Draft()
    side = between(size, 10, 2_147_483_647)
    for name in (b"/Fl", b"/LZW", b"/RL", b"/CCF", b"/DCT", b"/AHx", b"[ /A85 /Fl /Fl /Fl ]"):
        draft.page(b"BI /W %d /H %d /BPC 8 /CS /RGB /F %s ID %s\nEI" % (side, side, name, rng.randbytes(300)))
    return draft.pdf()


@hostile
def graphics_states(rng: Random, size: float) -> bytes:
    """A soft mask whose group draws with the same graphics state, set thousands of times."""
    draft = Draft()
    state, group = draft.reserve(), draft.reserve()
    resources = b"/ExtGState << /G %s >>" % state
    draft.stream(
        b"/G gs 0 0 m 9 9 l S " * between(size, 1, 20_000),
        _FORM + b"/Group << /S /Transparency >> /Resources << %s >>" % resources,
        at=group,
    )
    draft.add(b"<< /SMask << /S /Alpha /G %s /TR %s >> /Font [ %s 9 ] >>" % (group, state, state), at=state)
    draft.page(b"/G gs 0 0 m 9 9 l S " * between(size, 1, 20_000), resources)
    return draft.pdf()


@hostile
def resources_in_circles(rng: Random, size: float) -> bytes:
    """Resources that refer to themselves, and a form that takes its page's."""
    draft = Draft()
    resources, form = draft.reserve(), draft.reserve()
    draft.stream(b"/X Do " * between(size, 2, 1000), _FORM + b"/Resources %s" % resources, at=form)
    draft.add(b"<< /XObject << /X %s >> /Font %s /ExtGState %s >>" % (form, resources, resources), at=resources)
    draft.page(b"/X Do", b"/XObject << /X %s >> /Properties %s" % (form, resources))
    return draft.pdf()
