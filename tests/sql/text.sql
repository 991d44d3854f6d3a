-- Texts: what they cost, plain punctuation, tokens (campaigns.md 6, encodings.md).
\ir prelude.psql
select plan(95);
select pg_temp.people();

create function pg_temp.code_of(template text) returns text language plpgsql as $$
begin
	perform campaign_store.compile(template);
	return 'fine';
exception when others then
	return sqlstate;
end $$;
create function pg_temp.compiled(template text) returns text language sql as $$ select c.compiled from campaign_store.compile(template) c $$;
create function pg_temp.shown(template text, first text, last text) returns text language sql as $$
	select campaign_store.fill_contact(campaign_store.fill_practice(c.compiled, c.slot_token, c.slot_fallback, p), c.slot_token, c.slot_fallback, first, last)
	from campaign_store.compile(template) c, campaign_store.practice p where p.short_name = 'maple' $$;

-- the alphabet
select is((select count(*) from generate_series(1, 65535) c where c not between 55296 and 57343 and c <> 27
	and campaign_store.is_gsm(chr(c)) <> exists (select from campaign_store.gsm_char g where g.codepoint = c)), 0::bigint,
	'is_gsm() knows the characters of gsm0338.csv and no others');
select is((select count(*) from campaign_store.gsm_char g where g.codepoint <> 27 and campaign_store.text_units(chr(g.codepoint)) <> 1 + g.extended::int), 0::bigint,
	'extension characters count two septets, all others one');
select is((select count(*) from campaign_store.plain_form f where f.codepoint > 0 and campaign_store.is_gsm(chr(f.codepoint))), 0::bigint, 'nothing that is GSM 7-bit is replaced');

-- how many parts
select is(campaign_store.text_parts(repeat('x', n)), parts::smallint, format('%s x is %s parts', n, parts))
	from (values (0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)) v(n, parts);
select is(campaign_store.text_parts(repeat('€', n)), parts::smallint, format('%s euro signs are %s parts: none is cut apart', n, parts))
	from (values (80, 1), (81, 2), (152, 2), (153, 3), (228, 3), (229, 4)) v(n, parts);
select is(campaign_store.text_parts(repeat('ë', n)), parts::smallint, format('%s letters outside GSM 7-bit are %s parts', n, parts))
	from (values (70, 1), (71, 2), (134, 2), (135, 3)) v(n, parts);
select is(campaign_store.text_parts(repeat('😀', n)), parts::smallint, format('%s emoji are %s parts: no pair is cut apart', n, parts))
	from (values (35, 1), (36, 2), (66, 2), (67, 3)) v(n, parts);
select is(campaign_store.text_parts(repeat('x', 152) || '€' || repeat('x', 151)), 2::smallint, 'an escape that would be cut moves to the next part, which has room');
select is(campaign_store.text_parts(repeat('x', 152) || '€' || repeat('x', 152)), 3::smallint, 'an escape that would be cut moves to the next part, which has none');
select is(campaign_store.text_units('a€b'), 4, 'units of GSM 7-bit are septets');
select is(campaign_store.text_units('ë😀'), 3, 'units of UCS-2 are those of UTF-16');

-- the example of campaigns.md 6
\set example 'Hi [Contact.FirstName|there], it has been a while! [Practice.Name] can see you this week. Call [Practice.Phone] to book. Reply STOP to opt out.'
select is(pg_temp.shown(:'example', 'Ann', null), 'Hi Ann, it has been a while! Maple PT can see you this week. Call (206) 555-0199 to book. Reply STOP to opt out.', 'the example, filled in');
select is(campaign_store.text_units(pg_temp.shown(:'example', 'Ann', null)), 112, 'the example is 112 septets');
select is(campaign_store.text_parts(pg_temp.shown(:'example', 'Ann', null)), 1::smallint, 'and 1 part');
select is(length(pg_temp.shown(:'example', 'Zoë', null)), 112, 'for Zoë it has as many characters');
select is(campaign_store.text_parts(pg_temp.shown(:'example', 'Zoë', null)), 2::smallint, 'and 2 parts');
select ok((select says_stop from campaign_store.compile(:'example')), 'it says STOP itself');
select ok(not (select says_stop from campaign_store.compile('Please stop by, non-STOPPING')), 'other words with those letters do not');
select is(campaign_store.text_units(campaign_store.stop_hint()), 23, 'the hint is 23 characters');

