// Labels: the verifiable random function of C2SP vrf-r255 (ECVRF-RISTRETTO255-SHA512 of RFC 9381). The group
// ristretto255 is not ours: the page brings the package @noble/curves, and hands it in.

import { concat, need, same, toUtf8 } from "./bytes.js";

const SUITE = concat([0xff], toUtf8("c2sp.org/vrf-r255"));
const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;

async function sha512(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-512", concat(...parts)));
}

const little = (bytes) => bytes.reduceRight((all, byte) => (all << 8n) | BigInt(byte), 0n);

function point(curve, bytes, code) {
  try {
    return curve.ristretto255.Point.fromBytes(bytes);
  } catch {
    return need(false, code);
  }
}

/** The label that a proof shows to be that of a code, under the public key of the genesis. `curve` is the module of
 *  @noble/curves. */
export async function verifyLabel(curve, publicKey, uscc, proof) {
  const { Point } = curve.ristretto255;
  const key = point(curve, publicKey, "label_key");
  need(publicKey.some((byte) => byte !== 0), "label_key");
  const gamma = point(curve, proof.slice(0, 32), "label_malformed");
  const [challenge, s] = [little(proof.slice(32, 48)), little(proof.slice(48))];
  need(s < ORDER, "label_malformed");
  const hashed = curve.ristretto255_hasher.deriveToCurve(await sha512(SUITE, [0x82], publicKey, toUtf8(uscc)));
  const u = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(challenge));
  const v = hashed.multiplyUnsafe(s).subtract(gamma.multiplyUnsafe(challenge));
  const points = [key, hashed, gamma, u, v].map((one) => one.toBytes());
  const expected = await sha512(SUITE, [2], ...points, [0]);
  need(same(expected.slice(0, 16), proof.slice(32, 48)), "label_wrong");
  return (await sha512(SUITE, [3], gamma.toBytes(), [0])).slice(0, 32);
}
