# Answered and unbound in one breath. On the next connection nothing is left of it.
bind acme-1 window 3
bound
submit 101 until 102            expect sends submit_sm 101, sends submit_sm 102
together
carrier answers 101 ok "a"
carrier sends unbind 7
carrier answers 102 ok "b"
arrives                         expect 101 submitted id "a", sends unbind_resp 7 ok, closes, 102 lost, down, woken 0
pass 2s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound, woken 0
