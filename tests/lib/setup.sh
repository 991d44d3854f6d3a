# Installs what is missing (Debian 12) and builds, for tests/demo.sh, tests/check.sh and .ci/run. Sourced, with the top of
# the source tree in $top; needs nothing but Debian's base system. Sets:
#
#	build    the build directory ($CAMPAIGND_BUILD, or build/ in the source tree)
#	pg_bin   where PostgreSQL's programs are
#
# All of it may be run again at any time, by root or by a user who may sudo; what is there already is left alone.

setup_for_build='gcc make autoconf automake pkg-config libc6-dev libevent-dev libpq-dev libconfig-dev libssl-dev libsystemd-dev'
setup_for_run='postgresql-15 postgresql-client-15 openssl'
setup_for_tests='perl libcmocka-dev postgresql-15-pgtap libtap-parser-sourcehandler-pgtap-perl libnet-smpp-perl tshark'
setup_for_ci='clang libclang-rt-14-dev clang-format-14'

pg_bin=${PG_BIN:-/usr/lib/postgresql/15/bin}
build=${CAMPAIGND_BUILD:-$top/build}

# Tests name their own server; what somebody uses otherwise is left out of it.
unset PGHOST PGPORT PGUSER PGDATABASE PGSERVICE PGOPTIONS PGPASSFILE PGSSLMODE
PGCLIENTENCODING=UTF8
export PGCLIENTENCODING

setup_say() {
  printf '%s\n' "$*" >&2
}

setup_die() {
  setup_say "$@"
  exit 1
}

setup_as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# Those of the named packages that are not installed.
setup_missing() {
  for package; do
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
    *' ok installed') ;;
    *) printf '%s ' "$package" ;;
    esac
  done
}

# Quiet, unless it fails.
setup_apt_get() {
  if said=$(setup_as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" 2>&1 </dev/null); then
    return
  fi
  printf '%s\n' "$said" | tail -n 20 >&2
  return 1
}

# An index that is missing or old is the usual reason for a failure, so it is fetched first, and once more before the retry.
setup_apt_install() {
  setup_apt_get update || setup_say 'apt-get update failed; trying with what is there'
  setup_apt_get install --no-install-recommends "$@" && return
  setup_say 'The installation failed; one more try.'
  sleep 5
  setup_apt_get update && setup_apt_get install --no-install-recommends "$@"
}

# Debian's package makes a cluster and starts it. Nobody asked for one here: the tests have their own, and leave nothing running.
setup_without_main_cluster() {
  drop_in=/etc/postgresql-common/createcluster.d/campaignd-tests.conf
  setup_as_root mkdir -p "${drop_in%/*}"
  echo 'create_main_cluster = false' | setup_as_root tee "$drop_in" >/dev/null
  rc=0
  "$@" || rc=$?
  setup_as_root rm -f "$drop_in"
  setup_as_root rmdir "${drop_in%/*}" 2>/dev/null || :
  return $rc
}

# setup_packages PACKAGE...
setup_packages() {
  command -v dpkg-query >/dev/null || setup_die "This installs packages on Debian 12 only. Elsewhere install the equivalents of: $*"
  missing=$(setup_missing "$@")
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    setup_die "These packages are missing, and there is neither root nor sudo to install them: $missing"
  fi
  setup_say "Installing: $missing"
  # Not quoted: a list of words.
  # shellcheck disable=SC2086
  case " $missing" in
  *' postgresql-15 '*) setup_without_main_cluster setup_apt_install $missing ;;
  *) setup_apt_install $missing ;;
  esac || setup_die "Could not install: $missing"
}

# autoreconf writes into the source tree; where that may not be written, a copy is built.
setup_source() {
  source_dir=$top
  if [ ! -w "$top" ]; then
    [ -n "${CAMPAIGND_BUILD:-}" ] || setup_die "$top cannot be written. Name a build directory that can: CAMPAIGND_BUILD=DIR"
    source_dir=$build/source
    mkdir -p "$source_dir"
    (cd "$top" && tar cf - --exclude=./.git --exclude='./build*/*' .) | (cd "$source_dir" && tar xf -)
    chmod -R u+w "$source_dir"
  fi
}

# Runs a step with its output in a file that is shown only when it fails.
setup_quietly() {
  "$@" >"$build/setup.log" 2>&1 && return
  tail -n 60 "$build/setup.log" >&2
  setup_die "Failed: $* (all of it: $build/setup.log)"
}

setup_configure() {
  (cd "$build" && "$source_dir/configure" "$@")
}

# With the options it was configured with.
setup_configure_again() {
  (cd "$build" && ./config.status --recheck && ./config.status)
}

setup_autoreconf() {
  (cd "$source_dir" && autoreconf -i)
}

# setup_build MAKE-ARGUMENT... -- CONFIGURE-OPTION...: as far as needed.
setup_build() {
  targets=
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    targets="$targets $1"
    shift
  done
  [ $# -eq 0 ] || shift
  if ! mkdir -p "$build" || [ ! -w "$build" ]; then
    setup_die "$build cannot be written (built by another user?). Remove it, or name another: CAMPAIGND_BUILD=DIR"
  fi
  build=$(cd "$build" && pwd)
  setup_source
  [ -x "$source_dir/configure" ] && [ -f "$source_dir/Makefile.in" ] || setup_quietly setup_autoreconf
  [ -f "$build/Makefile" ] || setup_quietly setup_configure "$@"
  # demo.sh needs no cmocka: check.sh may have installed it since.
  if grep -q '^CMOCKA_LIBS = *$' "$build/Makefile" && pkg-config --exists cmocka; then
    setup_quietly setup_configure_again
  fi
  # shellcheck disable=SC2086
  setup_quietly make -C "$build" -j"$(nproc)" $targets
}
