import { CannotStart } from '../process.ts'

/** An export that is not as it was written. */
export class Damaged extends CannotStart {
  constructor(why: string) {
    super(`The file is damaged, or is no export of Kith: ${why}. Nothing was imported. Take another copy of it.`)
  }
}

/** An export that ends before its end. */
export class CutShort extends CannotStart {
  constructor() {
    super('The file ends before its end: it was cut short. Nothing was imported. Take another copy of it.')
  }
}
