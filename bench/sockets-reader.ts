// Reads at a steady rate, in a process of its own: how long it waits has nothing to do with what the bench does meanwhile.
import { createAsking, pace, wallClock } from './delivery-pace.ts'
import { answering } from './delivery-processes.ts'

export type ReadQuestion = { port: number; request: string; rate: number; seconds: number }

answering(async ({ port, request, rate, seconds }: ReadQuestion): Promise<Float64Array> => {
  const reading = createAsking(port, 4)
  await reading.open()
  const took: number[] = []
  // From when it was due: what waits for its turn has waited.
  await pace(rate, seconds, async (due) => {
    await reading.ask(request)
    took.push(wallClock() - due)
  })
  reading.close()
  return Float64Array.from(took).sort()
})
