// The `cess` command. Every subcommand prints a readable result, or JSON with --json, and fails with one clear message.
import { CessError, messageOf } from '@cess/primitives';
import { Command, InvalidArgumentError } from 'commander';
import { showAccount, transfer } from './commands/account.js';
import { type ListChallengesOptions, listChallenges } from './commands/challenge.js';
import { actOnProvider, controlChain, showLogs, stopNetwork } from './commands/devnet.js';
import { type EventsOptions, showEvents } from './commands/events.js';
import type { ShowFileOptions } from './commands/file.js';
import { authorizeGateway } from './commands/gateway.js';
import { backupKey, checkBackup, newKey, showKey } from './commands/key.js';
import { type MetricsOptions, showMetrics } from './commands/metrics.js';
import { listProviders } from './commands/provider.js';
import { listRepairs } from './commands/repair.js';
import { resetNetwork } from './commands/reset.js';
import { showStatus } from './commands/status.js';
import { listTeeWorkers } from './commands/tee.js';
import { expandTerritory, listTerritories, lockSpace, mintTerritory, renewTerritory } from './commands/territory.js';
import { CliContext, type GlobalOptions } from './context.js';
import { addRoleCommands } from './roles/command.js';

export function createProgram(): Command {
  const program = new Command('cess')
    .description('Command line of the CESS storage network')
    .version('0.1.0')
    .option('--home <folder>', 'home of the network (CESS_HOME, default .cess)')
    .option('--rpc <url>', 'chain node to ask (CESS_RPC, default: the running network)')
    .option('--json', 'print JSON')
    .showHelpAfterError('(see cess --help)');
  const context = (): CliContext => new CliContext(program.opts<GlobalOptions>());

  program
    .command('status')
    .description('the running network at a glance')
    .action(() => showStatus(context()));
  program
    .command('metrics')
    .description('tagging, proofs, repair, backlog and throughput of the running network')
    .option('--url <url>', 'metrics of one role instead, for example http://127.0.0.1:9615/metrics')
    .action((options: MetricsOptions) => showMetrics(context(), options));
  addFileCommands(program, context);
  addAuditCommands(program, context);
  addAccountCommands(program, context);
  addTerritoryCommands(program, context);
  addKeyCommands(program, context);
  addDevnetCommands(program, context);
  const provider = program.command('provider').description('run a storage provider, or list those of the chain');
  provider
    .command('list')
    .description('all providers')
    .action(() => listProviders(context()));
  const gateway = program.command('gateway').description('run an S3 gateway, or let one act for the owner of the home');
  gateway
    .command('authorize <address>')
    .description('let a gateway act for the buckets of the owner')
    .action((address: string) => authorizeGateway(context(), address));
  const node = program.command('node').description('run a chain node');
  const tee = program.command('tee').description('run a TEE worker, or list those of the chain');
  tee
    .command('list')
    .description('all TEE workers')
    .action(() => listTeeWorkers(context()));
  addRoleCommands({ node, provider, gateway, tee });
  program
    .command('reset')
    .description('delete the network of the home: objects, keys and chain')
    .option('--yes', 'really do it')
    .action(({ yes }: { yes?: boolean }) => resetNetwork(context(), yes === true));
  return program;
}

type ContextOf = () => CliContext;

function addFileCommands(program: Command, context: ContextOf): void {
  const file = program.command('file').description('files as the chain records them');
  file
    .command('show <target>')
    .description('segments, fragments and holders of a file id or of s3://bucket/key')
    .option('--verify', 'prove the record against a finalized header, without trusting the node')
    .option('--authority <key>', 'ed25519 key to trust for finality (default: the chain spec of the home)')
    .action(async (target: string, options: ShowFileOptions) => {
      // Loaded when wanted: it brings the gateway's code, which no other command needs.
      const { showFile } = await import('./commands/file.js');
      await showFile(context(), target, options);
    });
  file
    .command('list [address]')
    .description('files of an account (default: the owner of the home)')
    .option('--limit <count>', 'most rows', wholeNumber, 100)
    .action(async (address: string | undefined, { limit }: { limit: number }) => {
      const { listFiles } = await import('./commands/file.js');
      await listFiles(context(), address, limit);
    });
}

