"""The pages use plain technical English: none of the words that CONTRIBUTING.md replaces."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
DIALECT = re.compile(r"\b(nobody|somebody|whoever|told of|goes on|stands|ticks?|epitaph|broom)\b", re.IGNORECASE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_uses_the_ordinary_word(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^\| before \| after \|$.*?^$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert not DIALECT.findall(text)
