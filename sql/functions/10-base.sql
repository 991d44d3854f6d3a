-- 10: what all other functions stand on: the clock, the wake-up of the daemon, errors.
--
-- The files of this folder are applied in the order of their names, all in one transaction, as campaign_owner, whenever one of
-- them has changed. So each function is written with `create or replace`, and what must change its result type is dropped by
-- campaignd-migrate before.

create or replace function campaign_store.now() returns timestamptz language plpgsql stable security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	return coalesce((select c.now from campaign_store.test_clock c), pg_catalog.now());
end $$;
comment on function campaign_store.now() is
'The time for every rule: the server''s clock (start of the transaction), or what the owner put into campaign_store.test_clock for a test.';

create or replace function campaign_store.wake(payload text default 'due') returns void language plpgsql
	set search_path = pg_catalog, pg_temp as $$
begin
	perform pg_notify('campaignd', payload);
end $$;
comment on function campaign_store.wake(text) is
'Tells every daemon, when the transaction commits, that something became due (''due'') or that carrier_code changed (''codes''). It only wakes: commands are rows.';

create or replace function campaign_store.raise_tc(code text, message text, detail text default '', hint text default '')
	returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
	raise exception using errcode = code, message = message, detail = detail, hint = hint;
end $$;
comment on function campaign_store.raise_tc(text, text, text, text) is
'Raises an error: SQLSTATE, what went wrong in one sentence, DETAIL with the values, HINT with what to do.';

-- Whatever was worked out from these tables is stale when they change, or when the time jumps.
create or replace function campaign_store.periods_stale() returns trigger language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	update campaign_store.open_period set closes_at = '-infinity' where closes_at <> '-infinity';
	perform campaign_store.wake();
	return null;
end $$;
comment on function campaign_store.periods_stale() is 'Trigger: open_period must be made again.';
create or replace trigger periods_stale after insert or update or delete or truncate on campaign_store.legal_window
	for each statement execute function campaign_store.periods_stale();
create or replace trigger periods_stale after insert or update or delete or truncate on campaign_store.test_clock
	for each statement execute function campaign_store.periods_stale();
