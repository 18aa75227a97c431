// Attention on tensor cores. Compiled together with kernels.cu, whose structures it uses.
//
// For passes with many queries, in bfloat16. Factors of products are rounded: Q, K, V, dO, probabilities and dS.
// Scores, softmax, statistics and sums are float32. A block has four warps of 16 queries of one head, or of 16 keys,
// and processes the keys, or queries, tile by tile. HEAD is at least the size of a head; values beyond it are 0.
// Needs compute capability 8.0.
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800

// pairOf rounds two values to bfloat16, the first in the lower half. multiplyAdd computes d += a b with the 32 lanes of
// a warp, for a [16, 16] and b [16, 8] in bfloat16 and d [16, 8] in float32. With g = lane / 4 and t = lane % 4, a lane
// has these elements:
//   a: the pairs along a row that begin at (g, 2t), (g + 8, 2t), (g, 2t + 8) and (g + 8, 2t + 8),
//   b: the pairs along a column that begin at (2t, g) and (2t + 8, g),
//   d: (g, 2t), (g, 2t + 1), (g + 8, 2t) and (g + 8, 2t + 1)
// (PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type"). The tests' cpu.h has both for a CPU.
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
#define NOWHERE -64  // the time step of a row without a query; it sees no key

// Words of a tile's row: two values each, and four more so that the lanes of a fragment read different banks.
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

// Loads and rounds the rows [from, from + ROWS) of a matrix; those outside [0, end) are 0. `rows` has their places in
// the matrix; null stands for 0, 1, 2, ...
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

// Loads a lane's part of two rows as fragments of a factor a; null stands for a row of 0.
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

// c [16, TILE] += the part of the columns [16k, 16k + 16) in the products of 16 rows with the rows of a tile.
template <int HEAD, int TILE>
__device__ inline void addProducts(const unsigned* a, int k, const unsigned (*tile)[WORDS(HEAD)], float (*c)[4]) {
#pragma unroll
  for (int n = 0; n < TILE / 8; n++) {
    const unsigned* row = tile[8 * n + rowOfLane()] + 8 * k + pairOfLane();
    unsigned b[2] = {row[0], row[4]};
    multiplyAdd(c[n], a, b);
  }
}

// c [16, TILE] = the products of 16 rows, given as fragments, with the rows of a tile.
template <int HEAD, int TILE>
__device__ inline void timesRows(const unsigned (*a)[4], const unsigned (*tile)[WORDS(HEAD)], float (*c)[4]) {
  clear<TILE>(c);
#pragma unroll
  for (int k = 0; k < HEAD / 16; k++) addProducts<HEAD, TILE>(a[k], k, tile, c);
}

// The same for 16 rows of a tile.
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

// The values of a column in two consecutive rows of a tile.
template <int HEAD>
__device__ inline unsigned columnPair(const unsigned (*tile)[WORDS(HEAD)], int row, int column) {
  unsigned low = tile[row][column / 2], high = tile[row + 1][column / 2];
  return column & 1 ? low >> 16 | (high & 0xffff0000u) : (low & 0xffffu) | high << 16;
}

// c [16, HEAD] += p tile, for p [16, TILE] in the layout of a product's result.
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

// Writes two values of a row of `headSize` values, an even number.
__device__ inline void storePair(bool there, float* row, int column, int headSize, float low, float high) {
  if (!there || column >= headSize) return;
  row[column] = low;
  row[column + 1] = high;
}

__device__ inline void addPair(bool there, float* row, int column, int headSize, float low, float high) {
  if (there && column < headSize)
    storePair(true, row, column, headSize, row[column] + low, row[column + 1] + high);
}

// The queries of a block: 64 of one head. A lane has two rows of them, 8 apart.
struct Queries {
  int sequence, head, firstStep;  // the sequence's first time step that is not padding
  int first, end;                 // in the list of queries: the block's first, and the end of the sequence's
  int numbers[2], steps[2];       // in the list, and the time step, NOWHERE for a row that is not there
  int segments[2];                // 0 for a row that is not there
};

// Every head of every sequence has the same number of blocks; those of a short sequence may have no queries. Returns
// whether this one has any.
__device__ inline bool findQueries(const Attention& a, Queries& own) {
  int blocks = gridDim.x / (a.sequences * a.heads), pair = blockIdx.x / blocks;
  own.sequence = pair / a.heads;
  own.head = pair % a.heads;
  own.firstStep = a.firstSteps[own.sequence];
  own.first = a.queryStarts[own.sequence] + blockIdx.x % blocks * BLOCK_ROWS;
  own.end = a.queryStarts[own.sequence + 1];
#pragma unroll
  for (int r = 0; r < 2; r++) {
    own.numbers[r] = own.first + threadIdx.x / 32 * 16 + rowOfLane() + 8 * r;
    bool there = own.numbers[r] < own.end;
    own.steps[r] = there ? a.querySteps[own.numbers[r]] : NOWHERE;
    own.segments[r] = there ? a.segments[(int64)own.sequence * a.steps + own.steps[r]] : 0;
  }
  return own.first < own.end;
}

