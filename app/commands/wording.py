"""What the command line itself says, about wrong questions and in its help, in this user's language."""

import re
from collections.abc import Mapping, Sequence

import typer

from app.commands.speech import say, texts
from backend.model.message import Message

_WRONG = {
    r"Missing (?:argument|option|parameter) '?(?P<name>.+?)'?\.(?: .*)?": Message("{name} is missing."),
    r"Missing command\.": Message("A command is missing."),
    r"No such command '(?P<name>.*?)'\.(?: Did you mean (?P<close>.+)\?)?": Message("There is no command {name}."),
    r"No such option: (?P<name>\S+)(?: \(Possible options: (?P<close>.+)\))?": Message("There is no option {name}."),
    r"Got unexpected extra argument(?:\(s\)|s)? \((?P<name>.*)\)": Message("This is too much: {name}"),
    r"Option '(?P<name>.+)' requires .*": Message("{name} needs a value after it."),
    r"Option '(?P<name>.+)' does not take a value\.": Message("{name} takes no value."),
    r"Invalid value(?: for '?(?P<name>.+?)'?)?: (?P<reason>.*)": Message("{name}: {reason}"),
}
_VALUES = {
    r"(?:Value error, )?'(?P<found>.*)' is not one of (?P<known>.*?)\.?": Message("Expected one of {known}, found {found}"),
    r"Input should be a valid integer.*": Message("Expected a whole number."),
    r"Input should be a valid (?:number|float).*": Message("Expected a number."),
    r"Input should be less than or equal to (?P<limit>.*)": Message("Expected {limit} at most."),
    r"Input should be greater than or equal to (?P<limit>.*)": Message("Expected {limit} at least."),
}
_HELP = {
    "Show this message and exit.": Message("Show this message and exit."),
    "Usage: ": Message("Usage: "),
    "[OPTIONS]": Message("[OPTIONS]"),
    "COMMAND [ARGS]...": Message("COMMAND [ARGS]..."),
    "\nArguments:\n": Message("\nArguments:\n"),
    "\nOptions:\n": Message("\nOptions:\n"),
    "\nCommands:\n": Message("\nCommands:\n"),
    "[default: ": Message("[default: "),
    "[required]": Message("[required]"),
}


def wrong_question(said: str, path: str) -> list[str]:
    """What the parser refused, and the next step; ``path`` is the command as far as it was understood."""
    if said.startswith(say("Usage: ")):
        return [said]
    found = _matched(said, _WRONG)
    if found is None:
        return [said, "  " + _next_step(path)]
    message, values = found
    if values.get("reason"):
        values["reason"] = _about_value(values["reason"])
        if not values["name"]:
            return [values["reason"], "  " + _next_step(path)]
    line = texts().say_message(Message(message.text, {**values}))
    perhaps = [_perhaps(values["close"])] if values.get("close") else []
    return [line, *perhaps, "  " + _next_step(path)]


def _about_value(reason: str) -> str:
    found = _matched(reason, _VALUES)
    if found is None:
        return reason
    plain = {key: value.replace("'", "") for key, value in found[1].items()}
    return texts().say_message(Message(found[0].text, {**plain}))


def _perhaps(close: str) -> str:
    return "  " + say("Perhaps: {close}", close=close.replace("'", ""))


def _next_step(path: str) -> str:
    return say("See: {path} --help", path=path)


def _matched(said: str, forms: Mapping[str, Message]) -> tuple[Message, dict[str, str]] | None:
    for form, message in forms.items():
        match = re.fullmatch(form, said, re.DOTALL)
        if match:
            return message, {name: value or "" for name, value in match.groupdict().items()}
    return None


def _localised(text: str) -> str:
    """A page of help whose fixed words are in this user's language."""
    for words, message in _HELP.items():
        text = text.replace(words, texts().say_message(message))
    return text


class HelpContext(typer.Context):
    """Helps in this user's language."""

    def get_help(self) -> str:
        """The page of help of this command."""
        return _localised(super().get_help())


def speak_in_help(command: object) -> None:
    """Let a command, and all below it, help in this user's language."""
    setattr(command, "context_class", HelpContext)  # noqa: B010 - the library types it as its own class only
    for each in _below(command).values():
        speak_in_help(each)


def understood(command: object, arguments: Sequence[str]) -> str:
    """The command as far as these arguments name one."""
    path = ["enemado"]
    for word in arguments:
        command = _below(command).get(word)
        if command is None:
            break
        path.append(word)
    return " ".join(path)


def _below(command: object) -> Mapping[str, object]:
    return getattr(command, "commands", {})
