// Checks of the running network, from outside: what its processes say, and whether chain RPC and gateway answer.
import { type ChainClient, query } from '@cess/client';
import { AdminClient, maxClockSkewSeconds, type NetworkStatus } from '@cess/node-api';
import { isCessError, messageOf, toHex } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { readGatewayCredentials, signedHeaders } from '../signed-request.js';
import { type Finding, ok, problem, skipped, warning } from './finding.js';

const answerTimeoutMs = 10_000;
/** Finality follows a block within two slots; more is a busy machine, much more is too few validators. */
const lateBlocks = 20;
const longUnexportedSeconds = 300;
/** A block is made in every slot while the validators run. */
const silentSlots = 20;

export async function checkNetwork(context: CliContext): Promise<Finding[]> {
  const status = await statusOf(context);
  const findings = [status.finding];
  if (status.network !== undefined) findings.push(...checkStatus(status.network));
  if (status.network === undefined && context.rpc === undefined) return findings;
  findings.push(...(await checkChain(context, status.network)), await checkGateway(context));
  return findings;
}

interface Found {
  readonly finding: Finding;
  readonly network?: NetworkStatus;
}

async function statusOf(context: CliContext): Promise<Found> {
  try {
    const network = await new AdminClient(context.home).status();
    return { finding: ok('network', `running for ${network.uptimeSeconds} s, process ${network.pid}`), network };
  } catch (error) {
    if (!isCessError(error, 'NETWORK_NOT_RUNNING'))
      return { finding: problem('network', messageOf(error), 'See the log: cess devnet logs. Then start it again.') };
    const why = 'no network of this home runs';
    return { finding: context.rpc === undefined ? warning('network', why, 'npm start') : skipped('network', why) };
  }
}

/** What the network says of its parts. */
export function checkStatus({ chain, gateway, tee, providers }: NetworkStatus): Finding[] {
  const stoppedValidators = chain.validators.filter(({ running }) => !running).map(({ name }) => name);
  const stoppedProviders = providers.filter(({ running }) => !running).map(({ name }) => name);
  const setAside = Object.entries(gateway.setAside).filter(([, count]) => count > 0);
  const unrecorded = Object.entries(gateway.unrecorded).filter(([, count]) => count > 0);
  const texts = (counts: readonly (readonly [string, number])[]) =>
    counts.map(([what, count]) => `${what}: ${count}`).join(', ');
  return [
    chain.paused
      ? problem('authoring', 'paused', 'cess devnet chain resume')
      : stoppedValidators.length > 0
        ? warning('authoring', `stopped: ${stoppedValidators.join(', ')}`, 'cess devnet validator start <name>')
        : ok('authoring', 'all validators run'),
    stoppedProviders.length > 0
      ? warning('providers', `stopped: ${stoppedProviders.join(', ')}`, 'cess devnet provider start <name>')
      : ok('providers', `${providers.length} run`),
    tee.running
      ? ok('TEE worker', tee.endpoint ?? 'starting')
      : problem('TEE worker', 'stopped: nothing is tagged, judged or restored', 'See the log: cess devnet logs'),
    setAside.length > 0
      ? problem(
          'background work',
          `set aside: ${texts(setAside)}`,
          'Read the reasons (cess devnet logs), then: cess devnet retry',
        )
      : ok('background work', `${gateway.undeclared} files or deletions wait for the chain`),
    unrecorded.length > 0
      ? problem(
          'unrecorded files',
          texts(unrecorded),
          'They can be read, but the chain does not protect them: extend the territory, lock space or authorize the gateway.',
        )
      : ok('unrecorded files', 'none'),
    gateway.unexportedSeconds === null
      ? skipped('index export', 'switched off: without the index of this machine, objects are lost')
      : gateway.unexportedSeconds > longUnexportedSeconds
        ? warning(
            'index export',
            `changes of ${Math.round(gateway.unexportedSeconds)} s are on this machine only`,
            'Check that the chain and enough providers can be reached.',
          )
        : ok('index export', `at most ${Math.round(gateway.unexportedSeconds)} s behind`),
  ];
}

async function checkChain(context: CliContext, network: NetworkStatus | undefined): Promise<Finding[]> {
  try {
    return await withChain(context, async (client) => [
      network !== undefined && toHex(client.genesisHash) !== network.chain.genesis
        ? problem(
            'chain RPC',
            'this node belongs to another chain',
            'Pass the node of this network with --rpc or CESS_RPC.',
          )
        : ok('chain RPC', `genesis 0x${toHex(client.genesisHash).slice(0, 16)}…`),
      ...(await checkProgress(client)),
    ]);
  } catch (error) {
    return [problem('chain RPC', messageOf(error), 'Check that the node runs, and the address in --rpc or CESS_RPC.')];
  }
}

async function checkProgress(client: ChainClient): Promise<Finding[]> {
  const finalizedHash = await client.finalizedHash();
  const [best, finalized, blockTime, periodMs] = [
    (await client.header()).number,
    (await client.header(finalizedHash)).number,
    Number(await client.value(query.Timestamp.Now, finalizedHash)),
    Number(await client.value(query.Timestamp.SlotDuration, finalizedHash)),
  ];
  const behind = Date.now() - blockTime;
  const findings = [
    best - finalized > lateBlocks
      ? problem(
          'finality',
          `block ${finalized} is final, ${best} is the best`,
          'More than two thirds of the validators must run and reach each other: cess status, cess network',
        )
      : ok('finality', `block ${finalized} is final, ${best} is the best`),
  ];
  if (behind < -maxClockSkewSeconds * 1_000)
    return [
      ...findings,
      problem('clock', `${seconds(-behind)} behind the chain`, 'Set the clock of this machine, by NTP.'),
    ];
  // The same evidence has two causes: nobody makes blocks, or this clock is ahead.
  return behind > Math.max(silentSlots * periodMs, 60_000) + lateBlocks * periodMs
    ? [
        ...findings,
        warning(
          'clock',
          `the last final block is ${seconds(behind)} old`,
          'Check that blocks are made (cess status), and set the clock by NTP.',
        ),
      ]
    : [...findings, ok('clock', `the last final block is ${seconds(behind)} old`)];
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;

async function checkGateway({ home }: CliContext): Promise<Finding> {
  let endpoint = '';
  try {
    const credentials = readGatewayCredentials(home);
    endpoint = credentials.endpoint;
    const headers = signedHeaders({ method: 'GET', path: '/', service: 's3' }, credentials);
    const { host: _, ...sent } = headers;
    const response = await fetch(`${endpoint}/`, { headers: sent, signal: AbortSignal.timeout(answerTimeoutMs) });
    const text = await response.text();
    if (response.ok) return ok('S3 gateway', `${endpoint} accepts the credentials`);
    const code = /<Code>([A-Za-z]+)<\/Code>/.exec(text)?.[1] ?? `HTTP ${response.status}`;
    const mend =
      code === 'RequestTimeTooSkewed'
        ? 'Set the clock of this machine, by NTP.'
        : 'Check the access key in credentials.json (cess key access list).';
    return problem('S3 gateway', `${endpoint} refuses the credentials: ${code}`, mend);
  } catch (error) {
    if (isCessError(error, 'CREDENTIALS_UNUSABLE')) return skipped('S3 gateway', 'there are no credentials');
    return problem('S3 gateway', `${endpoint} does not answer: ${messageOf(error)}`, 'See the log: cess devnet logs');
  }
}
