# The connection breaks with texts unanswered: each is handed over once, and nothing is sent again by itself.
bind acme-1 window 4 response_timeout 30s enquire_link 10m
bound
submit 101 until 103            expect sends submit_sm 101, sends submit_sm 102, sends submit_sm 103
pass 15s                        expect nothing
submit 104                      expect sends submit_sm 104, room 0
pass 15s                        expect 101 unconfirmed, 102 unconfirmed, 103 unconfirmed, sends enquire_link
net closes                      expect closes, 101 lost, 102 lost, 103 lost, 104 lost, down, taken 0
                                expect logged "open_slots=4 unconfirmed=1", why "the peer closed"
pass 6s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound, taken 0, room 4
# The old answers come to nothing on the new connection.
carrier answers seq 2 ok "a7"   expect logged "what=unmatched_response"
# There the numbers begin anew: bind was 1.
submit 105                      expect sends submit_sm 105
carrier answers seq 2 ok "e"    expect 105 submitted id "e"
