"""Random damage: every input ends in a record or in one of our errors, soon and with little memory."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pydicom
import pytest

from covidviewer.dicom.guard import Source
from covidviewer.dicom.reading import header_of, parse
from covidviewer.errors import CovidViewerError

PYDICOM_FILES = Path(pydicom.__file__).parent / "data" / "test_files"
_LIES = (b"\xff\xff\xff\xff", b"\xf0\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f")
_HEAD = 3000


def mutant(seed: bytes, chance: random.Random) -> bytes:
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place = chance.randrange(min(len(data), _HEAD))
        kind = chance.random()
        if kind < 0.4:
            data[place] ^= 1 << chance.randrange(8)
        elif kind < 0.6:
            data[place] = chance.choice((0, 255, 128, 127))
        elif kind < 0.75:
            data[place : place + 4] = chance.choice(_LIES)
        elif kind < 0.85:
            del data[place : place + chance.randrange(1, 9)]
        elif kind < 0.95:
            del data[max(140, chance.randrange(len(data))) :]
        else:
            data[place:place] = chance.randbytes(chance.randrange(1, 9))
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
def test_mutants_of_pydicom_files(seed: int) -> None:
    files = sorted(path for path in PYDICOM_FILES.glob("*.dcm") if 200 < path.stat().st_size < 300_000)
    chance = random.Random(seed)
    shown = refused = 0
    told: set[str] = set()
    for _ in range(250):
        data = mutant(chance.choice(files).read_bytes(), chance)
        started = time.perf_counter()
        try:
            header = header_of(parse(Source(data)), Path("mutant"))
        except CovidViewerError as error:
            told.add(error.message)
            refused += 1
        else:
            fmt = header.frames[0].format
            assert fmt.rows * fmt.columns * fmt.samples * max(fmt.bits_allocated // 8, 1) <= 512 << 20
            assert fmt.offset < 0 or fmt.offset + fmt.length <= len(data)
            assert all(offset + length <= len(data) for offset, length in fmt.fragments)
            shown += 1
        assert time.perf_counter() - started < 5
    assert shown > 25
    assert refused > 25
    assert all(message.endswith(".") for message in told)
