import { join } from 'node:path'
import type { Config } from '../config.ts'
import { createAddresses, parseAllowed } from '../delivery/http/addresses.ts'
import { createShare, type Share } from '../platform/http/share.ts'
import { openStorage, type Storage } from '../platform/storage/storage.ts'
import { createFetch, type Fetch } from './fetch.ts'

/** Everything that works with files. */
export type Files = {
  storage: Storage
  /** The folder of files in the making. */
  folder: string
  /** One or two pictures are made at a time: each takes a processor and a hundred megabytes. */
  making: Share
  /** Fetches the addresses that members name. */
  fetch: Fetch
  fetching: Share
}

export const uploadFolder = ({ dataDir }: Pick<Config, 'dataDir'>) => join(dataDir, 'uploads')

export function openFiles(config: Pick<Config, 'dataDir' | 'storage' | 'fetchAllow'>): Files {
  return {
    storage: openStorage(config.storage ?? { folder: join(config.dataDir, 'files') }),
    folder: uploadFolder(config),
    making: createShare(2, 'Many pictures are being read just now. Try again in a moment.'),
    fetch: createFetch(createAddresses(parseAllowed(config.fetchAllow))),
    fetching: createShare(8, 'Many links are being looked at just now. Try again in a moment.'),
  }
}
