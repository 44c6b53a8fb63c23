"""The operator's commands of ``chorus-connector``, which act on a deployed installation.

They use the operator's own AWS credentials. Without ``--environment``, the variable CHORUS_ENVIRONMENT names the
installation. A command that changes something first prints what it would do. Results go to stdout, everything else to
stderr.
"""

import getpass
import json
import os
import shlex
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

operator = typer.Typer()
layouts = typer.Typer(help="The designs of a supplier's invoices that confirmed documents taught.")
operator.add_typer(layouts, name="layouts")
_screen = Console(stderr=True)

Environment = Annotated[str, typer.Option(envvar="CHORUS_ENVIRONMENT", help="local, dev, qualification, production…")]
ConfigurationFile = Annotated[
    Path | None, typer.Option("--config", help="Its configuration; config/<environment>.toml without it.")
]
_SIGNS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "wrong": "[red]✗[/]", "unknown": "[dim]?[/]"}
SupplierId = Annotated[str, typer.Argument(help="The supplier's id.")]
LayoutId = Annotated[str, typer.Argument(help="The layout's id.")]


@operator.command()
def doctor(
    environment: Environment,
    supplier: Annotated[list[str] | None, typer.Option(help="A supplier's id; all of them without it.")] = None,
    lang: Annotated[str, typer.Option(help="fr or en.", envvar="CHORUS_LANG")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per supplier on stdout.")] = False,
    other_token_url: Annotated[
        str | None, typer.Option(hidden=True, help="The token endpoint that the keys may belong to by mistake.")
    ] = None,
) -> None:
    """Check each supplier and print, for each failed check, who must do what, where. Exit code 1: a check failed."""
    _attach(environment)
    from chorus_connector.domain.errors import NotFound  # noqa: PLC0415
    from tools.operations import doctor as checks  # noqa: PLC0415
    from tools.operations.installation import every_supplier  # noqa: PLC0415

    if lang not in {"fr", "en"}:
        raise typer.BadParameter("--lang is fr or en")
    all_healthy, seen = True, False
    for supplier_id in supplier or every_supplier():
        seen = True
        try:
            findings = checks.examine(supplier_id, other_token_url=other_token_url)
        except NotFound:
            raise typer.BadParameter(f"no supplier {supplier_id}") from None
        all_healthy &= checks.healthy(findings)
        if as_json:
            print(json.dumps(checks.as_json(supplier_id, findings), ensure_ascii=False), flush=True)
        else:
            output = Console(soft_wrap=True)
            output.print(f"[bold]{supplier_id}[/]")
            for line in checks.lines(findings, "fr" if lang == "fr" else "en"):
                output.print(f"  {line}", highlight=False)
    if not seen:
        _screen.print(f"the installation {environment} has no supplier yet")
    raise typer.Exit(0 if all_healthy else 1)


@operator.command()
def history(
    environment: Environment,
    supplier: Annotated[str, typer.Option(help="The supplier's id.")],
    document: Annotated[str, typer.Option(help="The document's id: its lines' correlation_id in the log.")],
) -> None:
    """Print the state of one document and the reason, then its audit trail, oldest line first."""
    _attach(environment)
    from dataclasses import asdict  # noqa: PLC0415

    from chorus_connector.domain.errors import NotFound  # noqa: PLC0415
    from chorus_connector.ports.values import SupplierWork  # noqa: PLC0415
    from chorus_connector.wiring.tenant import Tenant  # noqa: PLC0415

    store = Tenant(SupplierWork(supplier)).invoices
    try:
        invoice = store.get(document)
    except NotFound:
        _refuse(f"no supplier {supplier}, or it has no document {document}")
    attempt = {"phase", "started_at", "channel", "invoice_number"}
    current = invoice.model_dump(mode="json", include={"state": True, "due_at": True, "attempt": attempt})
    problems = [{"field": each.field, "code": each.code} for each in invoice.problems]
    status = invoice.deposit.status if invoice.deposit else None
    print(json.dumps({"document_id": document, **current, "status": status, "problems": problems}))
    for event in store.events(document):
        print(json.dumps(asdict(event), default=str))


@operator.command()
def replay(
    *,
    environment: Environment,
    supplier: Annotated[str, typer.Option(help="The supplier's id.")],
    document: Annotated[str | None, typer.Option(help="One document's id.")] = None,
    state: Annotated[str | None, typer.Option(help="Only documents in this state, such as TO_COMPLETE.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only those that changed since then (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Only those that changed until then (UTC).")] = None,
    tell: Annotated[
        bool, typer.Option("--tell", help="Only send the notifications of its current state again.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")] = False,
) -> None:
    """Repeat the step that documents wait for. Refuses a document that may be at the portal, so none is sent twice."""
    variables = _attach(environment)
    from chorus_connector.domain.errors import ConnectorError, NotFound  # noqa: PLC0415
    from chorus_connector.domain.invoices.states import State  # noqa: PLC0415
    from chorus_connector.ports.values import SupplierWork  # noqa: PLC0415
    from chorus_connector.usecases.invoices.replay import Selection  # noqa: PLC0415
    from chorus_connector.wiring.tenant import Tenant  # noqa: PLC0415
    from tools.operations.replay import replay_for  # noqa: PLC0415

    if document is None and state is None and since is None:
        raise typer.BadParameter("say which: --document, --state or --since")
    if state is not None and state not in list(State):
        raise typer.BadParameter(f"--state is one of {', '.join(State)}")
    selection = Selection(document, State(state) if state else None, _utc(since), _utc(until))
    replayed = replay_for(supplier, installation=environment, queues=variables)
    try:
        # without this, a wrong id would look like a supplier without documents
        Tenant(SupplierWork(supplier)).suppliers.get()
        for outcome in replayed.run(selection, tell=tell, do=yes, now=datetime.now(UTC)):
            line = {"document_id": outcome.document_id, "state": outcome.state, "step": outcome.step}
            if (refusal := outcome.refusal) is not None:
                line |= {"refused": refusal.code, "fr": refusal.fr, "en": refusal.en}
            print(json.dumps(line, ensure_ascii=False), flush=True)
    except NotFound:
        _refuse(f"no supplier {supplier}" + (f", or it has no document {document}" if document else ""))
    except ConnectorError as error:
        _refuse(error.en)
    if not yes:
        _screen.print("nothing was done: say --yes")


@layouts.command("list")
def layouts_list(environment: Environment, supplier: SupplierId) -> None:
    """Print each layout of a supplier, the last seen first: how many confirmed it, how often it was right."""
    from chorus_connector.api.views.layouts import layout_view  # noqa: PLC0415
    from chorus_connector.domain.invoices.lessons import by_last_seen  # noqa: PLC0415

    for layout in by_last_seen(_layouts_of(environment, supplier).all().layouts):
        print(json.dumps(layout_view(layout)))


@layouts.command("show")
def layouts_show(environment: Environment, supplier: SupplierId, layout: LayoutId) -> None:
    """Print one layout: its fields, how often each was right, and the documents that taught it."""
    from chorus_connector.api.views.layouts import layout_details_view  # noqa: PLC0415
    from chorus_connector.domain.errors import NotFound  # noqa: PLC0415
    from chorus_connector.usecases.invoices.layouts import layout_of  # noqa: PLC0415

    try:
        found = layout_of(_layouts_of(environment, supplier).all().layouts, layout)
    except NotFound:
        _refuse(f"supplier {supplier} has no layout {layout}")
    print(json.dumps(layout_details_view(found, sees=lambda _: True), indent=1))


@layouts.command("forget")
def layouts_forget(
    environment: Environment,
    supplier: SupplierId,
    layout: LayoutId,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only print the layout.")] = False,
) -> None:
    """Delete a layout: the next document of the design is a new one. The audit trail names the operator."""
    from chorus_connector.usecases.invoices import layouts as usecases  # noqa: PLC0415

    layouts_show(environment, supplier, layout)
    if not yes:
        _screen.print("nothing was forgotten: say --yes")
        return
    by = f"operator:{getpass.getuser()}"
    usecases.forget_layout(_layouts_of(environment, supplier), layout, by=by, now=datetime.now(UTC))


def _layouts_of(environment: str, supplier: str) -> Any:
    """The store of the supplier's layouts. Ends the command when there is no such supplier."""
    _attach(environment)
    from chorus_connector.domain.errors import NotFound  # noqa: PLC0415
    from chorus_connector.ports.values import SupplierWork  # noqa: PLC0415
    from chorus_connector.wiring.tenant import Tenant  # noqa: PLC0415

    tenant = Tenant(SupplierWork(supplier))
    try:
        tenant.suppliers.get()
    except NotFound:
        _refuse(f"no supplier {supplier}")
    return tenant.layouts


@operator.command("export-tenant")
def export_tenant(
    environment: Environment,
    supplier: SupplierId,
    to: Annotated[Path, typer.Option(help="A folder, or a file that ends in .zip.")],
    files: Annotated[bool, typer.Option("--files", help="Export the files too, not only their keys.")] = False,
) -> None:
    """Export everything of a supplier, except secrets: records.jsonl, files.jsonl, and the files."""
    _attach(environment)
    from chorus_connector.domain.errors import NotFound  # noqa: PLC0415
    from tools.operations import tenants  # noqa: PLC0415

    try:
        done = tenants.export_tenant(supplier, to, with_files=files)
    except NotFound:
        _refuse(f"no supplier {supplier}")
    except OSError as error:
        _refuse(f"{to}: {error.strerror}")
    print(json.dumps({"records": done.records, "files": done.files, "bytes": done.bytes, "to": str(to)}))


@operator.command("erase-tenant")
def erase_tenant(
    environment: Environment,
    supplier: SupplierId,
    confirm: Annotated[
        str | None, typer.Option(help="The supplier's SIRET, or SCHEME-VALUE without one; it is then erased for good.")
    ] = None,
) -> None:
    """Print what an erasure would remove and must keep; with --confirm and its identifier, erase.

    It can be repeated if interrupted.
    """
    _attach(environment)
    from dataclasses import asdict  # noqa: PLC0415

    from chorus_connector.domain.errors import NotFound  # noqa: PLC0415
    from tools.operations import tenants  # noqa: PLC0415

    try:
        if confirm is None:
            print(json.dumps(asdict(tenants.plan_erasure(supplier)), default=str, ensure_ascii=False, indent=1))
            _screen.print("nothing was erased: export it first if need be, then say --confirm and its identifier")
            return
        if not tenants.confirmed(supplier, confirm):
            _refuse("that is not this supplier's identifier: nothing was erased")
        kept = [asdict(each) for each in tenants.still_kept(supplier)]
        deleted = tenants.erase_tenant(supplier, by=f"operator:{getpass.getuser()}")
    except NotFound:
        _refuse(f"no supplier {supplier}")
    print(json.dumps({**asdict(deleted), "kept": kept}, default=str, ensure_ascii=False))


@operator.command("erase-person")
def erase_person(
    environment: Environment,
    principal: Annotated[str, typer.Argument(help="The person's id: the `sub` of the user pool.")],
    email: Annotated[list[str] | None, typer.Option(help="An e-mail address of the person; may be repeated.")] = None,
    confirm: Annotated[str | None, typer.Option(help="The person's id again; the person is then erased.")] = None,
) -> None:
    """Count the records that name a person; with --confirm ID, erase the person from the table. Can be repeated."""
    variables = _attach(environment)
    import secrets  # noqa: PLC0415

    import boto3  # noqa: PLC0415

    from tools.operations.erase_person import PERSON, WHOLE_ADDRESS, ErasePerson  # noqa: PLC0415

    if not PERSON.fullmatch(principal):
        _refuse("that is no person's id: erase-person takes the `sub` of a user, not a name, a group or a system")
    if not all(WHOLE_ADDRESS.fullmatch(each) for each in email or ()):
        _refuse("--email takes a whole e-mail address, such as anna@example.org: nothing was erased")
    if confirm not in (None, principal):
        _refuse("--confirm is not this person's id: nothing was erased")
    pseudonym = f"erased:{secrets.token_hex(6)}"
    erase = ErasePerson(boto3.client("dynamodb"), variables["TABLE_NAME"], principal, tuple(email or ()), pseudonym)
    done = erase.run(do=confirm is not None)
    print(json.dumps({"deleted": done.deleted, "pseudonymised": done.pseudonymised, "changed_meanwhile": done.busy}))
    if confirm is None:
        _screen.print("nothing was erased: say --confirm ID")
        return
    pool = variables["USER_POOL_ID"]
    _screen.print(
        "the account is left; find its user name, then delete it:\n"
        f"aws cognito-idp list-users --user-pool-id {pool} --filter 'sub = \"{principal}\"'\n"
        f"aws cognito-idp admin-delete-user --user-pool-id {pool} --username NAME",
        soft_wrap=True,
    )
    raise typer.Exit(1 if done.busy else 0)


@operator.command("restore-tenant")
def restore_tenant(
    environment: Environment,
    supplier: Annotated[str, typer.Argument(help="The supplier's id, or « all » of the backup.")],
    source: Annotated[str, typer.Option("--from", help="The table that was restored from a backup.")],
) -> None:
    """Copy a supplier's missing records from a backup. The supplier stays suspended until you resume it."""
    variables = _attach(environment)
    from dataclasses import asdict  # noqa: PLC0415

    import boto3  # noqa: PLC0415

    from chorus_connector.domain.errors import NotFound  # noqa: PLC0415
    from tools.operations.restore import NotRestorable, RestoreTenant  # noqa: PLC0415

    restore = RestoreTenant(boto3.client("dynamodb"), source, variables["TABLE_NAME"])
    try:
        for supplier_id in restore.suppliers() if supplier == "all" else [supplier]:
            done = restore.run(supplier_id, now=datetime.now(UTC))
            print(json.dumps({"supplier_id": supplier_id, **asdict(done)}), flush=True)
    except NotFound:
        _refuse(f"no supplier {supplier} in {source}")
    except NotRestorable as error:
        _refuse(str(error))
    _screen.print("save its credentials again, wait until its invoices were retrieved, check its list, then resume it")


@operator.command()
def migrate(
    environment: Environment,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only count.")] = False,
) -> None:
    """Rewrite records of older releases in the form of this one; safe at any time. Exit code 1: some are unreadable."""
    variables = _attach(environment)
    import boto3  # noqa: PLC0415

    from chorus_connector.wiring.installation import suppliers  # noqa: PLC0415
    from tools.operations.installation import every_supplier  # noqa: PLC0415
    from tools.operations.migrate import (  # noqa: PLC0415
        Migrate,
        Migrated,
        MoveAnnouncements,
        MoveDueWork,
        MoveNames,
        MoveRights,
    )

    migration, done = Migrate(boto3.client("dynamodb"), variables["TABLE_NAME"]), Migrated()
    MoveRights(migration.client, migration.table).run(do=yes, done=done)
    MoveAnnouncements(migration.client, migration.table).run(do=yes, done=done)
    MoveDueWork(migration.client, migration.table).run(do=yes, done=done)
    for supplier_id in every_supplier():
        for supplier in suppliers([supplier_id]):
            migration.run(supplier_id, supplier.identifier_key, do=yes, done=done)
            MoveNames(migration.client, migration.table).run(supplier_id, do=yes, done=done)
    print(json.dumps({"looked_at": done.looked_at, "older": done.older, "unreadable": done.unreadable}))
    if not yes:
        _screen.print("nothing was written: say --yes")
    raise typer.Exit(1 if done.unreadable else 0)


@operator.command()
def rollback(
    environment: Environment,
    to: Annotated[str | None, typer.Option(help="A release's name; without, the one before the newest in use.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")] = False,
) -> None:
    """Print the releases of the installation and what a rollback changes; with --yes, move every function to it."""
    import boto3  # noqa: PLC0415

    from tools.operations.installation import NoSuchInstallation  # noqa: PLC0415
    from tools.operations.rollback import NoSuchRelease, Rollback  # noqa: PLC0415

    try:
        installation = Rollback(boto3.client("lambda"), environment)
        for each in installation.releases:
            facts = {"functions": len(each.versions), "live": installation.is_live(each)}
            print(json.dumps({"release": each.name, "published_at": each.published_at, **facts}))
        target, moves = installation.plan(to)
    except (NoSuchInstallation, NoSuchRelease) as error:
        _refuse(str(error))
    for move in moves:
        print(json.dumps({"function": move.function, "version": move.before, "becomes": move.after}))
    if not yes:
        _screen.print("nothing was done: say --yes")
        return
    installation.move(moves)
    _screen.print(
        f"{target.name} is live. CloudFormation does not know: deploying the same commit again changes nothing; deploy "
        "the commit of this release, or a corrected one",
        soft_wrap=True,
    )


@operator.command()
def redrive(
    queue_url: Annotated[str, typer.Argument(help="The queue whose dead letters are to be tried again.")],
) -> None:
    """Send a queue's dead letters back to it, with the AWS credentials and endpoint of the environment."""
    import boto3  # noqa: PLC0415

    from tools.operations.redrive import NoDeadLetters  # noqa: PLC0415
    from tools.operations.redrive import redrive as drive_back  # noqa: PLC0415

    try:
        print(f"{drive_back(boto3.client('sqs'), queue_url)} message(s) sent back")
    except NoDeadLetters as error:
        _refuse(f"{queue_url}: {error}")


@operator.command("redrive-changes")
def redrive_changes(
    dead_letters_url: Annotated[
        str, typer.Argument(help="The dead-letter queue of a function that reads the table's stream.")
    ],
) -> None:
    """Invoke a function again with the changes it failed on within a day, with the environment's AWS credentials."""
    import boto3  # noqa: PLC0415

    from tools.operations.redrive_changes import NotHandled  # noqa: PLC0415
    from tools.operations.redrive_changes import redrive_changes as hand_again  # noqa: PLC0415

    clients = (boto3.client("sqs"), boto3.client("dynamodbstreams"), boto3.client("lambda"))
    try:
        print(f"{hand_again(*clients, dead_letters_url)} change(s) handled")
    except NotHandled as error:
        _refuse(str(error))


@operator.command()
def preflight(
    environment: Environment,
    config: ConfigurationFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say what this account and this machine lack for a deployment, and who must do what. Exit code 1: not ready."""
    import boto3  # noqa: PLC0415

    from tools.operations import preflight as checks  # noqa: PLC0415

    configured = _configured(environment, config)
    session = boto3.Session()
    region = configured.region or session.region_name
    lines = []
    run = checks.Preflight(
        configured,
        cache(lambda service: session.client(service, region_name=region)),
        session.region_name,
        checks.Needs.of(configured),
    )
    output = Console(soft_wrap=True)
    for line in run.run():
        lines.append(line)
        if not as_json:
            output.print(f"{_SIGNS[line.verdict]} {line.check}: {escape(line.says)}", highlight=False)
            if line.do:
                output.print(f"    {line.who}: {escape(line.do)}", highlight=False)
    if as_json:
        print(json.dumps(checks.as_json(configured, lines)))
    raise typer.Exit(0 if checks.ready(lines) else 1)


@operator.command()
def destroy(
    environment: Environment,
    config: ConfigurationFile = None,
    confirm: Annotated[str | None, typer.Option(help="The environment's name; it is asked for without.")] = None,
) -> None:
    """End an installation: in dev everything, elsewhere the application, after listing what stays."""
    import boto3  # noqa: PLC0415

    from infra_cdk.deployment import wrong_target  # noqa: PLC0415
    from tools.operations.destroy import Destroy, NotDestroyed  # noqa: PLC0415

    configured, session = _configured(environment, config), boto3.Session()
    account = session.client("sts").get_caller_identity()["Account"]
    if problems := wrong_target(configured, account=account, region=session.region_name):
        _refuse("\n".join(problems))
    run = Destroy(environment, cache(session.client), configured.keeps_data)
    try:
        kept = run.kept()
        _screen.print(f"account {account}, region {session.region_name}", highlight=False)
        _screen.print("these stay, and cost what they cost:" if kept else "nothing stays: all data is deleted for good")
        for each in kept:
            _screen.print(f"  {each.kind} {each.name}", highlight=False, soft_wrap=True)
        if (confirm or typer.prompt("type the environment's name to end it", err=True)) != environment:
            _refuse("that is not its name: nothing was deleted")
        for line in run.run():
            print(line, flush=True)
    except NotDestroyed as error:
        _refuse(str(error))
    if kept:
        _screen.print("docs/operations.md says how the data stack is ended by hand")
    else:
        _screen.print("its KMS keys end by themselves in 7 days; packages in the CDK's bucket stay until `cdk gc`")


def _configured(environment: str, config: Path | None) -> Any:
    from infra_cdk.configuration import ConfigurationError, configured  # noqa: PLC0415  (not part of the product)

    try:
        return configured(environment, config)
    except ConfigurationError as error:
        _refuse(str(error))


@operator.command("create-person")
def create_person(
    environment: Environment,
    user: Annotated[str, typer.Argument(help="The user name, for good. An e-mail address is refused: it may change.")],
    email: Annotated[str, typer.Option(help="Where the invitation and later codes go.")],
    administrator: Annotated[
        bool, typer.Option("--administrator", help="Make the person an administrator of the installation.")
    ] = False,
) -> None:
    """Create a person, who gets an invitation by e-mail; prints the id that rights are given to. Can be repeated."""
    import boto3  # noqa: PLC0415

    from tools.operations.create_person import CreatePerson, NotCreated  # noqa: PLC0415

    create = CreatePerson(boto3.client("cognito-idp"), _data_outputs(environment)["UserPoolId"])
    try:
        created = create.run(user, email, administrator=administrator)
    except NotCreated as error:
        _refuse(str(error))
    print(json.dumps({"user": user, "principal": created.principal, "administrator": created.administrator}))
    if not created.invited:
        _screen.print("the person existed already: no invitation was sent")


@operator.command("sign-in")
def sign_in(
    environment: Environment,
    user: Annotated[
        str | None, typer.Option(help="The user name; without it, $CHORUS_REFRESH_TOKEN renews the token.")
    ] = None,
    export: Annotated[
        bool, typer.Option("--export", help="Print shell commands that set TOKEN and CHORUS_REFRESH_TOKEN, for eval.")
    ] = False,
) -> None:
    """Sign a person in and print an access token for the API. Asks for password and code; nothing is stored."""
    import boto3  # noqa: PLC0415

    from tools.operations.sign_in import SignIn, SignInFailed  # noqa: PLC0415
    from tools.operations.terminal_questions import NoAnswer, TerminalQuestions, ask, ask_hidden  # noqa: PLC0415

    outputs = _data_outputs(environment)
    signing_in = SignIn(
        boto3.client("cognito-idp"),
        pool_id=outputs["UserPoolId"],
        client_id=outputs["UserPoolClientId"],
        questions=TerminalQuestions(),
        issuer=f"Chorus Pro connector ({environment})",
    )
    try:
        if user is None and (refresh := os.environ.get("CHORUS_REFRESH_TOKEN")):
            tokens = signing_in.again(refresh)
        else:
            user = user or ask("User name: ")
            tokens = signing_in.with_password(user, ask_hidden("Password: "))
    except (NoAnswer, SignInFailed) as error:
        _refuse(str(error))
    names = {"TOKEN": tokens.access} | ({"CHORUS_REFRESH_TOKEN": tokens.refresh} if tokens.refresh else {})
    print(
        "\n".join(f"export {name}={shlex.quote(value)}" for name, value in names.items()) if export else tokens.access
    )
    _screen.print(f"the token is valid for {tokens.seconds // 60} minutes")


def _data_outputs(environment: str) -> dict[str, str]:
    """The outputs of that installation's data stack."""
    import boto3  # noqa: PLC0415

    from tools.operations.installation import NoSuchInstallation, data_outputs  # noqa: PLC0415

    try:
        return data_outputs(environment, boto3.client("cloudformation"))
    except NoSuchInstallation as error:
        _refuse(str(error))


def _attach(environment: str) -> dict[str, str]:
    """Use the settings of that installation from here on; returns its functions' variables."""
    import boto3  # noqa: PLC0415

    from tools.operations.installation import NoSuchInstallation, attach  # noqa: PLC0415

    try:
        return attach(environment, boto3.client("lambda"))
    except NoSuchInstallation as error:
        _refuse(str(error))


def _refuse(why: str) -> NoReturn:
    _screen.print(why, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(2)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
