// The layout of the network's folder, and the secrets that the first start generates. All keys of the embedded network are
// development keys in plain text, and the files say so.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CessError, jsonProblem } from '@cess/primitives';
import { openKeyFile, plaintextKeyFile } from '@cess/sealing';
import { writeFileAtomically } from '@cess/store';

export class Home {
  constructor(readonly path: string) {}

  readonly chain = (): string => join(this.path, 'chain');
  readonly gateway = (): string => join(this.path, 'gateway');
  readonly tee = (name: string): string => join(this.path, 'tee', name);
  readonly validator = (name: string): string => join(this.path, 'validators', name);
  readonly provider = (name: string): string => join(this.path, 'providers', name);
  readonly logFile = (): string => join(this.path, 'logs', 'network.log');
  readonly chainSpecFile = (): string => join(this.path, 'chain-spec.json');
  readonly credentialsFile = (): string => join(this.path, 'credentials.json');
  readonly networkFile = (): string => join(this.path, 'network.json');
  readonly keyFile = (name: string): string => join(this.path, 'keys', `${name}.json`);

  /** The 32-byte secret of that name, created when it is missing. */
  async secret(name: string): Promise<Uint8Array> {
    const file = this.keyFile(name);
    if (!existsSync(file)) {
      mkdirSync(join(this.path, 'keys'), { recursive: true, mode: 0o700 });
      writeFileAtomically(file, plaintextKeyFile(name, new Uint8Array(randomBytes(32))), 0o600);
    }
    return openKeyFile(name, readFileSync(file, 'utf8'), { allowPlaintext: true });
  }
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly endpoint: string;
  readonly region: string;
}

export const region = 'us-east-1';

/** S3 credentials: the keys are generated once, the endpoint follows the configuration. Throws `HOME_CREDENTIALS_DAMAGED`. */
export function loadCredentials(home: Home, endpoint: string): Credentials {
  const file = home.credentialsFile();
  const before = existsSync(file) ? readCredentials(file) : {};
  const credentials = {
    accessKeyId: before.accessKeyId ?? `CESS${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: before.secretAccessKey ?? randomBytes(30).toString('base64url'),
    endpoint,
    region,
  };
  writeFileAtomically(file, `${JSON.stringify(credentials, null, 2)}\n`, 0o600);
  return credentials;
}

function readCredentials(file: string): Partial<Credentials> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Credentials>;
  } catch (cause) {
    const message = `${file} cannot be used: ${jsonProblem(cause)}. Restore it from a backup, or remove it for new keys.`;
    throw new CessError('HOME_CREDENTIALS_DAMAGED', message, { file }, { cause });
  }
}
