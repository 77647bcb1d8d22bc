// The composition of the runtime, beyond what the compiler checks.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { extensions, pallets } from './construct.js';
import { declarations } from './declarations/pallets.js';
import { extensionDeclarations } from './extensions/declaration.js';

describe('construction', () => {
  it('pallets stand in the order of their declarations: hooks run in that order', () => {
    assert.deepEqual(Object.keys(pallets), Object.keys(declarations));
  });

  it('every pallet is constructed under the name and with the declaration that clients see', () => {
    for (const [name, pallet] of Object.entries(pallets)) {
      assert.equal(pallet.declaration.id.name, name);
      assert.equal(pallet.declaration, declarations[name as keyof typeof declarations]);
    }
  });

  it('extensions stand in the order in which clients encode them', () => {
    assert.deepEqual(
      extensions.map(({ identifier }) => identifier),
      Object.keys(extensionDeclarations),
    );
  });
});
