// cuBLASLt without a GPU: products of float32 or bfloat16 matrices, with results in float32, as its documentation defines them, column-major, with leading
// dimensions, transposes, alpha and beta. What it says of a matrix that the caller described wrongly is an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <string>

struct Layout { int type; uint64_t rows, columns; int64_t leading; };
struct Description { int compute, scaleType, transposeA, transposeB, epilogue; const float* bias; };
struct Preference { size_t workspace; unsigned alignment[4]; };
struct Algorithm { uint64_t alignment[4], workspace, unused[3]; };
struct Heuristic { Algorithm algorithm; size_t workspace; int state; float waves; int reserved[4]; };
enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum { R_32F = 0, R_16BF = 14, COMPUTE_32F = 68, TRANSA = 3, TRANSB = 4, EPILOGUE = 7, BIAS_POINTER = 8,
       BIAS = 4, WORKSPACE = 1, ALIGNMENT_A = 5 };

static float valueOf(float x) { return x; }
static float valueOf(uint16_t x) {
  uint32_t bits = (uint32_t)x << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}
struct Product {
  uint64_t m, n, k;
  float alpha, beta;
  bool ta, tb;
  int64_t la, lb;
  const float* c;
  int64_t lc;
  const float* bias;
  float* out;
  int64_t lout;
  bool bfloat16;
  const void *first, *second;
  static int run(const void* product) {
    auto p = (const Product*)product;
    if (p->bfloat16) p->multiply((const uint16_t*)p->first, (const uint16_t*)p->second);
    else p->multiply((const float*)p->first, (const float*)p->second);
    return SUCCESS;
  }
  template <class T>
  void multiply(const T* a, const T* b) const {
    for (uint64_t j = 0; j < n; j++)
      for (uint64_t i = 0; i < m; i++) {
        float sum = 0;
        for (uint64_t l = 0; l < k; l++) sum += valueOf(a[ta ? l + i * la : i + l * la]) * valueOf(b[tb ? j + l * lb : l + j * lb]);
        float old = beta == 0 ? 0 : beta * c[i + j * lc];
        out[i + j * lout] = alpha * sum + old + (bias ? bias[i] : 0);
      }
  }
};

// A function of the driver, which gives answers for other libraries.
template <class F>
static F driver(const char* name) {
  static auto library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
  return library ? (F)dlsym(library, name) : nullptr;
}
static bool isBound() {
  static auto ask = driver<bool (*)()>("shim_is_bound");
  return ask && ask();
}
static bool isAllocated(const void* from, size_t bytes) {
  static auto ask = driver<bool (*)(const void*, size_t)>("shim_is_allocated");
  return ask && ask(from, bytes);
}
// Whether a matrix is in allocated memory.
static bool isAllocated(const void* from, const Layout& l) {
  return isAllocated(from, ((l.columns - 1) * l.leading + l.rows) * (l.type == R_16BF ? 2 : 4));
}

