// The accounts that a gateway serves, from its configuration and from a file of their own, which is read again when it changes (ADR 70).
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { decodeSs58 } from '@cess/crypto';
import type { Gateway, ServedAccount } from '@cess/gateway';
import { BackgroundLoop, type BackgroundPorts, CessError, fromHex, jsonProblem, messageOf } from '@cess/primitives';
import { z } from 'zod';

export const accountSchema = z.strictObject({
  /** JSON with `accessKeyId` and `secretAccessKey`; keep it readable for this user only. */
  credentialsFile: z.string().min(1),
  /** SS58 address of the owner. */
  owner: z.string().min(1),
  /** X25519 key of the owner, as `cess key show` prints it. */
  ownerKey: z.string().regex(/^(0x)?[0-9a-fA-F]{64}$/, 'must be 32 bytes in hexadecimal'),
  territory: z.string().min(1),
  /** Over all users of the account; default: no limit. */
  requestsPerSecond: z.number().positive().optional(),
  bytesPerSecond: z.number().positive().optional(),
});
type AccountConfig = z.infer<typeof accountSchema>;

const fileSchema = z.array(accountSchema).max(1_000);
const defaultCheckIntervalMs = 5_000;

/** Throws `ADDRESS_MALFORMED`, `CONFIG_INVALID`. */
export async function readAccount(account: AccountConfig): Promise<ServedAccount> {
  const { credentialsFile, owner, ownerKey, territory, requestsPerSecond, bytesPerSecond } = account;
  const decoded = decodeSs58(owner);
  if (!decoded.ok) throw new CessError('ADDRESS_MALFORMED', `"${owner}" is not an SS58 address.`);
  return {
    ...(await readCredentials(credentialsFile)),
    owner: decoded.value.accountId,
    ownerKey: fromHex(ownerKey.replace(/^0x/, '')),
    territory,
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
  };
}

const credentialsSchema = z.object({
  accessKeyId: z.string().min(3).max(128),
  secretAccessKey: z.string().min(16).max(256),
});

async function readCredentials(file: string): Promise<z.infer<typeof credentialsSchema>> {
  try {
    return credentialsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const reason =
      cause instanceof z.ZodError
        ? 'accessKeyId (3 to 128) and secretAccessKey (16 to 256 characters) must be in it'
        : jsonProblem(cause);
    throw new CessError('CONFIG_INVALID', `The credentials file ${file} cannot be used: ${reason}.`, {}, { cause });
  }
}

/** Paths of credentials are relative to the file. Throws `ADDRESS_MALFORMED`, `CONFIG_INVALID`. */
export async function readAccountsFile(file: string): Promise<readonly ServedAccount[]> {
  const base = dirname(file);
  const accounts = await parseAccountsFile(file);
  return Promise.all(
    accounts.map((account) => readAccount({ ...account, credentialsFile: resolve(base, account.credentialsFile) })),
  );
}

async function parseAccountsFile(file: string): Promise<readonly AccountConfig[]> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : jsonProblem(cause);
    throw new CessError('CONFIG_INVALID', `The accounts file ${file} cannot be used: ${reason}.`, { file }, { cause });
  }
}

/** Throws `CONFIG_INVALID` where an access key occurs twice, and where nobody is served. */
export function assertServable(accounts: readonly ServedAccount[]): void {
  const seen = new Set<string>();
  for (const { accessKeyId } of accounts) {
    if (seen.has(accessKeyId))
      throw new CessError('CONFIG_INVALID', `Two accounts have the access key ${accessKeyId}.`, {});
    seen.add(accessKeyId);
  }
  if (accounts.length === 0) throw new CessError('CONFIG_INVALID', 'The gateway has no account to serve.', {});
}

export interface AccountsWatchInit extends BackgroundPorts {
  readonly file: string;
  /** Accounts of the configuration, which the file adds to. */
  readonly configured: readonly ServedAccount[];
  /** All accounts as the gateway started with them. */
  readonly served: readonly ServedAccount[];
  readonly gateway: Pick<Gateway, 'replaceAccounts'>;
  /** Pause between two looks at the file. Default 5 s. */
  readonly checkIntervalMs?: number;
}

export class AccountsWatch {
  /** Accounts in use, as text. */
  #served: string;
  /** Why the file cannot be used; it is logged once. */
  #problem: string | undefined;
  readonly #loop: BackgroundLoop;

  constructor(private readonly init: AccountsWatchInit) {
    this.#served = textOf(init.served);
    this.#loop = new BackgroundLoop({
      ...init,
      name: 'accounts file',
      task: () => this.reload(),
      periodMs: init.checkIntervalMs ?? defaultCheckIntervalMs,
    });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Reads the file again at once. */
  trigger(): void {
    this.#loop.trigger();
  }

  /** Reads the file and the credentials that it names again. Never throws: the accounts in use stay. */
  async reload(): Promise<void> {
    const { file, configured, gateway, logger } = this.init;
    try {
      const accounts = [...configured, ...(await readAccountsFile(file))];
      assertServable(accounts);
      const text = textOf(accounts);
      const isChanged = text !== this.#served;
      if (isChanged) gateway.replaceAccounts(accounts);
      this.#served = text;
      this.#problem = undefined;
      if (isChanged) logger.info({ accounts: accounts.length }, 'the accounts file was read again');
    } catch (error) {
      const cause = messageOf(error);
      if (cause === this.#problem) return;
      this.#problem = cause;
      logger.error({ cause }, 'the accounts file cannot be used; the accounts in use stay. Correct the file.');
    }
  }
}

function textOf(accounts: readonly ServedAccount[]): string {
  return JSON.stringify(accounts);
}
