"""The page for the first day explains every refusal and warning that the check of credentials can give."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "onboarding.md").read_text(encoding="utf-8")
CODES = sorted(
    set(re.findall(r"^\| `(credentials_\w+)`", (DOCS / "errors.md").read_text(encoding="utf-8"), re.MULTILINE))
)
WARNINGS = ["bank_details_missing", "certificate_mode_closed", "certificate_expires_soon", "password_expires_soon"]
"""What the check shows without refusing."""
_NOT_A_CAUSE = {"credentials_unusable"}
"""Any of the others can be the cause."""


@pytest.mark.row("S01")
@pytest.mark.parametrize("code", [code for code in CODES if code not in _NOT_A_CAUSE])
def test_every_refusal_of_credentials_has_a_row_that_says_who_does_what(code: str) -> None:
    [row] = re.findall(rf"^\| `{code}` \|(.*)\|(.*)\|$", PAGE, re.MULTILINE)
    assert all(cell.strip() for cell in row)


def test_the_warnings_are_explained_too() -> None:
    assert len(CODES) > 8
    assert not [code for code in WARNINGS if f"`{code}`" not in PAGE]


def test_an_expired_password_is_under_the_code_that_it_answers() -> None:
    [row] = re.findall(r"^\| `credentials_raccordement` \|.*$", PAGE, re.MULTILINE)
    assert "expired" in row
