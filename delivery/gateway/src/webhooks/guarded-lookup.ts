// Resolution of names for connections that the gateway makes on behalf of others. A name is resolved once per connection, and the
// connection goes to exactly the addresses that were checked: a second answer of the name server cannot redirect it.
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { CessError } from '@cess/primitives';
import type { AddressRules } from './special-addresses.js';

interface Address {
  readonly address: string;
  readonly family: number;
}

export type ResolveName = (hostname: string) => Promise<readonly Address[]>;

const resolveBySystem: ResolveName = (hostname) => lookup(hostname, { all: true, verbatim: true });

/** Node calls no lookup for a literal address. Throws `WEBHOOK_ADDRESS_REFUSED`. */
export function assertLiteralAllowed(hostname: string, rules: AddressRules): void {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !rules.allows(literal)) throw addressRefused(hostname, literal);
}

/** A lookup for `http.Agent`. One address that is not allowed refuses the name. */
export function guardedLookup(rules: AddressRules, resolve: ResolveName = resolveBySystem): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const refused = addresses.find(({ address }) => !rules.allows(address));
        const [first] = addresses;
        if (refused !== undefined) callback(addressRefused(hostname, refused.address), '', 0);
        else if (first === undefined) callback(new Error(`${hostname} has no address.`), '', 0);
        else if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 0),
    );
  };
}

function addressRefused(hostname: string, address: string): CessError<'WEBHOOK_ADDRESS_REFUSED'> {
  return new CessError(
    'WEBHOOK_ADDRESS_REFUSED',
    `${hostname} has the address ${address}, which is not public. The operator of the gateway can allow it (allowedAddresses).`,
    { address },
  );
}
