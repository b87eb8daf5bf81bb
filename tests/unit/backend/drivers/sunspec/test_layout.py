"""Places in a block: repetition, nesting, models cut short, and the requests that read them."""

import struct

import pytest

from backend.drivers.sunspec.codec import Absence
from backend.drivers.sunspec.definitions import model_definition
from backend.drivers.sunspec.layout import REQUEST_WORDS, Place, lay_out, pieces, read_place
from backend.simulation.sunspec import PseudoModel


def places_of(model: int, words: int, head: bytes = b"") -> dict[str, Place]:
    definition = model_definition(model)
    assert definition is not None
    return {place.path: place for place in lay_out(definition, head, words)}


def test_offsets_of_the_reference() -> None:
    """Counted from the ID word, as in domain.md section 3."""
    assert offsets(103, 52, "A W W_SF Hz WH WH_SF DCW TmpCab St StVnd Evt1") == [2, 14, 15, 16, 24, 26, 31, 33, 38, 39, 40]
    assert offsets(203, 107, "W W_SF TotWhExp TotWhImp TotWh_SF Evt") == [18, 22, 38, 46, 54, 105]
    assert offsets(701, 155, "St InvSt ConnSt Alrm W Hz TotWhInj TotWhAbs A_SF Tmp_SF") == [3, 4, 5, 6, 10, 17, 19, 23, 113, 122]
    assert offsets(802, 64, "SoC State V A W AHRtg_SF W_SF") == [11, 22, 34, 44, 47, 52, 63]


def offsets(model: int, words: int, names: str) -> list[int]:
    places = places_of(model, words)
    return [places[name].offset for name in names.split()]


def test_groups_repeat_as_often_as_the_model_is_long() -> None:
    places = places_of(160, 2 + 8 + 3 * 20)
    assert places["module[2].DCW"].offset == 10 + 2 * 20 + 11
    assert places["module[2].DCW"].scale_offset == places["DCW_SF"].offset
    assert "module[3].DCW" not in places


def test_an_odd_rest_behind_the_last_group_is_left_alone() -> None:
    assert "module[1].DCW" not in places_of(160, 2 + 8 + 20 + 7)


def test_nested_groups_repeat_as_the_model_says() -> None:
    model = PseudoModel(707, {"NPt": 2, "NCrvSet": 3})
    assert {"Crv[2].MustTrip.Pt[1].V", "Crv[0].MomCess.Pt[0].Tms"} <= set(model.places)
    assert "Crv[3].ReadOnly" not in model.places
    assert "Crv[0].MayTrip.Pt[2].V" not in model.places


def test_a_mad_count_ends_with_the_model() -> None:
    head = bytearray(40)
    definition = model_definition(705)
    assert definition is not None
    offset = 0
    for point in definition.points:
        if point.kind == "count" or point.name in ("NCrv", "NPt"):
            struct.pack_into(">H", head, 2 * offset, 65534)
        offset += point.words
    assert len(lay_out(definition, bytes(head), 60)) < 100


def test_points_beyond_the_end_are_absent() -> None:
    short = places_of(103, 30)
    data = bytes(60)
    assert read_place(short["St"], data, 30).absence is Absence.TRUNCATED
    assert read_place(short["WH_SF"], data[:40], 30).absence is Absence.REFUSED


@pytest.mark.parametrize(
    ("factor", "absence"),
    [(0x8000, Absence.NO_SCALE), (11, Absence.BAD_SCALE), (0x10000 - 11, Absence.BAD_SCALE), (0xFFFF, None)],
)
def test_a_value_is_nothing_without_its_scale_factor(factor: int, absence: Absence | None) -> None:
    model = PseudoModel(103, {"W_SF": -1, "W": 480.0})
    model.put_raw("W_SF", factor)
    found = read_place(model.places["W"], bytes(model.data), 52)
    assert found.raw == 4800
    assert (found.value, found.absence) == ((480.0, None) if absence is None else (None, absence))


@pytest.mark.parametrize(("model", "repeat"), [(160, 30), (701, 1), (103, 1), (702, 1), (803, 1), (63001, 20), (9, 3)])
def test_requests_cover_the_block_and_cut_no_point(model: int, repeat: int) -> None:
    pseudo = PseudoModel(model, {}, repeat)
    words = len(pseudo.data) // 2
    parts = pieces(tuple(pseudo.places.values()), words)
    covered = sorted(register for start, count in parts for register in range(start, start + count))
    assert covered == list(range(words))
    assert max(count for _, count in parts) <= REQUEST_WORDS
    for place in pseudo.places.values():
        end = place.offset + place.point.words
        if place.point.words <= REQUEST_WORDS:
            assert any(start <= place.offset and end <= start + count for start, count in parts)


def test_what_fits_into_one_request_is_read_in_one() -> None:
    inverter = PseudoModel(103, {})
    assert pieces(tuple(inverter.places.values()), 52) == [(0, 52)]
