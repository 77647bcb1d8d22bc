// Checks before anything starts, each with one clear error message: the folder is writable, the disk has enough free space,
// the ports are free.
import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { CessError, formatBytes, messageOf } from '@cess/primitives';

/** Throws `HOME_NOT_WRITABLE`. */
export function requireWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new CessError(
      'HOME_NOT_WRITABLE',
      `The folder ${folder} cannot be written: ${messageOf(cause)}. Give it to your user or choose another with CESS_HOME.`,
      { folder },
      { cause },
    );
  }
}

/** Bytes available to an unprivileged user. */
export function freeDiskBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Throws `DISK_LOW`. */
export function requireFreeDisk(folder: string, minFreeBytes: number): void {
  const free = freeDiskBytes(folder);
  if (free < minFreeBytes) {
    throw new CessError(
      'DISK_LOW',
      `Only ${formatBytes(free)} are free on the disk of ${folder}; the network wants ${formatBytes(minFreeBytes)} (every stored byte takes three on one disk). Free some space, or set CESS_MIN_FREE_BYTES or CESS_HOME.`,
      { free, minFreeBytes },
    );
  }
}

/** Throws `PORT_IN_USE`. Port 0 is always free. */
export async function requireFreePort(host: string, port: number, what: string, variable: string): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === 'EADDRINUSE';
      const reason = inUse ? 'is in use by another program' : `cannot be used (${messageOf(cause)})`;
      const message = `Port ${port} for ${what} ${reason}. Stop that program or choose another port with ${variable}.`;
      reject(new CessError(inUse ? 'PORT_IN_USE' : 'PORT_UNUSABLE', message, { host, port }, { cause }));
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
