// The maxima and times of synchronisation with a management plane (management.md 3.3 and 3.4), each with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatelet {

// What a management plane may send
inline constexpr size_t sync_body_bytes_max = 64 * 1024 * 1024;  // after content decoding; a setting may lower it
inline constexpr size_t sync_compression_ratio_max = 100;        // of a body's decoded to its received size (bombs)
inline constexpr size_t sync_resources_max = 200'000;
inline constexpr size_t sync_key_bytes_max = 2'048;  // the longest path of ids is below it
inline constexpr size_t sync_etag_bytes_max = 256;   // two 64-bit numbers and 16 digits are 58; room for other planes
inline constexpr size_t sync_problems_max = 50;      // in a heartbeat
inline constexpr size_t sync_epochs_known_max = 64;  // whose highest revision is remembered: a plane is restored rarely
inline constexpr size_t heartbeat_bytes_max = 16 * 1024;
inline constexpr size_t heartbeat_answer_bytes_max = 64 * 1024;
inline constexpr size_t heartbeat_commands_max = 16;  // of one answer

// Polls
inline constexpr uint32_t poll_ms_default = 10'000;
inline constexpr uint32_t poll_s_min = 5, poll_s_max = 300;  // what the plane may ask for
inline constexpr uint32_t retry_after_s_max = 300;
inline constexpr uint32_t first_polls_ms[] = {1'000, 2'000, 5'000};  // without any configuration; then as always
inline constexpr uint32_t bad_etag_waits_s[] = {60, 120, 300, 600};  // until what was refused is tried again
inline constexpr uint32_t call_timeout_ms_default = 100'000;         // config.service.integration.timeout
inline constexpr uint32_t call_slack_ms = 10'000;                    // after its timeout a call that the host has not ended is given up
inline constexpr uint32_t long_poll_s_max = 60;
inline constexpr uint32_t long_poll_gap_ms = 1'000;
inline constexpr uint32_t long_poll_min_ms = 5'000;  // an unchanged answer that came sooner was not waited for: the plane cannot
inline constexpr uint32_t alarm_ms = 60'000;         // between two lines about the same refusal

// Heartbeats
inline constexpr uint32_t heartbeat_ms_default = 60'000;
inline constexpr uint32_t first_heartbeat_ms = 1'000;  // after the start: by then the first poll usually has its answer
inline constexpr uint32_t heartbeat_s_min = 15, heartbeat_s_max = 600;
inline constexpr uint32_t heartbeat_timeout_ms = 30'000;  // with its slack below the shortest usual wait
inline constexpr int64_t token_warning_ms = 7 * 86'400'000ll;
inline constexpr int64_t token_error_ms = 86'400'000ll;

// Backups
inline constexpr size_t backup_bytes_max = 2 * sync_body_bytes_max;  // the configuration and what is held back of the one before
inline constexpr uint32_t backup_waits_s[] = {10, 60, 300, 600};     // after a write that failed
inline constexpr uint32_t backup_touch_ms = 3'600'000;               // written anew although nothing changed: who deleted it?
inline constexpr uint32_t backup_load_ms = 2'000;                    // a disk that takes longer does not keep the first poll waiting

}  // namespace gatelet
