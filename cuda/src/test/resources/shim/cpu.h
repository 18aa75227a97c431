// CUDA's language for g++: a block's threads are fibres, which take turns in an order that a test chooses. Warps of 32
// exchange values, blocks meet at barriers, shared memory is poisoned before each block. The compiler inserts checks of
// alignment, of arrays' bounds, of 32-bit numbers and of each access to GPU memory: a GPU refuses what a processor does.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <link.h>
#include <pthread.h>
#include <random>
#include <tuple>
#include <ucontext.h>
#include <utility>
#include <vector>
#include "races.h"

struct Dim {
  unsigned x, y, z;
};
static Dim threadIdx, blockIdx, blockDim, gridDim;

// Not static, since the compiler does not check accesses to statics of such functions.
#define __global__ inline
#define __device__
#define __restrict__
#define __shared__ static thread_local  // so that it lies together; g++ ignores sections in templates

using std::min;
static inline float __uint_as_float(unsigned u) { float f; memcpy(&f, &u, 4); return f; }
static inline unsigned __float_as_uint(float f) { unsigned u; memcpy(&u, &f, 4); return u; }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((uint64_t)a * b >> 32); }

namespace cpu {

enum State { READY, AT_BARRIER, AT_WARP, DONE };
struct Place {
  void* registers[5];  // as __builtin_setjmp stores them
};

const size_t STACK = 64 * 1024;
static Place fibres[1024], scheduler;
static State states[1024];
static unsigned parities[1024];
static int current;
static uint32_t slots[2][1024];
static void (*body)(void*);
static void* argument;
static const char* failure;  // of the launch; null if there is none

static void fail(const char* what, int line) {
  static char text[200];
  if (failure) return;
  snprintf(text, sizeof text, line ? "%s in line %d" : "%s", what, line);
  failure = text;
}

struct Range {
  uint64_t begin, end;
};
// The GPU's memory, and how many bytes of each 256 of it are allocated.
static const uint64_t GRANULE = 256;
static Range memory;
static const uint16_t* allocated;

// The shared memory of all kernels, and which parts of it the block has written.
static const size_t PART = 256;
static Range shared;
static std::vector<bool> isWritten;
static std::vector<size_t> written;

// What finds races, while a test asks for it: in shared memory, which every block has anew, and in the GPU's.
static bool findsRaces;
static Recorder sharedRaces, memoryRaces;
static uint32_t launches, blocksRun, blockNumber;
static uint16_t phase;

UNCHECKED static void findRace(Recorder& recorder, uint64_t at, size_t size, const Thread& by, bool writes) {
  if (recorder.record(at, size, by, writes))
    fail("a race: two threads access an address without a barrier between, and one of them writes", 0);
}

UNCHECKED static void access(uint64_t at, size_t size, bool writes) {
  if (at - shared.begin < shared.end - shared.begin) {
    if (findsRaces) findRace(sharedRaces, at, size, {blocksRun, 0, (uint16_t)current, phase}, writes);
    size_t part = (at - shared.begin) / PART;
    if (!writes || isWritten[part]) return;
    isWritten[part] = true;
    written.push_back(part);
  } else if (at - memory.begin < memory.end - memory.begin) {
    uint64_t first = at - memory.begin, last = first + size - 1;
    if (allocated[first / GRANULE] <= first % GRANULE || allocated[last / GRANULE] <= last % GRANULE)
      fail("an access outside of every allocation", 0);
    else if (findsRaces) findRace(memoryRaces, at, size, {launches, blockNumber, (uint16_t)current, phase}, writes);
  }
}

// Signalling NaNs, so that what is read before it was written shows.
UNCHECKED static void poison(uint64_t from, uint64_t to) {
  for (; from + 4 <= to; from += 4) *(uint32_t*)from = 0x7fa0dead;
}

static void poisonWritten() {
  for (size_t part : written) {
    isWritten[part] = false;
    poison(shared.begin + part * PART, std::min(shared.end, shared.begin + (part + 1) * PART));
  }
  written.clear();
}

// Finds the shared memory of the thread that launches, if another one launched before.
static void findShared() {
  static thread_local volatile int used;
  static pthread_t finder;
  if (shared.end && pthread_equal(finder, pthread_self())) return;
  used = 0;  // from then on there is such memory
  finder = pthread_self();
  dl_iterate_phdr(
      [](dl_phdr_info* module, size_t, void*) {
        auto start = module->dlpi_phdr, end = start + module->dlpi_phnum;
        uint64_t here = (uint64_t)findShared - module->dlpi_addr;
        if (std::none_of(start, end, [=](auto& p) { return p.p_type == PT_LOAD && here - p.p_vaddr < p.p_memsz; })) return 0;
        auto found = std::find_if(start, end, [](auto& p) { return p.p_type == PT_TLS; });
        shared = {(uint64_t)module->dlpi_tls_data, (uint64_t)module->dlpi_tls_data + found->p_memsz};
        return 1;
      },
      nullptr);
  isWritten.assign((shared.end - shared.begin) / PART + 1, false);
  written.clear();
  poison(shared.begin, shared.end);
}

// How threads take turns: 0 and 1 each in turn, ascending or descending; 2 and 3 a warp as far as it can go before the
// next warp, ascending or descending, as a GPU may; else the seed of a random order. Blocks come one after the other,
// with an odd number the last first.
static int order;

// Switches without the system calls of swapcontext, and without what longjmp does beside.
UNCHECKED __attribute__((noinline)) static void jump(Place& to) { __builtin_longjmp(to.registers, 1); }
UNCHECKED __attribute__((noinline)) static void change(Place& from, Place& to) {
  if (!__builtin_setjmp(from.registers)) jump(to);
}

UNCHECKED static void wait(State state) {
  states[current] = state;
  change(fibres[current], scheduler);
}

// A fibre's life: one block after the other.
static void live() {
  for (;;) {
    wait(DONE);
    body(argument);
  }
}

static void makeFibre(int i) {
  static ucontext_t context, back;
  getcontext(&context);
  context.uc_stack.ss_sp = malloc(STACK);
  context.uc_stack.ss_size = STACK - i % 32 * 512;  // so that stacks do not share the lines of a cache
  makecontext(&context, live, 0);
  current = i;
  if (!__builtin_setjmp(scheduler.registers)) swapcontext(&back, &context);
}

static int made;

UNCHECKED static void resume(int i) {
  current = i;
  threadIdx = {i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y};
  change(scheduler, fibres[i]);
}

// Releases a group once all of its threads wait for the same thing. A group whose threads wait for different things, or
// of which some have returned, would hang or be undefined on a GPU.
UNCHECKED static bool release(int from, int to, State state) {
  for (int i = from; i < to; i++)
    if (states[i] != state) return false;
  for (int i = from; i < to; i++) states[i] = READY;
  return true;
}

UNCHECKED static bool runWarp(int from, int to) {
  for (int i = from; i < to; i++)
    if (states[i] == READY) resume(i);
  return release(from, to, AT_WARP);
}

UNCHECKED static void turn(int threads, std::mt19937& random) {
  if (order == 2 || order == 3) {
    for (int w = 0; w < threads; w += 32) {
      int from = order == 2 ? w : (threads - 1) / 32 * 32 - w;
      while (runWarp(from, std::min(from + 32, threads))) {}
    }
    return;
  }
  static int turns[1024];
  for (int i = 0; i < threads; i++) turns[i] = order == 1 ? threads - 1 - i : i;
  if (order > 3)  // not std::shuffle, whose result differs between libraries
    for (int i = threads - 1; i > 0; i--) std::swap(turns[i], turns[random() % (i + 1)]);
  for (int i = 0; i < threads; i++)
    if (states[turns[i]] == READY) resume(turns[i]);
  for (int from = 0; from < threads; from += 32) release(from, std::min(from + 32, threads), AT_WARP);
}

UNCHECKED static void runBlock() {
  poisonWritten();
  blocksRun++;
  phase = 0;
  int threads = blockDim.x * blockDim.y * blockDim.z;
  for (; made < threads; made++) makeFibre(made);
  for (int i = 0; i < threads; i++) {
    states[i] = READY;
    parities[i] = 0;
  }
  static std::mt19937 random;
  if (order > 3) random.seed(order);
  for (;;) {
    turn(threads, random);
    int done = 0, ready = 0;
    for (int i = 0; i < threads; i++) {
      done += states[i] == DONE;
      ready += states[i] == READY;
    }
    if (done == threads) return;
    if (!ready && release(0, threads, AT_BARRIER)) {
      phase++;
    } else if (!ready) {
      failure = "threads wait for each other: a barrier or a warp's exchange that not all reach";
      made = 0;  // these fibres are in the middle of the kernel
      return;
    }
  }
}

template <class T>
UNCHECKED static T exchange(T value, int source) {
  static_assert(sizeof(T) == 4, "values of 4 bytes");
  int me = current, warp = me & ~31;
  unsigned parity = parities[me]++ & 1;
  memcpy(&slots[parity][me], &value, 4);
  wait(AT_WARP);
  T result;
  memcpy(&result, &slots[parity][warp + source], 4);
  return result;
}

// A warp's d += a b in bfloat16, by PTX's "mma.sync.m16n8k16": each lane hands its fragments of a [16, 16] and b [16, 8]
// over and computes its part of d [16, 8]. With g = lane / 4 and t = lane % 4 a register of a lane has two values next
// to each other: of a in row g, or g + 8 for odd registers, at columns 2t, or 2t + 8 for the last two; of b in column g
// at rows 2t, or 2t + 8 for the second.
static uint32_t fragments[2][1024][6];

UNCHECKED static float half(uint32_t pair, int which) {
  return __uint_as_float(which ? pair & 0xffff0000u : pair << 16);
}

UNCHECKED static void multiplyAdd(float* d, const unsigned* a, const unsigned* b) {
  int me = current, warp = me & ~31, lane = me & 31;
  unsigned parity = parities[me]++ & 1;
  memcpy(fragments[parity][me], a, 16);
  memcpy(fragments[parity][me] + 4, b, 8);
  wait(AT_WARP);
  for (int i = 0; i < 4; i++) {
    int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
    for (int k = 0; k < 16; k++) {
      auto left = fragments[parity][warp + row % 8 * 4 + k % 8 / 2], right = fragments[parity][warp + column * 4 + k % 8 / 2];
      d[i] += half(left[row / 8 + k / 8 * 2], k % 2) * half(right[4 + k / 8], k % 2);
    }
  }
}

}  // namespace cpu

