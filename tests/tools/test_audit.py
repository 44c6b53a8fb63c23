"""The audit of the libraries that ship says what it could not check, and fails when it must."""

import json
from typing import Any

from tools.audit import Audit

REQUIREMENTS = "httpx==0.28.1 \\\n    --hash=sha256:aa\npypdf==7.1.0 \\\n    --hash=sha256:bb\n"
CLEAN: dict[str, Any] = {"name": "httpx", "version": "0.28.1", "vulns": []}
SKIPPED = {"name": "pypdf", "skip_reason": "Dependency not found on PyPI and could not be audited: pypdf (7.1.0)"}
VULNERABLE = {
    "name": "pypdf",
    "version": "7.1.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["7.1.1"], "aliases": [], "description": "…"}],
}


def audit(*dependencies: dict[str, Any]) -> Audit:
    return Audit.of(json.dumps({"dependencies": dependencies, "fixes": []}), REQUIREMENTS)


def test_libraries_that_were_all_audited_pass_in_one_line() -> None:
    code, text = audit(CLEAN, CLEAN | {"name": "pypdf"}).verdict(strict=True)
    assert (code, len(text.splitlines())) == (0, 1)


def test_a_library_that_was_not_audited_is_one_line_and_no_failure() -> None:
    code, text = audit(CLEAN, SKIPPED).verdict(strict=False)
    assert code == 0
    assert text.splitlines() == ["pip-audit: NOT AUDITED: 1 of 2 libraries that ship (STRICT_AUDIT=1 fails)"]


def test_a_library_that_was_not_audited_fails_a_strict_audit() -> None:
    code, _ = audit(CLEAN, SKIPPED).verdict(strict=True)
    assert code == 1


def test_a_library_that_the_report_leaves_out_was_not_audited() -> None:
    code, text = audit(CLEAN).verdict(strict=True)
    assert code == 1
    assert "1 of 2" in text


def test_a_run_without_a_report_audited_nothing() -> None:
    code, text = Audit.of("", REQUIREMENTS).verdict(strict=True)
    assert code == 1
    assert "2 of 2" in text


def test_a_known_vulnerability_always_fails_and_names_its_correction() -> None:
    code, text = audit(CLEAN, VULNERABLE).verdict(strict=False)
    assert code == 1
    assert "pypdf 7.1.0: PYSEC-2026-1, fixed in 7.1.1" in text
