// cess devnet: talks to the running network through its admin socket.
import { AdminClient, type ProviderAction, type ValidatorAction } from '@cess/node-api';
import type { CliContext } from '../context.js';
import { print, printDone } from '../output.js';

export async function showLogs(context: CliContext, lines: number): Promise<void> {
  const text = await new AdminClient(context.home).logs(lines);
  printDone(context, { lines: text.split('\n').filter((line) => line !== '') }, text);
}

export async function stopNetwork(context: CliContext): Promise<void> {
  await new AdminClient(context.home).stopNetwork();
  printDone(context, { network: 'stopping' }, 'The network stops.');
}

export async function actOnProvider(context: CliContext, action: ProviderAction, name: string): Promise<void> {
  const status = await new AdminClient(context.home).provider(name, action);
  if (context.json) return print(JSON.stringify(status, null, 2));
  const done = { stop: 'stopped', start: 'started', restart: 'restarted', wipe: 'wiped and restarted' }[action];
  // What a stopped provider holds is not known.
  print(
    action === 'stop'
      ? `${status.name} is ${done}.`
      : `${status.name} is ${done}; it holds ${status.fragments} fragments.`,
  );
}

export async function actOnValidator(context: CliContext, action: ValidatorAction, name: string): Promise<void> {
  const status = await new AdminClient(context.home).validator(name, action);
  if (context.json) return print(JSON.stringify(status, null, 2));
  const done = { stop: 'stopped', start: 'started', restart: 'restarted' }[action];
  print(`${status.name} is ${done}; its best block is ${status.best}, its finalized one ${status.finalized}.`);
}

export async function controlChain(context: CliContext, action: 'pause' | 'resume'): Promise<void> {
  await new AdminClient(context.home).chain(action);
  const sentence = action === 'pause' ? 'No more blocks are made.' : 'Blocks are made again.';
  printDone(context, { chain: action === 'pause' ? 'paused' : 'running' }, sentence);
}

export async function retrySetAside(context: CliContext): Promise<void> {
  await new AdminClient(context.home).retrySetAside();
  const sentence = 'The gateway retries the records that it has set aside; see: cess status';
  printDone(context, { setAside: 'retried' }, sentence);
}
