// Fills holes: fragments of declared files without a holder on chain. The filler asks a holder that issued a receipt but
// did not attest in time again. Otherwise it rebuilds the fragment shard by shard from k others, places it on a provider
// that holds nothing else of the segment and reports the placement. One segment at a time, in the background.
import type { ObjectIndex } from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  elementAt,
  isCessError,
  SetAside,
  type Startable,
  toHex,
} from '@cess/primitives';
import { fragmentLength } from '@cess/types';
import type { GatewayChain } from '../chain-port.js';
import type { Attestations } from './attestations.js';
import type { FragmentPlacement, MissingFragment } from './fragment-placement.js';

export interface HoleFillerInit extends BackgroundPorts {
  readonly index: ObjectIndex;
  readonly chain: GatewayChain;
  readonly placement: FragmentPlacement;
  readonly attestations: Attestations;
  readonly intervalMs?: number;
}

const holesPerTurn = 64;
/** The chain may reject a placement because another was recorded first, which the next attempt reads, or reject one provider after another. */
const maxAttempts = 32;
/** Segments of which refused holders are remembered. */
const maxRemembered = 10_000;

interface Hole extends MissingFragment {
  readonly fileId: Uint8Array;
}

export class HoleFiller implements Startable {
  /** Segments that cannot be processed. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;
  /** Each turn continues after the previous one, so that holes that cannot be filled yet do not block the others. */
  #last: { fileId: Uint8Array; segment: number } | undefined;
  #filled = 0;
  /** Providers that the chain did not record as holders of a segment, by its name: others are tried next. */
  readonly #refused = new Map<string, Set<number>>();

  constructor(private readonly init: HoleFillerInit) {
    const name = 'hole filler';
    this.setAside = new SetAside(name, init, { attempts: maxAttempts, onRetryable: 'skip' });
    this.#loop = new BackgroundLoop({
      ...init,
      name,
      task: (signal) => this.#turn(signal),
      periodMs: init.intervalMs ?? 5_000,
    });
  }

  /** Holes that were filled since the start. */
  get filled(): number {
    return this.#filled;
  }

  async start(): Promise<void> {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const holes = await this.init.index.listHoles(holesPerTurn, this.#last);
    this.#last = holes.length < holesPerTurn ? undefined : holes.at(-1);
    for (const { fileId, segment } of holes) {
      if (signal.aborted) return;
      const name = nameOf({ fileId, segmentIndex: segment });
      if (await this.setAside.attempt(name, () => this.#fillSegment(fileId, segment, signal), signal))
        this.#refused.delete(name);
    }
  }

  async #fillSegment(fileId: Uint8Array, segmentIndex: number, signal: AbortSignal): Promise<void> {
    const file = await this.init.index.getFile(fileId);
    const holes = (await this.init.index.getSegment(fileId, segmentIndex))?.fragments;
    if (file?.state !== 'declared' || holes === undefined) return;
    for (const fragment of holes.keys()) {
      // Reload the segment for every hole: the provider that filled the previous one must not be selected again.
      const segment = await this.init.index.getSegment(fileId, segmentIndex);
      if (segment?.fragments[fragment]?.attested !== false) continue;
      await this.#fill({ fileId, file, segmentIndex, segment, fragment }, signal);
    }
  }

  /**
   * Order: the fragment is durable at the provider, then the chain records it, then the index names the holder. A crash
   * in between leaves a hole mark, which the next turn resolves from the chain state.
   */
  async #fill(hole: Hole, signal: AbortSignal): Promise<void> {
    const { fileId, segmentIndex, fragment } = hole;
    const recorded = await this.init.chain.fragmentHolder(fileId, segmentIndex, fragment);
    // Filled before a crash that the index did not survive.
    if (recorded !== undefined) return this.init.index.setHolder(fileId, segmentIndex, fragment, recorded);
    const former = hole.segment.fragments[fragment]?.holder;
    if (former !== undefined && (await this.#reportFormer(hole, former))) return;
    const except = this.#refused.get(nameOf(hole)) ?? new Set();
    const holder = await this.init.placement.rebuild({ ...hole, except }, signal).catch((error: unknown) => {
      // All others were tried: the chain may have changed its mind about these.
      if (isCessError(error, 'GATEWAY_TOO_FEW_PROVIDERS')) this.#refused.delete(nameOf(hole));
      throw error;
    });
    const reported = await this.#report(hole, holder).catch((error: unknown) => {
      // Definitely rejected: the placed fragment will never be declared. After other errors it may have been.
      if (isCessError(error, 'CHAIN_DISPATCH_FAILED')) {
        this.init.placement.forget(holder, hole);
        this.#remember(hole, holder);
      }
      throw error;
    });
    if (!reported) {
      this.init.placement.forget(holder, hole);
      throw new CessError('PROVIDER_BAD_RECEIPT', 'The new holder did not attest the fragment.', { provider: holder });
    }
  }

  #remember(hole: Hole, holder: number): void {
    if (this.#refused.size >= maxRemembered) this.#refused.clear();
    const name = nameOf(hole);
    this.#refused.set(name, new Set([...(this.#refused.get(name) ?? []), holder]));
  }

  /** False when the former holder does not attest, or the chain refuses it, for example because it is leaving. */
  async #reportFormer(hole: Hole, holder: number): Promise<boolean> {
    try {
      return await this.#report(hole, holder);
    } catch (error) {
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) throw error;
      const recorded = await this.init.chain.fragmentHolder(hole.fileId, hole.segmentIndex, hole.fragment);
      if (recorded === undefined) return false;
      await this.init.index.setHolder(hole.fileId, hole.segmentIndex, hole.fragment, recorded);
      return true;
    }
  }

  /** Requests an attestation from a holder and reports it; false when the holder does not attest. */
  async #report({ fileId, file, segmentIndex, segment, fragment }: Hole, holder: number): Promise<boolean> {
    const length = fragmentLength(segment.ciphertextLength, segment.k);
    const { root } = elementAt(segment.fragments, fragment);
    const held = { fileId, orderId: file.orderId, segment: segmentIndex, fragment, root, length };
    const [attestation] = await this.init.attestations.collect(new Map([[holder, [held]]]));
    if (attestation === undefined) return false;
    await this.init.chain.reportPlacement({ ...attestation, fileId, segment: segmentIndex, fragment });
    await this.init.index.setHolder(fileId, segmentIndex, fragment, holder);
    this.#filled++;
    this.init.logger.info({ fileId: toHex(fileId), segment: segmentIndex, fragment, holder }, 'filled a hole');
    return true;
  }
}

function nameOf({ fileId, segmentIndex }: Pick<Hole, 'fileId' | 'segmentIndex'>): string {
  return `segment ${segmentIndex} of file ${toHex(fileId)}`;
}
