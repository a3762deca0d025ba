export type { AppendOptions, EventLog, LogRecord, Position } from './event-log.ts'
