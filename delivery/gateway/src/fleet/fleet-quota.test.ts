// Decision 10: what the gateways of a fleet acknowledge together stays inside the space that the chain has locked, whatever order things
// happen in, whichever gateway ends, and whatever answers of the database are lost.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemRng } from '@cess/crypto';
import { ObjectIndex, openIndexFormat, type Transaction } from '@cess/object-index';
import { CessError, isCessError, noMetrics, silentLogger, systemTimers, throwFatal, toHex } from '@cess/primitives';
import { createMemoryKv } from '@cess/store';
import fc from 'fast-check';
import '../errors.js';
import { FleetQuota } from './fleet-quota.js';

const territory = { owner: new Uint8Array(32).fill(1), territory: 'default' };
const fileBytes = 52;
const ports = { logger: silentLogger, metrics: noMetrics, timers: systemTimers, rng: systemRng, onFatal: throwFatal };

type Loss = 'applied' | 'not applied';

interface Member {
  readonly id: string;
  readonly quota: FleetQuota;
  reserved: number;
  lapses: number;
}

/** A chain, an index, and the gateways over them. The model knows what is stored; the ledger has to work that out. */
class Fleet {
  readonly members: Member[] = [];
  readonly #stored = new Map<string, 'undeclared' | 'declared'>();
  #loss: Loss | undefined;
  #paused: Member | undefined;
  #next = 1;

  private constructor(
    readonly index: ObjectIndex,
    public lockedBytes: number,
  ) {}

  static async create(lockedBytes: number): Promise<Fleet> {
    const index = new ObjectIndex(await openIndexFormat(createMemoryKv(), new Uint8Array(32)));
    const settings = {
      region: 'us-east-1',
      createdAtMs: 1,
      keyWraps: [],
      versioning: 'never' as const,
      configurations: [],
    };
    await index.createBucket('b', { ...territory, ...settings });
    const fleet = new Fleet(index, lockedBytes);
    await fleet.join();
    await fleet.join();
    return fleet;
  }

