"""Commands as people run them."""

from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest

from clear_record.cli import main


def command(*arguments: str) -> tuple[int, str]:
    """The exit code of a command and all that it said."""
    with redirect_stdout(StringIO()) as said, redirect_stderr(said), pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(str(ended.value.code)), said.getvalue()
