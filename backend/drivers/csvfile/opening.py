"""The one way in: what a file is, and how it will be read."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from backend.drivers.csvfile import grid
from backend.drivers.csvfile.encoding import Bytes, find_encoding, look_at_bytes
from backend.drivers.csvfile.finding import Choices, Findings, Why
from backend.drivers.csvfile.grid import Row, Text
from backend.drivers.csvfile.parse import Parser
from backend.drivers.csvfile.plan import Plan, Target, plan_table
from backend.drivers.csvfile.profiles import PROFILES, Profile, find_profile
from backend.drivers.csvfile.report import Report
from backend.drivers.csvfile.session_lists import SessionPlan, find_fields, json_rows, plan_sessions
from backend.drivers.csvfile.sessions import SessionParser
from backend.drivers.csvfile.stamps import Form, Order
from backend.drivers.csvfile.zone import Saving, zone_of

AnyPlan = Plan | SessionPlan
_HEAD_ROWS: Final = 6


def plan_file(path: Path, target: Target, choices: Choices) -> AnyPlan:
    """Look at a whole file. Raises ``Unreadable`` where it cannot be imported at all, and ``OSError``; doubts are in the plan."""
    findings = Findings(choices)
    found = look_at_bytes(path)
    encoding = find_encoding(found, findings)
    if _is_json(path, encoding):
        profile = next(profile for profile in PROFILES if profile.sessions)
        findings.know("profile", profile.key, Why.SEEN, profile.what)
        titles, rows = json_rows(path)
        return plan_sessions(_draft(path, titles, profile, found, target, None), rows, findings)
    text = Text(path, encoding)
    text = replace(text, delimiter=grid.find_delimiter(path, encoding, findings))
    head = text.head()
    profile = find_profile(head, "\n".join(" ".join(cells) for _, cells in head[:_HEAD_ROWS]), findings)
    if not profile.sessions:
        return plan_table(text, head, profile, found, target, findings)
    titles = head[0][1]
    rows: list[Row] = list(text.rows())[1:]
    return plan_sessions(_draft(path, titles, profile, found, target, text), rows, findings)


def parser_of(plan: AnyPlan, report: Report, now_ms: int) -> Parser | SessionParser:
    """What reads the rows of a plan."""
    return Parser(plan, report, now_ms) if isinstance(plan, Plan) else SessionParser(plan, report, now_ms)


def try_out(plan: AnyPlan, now_ms: int) -> Report:
    """Read the whole file and keep nothing: what an import would find in it."""
    report = Report()
    for block in parser_of(plan, report, now_ms).blocks():
        report.taken += len(block)
    return report


def _is_json(path: Path, encoding: str) -> bool:
    with path.open(encoding=encoding, errors="replace") as file:
        return file.read(200).lstrip("\ufeff \t\r\n").startswith(("{", "["))


def _draft(path: Path, titles: list[str], profile: Profile, found: Bytes, target: Target, text: Text | None) -> SessionPlan:
    fields = find_fields(titles)
    times = (Form.ISO, Order.YMD, zone_of("UTC"), Saving.FOLLOWS)
    return SessionPlan(path, target, profile, tuple(titles), fields, *times, "", found.digest, found.size, text)
