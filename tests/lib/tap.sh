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

# Those that speak no TAP are one test each, by their exit code.
run_program() {
  said=$(CMOCKA_MESSAGE_OUTPUT=TAP "$test" 2>&1)
  rc=$?
  case $said in
  *1..[0-9]*) printf '%s\n' "$said" ;;
  *)
    printf '%s\n' "$said" | sed 's/^/# /'
    [ $rc -eq 0 ] || printf 'not '
    printf 'ok\n1..1\n'
    ;;
  esac
  return $rc
}

rc=0
case $test in
*.sql) run_sql || rc=$? ;;
*.t) perl -I "$top/tests/lib" "$test" || rc=$? ;;
*) run_program || rc=$? ;;
esac
[ -z "${CAMPAIGND_TEST_LOGS:-}" ] || echo "$test" >>"$CAMPAIGND_TEST_LOGS/done"
exit $rc
