"""Values in forms that are published nowhere: read where they are clear, else kept and logged without their content."""

import logging
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.chorus_pro import models as m
from chorus_connector.chorus_pro.leniency import day, flag, moment, note_once

PARIS = ZoneInfo("Europe/Paris")

moments = st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1)).map(lambda each: each.replace(microsecond=0))  # noqa: DTZ001


@given(moments, st.integers(0, 999))
def test_one_moment_is_the_same_in_every_form(local: datetime, milliseconds: int) -> None:
    at = local.replace(tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    since_1970 = round(at.timestamp() * 1000)
    for written in (since_1970, str(since_1970), float(since_1970), at.isoformat(), f"{at:%Y-%m-%dT%H:%M:%S.%f}+0000"):
        read = moment(written)
        assert read is not None
        assert abs(read - at) <= timedelta(milliseconds=1), written


@given(moments)
def test_a_time_without_a_zone_is_of_paris_in_every_form(local: datetime) -> None:
    at = local.replace(tzinfo=PARIS)
    for form in (
        "%d/%m/%Y %H:%M:%S",
        "%d/%m/%YT%H:%M:%S",
        "%d-%m-%Y %H:%M:%S",
        "%Y-%m-%d %H:%M:%S",
        "%d/%m/%Y à %Hh%M",
    ):
        written = local.strftime(form)
        wanted = at if "%S" in form else at.replace(second=0)
        assert moment(written) == wanted, written
    assert day(local.strftime("%d/%m/%Y")) == day(local.strftime("%Y-%m-%d")) == day(f"{local:%Y%m%d}") == local.date()


@pytest.mark.parametrize(
    "written", ["2026-07-11T15:45:39.674 +0200", "2026-07-11 15:45:39.674 +02:00", "2026-07-11T13:45:39.674 Z"]
)
def test_a_space_before_the_zone_does_not_matter(written: str) -> None:
    assert moment(written) == datetime(2026, 7, 11, 13, 45, 39, 674_000, UTC)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.integers())))
def test_any_value_is_a_moment_or_none(value: object) -> None:
    read = moment(value)
    assert read is None or read.tzinfo is not None
    assert (day(value) is None) == (read is None)
    assert flag(value) in (True, False, None)


@given(st.sampled_from(["oui", "true", "1", "o", "vrai", "non", "false", "0", "n", "faux"]), st.booleans(), st.data())
def test_a_flag_is_read_in_any_case_and_with_spaces(word: str, spaced: bool, data: st.DataObject) -> None:
    cased = "".join(data.draw(st.sampled_from([each, each.upper()])) for each in word)
    wanted = word in ("oui", "true", "1", "o", "vrai")
    assert flag(f" {cased} " if spaced else cased) is wanted
    assert flag(int(wanted)) is wanted


def test_what_is_in_no_known_form_is_kept_and_logged_once_by_its_shape(caplog: pytest.LogCaptureFixture) -> None:
    note_once.cache_clear()
    given = {"identifiantFactureCPP": 1, "statut": "NOUVEAU", "dateDepot": "le 9 octobre", "nouveauChamp": "Mme Durand"}
    with caplog.at_level(logging.WARNING, "chorus_pro"):
        for _ in range(3):
            row = m.FactureTrouvee.model_validate(given)
    assert (row.statut, row.dateDepot, row.non_lus) == ("NOUVEAU", None, {"dateDepot": "le 9 octobre"})
    lines = [each.getMessage() for each in caplog.records]
    assert len(lines) == 2
    assert "FactureTrouvee.dateDepot facts=AA 9 AAAAAAA" in lines[0]
    assert "nouveauChamp" in lines[1]
    assert "Durand" not in " ".join(lines)


def test_the_status_of_a_row_has_either_name() -> None:
    for name in ("statut", "statutFacture"):
        assert m.FactureTrouvee.model_validate({"identifiantFactureCPP": 1, name: "DEPOSEE"}).statut == "DEPOSEE"


def test_what_is_absent_or_empty_is_not_unread() -> None:
    row = m.FactureTrouvee.model_validate({"identifiantFactureCPP": 1, "dateDepot": "", "rejetTraite": None})
    assert row.non_lus == {}
    assert date(2026, 7, 11) == m.FactureTrouvee(identifiantFactureCPP=1, dateDepot="11/07/2026").dateDepot
