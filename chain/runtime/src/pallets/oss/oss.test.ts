import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { query, tx } from '../../index.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob, Harness } from '../../test-support/harness.js';
import { GATEWAY_INFO } from '../../test-support/storage-scenario.js';
import { MAX_AUTHORITIES } from './declaration.js';

describe('Oss', () => {
  it('a gateway registers, updates and ends its registration', () => {
    const chain = new Harness();
    failsWith(chain, bob, tx.Oss.update(GATEWAY_INFO), 'UnRegister');
    failsWith(chain, bob, tx.Oss.destroy({}), 'UnRegister');
    failsWith(chain, bob, tx.Oss.register({ ...GATEWAY_INFO, endpoint: utf8('') }), 'EmptyEndpoint');
    chain.run(bob, tx.Oss.register(GATEWAY_INFO));
    assert.deepEqual(query.Oss.Oss.get(chain, bob.publicKey), GATEWAY_INFO);
    failsWith(chain, bob, tx.Oss.register(GATEWAY_INFO), 'Registered');
    const moved = { ...GATEWAY_INFO, endpoint: utf8('http://127.0.0.1:9') };
    chain.run(bob, tx.Oss.update(moved));
    assert.deepEqual(query.Oss.Oss.get(chain, bob.publicKey), moved);
    chain.run(bob, tx.Oss.destroy({}));
    assert.equal(query.Oss.Oss.get(chain, bob.publicKey), undefined);
  });

  it('an owner authorises gateways, a bounded number, and takes the right back', () => {
    const chain = new Harness();
    failsWith(chain, alice, tx.Oss.cancel_authorize({ oss: bob.publicKey }), 'NoAuthorization');
    chain.run(alice, tx.Oss.authorize({ operator: bob.publicKey }));
    failsWith(chain, alice, tx.Oss.authorize({ operator: bob.publicKey }), 'Existed');
    for (let i = 1; i < MAX_AUTHORITIES; i++)
      chain.run(alice, tx.Oss.authorize({ operator: new Uint8Array(32).fill(i) }));
    failsWith(chain, alice, tx.Oss.authorize({ operator: new Uint8Array(32).fill(99) }), 'TooManyAuthorities');
    chain.run(alice, tx.Oss.cancel_authorize({ oss: bob.publicKey }));
    const rest = query.Oss.AuthorityList.get(chain, alice.publicKey);
    assert.deepEqual([rest.length, rest[0]], [MAX_AUTHORITIES - 1, new Uint8Array(32).fill(1)]);
  });
});
