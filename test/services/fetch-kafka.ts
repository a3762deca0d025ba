// Fetches the Kafka versions named into the cache, with Maven, so that no test has to wait for it: `fetch-kafka.ts 4.1.1 3.9.1`.
import { cacheFolder, kafkaJars } from './kafka-files.ts'

for (const version of process.argv.slice(2)) {
  const folder = await kafkaJars(version, true)
  console.log(`Kafka ${version}: ${folder}`)
}
console.log(`cache: ${cacheFolder()}`)
