"""Learning layouts: only what a person confirmed counts, once, and a lost race is repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chorus_connector.domain.errors import FileTooComplex, NotFound, StaleWrite
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Deposit, Invoice
from chorus_connector.domain.invoices.lessons import MOST_LAYOUTS, confirmed_values, new_layout_id
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.reading.layouts.layout import Layout, TaughtDocument
from chorus_connector.domain.reading.result import KnownLayout
from chorus_connector.ports.values import LessonWork
from chorus_connector.usecases.invoices.layouts import LearnLayouts, forget_layout
from tests.builders import NOW, a_reading, an_invoice
from tests.fakes import FakeDocuments, FakeInvoices, FakeLayouts, FakeTable

FORM = Form(
    fields={
        "invoice_number": FormField(value="FA-1", source="text", confidence=0.99),
        "engagement_number": FormField(value="BC-1", source="person"),
        "recipient_siret": FormField(value="11000201100044", source="metadata"),
    }
)


def _nothing() -> None:
    """What no other worker does."""


@dataclass
class FakeTeacher:
    """``ports.LayoutTeacher``: the words of a document are its design's name."""

    deaths: int = 0
    final: bool = False
    words: list[Mapping[str, bytes]] = field(default_factory=list)
    #: the design that each layout is of
    designs: dict[str, bytes] = field(default_factory=dict)

    def matching(self, words: bytes, layouts: Sequence[Layout]) -> str | None:
        return next((each.layout_id for each in layouts if self.designs[each.layout_id] == words), None)

    def taught(self, layout: Layout, document: TaughtDocument, words: Mapping[str, bytes]) -> Layout:
        if self.deaths:
            self.deaths -= 1
            raise FileTooComplex(final=self.final)
        self.words.append(words)
        documents = (*layout.documents, document)
        self.designs[layout.layout_id] = words[document.document_id]
        changes = {"documents": documents, "confirmed": len(documents)}
        return layout.model_copy(update=changes)

    def untaught(self, layout: Layout, document_id: str, words: Mapping[str, bytes]) -> Layout | None:
        left = tuple(each for each in layout.documents if each.document_id != document_id)
        return layout.model_copy(update={"documents": left, "confirmed": len(left)}) if left else None


class World:
    def __init__(self, **teacher: Any) -> None:
        self.invoices = FakeInvoices(FakeTable(), "s1")
        self.documents = FakeDocuments()
        self.layouts = FakeLayouts()
        self.teacher = FakeTeacher(**teacher)
        self.learning = LearnLayouts(self.invoices, self.documents, self.layouts, self.teacher)

    def submitted(self, document_id: str, design: str | None = "a", status: str = "DEPOSEE", **facts: Any) -> Invoice:
        """A submitted document of that design; None: it has no words, as one with XML."""
        if design is not None:
            self.documents.put_words(document_id, design.encode())
        deposit = Deposit(chorus_id=1, invoice_number="FA-1", status=status)
        known = {"confirmed_by": "alice", "form": FORM, "deposit": deposit, "reading_version": 0, **facts}
        invoice = an_invoice(State.SUBMITTED, document_id=document_id, **known)
        layout = KnownLayout(id=self.known()[0].layout_id, confirmed=1) if self.known() else None
        self.invoices.add(invoice, by="alice", reading=a_reading().model_copy(update={"layout": layout}))
        return invoice

    def learn(self, document_id: str, lesson: Any = "teach", tries: int = 1) -> None:
        self.learning.learn(LessonWork("s1", document_id, lesson), now=NOW, tries=tries)

    def known(self) -> tuple[Layout, ...]:
        return self.layouts.all().layouts

    def taught(self) -> list[list[str]]:
        return [[each.document_id for each in layout.documents] for layout in self.known()]

    def notes(self, document_id: str) -> list[str]:
        return [each.action for each in self.invoices.events(document_id) if each.action.startswith("layout")]


def test_documents_of_one_design_teach_one_layout_with_the_words_of_the_earlier_ones() -> None:
    world = World()
    for document_id in ("d1", "d2"):
        world.submitted(document_id)
        world.learn(document_id)
    assert world.taught() == [["d1", "d2"]]
    assert world.teacher.words[-1] == {"d1": b"a", "d2": b"a"}
    assert world.notes("d2") == ["layout_taught"]


def test_a_lesson_that_is_delivered_twice_counts_once() -> None:
    world = World()
    world.submitted("d1")
    world.learn("d1")
    world.learn("d1", tries=2)
    assert world.taught() == [["d1"]]
    assert world.layouts.version == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"confirmed_by": None},
        {"status": "REJETEE"},
        {"design": None, "form": Form(fields={"invoice_number": FormField(value="FA-1", source="xml")})},
    ],
    ids=["no person confirmed it", "the recipient rejected it", "its XML says everything"],
)
def test_other_documents_teach_nothing(facts: dict[str, Any]) -> None:
    world = World()
    world.submitted("d1", **facts)
    world.learn("d1")
    assert world.taught() == []
    assert world.notes("d1") == []


