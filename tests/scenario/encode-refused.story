# A text that cannot be a PDU takes no slot, and its number says why.
bind acme-1 window 2
bound
submit 101 to 123456789012345678901  expect 101 not taken: cannot make a submit_sm: the destination address is too long, taken 0
net full
submit 102                      expect 102 not taken: acme-1 does not take any more, taken 0, room 2
