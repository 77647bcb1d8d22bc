// A storage network with an enclave: fragments with real bytes and tags, proofs of them, workers. What a provider "has"
// is a map that tests may damage.
import { createEd25519Signer, sha256, shake256 } from '@cess/crypto';
import { concatBytes, invariant, toHex, utf8 } from '@cess/primitives';
import { attestationReportData, blockOf, fragmentTagId, type GeneratedKey, sigGen, tagSizeBytes } from '@cess/proofs';
import { fragmentRootOf } from '@cess/sealing';
import { fragmentLength, softwareEvidenceMessage, type Verdict, verdictDigest } from '@cess/types';
import { challengeAsOf, challengedSlots, type EventRecord, query, tx } from '../index.js';
import { alice, bob, GENESIS_HASH, runtimeCrypto } from './harness.js';
import { batchOf, fileOf, idOf, K, N, StorageScenario } from './storage-scenario.js';
import { kernel, keyOf, proofOf } from './tag-keys.js';

type Signer = ReturnType<typeof createEd25519Signer>;
const { bls } = runtimeCrypto;

export interface Worker {
  readonly controller: Signer;
  readonly enclave: Signer;
  readonly key: GeneratedKey;
  readonly keyId: Uint8Array;
  readonly index: number;
}

interface Held {
  bytes: Uint8Array;
  tags: Uint8Array;
  readonly tagId: Uint8Array;
}

// The harness counts nonces by signer object.
const signers = Array.from({ length: 8 }, (_, index) => ({
  controller: createEd25519Signer(new Uint8Array(32).fill(0x80 + index)),
  enclave: createEd25519Signer(new Uint8Array(32).fill(0xa0 + index)),
}));

export function workerSigners(index: number): (typeof signers)[number] {
  return signers[index]!;
}

/** The call by which a worker registers. */
export function workerRegistration(
  { controller, enclave }: (typeof signers)[number],
  { publicKey }: GeneratedKey,
  change: Partial<Parameters<typeof tx.TeeWorker.register_worker>[0]> = {},
): Uint8Array {
  const reportData = attestationReportData(publicKey, 0, GENESIS_HASH);
  const message = softwareEvidenceMessage(controller.publicKey, reportData);
  return tx.TeeWorker.register_worker({
    signer_key: enclave.publicKey,
    endpoint: utf8('http://127.0.0.1:3'),
    bond: undefined,
    key: {
      x: publicKey.x,
      x_alpha: publicKey.xAlpha,
      srs_hash: publicKey.srsHash,
      possession: publicKey.possession,
      epoch: 0,
    },
    evidence: { type: 'Software', value: enclave.sign(message) },
    ...change,
  });
}

export class AuditScenario extends StorageScenario {
  readonly workers: Worker[] = [];
  /** By provider and place. */
  readonly disks = new Map<string, Held>();
  readonly #contents = new Map<string, Uint8Array>();
  #files = 0;

  constructor(workers = 1) {
    super();
    this.lockQuota();
    for (let i = 0; i < workers; i++) this.addWorker(i);
  }

