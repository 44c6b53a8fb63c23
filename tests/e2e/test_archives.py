"""ZIPs of documents over HTTP: each file goes the way of an upload, and each entry has a line."""

import io
import struct
import time
import zipfile
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.patience import PATIENCE
from tools.demo import Sample
from tools.hostile_pdfs.kinds import hostile_pdf

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

SITE, TRAINING = "facture-site-internet.pdf", "facture-formation-agents.pdf"


def a_zip(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def with_a_password(data: bytes, name: bytes) -> bytes:
    """The ZIP with the flag of encryption on the entry of that name."""
    flagged = bytearray(data)
    for before, place in ((30, 6), (46, 8)):
        at = data.index(name) if before == 30 else data.rindex(name)
        header = at - before + place
        flagged[header : header + 2] = struct.pack("<H", struct.unpack_from("<H", flagged, header)[0] | 1)
    return bytes(flagged)


def send(stack: Running, supplier_id: str, data: bytes, **said: Any) -> str:
    """Announce the ZIP, send it to the bucket; returns its id."""
    body = {"file_name": "novembre.zip", "folder": "factures", **said}
    announced = stack.api.call("POST", f"/suppliers/{supplier_id}/archives", json=body)
    assert (announced["state"], announced["lines"]) == ("EXPECTED", [])
    form = announced["upload"]
    httpx.post(form["url"], data=form["fields"], files={"file": data}, timeout=60, trust_env=False).raise_for_status()
    return str(announced["archive_id"])


def taken(stack: Running, supplier_id: str, archive_id: str, patience: float = PATIENCE) -> dict[str, Any]:
    deadline = time.monotonic() + patience
    while True:
        archive: dict[str, Any] = stack.api.call("GET", f"/suppliers/{supplier_id}/archives/{archive_id}")
        if archive["state"] in {"DONE", "REFUSED"}:
            return archive
        assert time.monotonic() < deadline, archive
        time.sleep(0.2)


@pytest.mark.row("B12", "S26", "S30")
def test_every_file_of_a_zip_is_taken_read_and_listed_with_what_became_of_it(
    stack: Running, samples: dict[str, Sample]
) -> None:
    supplier_id = stack.new_supplier(name="Zips")
    before = stack.api.upload(supplier_id, samples[TRAINING])
    stack.wait_for(supplier_id, before, "TO_COMPLETE", "READY", "SUBMITTED")
    data = a_zip(
        ("2026/", b""),
        ("2026/Facturé été.pdf", samples[SITE].data),
        ("2026/déjà là.pdf", samples[TRAINING].data),
        ("../../etc/notes.pdf", b"no PDF at all"),
        ("secret.pdf", b"%PDF secret"),
        ("autre.zip", a_zip(("x.pdf", b"%PDF"))),
        ("vide.pdf", b""),
        ("__MACOSX/2026/._f.pdf", b"x"),
    )
    archive = taken(stack, supplier_id, send(stack, supplier_id, with_a_password(data, b"secret.pdf")))
    lines = {each["name"]: each for each in archive["lines"]}
    assert [(each["name"], each["state"], (each["problem"] or {}).get("code")) for each in archive["lines"]] == [
        ("2026/", "SKIPPED", "archive_folder"),
        ("2026/Facturé été.pdf", "TAKEN", None),
        ("2026/déjà là.pdf", "KNOWN", None),
        ("../../etc/notes.pdf", "TAKEN", None),
        ("secret.pdf", "REFUSED", "archive_entry_encrypted"),
        ("autre.zip", "REFUSED", "archive_nested"),
        ("vide.pdf", "REFUSED", "archive_entry_empty"),
        ("__MACOSX/2026/._f.pdf", "SKIPPED", "archive_system_file"),
    ]
    assert archive["counts"] == {"SKIPPED": 2, "TAKEN": 2, "KNOWN": 1, "REFUSED": 3}
    assert lines["2026/déjà là.pdf"]["document_id"] == before
    read = stack.wait_for(
        supplier_id, lines["2026/Facturé été.pdf"]["document_id"], "TO_COMPLETE", "READY", "SUBMITTED"
    )
    assert (read["file_name"], read["folder"]) == ("Facturé été.pdf", "factures")
    unusable = stack.wait_for(supplier_id, lines["../../etc/notes.pdf"]["document_id"], "UNUSABLE")
    assert unusable["file_name"] == "notes.pdf"
    again = stack.api.call("GET", f"/suppliers/{supplier_id}/archives/{archive['archive_id']}")
    states = {each["name"]: each["document_state"] for each in again["lines"]}
    assert states["../../etc/notes.pdf"] == "UNUSABLE"


@pytest.mark.row("B13")
def test_a_zip_of_bombs_or_of_nothing_harms_no_other_supplier(stack: Running, samples: dict[str, Sample]) -> None:
    hostile, good = stack.new_supplier(name="Zip hostile"), stack.new_supplier(name="Zip voisin")
    assert taken(stack, hostile, send(stack, hostile, b"no zip"))["problem"]["code"] == "archive_unreadable"
    many = a_zip(*((f"{number}.pdf", b"%PDF") for number in range(201)))
    assert taken(stack, hostile, send(stack, hostile, many))["problem"]["code"] == "archive_too_many_files"
    bombs = a_zip(("zeros.pdf", bytes(10 * 1024 * 1024)), ("bombe.pdf", hostile_pdf("ascii85_filter")))
    archive = taken(stack, hostile, send(stack, hostile, bombs))
    invoice = stack.api.upload(good, samples[SITE])
    stack.wait_for(good, invoice, "TO_COMPLETE", "READY", "SUBMITTED")
    for line in archive["lines"]:
        stack.wait_for(hostile, line["document_id"], "UNUSABLE", patience=180)
    token = {"Authorization": f"Bearer {stack.stack.admin_token()}"}
    url = f"{stack.stack.api_url}/suppliers/{good}/archives/{archive['archive_id']}"
    assert httpx.get(url, headers=token, trust_env=False).status_code == 404
