#include "daemon/conf.h"

#include "t.h"

#include <fcntl.h>
#include <unistd.h>

static char dir[] = "/tmp/t_conf.XXXXXX";
static char conf_file[64], password_file[64];

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static char text[4096];

/* A valid configuration with one line more in the carrier. */
static const char *
carrier_with(const char *line)
{
	snprintf(text, sizeof(text),
	    "database: { conninfo = \"dbname=x\"; };\n"
	    "carriers: (\n"
	    "  { name = \"acme\"; hosts = ( \"localhost:2776\" ); system_id = \"maple\";\n"
	    "    %s\n"
	    "  } );\n",
	    line);
	return text;
}

static struct conf *
read_text(const char *t, struct err *err)
{
	put(conf_file, t);
	return conf_read(conf_file, err);
}

struct bad_row {
	const char *name, *line, *says;
};

/* clang-format off */
static const struct bad_row bad_rows[] = {
	{"an unknown key names the nearest", "windw = 10;", ":4: windw: unknown key; the nearest known one is window"},
	{"an unknown key in a group", "tls: { enabel = true; };"/* clang-format on */
	,
	":4: tls.enabel: unknown key; the nearest known one is tls.enable"},
    {"a number in quotes", "window = \"10\";", ":4: window: a number is wanted"},
    {"a number out of bounds", "window = 0;", ":4: window: 0 is not between 1 and 1000"},
    {"a fraction where whole numbers belong", "window = 1.5;",
	":4: window: a whole number is wanted"},
    {"a duration without unit", "enquire_link = \"20\";",
	":4: enquire_link: \"20\" is not a duration"},
    {"a duration as a number", "enquire_link = 20;",
	":4: enquire_link: a duration in quotes is wanted"},
    {"a duration out of bounds", "enquire_link = \"10ms\";",
	":4: enquire_link: \"10ms\" is not between 1s and 1h"},
    {"a word that is none", "bind_type = \"both\";",
	":4: bind_type: \"both\" is none of transceiver|pair"},
    {"part of a word", "bind_type = \"pai\";", ":4: bind_type: \"pai\" is none of"},
    {"a list where a value belongs", "window = ( 10 );", ":4: window: a single value is wanted"},
    {"a value where a list belongs", "retry = \"30s\";", ":4: retry: a list is wanted"},
    {"true where a text belongs", "codes = true;",
	":4: codes: true or false is not what belongs here"},
    {"a password file that is not there", "password_file = \"/nonexistent/secret\";",
	"password_file: cannot read /nonexistent/secret"},
    {"what this version does not know is refused", "long_text = \"sar\";",
	":4: long_text: \"sar\" is none of udh"},
    {"broken syntax", "window = = 3;", ":4: syntax error"},
    {"a validity that is no duration", "validity = \"soon\";",
	"validity: \"soon\" is not a duration"},
};

static void
bad_input_names_file_line_and_key(void **state)
{
	const struct bad_row *row = *state;
	struct err err;

	assert_null(read_text(carrier_with(row->line), &err));
	if (!strstr(err.text, row->says))
		fail_msg("\"%s\" does not say \"%s\"", err.text, row->says);
	assert_ptr_equal(strstr(err.text, conf_file), err.text);
}

static void
a_missing_key_is_named(void **state)
{
	struct err err;

	(void)state;
	assert_null(read_text("carriers: ( { name = \"a\"; system_id = \"x\"; } );", &err));
	assert_non_null(strstr(err.text, "hosts: this key must be given"));
	assert_null(read_text("database: { conninfo = \"dbname=x\"; };", &err));
	assert_non_null(strstr(err.text, "carriers: a list of groups is wanted"));
	assert_null(read_text("database: { conninfo = \"nonsense\"; };\ncarriers: ();", &err));
	assert_non_null(strstr(err.text, ":1: database.conninfo: "));
	assert_null(conf_read("/nonexistent/campaignd.conf", &err));
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_non_null(strstr(err.text, "/nonexistent/campaignd.conf: No such file"));
}

static void
two_carriers_of_one_name_are_refused(void **state)
{
	struct err err;

	(void)state;
	assert_null(
	    read_text("carriers: ( { name = \"a\"; hosts = (\"h:1\"); system_id = \"x\"; },\n"
		      "{ name = \"a\"; hosts = (\"h:1\"); system_id = \"x\"; } );",
		&err));
	assert_non_null(strstr(err.text, ":2: name: \"a\" stands twice"));
}

