"""Who may belong, for how long, and who may not any more."""

import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.authority import CODE_MS, GRACE_MS, Authority, Refused
from backend.identity.certificates import ends_ms, holder_of, is_issued_by, make_request, read_certificate
from backend.identity.codes import digest_of, id_of, prove
from backend.identity.registry import Standing
from backend.identity.renewal import Renewal, ask_renewal, is_due
from backend.wire.signature import key_id_of, sign
from tests.support.applicant import Applicant
from tests.unit.backend.identity.conftest import DAY_MS, NOW_MS


def test_a_code_an_application_and_an_operator_make_a_member(authority: Authority, school: Applicant) -> None:
    code = authority.make_code("school", NOW_MS)
    assert authority.apply(code, school.request, NOW_MS).standing is Standing.WAITING
    assert authority.public_key(school.key_id) is None
    authority.confirm(school.key_id, NOW_MS)
    answer = authority.apply(code, school.request, NOW_MS)
    certificate = read_certificate(answer.certificate)
    assert holder_of(certificate).key_id == school.key_id
    assert is_issued_by(certificate, authority.certificates())
    assert authority.public_key(school.key_id) == ("school", school.private.public_key())


def test_the_code_may_be_typed_carelessly(authority: Authority, school: Applicant) -> None:
    code = authority.make_code("school", NOW_MS).lower().replace("-", " ")
    assert authority.apply(code, school.request, NOW_MS).standing is Standing.WAITING


def test_a_code_works_once_for_one_node_and_one_day(authority: Authority, school: Applicant) -> None:
    code = authority.make_code("school", NOW_MS)
    for applicant, at_ms in ((Applicant("harbour"), NOW_MS), (school, NOW_MS + CODE_MS)):
        with pytest.raises(Refused):
            authority.apply(code, applicant.request, at_ms)
    authority.apply(code, school.request, NOW_MS)
    with pytest.raises(Refused):
        authority.apply(code, Applicant().request, NOW_MS)
    with pytest.raises(Refused):
        authority.apply("", Applicant().request, NOW_MS)


