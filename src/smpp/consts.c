#include "smpp/consts.h"

#include <stddef.h>

struct name {
	uint32_t value;
	const char *name;
};

static const struct name commands[] = {
    {SMPP_BIND_RECEIVER, "bind_receiver"},
    {SMPP_BIND_TRANSMITTER, "bind_transmitter"},
    {SMPP_QUERY_SM, "query_sm"},
    {SMPP_SUBMIT_SM, "submit_sm"},
    {SMPP_DELIVER_SM, "deliver_sm"},
    {SMPP_UNBIND, "unbind"},
    {SMPP_REPLACE_SM, "replace_sm"},
    {SMPP_CANCEL_SM, "cancel_sm"},
    {SMPP_BIND_TRANSCEIVER, "bind_transceiver"},
    {SMPP_OUTBIND, "outbind"},
    {SMPP_ENQUIRE_LINK, "enquire_link"},
    {SMPP_SUBMIT_MULTI, "submit_multi"},
    {SMPP_ALERT_NOTIFICATION, "alert_notification"},
    {SMPP_DATA_SM, "data_sm"},
    {SMPP_GENERIC_NACK, "generic_nack"},
    {SMPP_BIND_RECEIVER_RESP, "bind_receiver_resp"},
    {SMPP_BIND_TRANSMITTER_RESP, "bind_transmitter_resp"},
    {SMPP_RESPONSE | SMPP_QUERY_SM, "query_sm_resp"},
    {SMPP_SUBMIT_SM_RESP, "submit_sm_resp"},
    {SMPP_DELIVER_SM_RESP, "deliver_sm_resp"},
    {SMPP_UNBIND_RESP, "unbind_resp"},
    {SMPP_RESPONSE | SMPP_REPLACE_SM, "replace_sm_resp"},
    {SMPP_RESPONSE | SMPP_CANCEL_SM, "cancel_sm_resp"},
    {SMPP_BIND_TRANSCEIVER_RESP, "bind_transceiver_resp"},
    {SMPP_ENQUIRE_LINK_RESP, "enquire_link_resp"},
    {SMPP_RESPONSE | SMPP_SUBMIT_MULTI, "submit_multi_resp"},
    {SMPP_DATA_SM_RESP, "data_sm_resp"},
};

static const struct name statuses[] = {
    {SMPP_ROK, "ESME_ROK"},
    {SMPP_RINVMSGLEN, "ESME_RINVMSGLEN"},
    {SMPP_RINVCMDLEN, "ESME_RINVCMDLEN"},
    {SMPP_RINVCMDID, "ESME_RINVCMDID"},
    {SMPP_RINVBNDSTS, "ESME_RINVBNDSTS"},
    {SMPP_RALYBND, "ESME_RALYBND"},
    {0x06, "ESME_RINVPRTFLG"},
    {0x07, "ESME_RINVREGDLVFLG"},
    {SMPP_RSYSERR, "ESME_RSYSERR"},
    {SMPP_RINVSRCADR, "ESME_RINVSRCADR"},
    {SMPP_RINVDSTADR, "ESME_RINVDSTADR"},
    {0x0c, "ESME_RINVMSGID"},
    {SMPP_RBINDFAIL, "ESME_RBINDFAIL"},
    {SMPP_RINVPASWD, "ESME_RINVPASWD"},
    {SMPP_RINVSYSID, "ESME_RINVSYSID"},
    {0x11, "ESME_RCANCELFAIL"},
    {0x13, "ESME_RREPLACEFAIL"},
    {SMPP_RMSGQFUL, "ESME_RMSGQFUL"},
    {0x15, "ESME_RINVSERTYP"},
    {0x33, "ESME_RINVNUMDESTS"},
    {0x34, "ESME_RINVDLNAME"},
    {0x40, "ESME_RINVDESTFLAG"},
    {0x42, "ESME_RINVSUBREP"},
    {0x43, "ESME_RINVESMCLASS"},
    {0x44, "ESME_RCNTSUBDL"},
    {SMPP_RSUBMITFAIL, "ESME_RSUBMITFAIL"},
    {0x48, "ESME_RINVSRCTON"},
    {0x49, "ESME_RINVSRCNPI"},
    {0x50, "ESME_RINVDSTTON"},
    {0x51, "ESME_RINVDSTNPI"},
    {SMPP_RINVSYSTYP, "ESME_RINVSYSTYP"},
    {0x54, "ESME_RINVREPFLAG"},
    {0x55, "ESME_RINVNUMMSGS"},
    {SMPP_RTHROTTLED, "ESME_RTHROTTLED"},
    {0x61, "ESME_RINVSCHED"},
    {0x62, "ESME_RINVEXPIRY"},
    {0x63, "ESME_RINVDFTMSGID"},
    {SMPP_RX_T_APPN, "ESME_RX_T_APPN"},
    {SMPP_RX_P_APPN, "ESME_RX_P_APPN"},
    {SMPP_RX_R_APPN, "ESME_RX_R_APPN"},
    {0x67, "ESME_RQUERYFAIL"},
    {0xc0, "ESME_RINVTLVSTREAM"},
    {0xc1, "ESME_RTLVNOTALLWD"},
    {0xc2, "ESME_RINVTLVLEN"},
    {0xc3, "ESME_RMISSINGTLV"},
    {0xc4, "ESME_RINVTLVVAL"},
    {0xfe, "ESME_RDELIVERYFAILURE"},
    {SMPP_RUNKNOWNERR, "ESME_RUNKNOWNERR"},
    /* SMPP 5.0 */
    {0x100, "ESME_RSERTYPUNAUTH"},
    {0x101, "ESME_RPROHIBITED"},
    {0x102, "ESME_RSERTYPUNAVAIL"},
    {0x103, "ESME_RSERTYPDENIED"},
    {0x104, "ESME_RINVDCS"},
    {0x105, "ESME_RINVSRCADDRSUBUNIT"},
    {0x106, "ESME_RINVDSTADDRSUBUNIT"},
    {0x107, "ESME_RINVBCASTFREQINT"},
    {0x108, "ESME_RINVBCASTALIAS_NAME"},
    {0x109, "ESME_RINVBCASTAREAFMT"},
    {0x10a, "ESME_RINVNUMBCAST_AREAS"},
    {0x10b, "ESME_RINVBCASTCNTTYPE"},
    {0x10c, "ESME_RINVBCASTMSGCLASS"},
    {0x10d, "ESME_RBCASTFAIL"},
    {0x10e, "ESME_RBCASTQUERYFAIL"},
    {0x10f, "ESME_RBCASTCANCELFAIL"},
    {0x110, "ESME_RINVBCAST_REP"},
    {0x111, "ESME_RINVBCASTSRVGRP"},
    {0x112, "ESME_RINVBCASTCHANIND"},
};

static const char *
find_name(const struct name *names, size_t n, uint32_t value)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].value == value)
			return names[i].name;
	return NULL;
}

const char *
smpp_command_name(uint32_t command)
{
	const char *name = find_name(commands, sizeof(commands) / sizeof(*commands), command);

	return name != NULL ? name : "unknown";
}

const char *
smpp_status_name(uint32_t status)
{
	const char *name = find_name(statuses, sizeof(statuses) / sizeof(*statuses), status);

	if (name != NULL)
		return name;
	return status >= 0x400 && status <= 0x4ff ? "vendor" : "reserved";
}
