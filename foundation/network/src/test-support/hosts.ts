// Hosts on loopback for tests.
import { noMetrics, silentLogger, systemTimers, throwFatal, webRng } from '@cess/primitives';
import { BoundedDatastore } from '../bounded-datastore.js';
import { statedSequence } from '../capability-record.js';
import { defaultNetworkLimits, type NetworkHost, type NetworkHostOptions, openNetworkHost } from '../index.js';
import { createNetworkNode, type NetworkNode } from '../libp2p-node.js';
import { NetworkNames } from '../network-names.js';

export const genesis = new Uint8Array(32).fill(7);
const loopback = '/ip4/127.0.0.1/tcp/0';

const ports = {
  timers: systemTimers,
  rng: webRng,
  logger: silentLogger,
  metrics: noMetrics,
  onFatal: throwFatal,
};

export function seedOf(number: number): Uint8Array {
  const seed = new Uint8Array(32).fill(1);
  new DataView(seed.buffer).setUint32(0, number);
  return seed;
}

/** Stops everything that it opened. */
export class TestNetwork {
  readonly #opened: { stop(): unknown }[] = [];

  async host(number: number, options: Partial<NetworkHostOptions> = {}): Promise<NetworkHost> {
    const host = await openNetworkHost({
      ...ports,
      seed: seedOf(number),
      genesis,
      listen: [loopback],
      bootstrap: [],
      dht: 'server',
      usesPrivateAddresses: true,
      ...options,
      limits: { isPrivateExempt: true, ...options.limits },
    });
    this.#opened.push(host);
    return host;
  }

  /** A node that speaks the protocols of the network and does with them what the test says. */
  async hostile(number: number, options: { readonly genesis?: Uint8Array } = {}): Promise<NetworkNode> {
    const limits = { ...defaultNetworkLimits, isPrivateExempt: true };
    const node = await createNetworkNode({
      seed: seedOf(number),
      names: new NetworkNames(options.genesis ?? genesis),
      listen: [loopback],
      announce: [],
      limits,
      isRelay: false,
      dht: 'server',
      usesMdns: false,
      usesPrivateAddresses: true,
      datastore: new BoundedDatastore({
        maxEntries: 100,
        maxAnnouncements: 100,
        maxAnnouncementsPerKey: 100,
        sequenceOf: statedSequence,
      }),
      gater: {},
      validateRecord: () => {},
      selectRecord: () => 0,
      scoreOf: () => 0,
    });
    await node.start();
    this.#opened.push(node);
    return node;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((opened) => opened.stop()));
  }
}

/** An address of the host to dial. */
export function addressOf(host: { addresses(): readonly string[] }): string {
  const [address] = host.addresses();
  if (address === undefined) throw new Error('the host has no address');
  return address;
}
