// Module hooks that replace one text in one file while it is loaded.
import type { LoadHook } from 'node:module';
import type { MessagePort } from 'node:worker_threads';

interface MutantData {
  readonly file: string;
  readonly text: string;
  readonly replacement: string;
  readonly port: MessagePort;
}

let mutant: MutantData | undefined;

export function initialize(data: MutantData): void {
  mutant = data;
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (mutant === undefined || !url.endsWith(mutant.file)) return loaded;
  const parts = String(loaded.source).split(mutant.text);
  mutant.port.postMessage(parts.length - 1);
  return { ...loaded, source: parts.join(mutant.replacement) };
};
