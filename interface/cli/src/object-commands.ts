// The commands on objects at the gateway: cp, ls, cat, rm, du, share.
import type { Command } from 'commander';
import type { ObjectCommandOptions, RemoveOptions, ShareOptions } from './commands/object.js';
import type { CliContext } from './context.js';

const credentialsHelp = 'JSON with accessKeyId, secretAccessKey, endpoint and region (default: those of the home)';

export function addObjectCommands(program: Command, context: () => CliContext): void {
  const add = (usage: string, description: string): Command =>
    program.command(usage).description(description).option('--credentials <file>', credentialsHelp);
  const load = () => import('./commands/object.js');
  add(
    'cp <from> <to>',
    'copy a file to s3://bucket/key, or back, or an object; goes on where an earlier attempt ended',
  ).action(async (from: string, to: string, options: ObjectCommandOptions) =>
    (await load()).copy(context(), { from, to }, options),
  );
  add('ls [location]', 'buckets, or the objects and folders below s3://bucket/prefix')
    .option('-r, --recursive', 'all objects, without folders')
    .action(async (location: string | undefined, options: ObjectCommandOptions & { readonly recursive?: boolean }) =>
      (await load()).list(context(), location, options),
    );
  add('cat <location>', 'the content of an object').action(async (location: string, options: ObjectCommandOptions) =>
    (await load()).concatenate(context(), location, options),
  );
  add('rm <location>', 'delete an object')
    .option('-r, --recursive', 'delete all objects whose keys begin so')
    .action(async (location: string, options: RemoveOptions) => (await load()).remove(context(), location, options));
  add('du <location>', 'objects and bytes below s3://bucket/prefix').action(
    async (location: string, options: ObjectCommandOptions) => (await load()).showUsage(context(), location, options),
  );
  add('share <location>', 'a link to an object that works without credentials until it expires')
    .option('--expires <seconds>', '1 to 604800', '3600')
    .action(async (location: string, options: ShareOptions) => (await load()).share(context(), location, options));
}
