"""Attacks on what hangs on the catalogue: forms, annotations, outlines, layers, names, metadata, scripts."""

from random import Random

from tools.hostile_pdfs.draft import Draft, between, hostile, spaces


@hostile
def form_fields(rng: Random, size: float) -> bytes:
    """A form of 100,000 fields."""
    draft = Draft()
    fields = [draft.add(b"<< /FT /Tx /T (f%d) /V (1 234,56) >>" % n) for n in range(between(size, 2, 80_000))]
    draft.catalogue = b"/AcroForm << /Fields [ %s ] /NeedAppearances true >>" % b" ".join(fields)
    return draft.pdf()


@hostile
def field_tree_in_circles(rng: Random, size: float) -> bytes:
    """Fields that are their own children and parents, or nested without end."""
    draft = Draft()
    field = draft.reserve()
    kids = (field + b" ") * between(size, 1, 50_000)
    draft.add(b"<< /FT /Tx /T (f) /Kids [ %s ] /Parent %s >>" % (kids, field), at=field)
    deep = field
    for _ in range(between(size, 1, 20_000)):
        deep = draft.add(b"<< /T (d) /Kids [ %s ] >>" % deep)
    draft.catalogue = b"/AcroForm << /Fields [ %s %s ] >>" % (field, deep)
    draft.page(entries=b"/Annots [ %s %s ]" % (field, deep))
    return draft.pdf()


@hostile
def xfa_form(rng: Random, size: float) -> bytes:
    """An XFA form whose packets inflate, nest and refer to themselves."""
    draft = Draft()
    packet = draft.raw(spaces(between(size, 1, 190), b"<a>"), b"/Filter /FlateDecode")
    packets = b" ".join(b"(p%d) %s" % (n, packet) for n in range(between(size, 1, 500)))
    draft.catalogue = b"/AcroForm << /Fields [] /XFA [ %s ] >> /NeedsRendering true" % packets
    return draft.pdf()


@hostile
def annotations(rng: Random, size: float) -> bytes:
    """Tens of thousands of annotations that share one heavy appearance."""
    draft = Draft()
    look = draft.stream(
        b"0 0 m 9 9 l S " * between(size, 1, 500_000), b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << >>"
    )
    kind = rng.choice((b"/Widget /FT /Tx", b"/FreeText", b"/Stamp", b"/Link", b"/FileAttachment"))
    note = b"<< /Type /Annot /Subtype %s /Rect [0 0 99 99] /AP << /N %s >> /Contents (note) >>" % (kind, look)
    draft.page(entries=b"/Annots [ %s ]" % b" ".join(draft.add(note) for _ in range(between(size, 1, 40_000))))
    return draft.pdf()


@hostile
def annotations_in_circles(rng: Random, size: float) -> bytes:
    """An annotation that is its own popup, parent, reply and appearance, which draws itself."""
    draft = Draft()
    note, look = draft.reserve(), draft.reserve()
    draft.stream(
        b"/X Do /X Do",
        b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %s >> >>" % look,
        at=look,
    )
    draft.add(
        b"<< /Type /Annot /Subtype /Widget /FT /Btn /Rect [0 0 99 99] /Popup %s /Parent %s /IRT %s /Kids [ %s ] "
        b"/AP << /N << /On %s /Off %s >> /D %s >> /AS /On >>" % (note, note, note, note, look, note, note),
        at=note,
    )
    draft.page(entries=b"/Annots [ %s ]" % ((note + b" ") * between(size, 1, 50_000)))
    return draft.pdf()


@hostile
def outlines_in_circles(rng: Random, size: float) -> bytes:
    """Bookmarks that follow themselves, and a chain of 50,000 of them."""
    draft = Draft()
    item = draft.reserve()
    draft.add(b"<< /Title (a) /Next %s /First %s /Last %s /Parent %s >>" % (item, item, item, item), at=item)
    chain = item
    for _ in range(between(size, 1, 50_000)):
        chain = draft.add(b"<< /Title (b) /Next %s /First %s >>" % (chain, item))
    draft.catalogue = b"/Outlines << /First %s /Last %s /Count -1 >>" % (chain, item)
    return draft.pdf()


@hostile
def names_in_circles(rng: Random, size: float) -> bytes:
    """Name trees whose nodes are their own children: attachments, destinations, scripts."""
    draft = Draft()
    node = draft.reserve()
    many = between(size, 1, 100_000)
    draft.add(b"<< /Kids [ %s ] /Limits [ (a) (z) ] /Names [ (a) %s ] >>" % ((node + b" ") * many, node), at=node)
    draft.catalogue = (
        b"/AF [ %s ] /Names << /EmbeddedFiles %s /Dests %s /JavaScript %s /AP %s >> /PageLabels %s /Dests %s"
        % ((node,) * 7)
    )
    return draft.pdf()


