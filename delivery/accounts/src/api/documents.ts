// Policy documents in requests and answers.
import { type PolicyKind, parsePolicy, policySize } from '@cess/access';
import { isCessError, messageOf } from '@cess/primitives';
import { IamError } from '../iam-error.js';
import type { InlinePolicy } from '../store/records.js';
import { limitExceeded } from './counts.js';

/** Throws MalformedPolicyDocument with the path of the wrong element, or LimitExceeded. */
export function checkDocument(document: string, kind: PolicyKind): void {
  try {
    parsePolicy(document, kind);
  } catch (error) {
    if (!isCessError(error)) throw error;
    if (error.code === 'POLICY_TOO_LARGE') throw new IamError('LimitExceeded', messageOf(error), { cause: error });
    if (error.code === 'POLICY_MALFORMED') {
      throw new IamError('MalformedPolicyDocument', messageOf(error), { cause: error });
    }
    throw error;
  }
}

/** The inline policies with this one put in. Throws LimitExceeded if they are too large together. */
export function putInline(
  inline: readonly InlinePolicy[],
  policy: InlinePolicy,
  { kind, quota, limit }: { readonly kind: PolicyKind; readonly quota: string; readonly limit: number },
): readonly InlinePolicy[] {
  const others = inline.filter(({ name }) => name !== policy.name);
  const size = [...others, policy].reduce((sum, { document }) => sum + policySize(document, kind), 0);
  if (size > limit) throw limitExceeded(quota, limit);
  return [...others, policy].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Answers carry documents URL-encoded (RFC 3986). */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
