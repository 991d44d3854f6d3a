# Nacked or answered, unbind is over.
bind acme-1
bound
stop                            expect draining, sends unbind
carrier nacks unbind 0x03       expect closes, down
