# What a carrier may say before it has answered the bind, and what it may not.
bind acme-1
start                                expect connects smpp1.example:2776, connecting
net opens                            expect sends bind_transceiver maple secret, binding
carrier sends enquire_link 7         expect sends enquire_link_resp 7 ok
carrier sends outbind 1              expect logged "what=wrong_state"
carrier sends deliver_sm 2           expect sends deliver_sm_resp 2 0x04
carrier answers seq 1 ok "a"         expect logged "what=unmatched_response"
# an answer to a bind that we did not send
carrier sends octets "00000011 80000009 00000000 00000005 00"   expect nothing
carrier answers bind ok              expect bound
carrier sends deliver_sm 2           expect delivered deliver_sm 2