def test_a_document_whose_words_are_gone_says_in_its_history_that_it_taught_nothing() -> None:
    world = World()
    world.submitted("d1", design=None)
    world.learn("d1")
    assert (world.taught(), world.notes("d1")) == ([], ["layout_not_taught"])


def test_a_document_that_is_not_submitted_teaches_nothing() -> None:
    world = World()
    world.documents.put_words("d1", b"a")
    world.invoices.add(an_invoice(State.REFUSED, confirmed_by="alice", form=FORM), by="alice")
    world.learn("d1")
    assert world.taught() == []


def test_two_new_documents_of_one_design_at_once_make_one_layout() -> None:
    world = World()
    for document_id in ("d1", "d2"):
        world.submitted(document_id)

    def the_other_first() -> None:
        world.layouts.on_save = _nothing
        world.learn("d2")

    world.layouts.on_save = the_other_first
    world.learn("d1")
    assert world.taught() == [["d2", "d1"]]


def test_a_race_that_is_lost_every_time_is_left_to_the_next_delivery() -> None:
    world = World()
    world.submitted("d1")

    def another() -> None:
        world.layouts.version += 1

    world.layouts.on_save = another
    with pytest.raises(StaleWrite):
        world.learn("d1")


def test_words_that_end_the_learning_process_teach_nothing_and_the_history_says_so() -> None:
    world = World(deaths=2)
    world.submitted("d1")
    with pytest.raises(FileTooComplex):
        world.learn("d1")
    world.learn("d1", tries=2)
    assert world.taught() == []
    assert world.notes("d1") == ["layout_not_taught"]


def test_a_rejected_document_is_untaught_and_the_last_one_takes_its_layout_along() -> None:
    world = World()
    for document_id in ("d1", "d2"):
        world.submitted(document_id)
        world.learn(document_id)
    world.learn("d1", "unteach")
    world.learn("d1", "unteach")
    assert world.taught() == [["d2"]]
    world.learn("d2", "unteach")
    assert world.taught() == []
    assert [(each.item, each.action) for each in world.layouts.changes] == [
        (f"layouts/{new_layout_id('d1')}", "forgotten")
    ]


def test_a_correction_that_no_person_confirmed_contradicts_the_layout_and_teaches_nothing() -> None:
    world = World()
    for document_id in ("d1", "d2"):
        world.submitted(document_id)
        world.learn(document_id)
    world.submitted("d3", confirmed_by=None, corrections={"engagement_number": "BC-1"})
    world.submitted("d4", confirmed_by=None, corrections={"total_ht": "1.00"})
    world.learn("d3")
    assert world.known()[0].confirmed == 2, "the layout had read no engagement number"
    world.learn("d4")
    assert world.known()[0].confirmed == 0
    assert world.taught() == [["d1", "d2"]]
    assert world.notes("d4") == ["layout_contradicted"]


def test_beyond_the_most_the_layout_that_was_seen_longest_ago_is_forgotten_and_the_trail_says_so() -> None:
    world = World()
    for number in range(MOST_LAYOUTS):
        layout = Layout(layout_id=f"l{number:02d}")
        world.teacher.designs[layout.layout_id] = b"another"
        world.layouts.kept[layout.layout_id] = layout.model_copy(update={"last_seen": NOW - timedelta(days=number)})
    world.submitted("d1", design="a new one")
    world.learn("d1")
    assert len(world.known()) == MOST_LAYOUTS
    assert [each.item for each in world.layouts.changes] == [f"layouts/l{MOST_LAYOUTS - 1:02d}"]


def test_a_layout_is_forgotten_once() -> None:
    world = World()
    world.submitted("d1")
    world.learn("d1")
    (layout,) = world.known()
    forget_layout(world.layouts, layout.layout_id, by="alice", now=NOW)
    assert (world.known(), world.layouts.changes[0].by) == ((), "alice")
    with pytest.raises(NotFound):
        forget_layout(world.layouts, layout.layout_id, by="alice", now=NOW)


def test_a_person_confirms_values_of_the_page_and_that_empty_fields_are_not_printed() -> None:
    values = confirmed_values(an_invoice(form=FORM, corrections={"due_date": ""}))
    assert values["invoice_number"] == "FA-1"
    assert values["engagement_number"] == "BC-1"
    assert values["service_code"] is None
    assert values["due_date"] is None, "a person emptied it"
    assert "recipient_siret" not in values, "a metadata says nothing about the page"
    assert "supplier_name" not in values, "it is not sent, so no one judged it"


def test_a_value_that_was_read_and_not_sent_is_confirmed_as_it_was_read() -> None:
    form = Form(fields={"iban": FormField(value="FR76", source="ocr", confidence=0.5)})
    assert confirmed_values(an_invoice(form=form))["iban"] == "FR76"
