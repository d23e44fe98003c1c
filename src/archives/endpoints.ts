import { member } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { created, file, one } from '../platform/http/endpoint.ts'
import { keptDays } from './make.ts'
import { requestArchive, showStatus, takeArchive } from './request.ts'
import { DataPortability } from './views.ts'

export const requestData = endpoint('POST /api/v2/udp/', {
  summary: 'Generate the archive of your data',
  description:
    'Everything that is kept of the caller, as a ZIP of files with one line of JSON per thing. It is made within ' +
    'some minutes; until then, asking again changes nothing.',
  who: member,
  returns: created(DataPortability),
  act: requestArchive,
})

export const getDataStatus = endpoint('GET /api/v2/udp/', {
  summary: 'Get the status of the archive of your data',
  who: member,
  returns: one(DataPortability),
  act: showStatus,
})

export const downloadData = endpoint('GET /api/v2/udp/download/', {
  summary: 'Download the archive of your data',
  description: `It is kept for ${keptDays} days, for the caller only.`,
  who: member,
  primary: true,
  returns: file('application/zip'),
  refuses: { 404: 'There is none: it was not asked for, or is not made yet.' },
  act: takeArchive,
})
