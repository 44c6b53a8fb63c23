"""The command line ``chorus-connector``: try the product, read invoices offline, run the stack or the simulator.

Progress and tables go to stderr, results to stdout, so that ``--json`` can be piped.
"""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tools.local_stack.commands import local, print_exports
from tools.operations.commands import operator

app = typer.Typer(help="Chorus Pro connector: suppliers' PDF invoices to the French public sector's portal.")
app.add_typer(operator)
app.add_typer(local, name="local")
_screen = Console(stderr=True)


@app.command()
def demo(
    invoices: Annotated[
        Path | None, typer.Option(help="A folder of PDFs; without it, the project's own samples.")
    ] = None,
    siret: Annotated[
        str | None,
        typer.Option(help="The SIRET of the supplier whose invoices these are; SCHEME-VALUE of one without SIRET."),
    ] = None,
    open_directory: Annotated[
        bool, typer.Option("--open-directory", help="The simulator accepts any well-formed recipient SIRET.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per file on stdout, nothing else.")] = False,
) -> None:
    """Run the main job on the local stack: upload, read, check, submit; one row per file."""
    from tools.demo import TRUSTS_SCANS, Row, Sample, run_demo  # noqa: PLC0415  (boto3 and the stack: only this command)

    if (invoices is None) != (siret is None):
        raise typer.BadParameter("--invoices and --siret go together")
    structures: list[dict[str, Any]] = []
    scheme: Any = "SIRET"
    if invoices is not None and siret is not None:
        files = sorted(path for path in invoices.iterdir() if path.suffix.lower() == ".pdf")
        if not files:
            raise typer.BadParameter(f"no PDF in {invoices}")
        samples, name = [Sample(path.name, path.read_bytes()) for path in files], "Fournisseur"
        scheme, siret = _identifier(siret)
    else:
        samples, siret, name, structures = _own_samples()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_screen, transient=True) as bar:
        task = bar.add_task("", total=None)
        rows: list[Row] = run_demo(
            samples,
            siret=siret,
            scheme=scheme,
            supplier_name=name,
            structures=structures,
            open_directory=open_directory,
            confidence_threshold=TRUSTS_SCANS if invoices is None else None,
            progress=lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None),
        )
    if as_json:
        for row in rows:
            print(json.dumps(asdict(row), ensure_ascii=False))
    else:
        _paper().print(_table(rows))
    _screen.print(
        "This stack has ended, and the portal with it. To look at invoices like these in the console, in a browser: "
        "« .venv/bin/chorus-connector up --samples » keeps one running and prints its address, a user name and a "
        "password.",
        highlight=False,
    )


def _identifier(text: str) -> tuple[Any, str]:
    """The scheme and the value of ``RIDET-0123456001``, or of a SIRET alone."""
    from chorus_connector.domain.errors import Invalid  # noqa: PLC0415
    from chorus_connector.domain.suppliers.identifier import supplier_identifier  # noqa: PLC0415

    named, _, value = text.rpartition("-") if text[:1].isalpha() else ("SIRET", "", text)
    try:
        identifier = supplier_identifier(named, value, strict_siret=False)  # type: ignore[arg-type]  # any word
    except (Invalid, KeyError) as error:
        raise typer.BadParameter(f"--siret is a SIRET, or for example RIDET-0123456001: {text}") from error
    return identifier.scheme, identifier.value


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(help="PDF files.", exists=True, dir_okay=False)],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object per line instead of a table.")] = False,
    ocr: Annotated[str, typer.Option(help="auto, never or always.")] = "auto",
    layouts: Annotated[
        Path | None, typer.Option(help="A file that « teach » wrote: the supplier's layouts.", exists=True)
    ] = None,
) -> None:
    """Read invoices offline: every field with its value, confidence, source and place."""
    from chorus_connector.domain.reading.unattended import unattended  # noqa: PLC0415  (only this command)
    from tools.read_files import read_pdf  # noqa: PLC0415  (pdfium and the OCR engine: only this command)
    from tools.teach_files import Mismatch, layouts_in  # noqa: PLC0415

    mode = _ocr_mode(ocr)
    try:
        known = layouts_in(layouts) if layouts else ()
    except Mismatch as error:
        raise typer.BadParameter(str(error)) from error
    for path in files:
        reading = read_pdf(path.read_bytes(), mode, known)
        shown = reading.model_dump(mode="json", include={"fields", "problems", "layout", "xml"})
        for field in shown["fields"].values():
            field.pop("label_box", None)
        if jsonl:
            alone = unattended(reading.fields, reading.problems, reading.layout)
            print(json.dumps({"file": path.name, **shown, "unattended": alone}, ensure_ascii=False), flush=True)
        else:
            _paper().print(_reading_table(path.name, shown))


