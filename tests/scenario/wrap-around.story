# Numbers go from 0x7fffffff to 1 and pass over what is still out.
bind acme-1 window 4 enquire_link 1m response_timeout 10m
bound
submit 1                        expect sends submit_sm 1
# the bind was 1, so this was 2
sequence 0x7fffffff
submit 2                        expect sends submit_sm 2
submit 3                        expect sends submit_sm 3
submit 4                        expect sends submit_sm 4
carrier answers seq 2 ok "one"           expect 1 submitted id "one"
carrier answers seq 0x7fffffff ok "two"  expect 2 submitted id "two"
carrier answers seq 1 ok "three"         expect 3 submitted id "three"
carrier answers seq 3 ok "four"          expect 4 submitted id "four"
# enquire_link has a number of its own, which nobody else gets while it is out
pass 1m                         expect sends enquire_link
sequence 4
submit 5                        expect sends submit_sm 5
carrier answers seq 5 ok "five"          expect 5 submitted id "five"
carrier answers enquire ok      expect nothing, unlogged "peer.nonsense"
