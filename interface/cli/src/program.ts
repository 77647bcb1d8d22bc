// The tree of all `cess` commands. Every command prints a readable result, or JSON with --json, and fails with one clear
// message. Each is imported when it runs: loading the code of all commands takes longer than running most of them.
import { cessVersion } from '@cess/primitives';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { addBucketCommands } from './bucket-commands.js';
import { addClassCommands } from './class-commands.js';
import type { AuditFilter, ShowAuditOptions, VerifyAuditOptions } from './commands/audit.js';
import type { CertificateOptions } from './commands/certificate.js';
import type { ListChallengesOptions } from './commands/challenge.js';
import type { Shell } from './commands/completion.js';
import type { ConsoleOptions } from './commands/console.js';
import type { EventsOptions } from './commands/events.js';
import type { ListFilesOptions, ShowFileOptions } from './commands/file.js';
import type { DeleteFilesOptions } from './commands/file-delete.js';
import type { CheckGatewayOptions } from './commands/inspect-gateway.js';
import type { MetricsOptions } from './commands/metrics.js';
import type { RecoverGatewayOptions } from './commands/recover.js';
import { addRoleCommands } from './commands/role.js';
import type { WatchBucketOptions } from './commands/watch.js';
import { CliContext, type GlobalOptions } from './context.js';
import { addIamCommands } from './iam-commands.js';
import { addNetworkCommands } from './network-commands.js';
import { addObjectCommands } from './object-commands.js';
import { print } from './output.js';
import { addReceiptCommands } from './receipt-commands.js';
import { addSpecCommands } from './spec-commands.js';
import { addValidatorCommands } from './validator-commands.js';

/** Errors of the command line itself are thrown (`CommanderError`). */
export function createProgram(): Command {
  const program = new Command('cess')
    .description('Command line of the CESS storage network')
    .version(cessVersion)
    .option('--home <folder>', 'home of the network (CESS_HOME, default .cess)')
    .option('--rpc <url>', 'chain node to ask (CESS_RPC, default: the running network)')
    .option('--json', 'print JSON')
    .showHelpAfterError('(see cess --help)')
    .exitOverride();
  const context = (): CliContext => new CliContext(program.opts<GlobalOptions>());

  program
    .command('status')
    .description('the running network at a glance')
    .action(async () => (await import('./commands/status.js')).showStatus(context()));
  program
    .command('metrics')
    .description('tagging, proofs, repair, backlog and throughput of the running network')
    .option('--url <url>', 'metrics of one role instead, for example http://127.0.0.1:9615/metrics')
    .action(async (options: MetricsOptions) => (await import('./commands/metrics.js')).showMetrics(context(), options));
  program
    .command('console')
    .description('the address of the web console of the running network')
    .option('--open', 'show it in the browser, too')
    .action(async (options: ConsoleOptions) => (await import('./commands/console.js')).showConsole(context(), options));
  program
    .command('doctor')
    .description('find what is wrong with this machine, the home or the running network, and how to mend it')
    .action(async () => (await import('./commands/doctor.js')).runDoctor(context()));
  addFileCommands(program, context);
  addReceiptCommands(program, context);
  addAuditCommands(program, context);
  const account = addAccountCommands(program, context);
  addTerritoryCommands(program, context);
  const key = addKeyCommands(program, context);
  addIamCommands({ program, account, key }, context);
  addClassCommands(program, context);
  addDevnetCommands(program, context);
  const provider = program.command('provider').description('run a storage provider, or list those of the chain');
  provider
    .command('list')
    .description('all providers')
    .action(async () => (await import('./commands/provider.js')).listProviders(context()));
  provider
    .command('check <folder>')
    .description(
      'read all data of a stopped provider and report what is damaged; with --rpc, compare it with the chain',
    )
    .action(async (folder: string) =>
      (await import('./commands/inspect-provider.js')).checkProviderFolder(context(), folder),
    );
  provider
    .command('repair <folder>')
    .description(
      'put fragments of a stopped provider that are in quarantine and that the chain counts back into its store',
    )
    .action(async (folder: string) =>
      (await import('./commands/inspect-provider.js')).repairProviderFolder(context(), folder),
    );
  addNetworkCommands(program, context, wholeNumber);
  addValidatorCommands(program, context);
  addSpecCommands(program, context);
  const gateway = program.command('gateway').description('run an S3 gateway, or let one act for the owner of the home');
  gateway
    .command('authorize <address>')
    .description('let a gateway act for the buckets of the owner')
    .action(async (address: string) => (await import('./commands/gateway.js')).authorizeGateway(context(), address));
  gateway
    .command('revoke <address>')
    .description('end the authorization of a gateway and release the space that is locked for it')
    .action(async (address: string) => (await import('./commands/gateway.js')).revokeGateway(context(), address));
  gateway
    .command('certificate <folder>')
    .description('make a TLS certificate for development: ca.pem, certificate.pem and key.pem in a folder')
    .option('--host <name...>', 'host names and IP addresses', ['localhost', '127.0.0.1', '::1'])
    .option('--days <days>', 'how long it is valid', wholeNumber, 365)
    .action(async (folder: string, options: CertificateOptions) =>
      (await import('./commands/certificate.js')).createCertificate(context(), folder, options),
    );
  gateway
    .command('recover')
    .description('fill the empty data folder of a gateway with its index, from the chain and the providers alone')
    .option('--config <file>', 'configuration file of the gateway')
    .option(
      '--owner-key <file>',
      "recover the buckets of one owner with the owner's key file (default: the gateway's key)",
    )
    .option('--from <address>', 'account of the gateway that exported the index (default: this gateway)')
    .option('--force', 'also if a gateway with this key goes on exporting')
    .action(async (_options: unknown, command: Command) =>
      // The command above has an option of the same name, which takes the value.
      (await import('./commands/recover.js')).recoverGatewayFolder(
        context(),
        command.optsWithGlobals<RecoverGatewayOptions>(),
      ),
    );
  gateway
    .command('check <folder>')
    .description(
      'read the whole index of a stopped gateway and report what is damaged; with --rpc, compare it with the chain',
    )
    .option('--address <address>', 'account of the gateway: reports files that it declared and the index does not know')
    .action(async (folder: string, options: CheckGatewayOptions) =>
      (await import('./commands/inspect-gateway.js')).checkGatewayFolder(context(), folder, options),
    );
  gateway
    .command('repair <folder>')
    .description('drop records of the index of a stopped gateway that name nothing')
    .action(async (folder: string) =>
      (await import('./commands/inspect-gateway.js')).repairGatewayFolder(context(), folder),
    );
  const node = program.command('node').description('run a chain node');
  const tee = program.command('tee').description('run a TEE worker, or list those of the chain');
  tee
    .command('list')
    .description('all TEE workers')
    .action(async () => (await import('./commands/tee.js')).listTeeWorkers(context()));
  addAuditLogCommands(program, context);
  addBucketCommands(program, context);
  addObjectCommands(program, context);
  addRoleCommands({ node, provider, gateway, tee });
  addCompletionCommands(program);
  program
    .command('reset')
    .description('delete the network of the home: objects, keys and chain')
    .option('--yes', 'confirm the deletion')
    .action(async ({ yes }: { yes?: boolean }) =>
      (await import('./commands/reset.js')).resetNetwork(context(), yes === true),
    );
  return program;
}