// The lane's two rows of a matrix of the pass's queries, of its head; null for a row that is not there.
__device__ inline const float* rowOf(const Attention& a, const Queries& own, int r, const float* x, int64 stride) {
  return own.steps[r] == NOWHERE ? nullptr : x + a.queryRows[own.numbers[r]] * stride + own.head * a.headSize;
}

template <int HEAD>
__device__ inline void loadRows(unsigned (*rows)[4], const Attention& a, const Queries& own, const float* x,
                                int64 stride) {
  loadFragments<HEAD>(rows, rowOf(a, own, 0, x, stride), rowOf(a, own, 1, x, stride), a.headSize);
}

template <int HEAD>
__device__ inline void storeRows(const float (*rows)[4], const Attention& a, const Queries& own, float* x,
                                 int64 stride) {
#pragma unroll
  for (int r = 0; r < 2; r++) {
    float* row = x + (own.steps[r] == NOWHERE ? 0 : a.queryRows[own.numbers[r]]) * stride + own.head * a.headSize;
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++)
      storePair(own.steps[r] != NOWHERE, row, 8 * n + 2 * pairOfLane(), a.headSize, rows[n][2 * r],
                rows[n][2 * r + 1]);
  }
}

// A counter of dropout covers 8 keys, counted from the sequence's first. This is a multiple of 8 from there, at or
// before time step 0.
__device__ inline int firstCounter(int firstStep) { return -(-firstStep & 7); }

// A tile of keys and values, and the segments of their time steps.
template <int HEAD>
struct KeyTile {
  unsigned keys[TILE_KEYS][WORDS(HEAD)], values[TILE_KEYS][WORDS(HEAD)];
  int segments[TILE_KEYS];
};

