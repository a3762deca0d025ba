export type { AppendOptions, EventLog, LogRecord, Position } from './event-log.ts'
export type { Spool, SpooledRecord } from './spool.ts'
