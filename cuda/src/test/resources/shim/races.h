// Finds races between the threads of a kernel, which an order of threads may hide: two of them access the same bytes, at
// least one writes, and no barrier is between. Blocks have no barrier between them. Exchanges of a warp order nothing:
// CUDA says that they do not order accesses to memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <sys/mman.h>

// Without the compiler's checks.
#define UNCHECKED __attribute__((no_sanitize("thread", "undefined", "bounds-strict")))

namespace cpu {

// The accesses of one kernel to two bytes. A later one in another phase, between other barriers, replaces an earlier one
// of the same block.
struct Accesses {
  uint32_t launch;  // of the kernel; those of another one are outdated
  uint32_t writeBlock, readBlock;
  uint16_t writeThread, writePhase, readThread, readPhase;
};
static const uint16_t NOBODY = 0xffff, MANY = 0xfffe;
static const uint32_t MANY_BLOCKS = 0xffffffff;

struct Thread {
  uint32_t launch, block;
  uint16_t thread, phase;
};

// Whether an access by a thread is in conflict with an earlier one.
UNCHECKED static inline bool conflicts(const Thread& by, uint32_t block, uint16_t thread, uint16_t phase) {
  if (thread == NOBODY) return false;
  return block != by.block || (phase == by.phase && thread != by.thread);
}

// Records an access to two bytes; returns whether it races with an earlier one.
UNCHECKED static inline bool races(Accesses& a, const Thread& by, bool writes) {
  if (a.launch != by.launch) a = {by.launch, 0, 0, NOBODY, 0, NOBODY, 0};
  bool found = conflicts(by, a.writeBlock, a.writeThread, a.writePhase) ||
               (writes && conflicts(by, a.readBlock, a.readThread, a.readPhase));
  if (writes) {
    a.writeBlock = by.block, a.writeThread = by.thread, a.writePhase = by.phase;
  } else if (a.readThread != NOBODY && a.readBlock != by.block) {
    a.readBlock = MANY_BLOCKS;
  } else {
    bool shared = a.readThread != NOBODY && a.readPhase == by.phase && a.readThread != by.thread;
    a.readBlock = by.block, a.readThread = shared ? MANY : by.thread, a.readPhase = by.phase;
  }
  return found;
}

// The accesses to a range of addresses. Pages are only used once they are accessed.
class Recorder {
  uint64_t begin = 0, end = 0;
  Accesses* accesses = nullptr;

 public:
  void start(uint64_t from, uint64_t to) {
    if (from == begin && to == end) return;
    if (accesses) munmap(accesses, (end - begin) / 2 * sizeof *accesses);
    void* got = mmap(nullptr, (to - from) / 2 * sizeof *accesses, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    accesses = got == MAP_FAILED ? nullptr : (Accesses*)got;
    begin = from, end = to;
  }
  bool records() const { return accesses; }
  UNCHECKED bool record(uint64_t at, size_t size, const Thread& by, bool writes) {
    bool found = false;
    for (uint64_t i = (at - begin) / 2; i <= (at - begin + size - 1) / 2; i++) found |= races(accesses[i], by, writes);
    return found;
  }
};

}  // namespace cpu