  /** Another chain that goes on from where this one stands, over copies of the disks. */
  fork(): AuditScenario {
    const copy = new AuditScenario(0);
    copy.goOnFrom(this.standing());
    copy.providers.splice(0, copy.providers.length, ...this.providers);
    copy.workers.push(...this.workers);
    for (const [place, held] of this.disks) copy.disks.set(place, { ...held });
    for (const [place, content] of this.#contents) copy.#contents.set(place, content);
    copy.#files = this.#files;
    return copy;
  }

  addWorker(index: number): Worker {
    const own = workerSigners(index);
    const key = keyOf(`worker ${index}`);
    this.endow(own.controller.publicKey);
    const events = this.must(own.controller, workerRegistration(own, key));
    const registered = find(events, 'WorkerRegistered') as { readonly worker: number; readonly tag_key: Uint8Array };
    const worker = { ...own, key, keyId: registered.tag_key, index: registered.worker };
    this.workers.push(worker);
    return worker;
  }

  endow(account: Uint8Array, cess = 60_000n): void {
    const dest = { type: 'Id' as const, value: account };
    this.must(alice, tx.Balances.transfer_keep_alive({ dest, value: cess * 10n ** 18n }));
  }

  /** Declares a file of one segment whose fragments are real bytes on the disks of these providers. */
  storeFile(holders: readonly (number | undefined)[] = [0, 1, 2, 3, 4, 5], length = 70_000): Uint8Array {
    const tag = ++this.#files;
    const size = fragmentLength(length, K);
    const contents = holders.map((_, index) => shake256(size, utf8(`file ${tag} fragment ${index}`)));
    const segment = {
      k: K,
      ciphertext_length: length,
      fragment_length: size,
      fragments: holders.map((holder, index) => ({ root: fragmentRootOf(contents[index]!), holder })),
    };
    invariant(holders.length === N, 'a segment of n fragments');
    const file = fileOf(0x40 + tag, [segment]);
    this.must(bob, tx.FileBank.declare_batch(batchOf(this.providers, [file])));
    const id = idOf(file);
    holders.forEach((holder, fragment) => {
      this.#contents.set(`${toHex(id)}/${fragment}`, contents[fragment]!);
      if (holder !== undefined) this.put(holder, id, fragment, contents[fragment]!);
    });
    return id;
  }

  /** The bytes of a fragment, whoever has them. */
  contentOf(fileId: Uint8Array, fragment: number): Uint8Array {
    return this.#contents.get(`${toHex(fileId)}/${fragment}`)!;
  }

  put(provider: number, fileId: Uint8Array, fragment: number, bytes: Uint8Array): void {
    this.disks.set(diskKey(provider, fileId, fragment), { bytes, tags: new Uint8Array(0), tagId: new Uint8Array(0) });
  }

  /** Undoes `restore`. */
  forget(provider: number, fileId: Uint8Array, fragment: number): void {
    this.disks.delete(diskKey(provider, fileId, fragment));
  }

  held(provider: number, fileId: Uint8Array, fragment: number): Held {
    const held = this.disks.get(diskKey(provider, fileId, fragment));
    invariant(held !== undefined, 'the provider has the fragment');
    return held;
  }

  /** The enclave tags what the provider holds of a file; gives the report that it can make of it. */
  tag(provider: number, fileId: Uint8Array, fragment: number, worker = this.workers[0]!) {
    const held = this.held(provider, fileId, fragment);
    const { order_id } = query.FileBank.Files.get(this, fileId)!;
    const identity = {
      genesis: GENESIS_HASH,
      orderId: order_id,
      fileId,
      segment: 0,
      fragment,
      replica: 0,
      root: fragmentRootOf(held.bytes),
      provider,
      keyId: worker.keyId,
    };
    const tagged = sigGen({
      bls,
      kernel,
      secret: worker.key.secret,
      signer: worker.enclave,
      identity,
      fragment: held.bytes,
    });
    invariant(tagged.ok, 'an honest fragment is tagged');
    this.disks.set(diskKey(provider, fileId, fragment), {
      ...held,
      tags: tagged.value.tags,
      tagId: fragmentTagId(identity),
    });
    const { signature, tags } = tagged.value;
    return { file_id: fileId, segment: 0, fragment, tags_hash: sha256(tags), signature };
  }

  /** The provider rebuilds a fragment and has it tagged; gives what completes the order. */
  restore(provider: number, fileId: Uint8Array, fragment: number, worker = this.workers[0]!) {
    this.put(provider, fileId, fragment, this.contentOf(fileId, fragment));
    return this.tag(provider, fileId, fragment, worker);
  }

  /** Tags and reports the fragments of a file, of all holders or of these. */
  tagFile(fileId: Uint8Array, providers?: readonly number[]): void {
    for (const [[, , fragment], { holder }] of [...query.FileBank.Fragments.entries(this, [fileId])]) {
      if (holder === undefined || providers?.includes(holder) === false) continue;
      const report = this.tag(holder, fileId, fragment);
      const call = tx.Audit.report_tags({ key_id: this.workers[0]!.keyId, reports: [report] });
      this.must(this.providers[holder]!.account, call);
    }
  }

  /** Empty blocks until the provider has a round; gives its number. */
  untilChallenged(provider: number, worker = this.workers[0]!): number {
    for (let i = 0; i < 400; i++) {
      const round = query.Audit.Challenges.get(this, provider, worker.keyId);
      if (round?.state.type === 'Open') return round.round;
      this.advance(1);
    }
    throw new Error(`provider ${provider} was never asked`);
  }

  /** The proof that the provider can make of what it has. */
  prove(provider: number, worker = this.workers[0]!, asOf = this.number): Uint8Array {
    const id = { genesis: GENESIS_HASH, provider, keyId: worker.keyId };
    const info = query.Audit.Challenges.get(this, provider, worker.keyId)!;
    const slots = challengedSlots(id, info).map((number) => {
      const slot = query.Audit.Slots.get(this, provider, worker.keyId, number)!;
      return { slot, fileDeletedAt: query.FileBank.PendingDeletion.get(this, slot.file_id)?.deleted_at };
    });
    const challenge = challengeAsOf(id, info, slots, asOf)!;
    const byTagId = new Map([...this.disks.values()].map((held) => [toHex(held.tagId), held]));
    return proofOf(worker.key, challenge, (fragment, index) => {
      const held = byTagId.get(toHex(challenge.fragments[fragment]!.id))!;
      const tag = held.tags.subarray(index * tagSizeBytes, (index + 1) * tagSizeBytes);
      return { block: blockOf(held.bytes, index), tag };
    });
  }

  /** Answers the open round of a provider; gives its number and who judges it. */
  answer(
    provider: number,
    proof?: Uint8Array,
    asOf = this.number,
  ): { readonly round: number; readonly worker: Worker } {
    const { keyId } = this.workers[0]!;
    const { round } = query.Audit.Challenges.get(this, provider, keyId)!;
    const call = tx.Audit.submit_proof({
      key_id: keyId,
      round,
      as_of: asOf,
      proof: proof ?? this.prove(provider, this.workers[0]!, asOf),
    });
    const events = this.must(this.providers[provider]!.account, call);
    const { worker } = find(events, 'ProofSubmitted') as { readonly worker: number };
    return { round, worker: this.workers[worker]! };
  }

  /** The verdict as the enclave signs it. */
  verdict(worker: Worker, provider: number, passed: boolean, change: Partial<Verdict> = {}) {
    const keyId = change.keyId ?? this.workers[0]!.keyId;
    const info = query.Audit.Challenges.get(this, provider, keyId)!;
    const proof = info.state.type === 'Answered' ? info.state.value.proof : new Uint8Array(128);
    const { round, seed, opened_at: openedAt } = info;
    const judged = { provider, keyId, round, seed, openedAt, proof, passed, ...change };
    const signature = worker.enclave.sign(verdictDigest(GENESIS_HASH, worker.index, judged));
    return { miner: provider, key_id: judged.keyId, round: judged.round, passed, signature };
  }

  judge(worker: Worker, provider: number, passed: boolean): readonly EventRecord[] {
    const verdicts = [this.verdict(worker, provider, passed)];
    return this.must(worker.controller, tx.Audit.submit_verdicts({ verdicts }));
  }

  /** A whole round of a provider, honest unless its disk is damaged. */
  passRound(provider: number): void {
    this.untilChallenged(provider);
    const { worker } = this.answer(provider);
    this.judge(worker, provider, true);
  }

  /** Empty blocks until the running round of the provider has closed. Gives the outcome. */
  untilClosed(provider: number, worker = this.workers[0]!): string {
    const { round } = query.Audit.Challenges.get(this, provider, worker.keyId)!;
    for (let i = 0; i < 1000; i++) {
      this.open();
      for (const { event } of this.close().events) {
        if (event.type !== 'Audit' || event.value.type !== 'RoundClosed') continue;
        const closed = event.value.value;
        if (closed.miner === provider && closed.round === round) return closed.outcome;
      }
    }
    throw new Error('the round never closed');
  }
}

/** The fields of the first event of that name. */
export function find(events: readonly EventRecord[], name: string): unknown {
  const found = events.find(({ event }) => event.value.type === name);
  invariant(found !== undefined, `there is an event ${name}`);
  return found.event.value.value;
}

export function flipByte(bytes: Uint8Array, at: number): Uint8Array {
  const changed = concatBytes(bytes);
  changed[at] = changed[at]! ^ 1;
  return changed;
}

function diskKey(provider: number, fileId: Uint8Array, fragment: number): string {
  return `${provider}/${toHex(fileId)}/${fragment}`;
}
