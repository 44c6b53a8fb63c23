"""``python -m tools.facturx_rules FILE…``: what the published rules say against Factur-X PDFs or their XML."""

import argparse
import sys
from io import BytesIO
from pathlib import Path

from defusedxml.ElementTree import fromstring
from pypdf import PdfReader

from tools.facturx_rules.check import RuledXml, check
from tools.invoice_generator.cii import PROFILES

_GUIDELINE = ".//{*}GuidelineSpecifiedDocumentContextParameter/{*}ID"


def main() -> int:
    """Check the files and print what is wrong; returns how many are wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.facturx_rules", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--reform", action="store_true", help="also the rules of the reform (BR-FR-Flux2)")
    arguments = parser.parse_args()
    xmls = [_xml(file.read_bytes()) for file in arguments.files]
    invoices = [RuledXml(xml, _profile(xml), arguments.reform) for xml in xmls]
    wrong = 0
    for file, invoice, findings in zip(arguments.files, invoices, check(invoices), strict=True):
        print(f"{file}: {invoice.profile}: {len(findings)} findings")
        for each in findings:
            print(f"  {each.flag} {each.rule} {each.text} ({each.where})")
        wrong += bool(findings)
    return wrong


def _xml(data: bytes) -> bytes:
    """The XML itself, or the one that the PDF carries."""
    if not data.startswith(b"%PDF"):
        return data
    return next(content[0] for name, content in PdfReader(BytesIO(data)).attachments.items() if name.endswith(".xml"))


def _profile(xml: bytes) -> str:
    urn = (fromstring(xml).findtext(_GUIDELINE) or "").strip()
    return next(each.name for each in PROFILES if each.urn == urn)


if __name__ == "__main__":
    sys.exit(main())
