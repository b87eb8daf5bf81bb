"""What the console says of the made-up town, in both languages and in every state."""

from dataclasses import replace

import numpy as np
import pytest

from app.console.screens.contract import RawRow
from app.console.screens.device import presenter as device_page
from app.console.screens.devices import presenter as devices_page
from app.console.screens.overview.figures import clear_ratio, figures_of
from app.console.screens.overview.presenter import OverviewPresenter, spark_of
from app.console.shell.footer import clock_of, remarks_of
from app.console.shell.search import matches, targets_of
from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import ABSENT, texts_for
from app.kit.presenters.bilingual import Speaker
from app.kit.presenters.condition import Severity, condition_of
from app.kit.presenters.health import tally_of
from app.kit.presenters.tone import Shape, Tone
from app.kit.presenters.vitals import health_of
from backend.model.point import Point, PointKind, PointSpec, Unit
from backend.model.states import Connectivity, ConnectorState, DeviceHealth, StateSet
from backend.store.contract import StoreState
from tests.support.snapshots import Scenery, town

JA, EN = texts_for("ja"), texts_for("en")


def with_points(snapshot: Snapshot) -> Snapshot:
    """The town with the specifications of what it measures, and a store."""
    units = {"ac_power": Unit.WATT, "connector1.power": Unit.WATT, "ambient_temperature": Unit.CELSIUS}
    points = {
        key: Point(key.rpartition("/")[0], PointSpec(key.rpartition("/")[2], units[key.rpartition("/")[2]]))
        for key in snapshot.latest
    }
    return replace(snapshot, points=points, store=StoreState("e", 9, snapshot.now_ms - 2000, 0, 1_800_000_000, 20_000_000_000, 0))


LIVE = with_points(town())


def words(snapshot: Snapshot) -> dict[str, str]:
    return {key: condition_of(snapshot, device, snapshot.now_ms, EN).word for key, device in snapshot.devices.items()}


def test_figures_answer_what_a_duty_officer_asks():
    figures = {figure.caption: figure for figure in figures_of(LIVE, LIVE.now_ms, EN)}
    assert list(figures) == ["Generation now", "Today", "EV chargers", "Healthy devices", "Lost readings"]
    assert figures["Generation now"].note == "kW"
    assert figures["EV chargers"].number == "3 / 6"
    assert (figures["Healthy devices"].number, figures["Healthy devices"].tone) == ("6 / 8", Tone.RED)
    assert figures["Lost readings"].note == "last written 2 s ago"


def test_a_town_without_chargers_or_generation_has_no_such_figures():
    sensors = {key: device for key, device in LIVE.devices.items() if device.key == "aoba/roof"}
    captions = [figure.caption for figure in figures_of(replace(LIVE, devices=sensors, days={}), LIVE.now_ms, EN)]
    assert captions == ["Healthy devices", "Lost readings"]


def test_unknown_generation_is_a_dash_and_never_zero():
    snapshot = with_points(town(Scenery.OFFLINE))
    figure = figures_of(snapshot, snapshot.now_ms, EN)[0]
    assert (figure.number, figure.note) == ("—", "0 of 1 units")


def test_lost_readings_are_red():
    assert LIVE.store is not None
    snapshot = replace(LIVE, store=replace(LIVE.store, lost=12))
    assert figures_of(snapshot, LIVE.now_ms, EN)[-1].tone is Tone.RED


def test_sites_come_worst_first_and_say_what_is_wrong():
    view = OverviewPresenter().view(LIVE, LIVE.now_ms, EN)
    assert [row.key for row in view.rows] == ["aoba", "cityhall"]
    state = view.rows[0].cells[1]
    assert (state.text, state.shape, state.tone) == ("Fault", Shape.TRIANGLE, Tone.RED)
    assert view.summary == "2 sites · worst first"


