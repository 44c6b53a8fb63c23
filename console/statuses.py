"""The portal's statuses by their codes. They change with a release only, so a container asks for them once."""

from collections.abc import Mapping
from typing import Any

from console.api_client import Api

_KNOWN: dict[str, Mapping[str, Any]] = {}


SAID_BY_US = frozenset({"BROUILLON", "DEPOSEE", "COMPLETEE"})
"""The statuses that the supplier's own act gives: their comment is the supplier's, of any other the recipient's."""


def meanings(api: Api, supplier_id: str) -> Mapping[str, Mapping[str, Any]]:
    """Each known status: its texts in French and English, who must act, whether it is the last one."""
    if not _KNOWN:
        answer = api.get(f"/suppliers/{supplier_id}/tracking/statuses")
        _KNOWN.update({each["code"]: each for each in answer["statuses"]})
    return _KNOWN
