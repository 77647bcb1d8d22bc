// Bundles modules of the workspace for a browser, as an application that depends on them would.
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

export interface BrowserBundle {
  /** Files by name; `entry.js` loads the others. */
  readonly files: ReadonlyMap<string, string>;
  /** Size of all files after gzip. */
  readonly gzipBytes: number;
  /** External imports of the bundle; empty for bundles that run in a browser. */
  readonly foreignImports: readonly string[];
  /** Warnings of the bundler. */
  readonly warnings: readonly string[];
}

const virtualEntry = '\0entry';

/** Bundles the module with this source text. */
export async function bundleForBrowser(source: string): Promise<BrowserBundle> {
  const warnings: string[] = [];
  const bundle = await rolldown({
    input: { entry: virtualEntry },
    platform: 'browser',
    onLog: (_level, log) => {
      warnings.push(log.message);
    },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === virtualEntry ? id : undefined),
        load: (id) => (id === virtualEntry ? source : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true, entryFileNames: '[name].js' });
  await bundle.close();
  const files = new Map<string, string>();
  const imported = new Set<string>();
  for (const chunk of output) {
    if (chunk.type !== 'chunk') continue;
    files.set(chunk.fileName, chunk.code);
    for (const target of [...chunk.imports, ...chunk.dynamicImports]) imported.add(target);
  }
  return {
    files,
    gzipBytes: [...files.values()].reduce((sum, code) => sum + gzipSync(code).length, 0),
    foreignImports: [...imported].filter((target) => !files.has(target)),
    warnings,
  };
}