def test_a_healthy_town_is_colourless():
    fine = {"connectivity": Connectivity.CONNECTED, "health": DeviceHealth.OK}
    well = {key: replace(status, **fine) for key, status in LIVE.statuses.items()}
    view = OverviewPresenter().view(replace(LIVE, statuses=well, connectors=()), LIVE.now_ms, JA)
    assert view.attention == ()
    assert {cell.tone for row in view.rows for cell in row.cells} <= {Tone.INK, Tone.MUTED}
    assert {figure.tone for figure in view.figures} == {Tone.INK}


def test_attention_says_what_where_since_when_and_what_is_done():
    view = OverviewPresenter().view(LIVE, LIVE.now_ms, EN)
    fault, silent = view.attention
    assert fault.severity is Severity.FAULT
    assert silent.title == "No communication"
    assert silent.where == "City Hall · Station square"
    assert silent.since == "since 10:58"
    assert silent.meaning == "The connection is lost. The node keeps trying to reach it."


def test_curves_are_made_anew_only_when_the_day_was_read_again():
    presenter = OverviewPresenter()
    first = presenter.view(LIVE, LIVE.now_ms, EN).rows[0].cells[4].spark
    assert presenter.view(LIVE, LIVE.now_ms + 1000, EN).rows[0].cells[4].spark is first
    day = replace(LIVE.days["aoba"])
    assert presenter.view(replace(LIVE, days={"aoba": day}), LIVE.now_ms, EN).rows[0].cells[4].spark is not first


def test_a_curve_stays_in_its_frame():
    spark = spark_of(LIVE.days["aoba"])
    assert 0.0 <= spark.x.min() <= spark.x.max() <= 1.0
    assert np.nanmax(spark.y) <= 1.0


def test_the_ratio_to_a_clear_sky_is_left_out_where_it_says_nothing():
    assert clear_ratio(LIVE, "aoba", LIVE.now_ms) == pytest.approx(0.93, abs=0.05)
    night = with_points(town(Scenery.NIGHT))
    assert clear_ratio(night, "aoba", night.now_ms) is None
    assert clear_ratio(LIVE, "cityhall", LIVE.now_ms) is None


@pytest.mark.parametrize(
    ("scenery", "word"),
    [
        (Scenery.LIVE, "Healthy"),
        (Scenery.STALE, "No communication"),
        (Scenery.OFFLINE, "No communication"),
        (Scenery.SILENT, "Node silent"),
        (Scenery.FAULTY, "Value in doubt"),
        (Scenery.NIGHT, "Asleep"),
        (Scenery.EMPTY, "Never heard of"),
    ],
)
def test_the_condition_of_an_inverter(scenery: Scenery, word: str):
    assert words(with_points(town(scenery)))["aoba/pv1"] == word


def test_devices_can_be_filtered_in_any_order_and_width():
    def keys(wanted: str) -> list[str]:
        return [row.key for row in devices_page.rows_of(LIVE, LIVE.now_ms, JA, wanted)]

    assert len(keys("")) == 8
    assert keys("")[:2] == ["aoba/ev2", "cityhall/ev4"]
    assert keys("北駐車場　２") == ["cityhall/ev2"]
    assert keys("市役所 通信なし") == ["cityhall/ev4"]
    assert keys("AOBA/PV1") == ["aoba/pv1"]
    assert keys("no such thing") == []


def test_a_row_of_a_device_tells_link_health_value_and_age():
    rows = {row.key: [cell.text for cell in row.cells] for row in devices_page.rows_of(LIVE, LIVE.now_ms, EN)}
    assert rows["aoba/roof"] == [
        "Roof sensor", "Aoba Elementary School", "Sensor", "Connected", "Healthy", "16.4°C", "3 s ago",
    ]  # fmt: skip


def test_a_charger_shows_power_while_it_delivers_any_and_no_old_one_later():
    def value(snapshot: Snapshot) -> str:
        rows = {row.key: row.cells for row in devices_page.rows_of(snapshot, snapshot.now_ms, EN)}
        return rows["cityhall/ev2"][5].text

    ended = tuple(replace(each, state=ConnectorState.AVAILABLE) for each in LIVE.connectors)
    assert value(LIVE) == "38.2\u00a0kW"
    assert value(replace(LIVE, connectors=ended)) == ABSENT


