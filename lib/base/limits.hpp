// Every maximum of the library, with its reason. Names end in the unit or in _max. Sources: reliability.md 1.2 and 3, policies-a.md,
// policies-b.md 1, management.md 4.1.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatelet {

// Requests (reliability.md 1.2)
inline constexpr size_t target_bytes_max = 8 * 1024;         // longer: 414
inline constexpr size_t header_block_bytes_max = 32 * 1024;  // longer: 431
inline constexpr size_t header_lines_max = 100;              // more: 431
inline constexpr size_t connection_options_max = 32;         // more in a Connection field: all unknown fields count as named
inline constexpr size_t query_parameters_max = 1000;         // more: 400
inline constexpr uint32_t route_explanations_per_second_max = 100;  // of 404s in the log: a flood of them must not pay for texts
inline constexpr size_t chunk_extension_bytes_max = 4 * 1024;  // of one chunk; they mean nothing to us
inline constexpr uint32_t pipelined_requests_max = 16;       // then reading stops
inline constexpr uint32_t interim_responses_max = 16;        // 1xx answers of a backend to one request
inline constexpr size_t connection_buffer_bytes_max = 32 * 1024;  // each way, back-pressure beyond
inline constexpr size_t lingering_close_bytes_max = 64 * 1024;
inline constexpr uint32_t lingering_close_ms = 2'000;
inline constexpr uint32_t connections_max_default = 10'000;       // per process, a setting
inline constexpr uint32_t file_descriptor_reserve = 64;           // kept for configuration, backup and probes

// Times (reliability.md 1.2)
inline constexpr uint32_t idle_timeout_ms_default = 120'000;
inline constexpr uint32_t request_header_timeout_ms_default = 10'000;  // then 408
inline constexpr uint32_t request_timeout_ms_default = 300'000;        // whole request, off for streams
inline constexpr uint32_t stream_idle_timeout_ms_default = 60'000;     // between bytes of a body
inline constexpr uint32_t connect_timeout_ms_default = 5'000;
inline constexpr uint32_t forward_timeout_s_default = 300;  // forward-request, policies-a.md 7.1
inline constexpr uint8_t forward_redirects_max = 10;        // then the redirect itself is the answer
inline constexpr uint32_t drain_timeout_ms_default = 30'000;
inline constexpr uint32_t accept_backoff_ms = 100;
inline constexpr uint32_t half_close_grace_ms = 500;  // a client that has ended its side may still wait for an answer this long
inline constexpr uint32_t config_poll_ms = 10'000;  // gateway.md 1.2

// Backends
inline constexpr uint32_t pooled_idle_timeout_ms = 60'000;     // of an unused connection to a backend
inline constexpr size_t pooled_connections_max = 256;          // unused ones, of one authority and worker
inline constexpr uint32_t name_fresh_ms = 1'000;               // look-ups of one name are not repeated faster
inline constexpr uint32_t name_kept_ms = 300'000;              // the last good answer while the name service fails
inline constexpr uint32_t address_penalty_ms = 30'000;         // an address that refused is tried last
inline constexpr size_t addresses_per_name_max = 64;           // a name with 1,000 addresses
inline constexpr size_t name_lookups_max = 64;                 // at once, of one worker
inline constexpr size_t names_kept_max = 1024;                 // of one worker
inline constexpr size_t pool_members_max = 30;                 // gateway.md 3.11; a bit each in MemberWish
inline constexpr uint32_t pool_weight_max = 100;               // also of priorities
inline constexpr uint32_t breaker_samples_min = 5;             // calls in an interval below which no percentage of them trips
inline constexpr size_t breaker_groups = 64;                   // times of calls that a breaker tells apart
inline constexpr uint32_t breaker_failures_max = 1'000'000;    // failureCondition.count
inline constexpr uint64_t breaker_duration_ms_max = 366ull * 86'400'000;  // interval, tripDuration, and Retry-After of a backend

// Bodies that a policy needs whole
inline constexpr size_t buffered_body_bytes_max_default = 8 * 1024 * 1024;
inline constexpr size_t transformed_body_bytes_max = 32 * 1024 * 1024;  // that a policy makes: replacements and conversions can grow it

