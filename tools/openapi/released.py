"""What clients may rely on: every operation with its id, and every problem code, of any version so far."""

from pathlib import Path
from typing import Any

Json = dict[str, Any]

FILE = Path(__file__).with_name("released.json")


def grown(released: Json, described: Json) -> Json:
    """The released operation ids, paths and problem codes, and those that this description adds.

    Raises ValueError when the description lacks a released one, or gives an operation another id.
    """
    operations = {
        f"{method.upper()} {path}": operation["operationId"]
        for path, item in described["paths"].items()
        for method, operation in item.items()
    }
    codes = described["components"]["schemas"]["ProblemCode"]["enum"]
    changed = [each for each, name in released["operations"].items() if operations.get(each) != name]
    if changed or set(released["codes"]) - set(codes):
        raise ValueError(f"released, and gone or renamed: {changed} {set(released['codes']) - set(codes)}")
    return {"operations": operations, "codes": sorted(codes)}