def test_the_page_of_a_device():
    device = LIVE.devices["aoba/pv1"]
    head = device_page.head_of(LIVE, device, LIVE.now_ms, EN)
    assert (head.name, head.place) == ("Solar inverter", "Aoba Elementary School · Solar inverter")
    assert head.facts == ("sunspec://192.0.2.10:502",)
    (row,) = device_page.point_rows(LIVE, device, LIVE.now_ms, EN)
    assert [cell.text for cell in row.cells][:2] == ["AC power", "ac_power"]
    assert [cell.text for cell in row.cells][3:] == ["Good", "3 s ago"]


def test_trends_are_of_quantities_not_of_registers():
    device = LIVE.devices["aoba/pv1"]
    register = Point("aoba/pv1", PointSpec("ac_energy", Unit.WATT_HOUR, PointKind.ACCUMULATING))
    snapshot = replace(LIVE, points={**LIVE.points, register.key: register})
    assert device_page.trend_point(snapshot, device, "aoba/pv1/ac_energy") == "aoba/pv1/ac_power"
    assert device_page.trend_point(snapshot, device, "aoba/pv1/ac_power") == "aoba/pv1/ac_power"


def test_raw_values_stand_beside_decoded_ones():
    rows = device_page.raw_rows(
        [RawRow("103#0.W", "1482", "14820", "W", "ac_power", ""), RawRow("103#0.VAr", "", "", "", "", "not implemented")]
    )
    assert [cell.text for cell in rows[0].cells] == ["103#0.W", "1482", "14820 W", "ac_power"]
    assert rows[1].cells[2].text == "not implemented"
    assert rows[1].cells[2].tone is Tone.MUTED


def test_the_footer_always_answers():
    texts = [remark.text for remark in remarks_of(LIVE, LIVE.now_ms, EN)]
    assert texts == ["Node running", "Cloud not set up", "Lost 0", "Cache 1.8\u00a0GB / 20.0\u00a0GB"]
    silent = remarks_of(LIVE, LIVE.now_ms + 120_000, EN)[0]
    assert (silent.text, silent.wrong) == ("Node silent", True)
    assert remarks_of(None, 0, EN)[0].wrong
    assert clock_of(LIVE, LIVE.now_ms) == "2026-11-23 11:42:07 JST"


def test_search_finds_screens_sites_and_devices():
    targets = targets_of(LIVE, {"overview": "概要"}, JA)
    assert [(t.screen, t.key) for t in matches(targets, "がいよう")] == []
    assert [(t.screen, t.key) for t in matches(targets, "概要")] == [("overview", "")]
    assert ("device", "cityhall/ev4") in [(t.screen, t.key) for t in matches(targets, "駅前")]
    assert len(matches(targets, "")) <= 12


def test_every_stored_code_has_a_word():
    from app.kit.presenters.vocabulary import state_word
    from backend.model.states import STATES

    for states, vocabulary in STATES.items():
        assert all(not state_word(JA, states, member).isascii() for member in vocabulary)
    assert state_word(EN, StateSet.INVERTER, 77) == "77"


def test_points_are_called_by_names_and_parts():
    from app.kit.presenters.point_names import point_name

    assert point_name(EN, "ac_power") == "AC power"
    assert point_name(EN, "connector2.soc") == "Connector 2 · State of charge"
    assert point_name(JA, "mppt3_dc_power") == "ストリング3 · 直流電力"
    assert point_name(EN, "station.state") == "Station · State"
    assert point_name(EN, "something_new") == "something_new"


