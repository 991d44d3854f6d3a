# A generic_nack answers the request whose number it carries.
bind acme-1 window 3 enquire_link 20s
bound
submit 101 until 102            expect sends submit_sm 101, sends submit_sm 102
carrier nacks 101 0x02          expect 101 refused 0x02, taken 1
# "no error" says neither that it was taken nor that it was not: the text stays in doubt
carrier nacks 102 ok            expect logged "what=odd_nack", taken 1
pass 20s                        expect sends enquire_link
carrier nacks enquire 0x03      expect nothing
pass 20s                        expect sends enquire_link
carrier answers enquire ok      expect nothing
pass 20s                        expect 102 unconfirmed, sends enquire_link
carrier answers enquire ok      expect nothing
# It could not even read the number: the framing is lost over there.
carrier nacks seq 0 0x02        expect closes, 102 lost, down, why "could not read", retry 5s
