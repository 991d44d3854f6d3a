# Stories and random walks: the real session over a network that is only played.
check_PROGRAMS += tests/scenario/story tests/scenario/walk
TESTS += tests/scenario/story tests/scenario/walk
tests_scenario_story_CPPFLAGS = $(AM_CPPFLAGS) -DSRCDIR='"$(abs_top_srcdir)"'
tests_scenario_story_SOURCES = \
	tests/scenario/fake_net.c tests/scenario/fake_net.h \
	tests/scenario/story.c tests/scenario/story.h \
	tests/scenario/story_expect.c \
	tests/scenario/story_facts.c \
	tests/scenario/story_steps.c
tests_scenario_story_LDADD = libsession.a libpolicy.a libsmpp.a libbase.a
tests_scenario_walk_CPPFLAGS = $(AM_CPPFLAGS)
tests_scenario_walk_SOURCES = \
	tests/scenario/fake_net.c tests/scenario/fake_net.h \
	tests/scenario/walk.c
tests_scenario_walk_LDADD = libsession.a libpolicy.a libsmpp.a libbase.a
EXTRA_DIST += tests/scenario/README \
	tests/scenario/abort-in-a-callback.story \
	tests/scenario/abort.story \
	tests/scenario/answered-then-lost.story \
	tests/scenario/answered-then-unbound.story \
	tests/scenario/bind-busy.story \
	tests/scenario/bind-early-talk.story \
	tests/scenario/bind-nacked.story \
	tests/scenario/bind-unanswered.story \
	tests/scenario/burst.story \
	tests/scenario/data-sm.story \
	tests/scenario/drain-answers.story \
	tests/scenario/drain-asked.story \
	tests/scenario/drain-cut.story \
	tests/scenario/drain-in-the-middle.story \
	tests/scenario/drain-silent.story \
	tests/scenario/drain-unanswered.story \
	tests/scenario/drain-unreplied.story \
	tests/scenario/drain.story \
	tests/scenario/encode-refused.story \
	tests/scenario/expiry-each-in-its-time.story \
	tests/scenario/frame-in-pieces.story \
	tests/scenario/frame-lost.story \
	tests/scenario/full-window.story \
	tests/scenario/generic-nack-unbind.story \
	tests/scenario/generic-nack.story \
	tests/scenario/hosts-in-turn.story \
	tests/scenario/late-answer.story \
	tests/scenario/lost-with-open-slots.story \
	tests/scenario/nonsense.story \
	tests/scenario/normal-bind.story \
	tests/scenario/odd-sequences.story \
	tests/scenario/pair.story \
	tests/scenario/pause-in-a-callback.story \
	tests/scenario/paused-asked.story \
	tests/scenario/paused-before-bound.story \
	tests/scenario/paused-in-the-middle.story \
	tests/scenario/paused-overdue.story \
	tests/scenario/paused.story \
	tests/scenario/receiver.story \
	tests/scenario/reconnect-first.story \
	tests/scenario/reconnect.story \
	tests/scenario/refused-credentials.story \
	tests/scenario/reply-too-late-rebound.story \
	tests/scenario/reply-too-late.story \
	tests/scenario/second-bind.story \
	tests/scenario/sick-window.story \
	tests/scenario/silence-short-timeout.story \
	tests/scenario/silence.story \
	tests/scenario/stop-before-bound.story \
	tests/scenario/three-overdue-asked-already.story \
	tests/scenario/three-overdue.story \
	tests/scenario/transmitter.story \
	tests/scenario/unbind-by-carrier.story \
	tests/scenario/unbound-and-cut.story \
	tests/scenario/wrap-around.story
