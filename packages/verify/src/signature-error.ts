/** What is wrong with a request that is not to be believed. */
export type SignatureErrorCode =
  | 'no_header'
  | 'malformed_header'
  | 'no_match'
  | 'too_old'
  | 'too_new'
  | 'malformed_body'

/** Thrown for a request that is not to be believed. The message says what to look at. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError'
  readonly code: SignatureErrorCode

  constructor(code: SignatureErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
