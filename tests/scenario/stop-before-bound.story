# A stop before it is bound has nothing to drain.
bind acme-1
start                           expect connects smpp1.example:2776, connecting
stop                            expect closes, down
pass 1h                         expect nothing
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
stop                            expect closes, down
start                           expect connects smpp1.example:2776, connecting
net refuses                     expect closes, down, retry 5s
stop                            expect nothing
pass 1h                         expect nothing
