"""Scenario files (TOML or JSON): settings, structures, suppliers, lives, faults and moods to start with."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from tools.simulator.data_sets import DataSet, add_data_set
from tools.simulator.faults import FaultSpec
from tools.simulator.lives import Life, LifeRule
from tools.simulator.moods import PisteMood, start_mood
from tools.simulator.seeds import StructureSeed
from tools.simulator.settings import Settings
from tools.simulator.suppliers import SupplierSeed

if TYPE_CHECKING:
    from tools.simulator.portal import Portal


class ScenarioError(ValueError):
    """The scenario file cannot be used; the text says why."""


class Scenario(BaseModel):
    """Everything a scenario file may hold beside `[settings]`."""

    model_config = ConfigDict(extra="forbid")

    structures: list[StructureSeed] = []
    suppliers: list[SupplierSeed] = []
    lives: dict[str, Life] = {}
    invoices: list[LifeRule] = []
    faults: list[FaultSpec] = []
    mood: PisteMood | None = None
    data_sets: list[DataSet] = []


def load_scenario(path: Path, settings: Settings | None = None) -> Settings:
    """The settings, overridden by those of the file; raises ScenarioError."""
    try:
        text = path.read_text(encoding="utf-8")
        content: dict[str, Any] = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as problem:
        raise ScenarioError(f"{path}: {problem}") from problem
    given = content.pop("settings", {})
    try:
        Scenario.model_validate(content)
        typed = TypeAdapter(Settings).validate_python({**given, "scenario": content})
    except ValidationError as problem:
        raise ScenarioError(f"{path}: {problem.errors(include_url=False, include_input=False)}") from None
    unknown = set(given) - {field.name for field in fields(Settings)}
    if unknown:
        raise ScenarioError(f"{path}: unknown settings {', '.join(sorted(unknown))}")
    changed = {name: getattr(typed, name) for name in given}
    return replace(settings or Settings(), **changed, scenario=content)


def apply_scenario(portal: Portal) -> None:
    """Add the scenario's content to a new portal; raises ScenarioError."""
    try:
        scenario = Scenario.model_validate(portal.settings.scenario)
        portal.lives.define(scenario.lives, scenario.invoices)
        for name in (portal.settings.default_life, *(one.life for one in scenario.structures if one.life)):
            portal.lives.require(name)
    except ValueError as problem:
        raise ScenarioError(str(problem)) from problem
    for structure in scenario.structures:
        portal.directory.put(structure)
    for supplier in scenario.suppliers:
        portal.suppliers.put(supplier, portal.clock.now())
    for name in scenario.data_sets:
        add_data_set(portal, name)
    for fault in scenario.faults:
        portal.faults.add(fault)
    if scenario.mood:
        start_mood(portal, scenario.mood)
