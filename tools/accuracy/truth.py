"""The true values of one document, as a JSON file beside its PDF says them.

``fields`` has the values; a field that it does not list is not judged. ``visible`` says which of them the page prints;
without it every value does. ``acceptable`` lists further right answers of a field; null among them means "or none".
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["text", "scan", "xml"]
KINDS: tuple[Kind, ...] = ("text", "scan", "xml")
_DIFFERS = "xml_differs:"
_OF_A_DESIGN = re.compile(r"(?P<design>.+)-(?P<number>\d+)")
_OF_THE_GENERATOR = re.compile(r"(?:tune_)?(?P<number>\d+)_(?P<design>.+)")


@dataclass(frozen=True)
class Truth:
    """``design``: whose layout it is; ``number``: its place among the documents of its design.

    ``supplier``: who sends it; a supplier may have several designs.
    """

    name: str
    pdf: Path
    design: str
    supplier: str
    number: int
    kind: Kind
    fields: Mapping[str, Any]
    visible: Mapping[str, Any]
    acceptable: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    differing: Mapping[str, str] = field(default_factory=dict)
    pages: int = 1

    def prints(self, name: str) -> bool:
        """Whether the document has this value for the reader to find: printed, or in the XML."""
        return self.fields.get(name) not in (None, "") and (self.kind == "xml" or bool(self.visible.get(name)))


def truths(folder: Path) -> Iterator[Truth]:
    """Each PDF of the folder that has a truth: in ``pdf/`` and ``truth/``, or side by side."""
    pdfs = folder / "pdf" if (folder / "pdf").is_dir() else folder
    values = folder / "truth" if (folder / "truth").is_dir() else folder
    for pdf in sorted(pdfs.glob("*.pdf")):
        path = values / f"{pdf.stem}.json"
        if path.exists():
            yield read_truth(pdf, json.loads(path.read_text(encoding="utf-8")))


def read_truth(pdf: Path, said: Mapping[str, Any]) -> Truth:
    """The truth of a PDF from the content of its JSON file."""
    fields = said["fields"]
    stem = pdf.stem.removesuffix("_scan")
    named = _OF_A_DESIGN.fullmatch(stem) or _OF_THE_GENERATOR.fullmatch(stem)
    design = str(said.get("design") or (named["design"] if named else stem))
    return Truth(
        name=pdf.stem,
        pdf=pdf,
        design=design,
        supplier=str(said.get("supplier") or design),
        number=int(named["number"]) if named else 1,
        kind=_kind(said),
        fields=fields,
        visible=said.get("visible") or {name: value not in (None, "") for name, value in fields.items()},
        acceptable=said.get("acceptable") or {},
        differing=_differing(str(said.get("notes", ""))),
        pages=int(said.get("pages", 1)),
    )


def _kind(said: Mapping[str, Any]) -> Kind:
    removed = "XML removed" in str(said.get("notes", ""))
    if said.get("embedded_xml") and not removed:
        return "xml"
    return "scan" if said.get("scan") else "text"


def _differing(notes: str) -> dict[str, str]:
    """What a page says on purpose that its XML does not: « xml_differs:total_ttc=130.00 » in the notes."""
    parts = [each.removeprefix(_DIFFERS) for each in notes.split() if each.startswith(_DIFFERS)]
    return {name: value for name, _, value in (part.partition("=") for part in parts)}
