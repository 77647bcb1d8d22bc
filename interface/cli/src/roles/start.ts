// What the command of a role does: it runs the role that the configuration file describes, or prints a file.
import { CessError } from '@cess/primitives';
import { print } from '../output.js';
import { type RoleConfigFormat, readRoleConfig } from './config-file.js';
import { type OpenRole, type RoleContext, type RoleProcessConfig, runRole } from './process.js';

export interface RoleOptions {
  readonly config?: string;
  readonly printConfig?: boolean;
  readonly example?: boolean;
}

export interface Role<T extends RoleProcessConfig> {
  readonly format: RoleConfigFormat<T>;
  open(config: T, passphrase: string | undefined, context: RoleContext): Promise<OpenRole>;
}

/** Does not return when the role runs: the process ends with it. Throws `CONFIG_INVALID`. */
export async function startRole<T extends RoleProcessConfig>(
  { format, open }: Role<T>,
  options: RoleOptions,
): Promise<void> {
  if (options.example === true) return print(JSON.stringify(format.example, null, 2));
  if (options.config === undefined) {
    const advice = `For a file to start from: cess ${format.role} --example`;
    throw new CessError('CONFIG_INVALID', `Say --config <file>. ${advice}`);
  }
  const config = readRoleConfig(format, options.config);
  if (options.printConfig === true) return print(JSON.stringify(config, null, 2));
  const passphrase = process.env['CESS_PASSPHRASE'];
  return runRole(format.role, config, (context) => open(config, passphrase, context));
}
