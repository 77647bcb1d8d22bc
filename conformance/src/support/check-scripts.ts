// The rules of `npm run check` over small trees of files: each function of scripts/ takes the root of a tree.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Files by their path from the root of the tree. Values that are no text become JSON. */
export type Tree = Readonly<Record<string, string | object>>;

type Check = (root: string) => readonly string[] | Promise<readonly string[]>;

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** The text of a file of this repository. */
export const repositoryFile = (path: string): string => readFileSync(join(repository, path), 'utf8');

/** A function of a script by its name. */
export async function loadCheck(script: string, name: string): Promise<Check> {
  const loaded = (await import(new URL(`../../../scripts/${script}`, import.meta.url).href)) as Record<string, Check>;
  const check = loaded[name];
  if (check === undefined) throw new Error(`scripts/${script} has no function ${name}`);
  return check;
}

/** The violations that a check reports for a tree. */
export async function problemsIn(check: Check, tree: Tree): Promise<readonly string[]> {
  const root = mkdtempSync(join(tmpdir(), 'cess-check-'));
  try {
    for (const [path, content] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
    }
    mkdirSync(join(root, 'node_modules'));
    symlinkSync(join(repository, 'node_modules/@types'), join(root, 'node_modules/@types'));
    return await check(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** The manifest of a package with one public entry. */
export function manifest(name: string, more: object = {}): object {
  return {
    name,
    version: '0.1.0',
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    ...more,
  };
}
