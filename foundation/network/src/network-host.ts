// The peer-to-peer host: identity, connections, requests, gossip and capability records of one node in one network (CHAIN-3; ADR 79).
// It knows nothing of what is sent.
import './node-20-polyfill.js';
import './errors.js';
import { createEd25519Signer, type Ed25519Signer } from '@cess/crypto';
import { type BackgroundPorts, CessError, fromUtf8, isCessError, runCleanups } from '@cess/primitives';
import type { Connection } from '@libp2p/interface';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { BoundedDatastore } from './bounded-datastore.js';
import { type CapabilityDirectory, DhtCapabilityDirectory } from './capability-directory.js';
import { invalidRecord, statedSequence, verifyCapabilityRecord } from './capability-record.js';
import { ConnectionGuard, isRelayed } from './connection-guard.js';
import { Connectivity, type KnownPeers, maxKnownPeers } from './connectivity.js';
import { Gossip, type GossipSubscription, type GossipTopic } from './gossip.js';
import { createNetworkNode, type NetworkNode } from './libp2p-node.js';
import { defaultNetworkLimits, type NetworkLimits } from './limits.js';
import { Membership } from './membership.js';
import { declareNetworkMetrics, type NetworkMetrics } from './network-metrics.js';
import { NetworkNames } from './network-names.js';
import { keyOfPeerId, type PeerId, peerIdOfKey, peerIdText } from './peer-id.js';
import { type Offence, PeerReputation } from './peer-reputation.js';
import { RequestClient } from './request-client.js';
import type { RequestHandler, RequestProtocol } from './request-protocol.js';
import { RequestServer } from './request-server.js';

export interface NetworkHostOptions extends BackgroundPorts {
  /** 32-byte Ed25519 seed of the node key. */
  readonly seed: Uint8Array;
  /** Hash of the genesis block: 32 bytes. */
  readonly genesis: Uint8Array;
  /** Multiaddresses such as `/ip4/0.0.0.0/tcp/30333`; behind a NAT also `<address of a relay>/p2p-circuit`. */
  readonly listen: readonly string[];
  /** Addresses to tell others in place of those that this node listens on. */
  readonly announce?: readonly string[];
  /** Addresses with `/p2p/<peer id>` that are dialled while there are no peers. One is enough. */
  readonly bootstrap: readonly string[];
  /** Keeps addresses of peers over restarts; they are dialled beside the bootstrap addresses. Default: nothing is kept. */
  readonly knownPeers?: KnownPeers;
  /** Whether to relay connections for nodes behind a NAT. Default false. */
  readonly isRelay?: boolean;
  /** Whether to store and serve records of the DHT. Default `auto`: as soon as this node has a public address. */
  readonly dht?: 'server' | 'client' | 'auto';
  /** Whether to look for peers in the local network by multicast DNS. Default false. */
  readonly usesMdns?: boolean;
  /** Whether the DHT uses private and loopback addresses: for networks within one site. Default false. */
  readonly usesPrivateAddresses?: boolean;
  readonly limits?: Partial<NetworkLimits>;
  /** How long a capability record is in force. Default 6 hours, at most 24. */
  readonly recordLifetimeMs?: number;
}

export interface ConnectedPeer {
  readonly peer: PeerId;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  /** Through a relay: slower, and cut off after its limit of bytes or time. */
  readonly isRelayed: boolean;
  /** Points of its offences that are left; at 100 it is banned. */
  readonly penalty: number;
}

export interface NetworkHost {
  readonly peerId: PeerId;
  /** Addresses that others can dial, with `/p2p/<peer id>`. Relayed ones appear once the relay has agreed. */
  addresses(): readonly string[];
  /** One entry for each peer. */
  peers(): readonly ConnectedPeer[];
  /** Dials an address with `/p2p/<peer id>`. Throws `NETWORK_ADDRESS_MALFORMED`, `NETWORK_PEER_UNREACHABLE`. */
  connect(address: string, signal?: AbortSignal): Promise<PeerId>;
  /** Serves a request protocol. The result ends the service. */
  handle(protocol: RequestProtocol, handler: RequestHandler): Promise<() => Promise<void>>;
  /**
   * Sends a request and resolves with the response. A peer without a connection is found by the DHT and dialled. Throws
   * `NETWORK_REQUEST_TIMEOUT`, `NETWORK_PEER_UNREACHABLE`, `NETWORK_BUSY` (another attempt can succeed);
   * `NETWORK_PROTOCOL_UNSUPPORTED`, `NETWORK_REQUEST_REFUSED`, `NETWORK_MESSAGE_TOO_LARGE`, `NETWORK_MESSAGE_MALFORMED`,
   * `NETWORK_PEER_BANNED`, `NETWORK_PEER_ID_MALFORMED`; `ABORTED` when the signal fires.
   */
  request(peer: PeerId, protocol: RequestProtocol, request: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
  /** Takes part in a gossip topic. The result ends it. */
  subscribe(subscription: GossipSubscription): () => void;
  /** Throws `NETWORK_MESSAGE_TOO_LARGE`. Resolves with the number of peers that got it directly. */
  publish(topic: GossipTopic, content: Uint8Array): Promise<number>;
  readonly records: CapabilityDirectory;
  /** For offences that only the user of the host can see, such as an invalid block. */
  report(peer: PeerId, offence: Offence): void;
  /** Ends all services and connections. Idempotent; nothing of the host runs afterwards. */
  stop(): Promise<void>;
}

const defaultRecordLifetimeMs = 6 * 3_600_000;

/** Starts a host. Throws `NETWORK_LISTEN`, `NETWORK_ADDRESS_MALFORMED`, `KEY_LENGTH`. */
export async function openNetworkHost(options: NetworkHostOptions): Promise<NetworkHost> {
  const bootstrap = options.bootstrap.map(dialable);
  for (const address of [...options.listen, ...(options.announce ?? [])]) parseAddress(address);
  const host = await Libp2pHost.create(options, bootstrap);
  await host.start();
  return host;
}

class Libp2pHost implements NetworkHost {
  readonly peerId: PeerId;
  readonly records: DhtCapabilityDirectory;
  readonly #node: NetworkNode;
  readonly #server: RequestServer;
  readonly #client: RequestClient;
  readonly #gossip: Gossip;
  readonly #reputation: PeerReputation;
  readonly #parts: { start?(): void; stop(): Promise<void> }[];
  #stopped: Promise<void> | undefined;

