"""Write docs/openapi.json and docs/errors.md from the code, and note what they release."""

import json

from tools.openapi import CATALOGUE, DOCUMENT, ROOT, released
from tools.openapi.catalogue import page
from tools.openapi.document import document, text

described = document()
grown = released.grown(json.loads(released.FILE.read_text(encoding="utf-8")), described)
released.FILE.write_text(text(grown), encoding="utf-8")
DOCUMENT.write_text(text(described), encoding="utf-8")
CATALOGUE.write_text(page(), encoding="utf-8")
print(DOCUMENT.relative_to(ROOT), CATALOGUE.relative_to(ROOT))
