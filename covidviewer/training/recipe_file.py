"""A recipe's TOML file as the fields of a record: lists as tuples, tables as records of their own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from covidviewer.errors import UsageError

__all__ = ["read_recipe_file"]

T = TypeVar("T")


def read_recipe_file(path: Path, kind: type[T], tables: Mapping[str, type]) -> T:
    """Read and check a recipe.

    Parameters
    ----------
    kind
        The recipe's record.
    tables
        Names of its tables and their records; one that is absent has its defaults.

    Raises
    ------
    UsageError
        The file is missing or no TOML, or a key is missing or unknown.
    """
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        for name, table in tables.items():
            data[name] = table(**_tuples(data.get(name, {})))
        return kind(**_tuples(data))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The recipe {path.name} cannot be read: {error}.") from error
    except (KeyError, TypeError) as error:
        raise UsageError(f"The recipe {path.name} lacks or misuses {error}.") from error


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
