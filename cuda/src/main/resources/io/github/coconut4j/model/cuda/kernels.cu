// The layer operations of model.loop on a GPU. NVRTC compiles this file at run time; it includes nothing. With the
// tests' cpu.h, any C++17 compiler compiles the same file.
//
// A row of a matrix is one position; `stride` is the number of values between the starts of rows. Every sum has a fixed
// order and no kernel uses atomics, so the same call gives the same bits. No thread writes a value that another thread
// of the kernel writes or reads without a barrier between. Places in matrices are computed in 64 bits.

typedef long long int64;

#define FULL_WARP 0xffffffffu
#define MINUS_INFINITY __uint_as_float(0xff800000u)

__device__ inline float warpSum(float x) {
  for (int offset = 16; offset > 0; offset >>= 1) x += __shfl_xor_sync(FULL_WARP, x, offset);
  return x;
}

__device__ inline float warpMax(float x) {
  for (int offset = 16; offset > 0; offset >>= 1) x = fmaxf(x, __shfl_xor_sync(FULL_WARP, x, offset));
  return x;
}

// The sum over a block of up to 1024 threads, returned to every thread.
__device__ inline float blockSum(float x) {
  __shared__ float partial[32];
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = (blockDim.x + 31) >> 5;
  x = warpSum(x);
  __syncthreads();  // a sum before this one may still be read
  if (lane == 0) partial[warp] = x;
  __syncthreads();
  return warpSum(lane < warps ? partial[lane] : 0.f);
}

__device__ inline float blockMax(float x) {
  __shared__ float partial[32];
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = (blockDim.x + 31) >> 5;
  x = warpMax(x);
  __syncthreads();
  if (lane == 0) partial[warp] = x;
  __syncthreads();
  return warpMax(lane < warps ? partial[lane] : partial[0]);
}

// A bfloat16 is the upper half of a float's bits.
typedef unsigned short bfloat16;

__device__ inline float valueOf(float x) { return x; }
__device__ inline float valueOf(bfloat16 x) { return __uint_as_float((unsigned)x << 16); }

