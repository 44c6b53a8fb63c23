"""Each rule of the simulator says where it comes from and how sure it is; code and tables know the same rules."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

import tools.simulator
from tools.simulator.dialect import Dialect
from tools.simulator.moods import PisteMood
from tools.simulator.refusals import HttpError, UnreadableFlow, flow_problem, refusal
from tools.simulator.rulebook import AREAS, rules, sources
from tools.simulator.tables import table

PACKAGE = Path(tools.simulator.__file__).parent
TREES = [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")]
_WORDS = {node.value for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.Constant)}
_RAISERS = {"HttpError": 0, "OAuthError": 0, "UnreadableFlow": 0, "flow_problem": 0, "refusal": 1}
"""What refuses, and which argument is the rule's name."""


def named(function: str) -> set[str]:
    """The names of rules that the code gives to this function as a literal."""
    calls = [node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.Call)]
    given = [call.args[_RAISERS[function]] for call in calls if ast.unparse(call.func) == function and call.args]
    return {str(one.value) for one in given if isinstance(one, ast.Constant)}


@pytest.mark.row("B03")
def test_every_rule_has_a_source_and_a_confidence() -> None:
    assert len(rules()) > 120
    assert not [rule for rule in rules() if rule.source not in sources() or rule.confidence not in ("H", "M", "L")]
    assert not [rule for rule in rules() if not rule.text.strip()]


def test_what_nothing_published_says_is_never_sure_unless_it_is_about_the_simulator_itself() -> None:
    guesses = [rule for rule in rules() if rule.source == "none" and rule.confidence == "H"]
    assert {rule.name for rule in guesses} == {"flow_schema", "not_simulated"}


def test_every_source_is_used() -> None:
    assert {rule.source for rule in rules()} == set(sources())


def test_every_refusal_of_the_code_is_a_row_of_the_tables() -> None:
    refusals = {name for rows in table("refusals").values() for name in rows}
    assert named("HttpError") <= set(table("rules")["gateway"])
    assert named("OAuthError") <= set(table("rules")["token"])
    assert named("UnreadableFlow") <= set(table("refusals")["flow file"])
    assert named("flow_problem") <= set(table("refusals")["flow"])
    assert named("refusal") <= refusals
    assert all(named(function) for function in _RAISERS)


def test_every_row_that_refuses_is_used_by_the_code() -> None:
    refusing = [rule for rule in rules() if rule.area not in AREAS or rule.area in ("gateway", "token")]
    assert not [rule.name for rule in refusing if rule.name not in _WORDS]


def test_every_switch_and_every_mood_is_a_row_and_the_other_way_round() -> None:
    assert set(table("rules")["dialect"]) == set(Dialect.model_fields)
    assert {"invalid_client_share", "too_fast"} == set(table("rules")["mood"])
    assert "invalid_client_share" in PisteMood.model_fields


def test_a_name_without_a_row_cannot_refuse() -> None:
    for refuse in (HttpError, UnreadableFlow, flow_problem, lambda name: refusal("factures/soumettre", name)):
        with pytest.raises(KeyError):
            refuse("no_such_rule")


def test_a_name_stands_once_in_a_section() -> None:
    assert max(Counter((rule.area, rule.name) for rule in rules()).values()) == 1
