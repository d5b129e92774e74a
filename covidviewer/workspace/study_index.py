"""The local study list in one SQLite file of the user's data folder: what lay in the places that the reader opened.

Filled from scans that happen anyway; nothing is looked for on its own. The file holds names and IDs as the headers have
them, so it is readable for this user alone, and `StudyIndex.forget` removes it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from covidviewer.dicom.catalog import Kind, Stack
from covidviewer.errors import CovidViewerError

SCHEMA = 1
_WAIT_S = 5.0
_TABLES = """
CREATE TABLE IF NOT EXISTS study (
    place TEXT NOT NULL,
    uid TEXT NOT NULL,
    name TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    date TEXT NOT NULL,
    modality TEXT NOT NULL,
    description TEXT NOT NULL,
    series INTEGER NOT NULL,
    images INTEGER NOT NULL,
    person TEXT NOT NULL,
    rest TEXT NOT NULL,
    seen REAL NOT NULL,
    PRIMARY KEY (place, uid)
) WITHOUT ROWID;
"""


class StudyIndexError(CovidViewerError):
    """The list cannot be read or written."""

    title = "Study list"


@dataclass(frozen=True, slots=True)
class StudyEntry:
    """A study at one place. date : DA as in the header. modality : those of its series, by commas.

    there : whether the place can be reached now; filled by `StudyIndex.search`.
    """

    place: str
    uid: str
    name: str
    patient_id: str
    date: str
    modality: str
    description: str
    series: int
    images: int
    there: bool = True


def entries_of(places: Sequence[Path], stacks: Iterable[Stack]) -> tuple[StudyEntry, ...]:
    """What a scan of these places found, one entry a study; without documents that stand alone."""
    studies: dict[tuple[str, str], list[Stack]] = {}
    for stack in stacks:
        if stack.frames:
            first = stack.frames[0].path
            place = next((p for p in places if p == first or p in first.parents), places[0])
            studies.setdefault((str(place), stack.study_uid or stack.uid), []).append(stack)
    found = []
    for (where, uid), members in studies.items():
        images = [stack for stack in members if stack.kind is not Kind.DOCUMENT]
        if not images:
            continue
        head = images[0]
        found.append(
            StudyEntry(
                where, uid, head.patient.name, head.patient.id, head.study_date,
                ", ".join(sorted({stack.modality for stack in members if stack.modality})),
                head.study_description or head.description, len(members), sum(len(s.frames) for s in images),
            )
        )  # fmt: skip
    return tuple(found)


class StudyIndex:
    """The file. Every call opens and closes its own connection: any thread may call.

    Parameters
    ----------
    path : made with its folder when the first study is written, for this user alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, places: Sequence[Path], entries: Sequence[StudyEntry]) -> None:
        """Write what was found at these places, in place of what was known of them.

        Raises
        ------
        StudyIndexError
            Nothing of it was written.
        """
        if not entries and not self.path.exists():
            return
        self._make()
        now = time.time()
        rows = [
            (e.place, e.uid, e.name, e.patient_id, e.date, e.modality, e.description, e.series, e.images,
             _plain(e.name, e.patient_id), _plain(e.date, _dashed(e.date), e.modality, e.description), now)
            for e in entries
        ]  # fmt: skip
        with self._connection() as connection:
            connection.executemany("DELETE FROM study WHERE place = ?", [(str(place),) for place in places])
            connection.executemany("INSERT OR REPLACE INTO study VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def search(self, text: str = "", *, people: bool = True, most: int = 500) -> tuple[StudyEntry, ...]:
        """Studies that hold every word of the text, seen last first.

        Parameters
        ----------
        text : words for name, ID, date (``20240131``, ``2024-01``), modality or description, in any order.
        people : False leaves names and IDs out of the search. most : entries at most.

        Raises
        ------
        StudyIndexError
            The file is there but cannot be read.
        """
        if not self.path.exists():
            return ()
        words = _plain(text).split()
        field = "person || ' ' || rest" if people else "rest"
        asked = " AND ".join([f"{field} LIKE ? ESCAPE '!'"] * len(words)) or "1"
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT place, uid, name, patient_id, date, modality, description, series, images FROM study "
                f"WHERE {asked} ORDER BY seen DESC, date DESC, uid LIMIT ?",
                [*(f"%{_escaped(word)}%" for word in words), most],
            ).fetchall()
        there = {place: os.path.exists(place) for place in {row[0] for row in rows}}
        return tuple(replace(StudyEntry(*row), there=there[row[0]]) for row in rows)

    def remove(self, place: str) -> None:
        """Forget what lies at one place."""
        if self.path.exists():
            with self._connection() as connection:
                connection.execute("DELETE FROM study WHERE place = ?", (place,))

    def forget(self) -> None:
        """Forget everything: the file is gone afterwards.

        Raises
        ------
        StudyIndexError
            It could not be removed.
        """
        try:
            for ending in ("", "-wal", "-shm", "-journal"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        except OSError as error:
            raise StudyIndexError(
                "The study list could not be removed.", advice="Remove the file yourself.", path=self.path
            ) from error

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=_WAIT_S)) as connection:
                # What is forgotten is overwritten, not only marked as free.
                connection.execute("PRAGMA secure_delete = ON")
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version > SCHEMA:
                    raise StudyIndexError(
                        "The study list was written by a newer version of this program.",
                        advice="It is neither read nor changed.",
                    )
                if version < SCHEMA:
                    connection.executescript(f"BEGIN IMMEDIATE;{_TABLES}PRAGMA user_version = {SCHEMA};COMMIT;")
                with connection:
                    yield connection
        except sqlite3.DatabaseError as error:
            raise StudyIndexError(
                "The study list could not be read or written.",
                advice="Reading goes on without it; “Forget all” in the list begins a new one.",
                path=self.path,
            ) from error

    def _make(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StudyIndexError("The folder for the study list cannot be written.", path=self.path) from error


def _plain(*texts: str) -> str:
    """For comparing: one line, no capitals, the carets of names as spaces."""
    return " ".join(" ".join(texts).replace("^", " ").replace("=", " ").casefold().split())


def _dashed(date: str) -> str:
    return f"{date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) == 8 and date.isdigit() else ""


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
