import { CessError, messageOf } from '@cess/primitives';
import type { StorageCredentials } from '../storage/storage-client.js';
import type { TextSigner } from './wallets.js';

/** A gateway and the wallet of an owner. */
export interface SignInOptions {
  /** URL of the S3 port of the gateway. */
  readonly endpoint: string;
  readonly wallet: TextSigner;
  /** 900 to 3600. Default 3600. */
  readonly durationSeconds?: number | undefined;
  /** Sees the text before the wallet does: throws to refuse it. */
  readonly confirm?: ((text: string) => void | Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default: that of the platform. */
  readonly fetch?: typeof fetch | undefined;
}

/** Temporary credentials of the root of an account. */
export interface Session {
  readonly credentials: StorageCredentials;
  readonly expiresAt: Date;
  /** 12 digits. */
  readonly account: string;
}

interface SessionAnswer {
  readonly Account: string;
  readonly Credentials: {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly SessionToken: string;
    readonly Expiration: string;
  };
}

/**
 * Signs in with the wallet of an owner: the gateway gives a text, the wallet signs it, the gateway answers credentials. Throws
 * `GATEWAY_OPERATION_REFUSED` (code `AccessDenied`), `STORAGE_UNREACHABLE`, and what the wallet throws.
 */
export async function signInWithWallet({
  wallet,
  durationSeconds = 3600,
  confirm,
  ...gateway
}: SignInOptions): Promise<Session> {
  const challenge = await post<{ readonly Challenge: string; readonly ChallengeToken: string }>(
    gateway,
    'GetWalletChallenge',
    {},
  );
  await confirm?.(challenge.Challenge);
  const signature = await wallet.signText(challenge.Challenge);
  const answer = await post<SessionAnswer>(gateway, 'GetSessionTokenWithWallet', {
    ChallengeToken: challenge.ChallengeToken,
    KeyType: wallet.keyType,
    Signature: signature.replace(/^0x/, ''),
    ...(wallet.address === undefined ? {} : { Address: wallet.address }),
    DurationSeconds: String(durationSeconds),
  });
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration,
  } = answer.Credentials;
  return {
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    expiresAt: new Date(Expiration),
    account: answer.Account,
  };
}

type Gateway = Pick<SignInOptions, 'endpoint' | 'signal' | 'fetch'>;

/** An operation of STS that takes no signature. */
async function post<T>(
  { endpoint, signal, fetch = globalThis.fetch }: Gateway,
  action: string,
  fields: Readonly<Record<string, string>>,
): Promise<T> {
  const body = new URLSearchParams({ Action: action, ...fields }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  let response: Response;
  try {
    response = await fetch(`${endpoint.replace(/\/+$/, '')}/`, {
      method: 'POST',
      body,
      headers,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    throw new CessError(
      'STORAGE_UNREACHABLE',
      `The gateway at ${endpoint} cannot be reached: ${messageOf(cause)}.`,
      {},
      { cause },
    );
  }
  const answer = (await response.json().catch(() => ({}))) as Readonly<
    Record<string, Record<string, unknown> | undefined>
  >;
  const result = answer[`${action}Response`]?.[`${action}Result`];
  if (response.ok && result !== undefined) return result as T;
  const error = (answer['ErrorResponse']?.['Error'] ?? {}) as { readonly Code?: string; readonly Message?: string };
  const { Code: code = '', Message: said = `HTTP ${response.status}` } = error;
  throw new CessError('GATEWAY_OPERATION_REFUSED', `${action} was refused (${code}): ${said}`, {
    status: response.status,
    code,
  });
}
