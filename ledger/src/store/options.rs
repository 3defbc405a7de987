//! How RocksDB is set up: every check it offers is on, since a wrong hash served once is a fork.

use super::{StoreError, rows};
use rocksdb::{
    BlockBasedOptions, ColumnFamilyDescriptor, DB, DBRecoveryMode, MemtableFactory, Options, SliceTransform,
};
use std::path::Path;

/// Memory that one column family gathers before it is written as a file.
const WRITE_BUFFER_BYTES: usize = 16 * 1024 * 1024;
/// Write-ahead log kept at most, so that a restart reads little.
const WAL_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// RocksDB's own log files kept.
const LOG_FILES_KEPT: usize = 4;
/// Bits per key of the filter that spares a disk read for a cause never seen.
const FILTER_BITS_PER_KEY: f64 = 10.0;
/// Bytes of a hashed key that tell its bucket.
const HASHED_PREFIX_BYTES: usize = 8;
/// Buckets of the tables by hash: a full write buffer has some rows in each.
const HASH_BUCKETS: usize = 50_000;
/// Open files; the rest are opened again when needed.
const OPEN_FILES_MAX: i32 = 256;

pub(super) fn open(path: &Path) -> Result<DB, StoreError> {
    let mut options = database_options();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    // Of a folder that it cannot sync RocksDB does not say which.
    let named = |error| StoreError::Database(format!("{}: {error}", path.display()));
    DB::open_cf_descriptors(&options, path, families()?).map_err(named)
}

pub(super) fn open_read_only(path: &Path) -> Result<DB, StoreError> {
    Ok(DB::open_cf_descriptors_read_only(&database_options(), path, families()?, false)?)
}

fn database_options() -> Options {
    let mut options = Options::default();
    options.set_paranoid_checks(true);
    // A torn tail is dropped, a hole in the middle is an error: what is recovered is a prefix of blocks.
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_max_total_wal_size(WAL_BYTES_MAX);
    options.set_keep_log_file_num(LOG_FILES_KEPT);
    options.set_max_open_files(OPEN_FILES_MAX);
    // There is one writer, and the tables by hash take no other.
    options.set_allow_concurrent_memtable_write(false);
    options
}

fn families() -> Result<Vec<ColumnFamilyDescriptor>, StoreError> {
    rows::ALL
        .iter()
        .map(|name| {
            let mut options = family_options()?;
            if [rows::IDEM, rows::CHAINS].contains(name) {
                // Keys are hashes and are asked for one by one. In a table by hash a new one finds its place at
                // once; in the usual one, by order, that was half of what an append cost.
                options.set_prefix_extractor(SliceTransform::create_fixed_prefix(HASHED_PREFIX_BYTES));
                options.set_memtable_factory(MemtableFactory::HashSkipList {
                    bucket_count: HASH_BUCKETS,
                    height: 4,
                    branching_factor: 4,
                });
            }
            Ok(ColumnFamilyDescriptor::new(*name, options))
        })
        .collect()
}

fn family_options() -> Result<Options, StoreError> {
    // The binding has no setter for this one: every row in memory carries a checksum of 8 bytes.
    let mut options = Options::default().get_options_from_string("memtable_protection_bytes_per_key=8")?;
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    let mut table = BlockBasedOptions::default();
    table.set_bloom_filter(FILTER_BITS_PER_KEY, false);
    options.set_block_based_table_factory(&table);
    Ok(options)
}
