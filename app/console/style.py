"""Sizes of the console in logical pixels and its one style sheet, set once when the shell is made."""

from app.kit.presenters.tone import Tone
from app.kit.theme import CONSOLE, FAMILY

BODY_PX = 16
SMALL_PX = 14
FIGURE_PX = 34
HEADING_PX = 18
ROW_PX = 46
GAP_PX = 18
SIDE_PX = 148
BAR_PX = 60
FOOTER_PX = 38
RADIUS_PX = 8

STYLE_SHEET = f"""
* {{ font-family: "{FAMILY}"; font-size: {BODY_PX}px; color: {CONSOLE.ink}; }}
#shell, #page {{ background: {CONSOLE.ground}; }}
#bar, #footer {{ background: {CONSOLE.panel}; }}
#bar {{ border-bottom: 1px solid {CONSOLE.line}; }}
#footer {{ border-top: 1px solid {CONSOLE.line}; }}
#footer QLabel {{ font-size: {SMALL_PX}px; color: {CONSOLE.muted}; }}
#side {{ background: {CONSOLE.side}; border-right: 1px solid {CONSOLE.line}; }}
#brand {{ font-size: {HEADING_PX}px; font-weight: bold; }}
#heading {{ font-size: {HEADING_PX}px; font-weight: bold; }}
#muted {{ color: {CONSOLE.muted}; font-size: {SMALL_PX}px; }}
#panel {{ background: {CONSOLE.panel}; border: 1px solid {CONSOLE.line}; border-radius: {RADIUS_PX}px; }}
QLineEdit {{
    background: {CONSOLE.ground}; border: 1px solid {CONSOLE.line}; border-radius: 6px; padding: 6px 10px;
    selection-background-color: {CONSOLE.blue};
}}
QLineEdit:focus {{ border: 2px solid {CONSOLE.blue}; padding: 5px 9px; background: {CONSOLE.panel}; }}
QPushButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 6px 12px; }}
QPushButton:hover {{ background: {CONSOLE.selected}; }}
QPushButton:focus {{ border: 2px solid {CONSOLE.blue}; padding: 5px 11px; }}
#nav {{ text-align: left; padding: 10px 18px; border-radius: 0; border: none; border-left: 4px solid transparent; }}
#nav:checked {{ background: {CONSOLE.selected}; border-left: 4px solid {CONSOLE.blue}; font-weight: bold; }}
#nav:focus {{ border: 2px solid {CONSOLE.blue}; padding: 8px 18px 8px 16px; }}
QTableView, QListView {{
    background: {CONSOLE.panel}; border: none; outline: none;
    selection-background-color: {CONSOLE.selected}; selection-color: {CONSOLE.ink};
}}
QHeaderView {{ background: {CONSOLE.panel}; border: none; }}
QHeaderView::section {{
    background: {CONSOLE.panel}; color: {CONSOLE.muted}; font-size: {SMALL_PX}px; border: none;
    border-bottom: 1px solid {CONSOLE.line}; padding: 7px 12px;
}}
#action {{ border: 1px solid {CONSOLE.line}; }}
#action:disabled {{ color: {CONSOLE.muted}; }}
#results {{ border: 1px solid {CONSOLE.line}; border-radius: 6px; }}
#results::item {{ padding: 7px 10px; }}
#results::item:selected {{ background: {CONSOLE.selected}; color: {CONSOLE.ink}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {CONSOLE.line}; border-radius: 4px; min-height: 30px; }}
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical {{ height: 0; }}
QScrollArea {{ border: none; background: transparent; }}
"""

_COLOURS = {
    Tone.INK: CONSOLE.ink,
    Tone.MUTED: CONSOLE.muted,
    Tone.LEAF: CONSOLE.leaf,
    Tone.BLUE: CONSOLE.blue,
    Tone.AMBER: CONSOLE.amber,
    Tone.RED: CONSOLE.red,
    Tone.GREY: CONSOLE.grey,
}


def colour_of(tone: Tone) -> str:
    """The console's colour for a meaning."""
    return _COLOURS[tone]
