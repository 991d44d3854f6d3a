# 1 s once after a clean drop, then 5, 10, 20 ... up to the cap, each give or take a fifth; forgiven after a minute.
bind acme-1 reconnect_max 2m
bound
net closes                      expect closes, down, retry 1s
pass 0.7s                       expect nothing
pass 0.5s                       expect connects smpp1.example:2776, connecting
net refuses                     expect closes, down, retry 5s, logged "bind.failed", logged "connection refused"
pass 3.9s                       expect nothing
pass 2.1s                       expect connects smpp1.example:2776, connecting
net refuses                     expect closes, down, retry 10s
pass 12s                        expect connects smpp1.example:2776, connecting
net refuses                     expect closes, down, retry 20s
pass 24s                        expect connects smpp1.example:2776, connecting
net refuses                     expect closes, down, retry 40s
pass 48s                        expect connects smpp1.example:2776, connecting
net refuses                     expect closes, down, retry 80s
pass 96s                        expect connects smpp1.example:2776, connecting
net refuses                     expect closes, down, retry 2m
pass 2m                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
# Bound for less than a minute: not forgiven.
pass 19s
net closes                      expect closes, down, retry 2m
pass 2m                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
pass 19s
carrier sends enquire_link 1    expect sends enquire_link_resp 1 ok
pass 19s
carrier sends enquire_link 2    expect sends enquire_link_resp 2 ok
pass 19s
carrier sends enquire_link 3    expect sends enquire_link_resp 3 ok
pass 3s
# Bound for a minute: forgiven, and this was a clean drop.
net closes                      expect closes, down, retry 1s
