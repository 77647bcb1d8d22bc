// Signing keys of Signature Version 4 that signed a request lately. Deriving one takes four HMACs, and it is the same for all requests of a
// secret in a day, region and service. Only verified requests enter one, so strangers cannot replace those of others.
import { type CredentialScope, scopeText } from '@cess/signature-v4';

/** Of one access key there are a few at a time: one for each region and service, two around midnight. */
const maxKnown = 1_024;

const known = new Map<string, Uint8Array>();

/** The key that the secret and the scope give, if it is known. */
export function knownSigningKey(secret: string, scope: CredentialScope): Uint8Array | undefined {
  return known.get(nameOf(secret, scope));
}

export function rememberSigningKey(secret: string, scope: CredentialScope, key: Uint8Array): void {
  const name = nameOf(secret, scope);
  if (known.has(name)) return;
  const [oldest] = known.keys();
  if (known.size >= maxKnown && oldest !== undefined) known.delete(oldest);
  known.set(name, key);
}

/** A scope has no line break. */
function nameOf(secret: string, scope: CredentialScope): string {
  return `${scopeText(scope)}\n${secret}`;
}
