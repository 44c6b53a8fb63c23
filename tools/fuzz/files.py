"""The files of a run: each is drawn from the run's seed and its own index, so that a run can be continued."""

from dataclasses import dataclass
from random import Random

from tools.hostile_pdfs.draft import KINDS
from tools.hostile_pdfs.kinds import MAX_BYTES, hostile_pdf
from tools.hostile_pdfs.mutations import damaged, sound_pdfs

_SOUND = 0.05
_DAMAGED_INVOICE = 0.6
_DAMAGED_ATTACK = 0.2
"""Shares: of untouched invoices, of damaged ones, and of hostile files that are damaged as well."""
ENDLESS = frozenset(
    {"form_draws_itself", "forms_draw_each_other", "pages_share_a_self_drawing_form", "resources_in_circles"}
)
"""Kinds that use up the time that a file may take at every size: ten times rarer than others, so that a run ends."""
_WEIGHTS = [1 if name in ENDLESS else 10 for name in KINDS]


@dataclass(frozen=True)
class File:
    """One file of a run."""

    index: int
    kind: str
    data: bytes


def file_of(seed: int, index: int) -> File:
    """The file with this index: first every kind of attack at its worst, then a mixture of mostly small ones."""
    names = list(KINDS)
    if index < len(names):
        return File(index, names[index], hostile_pdf(names[index], 1.0, seed))
    rng = Random(f"{seed}/{index}")
    draw = rng.random()
    if draw < _SOUND:
        return File(index, "sound invoice", rng.choice(sound_pdfs()))
    if draw < _SOUND + _DAMAGED_INVOICE:
        return File(index, "damaged invoice", damaged(rng.choice(sound_pdfs()), rng)[:MAX_BYTES])
    (name,) = rng.choices(names, _WEIGHTS)
    data = hostile_pdf(name, rng.betavariate(1, 5), rng.randrange(2**32))
    return File(index, name, damaged(data, rng)[:MAX_BYTES] if rng.random() < _DAMAGED_ATTACK else data)
