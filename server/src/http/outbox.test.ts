import { expect, it } from 'vitest'
import { Outbox } from './outbox.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('sends what a turn has finished at its end, in order, each once', async () => {
  const outbox = new Outbox()
  const sent: number[] = []
  outbox.add(() => sent.push(1))
  outbox.add(() => {
    sent.push(2)
    outbox.add(() => sent.push(3))
  })
  expect(sent).toEqual([])
  await turn()
  expect(sent).toEqual([1, 2])
  await turn()
  await turn()
  expect(sent).toEqual([1, 2, 3])
  outbox.add(() => sent.push(4))
  await turn()
  expect(sent).toEqual([1, 2, 3, 4])
})
