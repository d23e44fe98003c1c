import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  DiagLogLevel,
  diag,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Traced, Tracing } from './tracing.ts'

/** The shortest time between two warnings, in ms: an absent collector fails every batch. */
const silence = 60_000
/** How long a stop waits for the collector, in ms. */
const patience = 3_000

/**
 * Traces by OpenTelemetry, sent by OTLP over HTTP. The SDK's own settings (`OTEL_TRACES_SAMPLER`,
 * `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_RESOURCE_ATTRIBUTES`, ...) hold.
 * @param endpoint where a collector listens; `/v1/traces` is appended
 * @param about attributes of this process
 */
export function createTracing(endpoint: string, about: Record<string, string>, warn: (why: string) => void): Tracing {
  let said = Number.NEGATIVE_INFINITY
  const say = (why: string) => {
    if (performance.now() - said < silence) return
    said = performance.now()
    warn(why.slice(0, 500))
  }
  const nothing = () => {}
  diag.setLogger(
    { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'kith', ...about }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })),
    ],
  })
  const tracer = provider.getTracer('kith')
  const working = new AsyncLocalStorage<Span>()

  const contextOf = (span: Span) => {
    const { traceId, spanId, traceFlags } = span.spanContext()
    return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`
  }
  const under = (traceparent: string | string[] | undefined): Context => {
    const parsed = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null
    if (!parsed || !isSpanContextValid(parsed)) return ROOT_CONTEXT
    return trace.setSpanContext(ROOT_CONTEXT, { ...parsed, isRemote: true })
  }
  /** The active span, if it is sampled: parts of a span that is not sampled are not either. */
  const current = () => {
    const span = working.getStore()
    return span?.isRecording() ? span : null
  }
  const finish = (span: Span, failed: string | undefined) => {
    if (failed !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failed })
    span.end()
  }
  const traced = (span: Span): Traced => ({
    context: contextOf(span),
    trace: span.spanContext().traceId,
    kept: span.isRecording(),
    within: (work) => working.run(span, work),
    end(about, failed) {
      const { name, ...rest } = about
      if (typeof name === 'string') span.updateName(name)
      span.setAttributes(rest)
      finish(span, failed)
    },
  })

  return {
    request: (method, { traceparent }) =>
      traced(
        tracer.startSpan(
          method,
          { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } },
          under(traceparent),
        ),
      ),
    statement(name = 'statement') {
      const parent = current()
      if (!parent) return null
      const span = tracer.startSpan(
        name,
        { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql', 'db.query.summary': name } },
        trace.setSpan(ROOT_CONTEXT, parent),
      )
      return { end: (failed) => finish(span, failed) }
    },
    context() {
      const span = current()
      return span && contextOf(span)
    },
    note: (what, about) => void current()?.addEvent(what, about),
    follow: (context, name, began, about) =>
      traced(
        tracer.startSpan(
          name,
          { kind: SpanKind.PRODUCER, startTime: began, attributes: about, links: linksTo(context) },
          under(context),
        ),
      ),
    async stop() {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patience)
      })
      await Promise.race([provider.shutdown().catch((error) => say(String(error))), late])
      clearTimeout(timer)
    },
  }

  function linksTo(traceparent: string) {
    const context = trace.getSpanContext(under(traceparent))
    return context ? [{ context }] : []
  }
}
