# A transmitter takes no deliveries.
bind acme-1 mode transmitter
start                           expect connects smpp1.example:2776, connecting
net opens                       expect sends bind_transmitter maple secret, binding
carrier answers bind ok         expect bound, room 2
carrier sends deliver_sm 3      expect sends deliver_sm_resp 3 0x04
carrier sends data_sm 4         expect sends data_sm_resp 4 0x04
carrier sends alert_notification 5  expect nothing
