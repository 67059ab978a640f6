"""Entry point of spark-submit for `clear-record maintain`: the same options, on the cluster's own session."""

import sys

from clear_record.cli import main

if __name__ == "__main__":
    main(["maintain", *sys.argv[1:]])