static inline void __syncthreads() { cpu::wait(cpu::AT_BARRIER); }
template <class T>
static T __shfl_xor_sync(unsigned, T v, int mask) {
  return cpu::exchange(v, (cpu::current & 31) ^ mask);
}
template <class T>
static T __shfl_sync(unsigned, T v, int lane) {
  return cpu::exchange(v, lane & 31);
}

namespace cpu {

// Calls a kernel with CUDA's array of pointers to arguments.
template <class... A>
struct Call {
  void (*kernel)(A...);
  void** arguments;
  template <size_t... I>
  void go(std::index_sequence<I...>) {
    kernel(*(std::remove_reference_t<A>*)arguments[I]...);
  }
  static void run(void* self) { ((Call*)self)->go(std::index_sequence_for<A...>()); }
};

struct Kernel {
  const char* name;
  const char* (*launch)(Dim grid, Dim block, void** arguments);  // gives what went wrong, or null
  std::vector<size_t> sizes;
};

template <class... A>
static Kernel kernelOf(const char* name, void (*)(A...)) {
  return {name, nullptr, {sizeof(A)...}};
}

template <class... A>
static const char* launchAs(void (*kernel)(A...), Dim grid, Dim block, void** arguments) {
  Call<A...> call{kernel, arguments};
  body = Call<A...>::run;
  argument = &call;
  gridDim = grid;
  blockDim = block;
  failure = nullptr;
  findShared();
  launches++;
  if (findsRaces) {
    sharedRaces.start(shared.begin, shared.end);
    memoryRaces.start(memory.begin, memory.end);
    if (!sharedRaces.records() || !memoryRaces.records()) return "there are not enough addresses to find races";
  }
  for (unsigned z = 0; z < grid.z && !failure; z++)
    for (unsigned y = 0; y < grid.y && !failure; y++)
      for (unsigned x = 0; x < grid.x && !failure; x++) {
        blockNumber = (z * grid.y + y) * grid.x + x;
        blockIdx = order % 2 ? Dim{grid.x - 1 - x, grid.y - 1 - y, grid.z - 1 - z} : Dim{x, y, z};
        runBlock();
      }
  return failure;
}

}  // namespace cpu

