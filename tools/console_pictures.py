"""Takes the pictures of docs/console.md: `python -m tools.console_pictures`, with the samples on a local stack.

Needs Chromium: the one that CHROMIUM names, else the machine's. Pictures are reduced to few colours: each has at most
`LARGEST` bytes.
"""

import io
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tools.demo import Api, running_stack
from tools.local_stack.deployed import ADMINISTRATOR, DeployedStack, password
from tools.local_stack.temporary import temporary_folder
from tools.samples import make_samples

TARGET = Path(__file__).parent.parent / "docs" / "pictures"
LARGEST = 60_000
HEIGHTS = {1280: 900, 768: 1000, 360: 740}
"""The height of the window for each width: a desktop, a tablet upright, a telephone."""

_INCOMPLETE, _SUSPENDED = "sans-service.pdf", "parquet.pdf"
_WIDE = (1280,)
_ALL = (1280, 768, 360)


def main() -> int:
    """Start a stack, make the samples and take every picture."""
    with (
        temporary_folder("pictures") as folder,
        running_stack(folder, open_directory=True) as (stack, simulator),
    ):
        supplier_id = make_samples(stack, simulator.base_url, progress=print)
        for path in take(stack, supplier_id, TARGET):
            print(f"{path.relative_to(TARGET.parent.parent)}  {path.stat().st_size / 1000:.0f} kB")
    return 0


def take(stack: DeployedStack, supplier_id: str, target: Path) -> Iterator[Path]:
    """Write the pictures into `target`, in French. Raises RuntimeError for a page that answers with an error."""
    target.mkdir(parents=True, exist_ok=True)
    with _signed_in(stack) as page:
        for name, (path, widths) in _screens(stack, supplier_id).items():
            for width in widths:
                picture = target / f"console-{name}-{width}.png"
                picture.write_bytes(_taken(page, f"{stack.console_url}{path}", width))
                yield picture
        page.emulate_media(color_scheme="dark")
        picture = target / "console-documents-dark.png"
        picture.write_bytes(_taken(page, f"{stack.console_url}/suppliers/{supplier_id}/documents", 1280))
        yield picture


def _screens(stack: DeployedStack, supplier_id: str) -> Mapping[str, tuple[str, tuple[int, ...]]]:
    """Each screen's address below /console and the widths at which it is shown."""
    with Api(stack.api_url, stack.admin_token()) as api:
        documents = {each["file_name"]: document for document, each in api.invoices(supplier_id).items()}
    root = f"/suppliers/{supplier_id}"
    return {
        "suppliers": ("/suppliers", (1280, 360)),
        "documents": (f"{root}/documents", _ALL),
        "invoice": (f"{root}/documents/{documents[_INCOMPLETE]}", _ALL),
        "upload": (f"{root}/upload", _WIDE),
        "tracking": (f"{root}/tracking", _ALL),
        "tracked-invoice": (f"{root}/tracking/{documents[_SUSPENDED]}", _WIDE),
        "notifications": (f"{root}/notifications", _WIDE),
        "connection": (f"{root}/connection", _WIDE),
        "configuration": (f"{root}/configuration", _WIDE),
        "messages": ("/messages", _WIDE),
        "message": ("/messages/new", (1280, 360)),
    }


@contextmanager
def _signed_in(stack: DeployedStack) -> Iterator[Page]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    stack.admin_token()  # makes the person
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_context(locale="fr-FR", color_scheme="light").new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{stack.console_url}/suppliers")
        page.fill("input[name=username]", ADMINISTRATOR)
        page.fill("input[name=password]", password(ADMINISTRATOR))
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{stack.console_url}/**")
        yield page
        browser.close()


def _taken(page: Page, address: str, width: int) -> bytes:
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    answer = page.goto(address, wait_until="networkidle")
    if answer is None or not answer.ok:
        raise RuntimeError(f"{address}: {answer.status if answer else 'no answer'}")
    return _reduced(page.screenshot())


def _reduced(picture: bytes) -> bytes:
    """The picture with as many colours as fit into `LARGEST` bytes. Raises RuntimeError when not even eight do."""
    drawn = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (128, 64, 32, 16, 8):
        written = io.BytesIO()
        drawn.quantize(colours, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        if written.tell() <= LARGEST:
            return written.getvalue()
    raise RuntimeError(f"a picture has more than {LARGEST} bytes")


if __name__ == "__main__":
    sys.exit(main())
