// A process that talks over two hosts, stops them, and must then end by itself. Node ends it with code 13 or never if it does not.
import type { RequestProtocol } from '../request-protocol.js';
import { addressOf, TestNetwork } from './hosts.js';

const protocol: RequestProtocol = {
  name: 'echo',
  version: 1,
  maxRequestBytes: 100,
  maxResponseBytes: 100,
  timeoutMs: 60_000,
  maxConcurrentPerPeer: 1,
};
const network = new TestNetwork();
const server = await network.host(1, { isRelay: true });
await server.handle(protocol, async (request) => request);
const client = await network.host(2, { bootstrap: [addressOf(server)] });
await client.connect(addressOf(server));
await client.request(server.peerId, protocol, Uint8Array.of(1));
client.subscribe({
  topic: { name: 'news', version: 1, maxMessageBytes: 10, maxPerSecondPerPeer: 1 },
  validate: () => 'accept',
  handle: () => {},
});
await network.stop();
await network.stop();
