"""YAML as plain values, with the line of every key; duplicate keys and broken YAML are problems, not surprises."""

import re
from dataclasses import dataclass, field

import yaml

from backend.model.message import Message
from backend.settings.problem import Problem

Path = tuple[str | int, ...]
Value = dict[str, "Value"] | list["Value"] | str | int | float | bool | None
_BROKEN = {
    "'\\t'": Message("a tab; only spaces may indent"),
    "mapping values are not allowed": Message("a colon too many, or a line that is not indented as its neighbours"),
    "could not find expected ':'": Message("a key without its colon"),
    "expected <block end>": Message("a line that is not indented as its neighbours"),
    "expected ',' or ']'": Message("a list whose closing bracket is missing"),
    "expected ',' or '}'": Message("a group whose closing brace is missing"),
    "found undefined alias": Message("a word that begins with “*”; write it in quotes"),
    "an alias": Message("an alias; write the value out"),
    "unexpected end of stream": Message("a text whose closing quote is missing"),
}
_SEXAGESIMAL = re.compile(r"[-+]?\d+(:\d+)+(\.\d*)?")


@dataclass
class Marked:
    """A file's values and where they stand."""

    file: str
    value: Value = None
    lines: dict[Path, int] = field(default_factory=dict[Path, int])
    texts: dict[Path, str] = field(default_factory=dict[Path, str])
    """What a person typed, for scalars."""
    problems: list[Problem] = field(default_factory=list[Problem])
    nodes: set[int] = field(default_factory=set[int])
    """Identities of the nodes read so far: meeting one again means an alias."""

    def line(self, path: Path) -> int:
        """Line of this key, or of the nearest key around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def found(self, path: Path) -> Message:
        """What stands at this key, or in its place."""
        if path not in self.texts and path[:-1] in self.texts:
            path = path[:-1]
        if path in self.texts:
            return Message("“{text}”", {"text": self.texts[path]}) if self.texts[path] else Message("nothing")
        value = self.at(path)
        if isinstance(value, dict):
            return Message("a group of keys")
        return Message("a list") if isinstance(value, list) else Message("nothing")

    def at(self, path: Path) -> Value:
        """The value at this key; None where there is none."""
        value = self.value
        for step in path:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def problem(self, path: Path, expected: Message, found: Message | None = None) -> Problem:
        """A mistake at this key."""
        key = ".".join(str(step) for step in path)
        return Problem(self.file, self.line(path), key, found or self.found(path), expected)


def read_marked(text: str, file: str) -> Marked:
    """Parse; whatever YAML itself refuses is among the problems."""
    marked = Marked(file)
    try:
        root = yaml.SafeLoader(text).get_single_node()
        if root is not None:
            marked.value = _plain(root, (), marked)
    except yaml.MarkedYAMLError as error:
        marked.problems.append(_broken(error, file))
    except RecursionError:
        marked.problems.append(Problem(file, 1, "", Message("lists or groups nested without end"), Message("well-formed YAML")))
    except yaml.YAMLError as error:
        marked.problems.append(
            Problem(
                file,
                1,
                "",
                Message("“{text}”", {"text": str(error)}),
                Message("a YAML file in UTF-8"),
            )
        )
    return marked


def _broken(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    return Problem(
        file,
        line,
        "",
        _plainly(error.problem or str(error)),
        Message("well-formed YAML"),
    )


def _plainly(problem: str) -> Message:
    """What YAML's parser says, without its terms and quotes."""
    for part, said in _BROKEN.items():
        if part in problem:
            return said
    return Message("what YAML does not allow ({text})", {"text": problem.replace("'", "")})


def _plain(node: yaml.Node, path: Path, marked: Marked) -> Value:
    if id(node) in marked.nodes:
        raise yaml.constructor.ConstructorError(None, None, "an alias; write the value out", node.start_mark)
    marked.nodes.add(id(node))
    marked.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, marked)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), marked) for index, item in enumerate(node.value)]
    marked.texts[path] = str(node.value)
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, marked: Marked) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        here = (*path, key)
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key that is no plain word", key_node.start_mark)
        if key in values:
            first = marked.lines[here]
            found = Message("the key a second time")
            expected = Message("each key once; it stands in line {line} already", {"line": str(first)})
            marked.problems.append(Problem(marked.file, line, ".".join(map(str, here)), found, expected))
            continue
        marked.lines[here] = line
        values[key] = _plain(value_node, here, marked)
    return values


def _scalar(node: yaml.Node) -> Value:
    """Numbers, truth values and text only: dates and YAML's base-60 numbers stay the text that was typed."""
    kind = node.tag.rpartition(":")[2]
    if kind in ("int", "float", "bool", "null") and not _SEXAGESIMAL.fullmatch(node.value):
        return yaml.safe_load(node.value)
    return str(node.value)
