/**
 * How the embedded PostgreSQL runs: as safe as it comes, and modest, since it shares a small machine with the server.
 * What is not here is PostgreSQL's own default (fsync, synchronous_commit and full_page_writes are on).
 */
export const defaults: Record<string, string> = {
  // Reachable through the private socket only. Relative to the cluster, which is where PostgreSQL works: the path may
  // then be of any length, and the folders above may be closed to its account.
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
  // Three processes less; the working set is in memory.
  io_method: 'sync',
  // Short queries only: compiling them or spreading them over processes costs more than it gives.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  // Nearly every disk today is an SSD.
  random_page_cost: '1.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The server hears of failed statements, since it asked. Their details name members' data and stay out of the log.
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
}
