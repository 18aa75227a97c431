// Attention on tensor cores, after kernels.cu, whose structures and arguments it shares.
//
// For passes with many queries, in bfloat16: Q, K, V and dO are rounded, and so are the probabilities and dS
// where they are factors. Scores, softmax, statistics and sums are float32. A block of four warps has 64 queries of a
// head of a sequence, or 64 keys, 16 a warp, and goes through the others tile by tile. HEAD is the head's size or more:
// what lies beyond its end is 0. GPUs from compute capability 8.0 on have such products.
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800

// Two values in bfloat16, the first in the lower half; and d += a b by the 32 lanes of a warp, for a [16, 16] and
// b [16, 8] in bfloat16 and d [16, 8] in float32. A lane has with g = lane / 4 and t = lane % 4
//   of a the pairs that begin at (g, 2t), (g + 8, 2t), (g, 2t + 8) and (g + 8, 2t + 8), along a row,
//   of b the pairs that begin at (2t, g) and (2t + 8, g), along a column,
//   of d (g, 2t), (g, 2t + 1), (g + 8, 2t) and (g + 8, 2t + 1)
// (PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type"). Tests have both on a processor in cpu.h.
#ifdef __CUDACC__
__device__ inline unsigned pairOf(float low, float high) {
  unsigned pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

__device__ inline void multiplyAdd(float* d, const unsigned* a, const unsigned* b) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
               "{%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#else
__device__ inline unsigned pairOf(float low, float high) { return (unsigned)nearest(high) << 16 | nearest(low); }
__device__ inline void multiplyAdd(float* d, const unsigned* a, const unsigned* b) { cpu::multiplyAdd(d, a, b); }
#endif

#define BLOCK_ROWS 64
#define TILE_KEYS 32
#define NOWHERE -64  // the time step of a row that is not there, which sees nothing

// Words of a tile's row, two values each, and four more, so that a fragment's lanes read different banks.
#define WORDS(HEAD) ((HEAD) / 2 + 4)

__device__ inline int rowOfLane() { return (threadIdx.x & 31) >> 2; }
__device__ inline int pairOfLane() { return threadIdx.x & 3; }
__device__ inline float quadSum(float x) {
  x += __shfl_xor_sync(FULL_WARP, x, 1);
  return x + __shfl_xor_sync(FULL_WARP, x, 2);
}
__device__ inline float quadMax(float x) {
  x = fmaxf(x, __shfl_xor_sync(FULL_WARP, x, 1));
  return fmaxf(x, __shfl_xor_sync(FULL_WARP, x, 2));
}

// The rows [from, from + ROWS) of a matrix, rounded; those outside [0, end) are 0. `rows` lists where rows are, null
// stands for 0, 1, 2, ...
template <int HEAD, int ROWS>
__device__ inline void loadTile(unsigned (*tile)[WORDS(HEAD)], const float* matrix, int64 stride, const int* rows,
                                int from, int end, int headSize) {
  for (int i = threadIdx.x; i < ROWS * HEAD / 2; i += blockDim.x) {
    int row = i / (HEAD / 2), word = i % (HEAD / 2), at = from + row;
    unsigned pair = 0;
    if (at >= 0 && at < end && 2 * word < headSize) {
      const float* x = matrix + (rows ? rows[at] : at) * stride + 2 * word;
      pair = pairOf(x[0], x[1]);
    }
    tile[row][word] = pair;
  }
}

// A lane's part of two rows, as a factor a; null is a row of 0.
template <int HEAD>
__device__ inline void loadFragments(unsigned (*a)[4], const float* low, const float* high, int headSize) {
#pragma unroll
  for (int k = 0; k < HEAD / 16; k++)
#pragma unroll
    for (int part = 0; part < 4; part++) {
      const float* row = part & 1 ? high : low;
      int column = 16 * k + 2 * pairOfLane() + (part & 2 ? 8 : 0);
      a[k][part] = row && column < headSize ? pairOf(row[column], row[column + 1]) : 0;
    }
}

template <int COLUMNS>
__device__ inline void clear(float (*c)[4]) {
#pragma unroll
  for (int n = 0; n < COLUMNS / 8; n++) c[n][0] = c[n][1] = c[n][2] = c[n][3] = 0;
}

// c [16, TILE] += what the columns [16k, 16k + 16) add to the products of 16 rows with those of a tile.
template <int HEAD, int TILE>
__device__ inline void addProducts(const unsigned* a, int k, const unsigned (*tile)[WORDS(HEAD)], float (*c)[4]) {
#pragma unroll
  for (int n = 0; n < TILE / 8; n++) {
    const unsigned* row = tile[8 * n + rowOfLane()] + 8 * k + pairOfLane();
    unsigned b[2] = {row[0], row[4]};
    multiplyAdd(c[n], a, b);
  }
}

// c [16, TILE] = the products of 16 rows, whose fragments a lane has, with the rows of a tile.
template <int HEAD, int TILE>
__device__ inline void timesRows(const unsigned (*a)[4], const unsigned (*tile)[WORDS(HEAD)], float (*c)[4]) {
  clear<TILE>(c);
#pragma unroll
  for (int k = 0; k < HEAD / 16; k++) addProducts<HEAD, TILE>(a[k], k, tile, c);
}

// The same for 16 rows that are a tile's.
template <int HEAD, int TILE>
__device__ inline void timesTile(const unsigned (*rows)[WORDS(HEAD)], const unsigned (*tile)[WORDS(HEAD)],
                                 float (*c)[4]) {
  clear<TILE>(c);
  const unsigned *low = rows[rowOfLane()] + pairOfLane(), *high = rows[rowOfLane() + 8] + pairOfLane();
#pragma unroll
  for (int k = 0; k < HEAD / 16; k++) {
    unsigned a[4] = {low[8 * k], high[8 * k], low[8 * k + 4], high[8 * k + 4]};
    addProducts<HEAD, TILE>(a, k, tile, c);
  }
}

// The values of a column in two rows of a tile, one after the other.
template <int HEAD>
__device__ inline unsigned columnPair(const unsigned (*tile)[WORDS(HEAD)], int row, int column) {
  unsigned low = tile[row][column / 2], high = tile[row + 1][column / 2];
  return column & 1 ? low >> 16 | (high & 0xffff0000u) : (low & 0xffffu) | high << 16;
}

// c [16, HEAD] += p tile, for p [16, TILE] as a product's result has it.
template <int HEAD, int TILE>
__device__ inline void addTimesTile(const float (*p)[4], const unsigned (*tile)[WORDS(HEAD)], float (*c)[4]) {
#pragma unroll
  for (int k = 0; k < TILE / 16; k++) {
    const float *left = p[2 * k], *right = p[2 * k + 1];
    unsigned a[4] = {pairOf(left[0], left[1]), pairOf(left[2], left[3]), pairOf(right[0], right[1]),
                     pairOf(right[2], right[3])};
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++) {
      int row = 16 * k + 2 * pairOfLane(), column = 8 * n + rowOfLane();
      unsigned b[2] = {columnPair<HEAD>(tile, row, column), columnPair<HEAD>(tile, row + 8, column)};
      multiplyAdd(c[n], a, b);
    }
  }
}

