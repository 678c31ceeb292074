"""Files that appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.errors import BadInput


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A place to write; it takes the name `path` when the block ends well, and vanishes when it does not.

    It lies in a hidden folder beside `path`, so the last step is one rename on one disk;
    other leftovers of the block may lie next to it and go with it.

    Raises:
        BadInput: nothing can be written at `path`.
    """
    try:
        if path.is_dir():
            raise BadInput(f"{str(path)!r} is a folder; give the name of a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=path.parent, prefix=".shenava-", ignore_cleanup_errors=True) as folder:
            draft = Path(folder) / "draft"
            yield draft
            _to_disk(draft)
            draft.replace(path)
        _to_disk(path.parent)
    except OSError as error:
        raise BadInput(f"cannot write {str(path)!r}: {error.strerror or error}; choose another place") from error
    except ValueError as error:
        if "\0" not in str(path):
            raise
        raise BadInput(f"{str(path)!r} cannot be the name of a file") from error


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
