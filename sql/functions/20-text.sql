-- 20: texts: what they cost, plain punctuation, tokens (campaigns.md 6, encodings.md). src/smpp/coding.c counts and cuts by the
-- same rules, and tests/integration compares the two.
--
-- Those that a claim or a preview calls for every message set no search_path, which would double their cost: whoever calls them
-- has set it, and nobody else may.

create or replace function campaign_store.is_gsm(body text) returns boolean language sql immutable parallel safe as
-- Inlined, so no `set`: every name is qualified or an operator of pg_catalog. tests/sql/text.sql compares it with gsm_char.
$$ select body operator(pg_catalog.~) E'^[\n\f\r -_a-~¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ€]*$' $$;
comment on function campaign_store.is_gsm(text) is 'Whether every character is in the GSM 7-bit table or its extension.';

create or replace function campaign_store.text_units(body text) returns int language plpgsql immutable strict parallel safe as $$
begin
	if campaign_store.is_gsm(body) then
		return length(body) + length(body) - length(translate(body, E'^{}\\[~]|€\f', ''));
	end if;
	return length(body) + length(body) - length(regexp_replace(body, '[\U00010000-\U0010ffff]', '', 'g'));
end $$;
comment on function campaign_store.text_units(text) is
'How long a text is for the carrier: septets (extension characters count two), or UTF-16 units when a character is outside GSM 7-bit.';

create or replace function campaign_store.text_parts(body text) returns smallint language plpgsql immutable strict parallel safe as $$
declare
	gsm boolean;
	room int;
	units int;
	parts int := 1;
	used int := 0;
	w int;
	c text;
begin
	if length(body) <= 35 then
		return 1;
	end if;
	gsm := campaign_store.is_gsm(body);
	units := length(body);
	if not gsm or body ~ '[]\f^{}\\[~|€]' then
		units := campaign_store.text_units(body);
	end if;
	if units <= (case when gsm then 160 else 70 end) then
		return 1;
	end if;
	room := case when gsm then 153 else 67 end;
	if units = length(body) or units > 20000 then
		return least((units + room - 1) / room, 32767);
	end if;
	-- A character of two units is never cut: it moves to the next part, and this one is a unit short.
	foreach c in array regexp_split_to_array(body, '') loop
		w := case when gsm then 1 + (strpos(E'^{}\\[~]|€\f', c) > 0)::int else 1 + (c > E'\uffff' collate "C")::int end;
		if used + w > room then
			parts := parts + 1;
			used := 0;
		end if;
		used := used + w;
	end loop;
	return parts;
end $$;
comment on function campaign_store.text_parts(text) is
'How many SMS parts a text takes: one up to 160 septets or 70 units, otherwise 153 or 67 in each, and nothing that takes two units is cut.';

create or replace function campaign_store.plain(body text) returns text language plpgsql stable strict parallel safe as $$
declare
	changed text := body;
	f record;
begin
	if campaign_store.is_gsm(body) or exists (select from regexp_matches(body, 'https?://[^\s“”‘’«»…–—]+', 'g') m
		where not campaign_store.is_gsm(m[1])) then
		return body;        -- nothing to do, or a link that a change would break
	end if;
	for f in select chr(p.codepoint) as c, p.replacement from campaign_store.plain_form p
		where p.class <> 'diacritic' and p.codepoint in (select ascii(x) from regexp_split_to_table(body, '') x) loop
		changed := replace(changed, f.c, f.replacement);
	end loop;
	return case when campaign_store.is_gsm(changed) then changed else body end;
end $$;
comment on function campaign_store.plain(text) is
'Smart encoding: typographic quotes, dashes, blanks and the like as their plain forms if the whole text is GSM 7-bit then; otherwise the text unchanged. Letters keep their accents, links stay.';

-- An emoji, or anything outside the BMP: pictures, variation selector 16, the key cap.
create or replace function campaign_store.emoji_in(body text) returns text language sql immutable parallel safe as
$$ select substring(body from '[\ufe0f\u20e3\u231a\u231b\u2328\u23cf\u23e9-\u23fa\u24c2\u25b6\u25c0\u25fb-\u25fe\u2600-\u2714'
	'\u2717-\u2730\u2732-\u273a\u273c-\u2757\u2759\u275a\u275f-\u2767\u2776-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55'
	'\u3030\u303d\u3297\u3299\U00010000-\U0010ffff]') $$;
comment on function campaign_store.emoji_in(text) is 'The first emoji or character outside the BMP in a text, or null.';

