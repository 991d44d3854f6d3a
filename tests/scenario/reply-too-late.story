# The connection that a receipt came by is gone before it is stored. Its answer goes nowhere: the carrier sends it again.
bind acme-1
bound
carrier sends deliver_sm 5      expect delivered deliver_sm 5
net closes                      expect closes, down
reply 5 ok                      expect nothing
pass 2s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
carrier sends deliver_sm 5      expect delivered deliver_sm 5
reply 5 ok                      expect sends deliver_sm_resp 5 ok
