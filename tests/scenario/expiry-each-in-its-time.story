# One timer, but every text its own minute.
bind acme-1 window 5 response_timeout 60s enquire_link 10m
bound
submit 1                        expect sends submit_sm 1
pass 20s                        expect nothing
submit 2                        expect sends submit_sm 2
pass 20s                        expect nothing
submit 3                        expect sends submit_sm 3
carrier answers 1 ok "a"        expect 1 submitted id "a"
pass 39s                        expect nothing
pass 1s                         expect 2 unconfirmed
pass 19s                        expect nothing
pass 1s                         expect 3 unconfirmed, taken 2
