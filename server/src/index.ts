export { environmentVariables, readConfig, type Config } from './config.ts'
export type { Drivers } from './runtime/drivers.ts'
export type { Runtime } from './runtime/runtime.ts'
export { startServer, type RunningServer, type StartOptions } from './start.ts'