// The first time step of a block's tiles, and the one after the last that its queries see.
__device__ inline int firstKey(const Attention& a, const Queries& own) {
  bool padding = a.querySteps[own.first] < own.firstStep;  // it sees itself
  return padding ? firstCounter(own.firstStep) : own.firstStep;
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

// Scales a lane's scores; those of keys that its queries do not see become minus infinity.
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

// Calls visit(from, scores) for each tile of keys that the block's queries see, which begins at time step `from`. The
// scores [16, TILE_KEYS] are scaled and masked. `tile` holds the keys and values during the call.
template <int HEAD, class Visit>
__device__ inline void forEachTile(const Attention& a, const Queries& own, const float* q, int64 qStride,
                                   KeyTile<HEAD>& tile, Visit visit) {
  unsigned queries[HEAD / 16][4];
  loadRows<HEAD>(queries, a, own, q, qStride);
  int end = endKey(a, own);
  for (int from = firstKey(a, own); from < end; from += TILE_KEYS) {
    loadKeys(a, own, from, end, tile);
    float scores[TILE_KEYS / 8][4];
    timesRows<HEAD, TILE_KEYS>(queries, tile.keys, scores);
    mask(a, own, tile.segments, from, scores);
    visit(from, scores);
  }
}

// The same for the backward pass: visit(from, scores, dps), with the gradients of the probabilities after dropout.
template <int HEAD, class Visit>
__device__ inline void forEachTile(const Attention& a, const Queries& own, const AttentionGradient& g,
                                   KeyTile<HEAD>& tile, Visit visit) {
  unsigned gradients[HEAD / 16][4];
  loadRows<HEAD>(gradients, a, own, g.dOut, g.dOutStride);
  forEachTile<HEAD>(a, own, g.q, g.qStride, tile, [&](int from, float (*scores)[4]) {
    float dps[TILE_KEYS / 8][4];
    timesRows<HEAD, TILE_KEYS>(gradients, tile.values, dps);
    visit(from, scores, dps);
  });
}

// Which keys of a tile dropout keeps for a lane's two rows: a byte each, of the keys [8t, 8t + 8).
__device__ inline unsigned keptKeys(const Attention& a, const Draw* draw, const Queries& own, int from) {
  if (!draw) return 0;
  unsigned kept = 0, block = (from - own.firstStep) / 8 + pairOfLane();
#pragma unroll
  for (int r = 0; r < 2; r++)
    kept |= keptOf(draw->key0, draw->key1, a.threshold, block, own.steps[r] - own.firstStep, own.head,
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

// Calls visit(n, i, multiplier) for each of a lane's probabilities [n][i] of a tile, with dropout's multiplier.
template <class Visit>
__device__ inline void forEachProbability(const Attention& a, const Draw* draw, const Queries& own, int from,
                                          Visit visit) {
  unsigned kept = keptKeys(a, draw, own, from);
#pragma unroll
  for (int n = 0; n < TILE_KEYS / 8; n++) {
    unsigned keptHere = keptOfEight(draw, kept, n);
#pragma unroll
    for (int i = 0; i < 4; i++)
      visit(n, i, multiplierOf(a, draw, own.firstStep, own.steps[i / 2], keptHere >> 8 * (i / 2),
                               2 * pairOfLane() + (i & 1)));
  }
}

// Updates the largest score with those of row r of a tile. Returns the factor that brings earlier sums to its scale.
__device__ inline float raise(Softmax& s, const float (*scores)[4], int r) {
  float largest = MINUS_INFINITY;
#pragma unroll
  for (int n = 0; n < TILE_KEYS / 8; n++) largest = fmaxf(largest, fmaxf(scores[n][2 * r], scores[n][2 * r + 1]));
  return raise(s, quadMax(largest));
}

template <int HEAD>
__device__ inline void attendTiles(Attention a, const Draw* draw, const float* q, int64 qStride, float* out,
                                   int64 outStride) {
  __shared__ KeyTile<HEAD> tile;
  Queries own;
  if (!findQueries(a, own)) return;
  float sums[HEAD / 8][4] = {};
  Softmax softmax[2];
  forEachTile<HEAD>(a, own, q, qStride, tile, [&](int from, float (*scores)[4]) {
    float before[2] = {raise(softmax[0], scores, 0), raise(softmax[1], scores, 1)};
    forEachProbability(a, draw, own, from, [&](int n, int i, float m) {
      float p = expf(scores[n][i] - reference(softmax[i / 2]));
      softmax[i / 2].total += p;
      scores[n][i] = p * m;
    });
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++)
#pragma unroll
      for (int i = 0; i < 4; i++) sums[n][i] *= before[i / 2];
    addTimesTile<HEAD, TILE_KEYS>(scores, tile.values, sums);
  });
#pragma unroll
  for (int r = 0; r < 2; r++) {
    float total = quadSum(softmax[r].total);
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++) {
      sums[n][2 * r] /= total;
      sums[n][2 * r + 1] /= total;
    }
  }
  storeRows<HEAD>(sums, a, own, out, outStride);
}

template <int HEAD>
__device__ inline void attentionStatisticsTiles(Attention a, const Draw* draw, AttentionGradient g) {
  __shared__ KeyTile<HEAD> tile;
  Queries own;
  if (!findQueries(a, own)) return;
  float weighted[2] = {};
  Softmax softmax[2];
  forEachTile<HEAD>(a, own, g, tile, [&](int from, float (*scores)[4], float (*dps)[4]) {
#pragma unroll
    for (int r = 0; r < 2; r++) weighted[r] *= raise(softmax[r], scores, r);
    forEachProbability(a, draw, own, from, [&](int n, int i, float m) {
      float p = expf(scores[n][i] - reference(softmax[i / 2]));
      softmax[i / 2].total += p;
      weighted[i / 2] += p * m * dps[n][i];
    });
  });
#pragma unroll
  for (int r = 0; r < 2; r++) {
    float total = quadSum(softmax[r].total), sum = quadSum(weighted[r]);
    if (pairOfLane() == 0 && own.steps[r] != NOWHERE) {
      int64 at = statisticAt(a, own.numbers[r], own.head);
      g.logSums[at] = softmax[r].largest + logf(total);
      g.means[at] = sum / total;
    }
  }
}

template <int HEAD>
__device__ inline void attentionQueryGradientsTiles(Attention a, const Draw* draw, AttentionGradient g, float* dq,
                                                    int64 dqStride) {
  __shared__ KeyTile<HEAD> tile;
  Queries own;
  if (!findQueries(a, own)) return;
  float sums[HEAD / 8][4] = {}, logSum[2], mean[2];
#pragma unroll
  for (int r = 0; r < 2; r++) {
    bool there = own.steps[r] != NOWHERE;
    logSum[r] = there ? g.logSums[statisticAt(a, own.numbers[r], own.head)] : 0.f;
    mean[r] = there ? g.means[statisticAt(a, own.numbers[r], own.head)] : 0.f;
  }
  forEachTile<HEAD>(a, own, g, tile, [&](int from, float (*scores)[4], float (*dps)[4]) {
    forEachProbability(a, draw, own, from, [&](int n, int i, float m) {
      int r = i / 2;
      scores[n][i] = expf(scores[n][i] - logSum[r]) * (m * dps[n][i] - mean[r]) * a.scale;
    });
    addTimesTile<HEAD, TILE_KEYS>(scores, tile.keys, sums);
  });
  storeRows<HEAD>(sums, a, own, dq, dqStride);
}

// The keys of a block: 64 of one head, the first of them the first of a counter of dropout. A lane has two rows of
// them, 8 apart.
struct Keys {
  int sequence, head, firstStep;  // a head of the keys, which a group of the queries' heads has in common
  int first, warpRow;             // time step of the block's first key; first row of the warp
  int steps[2], segments[2];      // of the lane's rows; segment 0 for a row that is not there
  bool there[2];
  int width;                      // values of a key of all heads
  int64 at;                       // where the sequence's keys of this head begin
};

// Returns whether this block has any of the time steps [0, keySteps).
__device__ inline bool findKeys(const Attention& a, int keySteps, Keys& own) {
  int heads = a.heads / a.group, blocks = gridDim.x / (a.sequences * heads);
  own.head = blockIdx.x / blocks % heads;
  own.sequence = blockIdx.x / blocks / heads;
  own.firstStep = a.firstSteps[own.sequence];
  own.first = firstCounter(own.firstStep) + blockIdx.x % blocks * BLOCK_ROWS;
  own.warpRow = threadIdx.x / 32 * 16;
  own.width = heads * a.headSize;
  own.at = (int64)own.sequence * a.capacity * own.width + own.head * a.headSize;
#pragma unroll
  for (int r = 0; r < 2; r++) {
    own.steps[r] = own.first + own.warpRow + rowOfLane() + 8 * r;
    own.there[r] = own.steps[r] >= 0 && own.steps[r] < keySteps;
    own.segments[r] = own.there[r] ? a.segments[(int64)own.sequence * a.steps + own.steps[r]] : 0;
  }
  return own.first < keySteps;
}

template <int HEAD>
__device__ inline void addKeyRows(const float (*rows)[4], const Attention& a, const Keys& own, float* sums) {
#pragma unroll
  for (int r = 0; r < 2; r++) {
    float* row = sums + own.at + (int64)(own.there[r] ? own.steps[r] : 0) * own.width;
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++)
      addPair(own.there[r], row, 8 * n + 2 * pairOfLane(), a.headSize, rows[n][2 * r], rows[n][2 * r + 1]);
  }
}

