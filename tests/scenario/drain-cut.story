# The carrier hangs up while we drain: no new connection, each open text once.
bind acme-1 window 3
bound
submit 101                      expect sends submit_sm 101
stop                            expect draining
net closes                      expect closes, 101 lost, down
pass 1h                         expect nothing
