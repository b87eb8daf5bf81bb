"""The rotation on monotonic time, the ring against burn-in, the hidden way out."""

from itertools import pairwise

import pytest

from backend.model.kiosk import SceneSlot
from kiosk.player.drift import REACH_PX, STEP_SECONDS, offset_at
from kiosk.player.gesture import CORNERS, ESCAPES, ExitGesture, Touch, touch_at
from kiosk.player.playlist import FALLBACK, Playlist

NOW_EV = (SceneSlot("now", 12.0), SceneSlot("ev", 8.0))


def test_scenes_take_turns_for_their_own_time():
    playlist = Playlist(NOW_EV)
    both = {"now", "ev"}
    shown = [playlist.advance(float(second), both) for second in range(41)]
    assert shown == ["now"] * 12 + ["ev"] * 8 + ["now"] * 12 + ["ev"] * 8 + ["now"]


def test_scenes_with_nothing_to_show_are_passed_over():
    playlist = Playlist(NOW_EV)
    assert [playlist.advance(t, {"ev"}) for t in (0.0, 8.0, 16.0)] == ["ev"] * 3


def test_a_scene_that_loses_its_data_gives_way_at_once():
    playlist = Playlist(NOW_EV)
    assert playlist.advance(0.0, {"now", "ev"}) == "now"
    assert playlist.advance(1.0, {"ev"}) == "ev"


def test_when_nothing_can_be_shown_the_fallback_is():
    playlist = Playlist(NOW_EV)
    assert playlist.advance(0.0, set()) == FALLBACK
    assert playlist.advance(6.0, {"ev"}) == "ev"
    assert Playlist().advance(0.0, {"now"}) == FALLBACK


def test_a_changed_plan_keeps_the_scene_that_is_on():
    playlist = Playlist(NOW_EV)
    playlist.advance(0.0, {"now", "ev"})
    playlist.set_slots((SceneSlot("ev"), SceneSlot("now", 5.0)))
    assert playlist.advance(1.0, {"now", "ev"}) == "now"
    playlist.set_slots((SceneSlot("ev"),))
    assert playlist.advance(2.0, {"now", "ev"}) == "ev"


def test_very_short_slots_do_not_flicker():
    playlist = Playlist((SceneSlot("now", 0.0), SceneSlot("ev", 0.0)))
    assert [playlist.advance(t, {"now", "ev"}) for t in (0.0, 1.0, 2.9, 3.1)] == ["now", "now", "now", "ev"]


def test_the_picture_wanders_a_little_and_stays_near():
    steps = [offset_at(STEP_SECONDS * n) for n in range(40)]
    for (x, y), (next_x, next_y) in pairwise(steps):
        assert 2 <= max(abs(next_x - x), abs(next_y - y)) <= 4
    assert max(max(abs(x), abs(y)) for x, y in steps) == REACH_PX
    assert offset_at(10.0) == offset_at(100.0)


def test_corners_are_found_at_any_shape():
    assert touch_at(5, 5, 1920, 1080) is Touch.TOP_LEFT
    assert touch_at(1075, 1915, 1080, 1920) is Touch.BOTTOM_RIGHT
    assert touch_at(960, 5, 1920, 1080) is Touch.ELSEWHERE
    assert touch_at(960, 540, 1920, 1080) is Touch.ELSEWHERE


@pytest.mark.parametrize("sequence", [CORNERS, ESCAPES, (Touch.ELSEWHERE, *CORNERS)])
def test_the_way_out(sequence: tuple[Touch, ...]):
    gesture = ExitGesture()
    made = [gesture.press(touch, float(i)) for i, touch in enumerate(sequence)]
    assert made == [False] * (len(sequence) - 1) + [True]


def test_no_way_out_too_slowly_or_in_another_order():
    slow = ExitGesture()
    assert not any(slow.press(touch, 4.0 * i) for i, touch in enumerate(CORNERS))
    wrong = ExitGesture()
    assert not any(wrong.press(touch, float(i)) for i, touch in enumerate(reversed(CORNERS)))
