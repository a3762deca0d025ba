import { environmentVariables, isFleet, readConfig } from '../config.ts'
import { openFolder, type OpenFolder } from './data-folder.ts'
import { dataFolder } from './serve.ts'
import { machineLog } from './server-log.ts'

/**
 * The log and store a command without a server means: the data folder it is given, else the fleet that the environment names, else the data
 * folder of the environment or the default one. To read; servers and learners may be running on it.
 */
export async function openState(folder: string | undefined): Promise<OpenFolder> {
  const known = Object.fromEntries(Object.keys(environmentVariables).map((name) => [name, process.env[name]]))
  const config = readConfig(known)
  if (folder !== undefined || !isFleet(config)) return openFolder(dataFolder(folder))
  const { openDrivers } = await import('../runtime/drivers.ts')
  const { log, store } = await openDrivers(config, 'learner', machineLog('silent'))
  return {
    where: `Kafka at ${config.kafkaBrokers!.join(', ')}, topic ${config.kafkaTopic}`,
    log,
    store,
    close: async () => {
      await log.close()
      await store.close()
    },
  }
}
