# A transmitter and a receiver each: only the former has room, and may submit.
binds acme 1 pair hosts a.example:1 with window 5
start all                       expect acme-1 connects a.example:1, acme-1 connecting, acme-1-rx connects a.example:1, acme-1-rx connecting
acme-1-rx: net opens            expect acme-1-rx sends bind_receiver maple secret, acme-1-rx binding
acme-1-rx: carrier answers bind ok   expect acme-1-rx bound, bindings 0, room all 0
pick 1                          expect picks none
net opens                       expect acme-1 sends bind_transmitter maple secret, acme-1 binding
carrier answers bind ok         expect acme-1 bound, bindings 1, room all 5
pick 1                          expect picks acme-1
acme-1-rx: carrier sends deliver_sm 1   expect acme-1-rx delivered deliver_sm 1