// The nearest bfloat16, ties to even; NaN stays NaN.
__device__ inline bfloat16 nearest(float x) {
  unsigned bits = __float_as_uint(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return bits >> 16 | 0x40u;
  return (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
}

__device__ inline int64 element() { return (int64)blockIdx.x * blockDim.x + threadIdx.x; }

// ---------------------------------------------------------------------------------------------- rows

// target[targetRows[i]] = source[sourceRows[i]], a block for each i; null stands for 0, 1, 2, ...
template <class T>
__device__ inline void copy(const T* source, const int* sourceRows, int64 sourceStride, float* target,
                            const int* targetRows, int64 targetStride, int width) {
  int i = blockIdx.x;
  const T* from = source + (sourceRows ? sourceRows[i] : i) * sourceStride;
  float* to = target + (targetRows ? targetRows[i] : i) * targetStride;
  for (int j = threadIdx.x; j < width; j += blockDim.x) to[j] = valueOf(from[j]);
}

extern "C" __global__ void copyRows(const float* source, const int* sourceRows, int64 sourceStride, float* target,
                                    const int* targetRows, int64 targetStride, int width) {
  copy(source, sourceRows, sourceStride, target, targetRows, targetStride, width);
}

extern "C" __global__ void copyRowsBfloat16(const bfloat16* source, const int* sourceRows, int64 sourceStride,
                                            float* target, const int* targetRows, int64 targetStride, int width) {
  copy(source, sourceRows, sourceStride, target, targetRows, targetStride, width);
}

// sum[sumRows[i]] = a[aRows[i]] + b[bRows[i]], a block for each i; no row of the sum occurs twice.
extern "C" __global__ void addRows(const float* a, const int* aRows, int64 aStride, const float* b, const int* bRows,
                                   int64 bStride, float* sum, const int* sumRows, int64 sumStride, int width) {
  int i = blockIdx.x;
  const float* left = a + (aRows ? aRows[i] : i) * aStride;
  const float* right = b + (bRows ? bRows[i] : i) * bStride;
  float* to = sum + (sumRows ? sumRows[i] : i) * sumStride;
  for (int j = threadIdx.x; j < width; j += blockDim.x) to[j] = left[j] + right[j];
}

// sum[targets[s]] += added[rows[i]] for all i in [starts[s], starts[s + 1]), in order; a block for each s. A group
// without rows may have another group's target, and does not touch it.
extern "C" __global__ void addRowGroups(const float* added, const int* rows, int64 addedStride, const int* starts,
                                        const int* targets, float* sum, int64 sumStride, int width) {
  int group = blockIdx.x;
  if (starts[group] == starts[group + 1]) return;
  float* to = sum + targets[group] * sumStride;
  for (int j = threadIdx.x; j < width; j += blockDim.x) {
    float total = to[j];
    for (int i = starts[group]; i < starts[group + 1]; i++) total += added[rows[i] * addedStride + j];
    to[j] = total;
  }
}

// ---------------------------------------------------------------------------------------------- elements

extern "C" __global__ void fill(float* x, float value, int64 count) {
  int64 i = element();
  if (i < count) x[i] = value;
}

extern "C" __global__ void add(const float* a, const float* b, float* sum, int64 count) {
  int64 i = element();
  if (i < count) sum[i] = a[i] + b[i];
}

extern "C" __global__ void scale(float* x, float factor, int64 count) {
  int64 i = element();
  if (i < count) x[i] *= factor;
}

// sum = factor x, plus the old sum if `accumulate`; x may be the sum.
extern "C" __global__ void addScaled(float* sum, const float* x, float factor, int accumulate, int64 count) {
  int64 i = element();
  if (i < count) sum[i] = (accumulate ? sum[i] : 0.f) + factor * x[i];
}

#define GELU_TANH 0
#define GELU 1
#define RELU 2
#define SILU 3

__device__ inline float activated(int f, float x) {
  switch (f) {
    case GELU_TANH: return 0.5f * x * (1 + tanhf(0.7978845608f * (x + 0.044715f * x * x * x)));
    case GELU: return 0.5f * x * (1 + erff(x * 0.7071067812f));
    case RELU: return x < 0 ? 0.f : x;  // NaN stays NaN
    default: return x / (1 + expf(-x));
  }
}

__device__ inline float slope(int f, float x) {
  switch (f) {
    case GELU_TANH: {
      float t = tanhf(0.7978845608f * (x + 0.044715f * x * x * x));
      return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * 0.7978845608f * (1 + 3 * 0.044715f * x * x);
    }
    case GELU: return 0.5f * (1 + erff(x * 0.7071067812f)) + x * 0.3989422804f * expf(-0.5f * x * x);
    case RELU: return x > 0 ? 1.f : 0.f;
    default: {
      float s = 1 / (1 + expf(-x));
      return s * (1 + x * (1 - s));
    }
  }
}

// y = f(x); y may be x.
extern "C" __global__ void activation(int f, const float* x, float* y, int64 count) {
  int64 i = element();
  if (i < count) y[i] = activated(f, x[i]);
}

// dx = dy f'(x); dx may be x or dy.
extern "C" __global__ void activationGradient(int f, const float* x, const float* dy, float* dx, int64 count) {
  int64 i = element();
  if (i < count) dx[i] = dy[i] * slope(f, x[i]);
}

// y = f(gate) x; y may be the gate.
extern "C" __global__ void gate(int f, const float* gates, const float* x, float* y, int64 count) {
  int64 i = element();
  if (i < count) y[i] = activated(f, gates[i]) * x[i];
}

// Replaces the gates and x by their gradients.
extern "C" __global__ void gateGradient(int f, float* gates, float* x, const float* dy, int64 count) {
  int64 i = element();
  if (i < count) {
    float g = gates[i], value = x[i], d = dy[i];
    gates[i] = d * value * slope(f, g);
    x[i] = d * activated(f, g);
  }
}

// Rotary position embeddings: rotates the pairs (x[j], x[j + half]) of each head by the position's angles. Cosines and
// sines are tables [positions, half]; with a sign of -1 it rotates back.
extern "C" __global__ void rotate(float* x, int64 stride, int width, int half, const float* cosines, const float* sines,
                                  const int* positions, float sign) {
  float* row = x + blockIdx.x * stride;
  const float* cosine = cosines + (int64)positions[blockIdx.x] * half;
  const float* sine = sines + (int64)positions[blockIdx.x] * half;
  for (int pair = threadIdx.x; pair < width / 2; pair += blockDim.x) {
    int low = pair / half * 2 * half + pair % half;
    float a = row[low], b = row[low + half], c = cosine[pair % half], s = sign * sine[pair % half];
    row[low] = a * c - b * s;
    row[low + half] = b * c + a * s;
  }
}

// ---------------------------------------------------------------------------------------------- dropout

// Philox-4x32-10 (Salmon et al. 2011) of one counter, as in model.dropout.
__device__ inline void philox(unsigned key0, unsigned key1, unsigned* c) {
  for (int round = 0; round < 10; round++) {
    unsigned high0 = __umulhi(0xD2511F53u, c[0]), low0 = 0xD2511F53u * c[0];
    unsigned high1 = __umulhi(0xCD9E8D57u, c[2]), low1 = 0xCD9E8D57u * c[2];
    c[0] = high1 ^ c[1] ^ key0;
    c[1] = low1;
    c[2] = high0 ^ c[3] ^ key1;
    c[3] = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

// Which of a counter's eight elements dropout keeps, one bit each, the first in the lowest.
__device__ inline unsigned keptOf(unsigned key0, unsigned key1, unsigned threshold, unsigned block, unsigned step,
                                  unsigned head, unsigned sequence) {
  unsigned words[4] = {block, step, head, sequence};
  philox(key0, key1, words);
  unsigned kept = 0;
  for (int i = 0; i < 8; i++) {
    unsigned number = (words[i / 2] >> (i % 2 * 16)) & 0xffffu;
    kept |= (number >= threshold ? 1u : 0u) << i;
  }
  return kept;
}

// What the masks of this update are generated from. It is in memory so that all updates have the same launches.
struct Draw {
  unsigned key0, key1;
  int firstSequence;
};

// y = residual + m x with the multipliers m of each row's mask; a block a row, a thread eight elements.
extern "C" __global__ void dropout(const float* x, const float* residual, float* y, const int* sequences,
                                   const int* steps, const Draw* draw, unsigned threshold, float keptScale, int width) {
  int64 at = (int64)blockIdx.x * width;
  unsigned step = steps[blockIdx.x], sequence = draw->firstSequence + sequences[blockIdx.x];
  for (int block = threadIdx.x; block < (width + 7) / 8; block += blockDim.x) {
    unsigned kept = keptOf(draw->key0, draw->key1, threshold, block, step, 0, sequence);
    for (int i = 0; i < 8 && block * 8 + i < width; i++) {
      int64 j = at + block * 8 + i;
      y[j] = (residual ? residual[j] : 0.f) + (kept >> i & 1 ? keptScale : 0.f) * x[j];
    }
  }
}

// ---------------------------------------------------------------------------------------------- norms

// y = (x - mean) / sqrt(variance + epsilon) scale + shift over each row; a block a row.
extern "C" __global__ void layerNorm(const float* x, int64 xStride, const float* scales, const float* shifts, float* y,
                                     int64 yStride, float* means, float* variances, int width, float epsilon) {
  const float* in = x + blockIdx.x * xStride;
  float* out = y + blockIdx.x * yStride;
  float sum = 0;
  for (int i = threadIdx.x; i < width; i += blockDim.x) sum += in[i];
  float mean = blockSum(sum) / width;
  sum = 0;
  for (int i = threadIdx.x; i < width; i += blockDim.x) sum += (in[i] - mean) * (in[i] - mean);
  float variance = blockSum(sum) / width, factor = 1 / sqrtf(variance + epsilon);
  for (int i = threadIdx.x; i < width; i += blockDim.x) out[i] = (in[i] - mean) * factor * scales[i] + shifts[i];
  if (threadIdx.x == 0) {
    means[blockIdx.x] = mean;
    variances[blockIdx.x] = variance;
  }
}

// dx of layerNorm; dx may be dy.
extern "C" __global__ void layerNormGradient(const float* x, int64 xStride, const float* means, const float* variances,
                                             const float* scales, const float* dy, int64 dyStride, float* dx,
                                             int64 dxStride, int width, float epsilon) {
  const float *in = x + blockIdx.x * xStride, *g = dy + blockIdx.x * dyStride;
  float* out = dx + blockIdx.x * dxStride;
  float mean = means[blockIdx.x], factor = 1 / sqrtf(variances[blockIdx.x] + epsilon), a = 0, b = 0;
  for (int i = threadIdx.x; i < width; i += blockDim.x) {
    float d = g[i] * scales[i];
    a += d;
    b += d * (in[i] - mean) * factor;
  }
  a = blockSum(a) / width;
  b = blockSum(b) / width;
  for (int i = threadIdx.x; i < width; i += blockDim.x)
    out[i] = (g[i] * scales[i] - a - (in[i] - mean) * factor * b) * factor;
}

// y = x / sqrt(mean square + epsilon) scale over each row; a block a row.
extern "C" __global__ void rmsNorm(const float* x, int64 xStride, const float* scales, float* y, int64 yStride,
                                   float* squares, int width, float epsilon) {
  const float* in = x + blockIdx.x * xStride;
  float* out = y + blockIdx.x * yStride;
  float sum = 0;
  for (int i = threadIdx.x; i < width; i += blockDim.x) sum += in[i] * in[i];
  float square = blockSum(sum) / width, factor = 1 / sqrtf(square + epsilon);
  for (int i = threadIdx.x; i < width; i += blockDim.x) out[i] = in[i] * factor * scales[i];
  if (threadIdx.x == 0) squares[blockIdx.x] = square;
}

// dx of rmsNorm; dx may be dy.
extern "C" __global__ void rmsNormGradient(const float* x, int64 xStride, const float* squares, const float* scales,
                                           const float* dy, int64 dyStride, float* dx, int64 dxStride, int width,
                                           float epsilon) {
  const float *in = x + blockIdx.x * xStride, *g = dy + blockIdx.x * dyStride;
  float* out = dx + blockIdx.x * dxStride;
  float factor = 1 / sqrtf(squares[blockIdx.x] + epsilon), a = 0;
  for (int i = threadIdx.x; i < width; i += blockDim.x) a += g[i] * scales[i] * in[i] * factor;
  a = blockSum(a) / width;
  for (int i = threadIdx.x; i < width; i += blockDim.x) out[i] = (g[i] * scales[i] - in[i] * factor * a) * factor;
}

// Sums of columns over the rows [chunk blockIdx.y, chunk (blockIdx.y + 1)): of dy, and if x is given, of dy times the
// normalised x. Each chunk writes its own row of `sums` and `scaled`, either of which may be null. Blocks have 32 x 8
// threads and 32 columns.
extern "C" __global__ void columnSums(const float* dy, int64 dyStride, const float* x, int64 xStride, const float* means,
                                      const float* variances, float epsilon, float* sums, float* scaled, int rows,
                                      int width, int chunk) {
  __shared__ float part[2][8][33];
  int column = blockIdx.x * 32 + threadIdx.x, end = min((int64)rows, (int64)(blockIdx.y + 1) * chunk);
  float a = 0, b = 0;
  if (column < width)
    for (int row = blockIdx.y * chunk + threadIdx.y; row < end; row += 8) {
      float d = dy[row * dyStride + column];
      a += d;
      if (x) b += d * (x[row * xStride + column] - (means ? means[row] : 0.f)) / sqrtf(variances[row] + epsilon);
    }
  part[0][threadIdx.y][threadIdx.x] = a;
  part[1][threadIdx.y][threadIdx.x] = b;
  __syncthreads();
  if (threadIdx.y == 0 && column < width) {
    a = b = 0;
    for (int i = 0; i < 8; i++) {
      a += part[0][i][threadIdx.x];
      b += part[1][i][threadIdx.x];
    }
    int64 at = (int64)blockIdx.y * width + column;
    if (sums) sums[at] = a;
    if (scaled) scaled[at] = b;
  }
}

// total[j] = sum of the rows of parts[rows, width], plus the old total if `accumulate`.
extern "C" __global__ void addParts(const float* parts, int rows, int width, float* total, int accumulate) {
  int64 j = element();
  if (j < width) {
    float sum = accumulate ? total[j] : 0.f;
    for (int row = 0; row < rows; row++) sum += parts[(int64)row * width + j];
    total[j] = sum;
  }
}

// ---------------------------------------------------------------------------------------------- products

// y = x in bfloat16; a block a row.
extern "C" __global__ void roundRows(const float* x, int64 xStride, bfloat16* y, int64 yStride, int width) {
  const float* from = x + blockIdx.x * xStride;
  bfloat16* to = y + blockIdx.x * yStride;
  for (int j = threadIdx.x; j < width; j += blockDim.x) to[j] = nearest(from[j]);
}

// Three bfloat16 matrices, one after another, whose sum is x; a block a row.
extern "C" __global__ void splitRows(const float* x, int64 xStride, bfloat16* parts, int64 stride, int width) {
  const float* from = x + blockIdx.x * xStride;
  for (int j = threadIdx.x; j < width; j += blockDim.x) {
    float rest = from[j];
    for (int part = 0; part < 3; part++) {
      bfloat16 rounded = nearest(rest);
      parts[((int64)part * gridDim.x + blockIdx.x) * stride + j] = rounded;
      rest -= valueOf(rounded);
    }
  }
}

// y = the sum of the products of these parts, the smallest first, plus a bias and an addend, either of which may be
// null; a block a row. The addend may be y.
extern "C" __global__ void addThreeParts(const float* products, const float* bias, const float* addend,
                                         int64 addendStride, float* y, int64 yStride, int width) {
  const float* row = products + (int64)blockIdx.x * width;
  int64 part = (int64)gridDim.x * width;
  for (int j = threadIdx.x; j < width; j += blockDim.x)
    y[blockIdx.x * yStride + j] = row[2 * part + j] + row[part + j] + row[j] + (bias ? bias[j] : 0.f) +
                                  (addend ? addend[blockIdx.x * addendStride + j] : 0.f);
}

// c = op(a) op(b), plus a bias in each row, plus an addend, either of which may be null; the addend may be c. All are
// row-major, op(a) is [m, k], op(b) is [k, n]. Blocks of 16 x 16 threads. For tests, and to check cuBLASLt.
template <class T>
__device__ inline void multiply(const T* a, int64 aStride, int transposeA, const T* b, int64 bStride, int transposeB,
                                const float* bias, const float* addend, int64 addendStride, float* c, int64 cStride,
                                int m, int n, int k) {
  __shared__ float tileA[16][17], tileB[16][17];
  int row = blockIdx.x * 16 + threadIdx.y, column = blockIdx.y * 16 + threadIdx.x;
  float sum = 0;
  for (int base = 0; base < k; base += 16) {
    int ka = base + threadIdx.x, kb = base + threadIdx.y;
    tileA[threadIdx.y][threadIdx.x] =
        row < m && ka < k ? valueOf(a[transposeA ? ka * aStride + row : row * aStride + ka]) : 0.f;
    tileB[threadIdx.y][threadIdx.x] =
        column < n && kb < k ? valueOf(b[transposeB ? column * bStride + kb : kb * bStride + column]) : 0.f;
    __syncthreads();
    for (int i = 0; i < 16; i++) sum += tileA[threadIdx.y][i] * tileB[i][threadIdx.x];
    __syncthreads();
  }
  if (row < m && column < n)
    c[row * cStride + column] =
        sum + (bias ? bias[column] : 0.f) + (addend ? addend[row * addendStride + column] : 0.f);
}

extern "C" __global__ void product(const float* a, int64 aStride, int transposeA, const float* b, int64 bStride,
                                   int transposeB, const float* bias, const float* addend, int64 addendStride, float* c,
                                   int64 cStride, int m, int n, int k) {
  multiply(a, aStride, transposeA, b, bStride, transposeB, bias, addend, addendStride, c, cStride, m, n, k);
}

extern "C" __global__ void productBfloat16(const bfloat16* a, int64 aStride, int transposeA, const bfloat16* b,
                                           int64 bStride, int transposeB, const float* bias, const float* addend,
                                           int64 addendStride, float* c, int64 cStride, int m, int n, int k) {
  multiply(a, aStride, transposeA, b, bStride, transposeB, bias, addend, addendStride, c, cStride, m, n, k);
}

// y += bias + addend, either of which may be null; a block a row. The addend may be y.
extern "C" __global__ void addBias(const float* bias, const float* addend, int64 addendStride, float* y, int64 yStride,
                                   int width) {
  float* row = y + blockIdx.x * yStride;
  for (int j = threadIdx.x; j < width; j += blockDim.x)
    row[j] += (bias ? bias[j] : 0.f) + (addend ? addend[blockIdx.x * addendStride + j] : 0.f);
}

// ---------------------------------------------------------------------------------------------- loss, optimiser

// The negative log-probability of each row's token; a block a row.
extern "C" __global__ void crossEntropy(const float* logits, const int* tokens, float* losses, int vocabulary) {
  const float* row = logits + (int64)blockIdx.x * vocabulary;
  float largest = MINUS_INFINITY, sum = 0;
  for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) largest = fmaxf(largest, row[i]);
  largest = blockMax(largest);
  for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) sum += expf(row[i] - largest);
  sum = blockSum(sum);
  if (threadIdx.x == 0) losses[blockIdx.x] = logf(sum) + largest - row[tokens[blockIdx.x]];
}

// Replaces the logits by the loss's gradient, times the row's weight.
extern "C" __global__ void crossEntropyGradient(float* logits, const int* tokens, const float* weights,
                                                int vocabulary) {
  float* row = logits + (int64)blockIdx.x * vocabulary;
  float largest = MINUS_INFINITY, sum = 0, weight = weights[blockIdx.x];
  for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) largest = fmaxf(largest, row[i]);
  largest = blockMax(largest);
  for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) sum += expf(row[i] - largest);
  sum = blockSum(sum);
  for (int i = threadIdx.x; i < vocabulary; i += blockDim.x)
    row[i] = (expf(row[i] - largest) / sum - (i == tokens[blockIdx.x] ? 1.f : 0.f)) * weight;
}

