# PDUs do not come as they were sent.
bind acme-1 window 2
bound
carrier sends octets "000000"               expect nothing
carrier sends octets "10 00000015 00000000 00000001 00000010 00000015 00"   expect sends enquire_link_resp 1 ok
carrier sends octets "000000 00000002"      expect sends enquire_link_resp 2 ok
# nothing is left over, so nothing is overdue
pass 11s                                    expect nothing