@app.command()
def teach(
    files: Annotated[list[Path], typer.Argument(help="PDF files of one supplier, oldest first.", exists=True)],
    truth: Annotated[
        Path, typer.Option(help="The folder of the confirmed values: <stem>.json with « fields ».", exists=True)
    ],
    out: Annotated[Path, typer.Option(help="The file of layouts to write.")],
    ocr: Annotated[str, typer.Option(help="auto, never or always.")] = "auto",
) -> None:
    """Learn the layouts of one supplier from confirmed invoices, for « read --layouts »."""
    from tools.teach_files import Mismatch, teach_files  # noqa: PLC0415  (pdfium and the OCR engine: only these)

    try:
        learnt, notes = teach_files(files, truth, _ocr_mode(ocr))
    except Mismatch as error:
        _screen.print(f"Not taught: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    for note in notes:
        _screen.print(note, style="yellow", markup=False, highlight=False, soft_wrap=True)
    whole = out.with_name(f".{out.name}.part")
    whole.write_text(learnt.model_dump_json(indent=1), encoding="utf-8")
    whole.replace(out)
    for layout in learnt.layouts:
        _screen.print(f"{layout.layout_id}: {layout.confirmed} confirmed", highlight=False)


def _ocr_mode(ocr: str) -> Any:
    if ocr not in ("auto", "never", "always"):
        raise typer.BadParameter("--ocr is auto, never or always")
    return ocr


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="The stack's port; free ones are chosen without it.")] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the stack's state in this folder and go on with what is there.")
    ] = None,
    print_env: Annotated[
        bool,
        typer.Option(
            "--print-env",
            help='For eval "$(chorus-connector up --print-env)": print shell variables of the stack that runs, or '
            "start one in the background; « down » ends it.",
        ),
    ] = False,
    samples: Annotated[
        bool, typer.Option("--samples", help="Make a supplier with documents in every state, to look at.")
    ] = False,
) -> None:
    """Keep the local stack running, with its URLs and a token, until Ctrl-C."""
    if print_env:
        _print_environment(port, keep, samples=samples)
        return
    from tools.demo import CREDENTIALS, running_stack, seed  # noqa: PLC0415
    from tools.local_stack.deployed import ADMINISTRATOR, password  # noqa: PLC0415
    from tools.local_stack.running import RunningStack, noted  # noqa: PLC0415
    from tools.local_stack.temporary import temporary_folder  # noqa: PLC0415

    own = _own_data()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # « down » ends it as Ctrl-C does
    with ExitStack() as running:
        folder = keep or running.enter_context(temporary_folder("up"))
        stack, simulator = running.enter_context(
            running_stack(folder, open_directory=True, port=port, keep=keep is not None)
        )
        siret, name = own["supplier"]["siret"], own["supplier"]["name"]
        seed(simulator.base_url, siret=siret, name=name, structures=own["recipients"])
        print(f"State      {_state(keep, stack.resumed)}")
        print(f"API        {stack.api_url}")
        print(f"Console    {stack.console_url}")
        print(f"           user name {ADMINISTRATOR}, password {password(ADMINISTRATOR)}")
        print(f"AWS        {stack.endpoint_url}  (key and secret: test)")
        print(f"Textract   {stack.textract_url}")
        print(f"Simulator  {simulator.base_url}  (admin under /_admin)")
        print(f"Supplier   SIRET {siret}, known to the simulator with these credentials:")
        print(f"           {json.dumps(CREDENTIALS)}")
        print(f"Token      {stack.admin_token()}")
        if samples:
            print(f"Samples    supplier {_samples(stack, simulator.base_url)}")
        print('Shell      eval "$(chorus-connector up --print-env)" in another terminal sets API, TOKEN, SIRET …')
        print("More       chorus-connector local --help: a second person, the ten minutes, the night", flush=True)
        note = RunningStack(
            os.getpid(), stack.port, stack.textract_port, simulator.base_url, stack.outputs, siret, CREDENTIALS
        )
        running.enter_context(noted(note))
        wait_for_interrupt(lambda: stack.broken)


