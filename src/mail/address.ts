/** An address, with the name in front of it. */
export type Mailbox = { name: string; address: string }

// Without characters that separate addresses or headers, and without invisible ones.
const mailable = /^[^\s@<>"(),:;[\]\\\p{C}]{1,64}@[^\s@<>"(),:;[\]\\\p{C}]{1,255}$/u

/** Whether mail may be sent to this: a single address that no server could read as more. */
export const isMailable = (address: string): boolean => mailable.test(address)

/** Text for a header: one line, without anything that could begin another. */
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
