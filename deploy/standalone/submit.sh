#!/usr/bin/env bash
# Submits one job to a standalone cluster: submit.sh JOB OPTIONS (a file of jobs/ by its name, and the options of the command).
# MASTER: spark://host:7077. JARS: a folder with Delta's jars. PROPERTIES: spark-defaults.conf beside this folder, or your own copy
# of it, which may hold spark.authenticate.secret (chmod 600). PYTHON: the driver's, in which the wheel is installed.
set -euo pipefail

job=$1
shift
here=$(CDPATH="" cd -- "$(dirname -- "$0")" && pwd)
jobs=$("${PYTHON:=python3}" -c 'import importlib.util; print(importlib.util.find_spec("jobs").submodule_search_locations[0])')

exec spark-submit --master "${MASTER:?spark://host:7077}" \
  --properties-file "${PROPERTIES:-$here/../spark-defaults.conf}" \
  --jars "${JARS:?a folder with jars}/*.jar" \
  --conf "spark.pyspark.driver.python=$PYTHON" \
  "$jobs/$job.py" "$@"
