/** Attributes of a statement, a request or a delivery: words and numbers, never data of members. */
export type About = Record<string, string | number | boolean>

/** A span: something that takes time, and may have parts. */
export type Traced = {
  /** As in the header `traceparent`. */
  context: string
  /** The id that all spans of one trace share. */
  trace: string
  /** Whether it will be sent anywhere. */
  kept: boolean
  /** Runs `work` as a part of this. */
  within<T>(work: () => T): T
  /** @param failed why it failed */
  end(about: About, failed?: string): void
}

/**
 * Traces: the outcome of a request, and how long each part of it took. It exists only if the settings name a
 * collector; otherwise nothing of it is loaded.
 */
export type Tracing = {
  /** A request; its headers may say what it is part of. */
  request(method: string, headers: Record<string, string | string[] | undefined>): Traced
  /** A statement of the current request, by its declared name; null if there is no request, or it is not sampled. */
  statement(name: string | undefined): { end(failed?: string): void } | null
  /** The current span as `traceparent`; null if there is none, or it is not sampled. */
  context(): string | null
  /** Adds an event to the current span. */
  note(what: string, about: About): void
  /** Something done for a request of another moment, process or machine. */
  follow(context: string, name: string, began: number, about: About): Traced
  /** Sends what has not been sent yet. */
  stop(): Promise<void>
}