// y[row, j] = x[row, columns[j]]; a block a row.
extern "C" __global__ void chosenColumns(const float* x, int64 xStride, const int* columns, float* y, int count) {
  for (int j = threadIdx.x; j < count; j += blockDim.x)
    y[(int64)blockIdx.x * count + j] = x[blockIdx.x * xStride + columns[j]];
}

// The sum over a block of at most 256 threads in double, in their order, returned to thread 0.
__device__ inline double orderedSum(double x) {
  __shared__ double part[256];
  part[threadIdx.x] = x;
  __syncthreads();
  double sum = 0;
  if (threadIdx.x == 0)
    for (int i = 0; i < (int)blockDim.x; i++) sum += part[i];
  return sum;
}

// The sum of x times weights, in double, rounded at the end; one block.
extern "C" __global__ void weightedSum(const float* x, const float* weights, int count, float* total) {
  double sum = 0;
  for (int i = threadIdx.x; i < count; i += blockDim.x) sum += (double)weights[i] * x[i];
  sum = orderedSum(sum);
  if (threadIdx.x == 0) *total = (float)sum;
}

#define TENSORS 64

struct Gradients {
  const float* values[TENSORS];
  int64 counts[TENSORS];
};

// Sums of squares, in double since those of floats above 1.8e19 overflow: gridDim.x parts of each of gridDim.y
// gradients.
extern "C" __global__ void squares(Gradients gradients, double* sums) {
  const float* x = gradients.values[blockIdx.y];
  double sum = 0;
  for (int64 i = element(); i < gradients.counts[blockIdx.y]; i += (int64)gridDim.x * blockDim.x)
    sum += (double)x[i] * x[i];
  sum = orderedSum(sum);
  if (threadIdx.x == 0) sums[(int64)blockIdx.y * gridDim.x + blockIdx.x] = sum;
}

