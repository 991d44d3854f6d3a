-- 99: who may do what (campaigns.md 15). Applied after everything else, and whenever anything changed.

revoke all on all tables in schema campaign, campaign_store from public;
revoke all on all functions in schema campaign, campaign_store from public;
revoke all on all tables in schema campaign, campaign_store from campaignd, campaign_staff, campaign_reporting, campaign_operator;
revoke all on all functions in schema campaign, campaign_store from campaignd, campaign_staff, campaign_reporting, campaign_operator;
alter default privileges for role campaign_owner revoke execute on functions from public;

grant usage on schema campaign to campaign_staff, campaign_reporting, campaign_operator;
grant usage on schema campaign_store to campaignd;

do $$
declare
	f text;
begin
	-- The daemon: sending and receiving, nothing else. A function that is not there (yet) is not granted, and tests/sql/roles.sql
	-- tells.
	for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'campaign_store'::regnamespace and p.proname in (
		'run_open', 'claim', 'answered', 'receipts', 'inbound', 'finish', 'put_back', 'release', 'reconcile', 'sweep', 'run_close', 'housekeep',
		'carrier_codes', 'carriers_needed', 'report_binds', 'schema_version') loop
		execute format('grant execute on function %s to campaignd', f);
	end loop;

	for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'campaign'::regnamespace loop
		if f ~ '^campaign\.(create_practice|set_practice|add_sender|set_sender|add_staff|remove_staff|set_carrier_code|confirm_copy|reload|drain|resume)\(' then
			execute format('grant execute on function %s to campaign_operator', f);
		elsif f ~ '^campaign\.explain_message\(' then
			execute format('grant execute on function %s to campaign_staff, campaign_reporting, campaign_operator', f);
		else
			execute format('grant execute on function %s to campaign_staff', f);
		end if;
	end loop;
end $$;

-- Views run as the owner, but functions in them as whoever asks.
grant execute on function campaign_store.now() to campaign_staff, campaign_reporting, campaign_operator;

grant select on all tables in schema campaign to campaign_staff, campaign_reporting, campaign_operator;
revoke all on campaign.contact_import, campaign.import_rejects from campaign_reporting, campaign_operator;
grant select, insert, delete on campaign.contact_import to campaign_staff;
