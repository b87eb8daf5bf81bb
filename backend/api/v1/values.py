"""Routes: newest readings, history with roll-ups, energy by day. Built as columns, because objects cost a microsecond each."""

from collections.abc import Sequence

import numpy as np
from fastapi import APIRouter

from backend.api.tokens import Scope
from backend.api.v1 import shapes
from backend.api.v1.cursors import page_by_key, read_place, write_place
from backend.api.v1.group import Group
from backend.api.v1.limits import LENGTH_MS, LONGEST_ENERGY_DAYS, LONGEST_MS, check_range
from backend.api.v1.mapping import reading_of
from backend.api.v1.questions import Level as AskedLevel
from backend.api.v1.questions import OfDevice, OfEnergy, OfHistory
from backend.api.v1.service import Service
from backend.http.problems import Problem
from backend.model.point import Point, PointKind
from backend.store.contract import Level, Reader

_MEAN_DIGITS = 3
"""Decimals of a mean beyond those of its point: what would follow doubles an answer and tells nothing."""
_COVERAGE_DIGITS = 6


def routes(service: Service) -> APIRouter:
    """What points say and said."""
    group, reader = Group(service, "values"), service.reader

    @group.get("/latest", OfDevice, Scope.VALUES, shapes.Page[shapes.ReadingShape])
    async def latest(asked: OfDevice) -> object:
        """The newest reading of each point, by key; points never heard of are missing."""
        known = (await service.moment.catalogue()).of(asked.site)
        if asked.device is not None:
            known = {key: point for key, point in known.items() if point.device == asked.device}
        readings = await reader.latest(None if asked.site is None and asked.device is None else list(known))
        heard = [reading for reading in readings.values() if reading.point in known]
        rows, cursor = page_by_key(heard, lambda reading: reading.point, asked.cursor, asked.limit)
        lost = await service.moment.lost_devices()
        return {"items": [reading_of(known[row.point], row, lost) for row in rows], "next_cursor": cursor}

    @group.get("/history", OfHistory, Scope.VALUES, shapes.HistoryShape | shapes.RawShape)
    async def history(asked: OfHistory) -> object:
        """Intervals of one point, oldest first; with the level raw every reading. Hours and days are the site's own."""
        check_range(asked.from_ms, asked.to_ms, LONGEST_MS[asked.level.value])
        (point,) = await _points(service, [asked.point])
        return await (_raw if asked.level is AskedLevel.RAW else _rollup)(reader, point, asked)

    @group.get("/energy", OfEnergy, Scope.VALUES, list[shapes.EnergyShape])
    async def energy(asked: OfEnergy) -> list[shapes.EnergyShape]:
        """Energy of accumulating points per calendar day of the site, first and last included."""
        if asked.first > asked.last or (asked.last - asked.first).days > LONGEST_ENERGY_DAYS:
            raise Problem(400, "range", f"first has to be at most {LONGEST_ENERGY_DAYS} days before last.")
        points = await _points(service, asked.point)
        if any(point.spec.kind is not PointKind.ACCUMULATING for point in points):
            raise Problem(400, "kind", "Only points that accumulate have energy; see kind under /v1/points.")
        found = await reader.energy_by_day(asked.point, asked.first, asked.last)
        return [
            shapes.EnergyShape(point=point.key, unit=point.spec.unit, days=dict(found.get(point.key, {}))) for point in points
        ]

    return group.router


async def _points(service: Service, keys: Sequence[str]) -> list[Point]:
    known = (await service.moment.catalogue()).by_key
    missing = [key for key in keys if key not in known]
    if missing:
        raise Problem(404, "point", f"There is no point {missing[0]}.")
    return [known[key] for key in keys]


async def _raw(reader: Reader, point: Point, asked: OfHistory) -> dict[str, object]:
    start_ms, skip = read_place(asked.cursor) if asked.cursor else (asked.from_ms, 0)
    rows = await reader.raw(point.key, max(start_ms, asked.from_ms), asked.to_ms)
    page, cursor = rows.take(slice(skip, skip + asked.limit)), None
    if len(rows) > skip + asked.limit and len(page):
        last = int(page.at_ms[-1])
        cursor = write_place((last, int(np.count_nonzero(rows.at_ms[: skip + asked.limit] == last))))
    return {
        "point": point.key,
        "unit": point.spec.unit.value,
        "at_ms": page.at_ms,
        "value": page.value,
        "quality": page.quality,
        "flags": page.flags,
        "next_cursor": cursor,
    }


async def _rollup(reader: Reader, point: Point, asked: OfHistory) -> dict[str, object]:
    """Only the time of this page is read: so many usual intervals."""
    level = Level(asked.level.value)
    start_ms = max(read_place(asked.cursor)[0], asked.from_ms) if asked.cursor else asked.from_ms
    end_ms = min(asked.to_ms, start_ms + asked.limit * LENGTH_MS[level])
    found = await reader.rollup(point.key, level, start_ms, end_ms)
    if len(found.start_ms) > asked.limit:
        end_ms = int(found.start_ms[asked.limit])
    page = slice(asked.limit)
    return {
        "point": point.key,
        "unit": point.spec.unit.value,
        "level": level.value,
        "start_ms": found.start_ms[page],
        "minimum": found.minimum[page],
        "mean": np.round(found.mean[page], point.spec.digits + _MEAN_DIGITS),
        "maximum": found.maximum[page],
        "energy": found.energy[page],
        "coverage": np.round(found.coverage[page], _COVERAGE_DIGITS),
        "next_cursor": write_place((end_ms, 0)) if end_ms < asked.to_ms else None,
    }
