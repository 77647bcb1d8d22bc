// A copy of all records of one account, to be entered into the store of another gateway (ADR 73). Secrets are sealed for one gateway, so
// the copy has them open: whoever keeps it seals it. The secrets of named keys stay sealed, since they need the vault of their gateway.
import { prefixEnd, type Rng, utf8 } from '@cess/primitives';
import { type Kv, type KvEntry, type KvOperation, openVersioned, prefixed } from '@cess/store';
import { entityArn } from '../arns.js';
import { accountsFormat, accountsPrefix } from './account-store.js';
import { accessKeyRecord, deviceRecord } from './records.js';
import { Secrets } from './secrets.js';

export interface AccountCopyInit {
  /** Of the gateway. */
  readonly kv: Kv;
  /** From which the keys of secrets at rest follow. */
  readonly secret: Uint8Array;
  readonly rng: Rng;
}

export interface CopiedRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Tables whose names begin with the account (tables.ts). */
const ownTables = ['u', 'g', 'r', 'p', 'd', 'm', 't', 'n', 'e'];
const accessKeyTable = 'k/';
const deviceTable = 'd/';
const recordsPerWrite = 500;

export function* copyAccount({ kv, secret, rng }: AccountCopyInit, account: string): IterableIterator<CopiedRecord> {
  const store = prefixed(kv, accountsPrefix);
  const secrets = new Secrets(secret, rng);
  const root = utf8(`a/${account}`);
  const record = store.get(root);
  if (record !== undefined) yield { key: root, value: record };
  for (const letter of ownTables) {
    for (const [key, value] of entriesOf(store, utf8(`${letter}/${account}\0`))) {
      yield { key, value: letter === 'd' ? openDevice(secrets, account, value) : value };
    }
  }
  for (const [key, value] of entriesOf(store, utf8(accessKeyTable))) {
    const accessKey = accessKeyRecord.decode(value);
    if (accessKey.account !== account) continue;
    const sealedSecret = secrets.open('access-key', nameOf(key), accessKey.sealedSecret);
    yield { key, value: accessKeyRecord.encode({ ...accessKey, sealedSecret }) };
  }
}

/** Enters the records of a copy into a store, with their secrets sealed for its gateway. */
export async function pasteAccount(
  { kv, secret, rng, networkId }: AccountCopyInit & { readonly networkId: Uint8Array },
  account: string,
  records: readonly CopiedRecord[],
): Promise<void> {
  const store = prefixed(kv, accountsPrefix);
  await openVersioned(store, { ...accountsFormat, networkId });
  const secrets = new Secrets(secret, rng);
  const sealed = records.map(({ key, value }): KvOperation => ({ type: 'put', key, value: seal(key, value) }));
  for (let at = 0; at < sealed.length; at += recordsPerWrite) await store.write(sealed.slice(at, at + recordsPerWrite));

  function seal(key: Uint8Array, value: Uint8Array): Uint8Array {
    if (isIn(accessKeyTable, key)) {
      const record = accessKeyRecord.decode(value);
      const sealedSecret = secrets.seal('access-key', nameOf(key), record.sealedSecret);
      return accessKeyRecord.encode({ ...record, sealedSecret });
    }
    if (!isIn(deviceTable, key)) return value;
    const record = deviceRecord.decode(value);
    const sealedSeed = secrets.seal('mfa-seed', entityArn(account, 'mfa', record), record.sealedSeed);
    return deviceRecord.encode({ ...record, sealedSeed });
  }
}

function openDevice(secrets: Secrets, account: string, value: Uint8Array): Uint8Array {
  const record = deviceRecord.decode(value);
  const sealedSeed = secrets.open('mfa-seed', entityArn(account, 'mfa', record), record.sealedSeed);
  return deviceRecord.encode({ ...record, sealedSeed });
}

function* entriesOf(store: Kv, prefix: Uint8Array): IterableIterator<KvEntry> {
  const lt = prefixEnd(prefix);
  yield* store.entries({ gte: prefix, ...(lt === undefined ? {} : { lt }) });
}

function isIn(table: string, key: Uint8Array): boolean {
  return nameOf(key, 0).startsWith(table);
}

/** Behind the letter of the table. */
function nameOf(key: Uint8Array, from = 2): string {
  return Buffer.from(key.buffer, key.byteOffset + from, key.length - from).toString('utf8');
}