// Two values of a row that ends after `headSize`, which is even.
__device__ inline void storePair(bool there, float* row, int column, int headSize, float low, float high) {
  if (!there || column >= headSize) return;
  row[column] = low;
  row[column + 1] = high;
}

__device__ inline void addPair(bool there, float* row, int column, int headSize, float low, float high) {
  if (there && column < headSize)
    storePair(true, row, column, headSize, row[column] + low, row[column + 1] + high);
}

// A lane's two rows of a block's queries, 8 apart.
struct Queries {
  int sequence, head, first, end;  // of the block's queries in the list, and of the sequence's
  int numbers[2], steps[2];        // in the list; NOWHERE for one that is not there
  int segments[2];                 // 0 for one that is not there
};

// All heads of all sequences have as many blocks, those of short ones no queries. Whether this one has any.
__device__ inline bool findQueries(const Attention& a, Queries& own) {
  int blocks = gridDim.x / (a.sequences * a.heads), pair = blockIdx.x / blocks;
  own.sequence = pair / a.heads;
  own.head = pair % a.heads;
  own.first = a.queryStarts[own.sequence] + blockIdx.x % blocks * BLOCK_ROWS;
  own.end = a.queryStarts[own.sequence + 1];
  for (int r = 0; r < 2; r++) {
    own.numbers[r] = own.first + threadIdx.x / 32 * 16 + rowOfLane() + 8 * r;
    bool there = own.numbers[r] < own.end;
    own.steps[r] = there ? a.querySteps[own.numbers[r]] : NOWHERE;
    own.segments[r] = there ? a.segments[(int64)own.sequence * a.steps + own.steps[r]] : 0;
  }
  return own.first < own.end;
}

