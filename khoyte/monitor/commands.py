"""`khoyte plan`: load the plans of the source documents, show what is late."""

import click

from khoyte.units.policy import system_actor

BY_COMMAND = system_actor("command-line")


@click.group(help="Kế hoạch và tiến độ · Plans and progress.")
def plan() -> None:
    pass


@plan.command("load", help="Nhập nhiệm vụ của năm văn bản nguồn · Enter the tasks of the five documents.")
@click.pass_context
def load(ctx: click.Context) -> None:
    from django.db import transaction  # Django is set up only once a command runs

    from khoyte.monitor.plan_data import load_documents

    with transaction.atomic():
        made = load_documents(by=BY_COMMAND)
    click.echo({"vi": f"Đã nhập {made} nhiệm vụ.", "en": f"{made} tasks entered."}[ctx.obj["lang"]])


@plan.command("late", help="Việc đã quá hạn, có tranh chấp số liệu · Late and disputed tasks.")
@click.pass_context
def late(ctx: click.Context) -> None:
    from khoyte.foundation.calendar import format_date  # Django is set up only once a command runs
    from khoyte.monitor import queries
    from khoyte.monitor.standing import State
    from khoyte.units.tenancy import working

    with working():
        for line in queries.lines(BY_COMMAND):
            if line.state in (State.LATE, State.DISPUTED):
                day = format_date(line.task.due_on) if line.task.due_on else ""
                click.echo(
                    f"{line.state} {day} {line.task.document_id} {line.task.section}: {line.task.name}"
                )
