// The CUDA driver without a GPU: the functions that the library calls, on a processor. A module's image is a shared
// object that this folder's NVRTC made of kernels. There is one stream, in order and synchronous; while it is captured,
// work is recorded and not run, and what a capture forbids is refused. The functions shim_* are the tests'.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

struct Dim {
  unsigned x, y, z;
};
namespace cpu {
struct Kernel {
  const char* name;
  const char* (*launch)(Dim, Dim, void**);
  std::vector<size_t> sizes;
};
}  // namespace cpu
typedef unsigned long long Address;

enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, DEVICE_UNAVAILABLE = 46, NO_DEVICE = 100, INVALID_DEVICE = 101,
       INVALID_IMAGE = 200, INVALID_CONTEXT = 201, ILLEGAL_STATE = 401, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700, LAUNCH_FAILED = 719, CAPTURE_UNSUPPORTED = 900,
       CAPTURE_INVALIDATED = 901 };

static std::recursive_mutex mutex;
#define LOCKED std::lock_guard<std::recursive_mutex> lock(mutex)
#define BOUND \
  LOCKED;     \
  if (!isBound()) return INVALID_CONTEXT

static long setting(const char* name, long otherwise) {
  const char* value = getenv(name);
  return value ? atol(value) : otherwise;
}

static std::string events;    // what was asked of the driver, a line each
static long launchesLeft = setting("SHIM_LOSE_AFTER", -1);  // until the device is lost; -1 for never
static int lost = SUCCESS;
static size_t memory = setting("SHIM_MEMORY", 4L << 30), used;
static int order = setting("SHIM_ORDER", 0), findsRaces = setting("SHIM_RACES", 0);
static std::vector<void*> modules;
static void tell(const char* function, int value) {
  for (void* m : modules) ((void (*)(int))dlsym(m, function))(value);
}

static void log(const char* what, const std::string& more) { events += what + (" " + more) + "\n"; }

// Memory that nobody wrote holds signalling NaNs, each word another one: what computes with it becomes a quiet NaN, and
// what copies it leaves the wrong word. Such fences stand around each allocation, too.
static const size_t FENCE = 1024, RESERVED = 1L << 36;
static std::map<Address, size_t> allocations;
static Address reserved;
static std::set<Address> uncounted;  // that were allocated before counting began
static size_t counted, most;         // bytes of the other allocations: now, and at most at one time

// How many bytes of each 256 of the reserved addresses are allocated; what modules check accesses with.
static const size_t GRANULE = 256;
static uint16_t* valid;

static void* reserve(size_t bytes) {
  void* got = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return got == MAP_FAILED ? nullptr : got;
}
// Reserves addresses, of which pages are only used once they are written. Returns whether it could.
static bool reserveMemory() {
  if (!valid) {
    reserved = (Address)reserve(RESERVED);
    valid = reserved ? (uint16_t*)reserve(RESERVED / GRANULE * sizeof *valid) : nullptr;
  }
  return valid;
}
// Marks an allocation's bytes as allocated, or as free.
static void mark(Address begin, size_t size, bool isAllocated) {
  uint16_t* mark = valid + (begin - reserved) / GRANULE;
  for (size_t at = 0; at < size; at += GRANULE) *mark++ = isAllocated ? std::min(GRANULE, size - at) : 0;
}
// A place in the reserved addresses; 0 if there is none.
static Address place(size_t bytes) {
  if (!reserveMemory()) return 0;
  Address at = reserved;
  for (auto& [begin, size] : allocations) {
    if (begin - FENCE >= at + bytes) break;
    at = (begin + size + FENCE + GRANULE - 1) / GRANULE * GRANULE;
  }
  return at + bytes <= reserved + RESERVED ? at : 0;
}
static unsigned unwritten(Address at) {
  return 0x7fa00000u | (unsigned)(at / 4 * 2654435761u >> 11 & 0x1fffff) | 1;
}
static void poison(Address from, Address to) {
  for (Address a = from; a < to; a += 4) *(unsigned*)a = unwritten(a);
}
static bool touched(Address from, Address to) {
  for (Address a = from; a < to; a += 4)
    if (*(unsigned*)a != unwritten(a)) return true;
  return false;
}
static int fences(Address at, size_t n) {
  Address end = at + (n + 3) / 4 * 4;
  if (!touched(at - FENCE, at) && !touched(end, end + FENCE)) return lost;
  fprintf(stderr, "a kernel wrote outside an allocation of %zu bytes\n", n);
  poison(at - FENCE, at);
  poison(end, end + FENCE);
  return lost = ILLEGAL_ADDRESS;
}
static int fences() {
  for (auto& [at, n] : allocations)
    if (fences(at, n) == ILLEGAL_ADDRESS) break;
  return lost;
}
static bool inside(Address from, size_t n) {
  auto next = allocations.upper_bound(from);
  if (next == allocations.begin()) return false;
  auto& [at, size] = *--next;
  return from + n <= at + size;
}

