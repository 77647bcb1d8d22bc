// Entry of `npm start`: runs the embedded network until Ctrl-C, with one clear message for whatever prevents it.
import { CessError, messageOf } from '@cess/primitives';
import { helpText, parseConfig } from './config.js';
import { type Network, startNetwork } from './network.js';

const stopTimeoutMs = 5_000;

export async function main(args: readonly string[]): Promise<void> {
  try {
    const config = parseConfig(args, process.env);
    if (config === 'help') return printHelp();
    const started = Date.now();
    const network = await startNetwork(config, (step) => process.stdout.write(`${step} …\n`));
    printReady(network, (Date.now() - started) / 1000);
    await stopOnSignal(network);
    process.exit(0);
  } catch (error) {
    const code = error instanceof CessError ? ` [${error.code}]` : '';
    process.stderr.write(`\nThe network could not be started: ${messageOf(error)}${code}\n`);
    if (!(error instanceof CessError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  }
}

async function stopOnSignal(network: Network): Promise<void> {
  const signal = new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => resolve(name));
  });
  const reason = await Promise.race([signal, network.ended]);
  process.stdout.write(`\n${reason}: stopping …\n`);
  const late = setTimeout(() => {
    process.stderr.write('Not everything stopped in time; ending now. Nothing acknowledged is lost.\n');
    process.exit(1);
  }, stopTimeoutMs);
  late.unref();
  await network.stop();
  process.stdout.write('Stopped.\n');
}

function printReady({ credentials, rpcEndpoint, metricsEndpoint, home }: Network, seconds: number): void {
  const { accessKeyId, secretAccessKey, endpoint, region } = credentials;
  process.stdout.write(`
CESS development network, started in ${seconds.toFixed(1)} s. Data, keys and logs: ${home}

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

ready s3=${endpoint} rpc=${rpcEndpoint} metrics=${metricsEndpoint}
`);
}

function printHelp(): void {
  process.stdout.write(helpText());
}
