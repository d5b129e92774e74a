"""Another language, theme or size of texts while the program runs: a new window over the same workspace.

Widgets translate and colour themselves when they are made. Made anew they are right in every corner, and nothing is
lost by it: series, tiles, readings and measurements belong to the workspace, and the window's places are kept.
"""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from covidviewer.ui import ink, language, theme
from covidviewer.ui.window import MainWindow
from covidviewer.workspace.preferences import Preferences
from covidviewer.workspace.workspace import Workspace

__all__ = ["Look", "busy", "look_of", "put_on", "renewed"]

#: Language, theme, size of texts.
Look = tuple[str, str, int]


def look_of(value: Preferences) -> Look:
    """What a window has to be made anew for."""
    return value.language, value.theme, value.text_size


def put_on(application: QApplication, look: Look) -> None:
    """Give the program a language, a theme and a size of texts; windows that are filled from then on have them."""
    chosen, name, size = look
    language.install(application, chosen)
    theme.choose(name)
    ink.refresh()
    theme.scale_text(application, size)


def busy(window: MainWindow) -> bool:
    """Whether the window makes a film, which its end would break off; ``exporter.film_ended`` tells when no more."""
    return window.exporter.film is not None


def renewed(old: MainWindow, workspace: Workspace, application: QApplication) -> MainWindow:
    """A window in the place of ``old`` with the look of the present preferences; ``old`` is closed and deleted."""
    old.keep_layout()
    page = old.settings_page()
    put_on(application, look_of(workspace.preferences.value))
    new = MainWindow(workspace, history=old.history)
    new.show()  # before the old one goes: the program ends with its last window
    if page >= 0:
        new.show_settings(page)  # that is where the choice was made
    old.close()
    old.deleteLater()
    return new