extern "C" {
static long handles;  // that were made and not destroyed
long shim_handles() { return handles; }
size_t cublasLtGetVersion() { const char* v = getenv("SHIM_CUBLAS"); return v ? atol(v) : 130300; }
int cublasLtCreate(void** handle) {
  if (!isBound()) return NOT_INITIALIZED;
  static int context;
  *handle = &context;
  handles++;
  return SUCCESS;
}
int cublasLtDestroy(void*) {
  if (!isBound()) return NOT_INITIALIZED;
  handles--;
  return SUCCESS;
}
const char* cublasLtGetStatusString(int s) { return s == SUCCESS ? "CUBLAS_STATUS_SUCCESS" : "CUBLAS_STATUS_INVALID_VALUE"; }
const char* cublasLtGetStatusName(int s) { return cublasLtGetStatusString(s); }
int cublasLtMatmulDescCreate(Description** d, int compute, int scale) {
  *d = new Description{compute, scale, 0, 0, 1, nullptr};
  handles++;
  return SUCCESS;
}
int cublasLtMatmulDescDestroy(Description* d) { delete d; handles--; return SUCCESS; }
int cublasLtMatmulDescSetAttribute(Description* d, int what, const void* value, size_t n) {
  if (what == BIAS_POINTER) {
    memcpy(&d->bias, value, n);
    return n == sizeof d->bias ? SUCCESS : INVALID_VALUE;
  }
  if (n != 4) return INVALID_VALUE;
  if (what == EPILOGUE) memcpy(&d->epilogue, value, 4);
  else if (what == TRANSA) memcpy(&d->transposeA, value, 4);
  else if (what == TRANSB) memcpy(&d->transposeB, value, 4);
  else return NOT_SUPPORTED;
  return SUCCESS;
}
int cublasLtMatrixLayoutCreate(Layout** l, int type, uint64_t rows, uint64_t columns, int64_t leading) {
  if (leading < (int64_t)rows) return INVALID_VALUE;
  *l = new Layout{type, rows, columns, leading};
  handles++;
  return SUCCESS;
}
int cublasLtMatrixLayoutDestroy(Layout* l) { delete l; handles--; return SUCCESS; }
int cublasLtMatmulPreferenceCreate(Preference** p) {
  *p = new Preference{0, {256, 256, 256, 256}};
  handles++;
  return SUCCESS;
}
int cublasLtMatmulPreferenceDestroy(Preference* p) { delete p; handles--; return SUCCESS; }
int cublasLtMatmulPreferenceSetAttribute(Preference* p, int what, const void* value, size_t n) {
  if (what == WORKSPACE && n == sizeof p->workspace) memcpy(&p->workspace, value, n);
  else if (what >= ALIGNMENT_A && what < ALIGNMENT_A + 4 && n == 4) memcpy(p->alignment + what - ALIGNMENT_A, value, n);
  else return INVALID_VALUE;
  return SUCCESS;
}
static bool refusesBias;
static int heuristicStatus;
void shim_refuse_bias(int refuses) { refusesBias = refuses; }
void shim_heuristic_status(int status) { heuristicStatus = status; }
int cublasLtMatmulAlgoGetHeuristic(void*, Description* d, Layout*, Layout*, Layout*, Layout*, Preference* p, int, Heuristic* results, int* found) {
  if (!isBound()) return NOT_INITIALIZED;
  memset(results, 0, sizeof *results);
  results->workspace = results->algorithm.workspace = p->workspace;
  for (int i = 0; i < 4; i++) results->algorithm.alignment[i] = p->alignment[i];
  *found = refusesBias && d->epilogue == BIAS ? 0 : 1;
  if (heuristicStatus) return heuristicStatus;
  return SUCCESS;
}
static bool aligned(const void* p, uint64_t bytes) { return bytes && (uint64_t)p % bytes == 0; }
// Does a product in its turn on the driver's stream.
static int submit(const Product& product) {
  static auto work = driver<int (*)(const char*, int (*)(const void*), const void*, size_t)>("shim_work");
  int status = work(product.bfloat16 ? "cublasLtMatmul bfloat16" : "cublasLtMatmul", Product::run, &product, sizeof product);
  return status == SUCCESS ? SUCCESS : EXECUTION_FAILED;
}
int cublasLtMatmul(void*, Description* d, const float* alpha, const void* a, Layout* la, const void* b, Layout* lb,
                   const float* beta, const float* c, Layout* lc, float* out, Layout* lout, const Algorithm* algorithm, void* workspace, size_t workspaceBytes, void*) {
  if (!isBound()) return NOT_INITIALIZED;
  bool ta = d->transposeA, tb = d->transposeB;
  uint64_t m = ta ? la->columns : la->rows, k = ta ? la->rows : la->columns, n = tb ? lb->rows : lb->columns;
  if (d->compute != COMPUTE_32F || d->scaleType != R_32F || (la->type != R_32F && la->type != R_16BF) || lb->type != la->type ||
      lc->type != R_32F || lout->type != R_32F)
    return NOT_SUPPORTED;
  if ((tb ? lb->columns : lb->rows) != k || lout->rows != m || lout->columns != n || lc->rows != m || lc->columns != n ||
      !m || !n || !k || (d->epilogue == BIAS) != (d->bias != nullptr))
    return INVALID_VALUE;
  if (!aligned(a, algorithm->alignment[0]) || !aligned(b, algorithm->alignment[1]) ||
      !aligned(c, algorithm->alignment[2]) || !aligned(out, algorithm->alignment[3]))
    return INVALID_VALUE;  // an algorithm was chosen for addresses that these are not
  if (d->bias && !aligned(d->bias, 16)) return INVALID_VALUE;  // undocumented: GPUs report a misaligned address
  if (c == out && lc->leading != lout->leading) return INVALID_VALUE;
  if (!isAllocated(a, *la) || !isAllocated(b, *lb) || (*beta != 0 && !isAllocated(c, *lc)) || !isAllocated(out, *lout) ||
      (d->bias && !isAllocated(d->bias, m * sizeof *d->bias)))
    return INVALID_VALUE;
  if (workspaceBytes != algorithm->workspace || !aligned(workspace, 16) || !isAllocated(workspace, workspaceBytes))
    return INVALID_VALUE;
  return submit({m, n, k, *alpha, *beta, ta, tb, la->leading, lb->leading, c, lc->leading, d->bias, out, lout->leading,
                 la->type == R_16BF, a, b});
}
}
