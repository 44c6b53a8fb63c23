"""The process under test: it treats each file as the functions do, with their memory, and answers on standard output.

It loads what a function loads. A request is a line of JSON (the step, the length) and the file; the answer is a line.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import botocore.session  # noqa: F401 (a function has it in its memory)
from aws_lambda_powertools import Logger  # noqa: F401
from chorus_connector.adapters.pdf_reader import SandboxedPdfs, pdf_sandbox
from chorus_connector.adapters.sandbox import ChildDied

from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.problem import Problem
from tools.fuzz.verdict import BROKEN, DIED, MEMORY, READABLE, REFUSED

SIRET = "80000000100013"


def main() -> None:
    """Answer until there are no more requests."""
    deaths: list[ChildDied] = []
    pdfs = SandboxedPdfs(pdf_sandbox(), on_death=deaths.append)
    steps: dict[str, Callable[[bytes], Problem | None]] = {
        "inspect": pdfs.examine,
        "read": lambda data: _read(pdfs, data),
    }
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        data = sys.stdin.buffer.read(request["length"])
        os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = str(MEMORY[request["step"]] // 1024**2)
        deaths.clear()
        begun = time.monotonic()
        outcome, code = _outcome(steps[request["step"]], data, deaths)
        answer = {"outcome": outcome, "code": code, "seconds": time.monotonic() - begun}
        print(json.dumps(answer), flush=True)


def _read(pdfs: SandboxedPdfs, data: bytes) -> Problem | None:
    """Read the file; if pages need OCR, write them as textract_ocr does, and read the file with an empty answer."""
    found = pdfs.read(data, ocr="when_needed", known_supplier_siret=SIRET)
    if not found.to_recognise:
        return found.problem
    pdfs.subset(data, found.to_recognise)
    nothing: list[dict[str, Any]] = [{"JobStatus": "SUCCEEDED", "Blocks": []}]
    return pdfs.read(data, ocr="never", known_supplier_siret=SIRET, recognised=(nothing, found.to_recognise)).problem


def _outcome(step: Callable[[bytes], Problem | None], data: bytes, deaths: list[ChildDied]) -> tuple[str, str]:
    try:
        problem = step(data)
    except FileTooComplex:
        death = deaths[-1]
        return (BROKEN if death.death == "error" else DIED), f"{death.death}: {death.detail}"
    except Exception as error:
        return BROKEN, type(error).__name__
    return (REFUSED, problem.code) if problem else (READABLE, "")


if __name__ == "__main__":
    main()