__device__ inline const float* rowOf(const Attention& a, const Queries& own, int r, const float* x, int64 stride) {
  return own.steps[r] == NOWHERE ? nullptr : x + a.queryRows[own.numbers[r]] * stride + own.head * a.headSize;
}

// A multiple of 8 keys from the sequence's first, where one of dropout's counters begins; at or before the first key.
__device__ inline int firstCounter(int firstStep) { return -(-firstStep & 7); }

// A tile of keys and values, and the segments of their time steps.
template <int HEAD>
struct KeyTile {
  unsigned keys[TILE_KEYS][WORDS(HEAD)], values[TILE_KEYS][WORDS(HEAD)];
  int segments[TILE_KEYS];
};

// The first time step of a block's tiles, and the one after the last that its queries see.
__device__ inline int firstKey(const Attention& a, const Queries& own) {
  int first = a.firstSteps[own.sequence];
  return a.querySteps[own.first] >= first ? first : firstCounter(first);  // padding sees itself
}
__device__ inline int endKey(const Attention& a, const Queries& own) {
  return a.querySteps[min(own.first + BLOCK_ROWS, own.end) - 1] + 1;
}

template <int HEAD>
__device__ inline void loadKeys(const Attention& a, const Queries& own, int from, int end, KeyTile<HEAD>& tile) {
  int keyWidth = a.heads / a.group * a.headSize;
  int64 at = (int64)own.sequence * a.capacity * keyWidth + own.head / a.group * a.headSize;
  __syncthreads();  // the tile before may still be read
  loadTile<HEAD, TILE_KEYS>(tile.keys, a.keys + at, keyWidth, nullptr, from, end, a.headSize);
  loadTile<HEAD, TILE_KEYS>(tile.values, a.values + at, keyWidth, nullptr, from, end, a.headSize);
  for (int i = threadIdx.x; i < TILE_KEYS; i += blockDim.x)
    tile.segments[i] = from + i >= 0 && from + i < end ? a.segments[(int64)own.sequence * a.steps + from + i] : 0;
  __syncthreads();
}

// Scales a lane's scores; what its rows do not see is minus infinity.
__device__ inline void mask(const Attention& a, const Queries& own, const int* segments, int from, float (*scores)[4]) {
#pragma unroll
  for (int n = 0; n < TILE_KEYS / 8; n++)
#pragma unroll
    for (int i = 0; i < 4; i++) {
      int column = 8 * n + 2 * pairOfLane() + (i & 1), key = from + column, step = own.steps[i / 2];
      bool seen = key == step || (key < step && seesSegment(own.segments[i / 2], segments[column]));
      scores[n][i] = seen ? scores[n][i] * a.scale : MINUS_INFINITY;
    }
}

// Which keys of a tile a lane's two rows keep: a byte each, of the keys [8t, 8t + 8).
__device__ inline unsigned keptKeys(const Attention& a, const Draw* draw, const Queries& own, int from) {
  if (!draw) return 0;
  int first = a.firstSteps[own.sequence];
  unsigned kept = 0, block = (from - first) / 8 + pairOfLane();
  for (int r = 0; r < 2; r++)
    kept |= keptOf(draw->key0, draw->key1, a.threshold, block, own.steps[r] - first, own.head,
                   draw->firstSequence + own.sequence)
            << 8 * r;
  return kept;
}

// Of the keys [8n, 8n + 8), which another lane drew.
__device__ inline unsigned keptOfEight(const Draw* draw, unsigned kept, int n) {
  return draw ? __shfl_sync(FULL_WARP, kept, (threadIdx.x & 28) | n) : 0;
}

