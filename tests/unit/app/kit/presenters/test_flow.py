"""The scene "Energy flow": what is measured, and only that, in figures that add up."""

from dataclasses import replace

import pytest

from app.kit.presenters.flow import FlowPart, FlowView, has_flow, view_flow
from app.kit.presenters.flow_words import Part
from app.kit.presenters.tone import Shape
from backend.model.quality import Quality
from tests.support.snapshots import Scenery, plan, town
from tests.support.surroundings import balance, equipped


def view(scenery: Scenery = Scenery.LIVE, flows: dict[str, float] | None = None) -> FlowView:
    snapshot = equipped(town(scenery, languages=("en",)), scenery, flows=flows)
    found = view_flow(snapshot, snapshot.now_ms)
    assert found is not None
    return found


def parts(found: FlowView) -> dict[Part, FlowPart]:
    assert found.building is not None
    return {part.part: part for part in (*found.parts, found.building)}


def shown_sum(found: FlowView) -> float:
    """Of what is painted: what comes in less what goes out."""
    each = [part for part in (*found.parts, found.building) if part and part.figure]
    return sum(float(part.figure.number) * (1 if part.into > 0 else -1) for part in each if part.figure)


@pytest.mark.parametrize("tenths", range(25))
def test_the_shown_figures_add_up(tenths: int) -> None:
    found = view(flows=balance(14_003.7 + tenths * 13.7, -3_049.0 + tenths * 7, 5_851.0, -1_271.3))
    assert shown_sum(found) == pytest.approx(0.0, abs=1e-9)
    assert not found.difference


def test_meters_that_do_not_agree_are_not_made_to(qapp: object) -> None:
    found = view(flows=balance(14_000.0) | {"load_power": 1_000.0})
    assert found.difference.main.startswith("The meters differ by")


def test_what_is_not_measured_is_not_drawn() -> None:
    flows = balance(9_000.0)
    found = view(flows={name: flows[name] for name in ("generation_power", "load_power", "grid_power")})
    assert [part.part for part in found.parts] == [Part.SUN, Part.GRID]
    snapshot = equipped(town())
    key = "aoba/derived/battery_power"
    absent = snapshot.latest[key]._replace(value=None, quality=Quality.BAD_NOT_SUPPORTED)
    without = view_flow(replace(snapshot, latest={**snapshot.latest, key: absent}), snapshot.now_ms)
    assert without is not None
    assert Part.BATTERY not in [part.part for part in without.parts]


def test_directions() -> None:
    found = parts(view(flows=balance(14_000.0, battery_w=-3_000.0, cars_w=2_000.0, grid_w=-4_000.0)))
    assert found[Part.SUN].into > 0
    assert (found[Part.GRID].into, found[Part.GRID].detail.main) == (pytest.approx(-4 / 14), "To the grid")
    assert (found[Part.BATTERY].detail.main, found[Part.CARS].detail.main) == ("Being filled", "Charging")
    found = parts(view(flows=balance(0.0, battery_w=3_000.0, cars_w=0.0, grid_w=4_000.0)))
    assert (found[Part.GRID].detail.main, found[Part.BATTERY].detail.main) == ("From the grid", "Giving power")
    assert (found[Part.CARS].into, found[Part.CARS].detail.main) == (0, "Not charging")


def test_under_inspection_says_so_and_flows_nowhere() -> None:
    found = view(Scenery.FAULTY)
    sun = parts(found)[Part.SUN]
    assert (sun.figure, sun.into) == (None, 0)
    assert sun.state is not None
    assert sun.state.word.main == "Under inspection"
    assert not found.difference


def test_no_contact_is_no_figure() -> None:
    sun = parts(view(Scenery.OFFLINE))[Part.SUN]
    assert sun.figure is None
    assert sun.state is not None
    assert sun.state.shape is Shape.DASHES


def test_an_older_figure_has_its_time() -> None:
    assert parts(view(Scenery.STALE))[Part.SUN].note == "11:38"


def test_at_night_the_sun_sleeps_and_the_rest_adds_up() -> None:
    found = view(Scenery.NIGHT)
    sun = parts(found)[Part.SUN]
    assert sun.state is not None
    assert sun.state.shape is Shape.MOON
    assert shown_sum(found) == pytest.approx(0.0, abs=1e-9)


def test_a_place_that_measures_one_end_has_no_flow() -> None:
    assert not has_flow(equipped(town(), flows={"generation_power": 9_000.0}))
    assert not has_flow(equipped(town(), flows={"generation_power": 9_000.0, "charging_power": 3_000.0}))
    assert has_flow(equipped(town(), flows={"grid_power": 9_000.0, "load_power": 9_000.0}))
    assert has_flow(equipped(town()))
    assert not has_flow(town())


def test_the_plan_says_whether_it_moves() -> None:
    snapshot = equipped(town())
    still = view_flow(replace(snapshot, plan=replace(plan(), motion=False)), snapshot.now_ms)
    assert still is not None
    assert not still.moving
