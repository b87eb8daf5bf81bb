"""Every text, number, date and unit that a person can see is made here; no Qt, and Babel only when first needed."""

from app.kit.i18n.catalogues import available_languages
from app.kit.i18n.quantity import ABSENT, Quantity
from app.kit.i18n.texts import Texts, name_of, texts_for

__all__ = ["ABSENT", "Quantity", "Texts", "available_languages", "name_of", "texts_for"]
