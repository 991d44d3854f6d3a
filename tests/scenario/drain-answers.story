# The last answer comes, and at once the bind is closed.
bind acme-1 window 3
bound
submit 101 until 102            expect sends submit_sm 101, sends submit_sm 102
stop                            expect draining
together
carrier answers 101 ok "a"
carrier answers 102 ok "b"
arrives                         expect 101 submitted id "a", 102 submitted id "b", sends unbind
