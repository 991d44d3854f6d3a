#!/bin/sh
# Runs every test there is, on a Debian 12 machine with nothing installed: sh tests/check.sh [WHAT...]
#
# WHAT narrows it: unit, scenario, sql, integration, or the name of a test (kill, claim, t_window). What is missing is installed,
# campaignd is built, and a PostgreSQL of its own is started for the time. The last lines are those of prove(1), and the exit
# code is its. Logs of the daemons stay in build/test-logs.
#
# CAMPAIGND_BUILD=DIR builds elsewhere; CAMPAIGND_JOBS=N runs so many tests at once; PROVE_OPTIONS are added (-v).
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/lib/setup.sh"

# shellcheck disable=SC2086
setup_packages $setup_for_build $setup_for_run $setup_for_tests
setup_build check TESTS= -- ${CONFIGURE_OPTIONS:-}

# What automake would run under `make check`.
unit_tests() {
  printf 'include Makefile\nlist-tests:\n\t@echo $(TESTS)\n' | make -s -C "$build" -f - list-tests |
    tr ' ' '\n' | sed -n "s,^t,$build/t,p"
}

unit_tests | grep -q /unit/ || setup_die "$build was configured without cmocka, so the unit tests are missing. Remove it."

# Every test of a kind; privacy.t reads what the others left, so it comes last.
tests_of() {
  case $1 in
  unit) unit_tests | grep -v /scenario/ || : ;;
  scenario) unit_tests | grep /scenario/ || : ;;
  sql) ls "$top"/tests/sql/*.sql ;;
  integration) ls "$top"/tests/integration/*.t | grep -v /privacy.t && echo "$top/tests/integration/privacy.t" ;;
  *) for kind in unit scenario sql integration; do tests_of $kind; done | grep -E "/$1(\.sql|\.t)?\$" ||
    setup_die "no test is called $1" ;;
  esac
}

[ $# -gt 0 ] || set -- unit scenario sql integration
tests=$(for what; do tests_of "$what"; done)
[ -n "$tests" ] || setup_die 'no tests'

CAMPAIGND_TEST_LOGS=$build/test-logs
CAMPAIGND_JOBS=${CAMPAIGND_JOBS:-$(nproc)}
rm -rf "$CAMPAIGND_TEST_LOGS"
mkdir -p "$CAMPAIGND_TEST_LOGS"

cluster=
clean_up() {
  [ -z "$cluster" ] || sh "$top/tests/lib/cluster.sh" stop "$cluster"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
cluster=$(sh "$top/tests/lib/cluster.sh" start)

export CAMPAIGND_BUILD="$build" CAMPAIGND_CLUSTER="$cluster" CAMPAIGND_TEST_LOGS CAMPAIGND_JOBS
perl -I "$top/tests/lib" -MCampaignd::Cluster -e 'Campaignd::Cluster->shared->template'
echo "$tests" >"$CAMPAIGND_TEST_LOGS/tests"

# shellcheck disable=SC2086
prove --jobs "$CAMPAIGND_JOBS" --exec "sh $top/tests/lib/tap.sh" ${PROVE_OPTIONS:-} $tests
