#!/usr/bin/env bash
# Sets up all that a start needs, each part once: the environment (.venv), Java, and Delta's jars (.jars).
#
# The scripts beside it source it; run by itself, it sets up and does nothing else. A person sees one line for
# each part that takes time, and one line when something is missing; what the tools beneath say is in .setup.log.
# It leaves the caller in the project's folder with JAVA_HOME, SPARK_HOME, PYSPARK_PYTHON and CLEAR_RECORD_JARS exported.
set -euo pipefail

root=$(CDPATH="" cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
setup_log=$root/.setup.log

say() { printf 'clear-record: %s\n' "$*" >&2; }

stop() {
  say "$*"
  exit 2
}

logged() {
  printf '$ %s\n' "$*" >>"$setup_log"
  "$@" >>"$setup_log" 2>&1 </dev/null
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

can_install_debian_packages() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

install_debian_packages() {
  logged apt-get update &&
    logged env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# Tools beneath keep caches under HOME; without a usable one they get a folder of the project.
give_a_home() {
  if [ -z "${HOME:-}" ] || ! [ -d "$HOME" ] || ! [ -w "$HOME" ]; then
    export HOME=$root/.home
    mkdir -p "$HOME"
  fi
}

# ---- the environment

find_python() {
  local name
  for name in python3.11 python3.12 python3.13 python3.14 python3 python; do
    # Run it: a name on the PATH may be a version manager's stand-in that starts nothing.
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      "$name" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  stop "Python 3.11 or newer was not found: install it (Debian: apt-get install python3 python3-venv) and run this again"
}

# A mirror and certificates that are configured for pip alone serve uv too.
share_settings_of_pip() {
  local index
  if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    index=${PIP_INDEX_URL:-$("$1" -m pip config get global.index-url 2>/dev/null || true)}
    [ -z "$index" ] || export UV_DEFAULT_INDEX=$index
  fi
  [ -z "${PIP_CERT:-}" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"
}

# uv's one binary is moved into place last, so a run that was cut off leaves nothing that looks whole.
install_uv() (
  local python=$1 folder
  say "installing uv into .tools"
  mkdir -p .tools
  folder=$(mktemp -d "$root/.tools/uv.XXXXXX")
  trap 'rm -rf "$folder"' EXIT
  if ! logged "$python" -m venv --clear "$folder"; then
    # Debian ships Python without the module that fills a new environment.
    can_install_debian_packages && install_debian_packages python3-venv && logged "$python" -m venv --clear "$folder" ||
      stop "Python's venv module is missing: install it (Debian: apt-get install python3-venv) or uv, and run this again; see $setup_log"
  fi
  logged "$folder/bin/python" -m pip install uv ||
    stop "uv could not be installed: check the network and pip's settings, then run this again; see $setup_log"
  mv "$folder/bin/uv" .tools/uv
)

# The lock as requirements, because those follow a configured mirror, which the addresses in the lock do not.
export_lock() {
  logged "$1" export --frozen --extra spark --extra audit --no-emit-project --no-header --format requirements.txt \
    --output-file .venv/requirements.txt
}

set_up_environment() {
  local stamp=.venv/setup-stamp want python uv
  # Of pyproject.toml only what is installed counts: settings of the tools need no new environment.
  want=$(printf '%s\n' "$root"; sed '/^\[tool\./,$d' pyproject.toml | cat uv.lock - | sha256)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && .venv/bin/python -c '' 2>/dev/null; then return; fi

  : >"$setup_log"
  python=$(find_python)
  share_settings_of_pip "$python"
  say "setting up the environment in .venv"
  # Scripts of an environment name its folder, so that of a moved project is of no use.
  if [ -f "$stamp" ] && [ "$(head -n 1 "$stamp")" != "$root" ] || ! .venv/bin/python -c '' 2>/dev/null; then
    rm -rf .venv
  fi
  mkdir -p .venv
  rm -f "$stamp"
  # The uv that is there may be too old for the lock: then the project gets its own.
  uv=uv
  if ! export_lock "$uv"; then
    uv=.tools/uv
    if ! [ -x "$uv" ] || ! export_lock "$uv"; then
      install_uv "$python"
      export_lock "$uv" || stop "uv.lock could not be read; see $setup_log"
    fi
  fi
  [ -x .venv/bin/python ] || logged "$uv" venv --allow-existing --python "$python" .venv ||
    stop "no environment could be made with $python; see $setup_log"
  logged "$uv" pip sync --python .venv/bin/python --require-hashes .venv/requirements.txt &&
    logged "$uv" pip install --python .venv/bin/python --no-deps --editable . ||
    stop "the packages could not be installed: check the network and pip's or uv's settings, then run this again; see $setup_log"
  printf '%s\n' "$want" >"$stamp"
}

# ---- Java

# Prints the home of the java given if it can start Spark: 17 or newer, with the module of vectors that Spark asks for.
java_home_of() {
  local settings version
  settings=$("$1" --add-modules jdk.incubator.vector -XshowSettings:properties -version 2>&1 </dev/null) || return 1
  version=$(sed -n 's/^ *java\.specification\.version = //p' <<<"$settings")
  [ "${version%%.*}" -ge 17 ] 2>/dev/null || return 1
  sed -n 's/^ *java\.home = //p' <<<"$settings"
}

find_java_home() {
  local java
  for java in "${JAVA_HOME:-}/bin/java" "$(command -v java || true)" /usr/lib/jvm/*/bin/java \
    /Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java /opt/homebrew/opt/openjdk*/bin/java; do
    if [ -x "$java" ] && java_home_of "$java"; then return; fi
  done
  return 1
}

set_up_java() {
  local home
  if ! home=$(find_java_home); then
    if can_install_debian_packages; then
      say "installing Java (openjdk-17-jre-headless)"
      # Later releases of Debian no longer have 17; their default is newer.
      install_debian_packages openjdk-17-jre-headless || logged apt-get install -y --no-install-recommends default-jre-headless ||
        stop "Java could not be installed: check the network and apt's settings, then run this again; see $setup_log"
    fi
    home=$(find_java_home) ||
      stop "Java 17 or newer was not found: install it (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME, and run this again"
  fi
  export JAVA_HOME=$home
}

# ---- jars: Delta, and the driver of the databases that tables are read from

pinned() { sed -n "s/.*\"$1==\([0-9.]*\)\".*/\1/p" pyproject.toml; }

# What Delta depends on and Spark brings itself, in its own versions: not downloaded, and not put on the class path twice.
brought_by_spark=(
  'com.fasterxml.jackson.core:*' 'com.github.luben:*' 'com.google.code.findbugs:*' 'commons-logging:*' 'commons-pool:*'
  'io.airlift:*' 'javax.annotation:*' 'org.apache.hadoop:*' 'org.apache.logging.log4j:*' 'org.apache.parquet:*'
  'org.locationtech.jts:*' 'org.roaringbitmap:*' 'org.slf4j:*' 'org.xerial.snappy:*'
)

# What PostgreSQL's driver depends on only to be compiled.
only_to_compile=('org.checkerframework:*')

# Spark's own resolver fetches them; their sums are checked; the folder gets its name last, so it is whole if it is there.
fetch_jars() (
  local what=$1 coordinates=$2 sums=$root/scripts/$3 target=$4 folder
  say "fetching $what into .jars"
  mkdir -p .jars .tools
  folder=$(mktemp -d "$root/.tools/jars.XXXXXX")
  trap 'rm -rf "$folder"' EXIT
  : >"$folder/nothing.py"
  logged .venv/bin/spark-submit --packages "$coordinates" \
    --exclude-packages "$(IFS=,; printf '%s' "${brought_by_spark[*]},${only_to_compile[*]}")" \
    --conf "spark.jars.ivy=$folder/ivy" "$folder/nothing.py" ||
    stop "$what could not be fetched: check the network (a proxy for Java goes into SPARK_SUBMIT_OPTS), then run this again; see $setup_log"
  cd "$folder/ivy/jars"
  [ "$renew_jars" = no ] || sha256 *.jar >"$sums"
  logged sha256 -c "$sums" && [ "$(ls | wc -l)" -eq "$(wc -l <"$sums")" ] ||
    stop "$what: the jars are not the ones listed in ${sums#"$root"/} (CONTRIBUTING.md says how to renew the list); see $setup_log"
  # Jars of another version must not be found beside these.
  rm -rf "${target%-*}"-*
  mv "$folder/ivy/jars" "$target"
)

set_up_jars() {
  local spark artifact version driver=42.7.7
  spark=$(pinned pyspark)
  artifact=delta-spark_${spark%.*}_2.13
  version=$(pinned delta-spark)
  export CLEAR_RECORD_JARS=$root/.jars
  [ -d ".jars/$artifact-$version" ] && [ "$renew_jars" = no ] ||
    fetch_jars "Delta's jars" "io.delta:$artifact:$version" delta-jars.sha256 "$root/.jars/$artifact-$version"
  [ -d ".jars/postgresql-$driver" ] && [ "$renew_jars" = no ] ||
    fetch_jars "PostgreSQL's driver" "org.postgresql:postgresql:$driver" postgresql-jars.sha256 "$root/.jars/postgresql-$driver"
}

# Options are for a person who runs this file by itself; a script that sources it keeps its own.
renew_jars=no
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  case "$*" in
    '') ;;
    --renew-jars) renew_jars=yes ;;
    *) stop "scripts/setup.sh takes no [$*]; its one option is --renew-jars, which lists the sums of the jars anew" ;;
  esac
fi

give_a_home
set_up_environment
# Another Spark on this machine must not be mixed with the environment's, and Spark does not find its own home below a
# folder with a blank in its name. A run on one machine needs no address but its own.
SPARK_HOME=$(.venv/bin/python -c 'import importlib.util as i; print(i.find_spec("pyspark").submodule_search_locations[0])')
export SPARK_HOME
export PYSPARK_PYTHON=$root/.venv/bin/python PYSPARK_DRIVER_PYTHON=$root/.venv/bin/python
export SPARK_LOCAL_IP="${SPARK_LOCAL_IP:-127.0.0.1}"
set_up_java
set_up_jars
