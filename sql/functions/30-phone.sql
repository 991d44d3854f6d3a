-- 30: phone numbers (campaigns.md 3). No search_path is set, for the reason that 20-text.sql gives.

create or replace function campaign_store.normalize_phone(typed text, out phone text, out problem text) language plpgsql
	immutable parallel safe as $$
declare
	bare text;
begin
	bare := translate(typed, ' ().-/', '');
	if bare ~ '[^0-9+]' then
		-- Blanks (also those without width, which come along when a number is copied from a phone), dashes of any kind.
		bare := regexp_replace(bare, '[\s\u0085\u00a0\u00ad\u1680\u2000-\u200f\u2010-\u2015\u2028-\u202f\u2043\u205f-\u2064\u2066-\u2069\u2212\u2e3a\u2e3b\u3000'
			'\ufe58\ufe63\ufeff\uff0d]', '', 'g');
	end if;
	if coalesce(bare, '') = '' then
		problem := 'no_number';
	elsif bare ~ '^(\+?1)?[2-9]\d{2}[2-9]\d{6}$' then
		phone := '+1' || right(bare, 10);
		if phone ~ '^\+1(\d11|\d{4}11)' then
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
