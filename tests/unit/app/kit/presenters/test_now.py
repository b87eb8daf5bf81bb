"""What the scene "Now" says in each state: every word from the rules, never a number that may not be shown."""

from dataclasses import replace

import numpy as np
import pytest

from app.kit.presenters.hero import HeroKind
from app.kit.presenters.now import NowView, has_generation, view_now
from app.kit.presenters.tone import Shape, Tone
from backend.model.device import DeviceStatus
from backend.model.reading import Reading
from backend.model.site import Co2Wording
from backend.model.states import Connectivity, DeviceHealth
from tests.support.snapshots import MINUTE_MS, Scenery, at, inverter, plan, site_day, town


def view(scenery: Scenery = Scenery.LIVE, moment: str | None = None, languages: tuple[str, ...] = ("ja", "en")) -> NowView:
    snapshot = town(scenery, moment=moment, languages=languages)
    found = view_now(snapshot, snapshot.now_ms)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("scenery", "kind", "words", "shape"),
    [
        (Scenery.LIVE, HeroKind.POWER, "快晴のときの 95%", None),
        (Scenery.STALE, HeroKind.POWER, "11:38 現在の 数字です", Shape.CLOCK),
        (Scenery.OFFLINE, HeroKind.WORD, "10:40から 連絡が ありません", Shape.DASHES),
        (Scenery.SILENT, HeroKind.WORD, "11:11から 連絡が ありません", Shape.DASHES),
        (Scenery.FAULTY, HeroKind.WORD, "正しい数字に なるまで お待ちください", Shape.TRIANGLE),
        (Scenery.NIGHT, HeroKind.ENERGY, "太陽光パネルは 06:25の 日の出まで おやすみ中", Shape.MOON),
        (Scenery.EMPTY, HeroKind.WORD, "はじめての計測を 待っています", Shape.HOURGLASS),
    ],
)
def test_the_hero_of_every_state(scenery: Scenery, kind: HeroKind, words: str, shape: Shape | None) -> None:
    hero = view(scenery).hero
    assert (hero.kind, hero.note.main, hero.shape) == (kind, words, shape)
    assert (hero.figure is None) == (kind is HeroKind.WORD)


def test_a_stale_number_is_paler_than_a_live_one() -> None:
    assert view(Scenery.LIVE).hero.tone is Tone.INK
    assert view(Scenery.STALE).hero.tone is Tone.MUTED


def test_both_languages_and_their_order() -> None:
    assert view().hero.caption == ("いま つくっている でんき", "Generating now")
    assert view(languages=("en", "ja")).hero.caption == ("Generating now", "いま つくっている でんき")
    assert view(languages=("en",)).hero.caption == ("Generating now", "")


def test_before_sunrise_the_hero_is_the_sunrise_and_no_zero_is_shown() -> None:
    early = view(Scenery.NIGHT, moment="2026-11-23T04:05:00+09:00")
    assert early.hero.kind is HeroKind.SUNRISE
    assert early.hero.figure == ("06:24", "")
    assert early.cards == ()


def test_a_good_zero_of_a_faulted_inverter_is_not_shown() -> None:
    snapshot = town()
    status = replace(snapshot.statuses["aoba/pv1"], health=DeviceHealth.FAULT)
    found = view_now(replace(snapshot, statuses={**snapshot.statuses, "aoba/pv1": status}), snapshot.now_ms)
    assert found is not None
    assert found.hero.word.main == "点検中"


def test_a_sum_without_all_inverters_says_so() -> None:
    snapshot = town()
    silent = inverter("aoba/pv2")
    lost = DeviceStatus(silent.key, Connectivity.LOST, snapshot.now_ms - 60 * MINUTE_MS, snapshot.now_ms - 60 * MINUTE_MS)
    found = view_now(
        replace(
            snapshot,
            devices={**snapshot.devices, silent.key: silent},
            statuses={**snapshot.statuses, silent.key: lost},
        ),
        snapshot.now_ms,
    )
    assert found is not None
    assert found.hero.note == ("発電機 2台のうち 1台分", "1 of 2 inverters")


@pytest.mark.parametrize("wording", [Co2Wording.FIT, Co2Wording.FIP, Co2Wording.CREDITS_SOLD])
def test_who_sold_the_environmental_value_claims_no_co2(wording: Co2Wording) -> None:
    snapshot = town(wording=wording)
    found = view_now(snapshot, snapshot.now_ms)
    assert found is not None
    said = repr(found.cards)
    assert "CO₂" not in said
    assert "スギ" not in said
    assert found.cards[1].figure is None
    assert found.cards[1].sentence.main


