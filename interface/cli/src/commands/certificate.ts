// cess gateway certificate: a TLS certificate for development, in a folder.
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createDevelopmentCertificate } from '@cess/gateway';
import type { CliContext } from '../context.js';
import { print } from '../output.js';

export interface CertificateOptions {
  readonly host: readonly string[];
  readonly days: number;
}

/** Never overwrites a file. */
export async function createCertificate(
  { json }: CliContext,
  folder: string,
  { host: hosts, days }: CertificateOptions,
): Promise<void> {
  const { authority, certificate, key } = createDevelopmentCertificate({ hosts, days, nowMs: Date.now() });
  const files = {
    authorityFile: resolve(folder, 'ca.pem'),
    certificateFile: resolve(folder, 'certificate.pem'),
    keyFile: resolve(folder, 'key.pem'),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(files.keyFile, key, { mode: 0o600, flag: 'wx' });
  await writeFile(files.certificateFile, certificate, { flag: 'wx' });
  await writeFile(files.authorityFile, authority, { flag: 'wx' });
  if (json) return print(JSON.stringify({ ...files, hosts, days }, null, 2));
  print(`${files.certificateFile} and ${files.keyFile} are for "s3Certificates" in the configuration of the gateway.`);
  print(`Clients trust ${files.authorityFile}, for example: aws --ca-bundle ${files.authorityFile}`);
}
