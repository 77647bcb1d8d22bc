// Who signs in to the console: the holder of an access key, with a code where the user has an MFA device, or of an owner's wallet.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { conditionKeys } from '@cess/access';
import { type Accounts, type Answer, type Caller, IamError } from '@cess/accounts';
import { ConsoleProblem, invalid } from './json-exchange.js';
import type { NewSession } from './sessions.js';
import type { SignInAttempts } from './sign-in-attempts.js';

/** Sessions of root and of wallets last an hour at most, which the account service enforces. */
const sessionSeconds = '43200';
const walletSeconds = '3600';

export interface SignInInit {
  readonly accounts: Accounts;
  readonly attempts: SignInAttempts;
  readonly region: string;
  readonly nowMs: () => number;
}

export interface SignedIn extends NewSession {
  readonly principal: Caller['principal'];
}

/** The fields of a sign-in, as the page sends them. */
type Fields = Readonly<Record<string, string>>;

export class SignIn {
  constructor(private readonly init: SignInInit) {}

  /** Throws ConsoleProblem: SignInRefused, CodeRequired, TooManyAttempts. */
  async perform(fields: Fields, request: IncomingMessage): Promise<SignedIn> {
    const subject = fields['accessKeyId'] ?? 'wallet';
    const address = request.socket.remoteAddress ?? '';
    const { attempts } = this.init;
    const waitMs = attempts.waitMs(subject, address);
    if (waitMs > 0) throw tooManyAttempts(waitMs);
    // Before the outcome is known, so that requests at the same time do not all count as the first.
    attempts.noteRefused(subject, address);
    const signedIn =
      fields['challengeToken'] === undefined ? await this.#byKey(fields, request) : await this.#byWallet(fields);
    attempts.noteAccepted(subject);
    return signedIn;
  }

  /** What a wallet signs. */
  challenge(): Answer {
    return this.init.accounts.performUnsigned(new Map([['Action', 'GetWalletChallenge']]), this.init.nowMs());
  }

  async #byKey(fields: Fields, request: IncomingMessage): Promise<SignedIn> {
    const { accounts, nowMs } = this.init;
    const { accessKeyId = '', secretAccessKey = '', sessionToken, code = '' } = fields;
    if (accessKeyId === '' || secretAccessKey === '') throw invalid('accessKeyId and secretAccessKey are needed.');
    const found = await accounts.credentials(accessKeyId, sessionToken, nowMs());
    // The comparison takes place for unknown keys, too.
    const isRight = equalTexts(found.ok ? found.value.secretAccessKey : '', secretAccessKey);
    if (!found.ok || !isRight) throw refused();
    const { caller, expiresAtMs } = found.value;
    const { principal } = caller;
    const devices = caller.session === undefined ? await accounts.devicesOf(caller) : [];
    if (devices.length === 0) return { accessKeyId, token: sessionToken, expiresAtMs, principal };
    if (code === '') throw new ConsoleProblem(401, 'CodeRequired', 'The user has an MFA device: enter its code.');
    return { ...(await this.#withCode(caller, devices, { code, request })), principal };
  }

  /** Temporary credentials that count as signed in with MFA. */
  async #withCode(
    caller: Caller,
    devices: readonly string[],
    { code, request }: { readonly code: string; readonly request: IncomingMessage },
  ): Promise<NewSession> {
    if (!/^\d{6}$/.test(code)) throw refused();
    for (const serial of devices) {
      const fields = new Map([
        ['Action', 'GetSessionToken'],
        ['SerialNumber', serial],
        ['TokenCode', code],
        ['DurationSeconds', sessionSeconds],
      ]);
      const session = await this.#sessionOf(fields, caller, request);
      if (session !== undefined) return session;
    }
    throw refused();
  }

  /** Undefined for a code that is wrong. */
  async #sessionOf(
    fields: ReadonlyMap<string, string>,
    caller: Caller,
    request: IncomingMessage,
  ): Promise<NewSession | undefined> {
    const { accounts, region, nowMs } = this.init;
    const keys = conditionKeys({ 'aws:SourceIp': request.socket.remoteAddress, 'aws:RequestedRegion': region });
    try {
      return sessionIn(await accounts.perform({ service: 'sts', fields, caller, nowMs: nowMs(), keys }));
    } catch (error) {
      if (error instanceof IamError && error.code === 'AccessDenied') return undefined;
      throw error;
    }
  }

  async #byWallet({ challengeToken = '', keyType = '', signature = '', address }: Fields): Promise<SignedIn> {
    const { accounts, nowMs } = this.init;
    const fields = new Map([
      ['Action', 'GetSessionTokenWithWallet'],
      ['ChallengeToken', challengeToken],
      ['KeyType', keyType],
      ['Signature', signature],
      ['DurationSeconds', walletSeconds],
      ...(address === undefined ? [] : [['Address', address] as const]),
    ]);
    try {
      const session = sessionIn(accounts.performUnsigned(fields, nowMs()));
      const found = await accounts.credentials(session.accessKeyId, session.token, nowMs());
      if (!found.ok) throw refused();
      return { ...session, principal: found.value.caller.principal };
    } catch (error) {
      if (error instanceof IamError) throw new ConsoleProblem(403, 'WalletRefused', error.message);
      throw error;
    }
  }
}

function sessionIn(answer: Answer | undefined): NewSession {
  const { AccessKeyId, SessionToken, Expiration } = (answer?.['Credentials'] ?? {}) as Record<string, string>;
  return { accessKeyId: AccessKeyId ?? '', token: SessionToken, expiresAtMs: Date.parse(Expiration ?? '') };
}

/** One answer for unknown keys, wrong secrets and wrong codes. */
function refused(): ConsoleProblem {
  return new ConsoleProblem(403, 'SignInRefused', 'The access key, its secret or the code is wrong.');
}

function tooManyAttempts(waitMs: number): ConsoleProblem {
  const seconds = Math.ceil(waitMs / 1000);
  const headers = { 'retry-after': String(seconds) };
  return new ConsoleProblem(429, 'TooManyAttempts', `Too many attempts; try again in ${seconds} seconds.`, headers);
}

function equalTexts(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
