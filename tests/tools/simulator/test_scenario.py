"""Scenario files, the command line, and the admin API as a tool."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.tools.simulator.portal_caller import TOWN, Caller, in_process
from tools.simulator.__main__ import main
from tools.simulator.scenario import ScenarioError, load_scenario
from tools.simulator.settings import Settings

DOCUMENT = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")
SUPPLIER: dict[str, Any] = {
    "siret": "90123456700021",
    "login": "T2",
    "password": "p2",
    "client_id": "a2",
    "client_secret": "s2",
}


@pytest.fixture
def caller() -> Caller:
    return in_process()


def written(folder: Path, text: str, name: str = "scenario.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_worked_example_of_the_document_plays_as_it_says(tmp_path: Path) -> None:
    [example] = re.findall(r"<!-- scenario -->\n```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    caller = in_process(load_scenario(written(tmp_path, example)))
    caller.supplier = type(caller.supplier).model_validate(json.loads(json.dumps(SUPPLIER_OF_EXAMPLE)))
    supplier = next(one for one in caller.portal.suppliers.all() if one.siret == SUPPLIER_OF_EXAMPLE["siret"])
    body = caller.invoice(
        "LATE-1",
        fournisseur={"idFournisseur": supplier.id},
        destinataire={"codeDestinataire": "21000009700014", "codeServiceExecutant": "TECH"},
        dateFacture="2026-09-01",
    )
    assert caller.call("factures/soumettre", body).status_code == 502
    assert [row["numeroFacture"] for row in caller.found()] == ["LATE-1"]
    caller.pass_days(5)
    assert caller.found()[0]["statut"] == "SUSPENDUE"


SUPPLIER_OF_EXAMPLE = {
    "siret": "90123456700021",
    "login": "TECH_2_900002@cpro.fr",
    "password": "Simulateur-2",
    "client_id": "5d1f5c3a-0000-4000-8000-000000000002",
    "client_secret": "5d1f5c3a-0000-4000-8000-00000000000e",
}


def test_a_scenario_can_be_json_and_keeps_the_settings_it_is_put_over(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        json.dumps({"settings": {"open_directory": True}, "structures": [{"siret": TOWN, "active": False}]}),
        "s.json",
    )
    settings = load_scenario(path, Settings(token_lifetime=60))
    assert (settings.open_directory, settings.token_lifetime) == (True, 60)
    assert "actif" in in_process(settings).refused("factures/soumettre", in_process(settings).invoice("F"))["libelle"]


@pytest.mark.parametrize(
    "text",
    [
        "= nonsense",
        "[settings]\nopen = true",
        "[settings]\ntoken_lifetime = 'x'",
        "[[structures]]\nsirett = '1'",
        "[[faults]]\neffect = 'none'",
        "unknown = 1",
    ],
)
def test_a_scenario_that_cannot_be_used_says_where(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScenarioError, match=r"scenario\.toml"):
        load_scenario(written(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "[[invoices]]\nlife = 'nothing'",
        "[settings]\ndefault_life = 'nothing'",
        "[lives.a]\nthen = 'nothing'\nsteps = []",
        "[[structures]]\nsiret = '1'\nlife = 'nothing'",
    ],
)
def test_an_undefined_life_is_found_at_the_start(tmp_path: Path, text: str) -> None:
    settings = load_scenario(written(tmp_path, text))
    with pytest.raises(ScenarioError, match="nothing"):
        in_process(settings)


def test_a_secret_in_a_broken_scenario_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as problem:
        load_scenario(written(tmp_path, "[[suppliers]]\npassword = 'hush-hush'"))
    assert "hush-hush" not in str(problem.value)


def test_the_command_line_refuses_a_bad_scenario_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--scenario", str(tmp_path / "absent.toml")]) == 2
    assert "absent.toml" in capsys.readouterr().err


def test_the_module_says_where_it_serves_until_it_is_interrupted() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-m", "tools.simulator", "--port", "0", "--open-directory"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        url = process.stderr.readline().rpartition(" ")[2].strip()
        assert httpx.get(f"{url}/_admin/state", timeout=10).json()["open_directory"] is True
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_a_supplier_is_added_by_the_admin_api_and_renewed_under_the_same_id(caller: Caller) -> None:
    first = caller.admin("POST", "/suppliers", {**SUPPLIER, "bank_accounts": [{"name": "Banque A"}]})
    again = caller.admin("POST", "/suppliers", {**SUPPLIER, "name": "Renamed", "password": "other"})
    assert first["idStructureCPP"] == again["idStructureCPP"]
    assert (first["login"], again["name"]) == ("T2", "Renamed")
    other = Caller(
        caller.http, caller.portal, supplier=type(caller.supplier).model_validate({**SUPPLIER, "password": "other"})
    )
    assert (
        other.ok("transverses/recuperer/structures/actives/fournisseur")["listeStructures"][0]["designationStructure"]
        == "Renamed"
    )


def test_many_suppliers_can_be_added_at_once(caller: Caller) -> None:
    seeds = [{**SUPPLIER, "siret": f"{number:014d}", "login": f"T{number}"} for number in range(50)]
    added = caller.admin("POST", "/suppliers", seeds)["suppliers"]
    assert len({one["idStructureCPP"] for one in added}) == 50


def test_one_account_and_one_application_may_serve_two_structures(caller: Caller) -> None:
    caller.admin("POST", "/suppliers", SUPPLIER)
    caller.admin("POST", "/suppliers", {**SUPPLIER, "siret": "90123456700039"})
    other = Caller(caller.http, caller.portal, supplier=type(caller.supplier).model_validate(SUPPLIER))
    assert len(other.ok("transverses/recuperer/structures/actives/fournisseur")["listeStructures"]) == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/suppliers", {"siret": "1"}, 422),
        ("POST", "/suppliers", {**SUPPLIER, "colour": "red"}, 422),
        ("POST", "/structures", {"siret": TOWN, "life": "nothing"}, 422),
        ("POST", "/faults", {"effect": "nothing"}, 422),
        ("POST", "/lives", {"invoices": [{"life": "nothing"}]}, 422),
        ("POST", "/invoices/1/status", {"status": "X"}, 404),
        ("POST", "/passwords", {"login": "nobody"}, 404),
        ("POST", "/consents", {"client_id": "nobody", "families": []}, 404),
        ("DELETE", "/faults/1", None, 404),
        ("GET", "/invoices/1", None, 404),
    ],
)
def test_the_admin_api_says_what_it_cannot_do(caller: Caller, method: str, path: str, body: Any, status: int) -> None:
    answer = caller.http.request(method, f"/_admin{path}", json=body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_admin_api_never_echoes_a_secret_it_refuses(caller: Caller) -> None:
    answer = caller.http.post("/_admin/suppliers", json={**SUPPLIER, "password": ["hush-hush"]})
    assert answer.status_code == 422
    assert "hush-hush" not in answer.text


def test_reset_forgets_everything_but_the_scenario(tmp_path: Path) -> None:
    settings = load_scenario(
        written(tmp_path, "[[structures]]\nsiret = '21000009700014'\n[[faults]]\noperation = 'structures/*'")
    )
    caller = in_process(settings)
    caller.submit("FA-1", dateFacture="2026-01-01")
    caller.admin("DELETE", "/faults")
    caller.admin("POST", "/clock", {"advance_days": 3})
    state = caller.admin("POST", "/reset")
    assert (state["invoices"], state["files"], state["calls"]) == (0, 0, {})
    assert len(caller.admin("GET", "/faults")["faults"]) == 1
    assert "21000009700014" in [one["siret"] for one in caller.admin("GET", "/structures")["structures"]]


def test_invoices_are_listed_by_number_and_supplier(caller: Caller) -> None:
    caller.submit("FA-1")
    caller.submit("FA-2")
    assert caller.admin("GET", "/invoices?number=FA-2")["total"] == 1
    assert caller.admin("GET", "/invoices?supplier=26000001")["total"] == 2
    assert caller.admin("GET", "/invoices?supplier=1")["total"] == 0


def test_the_log_of_calls_is_counted_and_cleared(caller: Caller) -> None:
    caller.call("transverses/recuperer/tauxtva")
    caller.call("no/such/thing")
    assert caller.admin("GET", "/calls")["counts"] == {"token": 1, "transverses/recuperer/tauxtva": 1, "unknown": 1}
    assert caller.admin("DELETE", "/calls") == {"calls": []}
    assert caller.admin("GET", "/state")["calls"] == {}
