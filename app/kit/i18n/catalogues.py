"""Gettext catalogues: compiled ones as they are, missing or outdated ones compiled into memory."""

from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from app.kit import resources

DOMAIN = "enemado"


def available_languages(folder: Path | None = None) -> tuple[str, ...]:
    """Codes of the languages that have a catalogue, sorted."""
    found = (folder or resources.translations()).glob(f"*/LC_MESSAGES/{DOMAIN}.[mp]o")
    return tuple(sorted({path.parents[1].name for path in found}))


def load_catalogue(language: str, folder: Path | None = None) -> NullTranslations:
    """The catalogue of a language; an unknown language speaks the English of the code."""
    base = (folder or resources.translations()) / language / "LC_MESSAGES" / DOMAIN
    source, compiled = base.with_suffix(".po"), base.with_suffix(".mo")
    if compiled.exists() and not _is_newer(source, compiled):
        with compiled.open("rb") as file:
            return GNUTranslations(file)
    return GNUTranslations(BytesIO(compile_catalogue(source))) if source.exists() else NullTranslations()


def compile_catalogue(source: Path) -> bytes:
    """The bytes of the .mo that belongs to a .po. Raises ``babel.messages.pofile.PoFileError`` where it is malformed."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    target = BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def _is_newer(source: Path, compiled: Path) -> bool:
    return source.exists() and source.stat().st_mtime_ns > compiled.stat().st_mtime_ns
