// cess console: where the web console of the running network is, and a browser that shows it (docs/operations/console.md).
import { spawn } from 'node:child_process';
import { AdminClient } from '@cess/node-api';
import { CessError } from '@cess/primitives';
import type { CliContext } from '../context.js';
import { print } from '../output.js';

export interface ConsoleOptions {
  readonly open?: boolean;
}

/** What shows a URL in the browser of the user. */
const openers: Partial<Record<NodeJS.Platform, readonly [command: string, ...args: string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Throws `CONSOLE_NOT_SERVED`, and with `open` `BROWSER_UNAVAILABLE`. */
export async function showConsole(context: CliContext, { open = false }: ConsoleOptions): Promise<void> {
  const { gateway } = await new AdminClient(context.home).status();
  const { console: url } = gateway;
  if (url === null) throw new CessError('CONSOLE_NOT_SERVED', 'The gateway of this network serves no console.');
  print(context.json ? JSON.stringify({ console: url }) : url);
  if (open) await openInBrowser(url);
}

function openInBrowser(url: string): Promise<void> {
  const [command, ...args] = openers[process.platform] ?? ['xdg-open'];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', (cause) => {
      const message = `${command} could not be run; open ${url} yourself.`;
      reject(new CessError('BROWSER_UNAVAILABLE', message, {}, { cause }));
    });
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
