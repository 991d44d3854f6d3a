# What campaignd-migrate applies, and itself: there it finds the files in $(pkgdatadir)/sql, in the source tree beside it.
sqldir = $(pkgdatadir)/sql
dist_sql_DATA = sql/001-store.sql

sqldatadir = $(sqldir)/data
dist_sqldata_DATA = \
	sql/data/area_codes.csv sql/data/carrier_errors.csv sql/data/gsm0338.csv sql/data/reasons.csv \
	sql/data/smart_encoding.csv

sqlfunctionsdir = $(sqldir)/functions
dist_sqlfunctions_DATA = \
	sql/functions/10-base.sql \
	sql/functions/15-people.sql \
	sql/functions/20-text.sql \
	sql/functions/30-phone.sql \
	sql/functions/40-time.sql

sbin_SCRIPTS += campaignd-migrate
EXTRA_DIST += sql/campaignd-migrate
CLEANFILES += campaignd-migrate

campaignd-migrate: $(srcdir)/sql/campaignd-migrate Makefile
	$(AM_V_GEN)sed -e 's|@pkgdatadir[@]|$(pkgdatadir)|' -e 's|@version[@]|$(VERSION)|' \
		$(srcdir)/sql/campaignd-migrate >$@.tmp && chmod +x $@.tmp && mv $@.tmp $@
