# A connect that failed goes to the next host; a drop goes back to where it was bound.
binds acme 1 hosts a.example:1 b.example:2 [2001:db8::1]:3
start                           expect connects a.example:1, connecting
net refuses                     expect closes, down
pass 6s                         expect connects b.example:2, connecting
net opens                       expect sends bind_transceiver maple secret, binding
pass 60s                        expect closes, down
pass 12s                        expect connects 2001:db8::1:3, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier answers bind ok         expect bound
net closes                      expect closes, down
pass 24s                        expect connects 2001:db8::1:3, connecting
net refuses                     expect closes, down
pass 48s                        expect connects a.example:1, connecting
