// Takes the state of a final block from peers instead of executing the chain: finality proofs from the genesis on, then ranges of the state from one
// peer after the other (docs/protocol/sync.md §5, ADR 87). The engine checks all of it.
import { finalityProofCodec } from '@cess/consensus';
import type { NetworkHost, PeerId } from '@cess/network';
import {
  type BackgroundPorts,
  type ErrorCode,
  elementAt,
  isCessError,
  MiB,
  pause,
  present,
  toHex,
} from '@cess/primitives';
import { decoded } from '../decoded.js';
import { announcesSet } from '../engine/authority-sets.js';
import type { EngineHost } from '../engine/engine-host.js';
import type { StateImportProgress } from '../engine/state-import.js';
import { proofRequest, proofsProtocol, stateRequest, stateResponse, statesProtocol } from './sync-messages.js';

export interface StateSyncInit extends Pick<BackgroundPorts, 'timers' | 'logger'> {
  readonly host: Pick<NetworkHost, 'peers' | 'request' | 'report'>;
  readonly engine: Pick<EngineHost, 'run'>;
  /** Whether the blocks below the state are to be fetched afterwards. */
  readonly keepsHistory: boolean;
}

const noPeerPauseMs = 1_000;
const reportMs = 10_000;
/** Parts of the proof, each of at most 512 changes of the set of voters. */
const maxProofs = 64;
/** The engine checks the parts together: room for those of a peer, some 25,000 changes. */
const maxProofBytesOfPeer = 64 * MiB;
/** Failures of a peer after which it counts as one that does not have the state. */
const maxFailures = 5;

/** What an honest peer never sends. */
const hostile: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'FINALITY_PROOF_INVALID',
  'PROOF_INCOMPLETE',
  'TRIE_NODE_MALFORMED',
]);

export class StateSync {
  readonly #init: StateSyncInit;
  #turn = 0;
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(init: StateSyncInit) {
    this.#init = init;
  }

  /** Resolves when the engine has the state. Rejects with `ABORTED`, and with failures of the engine. */
  async run(signal: AbortSignal): Promise<void> {
    const { engine, logger } = this.#init;
    let progress = (await engine.run('stateImport')) ?? (await this.#begin(signal));
    for (;;) {
      this.#report(progress);
      const outcome = await this.#fetchRange(progress, signal);
      if (outcome === 'whole') break;
      if (outcome === 'gone') progress = await this.#begin(signal);
      else progress = present(await engine.run('stateImport'), 'the import under way');
    }
    const { number, hash } = progress.target;
    logger.info({ number, hash: toHex(hash) }, 'took the state of a final block from peers');
  }

  #report({ target, entries }: StateImportProgress): void {
    const { timers, logger } = this.#init;
    if (timers.nowMs() < this.#reportedMs + reportMs) return;
    this.#reportedMs = timers.nowMs();
    logger.info({ number: target.number, entries }, 'taking the state of a final block from peers');
  }

  async #begin(signal: AbortSignal): Promise<StateImportProgress> {
    const { engine, keepsHistory } = this.#init;
    for (;;) {
      const peer = await this.#nextPeer(signal);
      const begun = await this.#trying(peer, signal, async () => {
        const proofs = await this.#proofsOf(peer, signal);
        return proofs.length === 0 ? undefined : engine.run('beginStateImport', proofs, keepsHistory);
      });
      if (begun !== undefined) return begun;
      await pause(this.#init.timers, noPeerPauseMs, signal);
    }
  }

  /** From the genesis to the last final block of the peer; none where the peer is at the genesis, or lacks a part. */
  async #proofsOf(peer: PeerId, signal: AbortSignal): Promise<Uint8Array[]> {
    const proofs: Uint8Array[] = [];
    let setId = 0n;
    let size = 0;
    while (proofs.length < maxProofs && size < maxProofBytesOfPeer) {
      const request = proofRequest.encode({ set_id: setId });
      const encoded = await this.#init.host.request(peer, proofsProtocol, request, signal);
      const part = decoded({ decode: partOf }, encoded);
      if (part === undefined) {
        this.#init.host.report(peer, 'malformed');
        return [];
      }
      if (part.links === 0) return proofs;
      proofs.push(encoded);
      size += encoded.length;
      if (part.changes < part.links) return proofs;
      setId += BigInt(part.changes);
    }
    return proofs;
  }

  /** `gone`: no peer has the state any more. A peer whose answer was lost, or came too late, is asked again: what was fetched is kept. */
  async #fetchRange({ target, after }: StateImportProgress, signal: AbortSignal): Promise<'more' | 'whole' | 'gone'> {
    const { host, engine, timers } = this.#init;
    const request = stateRequest.encode({ hash: target.hash, after });
    const failures = new Map<PeerId, number>();
    const hasFailed = (peer: PeerId) => (failures.get(peer) ?? 0) >= maxFailures;
    for (;;) {
      const peer = await this.#nextPeer(signal);
      const outcome = await this.#trying(peer, signal, async () => {
        const items = decoded(stateResponse, await host.request(peer, statesProtocol, request, signal));
        if (items === undefined) host.report(peer, 'malformed');
        if (items === undefined || items.length === 0) return 'none' as const;
        return (await engine.run('addStateRange', items)) ? ('whole' as const) : ('more' as const);
      });
      if (outcome === 'whole' || outcome === 'more') return outcome;
      failures.set(peer, outcome === 'none' ? maxFailures : (failures.get(peer) ?? 0) + 1);
      const peers = host.peers();
      if (peers.length > 0 && peers.every((each) => hasFailed(each.peer))) return 'gone';
      await pause(timers, noPeerPauseMs, signal);
    }
  }

  async #nextPeer(signal: AbortSignal): Promise<PeerId> {
    const { host, timers } = this.#init;
    for (;;) {
      signal.throwIfAborted();
      const peers = host.peers();
      if (peers.length > 0) return elementAt(peers, this.#turn++ % peers.length).peer;
      await pause(timers, noPeerPauseMs, signal);
    }
  }

  /** Undefined where the network or the peer is to blame. */
  async #trying<T>(peer: PeerId, signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    const { host, logger } = this.#init;
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !isCessError(error)) throw error;
      const isHostile = hostile.has(error.code);
      if (!isHostile && !error.code.startsWith('NETWORK_')) throw error;
      if (isHostile) host.report(peer, 'hostile');
      logger.debug({ peer, reason: error.message }, 'a peer gave no state');
      return undefined;
    }
  }
}

/** What a part of a proof says of itself, before it is checked. Throws `SCALE_*` also for headers whose announcements do not decode. */
function partOf(encoded: Uint8Array): { readonly links: number; readonly changes: number } {
  const { links } = finalityProofCodec.decode(encoded);
  return { links: links.length, changes: links.filter(({ header }) => announcesSet(header)).length };
}
