# Numbers that SMPP forbids are echoed as they are: 0, and above 0x7fffffff.
bind acme-1
bound
carrier sends deliver_sm 0              expect delivered deliver_sm 0
reply 0 ok                              expect sends deliver_sm_resp 0 ok
carrier sends deliver_sm 0x80000001     expect delivered deliver_sm 2147483649
reply 0x80000001 ok                     expect sends deliver_sm_resp 2147483649 ok
carrier sends enquire_link 0xffffffff   expect sends enquire_link_resp 4294967295 ok
# Theirs and ours may be equal: they are told apart by their direction.
submit 101                              expect sends submit_sm 101
carrier sends deliver_sm 2              expect delivered deliver_sm 2, taken 1
carrier answers seq 2 ok "a"            expect 101 submitted id "a"
