// The kinds of policies and what Amazon documents for each: size, and the elements that must or must not be present.
import { CessError } from '@cess/primitives';

interface PolicyRules {
  /** Size that the document may have. */
  readonly limit: number;
  /** Whether `limit` counts the bytes of the text, or its characters without whitespace outside of strings. */
  readonly counts: 'bytes' | 'characters';
  readonly hasPrincipal: boolean;
  readonly hasResource: boolean;
}

const identity = { counts: 'characters', hasPrincipal: false, hasResource: true } as const;

/**
 * `bucket`: a bucket policy. `managed`: an identity policy of its own, also as a permissions boundary. `inline-*`: an
 * identity policy inside of a user, group or role; Amazon limits the sum of all inline policies of one identity, which the
 * caller checks with `policySize`. `session`: narrows a session when it begins. `trust`: says who may assume a role.
 */
export type PolicyKind = 'bucket' | 'managed' | 'inline-user' | 'inline-group' | 'inline-role' | 'session' | 'trust';

export const policyKinds: Readonly<Record<PolicyKind, PolicyRules>> = {
  bucket: { limit: 20_480, counts: 'bytes', hasPrincipal: true, hasResource: true },
  managed: { ...identity, limit: 6_144 },
  'inline-user': { ...identity, limit: 2_048 },
  'inline-group': { ...identity, limit: 5_120 },
  'inline-role': { ...identity, limit: 10_240 },
  session: { ...identity, limit: 2_048 },
  trust: { limit: 2_048, counts: 'characters', hasPrincipal: true, hasResource: false },
};

/** No API takes a longer text, whatever its whitespace. */
const maxTextLength = 131_072;

/** The size of a document as the limit of its kind counts it. */
export function policySize(text: string, kind: PolicyKind): number {
  if (policyKinds[kind].counts === 'bytes') return Buffer.byteLength(text, 'utf8');
  let size = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (isInString && character === '\\') {
      index++;
      size += 2;
    } else {
      if (character === '"') isInString = !isInString;
      if (isInString || (character !== ' ' && character !== '\t' && character !== '\r' && character !== '\n')) size++;
    }
  }
  return size;
}

/** Throws `POLICY_TOO_LARGE`. */
export function assertPolicySize(text: string, kind: PolicyKind): void {
  const { limit, counts } = policyKinds[kind];
  const [size, allowed] = text.length > maxTextLength ? [text.length, maxTextLength] : [policySize(text, kind), limit];
  if (size <= allowed) return;
  const message = `The policy has ${size} ${counts}; a policy of this kind has at most ${allowed}.`;
  throw new CessError('POLICY_TOO_LARGE', message, { size, limit: allowed });
}
