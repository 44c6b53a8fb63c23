"""Labels, rows and CSV files: what matches, what is refused, and that a file comes back as it went."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import Invalid, NotFound
from chorus_connector.domain.suppliers.matching import matching_form
from chorus_connector.domain.suppliers.table_csv import (
    COLUMNS,
    MAX_CSV_BYTES,
    MAX_ROWS,
    CsvLine,
    RefusedCsvLine,
    read_csv,
    write_csv,
)
from chorus_connector.domain.suppliers.tables import TableKind, beginning_of_keys, decode_row_id, encode_row_id, new_row
from tests.builders import NOW, TOWN_SIRET


@pytest.mark.row("S36")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mairie de Lyon", "MAIRIE DE LYON"),
        ("Préfecture", "prefecture"),
        ("Ville  de\tNîmes ", "ville de nimes"),
        ("Œuvres n°5", "œuvres n°5"),
        ("Mairie\u00a0de Lyon", "mairie de lyon"),
        ("ﬁnances", "FINANCES"),
        ("Mairie d'Annecy", "Mairie d’Annecy"),
        ("Mairie d´Annecy", "mairie d annecy"),
        ("Saint-Étienne", "Saint Etienne"),
        ("Saint–Étienne", "SAINT‑ÉTIENNE"),
        ("Œuvres", "Oeuvres"),
        ("Cæsar", "Caesar"),
        (" - Mairie :", "Mairie"),
        ("« Mairie »", "Mairie"),
        ('Pôle "Petite enfance"', "Pôle « Petite enfance »"),
        ("Bon de commande\u200b", "\ufeffBon de commande"),
        ("École n° 3", "ecole nº 3"),
        ("/Clients/", "Clients"),
    ],
)
def test_case_accents_apostrophes_hyphens_quotes_spaces_and_outer_separators_do_not_count(one: str, other: str) -> None:
    assert matching_form(one) == matching_form(other)


@pytest.mark.row("S36")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mairie de Lyon", "Mairie de Lyon 3"),
        ("Saint-Denis", "Saintdenis"),
        ("Clients/2026", "Clients 2026"),
        ("bon_de_commande", "bon de commande"),
        ("CHU", "C.H.U."),
        ("Lyon", "Lyom"),
    ],
)
def test_nothing_else_is_taken_for_the_same(one: str, other: str) -> None:
    assert matching_form(one) != matching_form(other)


@given(st.text(max_size=60))
def test_the_matching_form_of_a_matching_form_is_itself(text: str) -> None:
    assert matching_form(matching_form(text)) == matching_form(text)


@given(st.text(max_size=60).map(matching_form))
def test_a_row_id_is_one_url_segment_and_leads_back_to_its_key(key: str) -> None:
    row_id = encode_row_id(key)
    assert row_id.replace("-", "").replace("_", "").isalnum() or row_id == ""
    assert decode_row_id(row_id) == key


@pytest.mark.parametrize("row_id", ["é", "a", "////", "_w", "YWFh" * 400])
def test_an_id_that_is_none_of_ours_is_not_found(row_id: str) -> None:
    with pytest.raises(NotFound):
        decode_row_id(row_id)


@pytest.mark.row("S38")
@pytest.mark.parametrize(
    ("kind", "label", "value", "scope", "code"),
    [
        ("recipients", "", TOWN_SIRET, "", "label"),
        ("recipients", "x" * 201, TOWN_SIRET, "", "label"),
        ("recipients", "Coll\ufffdge", TOWN_SIRET, "", "label"),
        ("recipients", "ﷺ" * 190, TOWN_SIRET, "", "label"),
        ("recipients", "a\0b", TOWN_SIRET, "", "label"),
        ("recipients", "a\ud800", TOWN_SIRET, "", "label"),
        ("users", "Nord", "a\ud800", "", "value"),
        ("recipients", "Mairie", "123", "", "not_a_siret"),
        ("recipients", "Mairie", TOWN_SIRET, TOWN_SIRET, "not_here"),
        ("services", "Finances", "FIN", "", "not_a_siret"),
        ("services", "Finances", "", TOWN_SIRET, "value"),
        ("bank", "Compte", "FR76", "", "bank_account"),
        ("users", "Nord", "alice#x", "", "value"),
    ],
)
def test_a_row_that_is_not_well_formed_is_refused(
    kind: TableKind, label: str, value: str, scope: str, code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        new_row(kind, label=label, value=value, scope=scope, by="alice", now=NOW)
    assert [problem.code for problem in refusal.value.problems] == [code]


def lines_of(kind: TableKind, text: str | bytes) -> list[CsvLine | RefusedCsvLine]:
    return list(read_csv(kind, text.encode() if isinstance(text, str) else text))


def refused(lines: list[CsvLine | RefusedCsvLine]) -> list[tuple[int, str]]:
    return [(each.line, each.problems[0].code) for each in lines if isinstance(each, RefusedCsvLine)]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("header", ["label;siret", '"SIRET";"Label"', "Label,Siret"])
def test_files_come_with_or_without_a_mark_and_with_either_separator(mark: str, end: str, header: str) -> None:
    separator = ";" if ";" in header else ","
    cells = ["Mairie", "123"] if header.lower().startswith("label") else ["123", "Mairie"]
    assert lines_of("recipients", f"{mark}{header}{end}{separator.join(cells)}{end}") == [CsvLine(2, "Mairie", "123")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"label;siret\n" + b"x" * MAX_CSV_BYTES, "csv_too_large"),
        (b"\x1f\x8b\x08\x00\xff\xfe", "csv_encoding"),
        (b"label;siret\nMairie\0;1", "csv_encoding"),
        ("label;siret\nPréfecture;1".encode("cp1252"), "csv_encoding"),
        (b"", "csv_header"),
        (b"label;code\nMairie;1", "csv_header"),
        (b"label\nMairie", "csv_header"),
        (b"Mairie;12345678901234\n", "csv_header"),
        (b"label;label\n1;2", "csv_header"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_as_a_whole(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        lines_of("recipients", data)
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_each_refused_line_is_named_by_its_number_and_the_others_are_kept() -> None:
    text = 'label;siret\nMairie;1\nonly one\n\n"two\nlines";2\na;b;c\n' + "x" * 1001 + ";3\nlast;4\n"
    lines = lines_of("recipients", text)
    assert refused(lines) == [(3, "csv_columns"), (7, "csv_columns"), (8, "csv_cell_too_long")]
    kept = [(each.number, each.label) for each in lines if isinstance(each, CsvLine)]
    assert kept == [(2, "Mairie"), (5, "two\nlines"), (9, "last")]


def test_a_quote_that_never_closes_does_not_swallow_what_came_before() -> None:
    lines = lines_of("recipients", 'label;siret\nMairie;1\n"open;2\nnext;3\n')
    assert refused(lines) == [(3, "csv_malformed")]
    assert lines[0] == CsvLine(2, "Mairie", "1")


def test_a_bomb_of_rows_stops_at_the_limit() -> None:
    lines = lines_of("recipients", "label;siret\n" + "a;1\n" * (MAX_ROWS + 500))
    assert len(lines) == MAX_ROWS + 1
    assert refused(lines) == [(MAX_ROWS + 2, "csv_too_many_rows")]


@pytest.mark.parametrize("label", ["=cmd|'/c calc'!A0", "+33", "-2", "@SUM(A1)", "＝1", "'=1", "''+"])
def test_an_export_holds_no_formula_and_imports_as_it_was(label: str) -> None:
    row = new_row("recipients", label=label, value=TOWN_SIRET, by="alice", now=NOW)
    written = write_csv("recipients", [row])
    cell = written.split("\r\n")[1].split(";")[0].strip('"')
    assert cell[0] not in "=+-@\t\r＝＋－＠"
    assert lines_of("recipients", written) == [CsvLine(2, label, TOWN_SIRET)]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40)))
def test_what_is_exported_imports_as_it_was(labels: list[str]) -> None:
    rows = [
        new_row("services", label=label, value="FIN", scope=TOWN_SIRET, by="alice", now=NOW)
        for label in labels
        if matching_form(label)
    ]
    back = lines_of("services", write_csv("services", rows))
    assert [(each.label, each.value, each.scope) for each in back if isinstance(each, CsvLine)] == [
        (row.label, row.value, row.scope) for row in rows
    ]


@given(st.binary(max_size=300), st.sampled_from(sorted(COLUMNS)))
def test_no_bytes_bring_the_reader_down(data: bytes, kind: TableKind) -> None:
    with suppress(Invalid):
        list(read_csv(kind, ";".join(COLUMNS[kind]).encode() + b"\n" + data))


def test_a_file_of_one_megabyte_is_read_and_one_byte_more_is_too_large() -> None:
    header = b"label;siret\n"
    full = header + b"\n" * (1024 * 1024 - len(header))
    assert list(read_csv("recipients", full)) == []
    with pytest.raises(Invalid) as refusal:
        list(read_csv("recipients", full + b"\n"))
    assert [problem.code for problem in refusal.value.problems] == ["csv_too_large"]


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        ("recipients", "  MAIRIE d’A", "mairie d a"),
        ("bank", "", ""),
        ("services", "210 000 311", "210000311"),
        ("users", " group:compta ", "group:compta"),
    ],
)
def test_rows_are_searched_by_what_their_keys_begin_with(kind: TableKind, typed: str, expected: str) -> None:
    assert beginning_of_keys(kind, typed) == expected