// Caches (policies-a.md 8)
inline constexpr size_t cache_bytes_max_default = 128 * 1024 * 1024;  // of the one in the process, a setting
inline constexpr uint32_t cache_duration_s_max = INT32_MAX;

// Validation of content (policies-a.md 6)
inline constexpr size_t api_schema_bytes_max = 4 * 1024 * 1024;   // of one schema of an API
inline constexpr uint32_t validated_content_bytes_max = 102'400;  // what max-size may say
inline constexpr uint32_t schema_steps_max = 1'000'000;           // of one validation: references and alternatives multiply
inline constexpr uint32_t schema_depth_max = 512;                 // of schemas in schemas while a value is compared, references followed
inline constexpr size_t xml_schema_includes_max = 100;            // other schemas that one leads to
inline constexpr size_t schema_problems_max = 10;                 // told of one value

// Policy documents (policies-b.md 1, reliability.md)
inline constexpr size_t policy_document_bytes_max = 256 * 1024;
inline constexpr size_t policy_fragment_bytes_max = 512 * 1024;
inline constexpr uint32_t policy_depth_max = 64;
inline constexpr uint32_t xml_depth_max = 256;        // elements in elements, of any document
inline constexpr uint32_t xml_attributes_max = 1024;  // of one element
inline constexpr size_t xml_name_bytes_max = 1024;
inline constexpr size_t xml_problems_max = 100;     // of one document, then reading stops
inline constexpr size_t expression_holes_max = 32;  // interpolated strings in holes of interpolated strings
inline constexpr size_t expression_source_bytes_max = 32 * 1024;  // expressions.md 4.5, as the following
inline constexpr uint32_t expression_depth_max = 200;             // of brackets, operators and statements in one another
inline constexpr uint32_t expression_chain_max = 500;             // of operators or members in a row: a tree that leans to one side
inline constexpr uint64_t expression_bind_steps_max = 500'000;    // parts bound, lambdas once for each meaning tried
inline constexpr size_t expression_arguments_max = 1000;          // written in one call; many of them are one params array
inline constexpr size_t expression_parameters_max = 24;           // of a member or a local function: a call's values are on the stack
inline constexpr uint64_t expression_steps_max = 1'000'000;       // of one evaluation
inline constexpr uint64_t expression_memory_bytes_max = 16 * 1024 * 1024;  // of one evaluation; four times the body on top
inline constexpr uint64_t expression_memory_body_factor = 4;
inline constexpr size_t expression_array_bytes_max = 16 * 1024 * 1024;  // of one allocation: an array of 1 M values
inline constexpr size_t expression_array_items_max = 1'000'000;
inline constexpr size_t expression_string_units_max = 8 * 1024 * 1024;
inline constexpr uint32_t expression_call_depth_max = 64;  // of lambdas and local functions
inline constexpr uint32_t regex_match_steps_max = 1'000'000;  // of one search
inline constexpr uint32_t regex_backtrack_bytes_max = 8 * 1024 * 1024;
inline constexpr uint32_t regex_timeout_ms_max = 50;  // what these steps take at most: a shorter timeout allows fewer of them
inline constexpr uint32_t payload_json_depth_max = 64;
inline constexpr uint32_t payload_xml_depth_max = 128;
inline constexpr size_t expression_body_bytes_max = 10 * 1024 * 1024;  // of a body that As<T> reads
inline constexpr int number_format_digits_max = 100'000;  // that a format may ask for; .NET allows 10^9
inline constexpr size_t date_text_units_max = 128;        // a longer text is no date
inline constexpr size_t guid_text_units_max = 128;        // a longer text is no Guid, blanks included
inline constexpr int xpath_depth_max = 16;                // of predicates and brackets in one another
inline constexpr size_t program_instructions_max = 20'000;  // of one flattened program
inline constexpr uint32_t retries_max = 250;  // of one request, all its retry policies together: nested ones multiply

// Liquid (reliability.md A-79)
inline constexpr uint32_t liquid_depth_max = 100;             // of blocks, brackets and values in one another
inline constexpr uint64_t liquid_steps_max = 4'000'000;       // of one rendering: tags, outputs, turns of loops; 1 for 64 bytes of text
inline constexpr uint64_t liquid_iterations_max = 1'000'000;  // turns of all loops of one rendering
inline constexpr size_t liquid_problems_max = 20;             // of one template, then reading stops

