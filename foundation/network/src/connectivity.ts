// Keeps this node connected (CHAIN-3): dials bootstrap addresses while it has no peers, and walks through the DHT to random
// keys while it has fewer than it wants. So a node that knows one address gets to know the others, and finds back after an
// outage of all of them, and after a restart without its bootstrap addresses.
import { BackgroundLoop, type BackgroundPorts, isAbort, messageOf } from '@cess/primitives';
import type { PeerId as Libp2pPeerId } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { NetworkNode } from './libp2p-node.js';

/** Keeps addresses of peers over restarts. */
export interface KnownPeers {
  load(): readonly string[];
  /** Addresses with `/p2p/<peer id>` that this node has dialled. */
  save(addresses: readonly string[]): void;
}

export interface ConnectivityOptions extends BackgroundPorts {
  readonly node: NetworkNode;
  readonly bootstrap: readonly Multiaddr[];
  /** Addresses of peers of an earlier run. */
  readonly known: readonly Multiaddr[];
  readonly knownPeers?: KnownPeers;
  readonly targetPeers: number;
  readonly dialTimeoutMs: number;
}

const leastPauseMs = 1000;
const mostPauseMs = 60_000;
const walkTimeoutMs = 20_000;
const dialsPerRun = 8;
export const maxKnownPeers = 32;

export class Connectivity {
  readonly #loop: BackgroundLoop;
  /** Doubles with every run that gains no peer. */
  #pauseMs = leastPauseMs;
  /** As it was saved last. */
  #saved = '';

  constructor(private readonly options: ConnectivityOptions) {
    const { node } = options;
    this.#loop = new BackgroundLoop({
      ...options,
      name: 'connectivity',
      task: (signal) => this.#run(signal),
      periodMs: () => this.#pauseMs,
    });
    node.addEventListener('peer:disconnect', () => this.#quicken());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  #quicken(): void {
    const { node, targetPeers } = this.options;
    const peers = node.getPeers().length;
    if (peers >= targetPeers) return;
    this.#pauseMs = leastPauseMs;
    if (peers === 0) this.#loop.trigger();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { node, targetPeers } = this.options;
    const before = node.getPeers().length;
    if (before === 0) await this.#dialAll([...this.options.bootstrap, ...this.options.known], signal);
    if (node.getPeers().length > 0 && node.getPeers().length < targetPeers) await this.#walk(signal);
    this.#save();
    const hasGained = node.getPeers().length > before;
    this.#pauseMs = hasGained ? leastPauseMs : Math.min(mostPauseMs, this.#pauseMs * 2);
  }

  /** Only addresses that this node dialled itself: those of inbound connections say nothing about where a peer listens. */
  #save(): void {
    const { node, knownPeers, logger } = this.options;
    if (knownPeers === undefined) return;
    const outbound = node
      .getConnections()
      .filter(({ direction, limits }) => direction === 'outbound' && limits === undefined);
    const addresses = [...new Set(outbound.map(({ remoteAddr, remotePeer }) => addressOf(remoteAddr, remotePeer)))];
    const text = addresses.sort().slice(0, maxKnownPeers).join('\n');
    // A node without peers keeps what it knew.
    if (text === '' || text === this.#saved) return;
    this.#saved = text;
    try {
      knownPeers.save(text.split('\n'));
    } catch (error) {
      logger.warn({ cause: messageOf(error) }, 'failed to save the known peers');
    }
  }

  async #walk(signal: AbortSignal): Promise<void> {
    const { node, rng, targetPeers } = this.options;
    const until = AbortSignal.any([signal, AbortSignal.timeout(walkTimeoutMs)]);
    const found: Libp2pPeerId[] = [];
    await this.#try('random walk', signal, async () => {
      for await (const event of node.services.dht.getClosestPeers(rng.bytes(32), { signal: until })) {
        if (event.name === 'FINAL_PEER') found.push(event.peer.id);
      }
    });
    const connected = new Set(node.getPeers().map(String));
    const wanted = found.filter((peer) => !peer.equals(node.peerId) && !connected.has(peer.toString()));
    await this.#dialAll(wanted.slice(0, Math.min(dialsPerRun, targetPeers - connected.size)), signal);
  }

  async #dialAll(targets: readonly (Multiaddr | Libp2pPeerId)[], signal: AbortSignal): Promise<void> {
    const { node, dialTimeoutMs } = this.options;
    await Promise.all(
      targets.map((target) =>
        this.#try('dial', signal, () =>
          node.dial(target, { signal: AbortSignal.any([signal, AbortSignal.timeout(dialTimeoutMs)]) }),
        ),
      ),
    );
  }

  /** Peers that cannot be reached are normal. */
  async #try(what: string, signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (signal.aborted && isAbort(error)) return;
      this.options.logger.debug({ what, cause: messageOf(error) }, 'no peer gained');
    }
  }
}

function addressOf(address: Multiaddr, peer: Libp2pPeerId): string {
  const text = address.toString();
  return text.includes('/p2p/') ? text : `${text}/p2p/${peer.toString()}`;
}
