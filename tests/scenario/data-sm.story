# Some carriers send receipts in data_sm.
bind acme-1
bound
carrier sends data_sm 21        expect delivered data_sm 21
reply 21 ok                     expect sends data_sm_resp 21 ok
