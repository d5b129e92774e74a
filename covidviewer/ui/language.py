"""The language of the screen: Qt's translation files, put on the program before a window is filled."""

from __future__ import annotations

import logging

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from covidviewer import assets

log = logging.getLogger(__name__)

#: What the reader can choose: value of the preference, its name in its own language ("" is translated).
LANGUAGES: tuple[tuple[str, str], ...] = (("system", ""), ("en", "English"), ("zh_CN", "中文"))
#: Fonts with the simplified forms of Chinese letters, for Windows, macOS and Linux. Left to itself the system may
#: take the Japanese forms.
FONTS = ("Microsoft YaHei UI", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei",
         "Droid Sans Fallback")  # fmt: skip
#: Of the translators that the program put on itself.
NAME = "language"


def resolve(choice: str, system: QLocale | None = None) -> str:
    """``"en"`` or ``"zh_CN"`` for a value of the preference; the system's own first language for ``"system"``."""
    if choice in ("en", "zh_CN"):
        return choice
    locale = system if system is not None else QLocale.system()
    simplified = locale.script() != QLocale.Script.TraditionalChineseScript
    return "zh_CN" if locale.language() == QLocale.Language.Chinese and simplified else "en"


def install(application: QApplication, choice: str) -> str:
    """Put the chosen language on the program in place of the one before; gives the one in use.

    English is the source and needs no file.
    """
    for old in application.findChildren(QTranslator, NAME):
        application.removeTranslator(old)
        old.deleteLater()
    families = application.property("systemFamilies") or application.font().families()
    application.setProperty("systemFamilies", families)
    language = resolve(choice)
    if language != "en" and not _translate(application, language):
        log.warning("the translation %s could not be read; English is used", language)
        language = "en"
    font = application.font()
    font.setFamilies([*families, *(FONTS if language != "en" else ())])
    application.setFont(font)
    return language


def _translate(application: QApplication, language: str) -> bool:
    own = QTranslator(application)
    own.setObjectName(NAME)
    if not own.load(str(assets.resource_dir() / "i18n" / f"covidviewer_{language}.qm")):
        own.deleteLater()
        return False
    application.installTranslator(own)
    qt = QTranslator(application)  # the buttons of Qt's own dialogs
    qt.setObjectName(NAME)
    if qt.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(qt)
    return True
