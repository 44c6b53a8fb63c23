"""The main job with a client that openapi-python-client makes of the description: no call is written by hand."""

import importlib
import itertools
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.e2e.conftest import Running
from tools.demo import CREDENTIALS, Sample, seed
from tools.openapi import DOCUMENT

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

CONFIGURATION = "project_name_override: chorus-client\npackage_name_override: chorus_client\npost_hooks: []\n"
JOB = Path(__file__).with_name("client_job.py")
_SIRENS = itertools.count(1)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the generated package `chorus_client`."""
    folder = tmp_path_factory.mktemp("generated")
    configuration = folder / "configuration.yml"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--meta", "none"]
    command += ["--path", str(DOCUMENT), "--config", str(configuration)]
    command += ["--output-path", str(folder / "chorus_client")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    warnings = [line for line in (ran.stdout + ran.stderr).splitlines() if line.startswith(("WARNING", "Unsupported"))]
    # it knows one type of files, application/octet-stream, and warns of every other beside it
    of_files = "WARNING parsing POST /suppliers/{supplier_id}/"
    assert set(warnings) == {
        f"{of_files}configuration/tables/{{kind}}/imports within tables.",
        "Unsupported content type text/csv",
        f"{of_files}documents within documents.",
        f"{of_files}documents/attachments within attachments.",
        "Unsupported content type application/pdf",
        # pictures are no type that it knows: their bytes are in the detailed answer
        "WARNING parsing GET /suppliers/{supplier_id}/invoices/{document_id}/pages/{number} within invoices.",
    }
    return folder


@pytest.fixture
def job(generated: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(generated))
    return importlib.import_module("tests.e2e.client_job")


def test_the_generated_client_and_a_program_that_uses_it_type_check(generated: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--config-file=",
        "chorus_client",
        str(JOB),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=generated)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.row("B06")
def test_the_main_job_needs_nothing_but_the_generated_client(
    stack: Running, samples: dict[str, Sample], job: ModuleType
) -> None:
    from chorus_client import AuthenticatedClient

    siret = f"9{next(_SIRENS):08d}00033"
    seed(stack.simulator.base_url, siret=siret, name="Client engendré", structures=())
    client = AuthenticatedClient(
        base_url=stack.stack.api_url,
        token=stack.stack.admin_token(),
        timeout=60,
        httpx_args={"trust_env": False},
    )
    job.main_job(
        client,
        siret=siret,
        keys=CREDENTIALS,
        pdf=samples["departement-sans-service.pdf"].data,
        run=stack.stack.run_schedule_now,
    )
