#!/bin/sh
# Runs one test of any kind and prints TAP, for prove --exec: a program with cmocka, a file for pgTAP, Perl.
set -u

test=$1
top=$(cd "$(dirname "$0")/../.." && pwd)

# Each file gets a database of its own, with everything in it that campaignd-migrate puts there.
run_sql() {
  db="sql_$(basename "$test" .sql)_$$"
  run_psql() { psql -XAtq -h "$CAMPAIGND_CLUSTER" -U postgres "$@"; }
  run_psql -d postgres -c "create database $db template campaignd_template" || return
  run_psql -d "$db" -v ON_ERROR_STOP=1 -v ON_ERROR_ROLLBACK=1 -P pager=off -f "$test" 2>&1
  rc=$?
  run_psql -d postgres -c "drop database $db with (force)"
  return $rc
}

rc=0
case $test in
*.sql) run_sql || rc=$? ;;
*.t) perl -I "$top/tests/lib" "$test" || rc=$? ;;
*) CMOCKA_MESSAGE_OUTPUT=TAP "$test" || rc=$? ;;
esac
[ -z "${CAMPAIGND_TEST_LOGS:-}" ] || echo "$test" >>"$CAMPAIGND_TEST_LOGS/done"
exit $rc
