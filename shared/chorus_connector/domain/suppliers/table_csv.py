"""Import and export of a correspondence table as a CSV file; bad lines are refused one by one.

Size limits apply before anything is parsed. A cell that a spreadsheet would run as a formula is written with a leading
apostrophe; the import removes it, so an exported file imports unchanged.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import matching_form
from chorus_connector.domain.suppliers.tables import TableKind, TableRow

MAX_CSV_BYTES = 1024 * 1024
MAX_ROWS = 10_000
MAX_CELL = 1000

COLUMNS: dict[TableKind, tuple[str, ...]] = {
    "recipients": ("label", "siret"),
    "services": ("recipient_siret", "label", "service_code"),
    "users": ("label", "principal"),
    "bank": ("label", "bank_account"),
}
_BOM = "\ufeff"
_SEPARATORS = ";,"
# characters with which a spreadsheet formula can start (also full-width); the guard escapes itself too
_RUNNABLE = "=+-@\t\r\n＝＋－＠"
_GUARD = "'"


@dataclass(frozen=True)
class CsvLine:
    """The cells of one line, by our column names. ``number`` is its first line in the file; the header is line 1."""

    number: int
    label: str
    value: str
    scope: str = ""


@dataclass(frozen=True)
class Suggestion:
    """A value that may be meant: a SIRET or a service code, with its name and its place."""

    value: str
    name: str
    postal_code: str = ""
    town: str = ""


@dataclass(frozen=True)
class RefusedCsvLine:
    """A line that was not imported, the reasons, and what the directory offers instead."""

    line: int
    problems: tuple[Problem, ...]
    suggestions: tuple[Suggestion, ...] = ()


def read_csv(kind: TableKind, data: bytes) -> Iterator[CsvLine | RefusedCsvLine]:
    """The lines of a file; a bad line gives the reasons instead. Raises Invalid when the whole file is unusable."""
    text = _decoded(data)
    header, separator = _header(kind, text)
    # strict: a quote that never closes is an error, not a cell that swallows the rest
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    next(reader)
    return _lines(kind, header, reader)


def write_csv(kind: TableKind, rows: Iterable[TableRow]) -> str:
    """The rows as a CSV file that spreadsheets open directly: UTF-8 with byte order mark, separated by semicolons."""
    out = io.StringIO(newline="")
    out.write(_BOM)
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS[kind])
    for row in rows:
        cells = (row.scope, row.label, row.value) if kind == "services" else (row.label, row.value)
        writer.writerow([guarded(cell) for cell in cells])
    return out.getvalue()


def _decoded(data: bytes) -> str:
    if len(data) > MAX_CSV_BYTES:
        raise _unusable("csv_too_large", "Le fichier dépasse 1 Mo.", "The file is larger than 1 MB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unusable("csv_encoding", "Enregistrez le fichier en CSV UTF-8.", "Save the file as UTF-8 CSV.") from None
    if "\0" in text:
        raise _unusable("csv_encoding", "Ce n'est pas un fichier texte.", "This is not a text file.")
    return text


def _header(kind: TableKind, text: str) -> tuple[tuple[str, ...], str]:
    wanted = COLUMNS[kind]
    first = text.split("\n", 1)[0].rstrip("\r")[:MAX_CELL]
    for separator in _SEPARATORS:
        cells = tuple(matching_form(cell.strip().strip('"')) for cell in first.split(separator))
        if len(cells) == len(wanted) and set(cells) == set(wanted):
            return cells, separator
    names = " ; ".join(wanted)
    raise _unusable(
        "csv_header",
        f"La première ligne doit nommer les colonnes : {names}.",
        f"The first line must name the columns: {names}.",
    )


def _lines(kind: TableKind, header: tuple[str, ...], reader: Iterator[list[str]]) -> Iterator[CsvLine | RefusedCsvLine]:
    count, number = 0, 2
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield RefusedCsvLine(number, (_malformed(),))  # after an unclosed quote no line can be recognised
            return
        begins, number = number, reader.line_num + 1  # type: ignore[attr-defined]  # csv readers count their lines
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MAX_ROWS:
            yield RefusedCsvLine(begins, (_too_many(),))
            return
        yield _line(kind, header, cells, begins)


def _line(kind: TableKind, header: tuple[str, ...], cells: list[str], number: int) -> CsvLine | RefusedCsvLine:
    if len(cells) != len(header):
        return RefusedCsvLine(number, (_wrong_columns(len(header)),))
    if any(len(cell) > MAX_CELL for cell in cells):
        return RefusedCsvLine(number, (_cell_too_long(),))
    named = dict(zip(header, (_unguarded(cell) for cell in cells), strict=True))
    scope = named["recipient_siret"] if kind == "services" else ""
    return CsvLine(number, label=named["label"], value=named[COLUMNS[kind][-1]], scope=scope)


def guarded(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would run it as a formula."""
    return _GUARD + cell if cell[:1] and cell[0] in _RUNNABLE + _GUARD else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == _GUARD and cell[1:2] and cell[1] in _RUNNABLE + _GUARD else cell


def _unusable(code: str, fr: str, en: str) -> Invalid:
    return Invalid.about(Problem(field=None, code=code, fr=fr, en=en))


def _malformed() -> Problem:
    return Problem(
        field=None,
        code="csv_malformed",
        fr="Guillemets mal fermés : la suite du fichier n'a pas été lue.",
        en="Quotes are not closed: the rest of the file was not read.",
    )


def _too_many() -> Problem:
    return Problem(
        field=None,
        code="csv_too_many_rows",
        fr=f"Plus de {MAX_ROWS} lignes : la suite du fichier n'a pas été lue, partagez-le.",
        en=f"More than {MAX_ROWS} rows: the rest of the file was not read, split it.",
    )


def _wrong_columns(wanted: int) -> Problem:
    return Problem(
        field=None,
        code="csv_columns",
        fr=f"Cette ligne n'a pas {wanted} colonnes.",
        en=f"This line does not have {wanted} columns.",
    )


def _cell_too_long() -> Problem:
    return Problem(
        field=None,
        code="csv_cell_too_long",
        fr=f"Une cellule dépasse {MAX_CELL} caractères.",
        en=f"A cell is longer than {MAX_CELL} characters.",
    )
