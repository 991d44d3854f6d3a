# At once, without unbind; what is open is lost. From every state.
bind acme-1 window 3
bound
submit 101 until 102            expect sends submit_sm 101, sends submit_sm 102
abort                           expect closes, 101 lost, 102 lost, down
pass 1h                         expect nothing
start                           expect connects smpp1.example:2776, connecting
abort                           expect closes, down
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
abort                           expect closes, down
start                           expect connects smpp1.example:2776, connecting
net refuses                     expect closes, down
abort                           expect nothing
pass 1h                         expect nothing
