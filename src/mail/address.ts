/** An address, and the name that stands before it. */
export type Mailbox = { name: string; address: string }

// Neither what separates addresses or headers, nor what nobody sees.
const mailable = /^[^\s@<>"(),:;[\]\\\p{C}]{1,64}@[^\s@<>"(),:;[\]\\\p{C}]{1,255}$/u

/** Whether mail may be sent to this: one address, and nothing that a server could read as more. */
export const isMailable = (address: string): boolean => mailable.test(address)

/** A text of a header: one line, without what could begin another. */
export const headerText = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()

/**
 * Reads `address` or `Name <address>`.
 * @returns null when it is neither
 */
export function readMailbox(text: string): Mailbox | null {
  const [, name = '', inner] = /^(?:"?([^"<>]*?)"?\s*<([^<>]+)>)$/.exec(text.trim()) ?? []
  const address = inner ?? text.trim()
  return isMailable(address) ? { name: headerText(name), address } : null
}
