"""Whatever a stranger posts to the door's parsers is read or refused: nothing else comes out of them."""

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.authority import Authority, Refused
from backend.identity.certificates import NotACertificate, make_request, read_request, read_shown
from backend.identity.renewal import Renewal, ask_renewal
from backend.sync.messages import Application, NotUnderstood, ReconcileQuestion, RenewalQuestion, Vouching, decode, encode
from tests.support.applicant import Applicant
from tests.unit.backend.sync.conftest import NOW_MS, Town
from tests.unit.backend.wire.test_fuzz import mutated

ROUNDS = 1_000
REQUEST = make_request(Ed25519PrivateKey.generate(), "school")
MESSAGES = (
    Application("AAAA-BBBB", REQUEST.decode()),
    RenewalQuestion(REQUEST.decode(), REQUEST.decode(), "00" * 92),
    Vouching([REQUEST.decode()], ["00" * 16]),
    ReconcileQuestion("school", "00" * 16, 1, 9, 3, 9, "00" * 32),
)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_bodies(message: object) -> None:
    chance = random.Random(7)
    good = encode(message)  # type: ignore[arg-type]
    assert decode(good, type(message)) == message
    for _ in range(ROUNDS):
        try:
            decode(mutated(good, chance), type(message))
        except NotUnderstood:
            continue


def test_requests_and_certificates() -> None:
    chance = random.Random(8)
    for _ in range(ROUNDS):
        for read in (read_request, read_shown):
            try:
                read(mutated(REQUEST, chance))
            except NotACertificate:
                continue


def test_what_reaches_the_authority(town: Town) -> None:
    chance = random.Random(9)
    school = Applicant("school")
    answer = school.join(town.authority, NOW_MS)
    renewal = ask_renewal(school.private, answer.certificate, "school")
    for _ in range(ROUNDS // 4):
        for ask in (_apply(town.authority, mutated(REQUEST, chance)), _renew(town.authority, renewal, chance)):
            try:
                ask()
            except Refused:
                continue
    assert [member.node for member in town.authority.registry.members()] == ["school"]


def _apply(authority: Authority, request: bytes):
    return lambda: authority.apply("AAAA", request, NOW_MS)


def _renew(authority: Authority, good: Renewal, chance: random.Random):
    parts = [good.certificate, good.request, good.envelope]
    at = chance.randrange(3)
    parts[at] = mutated(parts[at], chance)
    return lambda: authority.renew(Renewal(*parts), NOW_MS)