// What g++ calls before each access, and when a check fails.
#define CPU_ACCESS(size)                                                                                 \
  extern "C" UNCHECKED void __tsan_read##size(uint64_t at) { cpu::access(at, size, false); }             \
  extern "C" UNCHECKED void __tsan_write##size(uint64_t at) { cpu::access(at, size, true); }             \
  extern "C" UNCHECKED void __tsan_unaligned_read##size(uint64_t at) { cpu::access(at, size, false); }   \
  extern "C" UNCHECKED void __tsan_unaligned_write##size(uint64_t at) { cpu::access(at, size, true); }
CPU_ACCESS(1)
CPU_ACCESS(2)
CPU_ACCESS(4)
CPU_ACCESS(8)
CPU_ACCESS(16)
extern "C" UNCHECKED void __tsan_read_range(uint64_t at, size_t size) { cpu::access(at, size, false); }
extern "C" UNCHECKED void __tsan_write_range(uint64_t at, size_t size) { cpu::access(at, size, true); }
extern "C" UNCHECKED void __tsan_init() {}

// The place of the check is what all descriptions begin with.
struct CpuPlace {
  const char* file;
  unsigned line, column;
};
#define CPU_CHECK(check, what, ...) \
  extern "C" void __ubsan_handle_##check(CpuPlace* place, ##__VA_ARGS__) { cpu::fail(what, place->line); }
CPU_CHECK(type_mismatch_v1, "a misaligned address", void*)
CPU_CHECK(out_of_bounds, "an index outside of its array", void*)
CPU_CHECK(add_overflow, "a sum that exceeds 32 bits", void*, void*)
CPU_CHECK(sub_overflow, "a difference that exceeds 32 bits", void*, void*)
CPU_CHECK(mul_overflow, "a product that exceeds 32 bits", void*, void*)
CPU_CHECK(negate_overflow, "a number whose negative exceeds 32 bits", void*)
CPU_CHECK(divrem_overflow, "a quotient that exceeds 32 bits", void*, void*)

#define CPU_KERNEL(k)                                                                                        \
  [] {                                                                                                       \
    auto e = cpu::kernelOf(#k, k);                                                                           \
    e.launch = [](Dim g, Dim b, void** a) { return cpu::launchAs(k, g, b, a); };                             \
    return e;                                                                                                \
  }()
