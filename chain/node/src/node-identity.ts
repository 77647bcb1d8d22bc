// What the node calls itself towards clients.
export const nodeName = 'CESS Node';
export const nodeVersion = '0.1.0';
