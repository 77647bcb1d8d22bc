// Two gateways of one identity as processes over one index in PostgreSQL, each with a connection to the database that can be cut.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresCluster, startPostgres } from '@cess/object-index/testing';
import { present } from '@cess/primitives';
import { Endpoint } from '../s3/endpoint.js';
import { freePorts, TestNetwork } from './network.js';
import { type RoleProcess, spawnRole } from './spawn-role.js';
import { TcpCut } from './tcp-cut.js';

const credentials = { accessKeyId: 'AKIDFLEET', secretAccessKey: 'a-secret-of-this-test' };
const region = 'us-east-1';
const territory = 'fleet';

export interface FleetGateway {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly database: TcpCut;
  process: RoleProcess;
}

export class TwoGateways {
  private constructor(
    readonly network: TestNetwork,
    readonly cluster: PostgresCluster,
    /** Of the database, not through a proxy. */
    readonly url: string,
    readonly gateways: readonly FleetGateway[],
    readonly owner: string,
    private readonly folder: string,
    /** What gateways printed last that ended by themselves. */
    readonly ends: readonly string[],
    private readonly spawn: (name: string) => RoleProcess,
  ) {}

  static async start(): Promise<TwoGateways> {
    const folder = mkdtempSync(join(tmpdir(), 'cess-fleet-'));
    const path = (name: string): string => join(folder, name);
    const [network, cluster] = await Promise.all([TestNetwork.create(), startPostgres()]);
    await network.start();
    const url = await cluster.createDatabase();
    const key = (await network.cess('key', 'new', 'gateway', path('gateway.json'), '--plaintext-development')) as {
      readonly address: string;
    };
    const owner = (await network.cess('key', 'show')) as Record<'address' | 'encryption key (X25519)', string>;
    await network.cess('account', 'transfer', key.address, '1000');
    await network.cess('territory', 'mint', territory, '1', '30');
    writeFileSync(path('credentials.json'), JSON.stringify(credentials));
    const ports = await freePorts(2);
    const gateways: FleetGateway[] = [];
    const ends: string[] = [];
    const spawn = (name: string): RoleProcess => {
      const started = spawnRole('gateway', path(`${name}.cfg`), process.env);
      void started.ended.then(({ code, output }) => {
        if (code !== null) ends.push(`${name} ended with ${code}: ${output.slice(-2_000)}`);
      });
      return started;
    };
    for (const [index, s3Port] of ports.entries()) {
      const name = `gateway-${index + 1}`;
      const database = await TcpCut.before(cluster.port);
      const throughProxy = url.replace(`:${cluster.port}/`, `:${database.port}/`);
      const config = {
        chainSpecFile: join(network.home, 'chain-spec.json'),
        chainRpc: network.rpc,
        dataDir: name,
        keyFile: 'gateway.json',
        s3Port,
        // That of a load balancer in front of both.
        endpoint: `http://127.0.0.1:${ports[0]}`,
        smallObjects: null,
        indexExport: null,
        index: { postgres: { url: throughProxy, member: name } },
        accounts: [
          {
            credentialsFile: 'credentials.json',
            owner: owner.address,
            ownerKey: owner['encryption key (X25519)'],
            territory,
          },
        ],
      };
      writeFileSync(path(`${name}.cfg`), JSON.stringify(config));
      const process_ = spawn(name);
      const endpoint = new Endpoint(await process_.ready(), region, credentials);
      gateways.push({ name, endpoint, database, process: process_ });
      if (index > 0) continue;
      await network.cess('gateway', 'authorize', key.address);
      await network.cess('territory', 'lock', territory, key.address, '1');
    }
    return new TwoGateways(network, cluster, url, gateways, owner.address, folder, ends, spawn);
  }

  /** Starts a gateway again that has ended. */
  async restart(gateway: FleetGateway): Promise<void> {
    gateway.process = this.spawn(gateway.name);
    await gateway.process.ready();
  }

  /** The gateway with the lease of the background work, and how often the lease has changed its holder. */
  async lease(): Promise<{ readonly holder: string; readonly token: number }> {
    const sql = 'SELECT name, token::float8 FROM cess_leases JOIN cess_members USING (member)';
    const [row] = await this.cluster.query(this.url, sql);
    const { name, token } = present(row, 'the lease');
    return { holder: String(name), token: Number(token) };
  }

  async destroy(): Promise<void> {
    for (const { process: process_, database, endpoint } of this.gateways) {
      process_.child.kill('SIGCONT');
      process_.child.kill('SIGKILL');
      endpoint.close();
      database.close();
    }
    await this.network.destroy();
    await this.cluster.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
