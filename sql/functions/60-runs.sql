-- 60: the life of a daemon's process (a run), and what becomes of what it took (claim.md 2 and 3).

create or replace function campaign_store.run_open(run bigint, host text, os_pid int, version text, after_failover text, reopen boolean)
	returns table(verdict text, backend_pid int, backend_start text, schema int, detail text, hint text) language plpgsql
	set search_path = pg_catalog, pg_temp as $$
begin
	-- When a session began is told to its own role only, and the function below runs as campaign_owner.
	return query select r.* from pg_stat_activity a,
			campaign_store.run_open(run_open.run, run_open.host, run_open.os_pid, run_open.version, run_open.after_failover, run_open.reopen,
				coalesce(a.backend_start, pg_catalog.now())) r
		where a.pid = pg_backend_pid();
end $$;
comment on function campaign_store.run_open(bigint, text, int, text, text, boolean) is
'Begins a run, or takes it up again after the connection was lost: takes its session lock, which says that the process lives, and which claims check. Waits while an older session still holds it. verdict open; or copy: this database is not where it was (restored from a dump, or taken over by another server), and claims are refused until an operator calls campaign.confirm_copy() and this is called again. after_failover = resume: a new timeline alone is no reason. Also the session''s process id and start, for ending it when it is lost, and the number of the newest migration.';

create or replace function campaign_store.run_open(run bigint, host text, os_pid int, version text, after_failover text, reopen boolean, started timestamptz)
	returns table(verdict text, backend_pid int, backend_start text, schema int, detail text, hint text) language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	here record;
	home campaign_store.installation;
begin
	perform pg_advisory_lock(run_open.run);
	select c.system_identifier, d.oid, left(pg_walfile_name(pg_current_wal_lsn()), 8) as timeline into here
		from pg_control_system() c, pg_database d where d.datname = current_database();
	insert into campaign_store.installation(system_identifier, database_oid, timeline) values (here.system_identifier, here.oid, here.timeline) on conflict do nothing;
	select * into home from campaign_store.installation;
	if (home.system_identifier, home.database_oid) = (here.system_identifier, here.oid) and home.timeline <> here.timeline
			and run_open.after_failover = 'resume' then
		update campaign_store.installation i set timeline = here.timeline;
		home.timeline := here.timeline;
	end if;

	backend_pid := pg_backend_pid();
	backend_start := started::text;
	schema := campaign_store.schema_version();
	if (home.system_identifier, home.database_oid, home.timeline) is distinct from (here.system_identifier, here.oid, here.timeline) then
		perform pg_advisory_unlock(run_open.run);
		update campaign_store.run r set backend_pid = 0 where r.id = run_open.run;      -- no session's: claims are refused
		verdict := 'copy';
		detail := case when home.system_identifier <> here.system_identifier then 'The database was restored on another server'
			when home.database_oid <> here.oid then 'The database was restored under another name or anew'
			else 'The server was recovered to a point in time, or a standby took over' end
			|| ': what it holds as due may have been sent already.';
		hint := 'Make sure that the original sends no more, cancel what must not go, then: select campaign.confirm_copy();';
	else
		verdict := 'open';
		insert into campaign_store.run as r (id, backend_pid, backend_start, host, os_pid, version)
			values (run_open.run, run_open.backend_pid, started, run_open.host, run_open.os_pid, run_open.version)
			on conflict (id) do update set backend_pid = excluded.backend_pid, backend_start = excluded.backend_start, lost_at = null, closed_at = null;
	end if;
	return next;
end $$;
comment on function campaign_store.run_open(bigint, text, int, text, text, boolean, timestamptz) is 'What run_open() does, as the owner. started: when the session began.';

create or replace function campaign_store.check_run(run bigint) returns void language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
begin
	if not exists (select from campaign_store.run r where r.id = check_run.run and r.backend_pid = pg_backend_pid() and r.closed_at is null) then
		raise exception using errcode = '55000', message = format('Run %s is not open in this session.', run),
			detail = 'A claim is committed only by the session that holds the lock of its run.',
			hint = 'Call campaign_store.run_open() first, and heed its verdict.';
	end if;
end $$;
comment on function campaign_store.check_run(bigint) is 'Raises an error unless the run was opened by this session: so whoever commits a claim is known to be alive.';

create or replace function campaign_store.finish_runs(runs bigint[]) returns int language plpgsql
	set search_path = pg_catalog, pg_temp
	set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
	n int;
	done boolean;
