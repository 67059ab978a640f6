#!/bin/bash
# Writes the key of person ids, which the cluster has from its secret scope, to a file of the driver that only its owner can read.
set -euo pipefail
[ "$DB_IS_DRIVER" = TRUE ] || exit 0
umask 077
mkdir -p /local_disk0/clear-record
printf '%s\n' "$CLEAR_RECORD_KEY_OF_IDS" >/local_disk0/clear-record/id.key
