// cess key headers: what a request to the native API of a gateway carries, signed with the owner's key (docs/operations/native-api.md).
import { SS58_PREFIX } from '@cess/client';
import { createSr25519Signer, encodeSs58 } from '@cess/crypto';
import { toHex, utf8 } from '@cess/primitives';
import type { CliContext } from '../context.js';
import { print } from '../output.js';
import { ownerSeed } from '../owner-key.js';

/** Whoever sees the headers can use them until then. */
const lifetimeMs = 10 * 60_000;

export async function printNativeHeaders(context: CliContext, territory: string): Promise<void> {
  const signer = createSr25519Signer(await ownerSeed(context.home));
  const message = String(Date.now() + lifetimeMs);
  const headers = {
    Account: encodeSs58(signer.publicKey, SS58_PREFIX),
    Territory: territory,
    Message: message,
    Signature: toHex(signer.sign(utf8(message))),
  };
  if (context.json) return print(JSON.stringify(headers, null, 2));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  print(lines.join('\n'));
}
