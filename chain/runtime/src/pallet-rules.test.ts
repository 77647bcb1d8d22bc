// The rules of scripts/check-pallets.mjs on offending samples.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';

const { checkPallets } = (await import(new URL('../../../scripts/check-pallets.mjs', import.meta.url).href)) as {
  checkPallets(root: string): string[];
};

const root = mkdtempSync(join(tmpdir(), 'cess-pallet-rules-'));

/** Problems of a runtime that consists of this one file. */
function problemsOf(file: string, text: string): string[] {
  const source = join(root, 'chain/runtime/src');
  rmSync(source, { recursive: true, force: true });
  mkdirSync(dirname(join(source, file)), { recursive: true });
  writeFileSync(join(source, file), text);
  return checkPallets(root);
}

describe('rules of pallets', () => {
  after(() => rmSync(root, { recursive: true }));

  const refused: Readonly<Record<string, readonly [file: string, text: string, problem: RegExp]>> = {
    'a pallet that imports another one': [
      'pallets/audit/calls.ts',
      "import { balances } from '../balances/index.js';\n",
      /imports pallets\/balances\/index\.ts of another pallet/,
    ],
    'construct.ts that reaches into a pallet': [
      'construct.ts',
      "import {\n  transfer,\n} from './pallets/balances/ledger.js';\n",
      /only index\.ts and declaration\.ts of a pallet are public/,
    ],
    'a declaration that imports logic of its pallet': [
      'pallets/audit/declaration.ts',
      "import { challengeAsOf } from './challenge.js';\n",
      /declarations are data and import no logic/,
    ],
    'a declaration that imports cryptography': [
      'pallets/audit/declaration.ts',
      "import { verify } from '@cess/proofs';\n",
      /imports @cess\/proofs; declarations are data/,
    ],
    'a declaration that imports a module of Node': [
      'pallets/audit/types.ts',
      "import { createHash } from 'node:crypto';\n",
      /imports node:crypto; declarations are data/,
    ],
  };
  for (const [what, [file, text, problem]] of Object.entries(refused)) {
    it(`refuse ${what}`, () => {
      const [first, ...rest] = problemsOf(file, text);
      assert.match(first ?? '', problem);
      assert.deepEqual(rest, []);
    });
  }

  it('accept logic that imports its own folder, and construct.ts that imports public files', () => {
    assert.deepEqual(problemsOf('pallets/audit/calls.ts', "import { rounds } from './rounds.js';\n"), []);
    assert.deepEqual(problemsOf('construct.ts', "import { createAudit } from './pallets/audit/index.js';\n"), []);
  });
});
