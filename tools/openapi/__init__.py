"""The API's one OpenAPI 3.1 document and its catalogue of errors, made from the code: `make openapi` writes both."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "openapi.json"
CATALOGUE = ROOT / "docs" / "errors.md"
