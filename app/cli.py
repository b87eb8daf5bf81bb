"""The ``enemado`` command. Faces take a short way in, because a screen should be there at once."""

import sys


def main() -> None:
    """Entry point of the command and of the frozen executable."""
    from app.lifeline import tie_to_parent

    tie_to_parent()
    try:
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    except Exception as error:  # noqa: BLE001 - the outermost handler: nobody ever sees a traceback
        from app.commands.failure import report

        code = report(error)
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["face"]:
        from app.commands.face import run_face

        return run_face(arguments[1:])
    if arguments[:1] in (["wal-keep"], ["wal-fetch"]):
        from app.commands.wal import run_wal

        return run_wal(arguments)
    if arguments[:1] == ["supervise"]:
        return _supervise(arguments[1])
    from app.commands import run_command

    return run_command(arguments)


def _supervise(children: str) -> int:
    """The supervisor alone, with the standard library only, until a child has something to tell."""
    import json

    from app.supervisor import Child, Supervisor

    def tell(name: str, code: int) -> None:
        from app.commands.children import tell_end

        tell_end(name, code)

    return Supervisor([Child(**child) for child in json.loads(children)], tell=tell).run()


if __name__ == "__main__":
    main()
