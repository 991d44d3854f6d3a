# Wrong password: nobody should hammer. One try in 15 minutes, each an ERROR for a person.
bind acme-1
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind 0x0e       expect closes, refused, logged "ERROR bind.refused", logged "ESME_RINVPASWD (0x0000000e)"
                                expect unlogged "secret", why "ESME_RINVPASWD"
pass 899s                       expect nothing
pass 1s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind 0x0f       expect closes, refused
# An operator who has put it right need not wait.
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind 0x53       expect closes, refused
stop                            expect down
pass 1h                         expect nothing