@hostile
def deep_names(rng: Random, size: float) -> bytes:
    """A name tree of attachments tens of thousands of levels deep, in which each level is listed twice."""
    draft = Draft()
    node = draft.add(b"<< /Names [ ] >>")
    for _ in range(between(size, 1, 30_000)):
        node = draft.add(b"<< /Kids [ %s %s ] /Limits [ (a) (z) ] >>" % (node, node))
    draft.catalogue = b"/Names << /EmbeddedFiles %s >>" % node
    return draft.pdf()


@hostile
def layers(rng: Random, size: float) -> bytes:
    """Tens of thousands of layers, and conditions of visibility that contain themselves."""
    draft = Draft()
    group = [draft.add(b"<< /Type /OCG /Name (l%d) >>" % n) for n in range(between(size, 1, 30_000))]
    rule = draft.reserve()
    draft.add(b"[ /And %s [ /Not %s ] %s ]" % (rule, rule, b" ".join(group)), at=rule)
    member = draft.add(b"<< /Type /OCMD /OCGs [ %s ] /VE %s /P /AllOn >>" % (b" ".join(group), rule))
    draft.catalogue = b"/OCProperties << /OCGs [ %s ] /D << /Order [ %s ] /AS [ %s ] >> >>" % (
        b" ".join(group), rule, rule,
    )  # fmt: skip
    draft.page(b"/OC /M BDC (a) Tj EMC " * 100, b"/Properties << /M %s >>" % member)
    return draft.pdf()


@hostile
def metadata(rng: Random, size: float) -> bytes:
    """XMP metadata of 190 MB, on the catalogue and on every page."""
    draft = Draft()
    packet = draft.raw(
        spaces(between(size, 1, 190), b"<rdf:li>x</rdf:li>"), b"/Type /Metadata /Subtype /XML /Filter /FlateDecode"
    )
    draft.catalogue = b"/Metadata %s" % packet
    for _ in range(between(size, 1, 100)):
        draft.page(entries=b"/Metadata %s" % packet)
    return draft.pdf()


@hostile
def structure_tree(rng: Random, size: float) -> bytes:
    """A structure tree in circles with role maps in circles."""
    draft = Draft()
    root, element = draft.reserve(), draft.reserve()
    kids = (element + b" ") * between(size, 1, 50_000)
    draft.add(b"<< /Type /StructElem /S /A /P %s /K [ %s ] >>" % (element, kids), at=element)
    draft.add(
        b"<< /Type /StructTreeRoot /K %s /RoleMap << /A /B /B /A >> /ParentTree << /Kids [ %s ] /Nums [ 0 %s ] >> >>"
        % (element, root, element),
        at=root,
    )
    draft.catalogue = b"/StructTreeRoot %s /MarkInfo << /Marked true >>" % root
    draft.page(entries=b"/StructParents 0")
    return draft.pdf()


@hostile
def scripts_and_actions(rng: Random, size: float) -> bytes:
    """Actions that follow each other for ever, scripts of megabytes, and files to fetch."""
    draft = Draft()
    action = draft.reserve()
    script = b"while(1){app.alert(1)};" * between(size, 1, 100_000)
    draft.add(
        b"<< /S /JavaScript /JS (%s) /Next [ %s ] /F (http://example.invalid/a.pdf) >>"
        % (script.replace(b"(", b"\\(").replace(b")", b"\\)"), (action + b" ") * 100),
        at=action,
    )
    draft.catalogue = b"/OpenAction %s /AA << /WC %s /WS %s >> /URI << /Base (file:///etc/) >>" % ((action,) * 3)
    draft.page(entries=b"/AA << /O %s /C %s >>" % (action, action))
    return draft.pdf()


@hostile
def page_extras(rng: Random, size: float) -> bytes:
    """Thumbnails, article beads, private data and transitions in circles on each page."""
    draft = Draft()
    bead = draft.reserve()
    draft.add(b"<< /Type /Bead /N %s /V %s /T %s /P %s >>" % ((bead,) * 4), at=bead)
    entries = b"/Thumb %s /B [ %s ] /PieceInfo << /A %s >> /Trans %s /Group %s /VP [ %s ]" % (
        bead, (bead + b" ") * between(size, 1, 100_000), bead, bead, bead, bead,
    )  # fmt: skip
    draft.page(entries=entries)
    return draft.pdf()
