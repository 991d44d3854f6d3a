# What the carrier answered before the connection broke still counts: the texts are not in doubt.
bind acme-1 window 3 enquire_link 10m
bound
submit 101 until 103            expect sends submit_sm 101, sends submit_sm 102, sends submit_sm 103
together
carrier answers 102 ok "b"
carrier answers 101 0x58
net closes                      expect 102 submitted id "b", 101 refused 0x58, closes, 103 lost, down
