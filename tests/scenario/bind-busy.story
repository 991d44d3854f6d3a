# 0x05 and 0x0d: the carrier may still know our last connection. Half a minute at least.
bind acme-1
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind 0x05       expect closes, down, retry 30s, logged "bind.failed", why "ESME_RALYBND"
pass 29s                        expect nothing
pass 1s                         expect connects smpp1.example:2776, connecting
# It says so of that attempt only.
net refuses                     expect closes, down, retry 10s
pass 12s                        expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind 0x0d       expect closes, down, retry 30s
pass 29s                        expect nothing
pass 1s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
# Any other refusal takes its turn in the ordinary sequence: 5, 10 and 20 s are used up.
carrier answers bind 0x08       expect closes, down, retry 40s
pass 48s                        expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
net closes                      expect closes, down, retry 80s
pass 96s                        expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind 0x05       expect closes, down, retry 160s
