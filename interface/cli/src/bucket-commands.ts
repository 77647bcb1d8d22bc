// The commands on buckets at the gateway.
import { type Command, Option } from 'commander';
import type { BucketContext, ShowObjectOptions } from './commands/bucket.js';
import type { CliContext } from './context.js';

interface CredentialsOption {
  readonly credentials?: string;
}

interface UsageOptions {
  readonly period?: string;
}

const credentialsHelp = 'JSON with accessKeyId, secretAccessKey, endpoint and region (default: those of the home)';

export function addBucketCommands(program: Command, context: () => CliContext): void {
  const bucket = program.command('bucket').description('buckets of the account at the gateway');
  const add = (usage: string, description: string, options?: { readonly isDefault: boolean }): Command =>
    bucket
      .command(usage, options ?? {})
      .description(description)
      .option('--credentials <file>', credentialsHelp);
  const at = async ({ credentials }: CredentialsOption): Promise<BucketContext> =>
    (await import('./commands/bucket.js')).bucketContext(context(), credentials);
  add('list', 'all buckets', { isDefault: true }).action(async (options: CredentialsOption) =>
    (await import('./commands/bucket.js')).listBuckets(await at(options)),
  );
  add('show <name>', 'what a bucket is set to').action(async (name: string, options: CredentialsOption) =>
    (await import('./commands/bucket.js')).showBucket(await at(options), name),
  );
  add(
    'usage [name]',
    'what a bucket holds; without a name what the account held, and its requests and traffic, over time',
  )
    .addOption(
      new Option('--period <period>', 'how far back, without a name').choices(['day', 'week', 'month', 'year']),
    )
    .action(async (name: string | undefined, { period, ...options }: UsageOptions & CredentialsOption) => {
      const commands = await import('./commands/bucket.js');
      if (name === undefined) return commands.showAccountUsage(await at(options), period);
      return commands.showBucketUsage(await at(options), name);
    });
  add('object <name> <key>', 'protection of an object and the holders of its fragments')
    .option('--version-id <id>', 'a version (default: the current one)')
    .action(async (name: string, key: string, options: ShowObjectOptions & CredentialsOption) =>
      (await import('./commands/bucket.js')).showObject(await at(options), name, key, options),
    );
  add('rotate-key <name>', 'give a bucket a new key, and remove the old one when nothing needs it').action(
    async (name: string, options: CredentialsOption) =>
      (await import('./commands/bucket.js')).rotateBucketKey(await at(options), name),
  );
  add(
    'storage-class <name> [class]',
    'set the storage class of objects for which a write states none (none: STANDARD)',
  ).action(async (name: string, storageClass: string | undefined, options: CredentialsOption) =>
    (await import('./commands/bucket.js')).setStorageClass(await at(options), name, storageClass),
  );
  add('delete <name>', 'delete a bucket without objects').action(async (name: string, options: CredentialsOption) =>
    (await import('./commands/bucket.js')).deleteBucket(await at(options), name),
  );
}
