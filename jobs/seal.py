"""Entry point of spark-submit for `clear-record seal`: the same options, on the cluster's own session."""

import sys

from clear_record.cli import main

if __name__ == "__main__":
    main(["seal", *sys.argv[1:]])
