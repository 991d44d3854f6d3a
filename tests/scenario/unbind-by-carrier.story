# The carrier unbinds: answered, open texts are in doubt, and it is bound again after a second.
bind acme-1 window 2
bound
pass 15s                        expect nothing
submit 101                      expect sends submit_sm 101
carrier sends unbind 77         expect sends unbind_resp 77 ok, closes, 101 lost, down
                                expect logged "bind.closed bind=acme-1 why=unbind", why "unbound", retry 1s
pass 2s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
carrier sends unbind 1          expect sends unbind_resp 1 ok, closes, down, logged "bind.failed"