  /** A host that is not started. */
  static async create(options: NetworkHostOptions, bootstrap: readonly Multiaddr[]): Promise<Libp2pHost> {
    const limits = { ...defaultNetworkLimits, ...options.limits };
    const names = new NetworkNames(options.genesis);
    const { timers, logger } = options;
    const signer = createEd25519Signer(options.seed);
    const datastore = new BoundedDatastore({
      maxEntries: limits.maxStoredRecords,
      maxAnnouncements: limits.maxStoredAnnouncements,
      maxAnnouncementsPerKey: limits.maxAnnouncementsPerKey,
      sequenceOf: statedSequence,
    });
    const metrics = declareNetworkMetrics(options.metrics, {
      peers: () => node?.getPeers().length ?? 0,
      bans: () => reputation.banCount,
      storedRecords: () => datastore.recordCount,
    });
    let node: NetworkNode | undefined;
    const reputation = new PeerReputation({
      clock: timers,
      halfLifeMs: limits.penaltyHalfLifeMs,
      banMs: limits.banMs,
      capacity: limits.maxPenalties,
      onOffence: (offence) => metrics.offences.add(1, { offence }),
      onBan: (peer, offence) => {
        metrics.banned.add(1, { offence });
        logger.info({ peer, offence, banMs: limits.banMs }, 'peer banned');
        for (const connection of node?.getConnections() ?? []) {
          if (peerIdText(connection.remotePeer) === peer) connection.abort(new Error('the peer is banned'));
        }
      },
    });
    const onRefused = (reason: string) => metrics.refusedConnections.add(1, { reason });
    node = await createNetworkNode({
      seed: options.seed,
      names,
      listen: options.listen,
      announce: options.announce ?? [],
      limits,
      isRelay: options.isRelay ?? false,
      dht: options.dht ?? 'auto',
      usesMdns: options.usesMdns ?? false,
      usesPrivateAddresses: options.usesPrivateAddresses ?? false,
      datastore,
      gater: new ConnectionGuard({ limits, reputation, onRefused }),
      validateRecord: (key, value) => assertDhtRecord(names, key, value, timers.nowMs()),
      selectRecord: (_key, records) => indexOfNewest(records),
      scoreOf: (peer) => -reputation.penalty(peer as PeerId),
    });
    return new Libp2pHost({ options, bootstrap, limits, names, signer, datastore, metrics, reputation, node });
  }

  private constructor(init: HostParts) {
    const { options, bootstrap, limits, names, signer, datastore, metrics, reputation, node } = init;
    const { timers, logger } = options;
    this.peerId = peerIdOfKey(signer.publicKey);
    this.#node = node;
    this.#reputation = reputation;
    const shared = { node, names, limits, reputation, metrics, logger, timers };
    this.#server = new RequestServer({ ...shared, maxRequests: limits.maxRequests });
    this.#client = new RequestClient(shared);
    this.#gossip = new Gossip(shared);
    const recordLifetimeMs = options.recordLifetimeMs ?? defaultRecordLifetimeMs;
    this.records = new DhtCapabilityDirectory({ ...options, node, names, signer, datastore, recordLifetimeMs });
    const { targetPeers, dialTimeoutMs } = limits;
    const membership = new Membership({
      node,
      protocol: names.membership,
      timeoutMs: limits.identifyTimeoutMs,
      timers,
      onForeign: () => metrics.refusedConnections.add(1, { reason: 'network' }),
    });
    const known = options.knownPeers?.load().filter(isDialable).slice(0, maxKnownPeers).map(parseAddress) ?? [];
    const connectivity = new Connectivity({ ...options, node, bootstrap, known, targetPeers, dialTimeoutMs });
    this.#parts = [membership, connectivity, this.records, this.#server];
  }

