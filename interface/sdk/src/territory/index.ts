// @cess/sdk/territory: leased space.
import '../errors.js';

export { buyTerritory, expandTerritory, renewTerritory, type TerritoryCall } from './buy-territory.js';
export { getTerritory, listTerritories, type Territory, territoryPrice } from './get-territory.js';
