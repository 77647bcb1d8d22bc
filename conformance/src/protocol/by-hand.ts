// A second implementation of the protocol's formulas, from Node's primitives and plain arithmetic. The vectors are compared
// with it, so that the code is not only compared with itself. Simple and slow.
import {
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  sign,
} from 'node:crypto';

export const hex = (text: string): Buffer => Buffer.from(text, 'hex');
export const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();
export const sha512 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha512').update(Buffer.concat(parts)).digest();

export function le(value: number | bigint, bytes: number): Buffer {
  const out = Buffer.alloc(bytes);
  let rest = BigInt(value);
  for (let i = 0; i < bytes; i++, rest >>= 8n) out[i] = Number(rest & 0xffn);
  return out;
}

export function sealGcm(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

export function hkdf(secret: Uint8Array, salt: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
}

/** The root of leaves [0, n): split at the largest power of two below n. */
export function treeRoot(bytes: Uint8Array): Buffer {
  const leaves: Buffer[] = [];
  for (let at = 0; at < bytes.length || at === 0; at += 4096) leaves.push(sha256(bytes.subarray(at, at + 4096)));
  const root = (from: number, to: number): Buffer => {
    if (to - from === 1) return leaves[from]!;
    let left = 1;
    while (left * 2 < to - from) left *= 2;
    return sha256(root(from, from + left), root(from + left, to));
  };
  return root(0, leaves.length);
}

function times(a: number, b: number): number {
  let product = 0;
  for (let x = a, y = b; y > 0; y >>= 1) {
    if (y & 1) product ^= x;
    x = x & 0x80 ? (x << 1) ^ 0x11d : x << 1;
  }
  return product;
}

const inverses = Array.from({ length: 256 }, (_, a) => {
  let power = 1;
  for (let i = 0; i < 254; i++) power = times(power, a);
  return power;
});

/** Shard r by Lagrange: the data are the values of a polynomial at 0 … k−1, shard r is its value at r. */
export function lagrangeShard(data: readonly Uint8Array[], r: number): Buffer {
  const weights = data.map((_, i) =>
    data.reduce((weight, _other, j) => (j === i ? weight : times(weight, times(r ^ j, inverses[i ^ j]!))), 1),
  );
  return Buffer.from(data[0]!.map((_, at) => data.reduce((sum, shard, i) => sum ^ times(shard[at]!, weights[i]!), 0)));
}

const pkcs8 = {
  ed25519: hex('302e020100300506032b657004220420'),
  x25519: hex('302e020100300506032b656e04220420'),
};

function secretKey(type: keyof typeof pkcs8, secret: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8[type], secret]), format: 'der', type: 'pkcs8' });
}

export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Buffer {
  return sign(null, message, secretKey('ed25519', seed));
}

export function publicKeyOf(type: keyof typeof pkcs8, secret: Uint8Array): Buffer {
  return createPublicKey(secretKey(type, secret)).export({ format: 'der', type: 'spki' }).subarray(-32);
}

export function x25519(secret: Uint8Array, publicKey: Uint8Array): Buffer {
  const spki = Buffer.concat([hex('302a300506032b656e032100'), publicKey]);
  return diffieHellman({
    privateKey: secretKey('x25519', secret),
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  });
}
