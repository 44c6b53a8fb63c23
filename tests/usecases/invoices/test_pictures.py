"""Pictures of pages: drawn once, kept, counted, and refused with a reason."""

from collections.abc import Callable
from typing import Any

import pytest

from chorus_connector.domain.errors import Conflict, FileTooComplex, NoSuchPage, PageNotDrawable
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.quotas import QuotaExceeded
from chorus_connector.domain.reading.page_picture import DrawnPage, not_drawable
from chorus_connector.usecases.invoices.pictures import DrawPages
from tests.builders import an_invoice
from tests.fakes import FakePagePictures

PICTURE = b"\x89PNG\r\n\x1a\n points"
EXAMINED = an_invoice(State.READY, object_version="v1")


class World:
    """A document d1 of three pages in version v1; ``outcome`` is what drawing gives, or raises."""

    def __init__(self, outcome: Callable[[], DrawnPage] = lambda: DrawnPage(pages=3, picture=PICTURE)) -> None:
        self.pictures = FakePagePictures({("d1", "v1"): b"%PDF one", ("d1", "v2"): b"%PDF two"})
        self.drawn: list[tuple[bytes, int]] = []
        self.spent = 0
        self.left = 100
        self.outcome = outcome

    def draw(self, data: bytes, number: int) -> DrawnPage:
        self.drawn.append((data, number))
        return self.outcome()

    def spend(self) -> None:
        if self.spent == self.left:
            raise QuotaExceeded("drawn_pages", 60)
        self.spent += 1

    def picture(self, invoice: Invoice = EXAMINED, number: int = 1) -> bytes:
        return DrawPages(self.pictures, self, self.spend).picture(invoice, number)


def raising(error: Exception) -> Callable[[], DrawnPage]:
    def fail() -> DrawnPage:
        raise error

    return fail


@pytest.mark.row("B12")
def test_a_page_is_drawn_at_the_first_request_and_kept_for_the_next() -> None:
    world = World()
    assert world.picture() == world.picture() == PICTURE
    assert world.drawn == [(b"%PDF one", 1)]
    assert world.spent == 1
    world.picture(number=2)
    assert world.drawn[1:] == [(b"%PDF one", 2)]


def test_a_picture_belongs_to_the_version_of_the_file_that_was_examined() -> None:
    world = World()
    world.picture()
    world.picture(EXAMINED.model_copy(update={"object_version": "v2"}))
    assert [data for data, _ in world.drawn] == [b"%PDF one", b"%PDF two"]


def test_there_is_no_picture_before_the_file_was_examined() -> None:
    world = World()
    with pytest.raises(Conflict) as refused:
        world.picture(an_invoice(State.RECEIVED))
    assert refused.value.code == "file_not_examined"
    assert not world.drawn


@pytest.mark.parametrize("number", [4, 301])
def test_a_page_that_the_file_does_not_have_is_not_found(number: int) -> None:
    world = World(lambda: DrawnPage(pages=3))
    with pytest.raises(NoSuchPage):
        world.picture(number=number)
    assert world.pictures.stored == {}


def test_no_file_is_opened_for_a_page_that_no_file_can_have() -> None:
    world = World()
    with pytest.raises(NoSuchPage):
        world.picture(number=301)
    assert not world.drawn


def test_what_is_no_pdf_or_a_damaged_page_is_refused_with_its_problem() -> None:
    world = World(lambda: DrawnPage(problem=not_drawable(), pages=3))
    with pytest.raises(PageNotDrawable) as refused:
        world.picture()
    assert [each.code for each in refused.value.problems] == ["page_damaged"]


def test_a_document_without_a_file_of_ours_says_so() -> None:
    with pytest.raises(PageNotDrawable) as refused:
        World().picture(an_invoice(State.SUBMITTED, document_id="from-portal"))
    assert [each.code for each in refused.value.problems] == ["no_file_here"]


@pytest.mark.row("B13")
def test_a_file_that_ended_its_process_is_not_opened_again_for_that_page() -> None:
    world = World(raising(FileTooComplex(final=True)))
    for _ in range(3):
        with pytest.raises(PageNotDrawable) as refused:
            world.picture()
        assert [each.code for each in refused.value.problems] == ["pdf_too_complex"]
    assert len(world.drawn) == 1


@pytest.mark.parametrize("error", [FileTooComplex(), FileTooComplex(hurried=True)])
def test_what_a_busy_machine_may_have_caused_is_tried_again(error: FileTooComplex) -> None:
    world = World(raising(error))
    with pytest.raises(PageNotDrawable):
        world.picture()
    world.outcome = lambda: DrawnPage(pages=3, picture=PICTURE)
    assert world.picture() == PICTURE


def test_a_supplier_that_used_its_quota_up_still_sees_what_is_kept() -> None:
    world = World()
    world.left = 1
    world.picture()
    with pytest.raises(QuotaExceeded):
        world.picture(number=2)
    assert world.picture() == PICTURE


def test_a_record_from_before_versions_shows_its_latest_file() -> None:
    world = World()
    older: Any = an_invoice(State.SUBMITTED, object_version="")
    world.pictures.originals["d1", ""] = b"%PDF old"
    assert world.picture(older) == PICTURE
