"""The process under test: it treats each file as the functions do, with their memory, and answers on standard output.

It loads what a function loads. A request is a line of JSON (the step, the length) and the file; the answer is a line.
"""

import json
import os
import sys
import time
from collections.abc import Sequence

import botocore.session  # noqa: F401 (a function has it in its memory)
from aws_lambda_powertools import Logger  # noqa: F401

from chorus_connector.adapters.page_drawer import SandboxedDrawer, drawing_sandbox
from chorus_connector.adapters.pdf_reader import SandboxedPdfs, pdf_sandbox
from chorus_connector.adapters.sandbox import ChildDied
from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.reading.page_picture import DrawnPage
from chorus_connector.domain.reading.result import FileReading
from tools.fuzz.verdict import BROKEN, DIED, MEMORY, READABLE, REFUSED

SIRET = "80000000100013"
MOST_READING = 200_000
"""Bytes of JSON: the document is stored as one item of DynamoDB, which has at most 400 KB."""
NOTHING_RECOGNISED = ('{"JobStatus": "SUCCEEDED", "Blocks": []}',)
"""Textract's answer for pages without a word."""


def main() -> None:
    """Answer until there are no more requests."""
    deaths: list[ChildDied] = []
    pdfs = SandboxedPdfs(pdf_sandbox(), on_death=deaths.append)
    drawer = SandboxedDrawer(drawing_sandbox(), on_death=deaths.append)
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        data = sys.stdin.buffer.read(request["length"])
        os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = str(MEMORY[request["step"]] // 1024**2)
        deaths.clear()
        begun = time.monotonic()
        outcome, code, pages = _outcome(pdfs, drawer, request["step"], data, request["pages"], deaths)
        answer = {"outcome": outcome, "code": code, "pages": pages, "seconds": time.monotonic() - begun}
        print(json.dumps(answer), flush=True)


def _outcome(
    pdfs: SandboxedPdfs,
    drawer: SandboxedDrawer,
    step: str,
    data: bytes,
    pages: Sequence[int],
    deaths: Sequence[ChildDied],
) -> tuple[str, str, Sequence[int]]:
    """The outcome, the code that explains it, and the pages that need OCR."""
    try:
        if step == "draw":
            return _drawn(drawer.draw(data, 1))
        found = _step(pdfs, step, data, pages)
    except FileTooComplex:
        death = deaths[-1]
        return (BROKEN if death.death == "error" else DIED), f"{death.death}: {death.detail}", ()
    except Exception as error:
        return BROKEN, type(error).__name__, ()
    if found.problem:
        return REFUSED, found.problem.code, ()
    size = len(found.reading.model_dump_json()) if found.reading else 0
    return (BROKEN, f"a reading of {size} bytes", ()) if size > MOST_READING else (READABLE, "", found.to_recognise)


def _drawn(page: DrawnPage) -> tuple[str, str, Sequence[int]]:
    return (REFUSED, page.problem.code, ()) if page.problem else (READABLE, "", ())


def _step(pdfs: SandboxedPdfs, step: str, data: bytes, pages: Sequence[int]) -> FileReading:
    """One call of a function: upload_intake's, or one of the two of textract_ocr."""
    if step == "inspect":
        return FileReading(problem=pdfs.examine(data))
    if step == "read":
        return pdfs.read(data, ocr="when_needed", known_supplier_siret=SIRET)
    return pdfs.read(data, ocr="never", known_supplier_siret=SIRET, recognised=(NOTHING_RECOGNISED, pages))


if __name__ == "__main__":
    main()
