# A full window is normal and quiet: we wait, and go on reading and answering.
bind acme-1 window 2 enquire_link 20s
bound
submit 101                      expect sends submit_sm 101, room 1
submit 102                      expect sends submit_sm 102, room 0
submit 103                      expect 103 not taken: no room in the window of acme-1, taken 2
# theirs is answered at once, ours takes no slot
carrier sends enquire_link 9    expect sends enquire_link_resp 9 ok, taken 2
carrier sends deliver_sm 10     expect delivered deliver_sm 10, taken 2
reply 10 ok                     expect sends deliver_sm_resp 10 ok
pass 20s                        expect sends enquire_link, taken 2
carrier answers enquire ok      expect nothing
# Answers in any order; room is told once for all that were read together.
together
carrier answers 102 ok "b"
carrier answers 101 ok "a"
arrives                         expect 102 submitted id "b", 101 submitted id "a", room 2, woken 1
carrier sends enquire_link 11   expect sends enquire_link_resp 11 ok, woken 0
# Refused with a body, as some do: the id in it is none.
submit 104                      expect sends submit_sm 104
carrier answers 104 0x58 "zz"   expect 104 refused 0x58, woken 1
