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
	sql/functions/40-time.sql \
	sql/functions/45-forecast.sql \
	sql/functions/50-outcome.sql \
	sql/functions/52-answered.sql \
	sql/functions/54-receipts.sql \
	sql/functions/60-runs.sql \
	sql/functions/61-limits.sql \
	sql/functions/62-claim.sql \
	sql/functions/64-single.sql \
	sql/functions/70-inbound.sql \
	sql/functions/80-housekeep.sql \
	sql/functions/82-campaigns.sql \
	sql/functions/84-waiting.sql \
	sql/functions/99-grants.sql \
	sql/functions/campaign-campaigns.sql \
	sql/functions/campaign-contacts.sql \
	sql/functions/campaign-messages.sql \
	sql/functions/campaign-practices.sql

sqlviewsdir = $(sqldir)/views
dist_sqlviews_DATA = sql/views/10-people.sql sql/views/20-messages.sql sql/views/30-campaigns.sql

sbin_SCRIPTS += campaignd-migrate
EXTRA_DIST += sql/campaignd-migrate
CLEANFILES += campaignd-migrate

campaignd-migrate: $(srcdir)/sql/campaignd-migrate Makefile
	$(AM_V_GEN)sed -e 's|@pkgdatadir[@]|$(pkgdatadir)|' -e 's|@version[@]|$(VERSION)|' \
		$(srcdir)/sql/campaignd-migrate >$@.tmp && chmod +x $@.tmp && mv $@.tmp $@
