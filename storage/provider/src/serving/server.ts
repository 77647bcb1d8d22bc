// The HTTP server of a provider.
import { NodeServer, type NodeServerInit } from '@cess/node-api';
import { providerNames } from './errors.js';

export { sendJson } from '@cess/node-api';

export class ProviderServer extends NodeServer {
  constructor(init: NodeServerInit) {
    super(init, providerNames);
  }
}
