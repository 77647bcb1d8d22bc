// Keeps this node connected (CHAIN-3): while it has fewer peers than it wants, it dials its bootstrap addresses and those of former
// peers, and walks through the DHT to random keys. So a node that knows one address gets to know the others, and finds back after an
// outage, after a cut that left it some peers (the DHT of one side does not name the other), and after a restart without its bootstrap
// addresses.
import { BackgroundLoop, type BackgroundPorts, isAbort, messageOf } from '@cess/primitives';
import type { PeerId as Libp2pPeerId } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { NetworkNode } from './libp2p-node.js';

/** Keeps addresses of peers over restarts. */
export interface KnownPeers {
  load(): readonly string[];
  /** Addresses with `/p2p/<peer id>` that this node has dialled, the last first. */
  save(addresses: readonly string[]): void;
}

export interface ConnectivityOptions extends BackgroundPorts {
  readonly node: NetworkNode;
  readonly bootstrap: readonly Multiaddr[];
  /** Addresses of peers of an earlier run, the last first. */
  readonly known: readonly Multiaddr[];
  readonly knownPeers?: KnownPeers;
  readonly targetPeers: number;
  readonly dialTimeoutMs: number;
}

const leastPauseMs = 1000;
const mostPauseMs = 20_000;
const walkTimeoutMs = 20_000;
const dialsPerRun = 8;
export const maxKnownPeers = 32;

export class Connectivity {
  readonly #loop: BackgroundLoop;
  /** Doubles with every run that gains no peer. */
  #pauseMs = leastPauseMs;
  /** By peer, the one that was connected last at the end. */
  readonly #known = new Map<string, Multiaddr>();
  /** Of the addresses that are dialled, so that each has its turn. */
  #nextDial = 0;
  /** As it was saved last, sorted. */
  #saved = '';

  constructor(private readonly options: ConnectivityOptions) {
    const { node, known } = options;
    for (const address of known.slice(0, maxKnownPeers).toReversed()) this.#remember(address);
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
    if (before < targetPeers) await this.#dialAll(this.#missing(), signal);
    if (node.getPeers().length > 0 && node.getPeers().length < targetPeers) await this.#walk(signal);
    this.#save();
    const hasGained = node.getPeers().length > before;
    this.#pauseMs = hasGained ? leastPauseMs : Math.min(mostPauseMs, this.#pauseMs * 2);
  }

  /** Bootstrap addresses and those of former peers that are not connected: all without a peer, else some in turn. */
  #missing(): readonly Multiaddr[] {
    const { node, bootstrap } = this.options;
    const connected = new Set(node.getPeers().map(String));
    const missing = [...bootstrap, ...this.#known.values()].filter((address) => !connected.has(peerOf(address)));
    if (connected.size === 0) return missing;
    const from = this.#nextDial % Math.max(1, missing.length);
    this.#nextDial = from + dialsPerRun;
    return [...missing.slice(from), ...missing.slice(0, from)].slice(0, dialsPerRun);
  }

  #remember(address: Multiaddr): void {
    const peer = peerOf(address);
    this.#known.delete(peer);
    this.#known.set(peer, address);
    for (const [oldest] of this.#known) if (this.#known.size > maxKnownPeers) this.#known.delete(oldest);
  }

  /** Only addresses that this node dialled itself: those of inbound connections say nothing about where a peer listens. */
  #save(): void {
    const { node, knownPeers, logger } = this.options;
    const outbound = node
      .getConnections()
      .filter(({ direction, limits }) => direction === 'outbound' && limits === undefined);
    for (const { remoteAddr, remotePeer } of outbound) this.#remember(addressOf(remoteAddr, remotePeer));
    const addresses = [...this.#known.values()].map(String).reverse();
    const text = addresses.toSorted().join('\n');
    if (knownPeers === undefined || text === this.#saved) return;
    this.#saved = text;
    try {
      knownPeers.save(addresses);
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

function addressOf(address: Multiaddr, peer: Libp2pPeerId): Multiaddr {
  return peerOf(address) === '' ? address.encapsulate(`/p2p/${peer.toString()}`) : address;
}

/** Peer id at the end of an address; empty without one. */
function peerOf(address: Multiaddr): string {
  const last = address.getComponents().at(-1);
  return last?.name === 'p2p' ? (last.value ?? '') : '';
}
