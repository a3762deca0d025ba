export { environmentVariables, readConfig, type Config } from './config.ts'
export { startServer, type RunningServer, type StartOptions } from './start.ts'
