"""Runs commands of clear-record one after the other in one process: a JSON list of arguments a line comes in, an exit code a line goes out.

What the commands say goes to standard error.
"""

import json
import sys
from contextlib import redirect_stdout

from clear_record.cli import main


def exit_code(arguments: list[str]) -> object:
    """The exit code of a command."""
    try:
        with redirect_stdout(sys.stderr):
            main(arguments)
    except SystemExit as ended:
        return ended.code


if __name__ == "__main__":
    for line in sys.stdin:
        print(exit_code(json.loads(line)), flush=True)
