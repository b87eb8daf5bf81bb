"""The scene "Environment": figures, words and lines."""

from dataclasses import replace

import numpy as np

from app.kit.bridge.snapshot import PointTrace
from app.kit.i18n import texts_for
from app.kit.presenters.air import AirView, has_air, view_air
from app.kit.presenters.bilingual import Speaker
from app.kit.presenters.heat import view_heat
from app.kit.presenters.tone import Shape
from app.kit.presenters.trace import Scale, make_trace
from backend.model.heat import HeatRisk
from backend.model.quality import Quality
from backend.model.states import DeviceHealth
from tests.support.snapshots import NOON, Scenery, at, town
from tests.support.surroundings import equipped


def view(scenery: Scenery = Scenery.LIVE, wbgt: float = 14.2) -> AirView:
    snapshot = equipped(town(scenery, languages=("ja", "en")), scenery, wbgt)
    found = view_air(snapshot, snapshot.now_ms)
    assert found is not None
    return found


def test_the_heat_index_stands_first_with_its_level() -> None:
    found = view(wbgt=28.4)
    assert found.hero.title.main == "暑さ指数 WBGT"
    assert found.hero.figure is not None
    assert str(found.hero.figure) == "28.4℃"
    assert found.heat is not None
    assert (found.heat.level, found.heat.word.main, found.heat.word.second) == (
        HeatRisk.SEVERE_WARNING,
        "厳重警戒",
        "Severe warning",
    )


def test_every_level_has_a_word_and_a_shape_of_its_own() -> None:
    speaker = Speaker(texts_for("ja"), texts_for("en"))
    each = [view_heat(wbgt, speaker) for wbgt in (10.0, 22.0, 26.0, 29.0, 33.0)]
    assert [heat.word.main for heat in each] == ["ほぼ安全", "注意", "警戒", "厳重警戒", "危険"]
    assert len({heat.shape for heat in each}) == len(each)
    assert [heat.place for heat in each] == sorted(heat.place for heat in each)


def test_the_level_is_that_of_the_figure_that_is_written() -> None:
    found = view(wbgt=24.96)
    assert found.hero.figure is not None
    assert found.hero.figure.number == "25.0"
    assert found.heat is not None
    assert found.heat.level is HeatRisk.WARNING


def test_without_a_heat_index_the_temperature_stands_first() -> None:
    snapshot = equipped(town())
    latest = {key: reading for key, reading in snapshot.latest.items() if not key.endswith("/wbgt")}
    found = view_air(replace(snapshot, latest=latest), snapshot.now_ms)
    assert found is not None
    assert (found.hero.title.main, found.heat) == ("温度", None)


def test_what_a_device_does_not_provide_has_no_place() -> None:
    snapshot = equipped(town())
    key = "aoba/roof/co2"
    absent = snapshot.latest[key]._replace(value=None, quality=Quality.BAD_NOT_SUPPORTED)
    found = view_air(replace(snapshot, latest={**snapshot.latest, key: absent}), snapshot.now_ms)
    assert found is not None
    assert "空気の CO₂" not in [card.title.main for card in found.cards]


def test_faulty_values_are_words() -> None:
    found = view(Scenery.FAULTY)
    assert found.heat is None
    assert found.hero.state is not None
    assert found.hero.state.shape is Shape.TRIANGLE
    assert [card.state.word.main for card in found.cards if card.state] == ["点検中"]


def test_a_device_that_reports_a_fault_has_its_values_withheld() -> None:
    snapshot = equipped(town())
    faulty = replace(snapshot.statuses["aoba/roof"], health=DeviceHealth.FAULT)
    found = view_air(replace(snapshot, statuses={**snapshot.statuses, "aoba/roof": faulty}), snapshot.now_ms)
    assert found is not None
    assert found.hero.figure is not None
    assert {card.state.word.main for card in found.cards if card.state} == {"点検中"}
    assert all(card.figure is None for card in found.cards)


def test_older_figures_have_their_time_and_lost_ones_are_gone() -> None:
    stale = view(Scenery.STALE)
    assert {card.note for card in stale.cards} == {"11:38"}
    assert all(card.figure is None for card in view(Scenery.OFFLINE).cards)


def test_a_site_without_sensors_has_no_such_scene() -> None:
    assert has_air(equipped(town()))
    assert not has_air(equipped(town(Scenery.EMPTY), Scenery.EMPTY))


def test_a_gap_breaks_the_line() -> None:
    now_ms = at(NOON)
    at_ms = now_ms - 900_000 * np.arange(96, 0, -1, dtype=np.int64)
    known = (at_ms < now_ms - 12 * 3_600_000) | (at_ms > now_ms - 9 * 3_600_000)
    climbing = np.arange(96, dtype=np.float64)
    line = make_trace(PointTrace(at_ms[known], climbing[known]), Scale(1.0), now_ms, "Asia/Tokyo", texts_for("ja"))
    assert len(line.pieces) == 2
    assert (line.low, line.high) == (1.0, 95.0)
    assert [text for _, text in line.hours] == ["12時", "18時", "0時", "6時"]
    assert all(0 <= x <= 1 and 0 <= y <= 1 for piece in line.pieces for x, y in piece)


def test_a_young_line_is_a_dot_without_extremes() -> None:
    now_ms = at(NOON)
    young = PointTrace(np.array([now_ms - 450_000]), np.array([20.0]))
    line = make_trace(young, Scale(6.0), now_ms, "Asia/Tokyo", texts_for("en"))
    assert [len(piece) for piece in line.pieces] == [1]
    assert (line.low, line.high) == (None, None)


def test_a_calm_day_looks_calm() -> None:
    now_ms = at(NOON)
    at_ms = now_ms - 900_000 * np.arange(96, 0, -1, dtype=np.int64)
    wobble = PointTrace(at_ms, np.array([20.0, 20.1] * 48))
    line = make_trace(wobble, Scale(6.0), now_ms, "Asia/Tokyo", texts_for("en"))
    heights = [y for piece in line.pieces for _, y in piece]
    assert max(heights) - min(heights) < 0.03
