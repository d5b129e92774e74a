"""The reader's own data in one SQLite file of the user's data folder: measurements, never beside the images.

Identity-free: rows hold UIDs, pixel coordinates, numbers and the reader's words, nothing of the patient. The file is
made at the first thing worth keeping. Every call opens and closes its own connection, so that any thread may call and
two programs may share the file (write-ahead log; a writer waits for the other).
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from covidviewer.errors import CovidViewerError

log = logging.getLogger(__name__)

SCHEMA = 1
#: SQLite takes this many parameters in one question in every build.
_CHUNK = 500
_WAIT_S = 5.0
_TABLES = """
CREATE TABLE IF NOT EXISTS item (
    id TEXT PRIMARY KEY,
    sop TEXT NOT NULL,
    frame INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS item_of_image ON item (sop, frame);
"""


class StoreError(CovidViewerError):
    """The reader's data cannot be read or written."""

    title = "Not saved"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that the reader made on one image. body : JSON; its meaning is the caller's."""

    id: str
    sop: str
    frame: int
    kind: str
    body: str


class ReaderStore:
    """Rows by the image that they belong to (SOP Instance UID and frame number).

    Parameters
    ----------
    path : the file. Its folder and it itself are made when the first row is written, for this user alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, sops: Iterable[str]) -> tuple[Row, ...]:
        """Rows of the images of these SOP Instance UIDs, all frames; empty while there is no file.

        Raises
        ------
        StoreError
            The file is there but cannot be read.
        """
        wanted = sorted(set(sops))
        if not wanted or not self.path.exists():
            return ()
        found: list[Row] = []
        with self._connection() as connection:
            for start in range(0, len(wanted), _CHUNK):
                part = wanted[start : start + _CHUNK]
                marks = ",".join("?" * len(part))
                asked = f"SELECT id, sop, frame, kind, body FROM item WHERE sop IN ({marks})"
                found.extend(Row(*row) for row in connection.execute(asked, part))
        return tuple(sorted(found, key=lambda row: row.id))  # ids begin with the time: as they were made

    def write(self, put: Sequence[Row] = (), remove: Sequence[str] = ()) -> None:
        """Write and remove rows in one transaction; on return they are on the disk.

        Raises
        ------
        StoreError
            Nothing of it was written.
        """
        self._make()
        with self._connection() as connection:
            connection.executemany("DELETE FROM item WHERE id = ?", [(id,) for id in remove])
            connection.executemany(
                "INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?)",
                [(row.id, row.sop, row.frame, row.kind, row.body) for row in put],
            )

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self.path, timeout=_WAIT_S)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")  # on the disk when it says so, not in its cache
                self._prepare(connection)
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
            raise StoreError(
                "Your measurements could not be read or written.",
                advice="They are kept in memory until the program ends: export them; see that the disk is not full.",
                code="D01",
            ) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            raise StoreError(
                "Your measurements were written by a newer version of this program.",
                advice="They are neither read nor changed: use that version.",
                code="D01",
            )
        if version < SCHEMA:
            connection.executescript(f"BEGIN IMMEDIATE;{_TABLES}PRAGMA user_version = {SCHEMA};COMMIT;")

    def _make(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # For this user alone from the first moment; SQLite gives its log files the same rights.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StoreError(
                "The folder for your measurements cannot be written.",
                advice="They are kept in memory until the program ends: export them.",
                code="D01",
            ) from error

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        """A file that is no database (any more) is kept under another name; the next call begins a new one."""
        if getattr(error, "sqlite_errorname", "") not in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
            return
        number = 1
        while (target := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        try:
            self.path.rename(target)
        except OSError:
            log.warning("a damaged store of measurements could not be set aside")
