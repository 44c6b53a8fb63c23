"""Writes docs/portal_operations.md: ``python -m tests.chorus_pro.portal_operations_table``."""

from pathlib import Path

from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.operations import OPERATIONS, Operation
from tools.simulator.gateway import HEALTH
from tools.simulator.gateway import OPERATIONS as SIMULATED

PAGE = Path(__file__).parent.parent.parent / "docs" / "portal_operations.md"

_HEAD = """# The portal's operations

What a supplier needs of Chorus Pro, operation by operation. *Implemented*: the method of `ChorusProClient`.
*Simulated*: served by `chorus-connector simulate`. *Tested*: called for real, client against simulator, by
`tests/chorus_pro/test_client_against_simulator.py`, which fails when an operation of this table is not called.
*Repeated*: only these calls are ever sent again by the client itself.

This page is generated from the client's table; `tests/chorus_pro/test_portal_operations.py` keeps it true.

| operation of the portal | implemented | simulated | tested | repeated |
| --- | --- | --- | --- | --- |
"""


def table() -> str:
    """The page as it should read."""
    return _HEAD + "".join(f"{_row(operation)}\n" for operation in OPERATIONS)


def _row(operation: Operation) -> str:
    implemented = f"`{operation.method}`" if hasattr(ChorusProClient, operation.method) else "no"
    simulated = "yes" if operation.label in SIMULATED or operation.label == HEALTH else "no"
    repeated = "yes" if operation.idempotent else "never"
    return f"| `{operation.label}` | {implemented} | {simulated} | yes | {repeated} |"


if __name__ == "__main__":
    PAGE.write_text(table(), encoding="utf-8")