// A tile of a sequence's queries of one head with everything that the backward pass needs of them.
template <int HEAD, int TILE>
struct QueryTile {
  unsigned queries[TILE][WORDS(HEAD)], gradients[TILE][WORDS(HEAD)];
  int steps[TILE], segments[TILE];
  float logSums[TILE], means[TILE];
};

template <int HEAD, int TILE>
__device__ inline void loadQueries(const Attention& a, const AttentionGradient& g, int sequence, int head, int from,
                                   int end, QueryTile<HEAD, TILE>& tile) {
  __syncthreads();  // the tile before may still be read
  int at = head * a.headSize;
  loadTile<HEAD, TILE>(tile.queries, g.q + at, g.qStride, a.queryRows, from, end, a.headSize);
  loadTile<HEAD, TILE>(tile.gradients, g.dOut + at, g.dOutStride, a.queryRows, from, end, a.headSize);
  for (int i = threadIdx.x; i < TILE; i += blockDim.x) {
    bool there = from + i < end;
    int step = there ? a.querySteps[from + i] : NOWHERE;
    tile.steps[i] = step;
    tile.segments[i] = there ? a.segments[(int64)sequence * a.steps + step] : 0;
    tile.logSums[i] = there ? g.logSums[statisticAt(a, from + i, head)] : 0.f;
    tile.means[i] = there ? g.means[statisticAt(a, from + i, head)] : 0.f;
  }
  __syncthreads();
}

// Which keys of a warp dropout keeps for one query of a tile, another one in each lane: two bytes of 8 keys each.
template <int TILE>
__device__ inline unsigned keptKeys(const Attention& a, const Draw* draw, const Keys& own, int head,
                                    const int* steps) {
  if (!draw) return 0;
  unsigned kept = 0;
  int warpKey = own.first + own.warpRow;
#pragma unroll
  for (int r = 0; r < 2; r++)
    kept |= keptOf(draw->key0, draw->key1, a.threshold, (warpKey - own.firstStep) / 8 + r,
                   steps[threadIdx.x % TILE] - own.firstStep, head, draw->firstSequence + own.sequence)
            << 8 * r;
  return kept;
}

