#!/bin/bash
# Makes the signed messages beside this file, with keys of a moment that nobody keeps. Needs a JDK 17, openssl 3 and
# Python with `cryptography`. None of them is this program, and neither is its XML library.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

dsig=http://www.w3.org/2000/09/xmldsig#
more=http://www.w3.org/2001/04/xmldsig-more#
xmlenc=http://www.w3.org/2001/04/xmlenc#
eport=http://www.chinaport.gov.cn/2022/04/xmldsig#
c14n=http://www.w3.org/TR/2001/REC-xml-c14n-20010315
exclusive=http://www.w3.org/2001/10/xml-exc-c14n#
enveloped=${dsig}enveloped-signature

tool() { keytool -keystore keys.p12 -storetype PKCS12 -storepass changeit "$@" 2>/dev/null; }
# key ALIAS BITS NAME START DAYS
key() {
  tool -genkeypair -alias "$1" -keyalg RSA -keysize "$2" -sigalg SHA256withRSA -dname "CN=$3, O=Fictitious, C=CN" \
    -startdate "$4" -validity "$5"
}
key declarant 2048 'Test Declarant' '2020/01/01 00:00:00' 36500
key other 2048 'Test Other' '2020/01/01 00:00:00' 36500
key card 1024 'Test Card' '2020/01/01 00:00:00' 36500
key carrier 2048 'Test Carrier' '2020/01/01 00:00:00' 36500
for alias in declarant other card carrier; do tool -exportcert -rfc -alias "$alias" >"$here/$alias.pem"; done
# The same key in a certificate of its own time.
cp keys.p12 main.p12
tool -selfcert -alias declarant -sigalg SHA256withRSA -startdate '2019/01/01 00:00:00' -validity 365
tool -exportcert -rfc -alias declarant >"$here/expired.pem"
tool -selfcert -alias declarant -sigalg SHA256withRSA -startdate '2027/01/01 00:00:00' -validity 365
tool -exportcert -rfc -alias declarant >"$here/early.pem"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out sm2.key
# `openssl req` begins today; `openssl ca` begins when it is told.
openssl req -new -key sm2.key -sm3 -sigopt distid:1234567812345678 -subj '/C=CN/O=Fictitious/CN=Test SM2' -out sm2.csr
printf '[ca]\ndefault_ca=it\n[it]\ndatabase=db\nnew_certs_dir=.\nrand_serial=yes\npolicy=any\n[any]\n%s\n' \
  "$(printf '%s=optional\n' countryName organizationName commonName)" >ca.conf
: >db
openssl ca -batch -config ca.conf -selfsign -keyfile sm2.key -md sm3 -sigopt distid:1234567812345678 \
  -vfyopt distid:1234567812345678 -in sm2.csr -startdate 20200101000000Z -enddate 21200101000000Z -notext \
  -out "$here/sm2.pem" 2>ca.log || { cat ca.log >&2; exit 1; }
openssl ecparam -name prime256v1 -genkey -noout -out p256.key
openssl req -x509 -new -key p256.key -subj '/C=CN/O=Fictitious/CN=Test P-256' -days 36500 -out "$here/p256.pem"

python3 "$here/message.py" >message.xml
# sign OUT ALIAS METHOD DIGEST REFERENCE TRANSFORMS CANONICAL ENCODING
sign() { java "$here/Sign.java" main.p12 "$2" "$3" "$4" "$5" "$6" "$7" "$8" message.xml "$1"; }
sign rsa-sha1.xml declarant ${dsig}rsa-sha1 ${dsig}sha1 '' "$enveloped" "$c14n" UTF-8
sign rsa-sha1-1024.xml card ${dsig}rsa-sha1 ${dsig}sha1 '' "$enveloped" "$c14n" UTF-8
sign rsa-sha256.xml declarant ${more}rsa-sha256 ${xmlenc}sha256 '' "$enveloped,$c14n" "$c14n" UTF-8
sign exclusive.xml declarant ${more}rsa-sha512 ${xmlenc}sha512 '#whole' "$enveloped,$exclusive" "$exclusive" UTF-8
sign gb18030.xml declarant ${dsig}rsa-sha1 ${dsig}sha1 '' "$enveloped" "$c14n" GB18030
# An envelope that is signed as a whole, around the message that is not.
cat >envelope-plain.xml <<END
<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp" ver="1.0">
  <TransInfo><CopMsgId>TEST-1</CopMsgId><SenderId>DXPENT0000000001</SenderId><MsgType>CEB311Message</MsgType></TransInfo>
  <Data>$(base64 -w0 message.xml)</Data>
</DxpMsg>
END
java "$here/Sign.java" main.p12 carrier ${more}rsa-sha256 ${xmlenc}sha256 '' "$enveloped" "$c14n" UTF-8 envelope-plain.xml envelope.xml
sm2() { python3 "$here/sm2.py" rsa-sha1.xml sm2.key "$here/sm2.pem" "$1" "$2" "$3"; }
sm2 ${dsig}sm2-sm3 ${dsig}sha1 sm2-sha1.xml
sm2 ${eport}sm2-sm3 ${eport}sm3 sm2-sm3.xml
cp rsa-sha1.xml rsa-sha1-1024.xml rsa-sha256.xml exclusive.xml gb18030.xml envelope.xml "$here/"
cp sm2-sha1.xml sm2-sm3.xml "$here/"

# Issuers' keys, with which the tests make certificates and lists of revoked ones.
for name in issuer another; do
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$here/$name.key.pem" 2>/dev/null
done
