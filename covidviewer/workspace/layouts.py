"""How many tiles there are and how they stand: a value with a name that can be written down and chosen by key."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: As many rows or columns as a reader can still read in.
MOST = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns from left to right, each with its number of tiles from top to bottom.

    Written ``ROWSxCOLUMNS`` (``1x2`` are two tiles side by side) or, where columns differ, joined by ``+`` (``1+3``
    is one large tile and three in a column to its right).
    """

    columns: tuple[int, ...]

    @classmethod
    def grid(cls, rows: int, columns: int) -> Layout:
        """Equal rows and columns, 1 to `MOST` each; raises ValueError beyond."""
        if not (1 <= rows <= MOST and 1 <= columns <= MOST):
            raise ValueError(f"{rows} x {columns} tiles: 1 to {MOST} rows and columns are possible.")
        return cls((rows,) * columns)

    @classmethod
    def parse(cls, text: str) -> Layout:
        """The layout of its written form; raises ValueError with a sentence for anything else."""
        clean = text.strip().lower()
        if clean == "1":
            return cls((1,))
        cross = re.fullmatch(r"(\d)x(\d)", clean)
        if cross:
            return cls.grid(int(cross[1]), int(cross[2]))
        if re.fullmatch(r"\d(\+\d)+", clean):
            parts = tuple(int(n) for n in clean.split("+"))
            if len(parts) <= MOST and all(1 <= n <= MOST for n in parts):
                return cls(parts)
        raise ValueError(f"“{text}” is no layout; write 1, 1x2, 2x2, 1+3 or the like, at most {MOST} each way.")

    @property
    def count(self) -> int:
        return sum(self.columns)

    @property
    def uniform(self) -> bool:
        """Every column holds as many tiles."""
        return len(set(self.columns)) == 1

    @property
    def name(self) -> str:
        if self.columns == (1,):
            return "1"
        if self.uniform:
            return f"{self.columns[0]}x{len(self.columns)}"
        return "+".join(str(n) for n in self.columns)

    def places(self) -> tuple[tuple[int, ...], ...]:
        """Number of the tile at each place, by column. Equal columns are numbered along the rows, as one reads."""
        if self.uniform:
            across = len(self.columns)
            return tuple(tuple(row * across + column for row in range(self.columns[0])) for column in range(across))
        found, start = [], 0
        for size in self.columns:
            found.append(tuple(range(start, start + size)))
            start += size
        return tuple(found)


SINGLE = Layout((1,))