static void
defaults_fill_in(void **state)
{
	struct err err;
	struct conf *c = read_text(carrier_with("throughput = 30;"), &err);

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->n_carriers, 1);
	assert_string_equal(c->carrier[0].hosts.at[0], "localhost:2776");
	assert_int_equal(c->carrier[0].window, 10);
	assert_true(c->carrier[0].throughput == 30.0);
	assert_int_equal(c->carrier[0].enquire_link_ms, 20000);
	assert_int_equal(c->carrier[0].retry.n, 4);
	assert_int_equal(c->carrier[0].retry.ms[3], 1800000);
	assert_int_equal(c->carrier[0].receipt_wait_ms, 72 * 3600000);
	assert_true(c->carrier[0].tls_verify);
	conf_free(c);
}

static void
what_is_printed_reads_the_same_and_has_no_password(void **state)
{
	char *first, *second;
	size_t size;
	struct err err;
	struct conf *c;
	FILE *f;
	char line[128];

	(void)state;
	put(password_file, "hunter22\n");
	snprintf(line, sizeof(line), "password_file = \"%s\"; retry = [ \"90s\" ]; source_ton = 3;",
	    password_file);
	assert_non_null(c = read_text(carrier_with(line), &err));
	assert_string_equal(c->carrier[0].password, "hunter22");
	f = open_memstream(&first, &size);
	conf_print(c, f);
	fclose(f);
	conf_free(c);
	assert_null(strstr(first, "hunter22"));
	if (!(c = read_text(first, &err)))
		fail_msg("%s", err.text);
	f = open_memstream(&second, &size);
	conf_print(c, f);
	fclose(f);
	conf_free(c);
	assert_string_equal(first, second);
	free(first);
	free(second);
}

static char applied[64], waits[64];

static void
changed(const char *key, bool now, void *arg)
{
	(void)arg;
	snprintf(now ? applied : waits, sizeof(applied), "%s", key);
}

static void
a_reload_applies_what_it_may_and_names_the_rest(void **state)
{
	struct err err;
	struct conf *now = read_text(carrier_with("throughput = 30; window = 10;"), &err), *read;

	(void)state;
	read = read_text(carrier_with("throughput = 5; window = 20;"), &err);
	conf_take_over(now, read, changed, NULL);
	assert_string_equal(applied, "carriers.acme.throughput");
	assert_string_equal(waits, "carriers.acme.window");
	assert_true(now->carrier[0].throughput == 5.0);
	assert_int_equal(now->carrier[0].window, 10);
	conf_free(now);
	conf_free(read);
}

static char sample[65536];

static void
key_stands_in_sample(const char *path, const char *dflt, const char *help, void *arg)
{
	const char *name = strrchr(path, '.') ? strrchr(path, '.') + 1 : path;
	const char *at = sample;
	size_t n = strlen(name);

	(void)dflt;
	(void)arg;
	assert_true(strlen(help) >= 8);
	/* The key as a word, in a setting or in a comment that names it. */
	while ((at = strstr(at, name))) {
		if ((at == sample || !strchr("abcdefghijklmnopqrstuvwxyz_", at[-1])) &&
		    !strchr("abcdefghijklmnopqrstuvwxyz_0123456789", at[n]))
			return;
		at++;
	}
	if (strcmp(path, "http.listen") != 0)
		fail_msg("etc/campaignd.conf does not mention %s", path);
}

static void
the_sample_file_names_every_key_and_is_valid(void **state)
{
	FILE *f = fopen(SRCDIR "/etc/campaignd.conf", "r");
	char *password;
	struct err err;
	struct conf *c;

	(void)state;
	assert_non_null(f);
	sample[fread(sample, 1, sizeof(sample) - 1, f)] = '\0';
	fclose(f);
	conf_each_key(key_stands_in_sample, NULL);
	/* The password's place is the only thing that this machine cannot have. */
	put(password_file, "secret\n");
	password = strstr(sample, "/etc/campaignd/acme.password");
	assert_non_null(password);
	memmove(password + strlen(password_file), password + strlen("/etc/campaignd/acme.password"),
	    strlen(password + strlen("/etc/campaignd/acme.password")) + 1);
	memcpy(password, password_file, strlen(password_file));
	if (!(c = read_text(sample, &err)))
		fail_msg("%s", err.text);
	conf_free(c);
}

int
main(void)
{
	static struct t_list l;
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(conf_file, sizeof(conf_file), "%s/c.conf", dir);
	snprintf(password_file, sizeof(password_file), "%s/pw", dir);
	T_TABLE(&l, bad_input_names_file_line_and_key, bad_rows);
	T_TEST(&l, a_missing_key_is_named);
	T_TEST(&l, two_carriers_of_one_name_are_refused);
	T_TEST(&l, defaults_fill_in);
	T_TEST(&l, what_is_printed_reads_the_same_and_has_no_password);
	T_TEST(&l, a_reload_applies_what_it_may_and_names_the_rest);
	T_TEST(&l, the_sample_file_names_every_key_and_is_valid);
	failed = T_RUN("conf", &l);
	unlink(conf_file);
	unlink(password_file);
	rmdir(dir);
	return failed;
}
