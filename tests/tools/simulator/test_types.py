"""Each field of the `factures` family has its declared type, and a value of another type is a 400."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from tests.tools.simulator.portal_caller import NOON, Caller, in_process
from tools.simulator import wire
from tools.simulator.operations import factures
from tools.simulator.settings import Settings

DESCRIBED = sorted(factures.OPERATIONS)
"""The operations whose official description is public."""
WRONG: dict[str, list[Any]] = {
    "string": [1, 1.5, True, [], {}],
    "integer": ["1", 1.5, True, [], {}],
    "number": ["1.50", True, [], {}],
    "boolean": ["true", 1, "OUI", [], {}],
    "array": ["x", 1, True],
    "object": ["x", 1, True],
}
"""Values of other types than the declared one; a list or an object in the other's place is tried apart."""
BOTH = {"pieceJointePrincipale", "statutCourant"}
"""Fields that public sources show as one value and as a list."""

Path = tuple[str, ...]


def leaves(schema: dict[str, Any], shapes: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every field of a request with its declared type; a list's items are under `[]`."""
    schema = resolved(schema, shapes)
    kind = kind_of(schema)
    if path:
        yield path, kind
    for name, field in schema.get("properties", {}).items():
        yield from leaves(field, shapes, (*path, name))
    if kind == "array":
        yield from leaves(schema["items"], shapes, (*path, "[]"))


def resolved(schema: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = shapes[schema["$ref"].rpartition("/")[2]]
    given = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    return resolved(given[0], shapes) if given else schema


def kind_of(schema: dict[str, Any]) -> str:
    return str(schema.get("type", "string"))  # a constant or an enumeration is a text


def body_with(path: Path, value: Any) -> Any:
    for step in reversed(path):
        value = [value] if step == "[]" else {step: value}
    return value


def refused_paths(operation: str, body: Any) -> set[Path]:
    """The paths of the fields whose values the operation's model refuses."""
    try:
        factures.OPERATIONS[operation].model.model_validate(body)
    except ValidationError as problem:
        errors = [error for error in problem.errors() if error["type"] not in ("missing", "extra_forbidden")]
        return {tuple("[]" if isinstance(step, int) else step for step in error["loc"]) for error in errors}
    return set()


@pytest.mark.row("B03")
@pytest.mark.parametrize("operation", DESCRIBED)
def test_a_value_of_another_type_is_refused_in_every_field(operation: str) -> None:
    schema = factures.OPERATIONS[operation].model.model_json_schema()
    tried = 0
    for path, kind in leaves(schema, schema.get("$defs", {})):
        if BOTH & set(path[-1:]) or path[-2:-1] == ("statutCourant",):
            continue
        for value in WRONG[kind]:
            found = refused_paths(operation, body_with(path, value))
            assert any(one[: len(path)] == path for one in found), (path, value)
            tried += 1
    assert tried > 4


@pytest.mark.parametrize(
    "changes",
    [
        {"montantTotal__montantHtTotal": "500.10"},
        {"fournisseur__idFournisseur": "26000001"},
        {"references__deviseFacture": 978},
        {"numeroFactureSaisi": 17},
        {"destinataire": ["21000001400014"]},
        {"commentaire": {"texte": "x"}},
        {"dateFacture": 20261009},
        {"dateFacture": "09/10/2026"},
        {"lignePoste": {"lignePosteNumero": 1}},
    ],
)
def test_the_answer_to_a_wrong_type_is_a_400_with_code_and_text(changes: dict[str, Any]) -> None:
    caller = in_process(Settings(start=NOON, clock_runs=False))
    answer = caller.call("factures/soumettre", caller.invoice("FA-1", **changes))
    assert (answer.status_code, answer.json()["codeRetour"]) == (400, 40003)
    assert set(answer.json()) == {"codeRetour", "libelle"}


def test_the_two_differences_of_every_working_client_are_taken() -> None:
    caller = in_process()
    body = caller.invoice("FA-1", dateFacture="2026-10-09")
    assert isinstance(body["pieceJointePrincipale"], list)
    assert caller.ok("factures/soumettre", body)
    described = caller.invoice("FA-2", dateFacture="2026-10-09T00:00:00.000+02:00")
    described["pieceJointePrincipale"] = described["pieceJointePrincipale"][0]
    assert caller.ok("factures/soumettre", described)


@pytest.fixture
def caller() -> Caller:
    return in_process()


def test_the_search_for_what_is_to_do_sorts_by_its_own_fewer_columns(caller: Caller) -> None:
    operation, block = "factures/rechercher/atraiter/fournisseur", "rechercheFactureATraiterParFournisseur"
    assert len(wire.TO_PROCESS_COLUMNS) == 21
    for column in ("ModeDepot", "CodeValideur1", "AffactureurCode"):
        assert caller.call(operation, {block: {"triColonne": column}}).status_code == 400
    assert caller.call(operation, {block: {"triColonne": "NumeroFacture"}}).status_code == 200
