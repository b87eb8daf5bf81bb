"""One file per command, listed here, one line each; everything heavy is imported inside the functions."""


def run_command(arguments: list[str]) -> int:
    """Run one command; the exit code. Errors come through as they are."""
    import click
    import typer

    from app.commands.index import application

    try:
        result: object = typer.main.get_command(application)(args=arguments, prog_name="enemado", standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except click.Abort:
        return 130
    except typer.Exit as end:
        return end.exit_code
    return result if isinstance(result, int) else 0