// A captured stream's work, which a graph does each time it is launched.
typedef std::vector<std::function<int()>> Work;
static Work* recorded;  // null unless the stream is captured
static std::thread::id recorder;
static bool invalidated;  // by a call that a capture forbids
static bool refusesCapture;
static int graphStatus, graphLaunchStatus;  // what making and launching a graph give
static long graphs, captures;  // that were made and not destroyed

// Contexts by their device: how often each was retained and not released. A thread must be bound to one of them.
static std::map<int, long> contexts;
static thread_local const std::pair<const int, long>* bound;
static bool isBound() { return bound && bound->second > 0; }

// Does work in its turn: now, or when the graph that is being captured is launched.
static int inTurn(std::function<int()> work) {
  if (lost) return lost;
  if (!recorded) return work();
  recorded->push_back(work);
  return SUCCESS;
}
// Refuses a call by the thread that captures.
static bool forbidden() {
  if (!recorded || recorder != std::this_thread::get_id()) return false;
  return invalidated = true;
}

// Page-locked memory. A copy may read and write host memory of every kind until the host waits for the stream.
static std::map<const char*, size_t> pageLocked;
static std::map<const char*, std::string> underWay;
static std::vector<std::pair<void*, std::string>> landing;
static bool isPageLocked(const void* at) {
  auto next = pageLocked.upper_bound((const char*)at);
  return next != pageLocked.begin() && (const char*)at < std::prev(next)->first + std::prev(next)->second;
}
static int arrive() {
  for (auto& [from, bytes] : underWay)
    if (memcmp(from, bytes.data(), bytes.size())) {
      fprintf(stderr, "the host changed memory that a copy still read\n");
      lost = ILLEGAL_ADDRESS;
    }
  underWay.clear();
  for (auto& [to, bytes] : landing) memcpy(to, bytes.data(), bytes.size());
  landing.clear();
  return lost;
}

