import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

const fileSql = `(select json_build_object('filename', f.filename, 'mimetype', f.mimetype, 'filesize', f.bytes, 'address', f.url)
  from message_file f where f.uuid = x.file_uuid)`

/** What a member has written, including messages they deleted that others still have; and what others wrote to them. */
export const ownMessages: Record<string, OwnRows> = {
  messages_sent: ownRows('messages: those a member has sent', ($) => ({
    key: 'x.id',
    json: `json_build_object('id', x.id, 'to', x.receiver_id, 'html', x.html, 'created_at', x.created_at,
      'hidden', x.hidden, 'file', ${fileSql})`,
    from: `from message x where x.sender_id = ${$.member}`,
  })),
  messages_received: ownRows('messages: those a member has received', ($) => ({
    key: 'x.id',
    json: `json_build_object('id', x.id, 'from', x.sender_id, 'html', x.html, 'created_at', x.created_at,
      'file', ${fileSql})`,
    from: `from message x join message_side s on s.thread_id = x.thread_id and s.member_id = x.receiver_id
      where x.receiver_id = ${$.member} and x.id > s.cleared_to`,
  })),
  message_files: ownRows('messages: files that a member has not sent', ($) => ({
    key: '(extract(epoch from f.loose_since) * 1000000)::bigint',
    json: `json_build_object('filename', f.filename, 'mimetype', f.mimetype, 'filesize', f.bytes, 'address', f.url,
      'not_sent_since', f.loose_since)`,
    from: `from message_file f where f.owner_id = ${$.member} and f.loose_since is not null`,
  })),
}
