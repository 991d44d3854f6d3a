# And when it is bound again by then, a receipt of the old connection is not answered on the new one.
bind acme-1
bound
carrier sends deliver_sm 5      expect delivered deliver_sm 5
net closes                      expect closes, down
pass 2s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
reply 5 ok                      expect nothing
