"""Words for why somebody, or what was sent, is not believed."""

from collections.abc import Mapping

from app.kit.i18n import Texts
from app.kit.presenters.gaps import gap_cause_words
from backend.model.message import Message

_REASONS: Mapping[str, Message] = {
    "no_certificate": Message("no certificate was shown"),
    "expired": Message("the certificate has ended"),
    "not_yet_valid": Message("the certificate is not valid yet"),
    "unknown_authority": Message("the certificate is from another authority"),
    "self_signed": Message("the certificate is from no authority"),
    "forged_certificate": Message("the certificate is forged"),
    "wrong_purpose": Message("the certificate is for another purpose"),
    "unbelieved_certificate": Message("the certificate does not hold"),
    "no_handshake": Message("no TLS of an accepted version was spoken"),
    "unknown": Message("the key is not known here"),
    "unknown_code": Message("a code that does not count"),
    "not_enrolled": Message("an application that is not accepted"),
    "not_renewed": Message("a renewal that is not accepted"),
    "not_vouched": Message("keys of children that are no keys"),
    "foreign_name": Message("keys for a node that is somebody else's"),
    "too_many_requests": Message("too many requests"),
    "undefined": Message("it speaks of points that nothing defines"),
}


def refusal_words(texts: Texts, reason: str) -> str:
    """Why; the bare key of a reason that is not known here."""
    words = _REASONS.get(reason)
    return texts.say_message(words) if words else gap_cause_words(texts, reason)