__device__ inline float multiplierOf(const Attention& a, const Draw* draw, int firstStep, int step, unsigned kept,
                                     int bit) {
  return !draw || step < firstStep ? 1.f : kept >> bit & 1 ? a.keptScale : 0.f;
}

// A lane's part of a row's softmax, relative to the largest score so far.
struct Softmax {
  float largest, total;
};

__device__ inline float reference(const Softmax& s) { return s.largest == MINUS_INFINITY ? 0.f : s.largest; }

// Takes over the largest of a tile's scores of row r; gives the factor of what was summed before.
__device__ inline float raise(Softmax& s, const float (*scores)[4], int r) {
  float before = s.largest;
#pragma unroll
  for (int n = 0; n < TILE_KEYS / 8; n++) s.largest = fmaxf(s.largest, fmaxf(scores[n][2 * r], scores[n][2 * r + 1]));
  s.largest = quadMax(s.largest);
  float factor = expf(before - reference(s));
  s.total *= factor;
  return factor;
}

template <int HEAD>
__device__ inline void attendTiles(Attention a, const Draw* draw, const float* q, int64 qStride, float* out,
                                   int64 outStride) {
  __shared__ KeyTile<HEAD> tile;
  Queries own;
  if (!findQueries(a, own)) return;
  unsigned queries[HEAD / 16][4];
  loadFragments<HEAD>(queries, rowOf(a, own, 0, q, qStride), rowOf(a, own, 1, q, qStride), a.headSize);
  float sums[HEAD / 8][4] = {};
  Softmax softmax[2] = {{MINUS_INFINITY, 0}, {MINUS_INFINITY, 0}};
  int end = endKey(a, own), first = a.firstSteps[own.sequence];
  for (int from = firstKey(a, own); from < end; from += TILE_KEYS) {
    loadKeys(a, own, from, end, tile);
    float scores[TILE_KEYS / 8][4];
    timesRows<HEAD, TILE_KEYS>(queries, tile.keys, scores);
    mask(a, own, tile.segments, from, scores);
    float before[2] = {raise(softmax[0], scores, 0), raise(softmax[1], scores, 1)};
    unsigned kept = keptKeys(a, draw, own, from);
#pragma unroll
    for (int n = 0; n < TILE_KEYS / 8; n++) {
      unsigned keptHere = keptOfEight(draw, kept, n);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int r = i / 2;
        float p = expf(scores[n][i] - reference(softmax[r]));
        softmax[r].total += p;
        scores[n][i] =
            p * multiplierOf(a, draw, first, own.steps[r], keptHere >> 8 * r, 2 * pairOfLane() + (i & 1));
      }
    }
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++)
#pragma unroll
      for (int i = 0; i < 4; i++) sums[n][i] *= before[i / 2];
    addTimesTile<HEAD, TILE_KEYS>(scores, tile.values, sums);
  }
  for (int r = 0; r < 2; r++) {
    float total = quadSum(softmax[r].total);
    float* row = out + (own.steps[r] == NOWHERE ? 0 : a.queryRows[own.numbers[r]]) * outStride + own.head * a.headSize;
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++)
      storePair(own.steps[r] != NOWHERE, row, 8 * n + 2 * pairOfLane(), a.headSize, sums[n][2 * r] / total,
                sums[n][2 * r + 1] / total);
  }
}