begin
	with gone as (delete from campaign_store.chunk k where k.run = any(runs) and not exists (select from campaign_store.message m
			where m.id between k.first_id and k.last_id and m.chunk = k.no and m.status = 'Sending') returning k.campaign_id, k.leased_at),
	h as (insert into campaign_store.hand_over as o (campaign_id, at) select g.campaign_id, max(g.leased_at) from gone g where g.campaign_id > 0 group by 1 order by 1
		on conflict (campaign_id) do update set at = greatest(o.at, excluded.at))
	select count(*), coalesce(bool_or(g.campaign_id > 0 and not exists (select from campaign_store.chunk c where c.campaign_id = g.campaign_id and c.run is null)), false)
		into n, done from gone g;
	if done then
		perform campaign_store.wake();          -- housekeeping looks whether the campaign is finished
	end if;
	return n;
end $$;
comment on function campaign_store.finish_runs(bigint[]) is 'What finish() does, for several runs: the campaigns'' rows are locked in one order, and never twice in a transaction.';

create or replace function campaign_store.finish(run bigint) returns int language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	return campaign_store.finish_runs(array[run]);
end $$;
comment on function campaign_store.finish(bigint) is 'Removes the records of this run''s claims of which nothing is Sending any more; returns how many. To be called about once a second while texts go out.';

create or replace function campaign_store.release(run bigint) returns int language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	perform campaign_store.finish(run);
	return (select count(*) from campaign_store.chunk k join campaign_store.message m on m.id between k.first_id and k.last_id and m.chunk = k.no and m.status = 'Sending'
		where k.run = release.run);
end $$;
comment on function campaign_store.release(bigint) is
'For a clean stop, after the last answers: returns how many messages are still Sending, 0 when every answer was stored and what was never written was put back. (A claim holds nothing else: what it did not take stays in the queue.)';

create or replace function campaign_store.run_close(run bigint) returns void language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	-- With something still in doubt the run stays, for the sweep.
	update campaign_store.run r set closed_at = pg_catalog.now(), backend_pid = 0 where r.id = run_close.run
		and not exists (select from campaign_store.chunk k where k.run = r.id);
	delete from campaign_store.bind_status b where b.run = run_close.run;
end $$;
comment on function campaign_store.run_close(bigint) is 'Ends a run, after release().';

create or replace function campaign_store.reconcile(run bigint, message bigint[], attempt smallint[])
	returns table(kept int, back int, gone_message bigint[], gone_attempt smallint[]) language plpgsql security definer
	set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	mine bigint[];
	lost bigint[];
begin
	perform campaign_store.check_run(run);
	mine := array(select m.id from campaign_store.chunk k join campaign_store.message m on m.id between k.first_id and k.last_id
		and m.chunk = k.no and m.status = 'Sending' and m.run = reconcile.run where k.run = reconcile.run order by 1);
	perform from campaign_store.message m where m.id = any(mine) order by m.id for update;
	-- Not held: claimed by a statement whose result never came, so never written. What has an answer was held until that was stored.
	lost := array(select m.id from campaign_store.message m where m.id = any(mine) and m.status = 'Sending' and m.run = reconcile.run
		and not exists (select from unnest(reconcile.message, reconcile.attempt) u(id, no) where u.id = m.id and u.no = m.attempt)
		and not exists (select from campaign_store.part p where p.message_id = m.id and p.attempt = m.attempt) order by 1);
	back := 0;
	if lost <> '{}' then
		back := campaign_store.to_queue(lost, array_fill(campaign_store.now(), array[cardinality(lost)]), 'turn');
	end if;
	select count(*) filter (where m.id is not null), coalesce(array_agg(u.id) filter (where m.id is null), '{}'), coalesce(array_agg(u.no) filter (where m.id is null), '{}')
		into kept, gone_message, gone_attempt
		from (select distinct x.id, x.no from unnest(reconcile.message, reconcile.attempt) x(id, no)) u
		left join campaign_store.message m on m.id = u.id and m.attempt = u.no and m.status = 'Sending' and m.run = reconcile.run;
	return next;
end $$;
comment on function campaign_store.reconcile(bigint, bigint[], smallint[]) is
'After a run was opened again and the gathered answers were stored: message and attempt name what the daemon holds. What it holds stays (kept); what this run claimed and it does not hold was never written, and is Queued again (back); what it holds and is not its own any more it must drop unwritten (gone).';

create or replace function campaign_store.sweep(run bigint, after_ms bigint) returns table(dead_run bigint, in_doubt int, freed int) language plpgsql
	security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
	dead bigint[];
	mine bigint[];          -- what they may have written, long enough ago
	whose bigint[];         -- and which run each of these is of
