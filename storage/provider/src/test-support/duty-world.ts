// One provider's store and tags on media that tests break, a chain in memory, other holders that tests make lie, and a
// TEE worker: everything that the duties are given, without sockets.
import type { FragmentPlace, RoundRef } from '@cess/client';
import { ErasureCoder, encodeSegment } from '@cess/erasure';
import { type FragmentStore, openFragmentStore } from '@cess/fragment-store';
import { createFaultyFs, type FaultyFs } from '@cess/fragment-store/testing';
import { CessError, concatBytes, noMetrics, silentLogger, throwFatal, toHex } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import { createFaultyKv, type FaultyKv, isInjectedFault } from '@cess/store/testing';
import { Prover } from '../audit/prover.js';
import { RoundKeeper } from '../audit/round-keeper.js';
import type { ChainFragment } from '../chain/chain-port.js';
import { DeclaredFiles } from '../holdings/declared-files.js';
import { placeName } from '../holdings/place.js';
import { DutyCounts } from '../metrics/duty-counts.js';
import type { ProofWork } from '../proof-worker/proof-tasks.js';
import { FragmentRebuilder, type FragmentRebuilding, type FragmentSource } from '../repair/fragment-rebuilder.js';
import type { FragmentRepair } from '../repair/fragment-repair.js';
import { PacedReader } from '../repair/paced-reader.js';
import { Repairer } from '../repair/repairer.js';
import { RestoralClaims } from '../repair/restoral-claims.js';
import { Restorer } from '../repair/restorer.js';
import { Scrubber } from '../repair/scrubber.js';
import { BackgroundLane, ForegroundActivity } from '../scheduling/background-lane.js';
import { TagMaker } from '../tagging/tag-maker.js';
import { TagStore } from '../tagging/tag-store.js';
import { Tagger } from '../tagging/tagger.js';
import { AutoTimers } from './auto-timers.js';
import { segmentName } from './chain-names.js';
import { createEngineWork } from './engine-work.js';
import { FakeDutyChain, ownIndex } from './fake-duty-chain.js';
import { shallowBytes } from './provider-fixture.js';
import { seededRng, TestTee, workerA } from './test-tee.js';

/** A store that crashes by plan ends the process that the test plays. */
function onFatal(error: unknown): void {
  if (!isInjectedFault(error)) throwFatal(error, 'duties');
}

export const genesis = new Uint8Array(32).fill(0xee);
export const engine: ProofWork = await createEngineWork();
const gateway = new Uint8Array(32).fill(0x61);
const expirySeconds = 1_900_000_000;
/** 2 of 4, fragments of 150,000 bytes: 5 blocks each, in files of their own. */
const code = { k: 2, n: 4 };
export const fragmentLength = 150_000;

/** How other holders answer. */
export type SourceFault = 'lies' | 'unreachable' | 'short';

export interface TestFile {
  readonly fileId: Uint8Array;
  readonly orderId: Uint8Array;
  readonly fragments: readonly Uint8Array[];
}

export class DutyWorld {
  readonly chain = new FakeDutyChain(genesis, new Map<string, ChainFragment>());
  readonly tee = new TestTee(genesis, ownIndex, (fileId) => this.files.get(toHex(fileId))!.orderId);
  readonly timers = new AutoTimers();
  readonly activity = new ForegroundActivity(this.timers);
  readonly files = new Map<string, TestFile>();
  readonly faults = new Map<number, SourceFault>();
  /** Holders that were read from, in order. */
  readonly readFrom: number[] = [];
  readonly signal: AbortSignal = new AbortController().signal;
  /** Counts what the duties that this world makes have done. */
  readonly counts = new DutyCounts();
  proofs: ProofWork = engine;

  private constructor(
    public fs: FaultyFs,
    public kv: FaultyKv,
    public store: FragmentStore,
    public tags: TagStore,
    public declaredFiles: DeclaredFiles,
  ) {
    this.chain.workers.push(workerA.record);
    this.chain.keys.push(workerA.key);
    for (let provider = 10; provider < 20; provider++) {
      this.chain.addresses.set(provider, {
        endpoint: `http://${provider}`,
        nodeKey: new Uint8Array(32).fill(provider),
      });
    }
  }