type ContextOf = () => CliContext;

function addCompletionCommands(program: Command): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .description('print a script that completes commands: source <(cess completion bash)')
    .action(async (shell: Shell) => (await import('./commands/completion.js')).printCompletion(shell));
  program
    .command('complete [words...]', { hidden: true })
    .description('the words that may end this command line, for the scripts of cess completion')
    .action(async (words: string[]) => {
      const { completionsOf } = await import('./completion.js');
      for (const word of completionsOf(program, words)) print(word);
    });
}

function addFileCommands(program: Command, context: ContextOf): void {
  const file = program.command('file').description('files as the chain records them');
  file
    .command('show <target>')
    .description('segments, fragments and holders of a file id or of s3://bucket/key')
    .option('--verify', 'prove the record against a finalized header, without trusting the node')
    .option('--authority <key>', 'ed25519 key to trust for finality (default: the chain spec of the home)')
    .action(async (target: string, options: ShowFileOptions) =>
      (await import('./commands/file.js')).showFile(context(), target, options),
    );
  file
    .command('list [address]')
    .description('files of an account (default: the owner of the home)')
    .option('--limit <count>', 'most rows (default: all)', wholeNumber)
    .option('--after <id>', 'continue behind this file')
    .action(async (address: string | undefined, options: ListFilesOptions) =>
      (await import('./commands/file.js')).listFiles(context(), address, options),
    );
  file
    .command('delete [ids...]')
    .description("delete files of the owner by their ids on the chain; a gateway's objects that use them are lost")
    .option('--owner-files', 'all files of the owner but those of an exported index')
    .option('--with-index', 'with --owner-files: those of an exported index, too; it cannot be recovered afterwards')
    .option('--yes', 'confirm the deletion')
    .action(async (ids: string[], options: DeleteFilesOptions) =>
      (await import('./commands/file-delete.js')).deleteFiles(context(), ids, options),
    );
}

