"""One tenant's hostile files hurt no other tenant: its invoices are read meanwhile, and there are no dead letters."""

import pytest

from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import Sample
from tools.hostile_pdfs.kinds import hostile_pdf
from tools.soak.queues import Queues

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

BOMBS = (
    "metadata",
    "saved_states",
    "marked_content",
    "to_unicode_long_texts",
    "form_draws_itself",
)
"""Kinds that exhaust the memory of upload_intake or of textract_ocr, in under a megabyte."""
GOOD = ("facture-site-internet.pdf", "facture-formation-agents.pdf", "releve-fournitures-chu.pdf")
DONE = ("READY", "SUBMITTED", "TO_COMPLETE")


def test_a_bomb_among_good_files_of_another_tenant_ends_unusable_and_nothing_else_happens(
    stack: Running, samples: dict[str, Sample]
) -> None:
    queues = Queues(stack.stack)
    before = queues.dead()
    good, hostile = stack.new_supplier(name="Menuiserie"), stack.new_supplier(name="Bombes")
    bombs = [stack.api.upload(hostile, Sample(f"{kind}.pdf", hostile_pdf(kind))) for kind in BOMBS]
    invoices = [stack.api.upload(good, samples[file]) for file in GOOD]
    for document in invoices:
        stack.wait_for(good, document, *DONE)
    for document in bombs:
        shown = stack.wait_for(hostile, document, "UNUSABLE", patience=180)
        (problem,) = shown["problems"]
        assert problem["code"] in {"pdf_too_complex", "pdf_inflates_too_much"}
        assert problem["fr"]
    assert eventually(lambda: queues.before_ready() == 0)
    assert queues.dead() == before
