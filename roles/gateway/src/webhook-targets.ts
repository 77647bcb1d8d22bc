// Webhook targets in the configuration file of a gateway.
import { readFileSync } from 'node:fs';
import { AddressRules, targetNamePattern, urlFault, type WebhookTarget, webhookKey } from '@cess/gateway';
import { CessError, messageOf } from '@cess/primitives';
import { hiddenSecret } from '@cess/role-process';
import { z } from 'zod';

const rangeSchema = z.string().refine(isRange, 'must be a range of addresses such as 10.0.0.0/8');

export const webhookTargetSchema = z.strictObject({
  /** Stands in the ARN by which buckets name the target. */
  name: z.string().regex(targetNamePattern, 'must have 1 to 80 letters, digits, - or _'),
  url: z.string().refine((url) => urlFault(url) === undefined, {
    error: ({ input }) => urlFault(String(input)) ?? 'is not a URL',
  }),
  /** A file with the secret of the Standard Webhooks signature, `whsec_…`; keep it readable for this user only. */
  secretFile: z.string().min(1),
  /** Ranges of addresses that are not public and that the target may have. */
  allowedAddresses: z.array(rangeSchema).max(64).default([]),
  /** Account ids (twelve digits) that may name the target in a bucket; default: all. */
  accounts: z
    .array(z.string().regex(/^\d{12}$/, 'must be an account id of twelve digits'))
    .max(1000)
    .optional(),
  timeoutSeconds: z.number().min(1).max(60).default(10),
  /** Most messages that wait on disk. */
  maxQueued: z.number().int().min(1).max(1_000_000).default(100_000),
  maxAgeHours: z.number().min(0.01).max(336).default(24),
});

export function readWebhookTarget(config: z.infer<typeof webhookTargetSchema>): WebhookTarget {
  const { name, url, secretFile, allowedAddresses, accounts, timeoutSeconds, maxQueued, maxAgeHours } = config;
  return {
    name,
    url,
    key: readKey(secretFile),
    allowedAddresses,
    ...(accounts === undefined ? {} : { accounts }),
    timeoutMs: timeoutSeconds * 1000,
    maxQueued,
    maxAgeMs: maxAgeHours * 3600 * 1000,
  };
}

/** The settings without the query of the URL, which may be a credential. */
export function hideQuery<T extends { readonly url: string }>(target: T): T {
  const [address = '', query] = target.url.split('?', 2);
  return query === undefined ? target : { ...target, url: `${address}?${hiddenSecret}` };
}

function readKey(file: string): Uint8Array {
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new CessError(
      'CONFIG_INVALID',
      `The secret file ${file} cannot be read: ${messageOf(cause)}.`,
      {},
      { cause },
    );
  }
  const key = webhookKey(secret);
  if (key !== undefined) return key;
  const advice = 'It must hold "whsec_" and 24 to 64 bytes in base64, for example from: openssl rand -base64 32';
  throw new CessError('CONFIG_INVALID', `The secret file ${file} holds no webhook secret. ${advice}`, {});
}

function isRange(text: string): boolean {
  try {
    new AddressRules([text]);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
