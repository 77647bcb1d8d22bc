// The commands on receipts of objects.
import type { Command } from 'commander';
import type { GetReceiptOptions, ShowReceiptOptions, VerifyReceiptOptions } from './commands/receipt.js';
import type { CliContext } from './context.js';

export function addReceiptCommands(program: Command, context: () => CliContext): void {
  const receipt = program
    .command('receipt')
    .description('files that prove offline what the chain records of an object');
  const trusting = (command: Command): Command =>
    command
      .option('--genesis <hash>', 'genesis of the chain (default: that of the authorities)')
      .option('--authority <key>', 'ed25519 key to trust for finality (default: the chain spec)')
      .option('--spec <file>', 'chain spec with the authorities to trust (default: that of the home)');
  receipt
    .command('get <location>')
    .description('fetch the receipt of s3://bucket/key from the gateway')
    .option('--output <file>', 'where to write it (default: standard output)')
    .option('--version-id <id>', 'a version (default: the current one)')
    .option('--stream-keys', 'with the keys that prove the bytes of the object; they also open its fragments')
    .option('--credentials <file>', 'credentials for the gateway (default: those of the home)')
    .action(async (location: string, options: GetReceiptOptions) =>
      (await import('./commands/receipt.js')).getReceipt(context(), location, options),
    );
  trusting(receipt.command('show <target>'))
    .description('verify a receipt and show it: a file, or s3://bucket/key')
    .action(async (target: string, options: ShowReceiptOptions) =>
      (await import('./commands/receipt.js')).showReceipt(context(), target, options),
    );
  trusting(receipt.command('verify <file>'))
    .description('verify a receipt offline')
    .option('--object <path>', 'the bytes of the object, to compare with the receipt')
    .action(async (file: string, options: VerifyReceiptOptions) =>
      (await import('./commands/receipt.js')).verifyReceiptFile(context(), file, options),
    );
}