// Telemetry
inline constexpr size_t trace_bytes_max = 1024 * 1024;  // of one request's trace (management.md 3.4, PUT /traces)

// Configuration
inline constexpr size_t config_file_bytes_max = 32 * 1024 * 1024;
inline constexpr size_t folder_files_max = 100'000;
inline constexpr uint32_t folder_depth_max = 32;
inline constexpr size_t folder_bytes_max = 512 * 1024 * 1024;  // all files of a folder together
inline constexpr uint32_t json_depth_max = 64;
inline constexpr size_t json_values_max = 4'000'000;             // of one document; about 200 bytes each while it is read
inline constexpr size_t yaml_alias_bytes_max = 8 * 1024 * 1024;  // what the aliases of one document stand for, written out (billion laughs)
inline constexpr size_t named_value_bytes_max = 4096;
inline constexpr size_t named_value_name_length_max = 256;                   // policies-a.md 2.4
inline constexpr size_t named_values_inserted_bytes_max = 4 * 1024 * 1024;  // into one policy document
inline constexpr size_t operation_id_length_max = 76;  // management.md 4.1
inline constexpr size_t openapi_operations_max = 20'000;   // of one document; shared path items multiply
inline constexpr size_t openapi_parameters_max = 1000;     // in one list; query_parameters_max is the same
inline constexpr size_t openapi_items_max = 1'000'000;     // parameters and representations of one document, references followed
inline constexpr size_t url_template_bytes_max = 1000;      // management.md 2.2
inline constexpr size_t api_path_bytes_max = 400;           // management.md 2.2
inline constexpr size_t route_visits_max = 256;             // of template segments by one request, proved when the router is built

// Mock responses: bodies kept for mock-response, each text once
inline constexpr size_t mock_bytes_max = 16 * 1024 * 1024;  // of one configuration; what is beyond is answered without a body
inline constexpr size_t sample_values_max = 10'000;         // made from one schema: schemas in schemas multiply
inline constexpr uint32_t sample_depth_max = 32;

// Rate limits (policies-a.md 4.0, reliability.md A-104)
inline constexpr uint32_t rate_limit_period_s_max = 300;
inline constexpr uint32_t rate_limit_buckets = 60;
inline constexpr size_t rate_limit_keys_max = 1'000'000;

// Quotas (policies-a.md 4.3, reliability.md I-9)
inline constexpr size_t quota_keys_max = 100'000;                    // all of them are written whenever one has changed
inline constexpr size_t quota_snapshot_bytes_max = 8 * 1024 * 1024;  // a larger file is not one of ours
inline constexpr uint32_t quota_flush_ms = 1'000;                    // what is counted in this time is lost when the process is killed
inline constexpr int64_t quota_clock_tolerance_ms = 10'000;          // between the clock readings of workers
inline constexpr uint32_t quota_period_s_min = 300;                  // of quota-by-key, policies-a.md 4.4

// A server that has too much to do (reliability.md)
inline constexpr uint32_t descriptors_per_reserved = 128;  // of many descriptors one in so many is kept instead
inline constexpr uint32_t guest_connections_max = 256;     // per process, let in for probes although there is no room
inline constexpr uint32_t guest_timeout_ms = 1'000;        // until the head of a guest's request
inline constexpr uint32_t guest_stay_ms = 10;              // then a guest that has not asked yet makes room for the next one
inline constexpr size_t idle_search_clients_per_ms = 500;  // after so many busy clients no idle one is looked for during a millisecond

// Memory of the process, where a maximum is set
inline constexpr uint32_t memory_soft_percent = 80;
inline constexpr uint32_t memory_hard_percent = 95;
inline constexpr uint32_t memory_relief_percent = 5;     // below a mark until its state ends, so that it does not flicker
inline constexpr uint32_t memory_look_ms = 50;           // bodies arrive with a gigabyte a second at most: 50 MB until it is seen
inline constexpr uint32_t memory_looks_per_release = 8;  // giving memory back takes milliseconds
inline constexpr uint32_t overload_idle_timeout_ms = 5'000;

