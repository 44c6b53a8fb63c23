"""The reader's bounds: the longest and largest PDFs that it accepts, each read in a new process.

``make bench ARGS=bounds``. The longest invoice has 300 pages of goods; the largest file is pictures; the densest
has as much text, or as many drawing instructions, as the reader accepts.
"""

import json
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from random import Random

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tools.bench.figures import Figure
from tools.invoice_generator import broken

_CHILD = """
import json, re, sys, time
from pathlib import Path
from tools.read_files import read_pdf
data = Path(sys.argv[1]).read_bytes()
wall, cpu = time.perf_counter(), time.process_time()
reading = read_pdf(data, ocr="never")
print(json.dumps({
    "wall": time.perf_counter() - wall,
    "cpu": time.process_time() - cpu,
    "megabytes": int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024,
    "answer": ", ".join(problem.code for problem in reading.problems) or f"{reading.pages} pages read",
}))
"""


def figures() -> list[Figure]:
    """Processor seconds and peak memory for each extreme document."""
    documents = {
        "300 pages of an invoice, 3 000 characters each": _goods(300, 45),
        "200 pages of small print, 4 500 characters each": _goods(200, 65),
        "10 MB of pictures": _pictures(),
        "19 MB of instructions to draw, deflated": _drawing(19),
        "too much text": broken.too_much_text(),
        "21 MB of instructions to draw": broken.drawing_bomb(),
    }
    return [_measured(name, data) for name, data in documents.items()]


def _measured(name: str, data: bytes) -> Figure:
    with tempfile.TemporaryDirectory(prefix="chorus-bounds-") as folder:
        path = Path(folder) / "document.pdf"
        path.write_bytes(data)
        child = subprocess.run([sys.executable, "-c", _CHILD, str(path)], check=True, capture_output=True, text=True)
    found = json.loads(child.stdout)
    peak = f"peak {found['megabytes']:.0f} MB, wall {found['wall']:.1f} s"
    how = f"{len(data) / 1024 / 1024:.1f} MB; {peak}; {found['answer']}"
    return Figure(name, f"{found['cpu']:.1f}", "s of processor", how)


def _goods(pages: int, rows: int) -> bytes:
    """An invoice that consists of goods, with sums carried from page to page."""
    out, random = BytesIO(), Random(7)
    canvas = Canvas(out, invariant=1)
    for page in range(1, pages + 1):
        canvas.setFont("Helvetica", 6)
        canvas.drawString(40, 825, f"Facture F2026-001 du 03/04/2026 page {page}")
        for row in range(rows):
            y = 810 - row * 780 / rows
            canvas.drawString(40, y, f"R{page:03}{row:03}")
            canvas.drawString(90, y, f"Prestation de maintenance du lot {row}")
            for x, text in ((330, f"{row + 1}"), (410, f"{random.randint(1, 900)},50"), (470, "20,00 %")):
                canvas.drawRightString(x, y, text)
            canvas.drawRightString(560, y, f"{random.randint(1, 90)} {random.randint(100, 999)},00")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _pictures() -> bytes:
    """Scanned pages that fill the largest permitted file."""
    from PIL import Image

    out, random = BytesIO(), Random(7)
    canvas = Canvas(out, invariant=1)
    for _ in range(3):
        noise = Image.frombytes("RGB", (920, 920), random.randbytes(920 * 920 * 3))
        canvas.drawImage(ImageReader(noise), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _drawing(megabytes: int) -> bytes:
    """A page with the largest permitted number of drawing instructions."""
    (page,) = PdfReader(BytesIO(broken.plain_pdf())).pages
    writer = PdfWriter()
    content = DecodedStreamObject()
    content.set_data(b"0 0 m 1 1 l S\n" * (megabytes * 1024 * 1024 // 14))
    writer.add_page(page)[NameObject("/Contents")] = writer._add_object(content.flate_encode())
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
