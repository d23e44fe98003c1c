import type { Slice } from '../slice.ts'
import { clearMails, dropMails, eraseMails } from './erase.ts'
import { examineMails } from './examine.ts'
import { mailFigures } from './figures.ts'
import { clearFolder } from './folder.ts'
import { ownMails } from './own.ts'

export const mail: Slice = {
  name: 'mail',
  figures: mailFigures,
  whatMemberHas: ownMails,
  examine: (db, config) => examineMails(db, config),
  whenMemberLeaves: (tx, { id }) => dropMails(tx, id),
  whenMemberIsErased: (tx, { id }) => eraseMails(tx, id),
  chores: {
    'forget mails of long ago': ({ kith }) => clearMails(kith),
    'clear the folder of mails': ({ kith, config }) => clearFolder(config, kith.clock.now()),
  },
}
