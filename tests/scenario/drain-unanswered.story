# Bounded: the answers have their minute, unbind has 5 s, and then it is over.
bind acme-1 window 2 response_timeout 60s enquire_link 20s
bound
submit 101                      expect sends submit_sm 101
pass 10s                        expect nothing
submit 102                      expect sends submit_sm 102
stop                            expect draining
carrier sends enquire_link 1    expect sends enquire_link_resp 1 ok
pass 20s                        expect sends enquire_link
carrier answers enquire ok      expect nothing
pass 20s                        expect sends enquire_link
carrier answers enquire ok      expect nothing
# 101 is overdue after its own minute; 102 is the last one, and with it everybody is accounted for
pass 10s                        expect 101 unconfirmed
pass 10s                        expect 102 unconfirmed, sends unbind, sends enquire_link
pass 4s                         expect nothing
pass 1s                         expect closes, 101 lost, 102 lost, down, why "unbind", logged "why=overdue"
pass 1h                         expect nothing
