-- A status moves along the arrows of campaigns.md 2 only, whoever writes it.
\ir queue.psql
create temp table arrow(was message_status, became message_status);
insert into arrow values ('Scheduled', 'Queued'), ('Scheduled', 'Cancelled'), ('Scheduled', 'Sending'), ('Scheduled', 'Aborted'),
	('Queued', 'Sending'), ('Queued', 'Scheduled'), ('Queued', 'Aborted'), ('Queued', 'Cancelled'), ('Queued', 'Delivered'),
	('Sending', 'Sent'), ('Sending', 'Queued'), ('Sending', 'Aborted'), ('Sending', 'Unknown'), ('Sending', 'Delivered'),
	('Sent', 'Delivered'), ('Sent', 'Aborted'), ('Sent', 'Unknown'),
	('Aborted', 'Delivered'), ('Aborted', 'Unknown'),
	('Unknown', 'Sent'), ('Unknown', 'Aborted'), ('Unknown', 'Delivered'), ('Unknown', 'Queued');
select plan(64 + 2);

create function pg_temp.move(was message_status, became message_status) returns text language plpgsql as $$
begin
	delete from campaign_store.message where id = 1;
	insert into campaign_store.message(id, practice_id, status, reason) values (1, 1, was, 1);
	update campaign_store.message set status = became where id = 1;
	return 'moved';
exception when others then
	return sqlstate;
end $$;
select is(pg_temp.move(a, b), case when a = b or exists (select from arrow where was = a and arrow.became = b) then 'moved' else 'TC013' end, format('%s to %s', a, b))
	from unnest(enum_range(null::message_status)) a, unnest(enum_range(null::message_status)) b;

-- What ends must say why.
select throws_ok($$insert into campaign_store.message(id, practice_id, status) values (2, 1, 'Aborted')$$, '23514', null, 'no end without a reason');
select throws_ok($$update campaign_store.message set reason = null where id = 1 and status in ('Cancelled')$$, '23514', null, 'nor one that loses it');
select * from finish();
rollback;
