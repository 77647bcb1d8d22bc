// The peer-to-peer network of a simulation: the port of the host (@cess/network) over virtual links. Gossip goes to all peers of its
// publisher at once; who has accepted a message offers it to some peers in its next heartbeats. Bans are those of the real host.
import type {
  CapabilityDirectory,
  ConnectedPeer,
  GossipSubscription,
  GossipTopic,
  GossipVerdict,
  NetworkHost,
  Offence,
  PeerId,
  RequestHandler,
  RequestProtocol,
} from '@cess/network';
import { PeerReputation } from '@cess/network/reputation';
import { aborted, CessError } from '@cess/primitives';
import { type LinkQuality, Links } from './links.js';
import type { Random } from './random.js';
import type { Schedule } from './schedule.js';
import { keyText } from './sorted-store.js';
import type { Trace } from './trace.js';

const heartbeatMs = 1_000;
/** Heartbeats in which a message is offered, and peers of each. */
const offeredHeartbeats = 3;
const offeredPeers = 3;
/** Gossip drops what it has seen within one or two of these. */
const seenMs = 60_000;
/** As defaultNetworkLimits of @cess/network has them. */
const penaltyHalfLifeMs = 600_000;
const banMs = 3_600_000;
const maxPenalties = 1_000;

interface NetworkEvents {
  /** A node blames a peer. */
  readonly onReport: (node: number, peer: number, offence: Offence) => void;
}

const peerIds: PeerId[] = [];

function peerIdOf(node: number): PeerId {
  peerIds[node] ??= `node-${node}` as PeerId;
  return peerIds[node];
}

function nodeOf(peer: PeerId): number {
  return Number(peer.slice('node-'.length));
}

export interface SimNetworkInit {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly trace: Trace;
  readonly events: NetworkEvents;
  readonly quality: LinkQuality;
}

export class SimNetwork {
  readonly links: Links;
  readonly hosts = new Map<number, SimHost>();
  /** Peers that have no connection with each other, whatever the links are. */
  isStranger: (a: number, b: number) => boolean = () => false;
  messages = 0;
  readonly #gossipIds = new Map<string, number>();

  constructor(readonly init: SimNetworkInit) {
    this.links = new Links(init.schedule, init.random, init.quality);
  }

  /** The host of a process that starts. */
  open(node: number): SimHost {
    const host = new SimHost(this, node);
    this.hosts.set(node, host);
    return host;
  }

  /** Equal contents have equal numbers. */
  gossipIdOf(content: Uint8Array): number {
    const key = keyText(content);
    const id = this.#gossipIds.get(key) ?? this.#gossipIds.size;
    if (id === this.#gossipIds.size) this.#gossipIds.set(key, id);
    return id;
  }

  /** The process has ended. */
  close(node: number): void {
    this.hosts.get(node)?.end();
    this.hosts.delete(node);
  }

  deliver(from: number, to: number, bytes: Uint8Array, receive: (host: SimHost) => void): void {
    const target = this.hosts.get(to);
    if (target === undefined) return;
    this.links.deliver(from, to, () => {
      if (!target.isRunning) return;
      const { trace, schedule } = this.init;
      this.messages++;
      trace.number(Math.floor(schedule.nowMs));
      trace.number(from * 256 + to);
      trace.bytes(bytes);
      receive(target);
    });
  }
}

interface Served {
  readonly handler: RequestHandler;
}

interface Accepted {
  readonly topic: GossipTopic;
  readonly id: number;
  readonly content: Uint8Array;
  heartbeats: number;
}

export class SimHost implements NetworkHost {
  readonly peerId: PeerId;
  isRunning = true;
  readonly #protocols = new Map<string, Served>();
  readonly #topics = new Map<string, GossipSubscription>();
  readonly #reputation: PeerReputation;
  #seen = new Set<number>();
  #seenBefore = new Set<number>();
  #rotatedMs = 0;
  #accepted: Accepted[] = [];

