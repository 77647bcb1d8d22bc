// cess validator …
import type { Command } from 'commander';
import type { ClaimOptions, KeyOptions, RegisterOptions } from './commands/validator.js';
import type { CliContext } from './context.js';

export function addValidatorCommands(program: Command, context: () => CliContext): void {
  const commands = () => import('./commands/validator.js');
  const validator = program
    .command('validator')
    .description('elections of validators, and the candidacy of the owner of the home');
  validator
    .command('status [address]')
    .description('the era, and where a candidate stands (default: the owner)')
    .action(async (address: string | undefined) => (await commands()).showStatus(context(), address));
  validator
    .command('list')
    .description('all candidates with their scores in the last election')
    .action(async () => (await commands()).listCandidates(context()));
  validator
    .command('eras')
    .description('members of the last eras, and how concentrated seats are')
    .action(async () => (await commands()).listEras(context()));
  validator
    .command('register')
    .description("make the owner a candidate with the key of an authority ('cess key new authority')")
    .requiredOption('--key <file>', 'key file of the authority; its passphrase in CESS_PASSPHRASE')
    .requiredOption('--stake <amount>', 'stake in CESS')
    .action(async (options: RegisterOptions) => (await commands()).register(context(), options));
  validator
    .command('claim')
    .description("show a key and its signature for an account, as the console takes them for 'Become a candidate'")
    .requiredOption('--key <file>', 'key file of the authority; its passphrase in CESS_PASSPHRASE')
    .option('--address <address>', 'account of the candidate (default: the owner)')
    .action(async (options: ClaimOptions) => (await commands()).claim(context(), options));
  validator
    .command('bond <amount>')
    .description('add to the stake, in CESS')
    .action(async (amount: string) => (await commands()).bond(context(), amount));
  validator
    .command('rotate')
    .description('register another key of the candidate')
    .requiredOption('--key <file>', 'key file of the new authority key')
    .action(async (options: KeyOptions) => (await commands()).rotate(context(), options));
  validator
    .command('exit')
    .description('announce the exit of the candidate')
    .action(async () => (await commands()).exit(context()));
  validator
    .command('withdraw')
    .description('take the stake back after the cooling-off period')
    .action(async () => (await commands()).withdraw(context()));
}
