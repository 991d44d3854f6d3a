#!/bin/sh
# A PostgreSQL of one's own, for tests and the demonstration: in a temporary directory, reachable through a socket in it
# (superuser "postgres", no password: the directory is closed to others) and, with --port, on 127.0.0.1 with passwords.
#
#	cluster.sh start [--port N]        prints DIR; then: psql -h DIR -U postgres
#	cluster.sh restart DIR [MODE]      smart, fast or immediate (a crash)
#	cluster.sh halt DIR [MODE]         stops, DIR stays
#	cluster.sh up DIR                  starts again
#	cluster.sh stop DIR                stops and removes DIR
#
# PostgreSQL refuses to run as root: then it runs as the user postgres.
set -eu

pg_bin=${PG_BIN:-/usr/lib/postgresql/15/bin}

die() {
  echo "cluster.sh: $*" >&2
  exit 1
}

as_owner() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/var/lib/postgresql "$@")
  else
    (cd / && exec "$@")
  fi
}

# The socket's path must fit in 107 bytes, and the owner must be able to get there.
make_dir() {
  for base in "${TMPDIR:-/tmp}" /tmp; do
    [ "${#base}" -lt 60 ] || continue
    as_owner mktemp -d "$base/campaignd-pg.XXXXXX" 2>/dev/null && return
  done
  die "no temporary directory that PostgreSQL's user can write"
}

configure() {
  cat <<END
unix_socket_directories = '$dir'
listen_addresses = '${port:+127.0.0.1}'
port = ${port:-5432}
max_connections = 60
shared_buffers = 64MB
lc_messages = 'C'
log_line_prefix = '%m [%p] %q%u@%d %a '
log_checkpoints = off
log_autovacuum_min_duration = -1
END
}

pg_up() {
  as_owner "$pg_bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -s start >&2 || {
    as_owner tail -n 20 "$dir/log" >&2
    die "PostgreSQL did not start in $dir"
  }
}

pg_halt() {
  as_owner "$pg_bin/pg_ctl" -D "$dir/data" -m "${1:-fast}" -w -t 60 -s stop >&2
}

start() {
  port=
  [ "${1:-}" != --port ] || port=$2
  [ -x "$pg_bin/initdb" ] || die "no PostgreSQL in $pg_bin"
  dir=$(make_dir)
  trap stop EXIT
  as_owner "$pg_bin/initdb" -D "$dir/data" -U postgres -E UTF8 --locale=C.UTF-8 -N \
    --auth-local=trust --auth-host=scram-sha-256 >/dev/null
  configure | as_owner tee -a "$dir/data/postgresql.conf" >/dev/null
  pg_up
  trap - EXIT
  echo "$dir"
}

stop() {
  if [ -f "$dir/data/postmaster.pid" ]; then
    pg_halt fast || pg_halt immediate
  fi
  rm -rf "$dir"
}

what=${1:-help}
[ $# -eq 0 ] || shift
if [ "$what" = start ]; then
  start "$@"
  exit
fi
dir=${1:-}
[ -d "$dir/data" ] || die "usage: see the top of this file"
case $what in
up) pg_up ;;
halt) pg_halt "${2:-fast}" ;;
restart) pg_halt "${2:-fast}" && pg_up ;;
stop) stop ;;
*) die "usage: see the top of this file" ;;
esac