  static async create(fs = createFaultyFs({ seed: 1 }), kv = createFaultyKv({ seed: 1 })): Promise<DutyWorld> {
    const store = await openStore(fs);
    return new DutyWorld(fs, kv, store, await TagStore.open(kv, genesis), declaredOver(store));
  }

  /** The same disks as the next process finds them. */
  async reopen(meanwhile: () => void = () => {}): Promise<void> {
    await this.store.close().catch(() => {});
    this.fs.crash();
    this.kv.crash();
    [this.fs, this.kv] = [this.fs.reopen({ crashStyle: 'drop' }), this.kv.reopen()];
    meanwhile();
    // A plan of the past crash is over.
    this.store = await openStore(this.fs);
    this.tags = await TagStore.open(this.kv, genesis);
    this.declaredFiles = declaredOver(this.store);
  }

  /** A declared file of one segment; fragment i is with `holders[i]`. */
  declare(number: number, holders: readonly (number | undefined)[]): TestFile {
    const fileId = new Uint8Array(32).fill(number);
    const orderId = new Uint8Array(32).fill(number ^ 0x80);
    const data = Array.from({ length: code.k }, (_, i) => shallowBytes(fragmentLength, code.k * number + i));
    const ciphertextLength = code.k * fragmentLength;
    const fragments = encodeSegment(new ErasureCoder(code), concatBytes(...data));
    const file = { fileId, orderId, fragments };
    this.files.set(toHex(fileId), file);
    const records = fragments.map((bytes, i) => ({ root: fragmentRootOf(bytes), holder: holders[i] }));
    const shape = { orderId, gateway, ...code, ciphertextLength, fragmentLength };
    this.chain.segments.set(segmentName(fileId, 0), { ...shape, fragments: records });
    for (const [fragment, record] of records.entries()) {
      this.chain.placed.set(placeName({ fileId, segment: 0, fragment }), record);
    }
    return file;
  }

  /** Stores a fragment of a declared file as an upload and the declaration would have. */
  async hold(file: TestFile, fragment: number): Promise<FragmentPlace> {
    const bytes = file.fragments[fragment]!;
    const id = { orderId: file.orderId, segment: 0, fragment, root: fragmentRootOf(bytes) };
    await this.store.put({ ...id, length: bytes.length, gateway, expirySeconds }, [bytes]);
    await this.declaredFiles.setFile(id, file.fileId);
    return { fileId: file.fileId, segment: 0, fragment };
  }

  /** Flips a bit of a held fragment on the disk. */
  rot({ fileId, fragment }: FragmentPlace): void {
    const root = toHex(fragmentRootOf(this.files.get(toHex(fileId))!.fragments[fragment]!));
    this.fs.corrupt(`/store/fragments/${root.slice(0, 2)}/${root}`, (bytes) => {
      bytes[70_000]! ^= 1;
      return bytes;
    });
  }

  /** Removes the file of a held fragment, for good. */
  async vanish({ fileId, fragment }: FragmentPlace): Promise<void> {
    const root = toHex(fragmentRootOf(this.files.get(toHex(fileId))!.fragments[fragment]!));
    const shelf = `/store/fragments/${root.slice(0, 2)}`;
    await this.fs.remove(`${shelf}/${root}`);
    await this.fs.syncDirectory(shelf);
  }

  async bytesOf({ fileId, fragment }: FragmentPlace): Promise<Uint8Array> {
    const root = fragmentRootOf(this.files.get(toHex(fileId))!.fragments[fragment]!);
    const pieces: Uint8Array[] = [];
    for await (const piece of this.store.read(root, 0, fragmentLength)) pieces.push(piece);
    return concatBytes(...pieces);
  }

  get common() {
    const { store, declaredFiles, tags, chain, tee, proofs, timers, activity } = this;
    const rng = seededRng('world');
    const background = { timers, rng, logger: silentLogger, metrics: noMetrics, onFatal };
    return { ...background, store, declaredFiles, tags, chain, tee, proofs, activity, ownIndex: () => ownIndex };
  }

