// cess network …
import type { NetworkRole } from '@cess/network';
import { type Command, Option } from 'commander';
import type { PeersOptions, RecordsOptions } from './commands/network-records.js';
import type { CliContext } from './context.js';

const roles: readonly NetworkRole[] = ['validator', 'node', 'provider', 'gateway', 'cache', 'tee-worker'];

export function addNetworkCommands(
  program: Command,
  context: () => CliContext,
  wholeNumber: (text: string) => number,
): void {
  const network = program.command('network').description('the peer-to-peer network of chain nodes and roles');
  network
    .command('show')
    .description('peer id and addresses of the chain node, and how many peers it has')
    .action(async () => (await import('./commands/network.js')).showNetwork(context()));
  const visit = (command: Command): Command =>
    command
      .option('--bootstrap <address>', 'address of any node, with /p2p/<peer id> (default: those of the chain node)')
      .option('--genesis <hash>', 'hash of the first block, with --bootstrap');
  visit(network.command('records'))
    .description('what nodes of a role say about themselves, and whether the chain has them')
    .addOption(new Option('--role <role>', 'role to look for').choices(roles).makeOptionMandatory())
    .option('--place <place>', 'only within this place, for example eu or eu/de')
    .option('--limit <count>', 'most rows', wholeNumber, 50)
    .action(async (options: RecordsOptions) =>
      (await import('./commands/network-records.js')).listRecords(context(), options),
    );
  visit(network.command('peers'))
    .description('nodes that a newcomer finds')
    .option('--seconds <count>', 'how long to look', wholeNumber, 10)
    .action(async (options: PeersOptions) =>
      (await import('./commands/network-records.js')).listPeers(context(), options),
    );
}
