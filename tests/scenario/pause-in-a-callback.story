# The owner has enough in the middle of what was read together: the rest waits until it says so.
bind acme-1 enquire_link 10m
bound
when "delivered deliver_sm 2" "pause"
together
carrier sends deliver_sm 1
carrier sends deliver_sm 2
carrier sends deliver_sm 3
carrier sends deliver_sm 4
arrives                         expect delivered deliver_sm 1, delivered deliver_sm 2, reading 0
pass 1m                         expect nothing
resume                          expect delivered deliver_sm 3, delivered deliver_sm 4, reading 1
