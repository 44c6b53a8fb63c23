"""Write docs/openapi.json and docs/errors.md from the code."""

from tools.openapi import CATALOGUE, DOCUMENT, ROOT
from tools.openapi.catalogue import page
from tools.openapi.document import document, text

DOCUMENT.write_text(text(document()), encoding="utf-8")
CATALOGUE.write_text(page(), encoding="utf-8")
print(DOCUMENT.relative_to(ROOT), CATALOGUE.relative_to(ROOT))
