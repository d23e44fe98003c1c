import { CannotStart } from '../process.ts'

/** An export whose content was altered. */
export class Damaged extends CannotStart {
  constructor(why: string) {
    super(`The file is damaged, or is no export of Kith: ${why}. Nothing was imported. Take another copy of it.`)
  }
}

/** An export that ends too early. */
export class CutShort extends CannotStart {
  constructor() {
    super('The file ends before its end: it was cut short. Nothing was imported. Take another copy of it.')
  }
}
