# Every slot is overdue: nothing could ever be sent on this bind again. Close it and bind anew.
bind acme-1 window 2 response_timeout 30s enquire_link 10m
bound
submit 101                      expect sends submit_sm 101
pass 10s                        expect nothing
submit 102                      expect sends submit_sm 102, room 0
pass 20s                        expect 101 unconfirmed, room 0
pass 10s                        expect 102 unconfirmed, closes, 101 lost, 102 lost, down
                                expect logged "why=sick", why "overdue", retry 5s
