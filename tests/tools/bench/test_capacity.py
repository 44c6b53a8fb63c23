"""The arithmetic of ``make capacity`` on loads that were computed by hand."""

from dataclasses import replace

import pytest

from infra_cdk.environment import ENVIRONMENTS
from tools.bench.capacity import Load, Row, Use, main, measured_use, rows, table, verdict

pytestmark = pytest.mark.acceptance

LOAD = Load(
    suppliers=10_000,
    invoices=20,
    busiest_hour=0.18,
    hours=10,
    latency=1.5,
    scans=0.1,
    pages=2,
    largest=36_000,
    textract_tps=2,
    textract_jobs=100,
    textract_page_seconds=3,
    tracking_seconds=9,
    lambda_quota=1000,
)
USE = Use(
    submission_calls=2,
    submission_seconds=0.6,
    reading_seconds=0.5,
    write_units=60,
    read_units=20,
    due_units=10,
    api_calls=3,
    api_seconds=0.1,
)
SHIPPED = ENVIRONMENTS["production"]


def found(load: Load = LOAD, **settings: int) -> dict[str, Row]:
    return {row.name: row for row in rows(load, USE, replace(SHIPPED, **settings), reserved=96)}  # type: ignore[arg-type]


def test_submissions_follow_from_latency_and_calls() -> None:
    """200,000 in ten hours are 5.56 a second; each takes 0.6 + 2 × 1.5 = 3.6 s, so 20 are in progress at a time."""
    four = found(submission_concurrency=4)
    assert four["submission workers"].need == pytest.approx(20)
    assert four["hours to send a day"].need == pytest.approx(50), "four workers send 1.11 a second"
    twenty = found(submission_concurrency=20)
    assert twenty["hours to send a day"].need == pytest.approx(10)
    assert twenty["calls of the portal"].need == pytest.approx(11.1, abs=0.1)
    # ten arrive in a second of the busiest hour and 5.56 are sent: 16,000 are left, for 48 minutes
    assert "48 min late" in twenty["hours to send a day"].how


def test_the_units_of_a_partition_follow_from_the_busiest_hour() -> None:
    """36,000 invoices of one supplier: 6,480 in its busiest hour, 1.8 a second; ten a second of all."""
    rows_found = found()
    assert rows_found["largest supplier's partition, writes"].need == pytest.approx(1.8 * 60)
    assert rows_found["largest supplier's partition, reads"].need == pytest.approx(1.8 * 20)
    assert rows_found["due index, its partitions together"].need == pytest.approx(100)
    assert rows_found["table, writes"].need == pytest.approx(600)
    assert rows_found["API requests"].need == pytest.approx(30)


def test_textracts_hours_follow_from_its_slower_quota() -> None:
    """20,000 scans at two a second take 2.8 h; with two jobs of 6 s at a time, 16.7 h."""
    assert found()["Textract: a day's scans"].need == pytest.approx(20_000 / 2 / 3600)
    assert found(replace(LOAD, textract_jobs=2))["Textract: a day's scans"].need == pytest.approx(20_000 * 3 / 3600)
    assert found()["Textract: starts"].need == pytest.approx(1)
    assert found()["Textract: jobs at a time"].need == pytest.approx(6)
    none = found(replace(LOAD, scans=0))
    assert none["Textract: a day's scans"].need == 0


def test_a_night_follows_from_suppliers_and_workers() -> None:
    """10,000 suppliers of 9 s by 10 workers: 2.5 h of the five."""
    night = found()["nightly tracking"]
    assert night.need == pytest.approx(2.5)
    assert night.have == 5
    assert "18.0 s a supplier would fit" in night.how


def test_what_exceeds_its_limit_most_breaks_first_and_the_table_says_so() -> None:
    load = replace(LOAD, latency=3.0, textract_tps=0.1)
    shown = table(load, rows(load, USE, SHIPPED, reserved=96))
    assert "BREAKS" in shown
    assert verdict(rows(load, USE, SHIPPED, reserved=96)) == "breaks first: Textract: starts, 10.0 times what there is"
    assert "PISTE" in shown
    assert "unknown" in shown


def test_the_shipped_settings_hold_for_ten_thousand_suppliers() -> None:
    """At the write units that an invoice may have; the largest supplier with 5,000 a day."""
    load = replace(LOAD, busiest_hour=0.15, largest=5000, tracking_seconds=5)
    answer = rows(load, replace(USE, submission_seconds=0.4), SHIPPED, reserved=96)
    assert verdict(answer).startswith("everything holds"), table(load, answer)


@pytest.mark.parametrize(
    "wrong",
    [
        {"suppliers": 0},
        {"invoices": -1},
        {"busiest_hour": 0.01},
        {"busiest_hour": 1.5},
        {"scans": 1.1},
        {"hours": 25},
        {"textract_tps": 0},
        {"largest": 200_001},
        {"latency": -0.1},
    ],
)
def test_a_load_that_cannot_be_is_refused_with_its_name(wrong: dict[str, float]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=name):
        replace(LOAD, **wrong)  # type: ignore[arg-type]


def test_the_use_of_an_invoice_is_measured_with_its_moves_in_the_due_index() -> None:
    """Two moves at least: it becomes due, and it is claimed. Both are updates of the record, not puts."""
    use = measured_use()
    assert use.due_units >= 4
    assert use.write_units > 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--submission-concurrency", "0"], "submission_concurrency"),
        (["--environment", "no-such"], "there is no such file"),
        (["--scans", "2"], "scans is a share"),
    ],
)
def test_an_impossible_argument_is_refused_and_not_replaced(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err
