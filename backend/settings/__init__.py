"""One YAML file describes a node; everything wrong in it is told at once, by line and key."""

from backend.settings.load import check_text, load
from backend.settings.node import ApiListener, Follow, IngestListener, NodeSettings, OcppListener, Parent, Retention, TlsFiles
from backend.settings.problem import Problem, SettingsError

__all__ = [
    "ApiListener",
    "Follow",
    "IngestListener",
    "NodeSettings",
    "OcppListener",
    "Parent",
    "Problem",
    "Retention",
    "SettingsError",
    "TlsFiles",
    "check_text",
    "load",
]