function addAuditLogCommands(program: Command, context: ContextOf): void {
  const audit = program.command('audit').description('what clients asked a gateway for, and the proof of it');
  const filtered = (command: Command): Command =>
    command
      .option('--folder <folder>', 'data folder of the gateway (default: that of the network of the home)')
      .option('--since <time>', 'only from this time on, for example 2026-11-28T06:00Z', time)
      .option('--operation <name>', 'only this operation, for example DeleteObject')
      .option('--bucket <name>', 'only this bucket')
      .option('--key <key>', 'only this object')
      .option('--principal <text>', 'only callers whose ARN holds this text')
      .option('--failed', 'only what was refused or failed, or has no known outcome');
  filtered(audit.command('log', { isDefault: true }))
    .description('the newest operations')
    .option('--limit <count>', 'most rows', wholeNumber, 50)
    .action(async (options: ShowAuditOptions) =>
      (await import('./commands/audit.js')).showAuditLog(context(), options),
    );
  filtered(audit.command('export'))
    .description('all operations as JSON Lines')
    .action(async (options: AuditFilter) => (await import('./commands/audit.js')).exportAuditLog(context(), options));
  audit
    .command('verify')
    .description('check that the log is whole, unchanged, and the one that the chain knows')
    .option('--folder <folder>', 'data folder of the gateway (default: that of the network of the home)')
    .option('--address <address>', 'account of the gateway (default: the one that has an anchor)')
    .option('--authority <key>', 'ed25519 key to trust for finality (default: the chain spec of the home)')
    .action(async (options: VerifyAuditOptions) =>
      (await import('./commands/audit.js')).verifyAudit(context(), options),
    );
}

function addAuditCommands(program: Command, context: ContextOf): void {
  program
    .command('challenge')
    .description('proofs of storage')
    .command('list')
    .description('what providers have tagged and proven, and the rounds that run')
    .option('--provider <index>', 'only this provider', indexNumber)
    .action(async (options: ListChallengesOptions) =>
      (await import('./commands/challenge.js')).listChallenges(context(), options),
    );
  program
    .command('repair')
    .description('restoral of lost fragments')
    .command('list')
    .description('fragments waiting for restoral, most urgent first')
    .option('--limit <count>', 'most rows (default: all)', wholeNumber)
    .action(async ({ limit }: { limit?: number }) =>
      (await import('./commands/repair.js')).listRepairs(context(), limit),
    );
  program
    .command('watch <bucket>')
    .description('events of a bucket at the gateway as they happen, until interrupted')
    .option('--event <name...>', 'only these events, for example s3:ObjectCreated:* (default: all)')
    .option('--prefix <text>', 'only keys that begin so')
    .option('--suffix <text>', 'only keys that end so')
    .option(
      '--credentials <file>',
      'JSON with accessKeyId, secretAccessKey, endpoint and region (default: those of the home)',
    )
    .action(async (bucket: string, options: WatchBucketOptions) =>
      (await import('./commands/watch.js')).watchBucket(context(), bucket, options),
    );
  program
    .command('events')
    .description('events of finalized blocks')
    .option('--follow', 'continue with new blocks until interrupted')
    .option('--blocks <count>', 'number of past blocks to include', wholeNumber, 20)
    .option('--pallet <name>', 'only events of this pallet, for example Audit')
    .action(async (options: EventsOptions) => (await import('./commands/events.js')).showEvents(context(), options));
}

function addAccountCommands(program: Command, context: ContextOf): Command {
  const account = program.command('account').description('accounts and balances');
  account
    .command('show [address]', { isDefault: true })
    .description('balance of an account (default: the owner of the home)')
    .action(async (address?: string) => (await import('./commands/account.js')).showAccount(context(), address));
  account
    .command('transfer <to> <amount>')
    .description('send CESS from the owner of the home')
    .action(async (to: string, amount: string) =>
      (await import('./commands/account.js')).transfer(context(), to, amount),
    );
  return account;
}

