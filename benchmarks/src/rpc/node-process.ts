// The measured chain node: an authority with slots of a second and 8,000 accounts. It notes when
// each of its blocks is imported.
import { createEd25519Signer } from '@cess/crypto';
import { createChainNode, parseChainSpec } from '@cess/node';
import { authorityOf } from '@cess/node/testing';
import { CESS, type Metrics, noMetrics, silentLogger, throwFatal, toHex0x } from '@cess/primitives';
import { serveParent } from '../support/child.js';
import { accountOf, accounts, slotMs, spenderSeed } from './setting.js';

const authoritySeed = new Uint8Array(32).fill(7);
const authority = toHex0x(createEd25519Signer(authoritySeed).publicKey);
const spender = toHex0x(createEd25519Signer(spenderSeed).publicKey);
const imports: number[] = [];
const metrics: Metrics = {
  ...noMetrics,
  counter: (init) =>
    init.name === 'cess_node_blocks_authored_total'
      ? { add: () => void imports.push(performance.now()) }
      : noMetrics.counter(init),
};
const node = createChainNode({
  dataDir: process.argv[2] ?? '',
  chainSpec: parseChainSpec({
    name: 'CESS Benchmark',
    id: 'cess-benchmark',
    type: 'development',
    slotDurationMs: slotMs,
    authorities: [{ key: authority, account: authority }],
    balances: [
      [spender, (1_000_000n * CESS).toString()],
      ...Array.from({ length: accounts }, (_, index) => [toHex0x(accountOf(index)), CESS.toString()]),
    ],
  }),
  authority: authorityOf(authoritySeed),
  rpcPort: 0,
  logger: silentLogger,
  metrics,
  onFatal: throwFatal,
});
await node.start();

serveParent({
  endpoint: async () => node.rpcEndpoint,
  /** Milliseconds at which blocks were imported since the last call. */
  imports: async () => imports.splice(0),
  stop: () => node.stop(),
});
