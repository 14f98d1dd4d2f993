"""`khoyte up` and the processes it keeps."""

import sys

import click


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def django(arguments: tuple[str, ...]) -> None:
    """Django's own commands (migrate, makemigrations, shell) in this installation."""
    import os

    from khoyte.edges.setup import set_up_django

    set_up_django(os.environ.get("KHOYTE_DB_ROLE", "owner"))
    from django.core.management import execute_from_command_line

    execute_from_command_line(["khoyte django", *arguments])
    sys.exit(0)
