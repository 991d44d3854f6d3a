# We asked while we did not read: whatever came of it, the question is put again and not held against the carrier.
bind acme-1 enquire_link 20s
bound
pause                           expect nothing
pass 20s                        expect sends enquire_link
resume                          expect nothing
pass 19s                        expect nothing
pass 1s                         expect sends enquire_link
pass 30s                        expect closes, down
