# Told to stop with half a PDU read: the rest has its 10 s as ever.
bind acme-1
bound
submit 101                      expect sends submit_sm 101
carrier sends octets "00000010 0000"    expect nothing
stop                            expect draining
pass 9s                         expect nothing
pass 1s                         expect closes, 101 lost, down, why "the rest of a PDU"