create or replace function campaign_store.clean(value text) returns text language plpgsql immutable parallel safe as $$
begin
	if value ~ '^[!-~]+( [!-~]+)*$' and length(value) <= 60 then
		return value;
	end if;
	value := normalize(value, nfc);
	value := regexp_replace(value, '[\s\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+', ' ', 'g');
	value := regexp_replace(value, '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u180b-\u180f'
		'\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb]', '', 'g');
	while campaign_store.emoji_in(value) is not null loop
		value := replace(value, campaign_store.emoji_in(value), '');
	end loop;
	return nullif(btrim(left(btrim(regexp_replace(value, ' {2,}', ' ', 'g')), 60)), '');
end $$;
comment on function campaign_store.clean(text) is
'A value as it may stand in a text: no control, format and emoji characters, white space as single blanks, trimmed, at most 60 characters; null when nothing is left.';

create or replace function campaign_store.token_names() returns text[] language sql immutable parallel safe as
$$ select '{Contact.FirstName,Contact.LastName,Contact.FullName,Practice.Name,Practice.Phone,Practice.Website,Practice.Address}'::text[] $$;
comment on function campaign_store.token_names() is 'The tokens that a text may hold.';

create or replace function campaign_store.nearest_token(typed text) returns text language sql stable
	set search_path = pg_catalog, pg_temp as
-- The name that shares most letters and pairs of neighbouring letters: [firstname], [Contact.First_Name] and [FristName] all find
-- theirs.
$$
	with bare as (select n, regexp_replace(lower(n), '[^a-z]', '', 'g') as a, regexp_replace(lower(typed), '[^a-z]', '', 'g') as b
		from unnest(campaign_store.token_names()) n),
	pairs as (select n, length(a) + length(b) as len,
		(select count(*) from (select substr(a, i, n) from generate_series(1, length(a)) i, generate_series(1, 2) n
			intersect select substr(b, i, n) from generate_series(1, length(b)) i, generate_series(1, 2) n) x) as shared from bare)
	select n from pairs order by shared::numeric / len desc, n limit 1
$$;
comment on function campaign_store.nearest_token(text) is 'The token that somebody who typed this probably meant.';

create or replace function campaign_store.compile(template text, plain boolean default true, out compiled text, out compiled_plain text,
	out slot_token text[], out slot_fallback text[], out says_stop boolean) language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	body text;
	i int := 1;
	c text;
	inner_text text;
	token text;
	fallback text;
	slot int;
begin
	body := regexp_replace(normalize(template, nfc), '\r\n?', E'\n', 'g');
	body := regexp_replace(replace(body, E'\t', ' '), '[\u0001-\u0009\u000b-\u001f\u007f-\u009f]', '', 'g');
	if coalesce(body, '') ~ '^[\s\u00a0\u00ad\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]*$' then
		raise exception using errcode = 'TC005', message = 'The text is empty.',
			hint = 'Write what the recipients shall read.';
	end if;
	if campaign_store.emoji_in(body) is not null then
		c := campaign_store.emoji_in(body);
		raise exception using errcode = 'TC003', message = 'The text has an emoji or another character that campaigns must not hold.',
			detail = format('The character %s (U+%s) is at position %s.', c, upper(to_hex(ascii(c))), strpos(body, c)),
			hint = 'Remove it. It would also more than halve what fits into a part.';
	end if;

	compiled := '';
	slot_token := array_fill(null::text, array[25]);
	slot_fallback := slot_token;
	while i <= length(body) loop
		c := substr(body, i, 1);
		if c in ('[', ']') and substr(body, i + 1, 1) = c then
			compiled := compiled || c;
			i := i + 2;
			continue;
		elsif c <> '[' then
			compiled := compiled || c;
			i := i + 1;
			continue;
		end if;

		inner_text := substring(substr(body, i) from '^\[([^][]*)\]');
		if inner_text is null or inner_text !~ '^[^|]+(\|[^|]{0,40})?$' then
			raise exception using errcode = 'TC002', message = format('The placeholder at position %s is not complete.', i),
				detail = format('It begins with "%s".', left(substr(body, i), 30)),
				hint = 'Write [Name] or [Name|fallback]; the fallback has at most 40 characters and none of [ ] |. For a literal bracket write [[.';
		end if;
		select n into token from unnest(campaign_store.token_names()) n where lower(n) = lower(split_part(inner_text, '|', 1));
		if token is null then
			raise exception using errcode = 'TC001', message = format('There is no placeholder [%s].', split_part(inner_text, '|', 1)),
				detail = format('It is at position %s. Valid: %s.', i, array_to_string(campaign_store.token_names(), ', ')),
				hint = format('Did you mean [%s]? For a literal bracket write [[.', campaign_store.nearest_token(split_part(inner_text, '|', 1)));
		end if;
		fallback := case when inner_text like '%|%' then split_part(inner_text, '|', 2) end;
		select s into slot from generate_series(case when token like 'C%' then 1 else 14 end, case when token like 'C%' then 6 else 25 end) s
			where slot_token[s] is null or (slot_token[s] = token and slot_fallback[s] is not distinct from fallback) order by s limit 1;
		if slot is null then
			raise exception using errcode = 'TC002', message = 'The text has too many different placeholders.',
				detail = format('There is no room for the one at position %s: at most 6 of a contact and 12 of the practice.', i),
				hint = 'Use the same fallback wherever the same placeholder stands.';
		end if;
		slot_token[slot] := token;
		slot_fallback[slot] := fallback;
		compiled := compiled || chr(slot);
		i := i + length(inner_text) + 2;
	end loop;

	compiled := btrim(compiled, E' \n');
	says_stop := compiled ~ '\mSTOP\M';
	-- Slots are GSM characters for this purpose: take them out, see whether the rest has a plain form, and put them back.
	if plain then
		compiled_plain := campaign_store.plain_around_slots(compiled);
	end if;