function addAuditCommands(program: Command, context: ContextOf): void {
  program
    .command('challenge')
    .description('proofs of storage')
    .command('list')
    .description('what providers have tagged and proven, and the rounds that run')
    .option('--provider <index>', 'only this provider', indexNumber)
    .action((options: ListChallengesOptions) => listChallenges(context(), options));
  program
    .command('repair')
    .description('restoral of lost fragments')
    .command('list')
    .description('fragments that are to be restored, the most urgent first')
    .option('--limit <count>', 'most rows', wholeNumber, 100)
    .action(({ limit }: { limit: number }) => listRepairs(context(), limit));
  program
    .command('events')
    .description('what finalized blocks did')
    .option('--follow', 'go on with new blocks until interrupted')
    .option('--blocks <count>', 'blocks back from the present one', wholeNumber, 20)
    .option('--pallet <name>', 'only events of this pallet, for example Audit')
    .action((options: EventsOptions) => showEvents(context(), options));
}

function addAccountCommands(program: Command, context: ContextOf): void {
  const account = program.command('account').description('accounts and balances');
  account
    .command('show [address]', { isDefault: true })
    .description('balance of an account (default: the owner of the home)')
    .action((address?: string) => showAccount(context(), address));
  account
    .command('transfer <to> <amount>')
    .description('send CESS from the owner of the home')
    .action((to: string, amount: string) => transfer(context(), to, amount));
}

function addTerritoryCommands(program: Command, context: ContextOf): void {
  const territory = program.command('territory').description('leased space');
  territory
    .command('list [address]', { isDefault: true })
    .description('territories of an account (default: the owner of the home)')
    .action((address?: string) => listTerritories(context(), address));
  territory
    .command('mint <name> <gib> <days>')
    .description('lease space')
    .action((name: string, gib: string, days: string) =>
      mintTerritory(context(), name, wholeNumber(gib), wholeNumber(days)),
    );
  territory
    .command('expand <name> <gib>')
    .description('lease more space for the rest of the term')
    .action((name: string, gib: string) => expandTerritory(context(), name, wholeNumber(gib)));
  territory
    .command('renew <name> <days>')
    .description('prolong the lease')
    .action((name: string, days: string) => renewTerritory(context(), name, wholeNumber(days)));
  territory
    .command('lock <name> <gateway> <gib>')
    .description('lock space for a gateway, within which it may accept uploads')
    .action((name: string, gateway: string, gib: string) => lockSpace(context(), name, gateway, wholeNumber(gib)));
}

function addKeyCommands(program: Command, context: ContextOf): void {
  const key = program.command('key').description("the owner's key, and new keys");
  key
    .command('show', { isDefault: true })
    .description('public parts')
    .action(() => showKey(context()));
  key
    .command('new <purpose> <file>')
    .description('make a key (owner, authority, gateway, provider, tee), sealed under CESS_PASSPHRASE')
    .option('--plaintext-development', 'without protection; opens only for development chains')
    .action((purpose: string, file: string, options: { plaintextDevelopment?: boolean }) =>
      newKey(context(), purpose, file, options.plaintextDevelopment === true),
    );
  key
    .command('backup <file>')
    .description('seal the key into a file under CESS_PASSPHRASE')
    .action((file: string) => backupKey(context(), file));
  key
    .command('check-backup <file>')
    .description('tell whether a backup opens and is of this owner')
    .action((file: string) => checkBackup(context(), file));
}

function addDevnetCommands(program: Command, context: ContextOf): void {
  const devnet = program.command('devnet').description('control the running embedded network');
  devnet
    .command('status')
    .description('same as cess status')
    .action(() => showStatus(context()));
  devnet
    .command('logs')
    .description('the end of the log')
    .option('--lines <count>', 'how many lines', wholeNumber, 100)
    .action(({ lines }: { lines: number }) => showLogs(context(), lines));
  devnet
    .command('stop')
    .description('stop the network cleanly')
    .action(() => stopNetwork(context()));
  const provider = devnet.command('provider').description('stop, start, restart or wipe a provider');
  for (const action of ['stop', 'start', 'restart', 'wipe'] as const) {
    const help = action === 'wipe' ? 'delete all data of a provider and start it again' : `${action} a provider`;
    provider
      .command(`${action} <name>`)
      .description(help)
      .action((name: string) => actOnProvider(context(), action, name));
  }
  const chain = devnet.command('chain').description('pause or resume block production');
  for (const action of ['pause', 'resume'] as const) {
    chain
      .command(action)
      .description(`${action} block production`)
      .action(() => controlChain(context(), action));
  }
}

function indexNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`"${text}" is not an index.`);
  return Number(text);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError(`"${text}" is not a positive whole number.`);
  return Number(text);
}

export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough (head, less) closes the pipe: that ends the command, it is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    const code = error instanceof CessError ? ` [${error.code}]` : '';
    process.stderr.write(`${messageOf(error)}${code}\n`);
    process.exitCode = error instanceof CessError && error.code === 'CONFIG_INVALID' ? 2 : 1;
  }
}