// The sum of parts; one block.
extern "C" __global__ void addDoubles(const double* parts, int count, double* total) {
  double sum = 0;
  for (int i = threadIdx.x; i < count; i += blockDim.x) sum += parts[i];
  sum = orderedSum(sum);
  if (threadIdx.x == 0) *total = sum;
}

// Parameters of an update. The blocks [starts[i], starts[i + 1]) process the chunks of parameter i.
struct Parameters {
  float* values[TENSORS];
  const float* gradients[TENSORS];
  float* firsts[TENSORS];
  float* seconds[TENSORS];
  int64 counts[TENSORS];
  int starts[TENSORS];
};

// One step of AdamW on `tensors` parameters, `chunk` values a block. `kept` is the factor of weight decay, and
// `secondCorrection` corrects the second moment's bias.
extern "C" __global__ void adamW(Parameters p, int tensors, int chunk, float factor, float beta1, float beta2,
                                 float epsilon, float kept, float stepSize, float secondCorrection) {
  int tensor = 0;
  while (tensor + 1 < tensors && p.starts[tensor + 1] <= (int)blockIdx.x) tensor++;
  int64 from = (int64)(blockIdx.x - p.starts[tensor]) * chunk, to = from + chunk;
  if (to > p.counts[tensor]) to = p.counts[tensor];
  float *values = p.values[tensor], *first = p.firsts[tensor], *second = p.seconds[tensor];
  for (int64 i = from + threadIdx.x; i < to; i += blockDim.x) {
    float g = p.gradients[tensor][i] * factor;
    float m = beta1 * first[i] + (1 - beta1) * g;
    float v = beta2 * second[i] + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    values[i] = values[i] * kept - stepSize * m / (sqrtf(v) * secondCorrection + epsilon);
  }
}

