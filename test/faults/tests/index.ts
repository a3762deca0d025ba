import type { FaultTest } from '../fault-test.ts'
import { torture } from './torture.ts'

export const faultTests: readonly FaultTest[] = [torture]
