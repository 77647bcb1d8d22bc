// Space of territories that several gateways share (ADR 74), as bodies over the index. A territory has what the chain locked for the fleet
// and what is promised of it: to files that are not declared yet, and to grants. A grant is space that one gateway takes in advance, so
// that it need not ask for every upload. `locked - promised` is what nobody has. Whatever is lost on the way (a gateway that ends, a
// commit of unknown outcome) leaves too much promised, never too little, until it is counted again. That holds because an entry leaves
// the outbox in the transaction that takes its bytes out of the ledger: a count between the two would take them out twice.
import { type Static, safeInteger as size, struct, versionedRecord } from '@cess/codec';
import { concatBytes, toHex, utf8 } from '@cess/primitives';
import { decodeRecord } from './errors.js';
import { tryFileRecord } from './file-table.js';
import type { IndexView, Portions, ReadView } from './index-view.js';
import type { TerritoryName } from './keys.js';
import * as keys from './keys.js';
import { holdOf } from './outbox.js';
import { outboxEntry } from './records.js';

const space = struct({ lockedBytes: size, promisedBytes: size });
export type Space = Static<typeof space>;

const spaceRecord = versionedRecord({ name: 'space', version: 1, codec: space });
const grantRecord = versionedRecord({ name: 'grant', version: 1, codec: struct({ bytes: size }) });

const spacePrefix = utf8('\0cess-space/');
const grantPrefix = utf8('\0cess-grant/');
const separator = utf8('/');
const rowsPerPage = 1_000;

const nameOf = ({ owner, territory }: TerritoryName): Uint8Array => concatBytes(owner, utf8(territory));
const spaceKey = (name: TerritoryName): Uint8Array => concatBytes(spacePrefix, nameOf(name));
/** Ids of gateways hold no slash. */
const grantKey = (gateway: string, name: TerritoryName): Uint8Array =>
  concatBytes(grantPrefix, utf8(gateway), separator, nameOf(name));

/** What a gateway changes at once. */
export interface SpaceChange {
  readonly gateway: string;
  /** Its grant from now on. It says so each time: it may not know whether the ledger took what it said before. */
  readonly grantBytes: number;
  /** Of the grant until now: nobody needs it, so it is promised no more. The rest of the difference was entered into the index. */
  readonly returnedBytes: number;
}

/** What becomes of undeclared files, and of those of the chain. It is told together with the change of the outbox that it follows. */
export interface OutboxSpace {
  /** Files were declared: neither promised nor locked any more. */
  readonly declaredBytes: number;
  /** Files were deleted on chain: locked again. */
  readonly deletedBytes: number;
  /** Files were deleted that the chain never had: promised no more. */
  readonly droppedBytes: number;
}

/** Undefined for a territory that no gateway has opened. */
export function* readSpace(view: ReadView, name: TerritoryName): Portions<Space | undefined> {
  const value = yield* view.get(spaceKey(name));
  return value === undefined ? undefined : decodeRecord(spaceRecord, value, 'the space of a territory');
}

/** Writes what the chain has locked. Other numbers of a known territory stay. */
export function* lockSpace(view: IndexView, name: TerritoryName, lockedBytes: number): Portions {
  const { promisedBytes } = (yield* readSpace(view, name)) ?? { promisedBytes: 0 };
  putSpace(view, name, { lockedBytes, promisedBytes });
}

export interface GrantRequest {
  readonly gateway: string;
  /** Its grant as it knows it. */
  readonly grantBytes: number;
  readonly least: number;
  readonly most: number;
}

/** Takes at least `least` bytes for a gateway, and up to `most` if they are there. Less than `least`: nothing is taken. */
export function* takeGrant(
  view: IndexView,
  name: TerritoryName,
  { gateway, grantBytes, least, most }: GrantRequest,
): Portions<{ readonly taken: number; readonly availableBytes: number }> {
  const known = (yield* readSpace(view, name)) ?? { lockedBytes: 0, promisedBytes: 0 };
  const availableBytes = known.lockedBytes - known.promisedBytes;
  if (availableBytes < least) return { taken: 0, availableBytes };
  const taken = Math.min(Math.max(least, most), availableBytes);
  putSpace(view, name, { ...known, promisedBytes: known.promisedBytes + taken });
  putGrant(view, { gateway, name }, grantBytes + taken);
  return { taken, availableBytes: availableBytes - taken };
}

export function* settleSpace(view: IndexView, name: TerritoryName, change: SpaceChange): Portions<Space> {
  const { gateway, grantBytes, returnedBytes } = change;
  const known = (yield* readSpace(view, name)) ?? { lockedBytes: 0, promisedBytes: 0 };
  const settled = { ...known, promisedBytes: Math.max(0, known.promisedBytes - returnedBytes) };
  putSpace(view, name, settled);
  putGrant(view, { gateway, name }, grantBytes);
  return settled;
}