// ---------------------------------------------------------------------------------------------- attention

// Keys and values of a layer are [sequences, capacity, keyWidth]. The queries of a pass are listed by sequence and time
// step: `queryRows` has a query's row, and `queryStarts[b]` is the first query of sequence b. A warp computes one head
// of a query or a key. Each lane has SLOTS values of it, so heads have up to 32 SLOTS values.
//
// Passes with few queries have too few warps to hide the latency of reading keys. There a block has 32 x SHARES threads
// and computes one head of a query: each of its warps processes a share of the keys.
#define SHARES 8

// Stores the keys and values of a pass; row r is sequence r % sequences at time step from + r / sequences.
extern "C" __global__ void storeKeyValues(const float* keys, int64 keyStride, const float* values, int64 valueStride,
                                          float* keyStore, float* valueStore, int from, int sequences, int capacity,
                                          int width) {
  int row = blockIdx.x;
  int64 at = ((int64)(row % sequences) * capacity + from + row / sequences) * width;
  for (int j = threadIdx.x; j < width; j += blockDim.x) {
    keyStore[at + j] = keys[row * keyStride + j];
    valueStore[at + j] = values[row * valueStride + j];
  }
}

// Copies the sums of a pass's key and value gradients, and sets the sums to 0.
extern "C" __global__ void takeKeyValueGradients(float* keySums, float* valueSums, float* keyGradient, int64 keyStride,
                                                 float* valueGradient, int64 valueStride, int from, int sequences,
                                                 int capacity, int width) {
  int row = blockIdx.x;
  int64 at = ((int64)(row % sequences) * capacity + from + row / sequences) * width;
  for (int j = threadIdx.x; j < width; j += blockDim.x) {
    keyGradient[row * keyStride + j] = keySums[at + j];
    valueGradient[row * valueStride + j] = valueSums[at + j];
    keySums[at + j] = 0;
    valueSums[at + j] = 0;
  }
}

