// Accounts and keys of the measured network; all keys are fixed.
import { createEd25519Signer, x25519PairFromSecret } from '@cess/crypto';

const filled = (value: number): Uint8Array => new Uint8Array(32).fill(value);

export const gatewayAccount = filled(5);
export const gatewaySigner = createEd25519Signer(filled(99));
export const gatewayWrappingKey = x25519PairFromSecret(filled(42));
export const ownerAccount = filled(3);
export const ownerKey = x25519PairFromSecret(filled(43)).publicKey;
export const credentials = { accessKeyId: 'BENCHMARK', secretAccessKey: 'benchmark-secret', region: 'us-east-1' };
