"""How far a parent is behind with one chain, and what of an outbox lies in a hole."""

from backend.model.chain import Chain
from backend.model.spans import Spans
from backend.sync.lanes import Lag, Load, within
from tests.support.exchange import Sealer

CHAIN = Chain("school", bytes(16))


def lag(held: int, parent: Spans) -> Lag:
    made = Lag(1, CHAIN, True, Spans(((1, held),)), Spans())
    made.begin(parent)
    return made


def test_what_is_new_is_live_and_what_lies_before_it_is_missing() -> None:
    behind = lag(100, Spans(((1, 10), (41, 60))))
    assert (behind.newest_after, behind.missing) == (60, Spans(((11, 40),)))
    behind.under_way = Spans(((91, 100),))
    assert (behind.newest_after, behind.missing) == (100, Spans(((11, 40), (61, 90))))
    assert behind.waiting == Spans(((11, 40), (61, 100))), "what is under way is not there yet"


def test_what_differs_is_sent_again_whatever_an_answer_that_was_under_way_says() -> None:
    behind = lag(100, Spans(((1, 100),)))
    behind.differs((21, 30))
    behind.acknowledge(Spans(((1, 100),)))
    assert behind.missing == Spans(((21, 30),))
    behind.arrived(Spans(((21, 30),)))
    behind.acknowledge(Spans(((1, 100),)))
    assert not behind.waiting


def test_what_was_refused_stays_so_when_the_line_comes_back() -> None:
    behind = lag(100, Spans())
    behind.refused = Spans(((5, 6),))
    behind.begin(Spans(((1, 4), (7, 100))))
    assert not behind.waiting


def test_a_hole_is_told_from_what_was_removed_in_it() -> None:
    sealer = Sealer()
    batches = [sealer.seal() for _ in range(5)]
    assert within((1, 10), batches) == (batches, Spans())
    assert within((1, 4), batches) == (batches[:2], Spans())
    assert within((1, 8), batches[3:]) == (batches[3:4], Spans(((1, 6),)))
    assert within((1, 20), batches[:2]) == (batches[:2], Spans()), "there may be more than were asked for"
    assert within((11, 20), []) == ([], Spans(((11, 20),)))


def test_a_parcel_takes_the_first_however_large_and_then_what_fits() -> None:
    sealer, behind = Sealer(), lag(10_000, Spans())
    large, small = sealer.seal(2000), sealer.seal()
    load = Load.of(large.signed.size // 2)
    assert load.fill(behind, [large, small]) == [large]
    assert load.is_full
    assert behind.under_way == Spans(((large.first, large.last),))
