# A carrier that answers the bind with generic_nack, whatever number it gives, has refused it.
bind acme-1
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier nacks bind 0x03         expect closes, down, retry 5s, why "ESME_RINVCMDID"
pass 6s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier nacks seq 0 0x02        expect closes, down, retry 10s
pass 12s                        expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
# One that says "no error" is no bind either.
carrier nacks bind ok           expect closes, down, retry 20s