def test_what_is_unknown_is_a_dash_and_never_zero_of_all():
    silent, empty = with_points(town(Scenery.SILENT)), with_points(town(Scenery.EMPTY))
    for snapshot in (silent, empty):
        figures = {figure.caption: figure for figure in figures_of(snapshot, snapshot.now_ms, EN)}
        assert (figures["EV chargers"].number, figures["EV chargers"].note) == (f"{ABSENT} / 6", "checking")
        assert (figures["Healthy devices"].number, figures["Healthy devices"].note) == (f"{ABSENT} / 8", "checking")


def test_kiosk_and_console_count_the_same_devices_as_healthy():
    for scenery in Scenery:
        snapshot = with_points(town(scenery))
        tally = tally_of(snapshot, snapshot.devices.values(), snapshot.now_ms, EN)
        said = health_of(snapshot, snapshot.devices.values(), snapshot.now_ms, Speaker(EN, None)).main
        number = {f.caption: f.number for f in figures_of(snapshot, snapshot.now_ms, EN)}["Healthy devices"]
        if tally.known:
            assert said == f"{tally.well} of 8 devices healthy"
            assert number == f"{tally.well} / 8"
        else:
            assert (said, number) == ("8 devices: checking", f"{ABSENT} / 8")


def test_a_fault_and_a_doubt_tell_since_when_and_a_later_reading_does_not_move_it():
    key = "aoba/pv1/ac_power"
    began_ms = LIVE.now_ms - 40 * 60_000
    faulty = replace(with_points(town(Scenery.FAULTY)), doubts={key: began_ms})
    for later_ms in (0, 5_000):
        latest = {**faulty.latest, key: faulty.latest[key]._replace(at_ms=faulty.now_ms - 3_000 + later_ms)}
        device = faulty.devices["aoba/pv1"]
        assert condition_of(replace(faulty, latest=latest), device, faulty.now_ms, EN).since_ms == began_ms
    broken = replace(LIVE.statuses["aoba/ev1"], health=DeviceHealth.FAULT, health_since_ms=began_ms)
    snapshot = replace(LIVE, statuses={**LIVE.statuses, "aoba/ev1": broken})
    entry = next(e for e in OverviewPresenter().view(snapshot, snapshot.now_ms, EN).attention if e.device == "aoba/ev1")
    assert entry.since == "since 11:02"


def test_old_values_of_a_silent_node_are_not_called_good():
    silent = with_points(town(Scenery.SILENT))
    rows = device_page.point_rows(silent, silent.devices["aoba/pv1"], silent.now_ms, EN)
    assert [(row.cells[3].text, row.cells[2].tone) for row in rows] == [("Last known, no contact", Tone.MUTED)]
    links = {row.key: row.cells[3].text for row in devices_page.rows_of(silent, silent.now_ms, EN)}
    assert set(links.values()) == {ABSENT}


def test_a_value_that_grew_old_is_last_known_while_its_device_still_answers():
    key = "aoba/pv1/ac_power"
    latest = {**LIVE.latest, key: LIVE.latest[key]._replace(at_ms=LIVE.now_ms - 3_600_000)}
    rows = device_page.point_rows(replace(LIVE, latest=latest), LIVE.devices["aoba/pv1"], LIVE.now_ms, EN)
    assert (rows[0].cells[3].text, rows[0].cells[4].text) == ("Last known", "1 h ago")


def test_the_search_offers_devices_before_a_word_is_typed():
    targets = targets_of(LIVE, {"overview": "Overview"}, EN)
    found = matches(targets, "")
    assert [target.screen for target in found[:8]] == ["device"] * 8
    assert len(found) == len(targets)


def test_generation_that_is_not_of_now_is_grey():
    for scenery, tone in ((Scenery.LIVE, Tone.INK), (Scenery.STALE, Tone.MUTED)):
        snapshot = with_points(town(scenery))
        view = OverviewPresenter().view(snapshot, snapshot.now_ms, EN)
        assert view.figures[0].tone is tone
        assert next(row for row in view.rows if row.key == "aoba").cells[2].tone is tone
