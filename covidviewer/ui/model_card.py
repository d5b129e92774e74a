"""The model card of a network, and what the screen says of its manifest entry."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from covidviewer.inference.manifest import WeightsCard
from covidviewer.inference.registry import Listing
from covidviewer.ui.class_words import class_word


def card_of(entry: object) -> WeightsCard | None:
    """The manifest entry behind an element of `Workspace.networks`, which may be a listing with a reason."""
    if isinstance(entry, Listing):
        return entry.card
    return entry if isinstance(entry, WeightsCard) else None


def reason_of(entry: object) -> str:
    """Why a network cannot be used here; "" when it can."""
    if isinstance(entry, Listing):
        return entry.reason
    if isinstance(entry, WeightsCard) and not entry.path.is_file():
        return QCoreApplication.translate("model_card", "The weight file {name} is missing.").format(name=entry.file)
    return ""


def find_card(networks: tuple[object, ...], weights: str) -> WeightsCard | None:
    """The entry whose id is ``weights``, else the first default, else the first."""
    cards = [card for card in map(card_of, networks) if card is not None]
    exact = next((card for card in cards if card.id == weights), None)
    return exact or next((card for card in cards if card.default), cards[0] if cards else None)


def card_text(card: WeightsCard) -> str:
    """Markdown of the card file; without one, what the manifest says, and "not reported" for the rest."""
    path = card.card_path
    if path is not None:
        try:
            return path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            pass
    missing = QCoreApplication.translate("model_card", "not reported")
    point = card.operating_point
    rows = [
        (QCoreApplication.translate("model_card", "Network"), card.network),
        (QCoreApplication.translate("model_card", "Version"), card.version),
        (QCoreApplication.translate("model_card", "Classes"), ", ".join(map(class_word, card.classes))),
        (QCoreApplication.translate("model_card", "Training data"), card.data_origin),
        (
            QCoreApplication.translate("model_card", "Threshold"),
            f"{point.threshold:.2f}, {point.rule}" if point else "",
        ),
        (QCoreApplication.translate("model_card", "Licence"), card.licence),
        (QCoreApplication.translate("model_card", "Intended use"), ""),
        (QCoreApplication.translate("model_card", "External test"), ""),
        (QCoreApplication.translate("model_card", "Known failures"), ""),
    ]
    return f"## {card.id}\n\n" + "\n\n".join(f"**{name}:** {value or missing}" for name, value in rows)


class ModelCardDialog(QDialog):
    """Non-modal window with the card."""

    def __init__(self, card: WeightsCard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Model card – {name}").format(name=card.id))
        text = QTextBrowser()
        text.setOpenExternalLinks(True)
        text.setAccessibleName(self.tr("Model card"))
        text.document().setDocumentMargin(14)
        text.setMarkdown(card_text(card))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 14, 14, 12)
        box.addWidget(text, 1)
        box.addWidget(buttons)
        self.resize(820, 640)