template <int HEAD>
__device__ inline void attentionStatisticsTiles(Attention a, const Draw* draw, const float* q,
                                                int64 qStride, const float* dOut, int64 dOutStride, float* logSums,
                                                float* means) {
  __shared__ KeyTile<HEAD> tile;
  Queries own;
  if (!findQueries(a, own)) return;
  unsigned queries[HEAD / 16][4], gradients[HEAD / 16][4];
  loadFragments<HEAD>(queries, rowOf(a, own, 0, q, qStride), rowOf(a, own, 1, q, qStride), a.headSize);
  loadFragments<HEAD>(gradients, rowOf(a, own, 0, dOut, dOutStride), rowOf(a, own, 1, dOut, dOutStride), a.headSize);
  float weighted[2] = {};
  Softmax softmax[2] = {{MINUS_INFINITY, 0}, {MINUS_INFINITY, 0}};
  int end = endKey(a, own), first = a.firstSteps[own.sequence];
  for (int from = firstKey(a, own); from < end; from += TILE_KEYS) {
    loadKeys(a, own, from, end, tile);
    float scores[TILE_KEYS / 8][4], dps[TILE_KEYS / 8][4];
    timesRows<HEAD, TILE_KEYS>(queries, tile.keys, scores);
    timesRows<HEAD, TILE_KEYS>(gradients, tile.values, dps);
    mask(a, own, tile.segments, from, scores);
    for (int r = 0; r < 2; r++) weighted[r] *= raise(softmax[r], scores, r);
    unsigned kept = keptKeys(a, draw, own, from);
#pragma unroll
    for (int n = 0; n < TILE_KEYS / 8; n++) {
      unsigned keptHere = keptOfEight(draw, kept, n);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int r = i / 2;
        float p = expf(scores[n][i] - reference(softmax[r]));
        float m = multiplierOf(a, draw, first, own.steps[r], keptHere >> 8 * r, 2 * pairOfLane() + (i & 1));
        softmax[r].total += p;
        weighted[r] += p * m * dps[n][i];
      }
    }
  }
  for (int r = 0; r < 2; r++) {
    float total = quadSum(softmax[r].total), sum = quadSum(weighted[r]);
    if (pairOfLane() == 0 && own.steps[r] != NOWHERE) {
      logSums[own.numbers[r] * a.heads + own.head] = softmax[r].largest + logf(total);
      means[own.numbers[r] * a.heads + own.head] = sum / total;
    }
  }
}

template <int HEAD>
__device__ inline void attentionQueryGradientsTiles(Attention a, const Draw* draw, const float* q,
                                                    int64 qStride, const float* dOut, int64 dOutStride,
                                                    const float* logSums, const float* means, float* dq,
                                                    int64 dqStride) {
  __shared__ KeyTile<HEAD> tile;
  Queries own;
  if (!findQueries(a, own)) return;
  unsigned queries[HEAD / 16][4], gradients[HEAD / 16][4];
  loadFragments<HEAD>(queries, rowOf(a, own, 0, q, qStride), rowOf(a, own, 1, q, qStride), a.headSize);
  loadFragments<HEAD>(gradients, rowOf(a, own, 0, dOut, dOutStride), rowOf(a, own, 1, dOut, dOutStride), a.headSize);
  float sums[HEAD / 8][4] = {}, logSum[2], mean[2];
  for (int r = 0; r < 2; r++) {
    bool there = own.steps[r] != NOWHERE;
    logSum[r] = there ? logSums[own.numbers[r] * a.heads + own.head] : 0.f;
    mean[r] = there ? means[own.numbers[r] * a.heads + own.head] : 0.f;
  }
  int end = endKey(a, own), first = a.firstSteps[own.sequence];
  for (int from = firstKey(a, own); from < end; from += TILE_KEYS) {
    loadKeys(a, own, from, end, tile);
    float scores[TILE_KEYS / 8][4], dps[TILE_KEYS / 8][4];
    timesRows<HEAD, TILE_KEYS>(queries, tile.keys, scores);
    timesRows<HEAD, TILE_KEYS>(gradients, tile.values, dps);
    mask(a, own, tile.segments, from, scores);
    unsigned kept = keptKeys(a, draw, own, from);
#pragma unroll
    for (int n = 0; n < TILE_KEYS / 8; n++) {
      unsigned keptHere = keptOfEight(draw, kept, n);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int r = i / 2;
        float m = multiplierOf(a, draw, first, own.steps[r], keptHere >> 8 * r, 2 * pairOfLane() + (i & 1));
        scores[n][i] = expf(scores[n][i] - logSum[r]) * (m * dps[n][i] - mean[r]) * a.scale;
      }
    }
    addTimesTile<HEAD, TILE_KEYS>(scores, tile.keys, sums);
  }
  for (int r = 0; r < 2; r++) {
    float* row = dq + (own.steps[r] == NOWHERE ? 0 : a.queryRows[own.numbers[r]]) * dqStride + own.head * a.headSize;
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++)
      storePair(own.steps[r] != NOWHERE, row, 8 * n + 2 * pairOfLane(), a.headSize, sums[n][2 * r],
                sums[n][2 * r + 1]);
  }
}

