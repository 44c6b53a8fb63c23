"""How Textract's double cuts a line into words and lays a tilted page level: on pictures of blocks for letters."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.local_stack.textract_double.deskew import Level, Turned
from tools.local_stack.textract_double.words import Letter, measured, pieces

HEIGHT, LETTER, BETWEEN, SPACE = 32, 12, 2, 9


def words(text: str, *, read_as: str | None = None, drift: float = 0.0, dark: bool = False, rule: bool = False) -> str:
    """The words cut from a picture of ``text``, read as ``read_as`` with its letters placed ``drift`` pixels off."""
    read_as = text if read_as is None else read_as
    at, inked, middles = 8, [], []
    for char in text:
        if char == " ":
            at += SPACE - BETWEEN
            continue
        wide = LETTER // 3 if char in "1.,:" else LETTER
        left = at + (LETTER - wide) // 2
        inked.append((left, left + wide))
        middles.append(at + LETTER / 2)
        at += LETTER + BETWEEN
    strip = np.full((HEIGHT, at + 8), 250, dtype=np.uint8)
    for left, right in inked:
        strip[8:26, left:right] = 20
    if rule:
        strip[:, :2] = strip[:, -2:] = 20
    if dark:
        strip = 255 - strip
    kept = [char for char in read_as if char != " "]
    letters = [Letter(char, 0.9, (x + drift) / strip.shape[1]) for char, x in zip(kept, middles, strict=True)]
    spaces = frozenset(len(read_as[:i].replace(" ", "")) - 1 for i, char in enumerate(read_as) if char == " ")
    cut = pieces(letters, spaces, measured(strip, letters, spaces), 0.2)
    return "|".join("".join(kept[piece.first : piece.last]) for piece in cut)


def test_a_space_the_model_dropped_is_seen_in_the_white() -> None:
    assert words("40,50 Reliure", read_as="40,50Reliure") == "40,50|Reliure"
    assert words("FA08 du 3 mai", read_as="FA08du 3 mai") == "FA08|du|3|mai"


def test_white_beside_a_narrow_figure_is_no_space() -> None:
    assert words("2026111,18") == "2026111,18"
    assert words("09/11/2026") == "09/11/2026"


def test_a_letter_spaced_heading_stays_as_the_model_read_it() -> None:
    assert words("A V O I R", read_as="AVOIR") == "AVOIR"


def test_white_next_to_a_space_of_the_models_is_that_space() -> None:
    drifted = LETTER + BETWEEN
    assert words("DELAI DE PAYEMENT", drift=-drifted) == "DELAI|DE|PAYEMENT"


def test_a_tables_rule_beside_the_text_is_no_letter() -> None:
    assert words("TOTAUX", rule=True) == "TOTAUX"


def test_white_letters_on_a_dark_bar_are_cut_the_same() -> None:
    assert words("DATE ECHUE", read_as="DATEECHUE", dark=True) == "DATE|ECHUE"


def test_a_colon_ends_a_label_but_not_an_hour() -> None:
    assert words("SAC:260", read_as="SAC:260") == "SAC:|260"
    assert words("12:50", read_as="12:50") == "12:50"


def tilted_page(degrees: float) -> Image.Image:
    page = Image.new("RGB", (800, 1000), "white")
    drawn = ImageDraw.Draw(page)
    for row in range(60, 900, 30):
        for left in range(80, 700, 40):
            drawn.rectangle((left, row, left + 30, row + 9), fill="black")
    return page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")


def test_a_tilted_page_is_laid_level_and_its_places_are_found_again() -> None:
    level = Level(np.asarray(tilted_page(-1.5)))
    assert abs(level.tilt - 1.5) <= 0.25
    rows = np.nonzero((level.picture[:, 100:700, 0] < 128).any(axis=1))[0]
    assert np.count_nonzero(np.diff(rows) > 1) > 20, "white shows between the rows again"
    x, y = level.back((700.0, 500.0))
    assert math.isclose(y - 500.0, 300 * math.sin(math.radians(level.tilt)), abs_tol=0.5)
    assert math.isclose(x, 700.0, abs_tol=0.5)


def test_a_level_page_is_read_as_it_is() -> None:
    picture = np.asarray(tilted_page(0.0))
    assert Level(picture).picture is picture


@pytest.mark.parametrize("turns", range(4))
def test_a_point_of_a_turned_picture_is_found_again_on_the_original(turns: int) -> None:
    picture = np.zeros((30, 50, 3), dtype=np.uint8)
    picture[7, 12] = 255
    turned = Turned(picture, turns)
    ((y, x),) = np.argwhere(turned.picture[:, :, 0])
    back = turned.back((x + 0.5, y + 0.5))
    assert back == (12.5, 7.5)
