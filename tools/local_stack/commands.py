"""The commands `chorus-connector local …`: a second person, and the clock of a local stack that `up` has started.

Each acts on the stack that CHORUS_STACK names, else on the one that was started last.
"""

import json
import os
import re
import shlex
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

local = typer.Typer(help="A local stack that « up » has started: its people, its ten minutes, its night.")
_screen = Console(stderr=True)
_PATIENCE = 60.0

PrintEnvironment = Annotated[
    bool, typer.Option("--print-env", help="Print shell variables, for eval, and nothing else on stdout.")
]


@local.command()
def person(
    name: Annotated[str, typer.Argument(help="A user name, such as north; the call may be repeated.")],
    group: Annotated[list[str] | None, typer.Option(help="A group that the person is in; may be repeated.")] = None,
    print_env: PrintEnvironment = False,
) -> None:
    """Create a person who can sign in, and print the person's id and a token that lasts for an hour.

    The person has no right yet: PUT …/configuration/access/ID gives one.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,40}", name):
        raise typer.BadParameter("a name has letters, digits, - and _, and begins with a letter")
    from tools.local_stack.deployed import password  # noqa: PLC0415  (boto3: only this command)

    stack = _stack().deployed()
    token = stack.user_token(name, groups=tuple(group or ()))
    variable = name.replace("-", "_")
    values = {variable: token, f"{variable}_id": stack.subject(token)}
    if print_env:
        print_exports(values)
        return
    print(f"Id         {values[f'{variable}_id']}")
    print(f"Token      {token}")
    print(f"Password   {password(name)}  (at the console)")


@local.command("ten-minutes")
def ten_minutes() -> None:
    """Bring the ten-minute run forward: submit what is due, then poll what was submitted."""
    print(json.dumps(_stack().deployed().run_schedule_now()))


@local.command()
def night(
    supplier: Annotated[list[str] | None, typer.Option(help="A supplier's id; every Local one without it.")] = None,
) -> None:
    """Bring the nightly run forward for suppliers in loading mode `local`, and wait until it has retrieved."""
    stack = _stack().deployed()
    _act_as_operator(stack.operator_environment())
    started = datetime.now(UTC)
    due = _make_due(supplier, started)
    if not due:
        _refuse('no supplier is in loading mode local: PATCH /suppliers/{id} {"loading_mode": "local"}')
    stack.run_night_now()
    missing = _await_retrieval(due, since=started)
    for supplier_id in due:
        print(f"{supplier_id}  {'not retrieved yet' if supplier_id in missing else 'retrieved'}")
    raise typer.Exit(1 if missing else 0)


@local.command("tour-files")
def tour_files(folder: Annotated[Path, typer.Argument(help="The folder to write the PDFs to.")]) -> None:
    """Write the invoices of docs/tour.md and docs/messages_tour.md, to walk them by hand."""
    from tools.invoice_generator.tour import MESSAGES_TOUR, tour_invoices  # noqa: PLC0415  (the generator takes a second)

    folder.mkdir(parents=True, exist_ok=True)
    for name, data in {**tour_invoices(), **tour_invoices(MESSAGES_TOUR)}.items():
        (folder / name).write_bytes(data)
        print(folder / name)


def print_exports(values: Mapping[str, str]) -> None:
    """Print the values as lines that a shell evaluates."""
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")


def _stack() -> Any:
    from tools.local_stack.running import NoStack, running_stack_of  # noqa: PLC0415  (boto3: only these commands)

    try:
        return running_stack_of(os.environ)
    except NoStack as error:
        _refuse(str(error))


def _act_as_operator(environment: Mapping[str, str]) -> None:
    import boto3  # noqa: PLC0415

    from tools.operations.installation import attach  # noqa: PLC0415

    os.environ.update(environment)
    attach(environment["CHORUS_ENVIRONMENT"], boto3.client("lambda"))


def _make_due(wanted: Iterable[str] | None, now: datetime) -> list[str]:
    """Make the nightly run of the Local suppliers due; returns their ids."""
    from chorus_connector.domain.errors import NotFound  # noqa: PLC0415
    from chorus_connector.ports.values import SupplierWork  # noqa: PLC0415
    from chorus_connector.wiring.tenant import Tenant  # noqa: PLC0415
    from tools.operations.installation import every_supplier  # noqa: PLC0415

    due = []
    for supplier_id in wanted or every_supplier():
        tenant = Tenant(SupplierWork(supplier_id))
        try:
            is_local = tenant.suppliers.get().loading_mode == "local"
        except NotFound:
            _refuse(f"no supplier {supplier_id}")
        if is_local:
            progress = tenant.tracking_progress.get()
            tenant.tracking_progress.save(progress.model_copy(update={"nightly_due_at": now, "retry_at": None}))
            due.append(supplier_id)
    return due


def _await_retrieval(supplier_ids: Iterable[str], *, since: datetime) -> set[str]:
    """The suppliers whose records are not from after ``since`` when the patience ends."""
    from chorus_connector.ports.values import SupplierWork  # noqa: PLC0415
    from chorus_connector.wiring.tenant import Tenant  # noqa: PLC0415

    missing, deadline = set(supplier_ids), time.monotonic() + _PATIENCE
    while missing and time.monotonic() < deadline:
        time.sleep(0.2)
        for supplier_id in tuple(missing):
            retrieved = Tenant(SupplierWork(supplier_id)).tracking_progress.get().retrieved_at
            if retrieved is not None and retrieved >= since:
                missing.discard(supplier_id)
    return missing


def _refuse(why: str) -> NoReturn:
    _screen.print(why, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(2)
