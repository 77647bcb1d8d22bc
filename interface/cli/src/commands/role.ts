// The commands that run a role in this process from its configuration file, or print an example of that file. A process loads
// only the role that it runs.
import { CessError } from '@cess/primitives';
import type { Role, RoleProcessConfig } from '@cess/role-process';
import type { Command } from 'commander';
import { print } from '../output.js';

interface RoleOptions {
  readonly config?: string;
  readonly printConfig?: boolean;
  readonly example?: boolean;
}

/** `cess node`, `cess provider`, `cess gateway`, `cess tee`. */
export function addRoleCommands(commands: Record<'node' | 'provider' | 'gateway' | 'tee', Command>): void {
  addRole(commands.node, async () => (await import('@cess/role-node')).nodeRole);
  addRole(commands.provider, async () => (await import('@cess/role-provider')).providerRole);
  addRole(commands.gateway, async () => {
    const { createGatewayRole } = await import('@cess/role-gateway');
    const { assetsFolder } = await import('@cess/console');
    return createGatewayRole(assetsFolder);
  });
  addRole(commands.tee, async () => (await import('@cess/role-tee')).teeRole);
}

/** Makes `command` run the role that `load` imports. The command may also have subcommands. */
function addRole<T extends RoleProcessConfig>(command: Command, load: () => Promise<Role<T>>): void {
  command
    .option('--config <file>', `run a ${command.name()} in this process with this configuration file`)
    .option('--print-config', 'print the effective configuration without its secrets and exit')
    .option('--example', 'print a template of the configuration file with all keys and exit')
    .action(async (options: RoleOptions) => startRole(await load(), options));
}

/** Returns only after printing a configuration; otherwise the process exits with the role. Throws `CONFIG_INVALID`. */
async function startRole<T extends RoleProcessConfig>(role: Role<T>, options: RoleOptions): Promise<void> {
  const { format } = role;
  if (options.example === true) return print(JSON.stringify(format.example, null, 2));
  if (options.config === undefined) {
    throw new CessError('CONFIG_INVALID', `Pass --config <file>. \`cess ${format.role} --example\` prints a template.`);
  }
  const { readRoleConfig, runRole } = await import('@cess/role-process');
  const config = readRoleConfig(format, options.config);
  if (options.printConfig === true) {
    return print(JSON.stringify(format.withoutSecrets?.(config) ?? config, null, 2));
  }
  return runRole(role, config, {
    isSupervised: process.env['CESS_SUPERVISED'] === '1',
    name: process.env['CESS_ROLE_NAME'],
    logFile: process.env['CESS_ROLE_LOG'],
    passphrase: process.env['CESS_PASSPHRASE'],
  });
}
