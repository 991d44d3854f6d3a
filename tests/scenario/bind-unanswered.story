# The socket is open and nothing is ever answered: TCP alone is not to be trusted.
bind acme-1 response_timeout 90s
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
pass 59s                        expect nothing
pass 1s                         expect closes, down, retry 5s, why "no answer to bind", logged "bind.failed", unlogged "hint="
# Binding in vain for a minute is not a bind that held a minute: nothing is forgiven.
pass 6s                         expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transceiver maple secret, binding
pass 60s                        expect closes, down, retry 10s
