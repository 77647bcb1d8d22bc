// Sign-in, sign-out, and who is signed in.
import { send, sendJson, setCsrfToken } from './http.js';

export interface GatewayFacts {
  readonly region: string;
  /** That new objects may have. */
  readonly storageClasses: readonly string[];
  readonly s3Endpoint: string;
  /** Hex. */
  readonly genesis: string;
  readonly hasChain: boolean;
  /** Keys of the authorities that finalize the first blocks, hex: what the gateway says; a browser remembers the first. */
  readonly authorities: readonly string[];
}

export interface SignedIn {
  readonly signedIn: true;
  readonly gateway: GatewayFacts;
  readonly csrfToken: string;
  readonly endsAt: string;
  readonly accessKeyId: string;
  readonly isTemporary: boolean;
  readonly kind: 'root' | 'user' | 'role-session';
  /** ARN, or `root`. */
  readonly name: string;
  readonly userName: string | null;
  readonly account: string;
}

export type Session = SignedIn | { readonly signedIn: false; readonly gateway: GatewayFacts };

function remembered<S extends Session>(session: S): S {
  setCsrfToken(session.signedIn ? session.csrfToken : '');
  return session;
}

export async function readSession(): Promise<Session> {
  return remembered(await sendJson<Session>('/api/session'));
}

export async function signIn(fields: Readonly<Record<string, string>>): Promise<SignedIn> {
  return remembered(await sendJson<SignedIn>('/api/session', 'POST', fields));
}

export async function signOut(): Promise<void> {
  await send('/api/session', { method: 'DELETE' });
  setCsrfToken('');
}
