# Two binds on two hosts: texts go where there is most room, and one that is lost leaves the other alone.
binds acme 2 hosts a.example:2776 b.example:2777 with window 3
start all                       expect acme-1 connects a.example:2776, acme-1 connecting
                                expect acme-2 connects b.example:2777, acme-2 connecting, bindings 0
net opens                       expect acme-1 sends bind_transceiver maple secret, acme-1 binding
carrier answers bind ok         expect acme-1 bound, bindings 1, room all 3
pick 1                          expect picks acme-1
pick 3                          expect picks acme-1
pick 4                          expect picks none
acme-2: net opens               expect acme-2 sends bind_transceiver maple secret, acme-2 binding
# The carrier allows one bind only: the second waits its half minute.
acme-2: carrier answers bind 0x05  expect acme-2 closes, acme-2 down
pick 1 not acme-1               expect picks acme-1
pass 15s
carrier sends enquire_link 1    expect acme-1 sends enquire_link_resp 1 ok
# It failed there, so it goes to the other host now.
pass 15s                        expect acme-2 connects a.example:2776, acme-2 connecting
acme-2: net opens               expect acme-2 sends bind_transceiver maple secret, acme-2 binding
acme-2: carrier answers bind ok expect acme-2 bound, room all 6
submit 101                      expect acme-1 sends submit_sm 101
pick 1                          expect picks acme-2
pick 1 not acme-2               expect picks acme-1
acme-2: submit 102 until 103    expect acme-2 sends submit_sm 102, acme-2 sends submit_sm 103
pick 1                          expect picks acme-1
pick 2                          expect picks acme-1
pick 3                          expect picks none
carrier answers 101 ok "a"      expect acme-1 101 submitted id "a"
acme-2: net closes              expect acme-2 closes, acme-2 102 lost, acme-2 103 lost, acme-2 down
pick 1                          expect picks acme-1, room all 3
stop all                        expect acme-1 draining, acme-1 sends unbind
carrier answers unbind ok       expect acme-1 closes, acme-1 down, all down, bindings 0
