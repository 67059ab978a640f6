#!/usr/bin/env bash
# Submits one job to Kubernetes without an operator: submit.sh JOB OPTIONS (a file of jobs/ by its name, and the options of the command).
# API: k8s://https://host:port. IMAGE: what Dockerfile makes. NAMESPACE and SERVICE_ACCOUNT: where it runs, and as whom (access.yaml).
set -euo pipefail

job=$1
shift
here=$(CDPATH="" cd -- "$(dirname -- "$0")" && pwd)

exec spark-submit --master "${API:?k8s://https://host:port}" --deploy-mode cluster --name "clear-record-$job" \
  --properties-file "$here/../spark-defaults.conf" \
  --conf "spark.kubernetes.container.image=${IMAGE:?registry/clear-record:version}" \
  --conf "spark.kubernetes.namespace=${NAMESPACE:=clear-record}" \
  --conf "spark.kubernetes.authenticate.driver.serviceAccountName=${SERVICE_ACCOUNT:=clear-record-driver}" \
  --conf "spark.kubernetes.driver.podTemplateFile=$here/driver-pod.yaml" \
  --conf "spark.kubernetes.executor.podTemplateFile=$here/executor-pod.yaml" \
  --conf spark.pyspark.driver.python=/opt/clear-record/bin/python \
  --conf spark.pyspark.python=/opt/clear-record/bin/python \
  --conf spark.authenticate=true \
  --conf spark.network.crypto.enabled=true \
  --conf spark.io.encryption.enabled=true \
  "local:///opt/clear-record/jobs/$job.py" "$@"
