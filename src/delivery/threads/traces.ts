import { openTracing } from '../../platform/open-tracing.ts'
import type { DeliveryLog } from '../engine.ts'
import type { Follow } from '../state.ts'

/** The event type at the beginning of a body. */
const typeOf = (body: Buffer) => /"type":"([^"]+)"/.exec(body.toString('latin1', 0, 200))?.[1] ?? 'event'

/** Traces, in this thread, attempts to deliver events of traced requests. */
export async function traceDeliveries(
  endpoint: string,
  log: DeliveryLog,
): Promise<{ follow: Follow; stop(): Promise<void> }> {
  const tracing = await openTracing(endpoint, 'delivery', (why) => log.warn({ why }, 'traces could not be sent'))
  return {
    stop: () => tracing.stop(),
    follow({ receiver }, { event, body, trace, source, attempts }, began) {
      if (trace === null) return null
      const traced = tracing.follow(trace, `deliver ${typeOf(body)}`, began, {
        'messaging.operation.type': 'send',
        'kith.event.id': event,
        'kith.webhook.endpoint': receiver.id,
        'kith.webhook.source': source,
        'kith.webhook.attempt': attempts + 1,
        'server.address': new URL(receiver.origin).hostname,
      })
      return {
        context: traced.context,
        end({ code, response }) {
          const good = code !== null && code >= 200 && code < 300
          traced.end(
            code === null ? {} : { 'http.response.status_code': code },
            good ? undefined : code === null ? response.slice(0, 200) : `answered ${code}`,
          )
        },
      }
    },
  }
}
