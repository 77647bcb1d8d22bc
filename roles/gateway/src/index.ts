// @cess/role-gateway: composition root of the process that `cess gateway` runs.
export { createGatewayRole, type GatewayRoleConfig, gatewayConfigFormat } from './gateway-role.js';
export { recoverGatewayRole } from './recover.js';
