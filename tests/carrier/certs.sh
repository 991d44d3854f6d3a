#!/bin/sh
# certs.sh DIR: certificates for tests of TLS, all of EC keys, so that it takes no time.
#
#	ca.pem          the CA that is trusted            good.pem     localhost and 127.0.0.1, by it
#	other-ca.pem    a CA that nobody trusts           other.pem    the same names, by that one
#	                                                  wrong.pem    another name, by the trusted one
#	                                                  expired.pem  ended yesterday, by the trusted one
#	                                                  client.pem   for a client, by the trusted one
# Each has its key beside it, as good.key.
set -eu

[ $# -eq 1 ] || { echo "usage: certs.sh DIR" >&2; exit 64; }
mkdir -p "$1"
cd "$1"

quiet() {
	"$@" 2>openssl.log || { cat openssl.log >&2; exit 1; }
}

key() {
	quiet openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
	chmod 600 "$1.key"
}

authority() {
	key "$1"
	quiet openssl req -x509 -new -key "$1.key" -subj "/CN=$2" -days 30 -out "$1.pem" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

# certificate NAME CA SAN FROM UNTIL (YYYYMMDDHHMMSSZ). "ca" is the one command that takes dates on both ends.
certificate() {
	key "$1"
	quiet openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
	: >index.txt
	cat >ca.cnf <<-END
		[ca]
		default_ca = test
		[test]
		database = index.txt
		new_certs_dir = .
		rand_serial = yes
		default_md = sha256
		policy = any
		unique_subject = no
		x509_extensions = leaf
		[any]
		commonName = supplied
		[leaf]
		basicConstraints = CA:FALSE
		subjectAltName = $3
	END
	quiet openssl ca -batch -notext -config ca.cnf -cert "$2.pem" -keyfile "$2.key" -startdate "$4" -enddate "$5" \
		-in "$1.csr" -out "$1.pem"
	rm -f "$1.csr" ca.cnf index.txt* [0-9A-F]*.pem
}

day() {
	date -u -d "$1" +%Y%m%d%H%M%SZ
}

names=DNS:localhost,IP:127.0.0.1
authority ca "Test CA"
authority other-ca "Other test CA"
certificate good ca "$names" "$(day '1 day ago')" "$(day '29 days')"
certificate other other-ca "$names" "$(day '1 day ago')" "$(day '29 days')"
certificate wrong ca DNS:elsewhere.example "$(day '1 day ago')" "$(day '29 days')"
certificate expired ca "$names" "$(day '9 days ago')" "$(day '1 day ago')"
certificate client ca DNS:client.example "$(day '1 day ago')" "$(day '29 days')"
rm -f openssl.log
