// Session tokens. The gateway stores nothing for a session: its token carries all that later requests need, sealed so that nobody
// else can read or make one (ADR 56). A token of an older or newer format does not open, and its session ends.
import {
  bool,
  option,
  type Static,
  safeInteger as size,
  str,
  struct,
  unit,
  variant,
  vec,
  versionedRecord,
} from '@cess/codec';
import { isCessError } from '@cess/primitives';
import type { Secrets } from '../store/secrets.js';

/** Who got the session. An entity that was deleted and created again under its name has another id, and the session ends. */
const subject = variant({
  Root: unit,
  User: struct({ name: str, id: str }),
  Role: struct({ name: str, id: str, session: str }),
});

const session = struct({
  account: str,
  subject,
  accessKeyId: str,
  secretAccessKey: str,
  issuedAtMs: size,
  expiresAtMs: size,
  /** The access key that asked for a session of its own user or root. The session ends with it. */
  issuer: option(str),
  mfaAtMs: option(size),
  /** Whether session policies narrow the session; without any policy it may then do nothing. */
  isNarrowed: bool,
  policies: vec(str, { max: 1 }),
  policyArns: vec(str, { max: 16 }),
});
export type Session = Static<typeof session>;

const tokenCodec = versionedRecord({ name: 'session token', version: 1, codec: session });
/** Longer texts are no tokens of this gateway. */
const maxTokenLength = 16_384;

export function sealToken(secrets: Secrets, content: Session): string {
  const sealed = secrets.seal('session-token', content.accessKeyId, tokenCodec.encode(content));
  return Buffer.from(sealed).toString('base64');
}

/** The session of a token and the access key that came with it; undefined if they do not belong together. */
export function openToken(secrets: Secrets, accessKeyId: string, token: string): Session | undefined {
  if (token.length > maxTokenLength) return undefined;
  const content = secrets.tryOpen('session-token', accessKeyId, Buffer.from(token, 'base64'));
  if (content === undefined) return undefined;
  try {
    return tokenCodec.decode(content);
  } catch (error) {
    if (isCessError(error) && error.code === 'RECORD_VERSION') return undefined;
    throw error;
  }
}
