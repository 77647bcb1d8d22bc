// cess spec …
import { type Command, Option } from 'commander';
import type { NewSpecOptions } from './commands/spec.js';
import type { CliContext } from './context.js';

export function addSpecCommands(program: Command, context: () => CliContext): void {
  const spec = program.command('spec').description('chain specifications: what makes nodes members of one network');
  const list = (value: string, before: string[]): string[] => [...before, value];
  spec
    .command('new <file>')
    .description('write the specification of a new chain')
    .requiredOption('--name <name>', 'name that people read')
    .requiredOption('--id <id>', 'short, stable identifier')
    .addOption(
      new Option('--type <type>', 'a production chain accepts no development parts, and has four authorities or more')
        .choices(['development', 'production'])
        .default('production'),
    )
    .option('--slot <milliseconds>', 'time between blocks (default: 6000, in development 1000)')
    .option(
      '--authority <key[=account]>',
      'ed25519 key of an authority in hex, and its account (default: the key itself); once for each',
      list,
      [],
    )
    .option('--balance <account=amount>', 'CESS of an account in the first block; once for each', list, [])
    .action(async (file: string, options: NewSpecOptions) =>
      (await import('./commands/spec.js')).newSpec(context(), file, options),
    );
  spec
    .command('inspect <file>')
    .description('check a specification, and show what it makes, with the hash of the first block')
    .action(async (file: string) => (await import('./commands/spec.js')).inspectSpec(context(), file));
}
