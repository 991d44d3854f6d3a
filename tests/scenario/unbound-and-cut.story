# The carrier unbinds and hangs up at once: that is one end, not two. (What we would answer goes nowhere.)
bind acme-1 window 3
bound
submit 101                      expect sends submit_sm 101
together
carrier sends unbind 7
net closes                      expect closes, 101 lost, down, logged "bind.closed" times 1, why "unbound", retry 1s
pass 2s                         expect connects smpp1.example:2776, connecting
