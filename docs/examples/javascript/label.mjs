// Checks whose label an entry carries (C2SP vrf-r255), by @noble/curves, and prints the label.
//
// usage: node label.mjs RECEIPT   RECEIPT: a receipt with a `vrf_proof`, or a status
//
// The key is taken from the genesis in the file. That this is the genesis of the log, its inclusion proof says.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { RistrettoPoint, ed25519 } from '@noble/curves/ed25519';
import { bytesToNumberLE } from '@noble/curves/abstract/utils';

const SUITE = Buffer.from('\u00ffc2sp.org/vrf-r255', 'latin1');
const ORDER = ed25519.CURVE.n;

const sha512 = (...parts) => createHash('sha512').update(Buffer.concat([SUITE, ...parts])).digest();
const byte = (value) => Buffer.from([value]);

/** The label of a code, if the proof of 80 bytes is right under this key; RFC 9381, 5.3. */
function label(key, code, proof) {
    const publicKey = RistrettoPoint.fromHex(key);
    if (publicKey.equals(RistrettoPoint.ZERO)) throw new Error('no key');
    const gamma = RistrettoPoint.fromHex(proof.subarray(0, 32));
    const challenge = bytesToNumberLE(proof.subarray(32, 48));
    const answer = bytesToNumberLE(proof.subarray(48, 80));
    if (answer >= ORDER) throw new Error('a second spelling');
    const times = (point, number) => (number === 0n ? RistrettoPoint.ZERO : point.multiply(number));
    const point = RistrettoPoint.hashToCurve(sha512(byte(0x82), key, Buffer.from(code)));
    const u = times(RistrettoPoint.BASE, answer).subtract(times(publicKey, challenge));
    const v = times(point, answer).subtract(times(gamma, challenge));
    const points = [publicKey, point, gamma, u, v].map((each) => Buffer.from(each.toRawBytes()));
    const again = sha512(byte(2), ...points, byte(0)).subarray(0, 16);
    if (!again.equals(proof.subarray(32, 48))) throw new Error(`the proof is not for ${code}`);
    return sha512(byte(3), proof.subarray(0, 32), byte(0)).subarray(0, 32);
}

const file = JSON.parse(await readFile(process.argv[2]));
const claim = file.vrf_proof ?? file.subject;
const base64 = (text) => Buffer.from(text, 'base64');
// A genesis: the log's name behind its length of one or two bytes, four hashes and keys, the key of labels.
const genesis = base64(claim.genesis);
const isShort = (genesis[1] & 3) === 0;
const place = (isShort ? 2 + (genesis[1] >> 2) : 3 + (genesis.readUInt16LE(1) >> 2)) + 4 * 32;
if (genesis[0] !== 0) throw new Error('the file shows no genesis');
const found = label(genesis.subarray(place, place + 32), claim.uscc, base64(claim.vrf));
console.log(`${claim.uscc} has the label ${found.toString('hex')}`);
if (file.entry && !base64(file.entry).subarray(1, 33).equals(found)) throw new Error('the entry has another label');