// Arguments of all attention kernels. Passed by value.
struct Attention {
  const float* keys;
  const float* values;
  const int* queryRows;
  const int* querySequences;
  const int* querySteps;
  const int* queryStarts;
  const int* segments;    // [sequences, steps]: 0 is padding, 1 the common part, others are continuations
  const int* firstSteps;  // first time step of each sequence that is not padding; dropout counts from it
  int sequences, steps, capacity, queries, heads, group, headSize;
  float scale;
  unsigned threshold;
  float keptScale;
};

// Further arguments of the backward kernels: Q, the gradient of the output, and for each head of each query the
// logarithm of the softmax's sum and the mean of dP under P. Passed by value.
struct AttentionGradient {
  const float* q;
  int64 qStride;
  const float* dOut;
  int64 dOutStride;
  float* logSums;
  float* means;
};

// Whether a query's segment sees that of an earlier key.
__device__ inline bool seesSegment(int query, int key) { return query && (key == query || key == 1); }

__device__ inline bool sees(const Attention& a, int sequence, int step, int key) {
  const int* segments = a.segments + (int64)sequence * a.steps;
  return key == step || (key < step && seesSegment(segments[step], segments[key]));
}

template <int SLOTS>
__device__ inline void load(float* to, const float* from, int headSize) {
  int lane = threadIdx.x & 31;
  for (int i = 0; i < SLOTS; i++) to[i] = lane + 32 * i < headSize ? from[lane + 32 * i] : 0.f;
}

template <int SLOTS>
__device__ inline void store(const float* from, float* to, int headSize) {
  int lane = threadIdx.x & 31;
  for (int i = 0; i < SLOTS; i++)
    if (lane + 32 * i < headSize) to[lane + 32 * i] = from[i];
}

template <int SLOTS>
__device__ inline float dot(const float* a, const float* b) {
  float sum = 0;
  for (int i = 0; i < SLOTS; i++) sum += a[i] * b[i];
  return warpSum(sum);
}

// Dropout's multiplier of a query's key. Each lane generates the decisions of eight keys, for 256 keys at a time.
__device__ inline float multiplier(const Attention& a, const Draw* draw, int sequence, int step, int head, int key,
                                   int* drawn, unsigned* kept) {
  int first = a.firstSteps[sequence], index = key - first;
  if (!draw || step < first) return 1;
  if (*drawn != index >> 8) {
    *drawn = index >> 8;
    unsigned block = (index >> 8) * 32 + (threadIdx.x & 31);
    *kept = keptOf(draw->key0, draw->key1, a.threshold, block, step - first, head, draw->firstSequence + sequence);
  }
  return __shfl_sync(FULL_WARP, *kept, index >> 3 & 31) >> (index & 7) & 1 ? a.keptScale : 0.f;
}

// The place of the statistics of a query's head.
__device__ inline int64 statisticAt(const Attention& a, int query, int head) {
  return (int64)query * a.heads + head;
}

// The query and the head that a warp computes, and its share of the keys.
struct WarpQuery {
  int64 statistic;  // place of its statistics
  int head, row, sequence, step;
  int firstKey, endKey;
};

// Returns whether this warp has one.
__device__ inline bool findQuery(const Attention& a, WarpQuery& own) {
  own.statistic = element() >> 5;
  if (own.statistic >= (int64)a.queries * a.heads) return false;
  int query = own.statistic / a.heads;
  own.head = own.statistic % a.heads;
  own.row = a.queryRows[query];
  own.sequence = a.querySequences[query];
  own.step = a.querySteps[query];
  int first = min(a.firstSteps[own.sequence], own.step);  // it sees no padding but itself
  int64 count = own.step + 1 - first;
  own.firstKey = first + count * threadIdx.y / blockDim.y;
  own.endKey = first + count * (threadIdx.y + 1) / blockDim.y;
  return true;
}

