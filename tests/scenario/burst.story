# However much comes at once, all of it is handled, but no more than 256 PDUs in a turn.
bind acme-1
bound
carrier sends enquire_link 1 times 256  expect sends enquire_link_resp 1 ok times 256, put off 1
carrier sends enquire_link 2 times 300  expect sends enquire_link_resp 2 ok times 300, put off 1
carrier sends enquire_link 3 times 255  expect sends enquire_link_resp 3 ok times 255, put off 0
