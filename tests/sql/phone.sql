-- Phone numbers (campaigns.md 3).
\ir prelude.psql
select plan(33);

select is(n.phone, e164, format('%s is %s', to_json(t), e164)) from (values
	('206-555-0199', '+12065550199'), ('2065550199', '+12065550199'), ('12065550199', '+12065550199'), ('+1 206 555 0199', '+12065550199'),
	('1 (206) 555.0199', '+12065550199'), ('206/555–0199', '+12065550199'), ('206—555‑0199', '+12065550199'), (E'\u202a+1 206\u00a0555 0199\u202c', '+12065550199'),
	('+44 20 7946 0958', '+442079460958'), ('+49 30 1234567', '+49301234567'), ('+12345678', null), ('+512345678', '+512345678'),
	('+52345678', '+52345678'), ('+5234567', null), ('+523456789012345', '+523456789012345'), ('+5234567890123456', null)) v(t, e164),
	lateral campaign_store.normalize_phone(t) n;
select is(n.problem, 'invalid_number', format('%s is no number', to_json(t))) from (values
	('206-555-0199 x2'), ('206-555-0199 ext. 2'), ('206-555-OI99'), ('206 555 0199 206 555 0198'), ('555-0199'), ('106-555-0199'), ('206-155-0199'), ('211-555-0199'),
	('206-211-0199'), ('206-911-0199'), ('++12065550199'), ('206+5550199'), ('+1 206 155 0199')) v(t), lateral campaign_store.normalize_phone(t) n;
select is(n.problem, 'no_number', format('%s is blank', coalesce(to_json(t)::text, 'NULL'))) from (values (null), (''), (E' \t\u00a0'), ('-')) v(t), lateral campaign_store.normalize_phone(t) n;

select * from finish();
rollback;
