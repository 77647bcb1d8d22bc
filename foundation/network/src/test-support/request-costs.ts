// npm run bench -- network: CPU time of a request over a kept stream, in relation to opening a stream for it. Client and server together,
// measured in turn.

import { FrameStream } from '../frame-stream.js';
import { encodeFrame } from '../frames.js';
import type { RequestProtocol } from '../index.js';
import { addressOf, TestNetwork } from './hosts.js';

const rounds = 5;
const calls = 400;
const mostRatio = 0.5;
const body = new Uint8Array(200);
const echo: RequestProtocol = {
  name: 'echo',
  version: 1,
  maxRequestBytes: 1000,
  maxResponseBytes: 1000,
  timeoutMs: 30_000,
  maxConcurrentPerPeer: 4,
};

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call++) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / calls;
}

const network = new TestNetwork();
const [server, client] = [await network.host(1), await network.host(2)];
await client.connect(addressOf(server));
await server.handle(echo, async (request) => request);
const [serving, asking] = [await network.hostile(3), await network.hostile(4)];
await serving.handle('/echo/1', async (stream) => {
  stream.send(encodeFrame(await new FrameStream(stream).read(1000)));
  await stream.close();
});
const [address] = serving.getMultiaddrs();
if (address === undefined) throw new Error('the node listens nowhere');

const works = [
  () => client.request(server.peerId, echo, body),
  async () => {
    const stream = await asking.dialProtocol(address, '/echo/1');
    stream.send(encodeFrame(body));
    await stream.close();
    return new FrameStream(stream).read(1000);
  },
];
const spent: number[][] = works.map(() => []);
for (let round = 0; round <= rounds; round++) {
  for (const [index, work] of works.entries()) {
    const ms = await cpuMs(work);
    // The first round warms up.
    if (round > 0) spent[index]?.push(ms);
  }
}
const [keptMs = 0, openedMs = 0] = spent.map((values) => values.sort((a, b) => a - b)[rounds >> 1] ?? 0);
const ratio = keptMs / openedMs;
const row = { keptMs, openedMs, ratio, mostRatio };
console.log(
  `request over a kept stream ${keptMs.toFixed(2)} CPU-ms, stream for one message each way ${openedMs.toFixed(2)}`,
);
console.log(`ratio ${ratio.toFixed(2)} (target: at most ${mostRatio})`);
console.log(JSON.stringify(row));
await network.stop();
process.exit(ratio <= mostRatio ? 0 : 1);
