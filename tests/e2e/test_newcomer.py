"""The newcomer's path, as README, tour and local_stack.md print it, typed into a shell beside its own stack."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tools.demo import Api, Sample
from tools.invoice_generator.demo import demo_samples
from tools.local_stack.running import NoStack, running_stack_of

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]
OURS = f'"{sys.executable}" -m tools.cli'
ROOT = Path(__file__).parents[2]


def typed(line: str, variables: dict[str, str] | None = None, *, code: int = 0) -> str:
    """Type one line into a shell of the checkout; its stdout."""
    done = subprocess.run(
        ["bash", "-c", line.replace("chorus-connector ", f"{OURS} ")],
        cwd=ROOT,
        env={**os.environ, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == code, f"{line}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
    return done.stdout


def exported(text: str) -> dict[str, str]:
    """The variables of lines `export NAME=VALUE`."""
    words = [shlex.split(line) for line in text.splitlines()]
    assert all(word[0] == "export" for word in words)
    return dict(word[1].split("=", 1) for word in words)


@pytest.fixture(scope="module")
def shell() -> Iterator[dict[str, str]]:
    variables = exported(typed("chorus-connector up --print-env"))
    yield variables
    typed("chorus-connector down", variables)
    with pytest.raises(NoStack):
        running_stack_of(variables)


@pytest.fixture(scope="module")
def supplier_id(shell: dict[str, str]) -> str:
    """A supplier made by the README's calls, with an invoice that waits for the ten minutes."""
    with Api(shell["API"], shell["TOKEN"]) as api:
        made = api.provision(name="Nouveau venu", siret=shell["SIRET"], credentials=json.loads(shell["CREDENTIALS"]))
        name, data, _ = demo_samples(datetime.now(UTC).date())[0]
        api.upload(made, Sample(name, data))
    return made


def invoices(shell: dict[str, str], supplier_id: str) -> list[dict[str, Any]]:
    with Api(shell["API"], shell["TOKEN"]) as api:
        return list(api.invoices(supplier_id).values())


def test_a_second_shell_gets_the_same_stack_and_a_fresh_token(shell: dict[str, str]) -> None:
    again = exported(typed("chorus-connector up --print-env"))
    assert {name: again[name] for name in again if name != "TOKEN"} == {
        name: shell[name] for name in shell if name != "TOKEN"
    }
    answer = httpx.get(
        f"{again['API']}/suppliers", headers={"Authorization": f"Bearer {again['TOKEN']}"}, trust_env=False
    )
    assert answer.status_code == 200


def test_a_second_person_can_be_made_and_has_no_right_yet(shell: dict[str, str], supplier_id: str) -> None:
    person = exported(typed("chorus-connector local person north --print-env", shell))
    headers = {"Authorization": f"Bearer {person['north']}"}
    path = f"{shell['API']}/suppliers/{supplier_id}/invoices"
    assert httpx.get(path, headers=headers, trust_env=False).status_code == 404
    with Api(shell["API"], shell["TOKEN"]) as api:
        api.call("PUT", f"/suppliers/{supplier_id}/configuration/access/{person['north_id']}", json={"roles": ["use"]})
    assert httpx.get(path, headers=headers, trust_env=False).status_code == 200


def test_a_person_in_a_group_has_the_groups_rights(shell: dict[str, str], supplier_id: str) -> None:
    person = exported(typed("chorus-connector local person paul --group compta --print-env", shell))
    with Api(shell["API"], shell["TOKEN"]) as api:
        api.call("PUT", f"/suppliers/{supplier_id}/configuration/access/group:compta", json={"roles": ["use"]})
    answer = httpx.get(
        f"{shell['API']}/suppliers/{supplier_id}/invoices",
        headers={"Authorization": f"Bearer {person['paul']}"},
        trust_env=False,
    )
    assert answer.status_code == 200


@pytest.mark.row("S07")
def test_the_ten_minutes_can_be_brought_forward(shell: dict[str, str], supplier_id: str) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    while (states := {each["state"] for each in invoices(shell, supplier_id)}) != {"SUBMITTED"}:
        assert datetime.now(UTC) < deadline, states
        typed("chorus-connector local ten-minutes", shell)


@pytest.mark.row("S21")
@pytest.mark.row("S22")
def test_the_night_can_be_brought_forward_and_retrieves_what_the_portal_changed(
    shell: dict[str, str], supplier_id: str
) -> None:
    typed("chorus-connector local night", shell, code=2)  # no supplier is Local yet
    with Api(shell["API"], shell["TOKEN"]) as api:
        version = api.call("GET", f"/suppliers/{supplier_id}")["version"]
        api.call(
            "PATCH",
            f"/suppliers/{supplier_id}",
            json={"loading_mode": "local"},
            headers={"If-Match": f'"{version}"'},
        )
    typed("chorus-connector local night", shell)
    (invoice,) = invoices(shell, supplier_id)
    at_portal = httpx.get(
        f"{shell['SIMULATOR']}/_admin/invoices", params={"number": invoice["invoice_number"]}, trust_env=False
    ).json()["invoices"][0]["identifiantFactureCPP"]
    httpx.post(
        f"{shell['SIMULATOR']}/_admin/invoices/{at_portal}/status",
        json={"status": "MISE_A_DISPOSITION"},
        trust_env=False,
    ).raise_for_status()
    before = _tracking(shell, supplier_id)
    assert supplier_id in typed("chorus-connector local night", shell)
    after = _tracking(shell, supplier_id)
    assert before["invoices"][0]["deposit"]["status"] != "MISE_A_DISPOSITION"
    assert after["invoices"][0]["deposit"]["status"] == "MISE_A_DISPOSITION"
    assert after["retrieved_at"] > before["retrieved_at"]


def _tracking(shell: dict[str, str], supplier_id: str) -> Any:
    with Api(shell["API"], shell["TOKEN"]) as api:
        return api.call("GET", f"/suppliers/{supplier_id}/tracking")


def test_doctor_and_history_work_as_the_pages_print_them(shell: dict[str, str], supplier_id: str) -> None:
    shown = typed(f"chorus-connector doctor --supplier {supplier_id} --lang fr", shell)
    assert "criteria" in shown
    (invoice,) = invoices(shell, supplier_id)
    told = typed(f"chorus-connector history --supplier {supplier_id} --document {invoice['document_id']}", shell)
    assert json.loads(told.splitlines()[0])["document_id"] == invoice["document_id"]


def test_the_invoices_of_the_tour_are_written_by_a_command(tmp_path: Path) -> None:
    written = typed(f"chorus-connector local tour-files {tmp_path / 'tour'}").splitlines()
    assert len(written) == 20
    assert all(Path(name).read_bytes().startswith(b"%PDF") for name in written)


def test_commands_for_a_stack_that_has_ended_say_how_to_start_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.cli", "local", "ten-minutes"],
        cwd=ROOT,
        env={**os.environ, "CHORUS_STACK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "up --print-env" in done.stderr
