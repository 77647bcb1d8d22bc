// Entry of `npm start`: runs the embedded network until Ctrl-C. An error that prevents the start prints one clear message.
import './errors.js';

import { CessError, messageOf } from '@cess/primitives';
import { helpText, parseConfig } from './config.js';
import { type Network, startNetwork } from './network.js';

/** A shutdown takes a second or two, longer on a busy machine. A second signal exits immediately. */
const stopTimeoutMs = 30_000;
const repeatedSignalMs = 1_000;

export async function main(args: readonly string[]): Promise<void> {
  let failure = 'The network could not be started';
  try {
    const config = parseConfig(args, process.env);
    if (config === 'help') return printHelp();
    const started = Date.now();
    const network = await startNetwork(config, (step) => process.stdout.write(`${step} …\n`));
    // Install the handlers before printing `ready`: a supervisor may send a signal immediately after it.
    const signal = nextSignal();
    printReady(network, (Date.now() - started) / 1000);
    const reason = await Promise.race([signal, network.ended]);
    failure = 'The network did not stop cleanly';
    await stop(network, reason);
    process.exit(0);
  } catch (error) {
    const code = error instanceof CessError ? ` [${error.code}]` : '';
    process.stderr.write(`\n${failure}: ${messageOf(error)}${code}\n`);
    if (!(error instanceof CessError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  }
}

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of endSignals) process.once(name, () => resolve(name));
  });
}

async function stop(network: Network, reason: string): Promise<void> {
  process.stdout.write(`\n${reason}: stopping …\n`);
  const end = (): void => {
    process.stderr.write('Not everything stopped; exiting now. Nothing acknowledged is lost.\n');
    process.exit(1);
  };
  setTimeout(end, stopTimeoutMs).unref();
  // The terminal sends Ctrl-C to npm and to this process, and npm forwards it, so one Ctrl-C may arrive twice.
  setTimeout(() => {
    for (const name of endSignals) process.on(name, end);
  }, repeatedSignalMs).unref();
  for (const name of endSignals) process.on(name, () => {});
  await network.stop();
  process.stdout.write('Stopped.\n');
}

function printReady(
  { credentials, consoleEndpoint, rpcEndpoint, metricsEndpoint, home }: Network,
  seconds: number,
): void {
  const { accessKeyId, secretAccessKey, endpoint, region } = credentials;
  process.stdout.write(`
CESS development network, started in ${seconds.toFixed(1)} s. Data, keys and logs: ${home}

  console            ${consoleEndpoint} (in a browser; sign in with the access key)
  S3 endpoint        ${endpoint}
  chain RPC          ${rpcEndpoint} (WebSocket and HTTP; the Polkadot-JS apps can connect)
  metrics            ${metricsEndpoint} (Prometheus; for a summary: npx cess metrics)
  access key id      ${accessKeyId}
  secret access key  ${secretAccessKey}
  region             ${region}

First upload, in another terminal (Debian: apt-get install awscli):

  export AWS_ACCESS_KEY_ID=${accessKeyId}
  export AWS_SECRET_ACCESS_KEY=${secretAccessKey}
  export AWS_DEFAULT_REGION=${region}
  aws --endpoint-url ${endpoint} s3 mb s3://first
  aws --endpoint-url ${endpoint} s3 cp README.md s3://first/
  aws --endpoint-url ${endpoint} s3 cp s3://first/README.md -

Look around: npx cess status, npx cess provider list, npx cess --help. Stop with Ctrl-C.

ready s3=${endpoint} rpc=${rpcEndpoint} metrics=${metricsEndpoint} console=${consoleEndpoint}
`);
}

function printHelp(): void {
  process.stdout.write(helpText());
}
