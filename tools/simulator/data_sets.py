"""Ready sets of structures and suppliers that a scenario or the admin API adds to the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from tools.simulator.seeds import StructureSeed
from tools.simulator.suppliers import SupplierSeed, default_supplier
from tools.simulator.tables import table

if TYPE_CHECKING:
    from tools.simulator.portal import Portal

DataSet = Literal["qualification"]
DATA_SETS: tuple[DataSet, ...] = get_args(DataSet)


def add_data_set(portal: Portal, name: DataSet) -> None:
    """Add the structures of `data/<name>.toml`, and its suppliers to the default supplier's application."""
    content = table(name)
    for seed in content["structure"]:
        portal.directory.put(StructureSeed.model_validate(seed))
    shared = default_supplier().model_dump(include={"client_id", "client_secret"})
    for seed in content["supplier"]:
        portal.suppliers.put(SupplierSeed.model_validate({**shared, **seed}), portal.clock.now())
