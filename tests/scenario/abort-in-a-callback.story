# The owner may do anything from inside its callbacks, in the middle of what was read together.
bind acme-1 window 4 response_timeout 30s
bound
submit 101 until 103            expect sends submit_sm 101, sends submit_sm 102, sends submit_sm 103
when "102 refused 0x58" "abort"
together
carrier answers 101 ok "a"
carrier answers 102 0x58
carrier answers 103 ok "c"
arrives                         expect 101 submitted id "a", 102 refused 0x58, closes, 103 lost, down, woken 0
when "connecting" "abort"
start                           expect connects smpp1.example:2776, connecting, closes, down
when "down" "start"
start                           expect connects smpp1.example:2776, connecting
net refuses                     expect closes, down, connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
submit 201                      expect sends submit_sm 201
when "draining" "abort"
stop                            expect draining, closes, 201 lost, down
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
submit 301 until 302            expect sends submit_sm 301, sends submit_sm 302
when "301 unconfirmed" "abort"
pass 20s                        expect sends enquire_link
carrier answers enquire ok      expect nothing
pass 10s                        expect 301 unconfirmed, closes, 301 lost, 302 lost, down
# Started again while the slots are still handed over: each comes all the same, and the new connection knows none of them.
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
submit 401 until 402            expect sends submit_sm 401, sends submit_sm 402
when "401 lost" "start"
net closes                      expect closes, 401 lost, connects smpp1.example:2776, connecting, 402 lost, down
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound, taken 0
