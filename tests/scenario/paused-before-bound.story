# A pause must not keep a bind from coming up; it counts as soon as there is something to hold back.
bind acme-1
pause                           expect nothing
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound, reading 0
carrier sends deliver_sm 5      expect nothing
resume                          expect delivered deliver_sm 5
