-- 30: phone numbers (campaigns.md 3).

create or replace function campaign_store.normalize_phone(typed text, out phone text, out problem text) language plpgsql
	immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	-- Blanks (also those without width, which come along when a number is copied from a phone), dashes of any kind, ( ) . /
	bare text := regexp_replace(typed, '[\s\u0085\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u2069\u3000\ufeff'
		|| '\u00ad\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d().\u002f\u002d]', '', 'g');
begin
	if coalesce(bare, '') = '' then
		problem := 'no_number';
	elsif bare ~ '^(\+?1)?[2-9]\d{2}[2-9]\d{6}$' then
		phone := '+1' || right(bare, 10);
		if phone ~ '^\+1(\d11|\d{4}11)' or bare ~ '^\+[2-9]' then
			phone := null;
			problem := 'invalid_number';
		end if;
	elsif bare ~ '^\+[2-9]\d{7,14}$' then
		phone := bare;
	else
		problem := 'invalid_number';
	end if;
end $$;
comment on function campaign_store.normalize_phone(text) is
'A number as typed to E.164: ten digits, or eleven that begin with 1, as +1...; + and another country code stay. phone, or problem: no_number (blank) or invalid_number.';
