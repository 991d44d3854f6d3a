# A carrier that is given 10 s to answer is given 10 s for enquire_link, too; traffic puts the question off.
bind acme-1 enquire_link 20s response_timeout 10s
bound
pass 15s                        expect nothing
carrier sends enquire_link 1    expect sends enquire_link_resp 1 ok
pass 19s                        expect nothing
pass 1s                         expect sends enquire_link
pass 9s                         expect nothing
pass 1s                         expect closes, down
