// Signatures of the Standard Webhooks specification (https://github.com/standard-webhooks/standard-webhooks), symmetric, version 1.
import { createHmac } from 'node:crypto';

const secretPrefix = 'whsec_';

/** The key of a secret such as `whsec_…`; undefined for a text that is none. The specification asks for 24 to 64 bytes. */
export function webhookKey(secret: string): Buffer | undefined {
  if (!secret.startsWith(secretPrefix)) return undefined;
  const text = secret.slice(secretPrefix.length);
  const key = Buffer.from(text, 'base64');
  return key.toString('base64') === text && key.length >= 24 && key.length <= 64 ? key : undefined;
}

export interface SignedMessage {
  readonly id: string;
  readonly body: Uint8Array;
}

export function webhookHeaders(
  key: Uint8Array,
  { id, body }: SignedMessage,
  nowMs: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
