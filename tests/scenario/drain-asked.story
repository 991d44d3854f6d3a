# Asked and not yet answered when it is told to stop: it still has its 30 s, and then it is given up.
bind acme-1 enquire_link 20s response_timeout 10m
bound
submit 101                      expect sends submit_sm 101
pass 20s                        expect sends enquire_link
stop                            expect draining
pass 29s                        expect nothing
pass 1s                         expect closes, 101 lost, down
