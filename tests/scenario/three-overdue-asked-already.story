# It has been asked already: asking again would only put the verdict off.
bind acme-1 window 10 response_timeout 10s enquire_link 15s
bound
submit 1 until 2                expect sends submit_sm 1, sends submit_sm 2
pass 9s                         expect nothing
submit 3                        expect sends submit_sm 3
pass 1s                         expect 1 unconfirmed, 2 unconfirmed
pass 5s                         expect sends enquire_link
pass 4s                         expect 3 unconfirmed
pass 5s                         expect nothing
pass 1s                         expect closes, 1 lost, 2 lost, 3 lost, down
