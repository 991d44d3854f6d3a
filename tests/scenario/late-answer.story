# A slot stays taken after its answer is overdue, and the late answer settles its own text and no other.
bind acme-1 window 2 response_timeout 30s enquire_link 5m
bound
submit 101                      expect sends submit_sm 101
pass 29s                        expect nothing
pass 1s                         expect 101 unconfirmed, taken 1, room 1
submit 102                      expect sends submit_sm 102, taken 2
carrier answers 102 ok "b1"     expect 102 submitted id "b1", taken 1
carrier answers 101 ok "a7"     expect 101 submitted id "a7" late, taken 0
# Once.
carrier answers 101 ok "a7"     expect logged "what=unmatched_response", taken 0
submit 103                      expect sends submit_sm 103
pass 30s                        expect 103 unconfirmed
carrier answers 103 0x45        expect 103 refused 0x45 late
