#include "smpp/consts.h"

#include "t.h"

static void
commands_have_the_names_of_the_specification(void **state)
{
	(void)state;
	assert_string_equal(smpp_command_name(SMPP_SUBMIT_SM), "submit_sm");
	assert_string_equal(smpp_command_name(SMPP_SUBMIT_SM_RESP), "submit_sm_resp");
	assert_string_equal(smpp_command_name(0x80000003), "query_sm_resp");
	assert_string_equal(smpp_command_name(SMPP_GENERIC_NACK), "generic_nack");
	assert_string_equal(smpp_command_name(0x111), "unknown"); /* broadcast_sm */
	assert_string_equal(smpp_command_name(0xffffffff), "unknown");
}

/* Every row of carrier_errors.csv begins its meaning with the name, or says what else it is. */
static void
statuses_have_the_names_of_the_carrier_table(void **state)
{
	FILE *f = fopen(SRCDIR "/sql/data/carrier_errors.csv", "r");
	char line[512], name[64];
	unsigned code, seen = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "command_status,0x%8x,%*[\"]%63[A-Z_0-9]", &code, name) != 2 &&
		    sscanf(line, "command_status,0x%8x,%63[A-Z_0-9]", &code, name) != 2)
			continue;
		assert_string_equal(smpp_status_name(code), name);
		seen++;
	}
	fclose(f);
	assert_int_equal(seen, 67);
}

static void
a_number_without_a_name_is_vendor_or_reserved(void **state)
{
	(void)state;
	assert_string_equal(smpp_status_name(0x3ff), "reserved");
	assert_string_equal(smpp_status_name(0x400), "vendor");
	assert_string_equal(smpp_status_name(0x4ff), "vendor");
	assert_string_equal(smpp_status_name(0x500), "reserved");
	assert_string_equal(smpp_status_name(0x22), "reserved");
	assert_string_equal(smpp_status_name(0xffffffff), "reserved");
}

int
main(void)
{
	static struct t_list l;

	T_TEST(&l, commands_have_the_names_of_the_specification);
	T_TEST(&l, statuses_have_the_names_of_the_carrier_table);
	T_TEST(&l, a_number_without_a_name_is_vendor_or_reserved);
	return T_RUN("consts", &l);
}
