"""Metadata of a document that no setting of its supplier uses: a warning, because a misspelt name has no effect.

A supplier that uses no metadata for a field or for attachments has not said what its metadata are for. Its documents
are warned of a name only if it nearly is one that is used.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import matching_form

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.supplier import Supplier

_CODE = "metadata_unused"
_SHOWN = 5
_LONGEST = 50
_NEAR = 0.8
"""How alike two names without separators are, from 0 to 1, for one to be proposed in place of the other."""


def unused_metadata(supplier: Supplier, metadata: Mapping[str, str]) -> tuple[Problem, ...]:
    """One warning that names the metadata without use, each with a used name that is near; else nothing.

    A name that any classification rule uses is no fault.
    """
    used = {matching_form(name): name for name in _used(supplier)}
    fed = any(True for _ in _fed(supplier))
    found = {name: _nearest(name, used) for name in metadata if matching_form(name) not in used}
    told = [(name, near) for name, near in found.items() if near is not None or fed]
    return (_problem(told),) if told else ()


def with_unused_metadata(
    supplier: Supplier, metadata: Mapping[str, str], problems: Iterable[Problem]
) -> tuple[Problem, ...]:
    """The problems with this warning as it is for these metadata."""
    others = tuple(each for each in problems if each.code != _CODE)
    return (*unused_metadata(supplier, metadata), *others)


def _fed(supplier: Supplier) -> Iterator[str]:
    for fields in supplier.associations.values():
        yield from fields.values()
    if supplier.attachments.switch_metadata is not None:
        yield supplier.attachments.switch_metadata
    yield from (rule.metadata for rule in supplier.attachments.rules)


def _used(supplier: Supplier) -> Iterator[str]:
    yield from _fed(supplier)
    yield supplier.user_label_metadata


def _nearest(name: str, used: Mapping[str, str]) -> str | None:
    together = {_together(form): known for form, known in used.items()}
    near = difflib.get_close_matches(_together(matching_form(name)), together, n=1, cutoff=_NEAR)
    return together[near[0]] if near else None


def _together(form: str) -> str:
    return "".join(filter(str.isalnum, form))


def _problem(told: list[tuple[str, str | None]]) -> Problem:
    more = " …" if len(told) > _SHOWN else ""
    some = [(name[:_LONGEST], near) for name, near in told[:_SHOWN]]
    fr = ", ".join(f"« {name} »" + (f" (la configuration dit « {near} »)" if near else "") for name, near in some)
    en = ", ".join(f"'{name}'" + (f" (the configuration says '{near}')" if near else "") for name, near in some)
    return Problem(
        field=None,
        code="metadata_unused",
        fr=f"Métadonnées sans effet : {fr}{more}. Aucune association et aucune règle de la configuration n'utilise ce "
        "nom : corrigez-le, ou faites ajouter une association.",
        en=f"Metadata without effect: {en}{more}. No association and no rule of the configuration uses that name: "
        "correct it, or have an association added.",
        blocking=False,
    )