def test_of_many_who_use_one_code_at_once_one_wins(authority: Authority) -> None:
    code, crowd = authority.make_code("school", NOW_MS), [Applicant() for _ in range(8)]
    won: list[bytes] = []

    def try_it(applicant: Applicant) -> None:
        try:
            authority.apply(code, applicant.request, NOW_MS)
        except Refused:
            return
        won.append(applicant.key_id)

    threads = [threading.Thread(target=try_it, args=(applicant,)) for applicant in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [member.key_id for member in authority.registry.members()] == won
    assert len(won) == 1


@pytest.mark.parametrize("request_", [b"", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"])
def test_what_is_no_request(authority: Authority, request_: bytes) -> None:
    with pytest.raises(Refused):
        authority.apply(authority.make_code("school", NOW_MS), request_, NOW_MS)


def test_a_request_signed_by_another_key(authority: Authority, school: Applicant) -> None:
    lines = school.request.splitlines()
    lines[-2] = (b"A" if lines[-2][:1] != b"A" else b"B") + lines[-2][1:]
    with pytest.raises(Refused):
        authority.apply(authority.make_code("school", NOW_MS), b"\n".join(lines), NOW_MS)


def test_confirming_needs_someone_who_waits(authority: Authority, school: Applicant) -> None:
    school.join(authority, NOW_MS)
    for key_id in (school.key_id, bytes(16)):
        with pytest.raises(Refused):
            authority.confirm(key_id, NOW_MS)


@pytest.mark.parametrize("days", [21, 29.9, 31, 30 + 179])
def test_renewal_before_the_end_and_in_grace(authority: Authority, school: Applicant, days: float) -> None:
    old = school.join(authority, NOW_MS).certificate
    later = NOW_MS + int(days * DAY_MS)
    assert is_due(old, later)
    renewed = authority.renew(ask_renewal(school.private, old, "school"), later).certificate
    assert ends_ms(read_certificate(renewed)) > later + 29 * DAY_MS
    assert authority.renew(ask_renewal(school.private, old, "school"), later).certificate == renewed


def test_no_renewal_is_due_while_young_nor_allowed_after_the_grace(authority: Authority, school: Applicant) -> None:
    old = school.join(authority, NOW_MS).certificate
    assert not is_due(old, NOW_MS + 19 * DAY_MS)
    late = ends_ms(read_certificate(old)) + GRACE_MS + 1
    with pytest.raises(Refused):
        authority.renew(ask_renewal(school.private, old, "school"), late)


def test_a_key_rotates_and_what_the_old_one_signed_still_counts(authority: Authority, school: Applicant) -> None:
    old, new = school.join(authority, NOW_MS).certificate, Ed25519PrivateKey.generate()
    answer = authority.renew(ask_renewal(school.private, old, "school", new), NOW_MS + 21 * DAY_MS)
    assert holder_of(read_certificate(answer.certificate)).key_id == key_id_of(new.public_key())
    assert authority.public_key(key_id_of(new.public_key())) is not None
    assert authority.public_key(school.key_id) is not None


def test_renewals_that_are_refused(authority: Authority, school: Applicant) -> None:
    old, thief = school.join(authority, NOW_MS).certificate, Applicant()
    good = ask_renewal(school.private, old, "school")
    foreign = Authority(authority.folder.parent / "other")
    foreign.create("Town", NOW_MS)
    strange = Applicant()
    for renewal in (
        Renewal(old, thief.request, ask_renewal(thief.private, old, "school").envelope),
        Renewal(old, thief.request, good.envelope),
        Renewal(old, good.request, sign(school.private, school.key_id, good.request)),
        Renewal(b"", good.request, good.envelope),
        ask_renewal(school.private, old, "harbour"),
        ask_renewal(strange.private, strange.join(foreign, NOW_MS).certificate, "school"),
    ):
        with pytest.raises(Refused):
            authority.renew(renewal, NOW_MS + 21 * DAY_MS)


def test_a_revoked_key_counts_for_nothing(authority: Authority, school: Applicant) -> None:
    old = school.join(authority, NOW_MS).certificate
    authority.revoke(authority.registry.members(), NOW_MS)
    assert authority.public_key(school.key_id) is None
    for ask in (
        lambda: authority.renew(ask_renewal(school.private, old, "school"), NOW_MS),
        lambda: authority.apply(authority.make_code("school", NOW_MS), school.request, NOW_MS),
        lambda: authority.confirm(school.key_id, NOW_MS),
    ):
        with pytest.raises(Refused):
            ask()


def test_a_name_that_no_certificate_can_bear() -> None:
    with pytest.raises(ValueError, match="64"):
        make_request(Ed25519PrivateKey.generate(), "x" * 65)


def test_a_code_says_what_its_node_may_follow(authority: Authority) -> None:
    hall = Applicant("hall")
    assert authority.reads("hall") == frozenset()
    authority.apply(authority.make_code("hall", NOW_MS, reads=["aoba-es", "harbour"]), hall.request, NOW_MS)
    assert authority.reads("hall") == {"aoba-es", "harbour"}
    assert authority.reads("school") == frozenset()
    authority.apply(authority.make_code("hall", NOW_MS, reads=["harbour"]), Applicant("hall").request, NOW_MS)
    assert authority.reads("hall") == {"harbour"}


def test_whoever_has_a_code_sees_whom_to_believe(authority: Authority) -> None:
    digest = digest_of(authority.make_code("school", NOW_MS))
    told = authority.introduce(id_of(digest), NOW_MS)
    assert told.proof == prove(digest, told.authorities)
    assert told.authorities == authority.believed(NOW_MS)
    for unknown in (id_of(b"another"), "", digest.hex()):
        with pytest.raises(Refused):
            authority.introduce(unknown, NOW_MS)
    with pytest.raises(Refused):
        authority.introduce(id_of(digest), NOW_MS + CODE_MS)
