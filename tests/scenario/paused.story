# The database is behind, so we do not read. Then nothing that we have not read can be overdue, and nobody is silent.
bind acme-1 window 3 response_timeout 30s enquire_link 20s
bound
submit 101                      expect sends submit_sm 101
pause                           expect nothing
carrier answers 101 ok "a"      expect nothing
carrier sends deliver_sm 5      expect nothing
# We still show that we live.
pass 20s                        expect sends enquire_link
pass 30s                        expect sends enquire_link
pass 30s                        expect sends enquire_link
resume                          expect 101 submitted id "a", delivered deliver_sm 5
pass 19s                        expect nothing
pass 1s                         expect sends enquire_link
pass 30s                        expect closes, down
