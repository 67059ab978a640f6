#!/bin/bash
# A bootstrap action, on every machine: bootstrap.sh BUCKET SECRET FILE_SYSTEM. Where the bucket's folder clear-record/ holds the wheel, jobs/,
# jars/, spark-defaults.conf and policy.json; SECRET is the name of the key of person ids in Secrets Manager, which only the
# instance profile may read; FILE_SYSTEM is the EFS with the deliveries, that every machine mounts at /records.
set -euo pipefail
bucket=$1 secret=$2 file_system=$3
program=/opt/clear-record

sudo dnf install -y python3.11 amazon-efs-utils
sudo mkdir -p $program /records
sudo mount -t efs -o tls "$file_system:/" /records
sudo aws s3 cp --recursive "s3://$bucket/clear-record/" $program/
grep -q '"isMaster": *true' /mnt/var/lib/info/instance.json || exit 0

# The driver's Python; executors need none.
sudo python3.11 -m venv $program/python
sudo $program/python/bin/pip install $program/*.whl
sudo $program/python/bin/pip install --no-deps delta-spark==4.4.0
{
  echo "spark.pyspark.driver.python $program/python/bin/python"
  echo "spark.jars $program/jars/*.jar"
} | sudo tee -a $program/spark-defaults.conf >/dev/null
# Steps run as hadoop.
sudo install -m 600 -o hadoop /dev/null $program/id.key
aws secretsmanager get-secret-value --secret-id "$secret" --query SecretString --output text | sudo tee $program/id.key >/dev/null
