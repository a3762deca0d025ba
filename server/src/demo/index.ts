export { startDemo, type Demo, type DemoOptions } from './start-demo.ts'