  async start(): Promise<void> {
    try {
      await this.#node.start();
    } catch (error) {
      await this.#node.stop();
      const text = 'The peer-to-peer host cannot listen on its addresses.';
      throw new CessError('NETWORK_LISTEN', text, {}, { cause: error });
    }
    for (const part of this.#parts) part.start?.();
  }

  addresses(): readonly string[] {
    return this.#node.getMultiaddrs().map(String);
  }

  peers(): readonly ConnectedPeer[] {
    const byPeer = new Map<PeerId, ConnectedPeer>();
    for (const connection of this.#node.getConnections()) {
      const entry = this.#describe(connection);
      if (byPeer.get(entry.peer)?.isRelayed !== false) byPeer.set(entry.peer, entry);
    }
    return [...byPeer.values()];
  }

  async connect(address: string, signal?: AbortSignal): Promise<PeerId> {
    const target = dialable(address);
    try {
      const connection = await this.#node.dial(target, signal === undefined ? {} : { signal });
      return peerIdText(connection.remotePeer);
    } catch (error) {
      const peer = target.getComponents().findLast(({ name }) => name === 'p2p')?.value ?? '';
      const text = `The address ${address} cannot be reached.`;
      throw new CessError('NETWORK_PEER_UNREACHABLE', text, { peer, protocol: 'connect' }, { cause: error });
    }
  }

  handle(protocol: RequestProtocol, handler: RequestHandler): Promise<() => Promise<void>> {
    return this.#server.handle(protocol, handler);
  }

  request(peer: PeerId, protocol: RequestProtocol, request: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#client.request(peer, protocol, request, signal);
  }

  subscribe(subscription: GossipSubscription): () => void {
    return this.#gossip.subscribe(subscription);
  }

  publish(topic: GossipTopic, content: Uint8Array): Promise<number> {
    return this.#gossip.publish(topic, content);
  }

  report(peer: PeerId, offence: Offence): void {
    this.#reputation.report(peer, offence);
  }

  stop(): Promise<void> {
    const cleanups = [() => this.#node.stop(), ...this.#parts.map((part) => () => part.stop())];
    this.#stopped ??= runCleanups(cleanups);
    return this.#stopped;
  }

  #describe(connection: Connection): ConnectedPeer {
    const peer = peerIdText(connection.remotePeer);
    return {
      peer,
      address: connection.remoteAddr.toString(),
      direction: connection.direction,
      isRelayed: isRelayed(connection.remoteAddr),
      penalty: this.#reputation.penalty(peer),
    };
  }
}

interface HostParts {
  readonly options: NetworkHostOptions;
  readonly bootstrap: readonly Multiaddr[];
  readonly limits: NetworkLimits;
  readonly names: NetworkNames;
  readonly signer: Ed25519Signer;
  readonly datastore: BoundedDatastore;
  readonly metrics: NetworkMetrics;
  readonly reputation: PeerReputation;
  readonly node: NetworkNode;
}

function parseAddress(address: string): Multiaddr {
  try {
    return multiaddr(address);
  } catch (error) {
    throw malformedAddress(address, error);
  }
}

/** An address that ends in the peer id of an Ed25519 key. */
function dialable(address: string): Multiaddr {
  const parsed = parseAddress(address);
  const last = parsed.getComponents().at(-1);
  if (last?.name !== 'p2p' || last.value === undefined) throw malformedAddress(address);
  keyOfPeerId(last.value);
  return parsed;
}

function isDialable(address: string): boolean {
  try {
    return dialable(address) !== undefined;
  } catch (error) {
    if (isCessError(error, 'NETWORK_ADDRESS_MALFORMED', 'NETWORK_PEER_ID_MALFORMED')) return false;
    throw error;
  }
}

function malformedAddress(address: string, cause?: unknown): CessError<'NETWORK_ADDRESS_MALFORMED'> {
  const shown = address.slice(0, 200);
  const text = `"${shown}" is not a multiaddress that can be used; those to dial end in /p2p/<peer id>.`;
  return new CessError('NETWORK_ADDRESS_MALFORMED', text, { address: shown }, { cause });
}

/** Throws unless the value is a record in force of the node that the key names. */
function assertDhtRecord(names: NetworkNames, key: Uint8Array, value: Uint8Array, nowMs: number): void {
  const result = verifyCapabilityRecord(value, { genesis: names.genesis, nowMs });
  if (!result.ok) throw invalidRecord(result.error);
  if (textOf(key) !== names.record(result.value.key)) throw invalidRecord('key');
}

function textOf(key: Uint8Array): string | undefined {
  try {
    return fromUtf8(key);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function indexOfNewest(records: readonly Uint8Array[]): number {
  const sequences = records.map((record) => statedSequence(record) ?? -1n);
  const newest = sequences.reduce((a, b) => (a > b ? a : b), -1n);
  return Math.max(0, sequences.indexOf(newest));
}
