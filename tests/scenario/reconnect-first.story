# The very first connect fails: no clean drop, so the short delay is not for it, nor for what follows.
bind acme-1
start                           expect connects smpp1.example:2776, connecting
net refuses                     expect closes, down, retry 5s
pass 6s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
net closes                      expect closes, down, retry 10s, logged "on the carrier's list?"
