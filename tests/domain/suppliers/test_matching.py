"""The one comparison of names: what does not count, and that it never depends on how often it was applied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.suppliers.matching import folder_names, matching_form, same_name

TYPED = st.text(st.sampled_from("nNoO°º№3 7é-'/._a\u00a0\u200b"), max_size=12) | st.text(max_size=12)


@pytest.mark.parametrize("sign", ["n°", "N°", "nº", "no", "NO", "№"])
@pytest.mark.parametrize("space", ["", " ", "\u00a0", "  "])
def test_a_number_sign_is_the_same_with_and_without_a_space(sign: str, space: str) -> None:
    for before, after in (("École ", "3"), ("Chantier ", "12"), ("", "3 bis"), ("École_", "3")):
        assert same_name(f"{before}{sign}{space}{after}", f"{before}n° {after}")


def test_a_lettered_number_is_the_same_with_and_without_a_space_too() -> None:
    assert same_name("Lot n°B", "lot n° b")
    assert folder_names("Travaux/Lot n°2") == folder_names("/travaux/LOT N° 2/")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Piano 3", "Pia n° 3"), ("Kino3", "Ki n° 3"), ("n° 3", "n° 33"), ("n° 12", "n° 1 2"), ("Nord 3", "n° rd 3")],
)
def test_what_is_no_number_sign_still_counts(one: str, other: str) -> None:
    assert not same_name(one, other)


@given(TYPED)
def test_a_form_is_its_own_form(text: str) -> None:
    assert matching_form(matching_form(text)) == matching_form(text)
