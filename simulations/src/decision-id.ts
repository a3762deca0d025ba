/** The decision id of a round, in process and over HTTP alike: the same id seeds the same draw. */
export function decisionIdFor(dataSet: string, seed: number, round: number): string {
  return `${dataSet}-${seed}-${round}`
}