def test_figures_carry_factor_year_and_source() -> None:
    energy, co2 = view().cards
    assert energy.credits == ("10.7 kWh/日・2023年度・環境省",)
    assert co2.credits == ("0.431 kg-CO₂/kWh・2024年度・環境省", "8.8 kg-CO₂/年・2023年度・林野庁")
    assert view(languages=("en",)).cards[0].credits == ("10.7 kWh/day・FY 2023・Ministry of the Environment",)


def test_a_day_that_lags_behind_says_until_when() -> None:
    assert view(Scenery.OFFLINE).cards[0].title.main == "きょう 10:40まで"
    assert view(Scenery.SILENT).cards[0].title.main == "きょう 11:11まで"
    assert view(Scenery.STALE).cards[0].title.main == "きょう 11:38まで"
    assert view(Scenery.LIVE).cards[0].title.main == "きょう"


def test_a_day_whose_power_is_in_doubt_is_known_until_it_was_heard_last() -> None:
    snapshot = town(Scenery.FAULTY)
    day = replace(snapshot.days["aoba"], heard_ms=snapshot.now_ms - 40 * MINUTE_MS)
    found = view_now(replace(snapshot, days={"aoba": day}), snapshot.now_ms)
    assert found is not None
    assert found.cards[0].title.main == "きょう 11:02まで"


def test_the_footer_counts_the_chargers_of_the_town_as_their_own_scene_does() -> None:
    snapshot = town()
    found = view_now(snapshot, snapshot.now_ms)
    assert found is not None
    assert [(count.word.second, count.count) for count in found.chargers] == [
        ("Available", "3台"),
        ("In use", "1台"),
        ("Under inspection", "1台"),
        ("Checking", "1台"),
    ]


def test_before_anything_is_heard_no_device_is_called_ill() -> None:
    assert view(Scenery.EMPTY, languages=("en",)).vitals.second.main == "4 devices: checking"


def test_a_day_with_holes_is_called_partial() -> None:
    snapshot = town()
    day = site_day(snapshot.now_ms, snapshot.sites["aoba"], gap=True)
    found = view_now(replace(snapshot, days={"aoba": day}), snapshot.now_ms)
    assert found is not None
    assert found.cards[0].title == ("きょう（わかっている分）", "Today, known part")
    assert len(found.chart.hills) == 2


def test_yesterday_is_not_todays_hill() -> None:
    snapshot = town()
    found = view_now(snapshot, snapshot.now_ms + 86_400_000)
    assert found is not None
    assert found.chart.hills == ()


def test_unknown_energy_is_a_word() -> None:
    snapshot = town()
    day = replace(snapshot.days["aoba"], energy_wh=None, power_w=np.full(len(snapshot.days["aoba"].at_ms), np.nan))
    found = view_now(replace(snapshot, days={"aoba": day}), snapshot.now_ms)
    assert found is not None
    assert found.cards[0].figure is None
    assert found.cards[0].sentence.main == "確認中"


def test_the_footer_tells_age_and_health() -> None:
    assert view().vitals.first == ("3秒前に計測", "Measured 3 s ago")
    assert view().vitals.second.main == "機器4台のうち 3台 正常"
    silent = view(Scenery.SILENT).vitals
    assert silent.first.main == "11:11から 更新されていません"
    assert silent.shape is Shape.DASHES


def test_ages_grow_with_the_clock() -> None:
    snapshot = town()
    later = view_now(snapshot, snapshot.now_ms + 4_000)
    assert later is not None
    assert later.vitals.first.main == "7秒前に計測"


def test_a_site_without_chargers_names_the_town_instead() -> None:
    snapshot = town(chargers=())
    found = view_now(snapshot, snapshot.now_ms)
    assert found is not None
    assert found.chargers == ()
    assert found.lead.main == "あおば市 環境クラウド"


def test_a_site_without_panels_is_skipped() -> None:
    snapshot = town()
    assert has_generation(snapshot)
    assert not has_generation(replace(snapshot, plan=plan(site="cityhall")))
    assert not has_generation(replace(snapshot, sites={}, plan=None))


def test_a_bad_temperature_is_left_out() -> None:
    snapshot = town()
    key = "aoba/roof/ambient_temperature"
    assert view().outdoors == "16.4℃"
    old = Reading(key, at("2026-11-23T11:00:00+09:00"), 14.0)
    found = view_now(replace(snapshot, latest={**snapshot.latest, key: old}), snapshot.now_ms)
    assert found is not None
    assert found.outdoors == ""
