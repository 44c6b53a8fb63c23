"""The hosted workflow and the pre-commit hooks run the project's own commands, pinned and without permissions."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOWS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}
HOOKS = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_by_a_commit_and_names_its_version(name: str) -> None:
    used = re.findall(r"uses: (.+)$", WORKFLOWS[name], re.MULTILINE)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_permission_beyond_reading_the_commit(name: str) -> None:
    assert re.search(r"^permissions: \{\}$", WORKFLOWS[name], re.MULTILINE)
    assert ": write" not in WORKFLOWS[name]


def test_the_workflow_runs_make_targets_that_exist_and_audits_strictly() -> None:
    targets = re.findall(r"\{ target: (\w+),", WORKFLOWS["ci.yml"])
    assert targets == ["check", "test", "acceptance"]
    for target in targets:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
    assert 'STRICT_AUDIT: "1"' in WORKFLOWS["ci.yml"]


def test_the_hooks_download_nothing() -> None:
    assert re.findall(r"repo: (.+)$", HOOKS, re.MULTILINE) == ["local"]
    assert set(re.findall(r"language: (.+)$", HOOKS, re.MULTILINE)) == {"system"}
