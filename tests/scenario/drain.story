# A clean stop: no new texts, the answers are awaited, receipts still stored and answered, then unbind.
bind acme-1 window 3 response_timeout 60s enquire_link 10m
bound
submit 101 until 102            expect sends submit_sm 101, sends submit_sm 102
carrier sends deliver_sm 7      expect delivered deliver_sm 7
stop                            expect draining, room 0, taken 2, logged "to=draining why=stop open_slots=2"
submit 103                      expect 103 not taken: no room in the window of acme-1
stop                            expect nothing
carrier answers 101 ok "a"      expect 101 submitted id "a"
carrier sends deliver_sm 8      expect delivered deliver_sm 8
carrier answers 102 ok "b"      expect 102 submitted id "b"
# Both receipts are still to be answered: closing now would only make the carrier send them again.
reply 7 ok                      expect sends deliver_sm_resp 7 ok
reply 8 ok                      expect sends deliver_sm_resp 8 ok, sends unbind
carrier sends deliver_sm 9      expect delivered deliver_sm 9
reply 9 0x64                    expect sends deliver_sm_resp 9 0x64
carrier sends enquire_link 10   expect sends enquire_link_resp 10 ok
carrier answers unbind ok       expect closes, down
