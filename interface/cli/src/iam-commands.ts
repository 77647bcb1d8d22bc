// The commands on users, access keys and policies at the gateway.
import type { Command } from 'commander';
import type { IamContext } from './commands/iam-context.js';
import type { AttachOptions } from './commands/policy.js';
import type { CreateUserOptions, DeleteUserOptions } from './commands/user.js';
import type { CliContext } from './context.js';

type ContextOf = () => CliContext;

interface CredentialsOption {
  readonly credentials?: string;
}

interface UserOption extends CredentialsOption {
  readonly user?: string;
}

const credentialsHelp = 'JSON with accessKeyId, secretAccessKey, endpoint and region (default: those of the home)';

/** `account` and `key` have commands of other subjects as well. */
export function addIamCommands(
  { program, account, key }: { readonly program: Command; readonly account: Command; readonly key: Command },
  context: ContextOf,
): void {
  const iam = async ({ credentials }: CredentialsOption): Promise<IamContext> =>
    (await import('./commands/iam-context.js')).iamContext(context(), credentials);
  withCredentials(account.command('summary').description('the account at the gateway and what it holds')).action(
    async (options: CredentialsOption) =>
      (await import('./commands/gateway-account.js')).showGatewayAccount(await iam(options)),
  );
  addUserCommands(program, iam);
  addAccessKeyCommands(key, iam);
  addPolicyCommands(program, iam);
}

type IamOf = (options: CredentialsOption) => Promise<IamContext>;

function withCredentials(command: Command): Command {
  return command.option('--credentials <file>', credentialsHelp);
}

function addUserCommands(program: Command, iam: IamOf): void {
  const user = program.command('user').description('users of the account at the gateway');
  withCredentials(user.command('list', { isDefault: true }).description('all users')).action(
    async (options: CredentialsOption) => (await import('./commands/user.js')).listUsers(await iam(options)),
  );
  withCredentials(user.command('show <name>').description('a user with its access keys, policies and groups')).action(
    async (name: string, options: CredentialsOption) =>
      (await import('./commands/user.js')).showUser(await iam(options), name),
  );
  withCredentials(user.command('create <name>').description('create a user'))
    .option('--path <path>', 'path, for example /staff/')
    .option('--policy <policy>', 'policy to attach: owner, admin, writer, reader, auditor, a name or an ARN')
    .action(async (name: string, options: CreateUserOptions & CredentialsOption) =>
      (await import('./commands/user.js')).createUser(await iam(options), name, options),
    );
  withCredentials(user.command('delete <name>').description('delete a user'))
    .option('--force', 'and its access keys, MFA devices, memberships and policies')
    .action(async (name: string, options: DeleteUserOptions & CredentialsOption) =>
      (await import('./commands/user.js')).deleteUser(await iam(options), name, options),
    );
}

function addAccessKeyCommands(key: Command, iam: IamOf): void {
  const ofUser = (command: Command) =>
    withCredentials(command).option('--user <name>', 'user of the key (default: the caller)');
  ofUser(key.command('create').description('make an access key at the gateway and print its secret')).action(
    async (options: UserOption) =>
      (await import('./commands/access-key.js')).createAccessKey(await iam(options), options.user),
  );
  ofUser(key.command('list').description('access keys at the gateway')).action(async (options: UserOption) =>
    (await import('./commands/access-key.js')).listAccessKeys(await iam(options), options.user),
  );
  for (const [name, status] of [
    ['enable', 'Active'],
    ['disable', 'Inactive'],
  ] as const) {
    ofUser(key.command(`${name} <id>`).description(`${name} an access key at the gateway`)).action(
      async (id: string, options: UserOption) =>
        (await import('./commands/access-key.js')).setAccessKeyStatus(await iam(options), id, options.user, status),
    );
  }
  ofUser(key.command('delete <id>').description('delete an access key at the gateway')).action(
    async (id: string, options: UserOption) =>
      (await import('./commands/access-key.js')).deleteAccessKey(await iam(options), id, options.user),
  );
}

function addPolicyCommands(program: Command, iam: IamOf): void {
  const policy = program.command('policy').description('policies of the account at the gateway');
  withCredentials(policy.command('list', { isDefault: true }).description('all managed policies')).action(
    async (options: CredentialsOption) => (await import('./commands/policy.js')).listPolicies(await iam(options)),
  );
  withCredentials(policy.command('show <policy>').description('the document of a policy')).action(
    async (name: string, options: CredentialsOption) =>
      (await import('./commands/policy.js')).showPolicy(await iam(options), name),
  );
  withCredentials(policy.command('create <name> <file>').description('create a policy from a JSON document')).action(
    async (name: string, file: string, options: CredentialsOption) =>
      (await import('./commands/policy.js')).createPolicy(await iam(options), name, file),
  );
  withCredentials(
    policy.command('update <policy> <file>').description('put a new version of a policy in force'),
  ).action(async (name: string, file: string, options: CredentialsOption) =>
    (await import('./commands/policy.js')).updatePolicy(await iam(options), name, file),
  );
  withCredentials(policy.command('delete <policy>').description('delete a policy that nobody uses')).action(
    async (name: string, options: CredentialsOption) =>
      (await import('./commands/policy.js')).deletePolicy(await iam(options), name),
  );
  for (const action of ['Attach', 'Detach'] as const) {
    const [verb, preposition] = action === 'Attach' ? ['attach', 'to'] : ['detach', 'from'];
    withCredentials(
      policy.command(`${verb} <policy>`).description(`${verb} a policy ${preposition} a user, group or role`),
    )
      .option('--user <name>', 'name of the user')
      .option('--group <name>', 'name of the group')
      .option('--role <name>', 'name of the role')
      .action(async (name: string, options: AttachOptions & CredentialsOption) =>
        (await import('./commands/policy.js')).changeAttachment(await iam(options), name, options, action),
      );
  }
}