def _samples(stack: Any, simulator_url: str) -> str:
    from tools.samples import make_samples  # noqa: PLC0415  (the generator of invoices takes a second)

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=_screen, transient=True) as bar:
        task = bar.add_task("", total=None)
        return make_samples(stack, simulator_url, progress=lambda what: bar.update(task, description=what))


@app.command()
def down() -> None:
    """End the local stack that « up » has started: the one that CHORUS_STACK names, else the last one."""
    from tools.local_stack.background import end  # noqa: PLC0415
    from tools.local_stack.running import NoStack, running_stack_of  # noqa: PLC0415

    try:
        end(running_stack_of(os.environ))
    except NoStack as error:
        raise typer.BadParameter(str(error)) from error


def _print_environment(port: int | None, keep: Path | None, *, samples: bool) -> None:
    from tools.local_stack.background import NotStarted, start  # noqa: PLC0415
    from tools.local_stack.running import NoStack, StackInUse, stack_to_print  # noqa: PLC0415

    try:
        stack = stack_to_print(os.environ, port=port, keep=keep)
        if stack is None:
            arguments = [*(["--port", str(port)] if port else []), *(["--keep", str(keep)] if keep else [])]
            stack = start([*arguments, *(["--samples"] if samples else [])])
            _screen.print("the stack runs in the background: « chorus-connector down » ends it", highlight=False)
        elif samples:
            raise typer.BadParameter("a stack runs already: end it first (« down »), or start one without --samples")
    except (NoStack, StackInUse) as error:
        raise typer.BadParameter(str(error)) from error
    except NotStarted as error:
        _screen.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    print_exports(stack.environment())


@app.command()
def simulate(
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8700,
    scenario: Annotated[Path | None, typer.Option(help="A scenario file (see docs/simulator.md).")] = None,
    open_directory: Annotated[
        bool, typer.Option("--open-directory", help="Any well-formed SIRET is a recipient.")
    ] = False,
) -> None:
    """Run the Chorus Pro simulator alone: token at /api/oauth/token, operations under /cpro/."""
    from tools.simulator.__main__ import run  # noqa: PLC0415

    run(port=port, scenario=scenario, open_directory=open_directory)


def _state(keep: Path | None, resumed: Any) -> str:
    """Describe where the state is kept and what was loaded; the simulator always starts empty."""
    if keep is None:
        return "in a temporary folder, deleted at the end (--keep FOLDER keeps it), like the simulator's"
    if resumed is None:
        return f"new, kept in {keep}, written every few seconds; the simulator's is not kept"
    when = f"{resumed.at.astimezone():%Y-%m-%d %H:%M:%S}"
    if resumed.orderly:
        return f"from {keep}, complete, as of {when}; the simulator starts empty"
    return f"from {keep}, as of {when}: the emulator was killed, later changes are lost; the simulator starts empty"


