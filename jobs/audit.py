"""Entry point of spark-submit for audits that decide again: `verify --recompute ...` or `diff RUN_A RUN_B ...`, as clear-record has them."""

import sys

from clear_record.cli import main

if __name__ == "__main__":
    main(sys.argv[1:])
