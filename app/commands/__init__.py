"""One file per command, listed here, one line each; everything heavy is imported inside the functions."""


def run_command(arguments: list[str]) -> int:
    """Run one command; the exit code. Errors come through as they are."""
    import typer
    from typer.exceptions import TyperException

    from app.commands.index import application
    from app.commands.speech import warn
    from app.commands.wording import speak_in_help, understood, wrong_question

    command = typer.main.get_command(application)
    speak_in_help(command)
    try:
        result: object = command(args=arguments, prog_name="enemado", standalone_mode=False)
    except TyperException as wrong:
        for line in wrong_question(wrong.format_message(), understood(command, arguments)):
            warn(line)
        return wrong.exit_code
    except typer.Abort:
        return 130
    except typer.Exit as end:
        return end.exit_code
    return result if isinstance(result, int) else 0
