# A length that cannot be: the framing is lost. So is it when a PDU begins and does not go on.
bind acme-1 window 2
bound
submit 101                                  expect sends submit_sm 101
carrier sends octets "0000000f"             expect closes, 101 lost, down, why "15 octets", logged "what=bad_length", logged "why=sick"
                                            expect retry 5s
pass 6s                                     expect connects smpp1.example:2776, connecting
net opens                                   expect sends bind_transceiver maple secret, binding
carrier answers bind ok                     expect bound
carrier sends octets "48545450 2f312e31"    expect closes, down, why "1213486160 octets"
pass 12s                                    expect connects smpp1.example:2776, connecting
net opens                                   expect sends bind_transceiver maple secret, binding
carrier answers bind ok                     expect bound
carrier sends octets "00000010 0000"        expect nothing
pass 9s                                     expect nothing
# The rest came in time, with the beginning of another one, which has its own 10 s.
carrier sends octets "0015 00000000 00000007 0000"  expect sends enquire_link_resp 7 ok
pass 9s                                     expect nothing
carrier sends octets "00"                   expect nothing
pass 1s                                     expect closes, down, why "the rest of a PDU"