def _own_samples() -> tuple[list[Any], str, str, list[dict[str, Any]]]:
    """The project's own invoices, their supplier, and the public structures they are sent to."""
    from chorus_connector.domain.paris import day_in_paris  # noqa: PLC0415
    from tools.demo import Sample  # noqa: PLC0415
    from tools.invoice_generator import demo as own  # noqa: PLC0415

    drawn = own.demo_samples(day_in_paris(datetime.now(UTC)))
    samples = [Sample(name, data) for name, data, _ in drawn]
    return samples, own.DEMO_SUPPLIER["siret"], own.DEMO_SUPPLIER["name"], own.DEMO_RECIPIENTS


def _own_data() -> dict[str, Any]:
    """The demonstration's supplier and recipients, read without importing the generator, which takes a second."""
    from tools.local_stack.synthesis import ROOT  # noqa: PLC0415

    data: dict[str, Any] = json.loads((ROOT / "tools/invoice_generator/demo_data.json").read_text(encoding="utf-8"))
    return data


def _paper() -> Console:
    """The console for results: as wide as the terminal, or 180 columns in a log."""
    return Console() if sys.stdout.isatty() else Console(width=180)


def _table(rows: list[Any]) -> Table:
    table = Table(title="Chorus Pro connector")
    for heading in (
        "file",
        "state",
        "number",
        "recipient",
        "service",
        "engagement",
        "TTC €",
        "Chorus id",
        "portal / why not",
    ):
        table.add_column(heading, overflow="fold")
    for row in rows:
        why = row.portal_status or "; ".join(f"{each['field'] or 'document'}: {each['text']}" for each in row.problems)
        values = (
            row.invoice_number,
            row.recipient_siret,
            row.service_code,
            row.engagement_number,
            row.total_ttc,
            str(row.chorus_id or ""),
        )
        colour = "green" if row.state == "SUBMITTED" else "yellow"
        table.add_row(row.file, f"[{colour}]{row.state}[/]", *(value or "—" for value in values), why)
    return table


def _reading_table(name: str, shown: dict[str, Any]) -> Table:
    table = Table("field", "value", "confidence", "source", "page", title=name)
    for field, read_field in shown["fields"].items():
        value = read_field["value"]
        text = (
            value if isinstance(value, str) else "; ".join(f"{v['rate']} % {v['base']} → {v['amount']}" for v in value)
        )
        page = str(read_field["page"] or "")
        table.add_row(field, text, f"{read_field['confidence']:.2f}", read_field["source"], page)
    for problem in shown["problems"]:
        table.add_row(f"[yellow]{problem['field'] or 'document'}[/]", problem["fr"], "", problem["code"], "")
    return table


def wait_for_interrupt(broken: Callable[[], bool], *, every: float = 1) -> None:
    """Wait until Ctrl-C. Exits with code 1 when the stack has broken, so that the user sees why it does not answer."""
    never = threading.Event()
    try:
        while not broken():
            never.wait(every)
    except KeyboardInterrupt:
        _screen.print("stopping")
        return
    _screen.print("a process of the stack was killed, or ended by itself: start it again", style="red")
    raise typer.Exit(1)


def keep_logs_off_stdout(logger: Any = None) -> None:
    """Send the product's log, from warnings up, to stderr: it logs to stdout, which belongs to a command's results."""
    from aws_lambda_powertools import Logger  # noqa: PLC0415  (configured before the product's code is imported)

    handlers: list[Any] = (logger or Logger()).handlers
    for handler in handlers:
        handler.setStream(sys.stderr)
        handler.setLevel(logging.WARNING)


def main() -> None:
    """Entry point of ``chorus-connector``."""
    keep_logs_off_stdout()
    try:
        app()
    except Exception as error:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (only when something went wrong)

        if not isinstance(error, (BotoCoreError, ClientError)):
            raise
        # botocore's own sentence begins with the name of the operation that was called
        answer = error.response["Error"] if isinstance(error, ClientError) else {}
        reason = f"{answer['Message']} ({answer['Code']})" if answer.get("Message") else str(error)
        _screen.print(f"AWS: {reason}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