/** Nothing for a territory that no gateway has opened: its first reader takes the numbers of the chain. */
export function* settleOutboxSpace(
  view: IndexView,
  name: TerritoryName,
  { declaredBytes, deletedBytes, droppedBytes }: OutboxSpace,
): Portions {
  const known = yield* readSpace(view, name);
  if (known === undefined) return;
  putSpace(view, name, {
    lockedBytes: Math.max(0, known.lockedBytes - declaredBytes + deletedBytes),
    promisedBytes: Math.max(0, known.promisedBytes - declaredBytes - droppedBytes),
  });
}

/** By how much more is promised than the index and the grants of these gateways say; keyed by territory. */
export function* countExcess(view: ReadView, gateways: readonly string[]): Portions<ReadonlyMap<string, SpaceExcess>> {
  const excess = new Map<string, SpaceExcess>();
  const subtract = (name: Uint8Array, bytes: number): void => {
    const found = excess.get(toHex(name));
    if (found !== undefined) found.bytes -= bytes;
  };
  for (const [key, value] of yield* view.page({ ...keys.rangeOf(spacePrefix), limit: rowsPerPage })) {
    const { promisedBytes } = decodeRecord(spaceRecord, value, 'the space of a territory');
    const name = key.slice(spacePrefix.length);
    excess.set(toHex(name), { name, bytes: promisedBytes, graves: [] });
  }
  yield* subtractGrants(view, gateways, excess);
  yield* eachEntry(view, keys.outboxPrefix, function* (entries) {
    const reads = entries.flatMap(([, value]) => {
      const { type, value: fileId } = outboxEntry.decode(value);
      return type === 'Declare' ? [view.get(keys.fileKey(fileId))] : [];
    });
    for (const read of reads) {
      const found = yield* read;
      const file = found === undefined ? undefined : tryFileRecord(found);
      if (file !== undefined) subtract(nameOf(file), file.storedBytes);
    }
  });
  yield* eachEntry(view, keys.heldPrefix(), function* (entries) {
    for (const [key, value] of entries) {
      const held = keys.heldOfKey(key);
      if (held !== undefined) subtract(nameOf(held), holdOf(value).storedBytes);
    }
    yield;
  });
  return excess;
}

export interface SpaceExcess {
  readonly name: Uint8Array;
  bytes: number;
  /** Grants of gateways that are gone. */
  readonly graves: Uint8Array[];
}

/** Corrects what `countExcess` found. What has changed since then stays changed. */
export function* removeExcess(view: IndexView, { name, bytes, graves }: SpaceExcess): Portions {
  const key = concatBytes(spacePrefix, name);
  const value = yield* view.get(key);
  if (value === undefined) return;
  const known = decodeRecord(spaceRecord, value, 'the space of a territory');
  const promisedBytes = Math.max(0, known.promisedBytes - bytes);
  view.put(key, spaceRecord.encode({ ...known, promisedBytes }));
  for (const grave of graves) view.delete(grave);
}

function* subtractGrants(
  view: ReadView,
  gateways: readonly string[],
  excess: ReadonlyMap<string, SpaceExcess>,
): Portions {
  yield* eachEntry(view, grantPrefix, function* (entries) {
    for (const [key, value] of entries) {
      const end = key.indexOf(separator[0] ?? 0, grantPrefix.length);
      const gateway = Buffer.from(key.subarray(grantPrefix.length, end)).toString();
      const found = excess.get(toHex(key.subarray(end + 1)));
      if (found === undefined) continue;
      if (gateways.includes(gateway)) found.bytes -= decodeRecord(grantRecord, value, 'a grant').bytes;
      else found.graves.push(key);
    }
    yield;
  });
}

function* eachEntry(
  view: ReadView,
  prefix: Uint8Array,
  body: (entries: readonly (readonly [Uint8Array, Uint8Array])[]) => Portions,
): Portions {
  let range = keys.rangeOf(prefix);
  for (;;) {
    const page = yield* view.page({ ...range, limit: rowsPerPage });
    yield* body(page);
    const [last] = page.at(-1) ?? [];
    if (last === undefined || page.length < rowsPerPage) return;
    range = { ...range, gte: concatBytes(last, new Uint8Array(1)) };
  }
}

function putGrant(view: IndexView, of: { gateway: string; name: TerritoryName }, bytes: number): void {
  view.put(grantKey(of.gateway, of.name), grantRecord.encode({ bytes }));
}

function putSpace(view: IndexView, name: TerritoryName, value: Space): void {
  view.put(spaceKey(name), spaceRecord.encode(value));
}
