# And if it falls silent while we drain, it is given up as ever.
bind acme-1 window 3 enquire_link 20s response_timeout 10m
bound
submit 101                      expect sends submit_sm 101
stop                            expect draining
pass 20s                        expect sends enquire_link
pass 30s                        expect closes, 101 lost, down, logged "why=peer_silent"
pass 1h                         expect nothing
