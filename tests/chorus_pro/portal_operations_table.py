"""Writes docs/portal_operations.md: ``python -m tests.chorus_pro.portal_operations_table``."""

from itertools import groupby
from pathlib import Path

from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.operations import OPERATIONS, Operation
from tools.simulator.gateway import HEALTH
from tools.simulator.gateway import OPERATIONS as SIMULATED
from tools.simulator.rulebook import AREAS, Rule, rules, sources

PAGE = Path(__file__).parent.parent.parent / "docs" / "portal_operations.md"

_HEAD = """# The portal's operations

What a supplier needs of Chorus Pro, operation by operation. *Implemented*: the method of `ChorusProClient`.
*Simulated*: served by `chorus-connector simulate`. *Tested*: called for real, client against simulator, by
`tests/chorus_pro/test_client_against_simulator.py`, which fails when an operation of this table is not called.
*Repeated*: only these calls are ever sent again by the client itself.

This page is generated from the client's and the simulator's tables by
`python -m tests.chorus_pro.portal_operations_table`; `tests/chorus_pro/test_portal_operations.py` keeps it true.

| operation of the portal | implemented | simulated | tested | repeated |
| --- | --- | --- | --- | --- |
"""
_RULES = """
## Rules of the simulator

How sure it is that the portal does the same: **H** an official text, or two independent sources that agree; **M** one
good source; **L** a guess, or a source that another contradicts. No rule was checked at the real portal. *(invented)*:
code and text are the simulator's; the confidence is of the rule. Names are those of `tools/simulator/data`.
"""
_TITLES = {
    **AREAS,
    "*": "Refusals of every operation",
    "flow": "A flow's report: one invoice is refused",
    "flow file": "A flow's report: the file is refused",
}


def page() -> str:
    """The page as it should read."""
    operations = "".join(f"{_row(operation)}\n" for operation in OPERATIONS)
    sections = [_section(area, list(members)) for area, members in groupby(rules(), key=lambda rule: rule.area)]
    return _HEAD + operations + _RULES + "".join(sections) + _sources()


def _row(operation: Operation) -> str:
    implemented = f"`{operation.method}`" if hasattr(ChorusProClient, operation.method) else "no"
    simulated = "yes" if operation.label in SIMULATED or operation.label == HEALTH else "no"
    repeated = "yes" if operation.idempotent else "never"
    return f"| `{operation.label}` | {implemented} | {simulated} | yes | {repeated} |"


def _section(area: str, members: list[Rule]) -> str:
    title = _TITLES.get(area, f"Refusals of `{area}`")
    head = f"\n### {title}\n\n| name | rule | answer | source | confidence |\n| --- | --- | --- | --- | --- |\n"
    rows = (
        f"| `{rule.name}` | {rule.text.replace('|', '&#124;')} | {rule.answer} | {rule.source} | {rule.confidence} |\n"
        for rule in members
    )
    return head + "".join(rows)


def _sources() -> str:
    rows = "".join(f"| {key} | {text} |\n" for key, text in sources().items())
    return f"\n### Sources\n\n| source | what it is |\n| --- | --- |\n{rows}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