-- plain punctuation
select is(campaign_store.plain('It’s “so” — fine… ™'), 'It''s "so" - fine... (TM)', 'typographic forms become plain');
select is(campaign_store.plain('Zoë’s'), 'Zoë’s', 'when that does not make the text GSM 7-bit all stays as it is');
select is(campaign_store.plain('André’s'), 'André''s', 'letters that GSM 7-bit has stay');
select is(campaign_store.plain('it’s https://x.example/a'), 'it''s https://x.example/a', 'a link may stand beside what is replaced');
select is(campaign_store.plain('“https://x.example/a”'), '"https://x.example/a"', 'the quotes around a link are not of the link');
select is(campaign_store.plain('it’s https://x.example/a−b'), 'it’s https://x.example/a−b', 'a link that would change keeps the whole text as it is');
select is((select compiled_plain from campaign_store.compile('It’s [Contact.FirstName]’s')), E'It''s \u0001''s', 'a template has a plain form around its placeholders');
select is((select compiled_plain from campaign_store.compile('It’s [Contact.FirstName]’s', plain => false)), null, 'unless the practice does not want one');
select is((select compiled_plain from campaign_store.compile('Zoë’s [Contact.FirstName]')), null, 'or it would not help');

-- placeholders
select is(pg_temp.shown('[Contact.FullName]', 'Ann', 'Lee'), 'Ann Lee', 'the full name is both');
select is(pg_temp.shown('[Contact.FullName]', null, 'Lee'), 'Lee', 'or the one that there is');
select is(pg_temp.shown('[Contact.FullName]', null, null), null, 'and is missing only if both are');
select is(pg_temp.shown('[contact.FIRSTNAME|x] [practice.name]', 'Ann', null), 'Ann Maple PT', 'names are read in any case');
select is(pg_temp.shown('[Practice.Name], [Practice.Phone], [Practice.Website], [Practice.Address]', null, null),
	'Maple PT, (206) 555-0199, maple.example, 1 Main St', 'all that there is of a practice');
select is(pg_temp.shown('Hi [Contact.FirstName|there]', null, null), 'Hi there', 'the fallback stands in');
select is(pg_temp.shown('Hi[Contact.FirstName|]!', null, null), 'Hi!', 'also an empty one');
select is(pg_temp.shown('Hi [Contact.FirstName]', null, null), null, 'without one the value is missing');
select is(pg_temp.shown('[Contact.FirstName|a][Contact.FirstName|b]', null, null), 'ab', 'each place has its own fallback');
select is(pg_temp.shown('[Contact.FirstName]', '[Practice.Name]', null), '[Practice.Name]', 'a value is never read as a placeholder');
select is(pg_temp.compiled('[[Contact.FirstName]] ] [[ ]]'), '[Contact.FirstName] ] [ ]', 'doubled brackets are literal');
select is(pg_temp.compiled(E'  a\r\nb\tc\u0001\u0085 \n'), E'a\nb c', 'line ends are one, control characters go');
select is(pg_temp.code_of(t), code, format('%s: %s', code, t)) from (values
	('Hi [FirstName]', 'TC001'), ('Hi [Contact.Firstname ]', 'TC001'), ('Hi [ Practice.Name]', 'TC001'), ('[x]', 'TC001'),
	('Hi [Contact.FirstName', 'TC002'), ('Hi []', 'TC002'), ('Hi [|x]', 'TC002'), ('[Contact.FirstName|a|b]', 'TC002'), ('[Contact.[x]]', 'TC002'),
	('[Contact.FirstName|' || repeat('x', 40) || ']', 'fine'), ('[Contact.FirstName|' || repeat('x', 41) || ']', 'TC002'),
	('Hi ☺', 'TC003'), ('Hi ❤️', 'TC003'), ('Hi 😀', 'TC003'), ('1️⃣', 'TC003'), ('[Contact.FirstName|😀]', 'TC003'), ('© ™ → ✕ •', 'fine'),
	('', 'TC005'), (null, 'TC005'), (E' \n\u00a0\u200b', 'TC005')) v(t, code);
select is(campaign_store.nearest_token(t), n, format('%s was probably %s', t, n)) from (values ('firstname', 'Contact.FirstName'), ('FristName', 'Contact.FirstName'),
	('last_name', 'Contact.LastName'), ('practice', 'Practice.Name'), ('web site', 'Practice.Website')) v(t, n);
select matches(pg_temp.error_as('postgres', $$select campaign_store.compile('Hi [FirstName]')$$), 'FirstName.*position 4.*Valid: Contact.FirstName.*Did you mean \[Contact.FirstName\]',
	'an unknown placeholder is told with its position, the nearest and the list');

-- cleaning
select is(campaign_store.clean(v), c, format('%s is cleaned', to_json(v))) from (values ('Ann', 'Ann'), (E'  Ann\n Marie\t', 'Ann Marie'), ('🎉Zoe🎉', 'Zoe'),
	(E'a\u200bb\u00adc\u202e', 'abc'), (E'e\u0301', 'é'), (E'\u0001x\u001f', 'x'), (E' \u00a0\u3000', null), ('', null), (null, null), ('☺', null),
	(repeat('abcde ', 15), repeat('abcde ', 9) || 'abcde')) v(v, c);

select * from finish();
rollback;
