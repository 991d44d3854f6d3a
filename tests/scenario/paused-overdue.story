# After a pause the answers have a moment to come in; those that do not are overdue.
bind acme-1 window 3 response_timeout 30s enquire_link 10m
bound
submit 101 until 102            expect sends submit_sm 101, sends submit_sm 102
pause                           expect nothing
pass 5m                         expect nothing
resume                          expect nothing
carrier answers 101 ok "a"      expect 101 submitted id "a"
pass 1s                         expect 102 unconfirmed
