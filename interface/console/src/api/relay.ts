/** The WebSocket URL of the chain node behind the gateway. */
export function relayUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/chain`;
}
