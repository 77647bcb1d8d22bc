// The commands that run a role from its configuration file, or show that file. A process loads only the role that it runs.
import type { Command } from 'commander';
import type { RoleProcessConfig } from './process.js';
import type { Role, RoleOptions } from './start.js';

/** Makes `command` run the role that `load` gives. It may have subcommands besides. */
function addRole<T extends RoleProcessConfig>(command: Command, load: () => Promise<Role<T>>): void {
  command
    .option('--config <file>', `run a ${command.name()} in this process, as this file says`)
    .option('--print-config', 'print the effective configuration and end')
    .option('--example', 'print an example of the file with all keys and end')
    .action(async (options: RoleOptions) => {
      const { startRole } = await import('./start.js');
      await startRole(await load(), options);
    });
}

/** `cess node`, `cess provider`, `cess gateway`, `cess tee`. */
export function addRoleCommands(commands: Record<'node' | 'provider' | 'gateway' | 'tee', Command>): void {
  addRole(commands.node, async () => {
    const { nodeConfigFormat: format, openNodeRole: open } = await import('./node.js');
    return { format, open };
  });
  addRole(commands.provider, async () => {
    const { providerConfigFormat: format, openProviderRole: open } = await import('./provider.js');
    return { format, open };
  });
  addRole(commands.gateway, async () => {
    const { gatewayConfigFormat: format, openGatewayRole: open } = await import('./gateway.js');
    return { format, open };
  });
  addRole(commands.tee, async () => {
    const { teeConfigFormat: format, openTeeRole: open } = await import('./tee.js');
    return { format, open };
  });
}
