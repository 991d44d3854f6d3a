# What SMPP does not allow is survived, answered as it says, and logged the first time and then ever more rarely.
bind acme-1
bound
carrier sends query_sm 4                    expect sends generic_nack 4 0x03, logged "what=unknown_command"
carrier sends query_sm 5                    expect sends generic_nack 5 0x03, unlogged "unknown_command"
carrier sends 0x0000abcd 6                  expect sends generic_nack 6 0x03
carrier sends query_sm_resp 7               expect nothing
carrier sends submit_sm 8                   expect sends submit_sm_resp 8 0x04, logged "what=wrong_state"
carrier sends bind_transceiver 9            expect sends bind_transceiver_resp 9 0x04
carrier sends outbind 10                    expect nothing
carrier sends alert_notification 11         expect nothing, unlogged "peer.nonsense"
# a deliver_sm that ends in the middle of its fields
carrier sends octets "00000012 00000005 00000000 0000000c 0001"
                                            expect sends generic_nack 12 0x02, logged "what=bad_body"
# responses to nothing are never nacked
carrier answers seq 4000 ok "x"             expect logged "what=unmatched_response"
carrier answers seq 4001 ok "x"             expect unlogged "peer.nonsense"
carrier sends deliver_sm_resp 5             expect nothing
carrier answers unbind ok                   expect nothing
carrier answers enquire ok                  expect nothing
together
carrier sends deliver_sm_resp 5 times 94
arrives                                     expect logged "what=unmatched_response" times 1, logged "count=10", unlogged "count=9"
carrier sends deliver_sm_resp 5             expect logged "count=100"
carrier nacks seq 0 0x03                    expect logged "what=odd_nack"
carrier nacks seq 500 0x02                  expect unlogged "peer.nonsense"
# On another connection it is news again.
net closes                                  expect closes, down
pass 6s                                     expect connects smpp1.example:2776, connecting
net opens                                   expect sends bind_transceiver maple secret, binding
carrier answers bind ok                     expect bound
carrier sends query_sm 4                    expect sends generic_nack 4 0x03, logged "what=unknown_command"
