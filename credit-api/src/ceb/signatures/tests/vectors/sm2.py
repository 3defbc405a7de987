"""sm2.py IN KEY CERTIFICATE METHOD DIGEST OUT: takes the signature that Sign.java made in IN and puts one with
SM2 in its place. The canonical bytes are Java's, the arithmetic is that of the openssl command."""

import base64
import re
import subprocess
import sys

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

source, key, certificate, method, digest, out = sys.argv[1:]
text, info = open(source, encoding="utf-8").read(), open(source + ".info", encoding="utf-8").read()


def openssl(*arguments):
    return subprocess.run(("openssl",) + arguments, check=True, capture_output=True).stdout


def put(text, pattern, value):
    made, count = re.subn(pattern, lambda found: found.group(1) + value + found.group(2), text, flags=re.DOTALL)
    assert count == 1, (pattern, count)
    return made


algorithm = "-sm3" if digest.endswith("sm3") else "-sha1"
value = base64.b64encode(openssl("dgst", algorithm, "-binary", source + ".content")).decode()
text, info = (put(put(put(one, r'(SignatureMethod Algorithm=")[^"]*(")', method),
                      r'(DigestMethod Algorithm=")[^"]*(")', digest),
                  r"(<ds:DigestValue>)[^<]*(<)", value) for one in (text, info))
open(out + ".info", "w", encoding="utf-8").write(info)
signature = openssl("pkeyutl", "-sign", "-inkey", key, "-rawin", "-digest", "sm3", "-pkeyopt",
                    "distid:1234567812345678", "-in", out + ".info")
signature = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))
der = base64.b64encode(openssl("x509", "-in", certificate, "-outform", "DER")).decode()
text = put(text, r"(<ds:SignatureValue>)[^<]*(<)", base64.b64encode(signature).decode())
text = put(text, r"(<ds:X509Certificate>)[^<]*(<)", der)
open(out, "w", encoding="utf-8").write(text)
