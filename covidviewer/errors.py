"""The exception tree: what happened, what it means, what to do.

Every error that a reader may see is one of these; foreign exceptions become one at a single border per
library (``raise ... from``). The text is one plain sentence, without a patient's name and without a traceback.
"""

from __future__ import annotations

from pathlib import Path

__version__ = "0.1.0"


class CovidViewerError(Exception):
    """Root of all errors that this program raises on purpose.

    Parameters
    ----------
    message : what happened, one sentence, ends with a full stop.
    advice : what the reader can do, one sentence, may be empty.
    path : the file concerned, if there is one.
    code : the message's code in the user interface texts (for example ``"F02"``), if it has one.
    """

    title = "Something went wrong"

    def __init__(self, message: str, *, advice: str = "", path: Path | None = None, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.path = path
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword arguments are lost by the default; errors cross process borders (decode child, device child).
        return (_rebuild, (type(self), self.message, self.advice, self.path, self.code))


def _rebuild(kind: type[CovidViewerError], message: str, advice: str, path: Path | None, code: str) -> CovidViewerError:
    return kind(message, advice=advice, path=path, code=code)


class FileError(CovidViewerError):
    """A file cannot be shown; the rest of the folder still opens."""

    title = "File not shown"


class NotDicomError(FileError):
    """The file is no DICOM file and no picture that we read."""


class DamagedFileError(FileError):
    """The file contradicts itself, is cut short, or its pixel stream is broken."""

    title = "Damaged file"


class UnsupportedError(FileError):
    """The file is good, but of a kind, or in a transfer syntax, that cannot be shown here."""

    title = "Not supported"


class LimitError(FileError):
    """The file claims, or would unpack to, more than may be allocated."""

    title = "Too large"


class UnsafePathError(FileError):
    """An archive or a DICOMDIR points outside itself."""

    title = "Unsafe path"


class NotEvaluableError(CovidViewerError):
    """No network may judge this input; the message names the reason."""

    title = "No network for this"


class WeightsError(CovidViewerError):
    """A weight file or its manifest entry is missing, wrong or does not fit."""

    title = "Network not available"


class DeviceError(CovidViewerError):
    """A device failed, ran out of memory, or did not answer."""

    title = "Device problem"


class ProtocolError(CovidViewerError):
    """A hanging protocol cannot be used; it is skipped."""

    title = "Hanging protocol skipped"


class UsageError(CovidViewerError):
    """The command line or the Python face was called wrongly."""

    title = "Wrong call"


class Cancelled(CovidViewerError):  # noqa: N818  (it is no error; the name says what happened)
    """The work was called off."""

    title = "Cancelled"

    def __init__(self, message: str = "Cancelled.", **kwargs: object) -> None:
        super().__init__(message)
