// Settings of the peer-to-peer network in configuration files.
import { z } from 'zod';

const placeSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,16}(\/[a-z0-9-]{1,16}){0,2}$/, 'must be a place such as "eu", "eu/de" or "eu/de/fra-1"');

const commonShape = {
  /** Addresses to tell others in place of those that the node listens on. */
  announce: z.array(z.string().min(1)).default([]),
  /** Addresses of any nodes of the network, with `/p2p/<peer id>`; one is enough. */
  bootstrap: z.array(z.string().min(1)).default([]),
  /** Find nodes and tell of this one at private addresses, too: for a network within one site. */
  privateAddresses: z.boolean().default(false),
  /** Where the node is, for its record in the network; null: it publishes none. */
  place: placeSchema.nullable().default(null),
};

/** Settings of a chain node. */
export const p2pSchema = z.strictObject({
  /** Multiaddresses to listen on. */
  listen: z.array(z.string().min(1)).default(['/ip4/0.0.0.0/tcp/30333']),
  /** Relay connections for nodes behind a NAT. */
  isRelay: z.boolean().default(false),
  ...commonShape,
});

export type P2pConfig = z.infer<typeof p2pSchema>;

/** Settings of a role that only publishes its record. */
export const roleP2pSchema = z.strictObject({
  /** Multiaddresses to listen on; none is enough to publish a record. */
  listen: z.array(z.string().min(1)).default([]),
  ...commonShape,
});

export type RoleP2pConfig = z.infer<typeof roleP2pSchema>;