  async join(): Promise<void> {
    const id = `gateway-${this.#next++}`;
    const { backend } = this.index;
    const present = () => this.members.filter((each) => each !== this.#paused).map((each) => each.id);
    const self = (): Member | undefined => this.members.find((each) => each.id === id);
    const member = {
      id,
      silentMs: 0,
      enter: () => () => {},
      get lapses() {
        return self()?.lapses ?? 0;
      },
      get members() {
        return present();
      },
    };
    const quota = new FleetQuota({
      ...ports,
      backend: {
        read: (body) => backend.read(body),
        commit: async <T>(transaction: Transaction<T>) => {
          const loss = this.#loss;
          this.#loss = undefined;
          if (loss === undefined) return backend.commit(transaction);
          if (loss === 'applied') await backend.commit(transaction);
          throw new CessError('INDEX_OUTCOME_UNKNOWN', 'The answer of the database is lost.');
        },
      },
      chain: { lockedQuota: async () => this.lockedBytes },
      member,
    });
    this.members.push({ id, quota, reserved: 0, lapses: 0 });
    await quota.open(territory);
  }

  loseNextAnswer(loss: Loss): void {
    this.#loss = loss;
  }

  get promisedBytes(): number {
    const undeclared = [...this.#stored.values()].filter((state) => state === 'undeclared').length;
    return (undeclared + this.members.reduce((sum, { reserved }) => sum + reserved, 0)) * fileBytes;
  }

  async reserve(member: Member): Promise<void> {
    try {
      await member.quota.reserve(territory, fileBytes);
      member.reserved++;
    } catch (error) {
      if (!isCessError(error, 'GATEWAY_QUOTA_EXCEEDED', 'INDEX_OUTCOME_UNKNOWN')) throw error;
    }
  }

  /** Uploads that begin while another one ends and the ledger is told. */
  async together(member: Member): Promise<void> {
    const [first, second] = [this.reserve(member), this.reserve(member)];
    const settling = unlessUnknown(member.quota.settleAll());
    this.release(member);
    await Promise.all([first, second, this.reserve(member), settling]);
  }

  release(member: Member): void {
    if (member.reserved === 0) return;
    member.reserved--;
    member.quota.release(territory, fileBytes);
  }

  async store(member: Member): Promise<void> {
    if (member.reserved === 0) return;
    const fileId = new Uint8Array(32);
    new DataView(fileId.buffer).setUint32(0, this.#next++);
    const key = toHex(fileId);
    const file = { ...territory, orderId: fileId, streamId: fileId, plaintextLength: 10, ciphertextLength: 26 };
    const stored = {
      fileId,
      file: { ...file, storedBytes: fileBytes, segmentCount: 0, createdAtMs: 1 },
      wrapKey: () => Uint8Array.of(1),
      segments: [],
    };
    const object = { size: 10, etag: 'e', lastModifiedMs: 1, contentType: 'text/plain', headers: [], metadata: [] };
    const extents = [{ fileId, offset: 0, length: 10 }];
    await this.index.putObject(
      { bucket: 'b', key },
      { ...object, checksums: [], checksumType: 'FULL_OBJECT', extents },
      [stored],
    );
    this.#stored.set(key, 'undeclared');
    member.reserved--;
    member.quota.entered(territory, fileBytes);
  }

  /** What the gateway with the lease does with the outbox. */
  async declare({ quota }: Member): Promise<void> {
    const items = (await this.index.listOutbox(3)).filter(({ entry }) => entry.type === 'Declare');
    const files = items.map(({ entry }) => toHex(entry.value)).filter((key) => this.#stored.get(key) === 'undeclared');
    this.lockedBytes -= files.length * fileBytes;
    for (const key of files) this.#stored.set(key, 'declared');
    const settled = { declared: files.map(() => ({ ...territory, storedBytes: fileBytes })), deleted: [], dropped: [] };
    await this.index.settleDeclarations(items, () => false, await quota.settling(settled));
    quota.settled();
  }

  async delete({ quota }: Member, pick: number): Promise<void> {
    const keys = [...this.#stored.keys()];
    const key = keys[pick % keys.length];
    if (key === undefined) return;
    await this.index.deleteObject({ bucket: 'b', key });
    const isDeclared = this.#stored.get(key) === 'declared';
    if (isDeclared) this.lockedBytes += fileBytes;
    this.#stored.delete(key);
    const items = (await this.index.listOutbox(1_000)).filter(({ entry }) => toHex(entry.value) === key);
    const file = { ...territory, storedBytes: fileBytes };
    const settled = { declared: [], deleted: isDeclared ? [file] : [], dropped: isDeclared ? [] : [file] };
    await this.index.settleDeletions(items, await quota.settling(settled));
    quota.settled();
  }

  /** It stands still, another one counts without it, and it goes on. Its uploads have failed meanwhile. */
  async pause(member: Member, other: Member): Promise<void> {
    this.#paused = member;
    await unlessUnknown(other.quota.recount());
    this.#paused = undefined;
    member.lapses++;
    while (member.reserved > 0) this.release(member);
  }

  /** kill -9: what it had in its hands is gone. */
  async end(member: Member): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1);
    await this.join();
  }
}

async function unlessUnknown(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCessError(error, 'INDEX_OUTCOME_UNKNOWN')) throw error;
  }
}

const kinds = [
  'reserve',
  'together',
  'store',
  'store',
  'release',
  'declare',
  'delete',
  'settle',
  'recount',
  'refresh',
  'end',
  'pause',
  'lose',
] as const;

describe('the space of a fleet', () => {
  it('is never promised twice, and is all there again once it is counted', async () => {
    const event = fc.record({ kind: fc.constantFrom(...kinds), member: fc.nat(1), pick: fc.nat() });
    let stored = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 40, maxLength: 120 }), async (events) => {
        const fleet = await Fleet.create(5 * fileBytes);
        for (const { kind, member: at, pick } of events) {
          const member = fleet.members[at] as Member;
          if (kind === 'reserve') await fleet.reserve(member);
          else if (kind === 'together') await fleet.together(member);
          else if (kind === 'store') await fleet.store(member);
          else if (kind === 'release') fleet.release(member);
          else if (kind === 'declare') await fleet.declare(member);
          else if (kind === 'delete') await fleet.delete(member, pick);
          else if (kind === 'settle') await unlessUnknown(member.quota.settleAll());
          else if (kind === 'recount') await unlessUnknown(member.quota.recount());
          else if (kind === 'refresh') await unlessUnknown(member.quota.refreshAll());
          else if (kind === 'end') await fleet.end(member);
          else if (kind === 'pause') await fleet.pause(member, fleet.members[1 - at] as Member);
          else fleet.loseNextAnswer(pick % 2 === 0 ? 'applied' : 'not applied');
          assert.ok(
            fleet.promisedBytes <= fleet.lockedBytes,
            `${kind}: ${fleet.promisedBytes} of ${fleet.lockedBytes} bytes`,
          );
          if (kind === 'store') stored++;
        }
        for (const member of fleet.members) while (member.reserved > 0) fleet.release(member);
        for (let round = 0; round < 2; round++) {
          for (const { quota } of fleet.members) await unlessUnknown(quota.settleAll());
          for (const { quota } of fleet.members) await unlessUnknown(quota.refreshAll());
          for (const { quota } of fleet.members) await unlessUnknown(quota.recount());
        }
        const [first] = fleet.members as [Member];
        for (const { quota } of fleet.members) await quota.settleAll();
        const held = fleet.members.reduce((sum, { quota }) => sum + quota.availableBytes(territory), 0);
        assert.ok(held >= fleet.lockedBytes - fleet.promisedBytes, 'nothing is lost for good');
        assert.ok(first.quota.availableBytes(territory) >= 0);
      }),
      { seed: 20_261_129, numRuns: 300, includeErrorInReport: true },
    );
    assert.ok(stored > 500, `${stored} files were stored`);
  });
});
