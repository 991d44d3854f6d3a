# Three in a row overdue: ask at once, and do not wait for the time to ask.
bind acme-1 window 10 response_timeout 10s enquire_link 10m
bound
submit 101 until 102            expect sends submit_sm 101, sends submit_sm 102
pass 10s                        expect 101 unconfirmed, 102 unconfirmed
submit 103                      expect sends submit_sm 103
carrier answers 103 ok "c"      expect 103 submitted id "c"
# An answer between them: the count begins anew.
submit 104 until 105            expect sends submit_sm 104, sends submit_sm 105
pass 10s                        expect 104 unconfirmed, 105 unconfirmed
submit 106                      expect sends submit_sm 106
pass 10s                        expect 106 unconfirmed, sends enquire_link
pass 9s                         expect nothing
pass 1s                         expect closes, 101 lost, 102 lost, 104 lost, 105 lost, 106 lost, down, logged "peer_silent"

# What was overdue on a connection that is gone does not count.
pass 6s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
submit 201 until 202            expect sends submit_sm 201, sends submit_sm 202
pass 10s                        expect 201 unconfirmed, 202 unconfirmed
net closes                      expect closes, 201 lost, 202 lost, down
pass 12s                        expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
submit 203                      expect sends submit_sm 203
pass 10s                        expect 203 unconfirmed
# Two more, and it is asked; answered, the count begins anew.
submit 204 until 205            expect sends submit_sm 204, sends submit_sm 205
pass 10s                        expect 204 unconfirmed, 205 unconfirmed, sends enquire_link
carrier answers enquire ok      expect nothing
submit 206                      expect sends submit_sm 206
pass 10s                        expect 206 unconfirmed
submit 207 until 208            expect sends submit_sm 207, sends submit_sm 208
pass 10s                        expect 207 unconfirmed, 208 unconfirmed, sends enquire_link
