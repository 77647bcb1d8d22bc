// Replaces holders of undeclared files: when fewer than k holders of a segment attest, or the chain accepts fewer, no
// declaration can succeed. Every fragment without an acceptable holder is rebuilt from the others, which may include one on
// a provider that is leaving, and placed on a provider that the chain accepts. Then the declaration is repeated.
import type { ProviderDirectory } from '@cess/data-path';
import type { FileRecord, ObjectIndex } from '@cess/object-index';
import { BackgroundLoop, type BackgroundPorts, SetAside, type Startable, toHex } from '@cess/primitives';
import { fragmentLength } from '@cess/types';
import type { Attestations } from './attestations.js';
import type { FragmentPlacement } from './fragment-placement.js';
import { heldFragments, loadFile } from './pending-file.js';

export interface HolderReplacerInit extends BackgroundPorts {
  readonly index: Pick<ObjectIndex, 'getFile' | 'getSegment' | 'replaceHolder'>;
  readonly directory: Pick<ProviderDirectory, 'accepts'>;
  readonly attestations: Pick<Attestations, 'collect'>;
  readonly placement: Pick<FragmentPlacement, 'rebuild' | 'forget'>;
  /** The file has new holders. */
  readonly onReplaced: (fileId: Uint8Array) => void;
}

/** Files beyond it wait for the next rejection of their declaration. */
const maxRequests = 10_000;

interface StoredSegment {
  readonly fileId: Uint8Array;
  readonly file: FileRecord;
  readonly segmentIndex: number;
  /** Providers that attested what they hold of the file. */
  readonly attested: ReadonlySet<number>;
}

export class HolderReplacer implements Startable {
  /** Files that cannot be processed. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;
  readonly #requests = new Map<string, Uint8Array>();
  #replaced = 0;

  constructor(private readonly init: HolderReplacerInit) {
    const name = 'holder replacer';
    this.setAside = new SetAside(name, init, { onRetryable: 'skip' });
    this.#loop = new BackgroundLoop({ ...init, name, task: (signal) => this.#run(signal) });
  }

  /** Fragments that got another holder since the start. */
  get replaced(): number {
    return this.#replaced;
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Queues a file. A request for a queued file has no effect. */
  request(fileId: Uint8Array): void {
    if (this.#requests.size < maxRequests) this.#requests.set(toHex(fileId), fileId);
    this.#loop.trigger();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (const [key, fileId] of this.#requests) {
      if (signal.aborted) return;
      await this.setAside.attempt(`file ${key}`, () => this.#replace(fileId, signal), signal);
      this.#requests.delete(key);
    }
  }

  async #replace(fileId: Uint8Array, signal: AbortSignal): Promise<void> {
    const { index } = this.init;
    const stored = await loadFile(index, fileId);
    if (stored?.file.state !== 'stored') return;
    const { file } = stored;
    const attestations = await this.init.attestations.collect(heldFragments([stored]));
    const attested = new Set(attestations.map(({ provider }) => provider));
    const before = this.#replaced;
    try {
      for (let segment = 0; segment < file.segmentCount; segment++)
        await this.#replaceIn({ fileId, file, segmentIndex: segment, attested }, signal);
    } finally {
      // Also after a failure: those replaced may suffice.
      const fragments = this.#replaced - before;
      if (fragments > 0) {
        this.init.logger.info({ fileId: toHex(fileId), fragments }, 'replaced the holders of an undeclared file');
        this.init.onReplaced(fileId);
      }
    }
  }

  async #replaceIn({ fileId, file, segmentIndex, attested }: StoredSegment, signal: AbortSignal): Promise<void> {
    const { index, placement, directory } = this.init;
    const { fragments = [] } = (await index.getSegment(fileId, segmentIndex)) ?? {};
    for (const fragment of fragments.keys()) {
      // Reload: the provider that took the previous fragment must not be selected again.
      const segment = await index.getSegment(fileId, segmentIndex);
      if (segment === undefined) return;
      const holder = segment.fragments[fragment]?.holder;
      const length = fragmentLength(segment.ciphertextLength, segment.k);
      if (holder !== undefined && attested.has(holder) && directory.accepts(holder, length)) continue;
      const missing = { file, segmentIndex, segment, fragment };
      const replacement = await placement.rebuild(missing, signal);
      await index.replaceHolder(fileId, segmentIndex, fragment, replacement);
      if (holder !== undefined) placement.forget(holder, missing);
      this.#replaced++;
    }
  }
}