// A tile of a block's queries with all that is known of them.
template <int HEAD, int TILE>
struct QueryTile {
  unsigned queries[TILE][WORDS(HEAD)], gradients[TILE][WORDS(HEAD)];
  int steps[TILE], segments[TILE];
  float logSums[TILE], means[TILE];
};

template <int HEAD, int TILE>
__device__ inline void loadQueries(const Attention& a, int sequence, int head, int from, int end, const float* q,
                                   int64 qStride, const float* dOut, int64 dOutStride, const float* logSums,
                                   const float* means, QueryTile<HEAD, TILE>& tile) {
  __syncthreads();  // the tile before may still be read
  int at = head * a.headSize;
  loadTile<HEAD, TILE>(tile.queries, q + at, qStride, a.queryRows, from, end, a.headSize);
  loadTile<HEAD, TILE>(tile.gradients, dOut + at, dOutStride, a.queryRows, from, end, a.headSize);
  for (int i = threadIdx.x; i < TILE; i += blockDim.x) {
    bool there = from + i < end;
    int step = there ? a.querySteps[from + i] : NOWHERE;
    tile.steps[i] = step;
    tile.segments[i] = there ? a.segments[(int64)sequence * a.steps + step] : 0;
    tile.logSums[i] = there ? logSums[(from + i) * a.heads + head] : 0.f;
    tile.means[i] = there ? means[(from + i) * a.heads + head] : 0.f;
  }
  __syncthreads();
}

// A block has 64 keys of a head, from one of dropout's counters on: its warps' rows are keys, columns are queries.
template <int HEAD, int TILE>
__device__ inline void attentionKeyGradientsTiles(Attention a, const Draw* draw, const float* q,
                                                  int64 qStride, const float* dOut, int64 dOutStride,
                                                  const float* logSums, const float* means, float* keySums,
                                                  float* valueSums, int keySteps) {
  __shared__ unsigned keys[BLOCK_ROWS][WORDS(HEAD)], values[BLOCK_ROWS][WORDS(HEAD)];
  __shared__ QueryTile<HEAD, TILE> tile;
  int keyHeads = a.heads / a.group, blocks = gridDim.x / (a.sequences * keyHeads);
  int keyHead = blockIdx.x / blocks % keyHeads;
  int sequence = blockIdx.x / blocks / keyHeads, first = a.firstSteps[sequence];
  int blockKey = firstCounter(first) + blockIdx.x % blocks * BLOCK_ROWS, end = a.queryStarts[sequence + 1];
  if (blockKey >= keySteps) return;
  int keyWidth = keyHeads * a.headSize, warpRow = threadIdx.x / 32 * 16, warpKey = blockKey + warpRow;
  int64 at = (int64)sequence * a.capacity * keyWidth + keyHead * a.headSize;
  loadTile<HEAD, BLOCK_ROWS>(keys, a.keys + at, keyWidth, nullptr, blockKey, keySteps, a.headSize);
  loadTile<HEAD, BLOCK_ROWS>(values, a.values + at, keyWidth, nullptr, blockKey, keySteps, a.headSize);
  int key[2], segments[2];
  for (int r = 0; r < 2; r++) {
    key[r] = warpKey + rowOfLane() + 8 * r;
    bool there = key[r] >= 0 && key[r] < keySteps;
    segments[r] = there ? a.segments[(int64)sequence * a.steps + key[r]] : 0;
  }
  float dk[HEAD / 8][4] = {}, dv[HEAD / 8][4] = {};
  for (int head = keyHead * a.group; head < (keyHead + 1) * a.group; head++)
    for (int from = a.queryStarts[sequence]; from < end; from += TILE) {
      if (a.querySteps[min(from + TILE, end) - 1] < blockKey) continue;  // before all of the block's keys
      loadQueries(a, sequence, head, from, end, q, qStride, dOut, dOutStride, logSums, means, tile);
      float ps[TILE / 8][4], ds[TILE / 8][4];
      timesTile<HEAD, TILE>(keys + warpRow, tile.queries, ps);
      timesTile<HEAD, TILE>(values + warpRow, tile.gradients, ds);
      unsigned kept = 0;
      if (draw)  // a lane draws for one query and the two eights of the warp's keys
        for (int r = 0; r < 2; r++)
          kept |= keptOf(draw->key0, draw->key1, a.threshold, (warpKey - first) / 8 + r,
                         tile.steps[threadIdx.x % TILE] - first, head, draw->firstSequence + sequence)
                  << 8 * r;
#pragma unroll
      for (int n = 0; n < TILE / 8; n++)
#pragma unroll
        for (int i = 0; i < 4; i++) {
          int column = 8 * n + 2 * pairOfLane() + (i & 1), step = tile.steps[column], r = i / 2;
          unsigned keptHere = draw ? __shfl_sync(FULL_WARP, kept, column) : 0;
          float m = multiplierOf(a, draw, first, step, keptHere >> 8 * r, rowOfLane());
          bool seen = key[r] == step || (key[r] < step && seesSegment(tile.segments[column], segments[r]));
          float p = seen ? expf(ps[n][i] * a.scale - tile.logSums[column]) : 0.f;
          ds[n][i] = p * (m * ds[n][i] - tile.means[column]) * a.scale;
          ps[n][i] = m * p;
        }
      addTimesTile<HEAD, TILE>(ps, tile.gradients, dv);
      addTimesTile<HEAD, TILE>(ds, tile.queries, dk);
    }
  for (int r = 0; r < 2; r++) {
    bool there = key[r] >= 0 && key[r] < keySteps;
    int64 row = at + (int64)(there ? key[r] : 0) * keyWidth;
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++) {
      int column = 8 * n + 2 * pairOfLane();
      addPair(there, keySums + row, column, a.headSize, dk[n][2 * r], dk[n][2 * r + 1]);
      addPair(there, valueSums + row, column, a.headSize, dv[n][2 * r], dv[n][2 * r + 1]);
    }
  }
}

