// The database of an index that several gateways share ("index" in the configuration).
import { readFileSync } from 'node:fs';
import type { FleetConfig } from '@cess/gateway';
import { CessError, messageOf } from '@cess/primitives';
import { z } from 'zod';

const postgresUrlSchema = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:$/.test(protocolOf(text)),
    'must be a URL such as postgres://cess@db.example:5432/cess',
  )
  .refine((text) => passwordOf(text) === '', 'must hold no password: write that into "passwordFile"');

export const indexSchema = z.strictObject({
  postgres: z.strictObject({
    url: postgresUrlSchema,
    /** Keep it readable for this user only; null: the server asks for no password. */
    passwordFile: z.string().min(1).nullable().default(null),
    /** Name of this gateway among those that share the database; the same after every start. */
    member: z.string().regex(/^[a-z0-9][a-z0-9-]{0,19}$/, 'must be 1 to 20 lower-case letters, digits and hyphens'),
    /** Connections for reads; there are four more for everything else. */
    maxConnections: z.number().int().min(1).max(200).default(16),
  }),
});

type IndexConfig = z.infer<typeof indexSchema>;

export function resolveIndexPaths({ postgres }: IndexConfig, absolute: (path: string) => string): IndexConfig {
  const { passwordFile } = postgres;
  return { postgres: { ...postgres, passwordFile: passwordFile === null ? null : absolute(passwordFile) } };
}

/** Throws `CONFIG_INVALID` if the file of the password cannot be read. */
export function readIndexDatabase({ postgres }: IndexConfig): FleetConfig {
  const { url, passwordFile, member, maxConnections } = postgres;
  const password = passwordFile === null ? undefined : readPassword(passwordFile);
  return { url, member, maxConnections, password };
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const message = `The password of the database cannot be read: ${messageOf(cause)}.`;
    throw new CessError('CONFIG_INVALID', message, {}, { cause });
  }
}

function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : '';
}

function passwordOf(text: string): string {
  if (!URL.canParse(text)) return '';
  const { password, searchParams } = new URL(text);
  return password + (searchParams.get('password') ?? '');
}
