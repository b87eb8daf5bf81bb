"""One more device in the text of a settings file: every comment, every order, every blank line of it stays as it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

Given = Mapping[str, "str | float | Mapping[str, str]"]
"""Keys of a device in the order in which they are written."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_YAML_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


class NoPlace(Exception):
    """The file is written in a way in which no place for a device can be told for certain."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a file breaks its lines."""

    text: str
    newline: str


def with_device(text: str, site: str, key: str, device: Given) -> str:
    """The text with a device more at the end of its site's devices. Raises ``NoPlace``."""
    try:
        root = yaml.SafeLoader(text).get_single_node()
    except yaml.YAMLError as error:
        raise NoPlace(str(error)) from error
    home = _value(_value(root, "sites"), site)
    if not isinstance(home, yaml.MappingNode) or not home.value:
        raise NoPlace(f"no group of keys for the site {site}")
    layout = _Layout(text, "\r\n" if "\r\n" in text else "\n")
    pairs = [(name, node) for name, node in home.value if name.value == "devices"]
    if not pairs:
        return _with_first(layout, home, key, device)
    name, devices = pairs[0]
    if isinstance(devices, yaml.MappingNode) and devices.value:
        return _after_last(layout, devices, key, device)
    if home.flow_style:
        raise NoPlace("an empty group of devices within braces")
    return _instead_of_nothing(layout, name, devices, key, device)


def as_block(key: str, device: Given, column: int, step: int = 2) -> list[str]:
    """The lines of a device, its key standing in this column (from 0)."""
    inner = " " * (column + step)
    return [f"{' ' * column}{_word(key)}:", *(f"{inner}{name}: {_scalar(value)}" for name, value in device.items())]


def _with_first(layout: _Layout, home: yaml.MappingNode, key: str, device: Given) -> str:
    """The site has no devices yet."""
    if home.flow_style:
        return _insert(layout.text, _end(home), f", devices: {{{_in_braces(key, device)}}}")
    column = home.value[0][0].start_mark.column
    lines = [f"{' ' * column}devices:", *as_block(key, device, column + 2)]
    return _below(layout, home, column, lines)


def _after_last(layout: _Layout, devices: yaml.MappingNode, key: str, device: Given) -> str:
    if devices.flow_style:
        return _insert(layout.text, _end(devices), f", {_in_braces(key, device)}")
    column = devices.value[0][0].start_mark.column
    return _below(layout, devices, column, as_block(key, device, column, _step(devices)))


def _step(devices: yaml.MappingNode) -> int:
    """How far the keys of the devices of this file are indented."""
    for name, node in devices.value:
        if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
            return max(1, node.value[0][0].start_mark.column - name.start_mark.column)
    return 2


def _instead_of_nothing(layout: _Layout, name: yaml.Node, nothing: yaml.Node, key: str, device: Given) -> str:
    """``devices: {}`` becomes a group; a comment in its line stays there."""
    if not isinstance(nothing, yaml.MappingNode):
        raise NoPlace("something other than devices under devices")
    colon = layout.text.index(":", name.end_mark.index) + 1
    text = layout.text[:colon] + layout.text[nothing.end_mark.index :]
    return _insert_lines(layout, text, _line_end(text, colon), as_block(key, device, name.start_mark.column + 2))


def _below(layout: _Layout, group: yaml.MappingNode, column: int, lines: list[str]) -> str:
    """After the last line of a group and the comments that are indented deeper than its keys."""
    text = layout.text
    at = _line_end(text, _end(group))
    while at < len(text):
        after = _line_end(text, at + 1)
        line = text[at:after].strip("\r\n")
        if not line.lstrip().startswith("#") or len(line) - len(line.lstrip()) <= column:
            break
        at = after
    return _insert_lines(layout, text, at, lines)


def _insert_lines(layout: _Layout, text: str, at: int, lines: list[str]) -> str:
    return _insert(text, at, "".join(layout.newline + line for line in lines))


def _insert(text: str, at: int, more: str) -> str:
    return text[:at] + more + text[at:]


def _line_end(text: str, at: int) -> int:
    """Where the line of this place ends, its line break left out."""
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if end > at and text[end - 1] == "\r" else end


def _end(node: yaml.Node) -> int:
    """Where the last thing in a node ends; a block's own mark stands behind the comments that follow it."""
    if isinstance(node, yaml.MappingNode) and node.value:
        name, value = node.value[-1]
        return max(_end(name), _closed(value))
    if isinstance(node, yaml.SequenceNode) and node.value:
        return _closed(node.value[-1])
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        raise NoPlace("a text of several lines at the end of a group")
    return int(node.end_mark.index)


def _closed(node: yaml.Node) -> int:
    """As ``_end``, with the closing brace of what stands in braces."""
    in_braces = isinstance(node, yaml.CollectionNode) and (node.flow_style or not node.value)
    return int(node.end_mark.index) if in_braces else _end(node)


def _value(node: yaml.Node | None, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _in_braces(key: str, device: Given) -> str:
    inner = ", ".join(f"{name}: {_scalar(value, braced=True)}" for name, value in device.items())
    return f"{_word(key)}: {{{inner}}}"


def _scalar(value: "str | float | Mapping[str, str]", braced: bool = False) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(name)}: {_quoted(text)}" for name, text in value.items()) + "}"
    if isinstance(value, str):
        return _quoted(value) if braced else _word(value)
    return f"{value:g}" if value == int(value) and abs(value) < 1e6 else repr(float(value))


def _word(text: str) -> str:
    """Bare where nobody could take it for anything else."""
    bare = set(text) <= _PLAIN and not text[:1].isdigit() and text[:1] != "-" and text.lower() not in _YAML_WORDS
    return text if text and bare else _quoted(text)


def _quoted(text: str) -> str:
    """JSON's quotes are among YAML's."""
    return json.dumps(text, ensure_ascii=not text.isprintable())
