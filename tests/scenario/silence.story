# Nothing for 20 s: is anybody there? Nothing for 30 s more: no.
bind acme-1 enquire_link 20s
bound
pass 19s                        expect nothing
pass 1s                         expect sends enquire_link, taken 0
carrier answers enquire ok      expect nothing
pass 19s                        expect nothing
pass 1s                         expect sends enquire_link
# Anything counts as life, not only the answer, and starts the 20 s anew.
carrier sends deliver_sm 5      expect delivered deliver_sm 5
pass 19s                        expect nothing
pass 1s                         expect sends enquire_link
pass 29s                        expect nothing
pass 1s                         expect closes, down, logged "bind.closed bind=acme-1 why=peer_silent", why "enquire_link"
# Forgiven, for it was bound more than a minute; but this was no clean drop, so 5 s and not 1 s.
                                expect retry 5s
pass 6s                         expect connects smpp1.example:2776, connecting
