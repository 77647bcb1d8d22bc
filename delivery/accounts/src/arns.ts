// Amazon Resource Names of IAM and STS ("IAM ARNs"). The path of a user, group, role or policy begins and ends with a slash.

export type EntityKind = 'user' | 'group' | 'role' | 'policy' | 'mfa';

/** What an ARN is made of, for entities with a path. */
export interface Named {
  readonly name: string;
  readonly path: string;
}

export function entityArn(account: string, kind: EntityKind, { name, path }: Named): string {
  return `arn:aws:iam::${account}:${kind}${path}${name}`;
}

export function rootArn(account: string): string {
  return `arn:aws:iam::${account}:root`;
}

export function assumedRoleArn(account: string, role: string, session: string): string {
  return `arn:aws:sts::${account}:assumed-role/${role}/${session}`;
}

export interface ParsedArn {
  readonly account: string;
  readonly kind: string;
  /** Without the path. */
  readonly name: string;
}

/** Undefined for a text that is no ARN of IAM. */
export function parseEntityArn(arn: string): ParsedArn | undefined {
  const match = /^arn:aws:iam::(\d{12}|aws):([a-z]+)\/(?:[\x21-\x7e]*\/)?([^/]{1,226})$/.exec(arn);
  const [, account, kind, name] = match ?? [];
  if (account === undefined || kind === undefined || name === undefined) return undefined;
  return { account, kind, name };
}
