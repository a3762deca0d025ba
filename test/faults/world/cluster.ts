import { freePort, RedisProcess, until } from '../../services/redis-process.ts'

export interface ReplicatedCluster {
  readonly nodes: { readonly host: string; readonly port: number }[]
  readonly masters: readonly RedisProcess[]
  stop(): Promise<void>
}

/** Three masters with a replica each; half a second of silence and a master is replaced. */
export async function startReplicatedCluster(): Promise<ReplicatedCluster> {
  const servers = await Promise.all(Array.from({ length: 6 }, async () => {
    const bus = await freePort()
    const server = new RedisProcess(await freePort(), ['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '1000', '--repl-diskless-sync-delay', '0', '--cluster-replica-validity-factor', '0'])
    await server.start()
    return { server, bus }
  }))
  const [masters, replicas] = [servers.slice(0, 3), servers.slice(3)]
  const [first] = masters
  for (const [index, bounds] of [['0', '5460'], ['5461', '10922'], ['10923', '16383']].entries()) await masters[index]!.server.command('CLUSTER', 'ADDSLOTSRANGE', ...bounds)
  for (const { server, bus } of servers.slice(1)) await first!.server.command('CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(bus))
  const says = (wanted: string) => async () => (await Promise.all(servers.map(({ server }) => server.command('CLUSTER', 'INFO')))).every((info) => info.includes(wanted))
  await until('the nodes know each other', says('cluster_known_nodes:6'))
  for (const [index, { server }] of replicas.entries()) {
    const id = /\$40\r\n([0-9a-f]{40})/.exec(await masters[index]!.server.command('CLUSTER', 'MYID'))![1]!
    await until('the replica takes its master', async () => (await server.command('CLUSTER', 'REPLICATE', id)).startsWith('+OK'))
  }
  await until('the Cluster', says('cluster_state:ok'))
  await until('the replicas', async () => (await Promise.all(replicas.map(({ server }) => server.command('INFO', 'replication')))).every((info) => info.includes('master_link_status:up')))
  return {
    nodes: servers.map(({ server }) => ({ host: '127.0.0.1', port: server.port })),
    masters: masters.map(({ server }) => server),
    async stop() {
      for (const { server } of servers) await server.stop()
    },
  }
}