  constructor(
    private readonly network: SimNetwork,
    readonly node: number,
  ) {
    this.peerId = peerIdOf(node);
    const { schedule } = network.init;
    this.#reputation = new PeerReputation({
      clock: { nowMs: () => schedule.nowMs },
      ...{ halfLifeMs: penaltyHalfLifeMs, banMs, capacity: maxPenalties },
      onOffence: () => {},
      onBan: () => {},
    });
    this.#beat();
  }

  /** Nobody looks for records here. */
  readonly records: CapabilityDirectory = {
    publish: async () => {
      throw new Error('a simulated network has no records');
    },
    withdraw: async () => {},
    find: async () => undefined,
    list: async () => [],
  };

  addresses(): readonly string[] {
    return [];
  }

  peers(): readonly ConnectedPeer[] {
    return this.#peerNodes().map((node) => ({
      peer: peerIdOf(node),
      address: `/node/${node}`,
      direction: node < this.node ? 'inbound' : 'outbound',
      isRelayed: false,
      penalty: this.#reputation.penalty(peerIdOf(node)),
    }));
  }

  async connect(address: string): Promise<PeerId> {
    throw new CessError('NETWORK_ADDRESS_MALFORMED', 'A simulated network has no addresses.', { address });
  }

  async handle(protocol: RequestProtocol, handler: RequestHandler): Promise<() => Promise<void>> {
    const name = nameOf(protocol);
    this.#protocols.set(name, { handler });
    return async () => {
      this.#protocols.delete(name);
    };
  }

  request(peer: PeerId, protocol: RequestProtocol, request: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const to = nodeOf(peer);
    const { schedule } = this.network.init;
    const about = { peer, protocol: nameOf(protocol) };
    if (!this.isConnectedTo(to)) {
      return Promise.reject(new CessError('NETWORK_PEER_UNREACHABLE', 'The peer is not connected.', about));
    }
    // A host is never stopped in order here, so that nobody waits for the end of a request that is aborted.
    if (signal?.aborted) return Promise.reject(aborted());
    return new Promise((resolve, reject) => {
      let isOver = false;
      const cancel = schedule.after(protocol.timeoutMs, () => {
        isOver = true;
        if (!this.isRunning) return;
        const text = 'The peer did not answer in time.';
        reject(new CessError('NETWORK_REQUEST_TIMEOUT', text, { ...about, timeoutMs: protocol.timeoutMs }));
      });
      const answer = (bytes: Uint8Array) =>
        this.network.deliver(to, this.node, bytes, () => {
          cancel();
          resolve(bytes);
        });
      this.network.deliver(this.node, to, request, (host) => {
        // The stream was reset.
        if (isOver) return;
        host.#serve(this.node, protocol, request).then(answer, (error: unknown) => {
          this.network.deliver(to, this.node, noBytes, () => {
            cancel();
            const code = error === unsupported ? 'NETWORK_PROTOCOL_UNSUPPORTED' : 'NETWORK_REQUEST_REFUSED';
            reject(new CessError(code, 'The peer refused the request.', about));
          });
        });
      });
    });
  }

  async #serve(from: number, protocol: RequestProtocol, request: Uint8Array): Promise<Uint8Array> {
    const served = this.#protocols.get(nameOf(protocol));
    if (served === undefined || this.#isBanned(from)) throw unsupported;
    return served.handler(request, { peer: peerIdOf(from), signal: neverAborted });
  }

  subscribe(subscription: GossipSubscription): () => void {
    const name = nameOf(subscription.topic);
    this.#topics.set(name, subscription);
    return () => {
      this.#topics.delete(name);
    };
  }

  async publish(topic: GossipTopic, content: Uint8Array): Promise<number> {
    const id = this.network.gossipIdOf(content);
    if (this.#hasSeen(id)) throw new Error('the message was published before');
    this.#seen.add(id);
    const peers = this.#peerNodes();
    for (const to of peers) this.offer(to, topic, id, content);
    this.#accepted.push({ topic, id, content, heartbeats: 0 });
    return peers.length;
  }

  report(peer: PeerId, offence: Offence): void {
    const node = nodeOf(peer);
    this.network.init.events.onReport(this.node, node, offence);
    this.#reputation.report(peer, offence);
  }

  async stop(): Promise<void> {
    this.end();
  }

  end(): void {
    this.isRunning = false;
  }

  /** Runs something later, in virtual time. */
  after(ms: number, run: () => void): void {
    this.network.init.schedule.after(ms, run);
  }

  isConnectedTo(node: number): boolean {
    const { links, hosts, isStranger } = this.network;
    const other = hosts.get(node);
    if (other === undefined || node === this.node || isStranger(this.node, node)) return false;
    return links.isConnected(this.node, node) && !this.#isBanned(node) && !other.#isBanned(this.node);
  }

  /** Sends a gossip message to one peer. */
  offer(to: number, topic: GossipTopic, id: number, content: Uint8Array): void {
    this.network.deliver(this.node, to, content, (host) => {
      if (!host.#hasSeen(id)) void host.#take(this.node, topic, id, content);
    });
  }

  async #take(from: number, topic: GossipTopic, id: number, content: Uint8Array): Promise<void> {
    const subscription = this.#topics.get(nameOf(topic));
    if (subscription === undefined || this.#isBanned(from)) return;
    this.#seen.add(id);
    const message = { content, from: peerIdOf(from) };
    let verdict: GossipVerdict = 'ignore';
    try {
      verdict = await subscription.validate(message, neverAborted);
    } catch {
      // The real host logs it and ignores the message.
    }
    if (!this.isRunning) return;
    if (verdict === 'reject') this.report(peerIdOf(from), 'invalid-message');
    if (verdict !== 'accept') return;
    this.#accepted.push({ topic, id, content, heartbeats: 0 });
    subscription.handle(message);
  }

  /** Offers what was accepted lately to some peers that lack it. */
  #beat(): void {
    if (!this.isRunning) return;
    const { schedule, random } = this.network.init;
    schedule.after(heartbeatMs, () => this.#beat());
    if (schedule.nowMs >= this.#rotatedMs + seenMs) {
      this.#rotatedMs = schedule.nowMs;
      this.#seenBefore = this.#seen;
      this.#seen = new Set();
    }
    if (this.#accepted.length === 0) return;
    const peers = this.#peerNodes();
    for (const each of this.#accepted) {
      each.heartbeats++;
      for (let i = 0; i < Math.min(offeredPeers, peers.length); i++) {
        const to = random.pick(peers);
        const { links, hosts } = this.network;
        // The offer and the request for it, which go over the link as well, are not simulated.
        const peer = hosts.get(to);
        if (peer !== undefined && !peer.#hasSeen(each.id) && links.isOpen(to, this.node))
          this.offer(to, each.topic, each.id, each.content);
      }
    }
    this.#accepted = this.#accepted.filter(({ heartbeats }) => heartbeats < offeredHeartbeats);
  }

  #hasSeen(id: number): boolean {
    return this.#seen.has(id) || this.#seenBefore.has(id);
  }

  #isBanned(node: number): boolean {
    return this.#reputation.isBanned(peerIdOf(node));
  }

  #peerNodes(): number[] {
    return [...this.network.hosts.keys()].filter((node) => this.isConnectedTo(node)).sort((a, b) => a - b);
  }
}

const noBytes = new Uint8Array(0);
const unsupported = new Error('no such protocol');
const neverAborted = new AbortController().signal;

function nameOf({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${name}/${version}`;
}
