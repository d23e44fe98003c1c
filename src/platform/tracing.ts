/** What is known of a statement, a request or a delivery beside how long it took: words and numbers, never values of members. */
export type About = Record<string, string | number | boolean>

/** Something that takes time, of which others are a part. */
export type Traced = {
  /** As the header `traceparent` has it. */
  context: string
  /** The id that all of one trace share. */
  trace: string
  /** Whether it will be sent anywhere. */
  kept: boolean
  /** Does `work` as a part of this. */
  within<T>(work: () => T): T
  /** @param failed why it did not do what it was to do */
  end(about: About, failed?: string): void
}

/**
 * Traces: what came of a request, and how long each part of it took. There is one where the settings name somebody to send
 * them to; elsewhere none is made, and nothing of this is loaded.
 */
export type Tracing = {
  /** A request, which may say by its headers what it is a part of. */
  request(method: string, headers: Record<string, string | string[] | undefined>): Traced
  /** A statement of the request that is worked on, by its declared name; null where there is none, or it is not kept. */
  statement(name: string | undefined): { end(failed?: string): void } | null
  /** What is worked on, as `traceparent`; null where that is nothing, or not kept. */
  context(): string | null
  /** Says of what is worked on that something has happened. */
  note(what: string, about: About): void
  /** Something that is done for a request of another moment, process or machine. */
  follow(context: string, name: string, began: number, about: About): Traced
  /** Sends what was not sent yet. */
  stop(): Promise<void>
}
