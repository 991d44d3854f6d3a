# The unit is written for /usr and /etc; installed elsewhere it names the directories that configure chose. The sample
# configuration never overwrites one that is there.
EXTRA_DIST += systemd/campaignd.service etc/campaignd.conf
dist_man_MANS = etc/campaignd.8

install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(systemdsystemunitdir)' '$(DESTDIR)$(sysconfdir)/campaignd'
	sed -e 's,/usr/sbin/,$(sbindir)/,' -e 's, /etc/campaignd/, $(sysconfdir)/campaignd/,' \
		'$(srcdir)/systemd/campaignd.service' > '$(DESTDIR)$(systemdsystemunitdir)/campaignd.service'
	chmod 644 '$(DESTDIR)$(systemdsystemunitdir)/campaignd.service'
	test -e '$(DESTDIR)$(sysconfdir)/campaignd/campaignd.conf' || \
		$(INSTALL_DATA) '$(srcdir)/etc/campaignd.conf' '$(DESTDIR)$(sysconfdir)/campaignd/campaignd.conf'

uninstall-local:
	rm -f '$(DESTDIR)$(systemdsystemunitdir)/campaignd.service'
	cmp -s '$(srcdir)/etc/campaignd.conf' '$(DESTDIR)$(sysconfdir)/campaignd/campaignd.conf' && \
		rm -f '$(DESTDIR)$(sysconfdir)/campaignd/campaignd.conf' || :
