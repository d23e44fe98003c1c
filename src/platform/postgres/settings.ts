/**
 * Settings of the embedded PostgreSQL: as safe as possible, and modest, since it shares a small machine with the
 * server. Whatever is not here has PostgreSQL's default (fsync, synchronous_commit and full_page_writes are on).
 */
export const defaults: Record<string, string> = {
  // Reachable through the private socket only. The path is relative to the cluster, PostgreSQL's working folder: its
  // full path may then have any length, and the folders above may be closed to its account.
  listen_addresses: '',
  unix_socket_directories: '../socket',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '128MB',
  max_wal_size: '512MB',
  // Nobody replicates from a private socket.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  // Saves three processes; the working set is in memory.
  io_method: 'sync',
  // All queries are short: compiling them or spreading them over processes costs more than it gains.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  // Nearly every disk today is an SSD.
  random_page_cost: '1.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The server gets the errors of its own statements. Their details name members' data and stay out of the log.
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
}
