import { threadId } from 'node:worker_threads'
import { CannotStart } from './process.ts'
import type { Tracing } from './tracing.ts'

/**
 * Loads the tracing libraries, which cost time and memory, only if tracing is on.
 * @param endpoint where a collector listens
 * @param part the name of this process or thread
 */
export async function openTracing(endpoint: string, part: string, warn: (why: string) => void): Promise<Tracing> {
  const { createTracing } = await import('./opentelemetry.ts').catch((error: Error & { code?: string }) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new CannotStart(
      'OTEL_EXPORTER_OTLP_ENDPOINT is set, and the packages of OpenTelemetry are not installed. Run npm install ' +
        'without --omit=optional, or leave it empty.',
    )
  })
  return createTracing(endpoint, { 'kith.part': part, 'service.instance.id': `${process.pid}.${threadId}` }, warn)
}
