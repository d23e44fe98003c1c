import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  open: { 'POST /api/v2/udp/': 'What is kept of them is theirs to take, all the more then.' },
}
