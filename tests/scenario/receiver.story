# A receiver takes deliveries and nothing else.
bind acme-1-rx mode receiver window 2
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_receiver maple secret, binding
carrier answers bind ok         expect bound, room 0
submit 101                      expect 101 not taken: no room in the window of acme-1-rx
carrier sends deliver_sm 3      expect delivered deliver_sm 3
reply 3 ok                      expect sends deliver_sm_resp 3 ok
stop                            expect draining, sends unbind