  maker(): TagMaker {
    return new TagMaker(this.common);
  }

  lane(): BackgroundLane {
    return new BackgroundLane({ activity: this.activity, timers: this.timers });
  }

  tagger(repair: (place: FragmentPlace) => Promise<unknown> = async () => {}): Tagger {
    const tagger = new Tagger({
      ...this.common,
      maker: this.maker(),
      lane: this.lane(),
      repair: async (held) => void (await repair(held)),
      intervalMs: 600_000,
    });
    this.declaredFiles.listen(tagger);
    return tagger;
  }

  rebuilder(): FragmentRebuilding {
    return this.counts.rebuilder(new FragmentRebuilder({ ...this.common, source: this.counts.source(this.source()) }));
  }

  repairer(): FragmentRepair {
    const init = { ...this.common, rebuilder: this.rebuilder(), expirySeconds: () => expirySeconds };
    return this.counts.repairer(new Repairer(init));
  }

  scrubber(change: { readonly bytesPerSecond?: number } = {}): Scrubber {
    const { bytesPerSecond = 1_000_000 } = change;
    const { timers } = this;
    const reader = new PacedReader({ store: this.counts.scrubbedStore(this.store), timers, bytesPerSecond });
    const repairer = this.repairer();
    return new Scrubber({
      ...this.common,
      reader: this.counts.reader(reader),
      repairer,
      missingRepairer: this.counts.missingRepairer(repairer),
      lane: this.lane(),
      intervalMs: 1_000,
    });
  }

  restorer(onRestored: (place: FragmentPlace) => void = () => {}): Restorer {
    return new Restorer({
      ...this.common,
      claims: this.counts.claims(new RestoralClaims({ ...this.common, records: this.tags })),
      rebuilder: this.rebuilder(),
      maker: this.maker(),
      lane: this.lane(),
      expirySeconds: () => expirySeconds,
      maxClaims: 4,
      intervalMs: 15_000,
      onRestored,
    });
  }

  keeper(ref: RoundRef): RoundKeeper {
    return new RoundKeeper({ ...this.common, genesis, maker: this.maker(), repairer: this.repairer() }, ref);
  }

  prover(): Prover {
    const keep = this.counts.rounds((ref, signal) => this.keeper(ref).keep(signal));
    return new Prover({ ...this.common, keep });
  }

  /** The other holders, which have every fragment that the chain gives them. */
  source(): FragmentSource {
    return {
      readFragment: async ({ nodeKey }, root, offset, target) => {
        const provider = nodeKey[0]!;
        this.readFrom.push(provider);
        const fault = this.faults.get(provider);
        if (fault === 'unreachable') throw new CessError('PROVIDER_UNREACHABLE', 'No answer.');
        if (fault === 'short') throw new CessError('PROVIDER_BAD_RESPONSE', 'Fewer bytes than were asked for.');
        const all = [...this.files.values()].flatMap(({ fragments }) => fragments);
        const bytes = all.find((one) => toHex(fragmentRootOf(one)) === toHex(root))!;
        target.set(bytes.subarray(offset, offset + target.length));
        if (fault === 'lies') target[target.length - 1]! ^= 1;
      },
    };
  }
}

/** Runs the tagger until nothing waits and everything tagged is reported. */
export async function tagAll(world: DutyWorld, tagger = world.tagger()): Promise<void> {
  await tagger.compare();
  tagger.start();
  const isDone = () => tagger.waiting === 0 && world.tags.counts.reported === world.tags.counts.tagged;
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
  await tagger.stop();
}

function openStore(fs: FaultyFs): Promise<FragmentStore> {
  return openFragmentStore({ dir: '/store', genesis, fs, rng: seededRng('store'), nowSeconds: 0, minFreeBytes: 0 });
}

function declaredOver(store: FragmentStore): DeclaredFiles {
  return new DeclaredFiles(store, () => ownIndex);
}
