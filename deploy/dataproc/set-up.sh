#!/bin/bash
# An initialization action, on every machine: the jars, the share with the deliveries; on the first one the driver's Python and the key of
# person ids from Secret Manager, which only the cluster's service account may read.
set -euo pipefail
program=/opt/clear-record
attribute() { /usr/share/google/get_metadata_value "attributes/$1"; }

mkdir -p $program/jars /records
gcloud storage cp "gs://$(attribute clear-record-bucket)/clear-record/jars/*.jar" $program/jars/
apt-get install -y nfs-common
mount -t nfs "$(attribute clear-record-share)" /records
[ "$(attribute dataproc-role)" = Master ] || exit 0

gcloud storage cp "gs://$(attribute clear-record-bucket)/clear-record/*.whl" "gs://$(attribute clear-record-bucket)/clear-record/policy.json" $program/
# Python 3.11 or newer: the image's own, if it is.
python3 -m venv $program/python
$program/python/bin/pip install $program/*.whl
$program/python/bin/pip install --no-deps delta-spark==4.4.0
umask 077
gcloud secrets versions access latest --secret "$(attribute clear-record-secret)" >$program/id.key
