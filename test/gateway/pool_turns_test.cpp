// Turns in a pool as a table: members, who is sound, and the order in which requests go out.
#include "gateway/pool_turns.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"

using namespace gatelet;

namespace {

// Members "priority/weight", named a, b, c… in that order; session ids are the names.
BackendPool make_pool(std::string_view members) {
  BackendPool pool;
  for (const std::string_view member : split(members, ' ')) {
    const size_t slash = member.find('/');
    PoolMember made;
    made.priority = static_cast<uint32_t>(*parse_unsigned(member.substr(0, slash)));
    made.weight = static_cast<uint32_t>(*parse_unsigned(member.substr(slash + 1)));
    made.session_id = std::string(1, static_cast<char>('a' + pool.members.size()));
    pool.members.push_back(std::move(made));
  }
  return pool;
}

uint32_t mask(std::string_view names) {
  uint32_t bits = 0;
  for (const char name : names) bits |= 1u << (name - 'a');
  return bits;
}

std::string turns(const BackendPool& pool, std::string_view sound, size_t count, MemberWish wish = {}) {
  PoolTurns state;
  std::string order;
  for (size_t i = 0; i < count; ++i) {
    const auto member = state.next(pool, mask(sound), wish);
    order += member ? static_cast<char>('a' + *member) : '-';
  }
  return order;
}

}  // namespace

TEST_CASE("pool: the best priority that has a sound member takes all requests, shared by weight") {
  struct Row {
    const char *what, *members, *sound, *order;
  };
  for (const Row& row : {
           Row{"equal shares without weights", "0/0 0/0 0/0", "abc", "abcabcabc"},
           Row{"equal weights", "1/50 1/50", "ab", "abababab"},
           Row{"weights hold in every short run", "0/3 0/1", "ab", "aabaaaba"},
           Row{"three weights", "0/5 0/1 0/1", "abc", "aabacaaaabacaa"},
           Row{"a tripped member is skipped", "0/3 0/1 0/1", "bc", "bcbcbc"},
           Row{"the next priority waits", "1/1 1/1 2/1", "abc", "abababab"},
           Row{"until the better one has nobody", "1/1 1/1 2/1 2/1", "cd", "cdcdcd"},
           Row{"one sound member of the better one is enough", "1/1 1/1 2/9", "bc", "bbbb"},
           Row{"without weight beside one with weight", "0/1 0/0", "ab", "aaaa"},
           Row{"it takes over when alone", "0/1 0/0", "b", "bbbb"},
           Row{"one member", "7/7", "a", "aaa"},
           Row{"nobody is sound", "0/0 0/0", "", "--"},
       }) {
    CAPTURE(row.what);
    CHECK(turns(make_pool(row.members), row.sound, std::string_view(row.order).size()) == row.order);
  }
}

TEST_CASE("pool: another attempt of the same request goes to a member that it has not tried, as long as its priority has one") {
  struct Row {
    const char *members, *sound, *tried, *order;
  };
  for (const Row& row : {
           Row{"0/0 0/0", "ab", "a", "bbb"}, Row{"0/0 0/0", "ab", "ab", "abab"}, Row{"1/9 1/0 2/1", "abc", "a", "bb"},
           Row{"1/1 2/1", "ab", "a", "aa"},  // only what is tripped makes way for the next priority
       })
    CHECK(turns(make_pool(row.members), row.sound, std::string_view(row.order).size(), {.tried = mask(row.tried)}) == row.order);
}

TEST_CASE("pool: a session stays at its member while that is sound and did not just fail") {
  struct Row {
    const char *sound, *tried, *session, *order;
  };
  for (const Row& row : {
           Row{"abc", "", "b", "bbbb"},
           Row{"ac", "", "b", "aaaa"},
           Row{"abc", "", "c", "cccc"},  // also where its priority is not the best one any more
           Row{"abc", "b", "b", "aaaa"},
           Row{"abc", "", "unknown", "abab"},
           Row{"abc", "", "", "abab"},
       })
    CHECK(turns(make_pool("1/1 1/1 2/1"), row.sound, 4, {.tried = mask(row.tried), .session_id = row.session}) == row.order);
}

TEST_CASE("pool: thirty members share evenly whoever comes and goes") {
  BackendPool pool;
  pool.members.resize(pool_members_max);
  PoolTurns state;
  std::array<int, pool_members_max> counts{};
  for (uint32_t i = 0; i < 30'000; ++i) {
    const uint32_t sound = (1u << pool_members_max) - 1 - (1u << (i / 1000));
    ++counts[*state.next(pool, sound, {})];
  }
  for (const int count : counts) CHECK((count >= 990 && count <= 1010));
}
