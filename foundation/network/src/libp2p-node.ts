// The libp2p node behind a host: which of its parts run, and with which settings. Nothing else configures libp2p.
import './node-20-polyfill.js';
import { sha256 } from '@cess/crypto';
import { concatBytes, utf8 } from '@cess/primitives';
import { autoNAT } from '@libp2p/autonat';
import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { dcutr } from '@libp2p/dcutr';
import { type GossipSub, gossipsub, type Message, StrictNoSign } from '@libp2p/gossipsub';
import { type Identify, identify } from '@libp2p/identify';
import type { ConnectionGater, Libp2p } from '@libp2p/interface';
import { type KadDHT, kadDHT, passthroughMapper, removePrivateAddressesMapper, type ValidateFn } from '@libp2p/kad-dht';
import { mdns } from '@libp2p/mdns';
import { type Ping, ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { tls } from '@libp2p/tls';
import { yamux } from '@libp2p/yamux';
import type { Datastore } from 'interface-datastore';
import { createLibp2p } from 'libp2p';
import type { NetworkLimits } from './limits.js';
import { type NetworkNames, recordNamespace } from './network-names.js';
import { boundSeenMessages } from './seen-messages.js';

interface NetworkServices extends Record<string, unknown> {
  readonly dht: KadDHT;
  readonly gossip: GossipSub;
  readonly identify: Identify;
  readonly ping: Ping;
}

export type NetworkNode = Libp2p<NetworkServices>;

export interface NetworkNodeOptions {
  /** Ed25519 seed. */
  readonly seed: Uint8Array;
  readonly names: NetworkNames;
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  readonly limits: NetworkLimits;
  readonly isRelay: boolean;
  readonly dht: 'server' | 'client' | 'auto';
  readonly usesMdns: boolean;
  readonly usesPrivateAddresses: boolean;
  readonly datastore: Datastore;
  readonly gater: ConnectionGater;
  /** Throws for a record that must not be stored or used. */
  readonly validateRecord: ValidateFn;
  /** Index of the best of several valid records. */
  readonly selectRecord: (key: Uint8Array, records: Uint8Array[]) => number;
  /** Score of a peer for the gossip router: 0, or negative for its offences. */
  readonly scoreOf: (peer: string) => number;
}

/** Time that a peer has to answer a ping; one is sent every ten seconds. */
const pingTimeoutMs = 20_000;

/** A node that is not started. */
export async function createNetworkNode(options: NetworkNodeOptions): Promise<NetworkNode> {
  const { limits, names } = options;
  const relayServer = circuitRelayServer({ reservations: { maxReservations: limits.maxRelayReservations } });
  const node = await createLibp2p<NetworkServices>({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', options.seed),
    nodeInfo: { name: 'cess', version: '1', userAgent: 'cess/1' },
    addresses: { listen: [...options.listen], announce: [...options.announce] },
    transports: [tcp(), circuitRelayTransport()],
    connectionEncrypters: [tls()],
    streamMuxers: [yamux()],
    peerDiscovery: options.usesMdns ? [mdns({ serviceTag: names.mdns })] : [],
    connectionGater: options.gater,
    connectionManager: {
      maxConnections: limits.maxConnections,
      inboundConnectionThreshold: limits.isPrivateExempt ? limits.maxConnections : limits.maxNewConnectionsPerSecond,
      maxIncomingPendingConnections: Math.max(10, limits.maxConnections >> 3),
      dialTimeout: limits.dialTimeoutMs,
    },
    // A peer that computes for seconds is not gone. Closing its connections would cost it the handshakes of new ones on top.
    connectionMonitor: { pingTimeout: { minTimeout: pingTimeoutMs } },
    datastore: options.datastore,
    services: {
      identify: identify(),
      // The monitor of connections and the DHT ping at the same time; with the default of one stream, one of them fails, and
      // the monitor closes the connection.
      ping: ping({ maxInboundStreams: 16, maxOutboundStreams: 16 }),
      autonat: autoNAT(),
      dcutr: dcutr(),
      dht: kadDHT(dhtSettings(options)),
      gossip: gossipsub(gossipSettings(options)),
      ...(options.isRelay ? { relay: relayServer } : {}),
    },
  });
  boundSeenMessages(node.services.gossip, limits.maxSeenMessages);
  await node.handle(names.membership, (stream) => stream.abort(new Error('this protocol has no messages')));
  return node;
}

function dhtSettings({ names, dht, usesPrivateAddresses, validateRecord, selectRecord }: NetworkNodeOptions) {
  return {
    protocol: names.dht,
    ...(dht === 'auto' ? {} : { clientMode: dht === 'client' }),
    peerInfoMapper: usesPrivateAddresses ? passthroughMapper : removePrivateAddressesMapper,
    validators: { [recordNamespace]: validateRecord },
    selectors: { [recordNamespace]: selectRecord },
    // The first node of a network has nobody to ask.
    allowQueryWithZeroPeers: true,
  };
}

function gossipSettings({ limits, scoreOf }: NetworkNodeOptions) {
  return {
    fallbackToFloodsub: false,
    // Blocks, votes and transactions carry signatures of their own; a second one would only cost time.
    globalSignaturePolicy: StrictNoSign as typeof StrictNoSign,
    msgIdFn: ({ topic, data }: Message) => sha256(concatBytes(utf8(`${topic.length}:${topic}`), data)),
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    runOnLimitedConnection: false,
    maxInboundDataLength: limits.maxGossipBytes + 4096,
    maxOutboundBufferSize: 4 * limits.maxGossipBytes,
    maxTopicBytesPerPeer: 65_536,
    decodeRpcLimits: {
      maxSubscriptions: 64,
      maxMessages: 256,
      maxIhaveMessageIDs: 5000,
      maxIwantMessageIDs: 5000,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 64,
      maxPeerInfos: 0,
    },
    scoreParams: { appSpecificScore: scoreOf, appSpecificWeight: 1, IPColocationFactorWeight: 0 },
    scoreThresholds: { gossipThreshold: -25, publishThreshold: -50, graylistThreshold: -75 },
  };
}
