// @cess/role-gateway: composition root of the process that `cess gateway` runs.
export { type GatewayRoleConfig, gatewayConfigFormat, gatewayRole } from './gateway-role.js';
export { recoverGatewayRole } from './recover.js';
