"""An image is called alike wherever it is named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from covidviewer.ui.image_name import image_name, name_on


def tile(numbers: list[int | None], index: int = 0) -> Any:
    """A tile that runs against data order, as axial series do."""
    frames = [SimpleNamespace(instance_number=n) for n in numbers]
    return cast(
        Any,
        SimpleNamespace(
            index=index, count=len(frames), to_position=lambda i: len(frames) - 1 - i, frame=lambda i: frames[i]
        ),
    )


@pytest.mark.parametrize(
    ("number", "position", "count", "name"), [(143, 36, 412, "Im 143 (37/412)"), (None, 0, 1, "Im 1/1")]
)
def test_the_headers_number_comes_first(number: int | None, position: int, count: int, name: str) -> None:
    assert image_name(number, position, count) == name


def test_another_image_of_the_tile() -> None:
    assert name_on(tile([7, 9, 12])) == "Im 7 (3/3)"
    assert name_on(tile([7, 9, 12]), 2) == "Im 12 (1/3)"