// A query's row of the pass's matrix x, of the warp's head.
template <class T>
__device__ inline T* rowOf(const Attention& a, const WarpQuery& own, T* x, int64 stride) {
  return x + own.row * stride + own.head * a.headSize;
}

// Calls visit(k, v, score, multiplier) for each key of the warp's share that its query sees, in order, with dropout's
// multiplier.
template <int SLOTS, class Visit>
__device__ inline void forEachKey(const Attention& a, const Draw* draw, const WarpQuery& own, const float* q,
                                  int64 qStride, Visit visit) {
  int keyWidth = a.heads / a.group * a.headSize, drawn = -1;
  int64 at = (int64)own.sequence * a.capacity * keyWidth + own.head / a.group * a.headSize;
  unsigned kept = 0;
  float query[SLOTS], k[SLOTS], v[SLOTS];
  load<SLOTS>(query, rowOf(a, own, q, qStride), a.headSize);
  for (int key = own.firstKey; key < own.endKey; key++) {
    if (!sees(a, own.sequence, own.step, key)) continue;
    load<SLOTS>(k, a.keys + at + (int64)key * keyWidth, a.headSize);
    load<SLOTS>(v, a.values + at + (int64)key * keyWidth, a.headSize);
    float score = dot<SLOTS>(query, k) * a.scale;
    visit(k, v, score, multiplier(a, draw, own.sequence, own.step, own.head, key, &drawn, &kept));
  }
}

// Part of a softmax, relative to the largest score so far.
struct Softmax {
  float largest = MINUS_INFINITY, total = 0;
};

__device__ inline float reference(const Softmax& s) { return s.largest == MINUS_INFINITY ? 0.f : s.largest; }

// Updates the largest score. Returns the factor that brings earlier sums to its scale.
__device__ inline float raise(Softmax& s, float score) {
  float before = s.largest;
  s.largest = fmaxf(before, score);
  float factor = expf(before - reference(s));
  s.total *= factor;
  return factor;
}

// Adds up the parts of a block's warps, in order. `sums` are COUNT sums of each lane under the softmax. Returns whether
// this warp has the result: the first one, and every warp that shares its keys with no other.
template <int COUNT>
__device__ inline bool addShares(Softmax& softmax, float* sums) {
  __shared__ float parts[SHARES][COUNT + 2][32];
  if (blockDim.y == 1) return true;
  int lane = threadIdx.x;
  float(*own)[32] = parts[threadIdx.y];
  own[COUNT][lane] = softmax.largest;
  own[COUNT + 1][lane] = softmax.total;
  for (int i = 0; i < COUNT; i++) own[i][lane] = sums[i];
  __syncthreads();
  if (threadIdx.y > 0) return false;
  for (int share = 1; share < SHARES; share++) {
    float(*other)[32] = parts[share];
    float before = raise(softmax, other[COUNT][lane]), factor = expf(other[COUNT][lane] - reference(softmax));
    softmax.total += other[COUNT + 1][lane] * factor;
    for (int i = 0; i < COUNT; i++) sums[i] = sums[i] * before + other[i][lane] * factor;
  }
  return true;
}

// Output of each query's heads: softmax(q k / sqrt(headSize)) over the keys that it sees, times their values.
template <int SLOTS>
__device__ inline void attend(Attention a, const Draw* draw, const float* q, int64 qStride, float* out,
                              int64 outStride) {
  WarpQuery own;
  if (!findQuery(a, own)) return;
  float sum[SLOTS] = {};
  Softmax softmax;
  forEachKey<SLOTS>(a, draw, own, q, qStride, [&](const float* k, const float* v, float score, float m) {
    float before = raise(softmax, score), p = expf(score - softmax.largest);
    softmax.total += p;
    for (int i = 0; i < SLOTS; i++) sum[i] = sum[i] * before + m * p * v[i];
  });
  if (!addShares<SLOTS>(softmax, sum)) return;
  for (int i = 0; i < SLOTS; i++) sum[i] /= softmax.total;
  store<SLOTS>(sum, rowOf(a, own, out, outStride), a.headSize);
}

// Writes the logarithm of the softmax's sum and the mean of dP under P of each query's heads.
template <int SLOTS>
__device__ inline void attentionStatistics(Attention a, const Draw* draw, AttentionGradient g) {
  WarpQuery own;
  if (!findQuery(a, own)) return;
  float dOut[SLOTS], weighted = 0;
  Softmax softmax;
  load<SLOTS>(dOut, rowOf(a, own, g.dOut, g.dOutStride), a.headSize);
  forEachKey<SLOTS>(a, draw, own, g.q, g.qStride, [&](const float* k, const float* v, float score, float m) {
    float before = raise(softmax, score), p = expf(score - softmax.largest);
    softmax.total += p;
    weighted = weighted * before + p * (m * dot<SLOTS>(dOut, v));
  });
  if (!addShares<1>(softmax, &weighted)) return;
  if ((threadIdx.x & 31) == 0) {
    g.logSums[own.statistic] = softmax.largest + logf(softmax.total);
    g.means[own.statistic] = weighted / softmax.total;
  }
}

