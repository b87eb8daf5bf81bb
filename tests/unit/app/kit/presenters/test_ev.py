"""What the scene "EV chargers" says of every connector."""

from dataclasses import replace

import pytest

from app.kit.presenters.ev import EvCard, has_chargers, view_ev
from app.kit.presenters.tone import Shape, Tone
from backend.model.device import ConnectorStatus
from backend.model.states import ChargingState, ConnectorState
from tests.support.snapshots import CHARGERS, MINUTE_MS, Scenery, charger, connector_status, town


def cards(scenery: Scenery = Scenery.LIVE) -> dict[str, EvCard]:
    snapshot = town(scenery)
    return {f"{card.site} {card.name}": card for group in view_ev(snapshot, snapshot.now_ms).groups for card in group.cards}


def test_the_headline_counts_what_can_be_used() -> None:
    snapshot = town()
    view = view_ev(snapshot, snapshot.now_ms)
    assert (view.accent, view.accent_tone) == ("いま 3台 使えます", Tone.LEAF)
    assert view.subtitle == "EV chargers: 3 of 6 available now"


def test_without_contact_nothing_is_called_available() -> None:
    snapshot = town(Scenery.SILENT)
    view = view_ev(snapshot, snapshot.now_ms)
    assert view.accent == "確認中"
    assert {card.state.shape for group in view.groups for card in group.cards} == {Shape.DASHES}
    assert view.vitals.first.main == "11:11から 更新されていません"


def test_each_state_has_shape_word_and_what_is_known() -> None:
    found = cards()
    charging = found["市役所 北駐車場 2"]
    assert charging.state.word == ("充電中", "Charging")
    assert charging.state.shape is Shape.BOLT
    assert charging.detail[0] == "38.2\u00a0kW・開始から 17分"
    assert charging.second[0] == "Charging・17 min"
    lost = found["市役所 駅前広場"]
    assert lost.state.word.main == "確認中"
    assert lost.detail[0] == "10:58から 連絡が ありません"
    faulted = found["あおば小学校 体育館横"]
    assert faulted.state.word.main == "点検中"
    assert faulted.detail == ("11:25から",)
    assert found["あおば小学校 正門横"].detail == ()


def test_the_own_site_comes_first_and_places_stay() -> None:
    names = list(cards())
    assert names[0] == "あおば小学校 正門横"
    assert names == list(cards(Scenery.SILENT))


def test_an_old_power_is_left_out() -> None:
    snapshot = town()
    key = "cityhall/ev2/connector1.power"
    old = snapshot.latest[key]._replace(at_ms=snapshot.now_ms - 10 * MINUTE_MS)
    view = view_ev(replace(snapshot, latest={**snapshot.latest, key: old}), snapshot.now_ms)
    details = [card.detail for group in view.groups for card in group.cards if card.state.shape is Shape.BOLT]
    assert details == [("開始から 17分", "17分")]


def test_the_power_of_an_earlier_session_is_no_present_power() -> None:
    snapshot = town()
    (charging,) = (each for each in snapshot.connectors if each.state is ConnectorState.CHARGING)
    for newer in (
        replace(charging, since_ms=snapshot.now_ms),
        replace(charging, state=ConnectorState.SUSPENDED_EV, since_ms=snapshot.now_ms),
        replace(charging, state=ConnectorState.FINISHING),
        replace(charging, state=ConnectorState.AVAILABLE, session_since_ms=None),
    ):
        others = tuple(each for each in snapshot.connectors if each is not charging)
        view = view_ev(replace(snapshot, connectors=(*others, newer)), snapshot.now_ms)
        assert not [part for group in view.groups for card in group.cards for part in card.detail if "kW" in part]


def test_connectors_of_one_charger_are_numbered() -> None:
    snapshot = town(chargers=(charger("aoba/quick", "急速", "Quick", "CCS", 90_000, connectors=2),))
    names = [card.name for group in view_ev(snapshot, snapshot.now_ms).groups for card in group.cards]
    assert names == ["急速 1番", "急速 2番"]


def test_a_connector_that_nobody_registered_is_shown_too() -> None:
    snapshot = town(chargers=CHARGERS[:1])
    extra = connector_status(CHARGERS[0], 2, snapshot.now_ms, ConnectorState.AVAILABLE)
    view = view_ev(replace(snapshot, connectors=(*snapshot.connectors, extra)), snapshot.now_ms)
    assert sum(len(group.cards) for group in view.groups) == 2


def test_a_station_out_of_order_offers_no_connector() -> None:
    snapshot = town(chargers=CHARGERS[:1])
    station = ConnectorStatus(CHARGERS[0].key, 0, ConnectorState.FAULTED, snapshot.now_ms - MINUTE_MS)
    view = view_ev(replace(snapshot, connectors=(*snapshot.connectors, station)), snapshot.now_ms)
    assert view.accent == "いま 空きは ありません"
    assert view.groups[0].cards[0].state.word.main == "点検中"


@pytest.mark.parametrize("state", [state for state in ConnectorState if state is not ConnectorState.UNKNOWN])
def test_every_state_of_ocpp_has_a_word(state: ConnectorState) -> None:
    snapshot = town(chargers=CHARGERS[:1])
    status = connector_status(CHARGERS[0], 1, snapshot.now_ms, state)
    card = view_ev(replace(snapshot, connectors=(status,)), snapshot.now_ms).groups[0].cards[0]
    assert card.state.word.main
    assert card.state.word.second
    assert card.state.word.main != card.state.word.second


def test_operators_are_kept_apart_and_named_only_when_several() -> None:
    one = town()
    assert [group.operator for group in view_ev(one, one.now_ms).groups] == [""]
    other = charger("aoba/p1", "民間", "Private", "CCS", 90_000, operator="民間チャージ")
    two = town(chargers=(*CHARGERS, other))
    assert [group.operator for group in view_ev(two, two.now_ms).groups] == ["あおば市", "民間チャージ"]


def test_a_town_without_chargers() -> None:
    snapshot = town(chargers=())
    assert not has_chargers(snapshot)
    view = view_ev(snapshot, snapshot.now_ms)
    assert view.groups == ()
    assert view.nothing.main == "充電器は まだ ありません"


def _session(state: ConnectorState, begun_ms: int, charging: ChargingState = ChargingState.CHARGING) -> EvCard:
    snapshot = town()
    own = "cityhall/ev2"
    status = ConnectorStatus(own, 1, state, snapshot.now_ms - 60 * MINUTE_MS, charging, snapshot.now_ms - begun_ms)
    others = [each for each in snapshot.connectors if each.device != own]
    changed = replace(snapshot, connectors=(*others, status))
    found = [card for group in view_ev(changed, changed.now_ms).groups for card in group.cards]
    return next(card for card in found if card.name == "北駐車場 2")


def test_a_paused_session_tells_no_power() -> None:
    assert _session(ConnectorState.SUSPENDED_EV, 17 * MINUTE_MS).detail == ("開始から 17分", "17分")
    assert _session(ConnectorState.CHARGING, 17 * MINUTE_MS, ChargingState.SUSPENDED_EV).detail == ("開始から 17分", "17分")


def test_a_session_under_a_minute_has_just_started() -> None:
    card = _session(ConnectorState.CHARGING, 20_000)
    assert card.detail == ("38.2\u00a0kW・はじめたばかり", "はじめたばかり")
    assert card.second[0] == "Charging・just started"
