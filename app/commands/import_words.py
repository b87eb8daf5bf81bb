"""What an import finds, asks and reports, in words."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from app.commands.columns import columns
from app.commands.speech import say, texts
from backend.drivers.csvfile.columns import Feed
from backend.drivers.csvfile.finding import Doubt, Finding, Why
from backend.drivers.csvfile.opening import AnyPlan
from backend.drivers.csvfile.plan import Plan
from backend.drivers.csvfile.report import Reason, Report, Tally


def doubt_lines(doubts: Iterable[Doubt]) -> list[str]:
    """Each question, and the option that answers it."""
    lines: list[str] = []
    for doubt in doubts:
        value = doubt.likely or "|".join(doubt.options) or "…"
        lines.append(texts().say_message(doubt.question))
        options = f"  ({', '.join(doubt.options)})" if doubt.options else ""
        lines.append(f"    --set {doubt.key}={value}{options}")
    return lines


def preview_lines(plan: AnyPlan) -> list[str]:
    """Everything that was found, the columns, and what is in doubt."""
    lines = columns([(f"  {finding.key}", finding.value, _why(finding)) for finding in plan.known])
    lines = [say("Found in this file:"), *lines]
    if isinstance(plan, Plan):
        lines += [*_column_lines(plan), *_sample_lines(plan)]
    if plan.profile.attribution:
        lines += ["", say("Source to be named: {source}", source=plan.profile.attribution)]
    if plan.doubts:
        lines += ["", say("To be decided:"), *(f"  {line}" for line in doubt_lines(plan.doubts))]
    return lines


def _why(finding: Finding) -> str:
    if finding.note is not None:
        return texts().say_message(finding.note)
    return {
        Why.FILE: say("stands in the file"),
        Why.SEEN: say("seen from its contents"),
        Why.PROFILE: say("always so in such files"),
        Why.CHOSEN: say("as you said"),
    }[finding.why]


def _column_lines(plan: Plan) -> list[str]:
    if not plan.feeds:
        return []
    head = (say("Column"), say("Heading"), say("Point"), say("Unit in the file"), say("Stored"), "")
    rows = [
        (
            str(feed.index + 1),
            feed.title,
            feed.spec.name,
            feed.unit,
            feed.spec.unit.value,
            _stands(plan, feed),
        )
        for feed in plan.feeds
    ]
    lines = ["", *columns([head, *rows])]
    if plan.left_out:
        lines.append(say("Left out: {columns}", columns=", ".join(plan.left_out)))
    return lines


def _stands(plan: Plan, feed: Feed) -> str:
    if not feed.mean:
        return ""
    return say("mean over the time before") if plan.earlier_ms(feed) else say("mean over the day")


def _sample_lines(plan: Plan) -> list[str]:
    """The first rows as they would be stored."""
    from backend.drivers.csvfile.parse import Parser

    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    block = next(Parser(plan, Report(), now_ms).blocks(), None)
    if not block:
        return []
    head = (say("Time"), *(feed.spec.name for feed in plan.feeds))
    rows = [
        (_instant(row.at_ms, plan.zone), *("–" if value is None else f"{value:.6g}" for value, _ in row.cells))
        for row in block[:3]
    ]
    return ["", *columns([head, *rows])]


def _instant(at_ms: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat(" ", "seconds")


def report_lines(report: Report, *, tried: bool) -> list[str]:
    """Counts, and reasons with the first lines that they concern."""
    voice = texts()
    lines = [say("Rows read: {count}", count=voice.number(report.rows))]
    if tried:
        lines.append(say("Rows that can be taken: {count}", count=voice.number(report.taken)))
    else:
        lines.append(say("Rows taken: {count}", count=voice.number(report.taken)))
    if report.readings:
        values = {"count": report.readings, "absent": report.absent, "uncertain": report.uncertain}
        lines.append(
            say(
                "Readings: {count}, of these without a value {absent}, uncertain {uncertain}",
                **{name: voice.number(value) for name, value in values.items()},
            )
        )
    if report.first_ms is not None and report.last_ms is not None:
        span = {"first": _instant(report.first_ms, UTC), "last": _instant(report.last_ms, UTC)}
        lines.append(say("From {first} to {last}", **span))
    if report.gaps:
        missing = {"gaps": voice.number(report.gaps), "missing": voice.number(report.missing)}
        lines.append(say("Missing in the file: {missing} rows at {gaps} places", **missing))
    lines += _tallies(say("Not taken:"), report.refused)
    lines += _tallies(say("Taken, but worth a look:"), report.flagged)
    if report.cancelled:
        lines.append(say("Cancelled. What was taken stays; the same command goes on from there."))
    return lines


def _tallies(head: str, tallies: "dict[Reason, Tally]") -> list[str]:
    if not tallies:
        return []
    rows = [
        (f"  {texts().number(tally.count)}", reason_word(reason), say("lines {lines}", lines=_places(tally.lines, tally.count)))
        for reason, tally in tallies.items()
    ]
    return [head, *columns(rows)]


def _places(lines: Sequence[int], count: int) -> str:
    return ", ".join(map(str, lines)) + (" …" if count > len(lines) else "")


def reason_word(reason: Reason) -> str:
    """Why a row was not taken."""
    return {
        Reason.EMPTY: say("no value in it"),
        Reason.SHORT: say("fewer cells than the heading"),
        Reason.NO_TIME: say("its time cannot be read"),
        Reason.LEFT_OUT_HOUR: say("its time does not exist: the clock leaps over it"),
        Reason.GARBLED: say("something that is no number"),
        Reason.REPEATED: say("stands in the file twice"),
        Reason.CONTRADICTS: say("the same time with other values before"),
        Reason.FUTURE: say("lies in the future"),
        Reason.BEFORE_1970: say("lies before 1970, where nothing can be kept"),
        Reason.TOO_OLD: say("of an hour of which only roll-ups are left (node.retention.raw_days)"),
        Reason.KNOWN: say("in the store already"),
        Reason.DIFFERS: say("the store has other values (see --replace)"),
        Reason.NO_START: say("no start"),
        Reason.NO_END: say("no end"),
        Reason.END_BEFORE_START: say("ends before it starts"),
        Reason.NO_ENERGY: say("no energy"),
        Reason.TOO_LONG: say("lasts longer than a day"),
        Reason.OTHER_STATION: say("of another station"),
    }[reason]
