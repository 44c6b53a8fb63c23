"""Templates to HTML. Every value is escaped; every literal text comes from the catalogue."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, FileSystemLoader, ModuleLoader, StrictUndefined

from console import formats
from console.catalogue import has_text, text
from console.statuses import SAID_BY_US

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
STATIC = FOLDER / "static"
_COMPILED = FOLDER / "compiled"  # written when the layer is built
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def environment(loader: BaseLoader) -> Environment:
    """The environment of the console's templates, also for compiling them."""
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"siret": formats.siret}
    made.globals |= {"static": static_address, "has_text": has_text, "page_of": page_of, "said_by_us": SAID_BY_US}
    return made


@cache
def _templates() -> Environment:
    compiled = _COMPILED.is_dir()
    return environment(ModuleLoader(str(_COMPILED)) if compiled else FileSystemLoader(TEMPLATES))


def render(template: str, *, language: str, now: datetime, **context: Any) -> str:
    """The page in that language."""
    in_language = {
        "t": partial(_translated, language),
        "amount": partial(formats.amount, language=language),
        "day": partial(formats.day, language=language),
        "moment": partial(formats.moment, language=language),
        "share": partial(formats.share, language=language),
        "whole": partial(formats.whole, language=language),
        "days_until": partial(formats.days_until, now=now),
        "has_passed": partial(formats.has_passed, now=now),
        "since": partial(formats.since, now=now, language=language),
    }
    return _templates().get_template(template).render(language=language, **in_language, **context)


def page_of(supplier_id: str, invoice: Mapping[str, Any]) -> str:
    """The page where a person acts on an invoice of a list: a send-back is answered on its page of the tracking."""
    part = "tracking" if invoice["task"] else "documents"
    return f"/console/suppliers/{supplier_id}/{part}/{invoice['document_id']}"


@cache
def static_file(name: str) -> tuple[bytes, str] | None:
    """A file of the console's own and its content type; `console.css` is all style sheets in their order."""
    path = STATIC / name
    if path.parent != STATIC or path.suffix not in _KINDS:
        return None
    if name == "console.css":
        return b"\n".join(each.read_bytes() for each in sorted(STATIC.glob("*.css"))), _KINDS[".css"]
    return (path.read_bytes(), _KINDS[path.suffix]) if path.is_file() else None


@cache
def static_address(name: str) -> str:
    """The address of a file of the console's own; it changes with the file. Raises KeyError."""
    found = static_file(name)
    if found is None:
        raise KeyError(name)
    return f"/console/static/{name}?v={hashlib.sha256(found[0]).hexdigest()[:12]}"


def _translated(language: str, name: str, /, **values: Any) -> str:
    return text(name, language, **values)
