// The commands that run a role from its configuration file, or show that file.
import { CessError } from '@cess/primitives';
import type { Command } from 'commander';
import { print } from '../output.js';
import { type RoleConfigFormat, readRoleConfig } from './config-file.js';
import { type OpenRole, type RoleContext, type RoleProcessConfig, runRole } from './process.js';

interface RoleOptions {
  readonly config?: string;
  readonly printConfig?: boolean;
  readonly example?: boolean;
}

interface Role<T extends RoleProcessConfig> {
  readonly format: RoleConfigFormat<T>;
  open(config: T, passphrase: string | undefined, context: RoleContext): Promise<OpenRole>;
}

/** Makes `command` run the role that `load` gives. It may have subcommands besides. */
function addRole<T extends RoleProcessConfig>(command: Command, load: () => Promise<Role<T>>): void {
  const role = command.name();
  command
    .option('--config <file>', `run a ${role} in this process, as this file says`)
    .option('--print-config', 'print the effective configuration and end')
    .option('--example', 'print an example of the file with all keys and end')
    .action(async (options: RoleOptions) => {
      const { format, open } = await load();
      if (options.example === true) return print(JSON.stringify(format.example, null, 2));
      if (options.config === undefined) {
        const advice = `For a file to start from: cess ${role} --example`;
        throw new CessError('CONFIG_INVALID', `Say --config <file>. ${advice}`);
      }
      const config = readRoleConfig(format, options.config);
      if (options.printConfig === true) return print(JSON.stringify(config, null, 2));
      const passphrase = process.env['CESS_PASSPHRASE'];
      return runRole(role, config, (context) => open(config, passphrase, context));
    });
}

/** `cess node`, `cess provider`, `cess gateway`, `cess tee`. A process loads only the role that it runs. */
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
