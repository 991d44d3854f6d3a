# The database does not answer: a receipt is not stored in time, and the stop is bounded all the same.
bind acme-1 response_timeout 60s enquire_link 10m
bound
carrier sends deliver_sm 7      expect delivered deliver_sm 7
stop                            expect draining
pass 59s                        expect nothing
pass 1s                         expect sends unbind
reply 7 ok                      expect sends deliver_sm_resp 7 ok
carrier answers unbind ok       expect closes, down
# On another connection it is forgotten.
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
carrier sends deliver_sm 8      expect delivered deliver_sm 8
net closes                      expect closes, down
pass 6s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
stop                            expect draining, sends unbind
