# Paused with a whole PDU and half of another one read: neither is handled, and the half one does not break the framing.
bind acme-1 enquire_link 10m
bound
carrier sends octets "00000010 0000"   expect nothing
pause                           expect nothing
pass 1m                         expect nothing
resume                          expect nothing
pass 9s                         expect nothing
carrier sends octets "0015 00000000 00000007"  expect sends enquire_link_resp 7 ok