// TLS (reliability.md A-88)
inline constexpr size_t tls_file_bytes_max = 4 * 1024 * 1024;   // certificates, keys, authorities; those of a system are 200 KB
inline constexpr uint32_t tls_ticket_lifetime_s = 2 * 60 * 60;  // of a key that makes tickets; it opens them as long again
inline constexpr size_t tls_handshakes_max = 256;               // begun by clients of one loop at once, 40 KB each
inline constexpr uint32_t tls_handshake_patience_ms = 2'000;         // then a begun handshake makes room for the next one,
inline constexpr size_t tls_handshakes_waiting = 32;                 // after half the time where so many wait, and so on,
inline constexpr uint32_t tls_handshake_patience_ms_min = 250;       // down to this
inline constexpr size_t tls_handshake_read_bytes = 4 * 1024;    // kept until its turn; the rest waits in the socket
inline constexpr uint64_t computation_round_us = 250;           // of a round of a loop, for what takes long; the last piece ends later
inline constexpr size_t tls_record_bytes_max = 16 * 1024;       // of plaintext (RFC 8446 5.1)
inline constexpr size_t tls_sealed_kept_bytes = 256 * 1024;     // of a loop's scratch memory

// Side calls (reliability.md)
inline constexpr uint32_t fetch_look_ms = 10;                          // how soon who waits for a fetch looks again at first,
inline constexpr uint32_t fetch_look_ms_max = 200;                     // and when it takes long
inline constexpr uint64_t fetch_patience_ms = 60 * 1000;               // then who was sending it has forgotten it
inline constexpr uint64_t fetch_again_ms = 5 * 60 * 1000;              // after a fetch that failed, or for what was not in the last
inline constexpr size_t fetched_names_max = 1000;                      // what is shared; the one that was used the longest ago makes room
inline constexpr uint64_t keys_fresh_ms = 60 * 60 * 1000;              // keys of an identity provider: then they are renewed,
inline constexpr uint64_t keys_usable_ms = 24 * 60 * 60 * 1000;        // and until then they serve when that fails
inline constexpr uint64_t keys_timeout_ms = 10 * 1000;
inline constexpr uint8_t keys_redirects_max = 3;
inline constexpr size_t keys_bytes_max = 1024 * 1024;
inline constexpr uint64_t access_token_early_ms = 5 * 60 * 1000;       // before its end an access token is renewed
inline constexpr uint32_t token_turns_max = 8;                         // one check of a token waits for; what is beyond is done at once
inline constexpr size_t seen_tokens_bytes_max = 16 * 1024 * 1024;
inline constexpr size_t token_bytes_max = 64 * 1024;
inline constexpr size_t keys_tried_max = 16;                           // for a token that does not name its key
inline constexpr size_t outbox_items_max = 10'000;                     // of each kind
inline constexpr size_t outbox_bytes_max = 16 * 1024 * 1024;           // of each kind
inline constexpr size_t outbox_calls_max = 16;                         // of one worker at once
inline constexpr size_t event_bytes_max = 204'000;                     // of log-to-eventhub; what is longer is cut
inline constexpr size_t event_batch_items_max = 500;                   // sent to an event hub at once
inline constexpr size_t event_batch_bytes_max = 240 * 1024;            // the smallest hubs take 256 KiB; one event may be larger as JSON
inline constexpr size_t event_batches_max = 8;                         // of one logger and worker at once
inline constexpr size_t logger_events_max = outbox_items_max / 2;      // that wait for one logger, so that others have room
inline constexpr uint64_t event_timeout_ms = 20 * 1000;
inline constexpr int64_t sas_token_s = 3600;
inline constexpr size_t statsd_line_bytes_max = 8 * 1024;  // of one datagram
inline constexpr uint64_t statsd_look_ms = 60 * 1000;      // how long the address of a StatsD server serves
inline constexpr uint64_t statsd_retry_ms = 5 * 1000;
inline constexpr size_t trace_records_bytes_max = 32 * 1024;  // in the request's log entry, as many as Azure Monitor takes

// Keys and certificates
inline constexpr size_t jwk_set_keys_max = 100;      // of a set that another server publishes (reliability.md A-58)
inline constexpr int password_rounds_max = 200'000;  // more than any tool writes would only hold up the thread

}  // namespace gatelet
