// What TLS between nodes costs: the same transfers between the client and the server that all roles share, with and without it, in turn.
// CPU time of both sides together, as one process runs them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createEd25519Signer } from '@cess/crypto';
import { NodeServer, ProviderClient, sendJson } from '@cess/node-api';
import { CessError, MiB, silentLogger } from '@cess/primitives';
import { identityOf, PinnedConnector } from '@cess/tls';
import { median, ownCpuSeconds } from './support/measure.js';
import { type Row, report } from './support/report.js';

const rounds = 7;
const signer = createEd25519Signer(new Uint8Array(32).fill(1));
const node = createEd25519Signer(new Uint8Array(32).fill(2));
const body = new Uint8Array(8 * MiB);
const listenError = (message: string) => new CessError('ABORTED', message);
const names = {
  ...{ name: 'server', portInUse: listenError, listen: listenError, statusOfCode: {} },
  ...{ busy: 'ABORTED' as const, internal: 'ABORTED' as const },
};

interface Side {
  readonly server: NodeServer;
  readonly client: ProviderClient;
  readonly address: { readonly endpoint: string; readonly nodeKey: Uint8Array };
}

async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _chunk of message);
  if (message.url === '/v1/status') return sendJson(response, 200, { nodeKey: 'x' });
  if (message.method === 'PUT') return sendJson(response, 201, { receipt: null });
  response.writeHead(200, { 'content-length': body.length }).end(body);
}

async function open(isTlsOnLoopback: boolean): Promise<Side> {
  const common = { host: '127.0.0.1', port: 0, maxRequests: 64, stallTimeoutMs: 30_000, logger: silentLogger };
  const init = { ...common, identity: identityOf(node), isTlsOnLoopback, nowMs: Date.now, handle };
  const server = new NodeServer(init, names);
  const { endpoint } = await server.listen();
  const client = new ProviderClient({ signer, account: new Uint8Array(32), nowMs: Date.now });
  return { server, client, address: { endpoint, nodeKey: node.publicKey } };
}

const place = { orderId: new Uint8Array(32), segment: 0, fragment: 0 };
const target = new Uint8Array(body.length);
const works: readonly (readonly [string, number, (side: Side) => Promise<unknown>])[] = [
  ['read 8 MiB', 24, ({ client, address }) => client.readFragment(address, new Uint8Array(32), 0, target)],
  [
    'write 8 MiB',
    24,
    // The answer has no receipt, which the client says after the transfer.
    ({ client, address }) => client.putFragment(address, place, new Uint8Array(32), [body]).catch(expectNoReceipt),
  ],
  ['small request', 400, ({ client, address }) => client.status(address)],
];

function expectNoReceipt(error: unknown): void {
  if (!(error instanceof Error) || error.message.includes('reached')) throw error;
}

/** Median CPU milliseconds of one call for each side, measured in turn. */
async function compare(calls: number, work: (side: Side) => Promise<unknown>, sides: readonly Side[]) {
  const spent: number[][] = sides.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, side] of sides.entries()) {
      const before = ownCpuSeconds();
      for (let call = 0; call < calls; call++) await work(side);
      // The first round warms up.
      if (round > 0) spent[index]?.push(((ownCpuSeconds() - before) * 1000) / calls);
    }
  }
  return spent.map(median);
}

/** CPU milliseconds of a handshake of both sides. */
async function handshakeMs(port: number, isResumed: boolean): Promise<number> {
  const shared = new PinnedConnector(Date.now);
  const handshakes = 200;
  const one = (connector: PinnedConnector) =>
    new Promise<void>((resolve, reject) => {
      const socket = connector.connect({ host: '127.0.0.1', port, nodeKey: node.publicKey });
      socket.on('error', reject);
      socket.once('session', () => socket.end());
      socket.once('close', () => resolve());
      socket.resume();
      if (isResumed) socket.once('secureConnect', () => socket.end());
    });
  await one(shared);
  const before = ownCpuSeconds();
  for (let count = 0; count < handshakes; count++) await one(isResumed ? shared : new PinnedConnector(Date.now));
  return ((ownCpuSeconds() - before) * 1000) / handshakes;
}

const sides = [await open(false), await open(true)];
const rows: Row[] = [];
for (const [name, calls, work] of works) {
  const [plain = 0, secure = 0] = await compare(calls, work, sides);
  rows.push({ name: `${name}, plain HTTP`, value: plain, unit: 'CPU-ms' });
  rows.push({ name: `${name}, TLS`, value: secure, unit: 'CPU-ms', ratio: secure / plain, of: 'plain HTTP' });
}
const port = Number(new URL(sides[1]?.address.endpoint ?? '').port);
const full = await handshakeMs(port, false);
const resumed = await handshakeMs(port, true);
rows.push({ name: 'full handshake with the check of the pin', value: full, unit: 'CPU-ms' });
rows.push({ name: 'resumed handshake', value: resumed, unit: 'CPU-ms', ratio: resumed / full, of: 'full' });
for (const { client, server } of sides) {
  client.close();
  await server.close();
}
report('TLS between nodes', rows);