extern "C" {
// Work of another library: its state is copied.
int shim_work(const char* name, int (*run)(const void*), const void* state, size_t size) {
  LOCKED;
  std::string copy((const char*)state, size), label = name;
  return inTurn([=] {
    log("launch", label);
    return run(copy.data());
  });
}
void shim_refuse_capture(int refuses) { LOCKED; refusesCapture = refuses; }
void shim_graph_status(int made, int launched) { LOCKED; graphStatus = made; graphLaunchStatus = launched; }
long shim_graphs() { LOCKED; return graphs; }
long shim_captures() { LOCKED; return captures; }
long shim_contexts() {
  LOCKED;
  long all = 0;
  for (auto& [device, count] : contexts) all += count;
  return all;
}
// What other libraries may ask: whether the thread is bound to a GPU, and whether memory is allocated.
bool shim_is_bound() { LOCKED; return isBound(); }
bool shim_is_allocated(Address from, size_t bytes) { LOCKED; return inside(from, bytes); }
void shim_order(int o) {
  LOCKED;
  order = o;
  tell("cpu_order", o);
}
void shim_find_races(int finds) {
  LOCKED;
  findsRaces = finds;
  tell("cpu_races", finds);
}
void shim_clear_log() { LOCKED; events.clear(); }
const char* shim_log() {
  LOCKED;
  static std::string copy;
  copy = events;
  return copy.c_str();
}
void shim_memory(long bytes) { LOCKED; memory = bytes; }
long shim_used() { LOCKED; return used; }
long shim_most() { LOCKED; return most; }
void shim_count_memory() {
  LOCKED;
  for (auto& [at, size] : allocations) uncounted.insert(at);
  counted = most = 0;
}
void shim_lose_after(long launches) { LOCKED; launchesLeft = launches; lost = SUCCESS; }

int cuInit(unsigned) { return (int)setting("SHIM_INIT", SUCCESS); }
int cuDriverGetVersion(int* v) { *v = (int)setting("SHIM_DRIVER", 13000); return (int)setting("SHIM_VERSION", SUCCESS); }
int cuDeviceGetCount(int* n) { *n = (int)setting("SHIM_DEVICES", 1); return SUCCESS; }
int cuDeviceGet(int* d, int i) { *d = i; return i >= 0 && i < setting("SHIM_DEVICES", 1) ? SUCCESS : INVALID_DEVICE; }
int cuDeviceGetName(char* s, int n, int) { snprintf(s, n, "a processor in place of a GPU"); return SUCCESS; }
int cuDeviceGetAttribute(int* v, int what, int) {
  if (int status = (int)setting("SHIM_ATTRIBUTE", SUCCESS)) return status;
  int capability = (int)setting("SHIM_CAPABILITY", 90);
  int mode = (int)setting("SHIM_COMPUTE_MODE", 0);
  *v = what == 75 ? capability / 10 : what == 76 ? capability % 10 : what == 20 ? mode : what == 16 ? 4 : 0;
  return SUCCESS;
}
int cuDeviceTotalMem_v2(size_t* n, int) { *n = memory; return SUCCESS; }
int cuDevicePrimaryCtxRetain(void** c, int device) {
  LOCKED;
  if (setting("SHIM_UNAVAILABLE", 0)) return DEVICE_UNAVAILABLE;
  auto& context = *contexts.try_emplace(device).first;
  context.second++;
  *c = &context;
  return SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int device) {
  LOCKED;
  if (contexts[device] <= 0) return INVALID_CONTEXT;
  contexts[device]--;
  return SUCCESS;
}
int cuCtxSetCurrent(void* context) {
  LOCKED;
  bound = (const std::pair<const int, long>*)context;
  return !context || isBound() ? SUCCESS : INVALID_CONTEXT;
}
int cuMemGetInfo_v2(size_t* available, size_t* all) {
  BOUND;
  *all = memory;
  *available = memory > used ? memory - used : 0;
  return SUCCESS;
}
int cuMemAllocHost_v2(void** p, size_t n) {
  BOUND;
  if (forbidden()) return CAPTURE_UNSUPPORTED;
  if (!n || !(*p = malloc(n))) return n ? OUT_OF_MEMORY : INVALID_VALUE;
  pageLocked[(char*)*p] = n;
  return SUCCESS;
}
int cuMemFreeHost(void* p) {
  BOUND;
  if (!pageLocked.erase((char*)p)) return INVALID_VALUE;
  free(p);
  return SUCCESS;
}
int cuMemAlloc_v2(Address* p, size_t n) {
  BOUND;
  if (forbidden()) return CAPTURE_UNSUPPORTED;
  if (lost) return lost;
  if (!n) return INVALID_VALUE;
  if (used + n > memory) return OUT_OF_MEMORY;
  size_t bytes = (n + 255) / 256 * 256 + 2 * FENCE;
  Address got = place(bytes);
  if (!got) return OUT_OF_MEMORY;
  *p = got + FENCE;
  poison(*p - FENCE, *p - FENCE + bytes);
  allocations[*p] = n;
  mark(*p, n, true);
  used += n;
  counted += n;
  most = std::max(most, counted);
  log("allocate", std::to_string(n));
  return SUCCESS;
}
int cuMemFree_v2(Address p) {
  BOUND;
  if (forbidden()) return CAPTURE_UNSUPPORTED;
  if (!allocations.count(p)) return INVALID_VALUE;
  int s = fences(p, allocations[p]);
  used -= allocations[p];
  counted -= uncounted.erase(p) ? 0 : allocations[p];
  mark(p, allocations[p], false);
  allocations.erase(p);
  return s;
}
int cuMemcpyHtoDAsync_v2(Address d, const void* s, size_t n, void*) {
  BOUND;
  if (!isPageLocked(s) && forbidden()) return CAPTURE_UNSUPPORTED;
  return inTurn([=] {
    if (!inside(d, n)) return INVALID_VALUE;
    memcpy((void*)d, s, n);
    underWay[(const char*)s] = std::string((const char*)s, n);
    log("upload", std::to_string(n));
    return SUCCESS;
  });
}
int cuMemcpyDtoHAsync_v2(void* d, Address s, size_t n, void*) {
  BOUND;
  if (!isPageLocked(d) && forbidden()) return CAPTURE_UNSUPPORTED;
  return inTurn([=] {
    if (!inside(s, n)) return INVALID_VALUE;
    landing.emplace_back(d, std::string((const char*)s, n));
    log("download", std::to_string(n));
    return SUCCESS;
  });
}
int cuMemcpyDtoDAsync_v2(Address d, Address s, size_t n, void*) {
  BOUND;
  return inTurn([=] {
    if (!inside(s, n) || !inside(d, n) || (d < s + n && s < d + n)) return INVALID_VALUE;  // undefined if they overlap
    memcpy((void*)d, (void*)s, n);
    log("copy", std::to_string(n));
    return SUCCESS;
  });
}
int cuMemsetD32Async(Address d, unsigned v, size_t n, void*) {
  BOUND;
  return inTurn([=] {
    if (!inside(d, 4 * n)) return INVALID_VALUE;
    for (size_t i = 0; i < n; i++) ((unsigned*)d)[i] = v;
    log("set", std::to_string(4 * n));
    return SUCCESS;
  });
}
int cuStreamCreate(void** s, unsigned) {
  BOUND;
  static int stream;
  *s = &stream;
  return SUCCESS;
}
int cuStreamDestroy_v2(void*) { return SUCCESS; }
int cuStreamSynchronize(void*) {
  BOUND;
  if (forbidden()) return CAPTURE_UNSUPPORTED;
  int s = fences();
  return s ? s : arrive();
}
int cuStreamQuery(void*) {
  BOUND;
  return forbidden() ? CAPTURE_UNSUPPORTED : lost;
}
int cuStreamBeginCapture_v2(void*, int mode) {
  BOUND;
  if (lost) return lost;
  if (recorded || mode < 0 || mode > 2) return recorded ? ILLEGAL_STATE : INVALID_VALUE;
  recorded = new Work;
  recorder = std::this_thread::get_id();
  invalidated = refusesCapture;
  return SUCCESS;
}
int cuStreamEndCapture(void*, Work** graph) {
  BOUND;
  if (!recorded || recorder != std::this_thread::get_id()) return ILLEGAL_STATE;
  *graph = recorded;
  recorded = nullptr;
  captures++;
  if (!invalidated) return SUCCESS;
  captures--;
  delete *graph;
  *graph = nullptr;
  return CAPTURE_INVALIDATED;
}
int cuGraphInstantiateWithFlags(Work** executable, Work* graph, unsigned long long flags) {
  BOUND;
  if (!graph || flags) return INVALID_VALUE;
  if (graphStatus) return graphStatus;
  *executable = new Work(*graph);
  graphs++;
  return SUCCESS;
}
int cuGraphDestroy(Work* graph) {
  LOCKED;
  if (!graph) return INVALID_VALUE;
  delete graph;
  captures--;
  return SUCCESS;
}
int cuGraphExecDestroy(Work* executable) {
  LOCKED;
  if (!executable) return INVALID_VALUE;
  delete executable;
  graphs--;
  return SUCCESS;
}
int cuGraphLaunch(Work* executable, void*) {
  BOUND;
  if (lost) return lost;
  if (!executable || recorded) return recorded ? CAPTURE_UNSUPPORTED : INVALID_VALUE;
  if (graphLaunchStatus) return graphLaunchStatus;
  log("graph", std::to_string(executable->size()));
  for (auto& work : *executable)
    if (int s = work()) return s;
  return SUCCESS;
}
int cuModuleLoadData(void** m, const void* image) {
  BOUND;
  const char* bytes = (const char*)image;
  auto header = (const Elf64_Ehdr*)image;
  if (memcmp(header->e_ident, ELFMAG, SELFMAG)) return INVALID_IMAGE;
  size_t size = header->e_shoff + (size_t)header->e_shentsize * header->e_shnum;
  char path[] = "/tmp/coconut-kernels-XXXXXX";
  int file = mkstemp(path);
  if (file < 0 || write(file, bytes, size) != (ssize_t)size) return INVALID_IMAGE;
  close(file);
  void* handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  unlink(path);
  if (!handle) {
    fprintf(stderr, "%s\n", dlerror());
    return INVALID_IMAGE;
  }
  if (!reserveMemory()) return OUT_OF_MEMORY;
  ((void (*)(Address, Address, const uint16_t*))dlsym(handle, "cpu_memory"))(reserved, reserved + RESERVED, valid);
  modules.push_back(handle);
  tell("cpu_order", order);
  tell("cpu_races", findsRaces);
  *m = handle;
  return SUCCESS;
}
int cuModuleUnload(void*) { return SUCCESS; }
int cuModuleGetFunction(void** f, void* m, const char* name) {
  BOUND;
  *f = ((cpu::Kernel * (*)(const char*)) dlsym(m, "cpu_kernel"))(name);
  return *f ? SUCCESS : NOT_FOUND;
}
int cuLaunchKernel(void* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void*, void** p, void**) {
  BOUND;
  if (lost) return lost;
  auto k = (cpu::Kernel*)f;
  if (!gx || !gy || !gz || gx > 0x7fffffff || gy > 65535 || gz > 65535) return INVALID_VALUE;
  if (!bx || !by || !bz || bx > 1024 || by > 1024 || bz > 64 || bx * by * bz > 1024) return INVALID_VALUE;
  if (shared > 48 * 1024) return INVALID_VALUE;  // more needs cuFuncSetAttribute
  std::vector<std::string> arguments;  // which the driver copies before it returns
  for (size_t i = 0; i < k->sizes.size(); i++) arguments.emplace_back((const char*)p[i], k->sizes[i]);
  return inTurn([=]() mutable {
    if (launchesLeft >= 0 && launchesLeft-- == 0) return lost = LAUNCH_FAILED;
    log("launch", k->name);
    std::vector<void*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    if (const char* failure = k->launch({gx, gy, gz}, {bx, by, bz}, pointers.data())) {
      fprintf(stderr, "%s: %s\n", k->name, failure);
      return lost = LAUNCH_FAILED;
    }
    return (int)SUCCESS;
  });
}
int cuGetErrorName(int e, const char** s) {
  static std::map<int, const char*> names{{SUCCESS, "CUDA_SUCCESS"},
                                          {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE"},
                                          {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY"},
                                          {DEVICE_UNAVAILABLE, "CUDA_ERROR_DEVICE_UNAVAILABLE"},
                                          {NO_DEVICE, "CUDA_ERROR_NO_DEVICE"},
                                          {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE"},
                                          {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE"},
                                          {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT"},
                                          {NOT_FOUND, "CUDA_ERROR_NOT_FOUND"},
                                          {ILLEGAL_STATE, "CUDA_ERROR_ILLEGAL_STATE"},
                                          {CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"},
                                          {CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"},
                                          {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS"},
                                          {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED"}};
  *s = names.count(e) ? names[e] : "CUDA_ERROR_UNKNOWN";
  return SUCCESS;
}
int cuGetErrorString(int, const char** s) { *s = "an error of the driver without a GPU"; return SUCCESS; }
}
