"""Words for the gap ledger: why something is not there."""

from collections.abc import Mapping

from app.kit.i18n import Texts
from backend.model.gap import GapKind
from backend.model.message import Message

_KINDS: Mapping[GapKind, Message] = {
    GapKind.NO_DATA: Message("No data"),
    GapKind.LATE: Message("Late"),
    GapKind.LOST: Message("Lost"),
    GapKind.REFUSED: Message("Refused"),
}
_CAUSES: Mapping[str, Message] = {
    "device_lost": Message("the device did not answer"),
    "node_off": Message("the node was not running"),
    "uplink": Message("the line between the nodes was cut"),
    "thinned": Message("older than single readings are kept here"),
    "cap": Message("the store had reached its largest size"),
    "storage": Message("the disk did not take it"),
    "damaged": Message("the disk spoilt it"),
    "malformed": Message("it was malformed"),
    "unknown_key": Message("it was signed with an unknown key"),
    "revoked": Message("it was signed with a revoked key"),
    "forged": Message("the signature does not fit"),
    "wrong_node": Message("it was signed by another node"),
    "conflict": Message("other data are kept in its place"),
    "forked": Message("two nodes go by the same name"),
    "foreign": Message("the site belongs to another node"),
}


def gap_kind_word(texts: Texts, kind: GapKind) -> str:
    """What sort of gap it is."""
    return texts.say_message(_KINDS[kind])


def gap_cause_words(texts: Texts, cause: str) -> str:
    """Why; the bare key of a cause that is not known here."""
    words = _CAUSES.get(cause)
    return texts.say_message(words) if words else cause
