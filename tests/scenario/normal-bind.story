# A bind comes up, carries a text, and goes down when it is told to.
bind acme-1 window 2
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding, room 0
carrier answers bind ok         expect bound, room 2, logged "bind.state bind=acme-1 from=binding to=bound why=bind_transceiver_resp"
submit 101                      expect sends submit_sm 101, taken 1, room 1, woken 0
carrier answers 101 ok "a7"     expect 101 submitted id "a7", taken 0, woken 1
stop                            expect draining, sends unbind, room 0
carrier answers unbind ok       expect closes, down, logged "to=down why=unbind_resp", unlogged "bind.closed"
# It stays down.
pass 1h                         expect nothing
# And comes up again when it is wanted.
start                           expect connects smpp1.example:2776, connecting
start                           expect nothing