#define TENSOR_CORE_KERNELS(HEAD)                                                                                      \
  extern "C" __global__ void attendTiles##HEAD(Attention a, const Draw* draw, const float* q, int64 qStride,           \
                                               float* out, int64 outStride) {                                          \
    attendTiles<HEAD>(a, draw, q, qStride, out, outStride);                                                            \
  }                                                                                                                    \
  extern "C" __global__ void attentionStatisticsTiles##HEAD(Attention a, const Draw* draw, const float* q,             \
                                                            int64 qStride, const float* dOut, int64 dOutStride,        \
                                                            float* logSums, float* means) {                            \
    attentionStatisticsTiles<HEAD>(a, draw, q, qStride, dOut, dOutStride, logSums, means);                             \
  }                                                                                                                    \
  extern "C" __global__ void attentionQueryGradientsTiles##HEAD(                                                       \
      Attention a, const Draw* draw, const float* q, int64 qStride, const float* dOut, int64 dOutStride,               \
      const float* logSums, const float* means, float* dq, int64 dqStride) {                                           \
    attentionQueryGradientsTiles<HEAD>(a, draw, q, qStride, dOut, dOutStride, logSums, means, dq, dqStride);           \
  }                                                                                                                    \
  extern "C" __global__ void attentionKeyGradientsTiles##HEAD(                                                         \
      Attention a, const Draw* draw, const float* q, int64 qStride, const float* dOut, int64 dOutStride,               \
      const float* logSums, const float* means, float* keySums, float* valueSums, int keySteps) {                      \
    attentionKeyGradientsTiles<HEAD, (HEAD > 64 ? 16 : 32)>(a, draw, q, qStride, dOut, dOutStride, logSums, means,     \
                                                            keySums, valueSums, keySteps);                             \
  }
TENSOR_CORE_KERNELS(32)
TENSOR_CORE_KERNELS(64)
TENSOR_CORE_KERNELS(128)
#endif