end $$;
comment on function campaign_store.compile(text, boolean) is
'Reads a template. Slot i stands in compiled as chr(i): 1 to 6 are (token, fallback) pairs of a contact, 14 to 25 of the practice; cleaning removes such characters from every value, so no value is ever read as a token. compiled_plain: the same in plain punctuation, where that differs. Raises TC001 unknown token, TC002 malformed, TC003 emoji, TC005 empty.';

create or replace function campaign_store.plain_around_slots(compiled text) returns text language plpgsql stable
	set search_path = pg_catalog, pg_temp as $$
declare
	pieces text[] := regexp_split_to_array(compiled, '[\u0001-\u0006\u000e-\u0019]');
	slots text := regexp_replace(compiled, '[^\u0001-\u0006\u000e-\u0019]', '', 'g');
	changed text := '';
begin
	-- Whole first: a piece that cannot be plain makes the template stay as it is.
	if not campaign_store.is_gsm(campaign_store.plain(array_to_string(pieces, ' '))) then
		return null;
	end if;
	for i in 1 .. cardinality(pieces) loop
		changed := changed || campaign_store.plain(pieces[i]) || substr(slots, i, 1);
	end loop;
	return nullif(changed, compiled);
end $$;
comment on function campaign_store.plain_around_slots(text) is 'The plain form of a compiled template, or null when it has none or is plain already.';

create or replace function campaign_store.fill_practice(compiled text, slot_token text[], slot_fallback text[], p campaign_store.practice)
	returns text language plpgsql stable as $$
declare
	value text;
begin
	for i in 14 .. 25 loop
		exit when slot_token[i] is null;
		value := coalesce(campaign_store.clean(case slot_token[i] when 'Practice.Name' then p.name when 'Practice.Phone' then p.phone
			when 'Practice.Website' then p.website when 'Practice.Address' then p.address end), slot_fallback[i]);
		if value is null then
			return null;
		end if;
		compiled := replace(compiled, chr(i), value);
	end loop;
	return compiled;
end $$;
comment on function campaign_store.fill_practice(text, text[], text[], campaign_store.practice) is
'A compiled template with the practice''s values in it; null when one is missing and has no fallback.';

create or replace function campaign_store.fill_contact(compiled text, slot_token text[], slot_fallback text[], first_name text, last_name text)
	returns text language plpgsql immutable parallel safe as $$
declare
	value text;
begin
	for i in 1 .. 6 loop
		exit when slot_token[i] is null;
		value := coalesce(case slot_token[i] when 'Contact.FirstName' then first_name when 'Contact.LastName' then last_name
			when 'Contact.FullName' then nullif(concat_ws(' ', first_name, last_name), '') end, slot_fallback[i]);
		if value is null then
			return null;
		end if;
		compiled := replace(compiled, chr(i), value);
	end loop;
	return compiled;
end $$;
comment on function campaign_store.fill_contact(text, text[], text[], text, text) is
'A compiled template with a contact''s (cleaned) names in it; null when one is missing and has no fallback.';

create or replace function campaign_store.stop_hint() returns text language sql immutable parallel safe as
$$ select ' Reply STOP to opt out.'::text $$;
comment on function campaign_store.stop_hint() is 'What is appended to a campaign''s text that does not say STOP itself, as the practice''s setting opt_out_hint says.';