function addTerritoryCommands(program: Command, context: ContextOf): void {
  const territory = program.command('territory').description('leased space');
  territory
    .command('list [address]', { isDefault: true })
    .description('territories of an account (default: the owner of the home)')
    .action(async (address?: string) => (await import('./commands/territory.js')).listTerritories(context(), address));
  territory
    .command('mint <name> <gib> <days>')
    .description('lease space')
    .action(async (name: string, gib: string, days: string) =>
      (await import('./commands/territory.js')).mintTerritory(context(), name, wholeNumber(gib), wholeNumber(days)),
    );
  territory
    .command('expand <name> <gib>')
    .description('lease more space for the rest of the term')
    .action(async (name: string, gib: string) =>
      (await import('./commands/territory.js')).expandTerritory(context(), name, wholeNumber(gib)),
    );
  territory
    .command('renew <name> <days>')
    .description('extend the lease')
    .action(async (name: string, days: string) =>
      (await import('./commands/territory.js')).renewTerritory(context(), name, wholeNumber(days)),
    );
  territory
    .command('lock <name> <gateway> <gib>')
    .description('lock space for a gateway, within which it may accept uploads')
    .action(async (name: string, gateway: string, gib: string) =>
      (await import('./commands/territory.js')).lockSpace(context(), name, gateway, wholeNumber(gib)),
    );
}

function addKeyCommands(program: Command, context: ContextOf): Command {
  const key = program.command('key').description("the owner's key, new keys, and access keys at the gateway");
  key
    .command('show', { isDefault: true })
    .description('public parts')
    .action(async () => (await import('./commands/key.js')).showKey(context()));
  key
    .command('new <purpose> <file>')
    .description('make a key (owner, authority, gateway, provider, tee), sealed under CESS_PASSPHRASE')
    .option('--plaintext-development', 'without protection; opens only for development chains')
    .action(async (purpose: string, file: string, options: { plaintextDevelopment?: boolean }) =>
      (await import('./commands/key.js')).newKey(context(), purpose, file, options.plaintextDevelopment === true),
    );
  key
    .command('backup <file>')
    .description('seal the key into a file under CESS_PASSPHRASE')
    .action(async (file: string) => (await import('./commands/key.js')).backupKey(context(), file));
  key
    .command('check-backup <file>')
    .description('check that a backup can be decrypted and belongs to this owner')
    .action(async (file: string) => (await import('./commands/key.js')).checkBackup(context(), file));
  key
    .command('restore <file>')
    .description("put a backup of the owner's key into a home without one (CESS_PASSPHRASE opens it)")
    .option('--plaintext-development', 'without protection, as the embedded network needs it')
    .action(async (file: string, options: { plaintextDevelopment?: boolean }) =>
      (await import('./commands/key.js')).restoreKey(context(), file, options.plaintextDevelopment === true),
    );
  key
    .command('headers')
    .description('sign in to the native API of a gateway: header lines for curl -H @-')
    .option('--territory <name>', 'territory of the files', 'default')
    .action(async (options: { territory: string }) =>
      (await import('./commands/native-headers.js')).printNativeHeaders(context(), options.territory),
    );
  return key;
}

function addDevnetCommands(program: Command, context: ContextOf): void {
  const devnet = program.command('devnet').description('control the running embedded network');
  devnet
    .command('status')
    .description('same as cess status')
    .action(async () => (await import('./commands/status.js')).showStatus(context()));
  devnet
    .command('logs')
    .description('the end of the log')
    .option('--lines <count>', 'how many lines', wholeNumber, 100)
    .action(async ({ lines }: { lines: number }) => (await import('./commands/devnet.js')).showLogs(context(), lines));
  devnet
    .command('stop')
    .description('stop the network cleanly')
    .action(async () => (await import('./commands/devnet.js')).stopNetwork(context()));
  devnet
    .command('retry')
    .description('retry the records that background work of the gateway has set aside')
    .action(async () => (await import('./commands/devnet.js')).retrySetAside(context()));
  const provider = devnet.command('provider').description('stop, start, restart or wipe a provider');
  for (const action of ['stop', 'start', 'restart', 'wipe'] as const) {
    const help = action === 'wipe' ? 'delete all data of a provider and start it again' : `${action} a provider`;
    provider
      .command(`${action} <name>`)
      .description(help)
      .action(async (name: string) => (await import('./commands/devnet.js')).actOnProvider(context(), action, name));
  }
  const validator = devnet.command('validator').description('stop, start or restart a validator');
  for (const action of ['stop', 'start', 'restart'] as const) {
    validator
      .command(`${action} <name>`)
      .description(`${action} a validator`)
      .action(async (name: string) => (await import('./commands/devnet.js')).actOnValidator(context(), action, name));
  }
  const chain = devnet.command('chain').description('pause or resume block production');
  for (const action of ['pause', 'resume'] as const) {
    chain
      .command(action)
      .description(`${action} block production`)
      .action(async () => (await import('./commands/devnet.js')).controlChain(context(), action));
  }
}

function time(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError(`"${text}" is no time.`);
  return ms;
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