// dQ of each query's heads; dq may be q.
template <int SLOTS>
__device__ inline void attentionQueryGradients(Attention a, const Draw* draw, AttentionGradient g, float* dq,
                                               int64 dqStride) {
  WarpQuery own;
  if (!findQuery(a, own)) return;
  float dOut[SLOTS], sum[SLOTS] = {}, logSum = g.logSums[own.statistic], mean = g.means[own.statistic];
  load<SLOTS>(dOut, rowOf(a, own, g.dOut, g.dOutStride), a.headSize);
  forEachKey<SLOTS>(a, draw, own, g.q, g.qStride, [&](const float* k, const float* v, float score, float m) {
    float p = expf(score - logSum), dp = m * dot<SLOTS>(dOut, v);
    float ds = p * (dp - mean) * a.scale;
    for (int i = 0; i < SLOTS; i++) sum[i] += ds * k[i];
  });
  Softmax none = {0, 0};  // these sums are not relative to a score
  if (!addShares<SLOTS>(none, sum)) return;
  store<SLOTS>(sum, rowOf(a, own, dq, dqStride), a.headSize);
}

// Adds the gradients of the pass's queries to dK and dV of the time steps [0, keySteps); a warp for each head of a key.
template <int SLOTS>
__device__ inline void attentionKeyGradients(Attention a, const Draw* draw, AttentionGradient g, float* keySums,
                                             float* valueSums, int keySteps) {
  int64 warp = element() >> 5;
  int keyHeads = a.heads / a.group;
  if (warp >= (int64)a.sequences * keySteps * keyHeads) return;
  int keyHead = warp % keyHeads, key = warp / keyHeads % keySteps, sequence = warp / keyHeads / keySteps;
  int first = a.firstSteps[sequence], lane = threadIdx.x & 31, end = a.queryStarts[sequence + 1];
  int64 at = ((int64)sequence * a.capacity + key) * keyHeads * a.headSize + keyHead * a.headSize;
  float k[SLOTS], v[SLOTS], q[SLOTS], dOut[SLOTS], dk[SLOTS], dv[SLOTS];
  load<SLOTS>(k, a.keys + at, a.headSize);
  load<SLOTS>(v, a.values + at, a.headSize);
  load<SLOTS>(dk, keySums + at, a.headSize);
  load<SLOTS>(dv, valueSums + at, a.headSize);
  for (int head = keyHead * a.group; head < (keyHead + 1) * a.group; head++) {
    unsigned kept = 0;
    for (int query = a.queryStarts[sequence]; query < end; query++) {
      int order = query - a.queryStarts[sequence];
      if (draw && (order & 31) == 0 && key >= first) {  // each lane generates the decisions of one of 32 queries
        int step = query + lane < end ? a.querySteps[query + lane] : 0;
        kept = keptOf(draw->key0, draw->key1, a.threshold, (key - first) / 8, step - first, head,
                      draw->firstSequence + sequence);
      }
      int step = a.querySteps[query], row = a.queryRows[query];
      float m = 1;
      if (draw && key >= first && step >= first)
        m = __shfl_sync(FULL_WARP, kept, order & 31) >> (key - first & 7) & 1 ? a.keptScale : 0.f;
      if (!sees(a, sequence, step, key)) continue;
      load<SLOTS>(q, g.q + row * g.qStride + head * a.headSize, a.headSize);
      load<SLOTS>(dOut, g.dOut + row * g.dOutStride + head * a.headSize, a.headSize);
      int64 statistic = statisticAt(a, query, head);
      float p = expf(dot<SLOTS>(q, k) * a.scale - g.logSums[statistic]);
      float ds = p * (m * dot<SLOTS>(dOut, v) - g.means[statistic]) * a.scale;
      for (int i = 0; i < SLOTS; i++) {
        dk[i] += ds * q[i];
        dv[i] += m * p * dOut[i];
      }
    }
  }
  store<SLOTS>(dk, keySums + at, a.headSize);
  store<SLOTS>(dv, valueSums + at, a.headSize);
}

#define ATTENTION_KERNELS(SLOTS)                                                                                       \
  extern "C" __global__ void attend##SLOTS(Attention a, const Draw* draw, const float* q, int64 qStride, float* out,   \
                                           int64 outStride) {                                                          \
    attend<SLOTS>(a, draw, q, qStride, out, outStride);                                                                \
  }                                                                                                                    \
  extern "C" __global__ void attentionStatistics##SLOTS(Attention a, const Draw* draw, AttentionGradient g) {          \
    attentionStatistics<SLOTS>(a, draw, g);                                                                            \
  }                                                                                                                    \
  extern "C" __global__ void attentionQueryGradients##SLOTS(Attention a, const Draw* draw, AttentionGradient g,        \
                                                            float* dq, int64 dqStride) {                               \
    attentionQueryGradients<SLOTS>(a, draw, g, dq, dqStride);                                                          \
  }                                                                                                                    \
  extern "C" __global__ void attentionKeyGradients##SLOTS(Attention a, const Draw* draw, AttentionGradient g,          \
                                                          float* keySums, float* valueSums, int keySteps) {            \
    attentionKeyGradients<SLOTS>(a, draw, g, keySums, valueSums, keySteps);                                            \
  }
ATTENTION_KERNELS(1)
ATTENTION_KERNELS(2)
ATTENTION_KERNELS(4)
ATTENTION_KERNELS(8)