begin
	-- The lock is re-entrant, but only the own run's is held by the process that asks. It keeps another daemon's sweep from these.
	dead := array(select x.id from (select r.id from campaign_store.run r where r.closed_at is null and r.id <> sweep.run order by r.id offset 0) x
		where pg_try_advisory_xact_lock(x.id));
	if dead = '{}' then
		return;
	end if;
	update campaign_store.run r set lost_at = clock_timestamp() where r.id = any(dead) and r.closed_at is null and r.lost_at is null;

	-- All runs in one go: messages, and then campaigns, are locked in the one order that everybody keeps.
	select coalesce(array_agg(x.id), '{}'), coalesce(array_agg(x.run), '{}') into mine, whose
		from (select m.id, k.run from campaign_store.run r join campaign_store.chunk k on k.run = r.id
			join campaign_store.message m on m.id between k.first_id and k.last_id and m.chunk = k.no and m.status = 'Sending'
			where r.id = any(dead) and r.lost_at <= clock_timestamp() - make_interval(secs => after_ms / 1000.0) order by 1) x;
	if mine <> '{}' then
		perform from campaign_store.message m where m.id = any(mine) order by m.id for update;
		insert into campaign_store.part(message_id, at, state, attempt, part, carrier)
			select m.id, campaign_store.now(), 'NoResponse', m.attempt, g, s.carrier
				from campaign_store.message m join campaign_store.chunk k on k.no = m.chunk join campaign_store.sender s on s.id = k.sender_id, generate_series(1, m.parts) g
				where m.id = any(mine) and m.status = 'Sending' order by 1, g
			on conflict (message_id, attempt, part) do nothing;
		perform campaign_store.settle(mine);
	end if;
	perform campaign_store.finish_runs(dead);

	dead := array(select r.id from campaign_store.run r where r.id = any(dead) and r.closed_at is null
		and not exists (select from campaign_store.chunk k where k.run = r.id));
	update campaign_store.run r set closed_at = clock_timestamp(), backend_pid = 0 where r.id = any(dead);
	delete from campaign_store.bind_status b where b.run = any(dead);
	return query select d.id, count(m.id) filter (where m.status = 'Unknown')::int, count(m.id) filter (where m.status <> 'Unknown')::int
		from unnest(dead) d(id) left join unnest(mine, whose) w(message_id, run) on w.run = d.id left join campaign_store.message m on m.id = w.message_id
		group by 1 order by 1;
end $$;
comment on function campaign_store.sweep(bigint, bigint) is
'Clears up after runs whose session lock is free and that nobody has opened again for after_ms: what they left Sending without an answer may have been written, so it is Unknown (submit_unconfirmed), and never sent again by itself. One row for each, once: how many are in doubt (0: all that it had taken was answered or put back), and how many got another status by the answers that were stored. Never the own run. What a claim did not take was never the run''s, so nothing else needs to be freed.';

create or replace function campaign_store.report_binds(run bigint, bind text[], carrier text[], state text[], since_s double precision[], peer text[], win int[],
	unanswered int[], detail text[]) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
	delete from campaign_store.bind_status b where b.run = report_binds.run and not b.bind = any(coalesce(report_binds.bind, '{}'));
	insert into campaign_store.bind_status as b (run, bind, carrier, state, since, peer, window_size, unanswered, detail, at)
		select report_binds.run, u.bind, u.carrier, u.state, clock_timestamp() - make_interval(secs => u.since_s), u.peer, u.win, u.unanswered, u.detail, clock_timestamp()
			from unnest(report_binds.bind, report_binds.carrier, report_binds.state, report_binds.since_s, report_binds.peer, report_binds.win, report_binds.unanswered,
				report_binds.detail) u(bind, carrier, state, since_s, peer, win, unanswered, detail)
		on conflict (run, bind) do update set carrier = excluded.carrier, state = excluded.state, since = excluded.since, peer = excluded.peer,
			window_size = excluded.window_size, unanswered = excluded.unanswered, detail = excluded.detail, at = excluded.at;
end $$;
comment on function campaign_store.report_binds(bigint, text[], text[], text[], double precision[], text[], int[], int[], text[]) is
'The connections of a run to carriers as they are now, for campaign.daemon_status; those not named are gone. since_s: for how many seconds in this state.';

create or replace function campaign_store.carrier_codes() returns table(source text, code text, status text, reason text, retry text) language plpgsql stable
	security definer set search_path = pg_catalog, pg_temp as $$
begin
	return query select c.source, c.code, c.status, coalesce(c.reason, ''), c.retry from campaign_store.carrier_code c order by 1, 2;
end $$;
comment on function campaign_store.carrier_codes() is 'What carriers'' codes mean (receipts.md 4.2); read at start and after the notice codes.';

create or replace function campaign_store.carriers_needed() returns table(carrier text, senders int) language plpgsql stable security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	return query select s.carrier, count(*)::int from campaign_store.sender s group by 1 order by 1;
end $$;
comment on function campaign_store.carriers_needed() is 'The carriers that senders name: campaignd.conf should have them all.';

create or replace function campaign_store.schema_version() returns int language plpgsql stable security definer
	set search_path = pg_catalog, pg_temp as $$
begin
	return (select max(m.no) from campaign_store.migration m);
end $$;
comment on function campaign_store.schema_version() is 'The newest migration that this database has. The daemon is built for one, and asks this first.';