// Rows are a warp's keys here, and columns a tile's queries.
template <int HEAD, int TILE>
__device__ inline void attentionKeyGradientsTiles(Attention a, const Draw* draw, AttentionGradient g, float* keySums,
                                                  float* valueSums, int keySteps) {
  __shared__ unsigned keys[BLOCK_ROWS][WORDS(HEAD)], values[BLOCK_ROWS][WORDS(HEAD)];
  __shared__ QueryTile<HEAD, TILE> tile;
  Keys own;
  if (!findKeys(a, keySteps, own)) return;
  loadTile<HEAD, BLOCK_ROWS>(keys, a.keys + own.at, own.width, nullptr, own.first, keySteps, a.headSize);
  loadTile<HEAD, BLOCK_ROWS>(values, a.values + own.at, own.width, nullptr, own.first, keySteps, a.headSize);
  int end = a.queryStarts[own.sequence + 1];
  float dk[HEAD / 8][4] = {}, dv[HEAD / 8][4] = {};
  for (int head = own.head * a.group; head < (own.head + 1) * a.group; head++)
    for (int from = a.queryStarts[own.sequence]; from < end; from += TILE) {
      if (a.querySteps[min(from + TILE, end) - 1] < own.first) continue;  // before all of the block's keys
      loadQueries(a, g, own.sequence, head, from, end, tile);
      float ps[TILE / 8][4], ds[TILE / 8][4];
      timesTile<HEAD, TILE>(keys + own.warpRow, tile.queries, ps);
      timesTile<HEAD, TILE>(values + own.warpRow, tile.gradients, ds);
      unsigned kept = keptKeys<TILE>(a, draw, own, head, tile.steps);
#pragma unroll
      for (int n = 0; n < TILE / 8; n++)
#pragma unroll
        for (int i = 0; i < 4; i++) {
          int column = 8 * n + 2 * pairOfLane() + (i & 1), r = i / 2, key = own.steps[r], step = tile.steps[column];
          unsigned keptHere = draw ? __shfl_sync(FULL_WARP, kept, column) : 0;
          float m = multiplierOf(a, draw, own.firstStep, step, keptHere >> 8 * r, rowOfLane());
          bool seen = key == step || (key < step && seesSegment(tile.segments[column], own.segments[r]));
          float p = seen ? expf(ps[n][i] * a.scale - tile.logSums[column]) : 0.f;
          ds[n][i] = p * (m * ds[n][i] - tile.means[column]) * a.scale;
          ps[n][i] = m * p;
        }
      addTimesTile<HEAD, TILE>(ps, tile.gradients, dv);
      addTimesTile<HEAD, TILE>(ds, tile.queries, dk);
    }
  addKeyRows<HEAD>(dk, a, own, keySums);
  addKeyRows<HEAD>(dv, a, own, valueSums);
}

// Queries of a tile for the gradients of keys: those of larger heads would need too much shared memory.
#define TILE_QUERIES(HEAD) ((HEAD) > 64 ? 16 : 32)

#define TENSOR_CORE_KERNELS(HEAD)                                                                                      \
  extern "C" __global__ void attendTiles##HEAD(Attention a, const Draw* draw, const float* q, int64 qStride,           \
                                               float* out, int64 outStride) {                                          \
    attendTiles<HEAD>(a, draw, q, qStride, out, outStride);                                                            \
  }                                                                                                                    \
  extern "C" __global__ void attentionStatisticsTiles##HEAD(Attention a, const Draw* draw, AttentionGradient g) {      \
    attentionStatisticsTiles<HEAD>(a, draw, g);                                                                        \
  }                                                                                                                    \
  extern "C" __global__ void attentionQueryGradientsTiles##HEAD(Attention a, const Draw* draw, AttentionGradient g,    \
                                                                float* dq, int64 dqStride) {                           \
    attentionQueryGradientsTiles<HEAD>(a, draw, g, dq, dqStride);                                                      \
  }                                                                                                                    \
  extern "C" __global__ void attentionKeyGradientsTiles##HEAD(Attention a, const Draw* draw, AttentionGradient g,      \
                                                              float* keySums, float* valueSums, int keySteps) {        \
    attentionKeyGradientsTiles<HEAD, TILE_QUERIES(HEAD)>(a, draw, g, keySums, valueSums, keySteps);                    \
  }
TENSOR_CORE_KERNELS(32)
TENSOR_CORE_KERNELS(64)
TENSOR_CORE_KERNELS(128)
#endif
