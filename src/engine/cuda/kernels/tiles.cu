// Attention of many rows that read one list, on tensor cores: tiles of neighbours that read beginnings of it while
// prompts are read (`attend_tiles`), and rows from anywhere that read the same run of keys while they decode
// (`attend_joint`).
//
// One block takes one tile (TILE_PAIRS (row, query head) pairs at most) and one key head. Four warps of 16 pairs each;
// keys and values come TILE_KEYS at a time, gathered from their slots into shared memory while those before are worked on.
// Softmax is online, in f32. Blocks wait for memory most of the time: registers and shared memory are kept down so that
// several fit on a processor.

#if ELEMENT != 3

#define TILE_PAIRS 64
#define TILE_KEYS 32
// Blocks on one processor that the compiler leaves registers for.
#define TILE_BLOCKS (HEAD_PAD <= 64 ? 6 : HEAD_PAD <= 128 ? 4 : 2)
// 16 bytes more than a head, so that eight rows of one matrix lie in different banks.
#define TILE_STRIDE (HEAD_PAD + 8)
#define TILE_STEPS (HEAD_PAD / 16)

__device__ __forceinline__ void copy_async(u32 to, const void* from, bool wanted) {
    // Of size 0: fills up with zeros.
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(wanted ? 16 : 0));
}

__device__ __forceinline__ void load_matrices(u32* out, u32 from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"(from));
}

__device__ __forceinline__ void load_transposed(u32* out, u32 from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"(from));
}

// c[16×8] += a[16×16] · b[16×8]
__device__ __forceinline__ void multiply_add(float* c, const u32* a, const u32* b) {
#if ELEMENT == 1
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
#else
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
#endif
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

__device__ __forceinline__ u32 pack(float low, float high) {
    u32 both;
#if ELEMENT == 1
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
#else
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
#endif
    return both;
}

struct TileMemory {
    element queries[TILE_PAIRS][TILE_STRIDE];
    element keys[2][TILE_KEYS][TILE_STRIDE];
    element values[2][TILE_KEYS][TILE_STRIDE];
    u32 entries[2][TILE_KEYS];
};

// Starts the copy of TILE_KEYS keys and values; `list` holds `count` slots from the first of them on.
__device__ __forceinline__ void fetch(TileMemory& memory, int stage, const u32* list, int count,
                                      const element* keys, const element* values) {
    const int chunks = HEAD_PAD / 8;
    const u32 key_base = (u32)__cvta_generic_to_shared(&memory.keys[stage][0][0]);
    const u32 value_base = (u32)__cvta_generic_to_shared(&memory.values[stage][0][0]);
#pragma unroll
    for (int i = threadIdx.x; i < TILE_KEYS * chunks; i += 128) {
        const int key = i / chunks, chunk = i % chunks;
        const bool wanted = key < count;
        const u32 slot = wanted ? list[key] & ~BIASED : 0;
        const size_t from = (size_t)slot * KV_HEADS * HEAD_PAD + chunk * 8;
        const u32 to = (key * TILE_STRIDE + chunk * 8) * sizeof(element);
        copy_async(key_base + to, keys + from, wanted);
        copy_async(value_base + to, values + from, wanted);
    }
    if (threadIdx.x < TILE_KEYS) memory.entries[stage][threadIdx.x] = threadIdx.x < count ? list[threadIdx.x] : 0;
    asm volatile("cp.async.commit_group;");
}

// Sums of one thread's two pairs, lane / 4 and lane / 4 + 8 of the warp's: of dims n · 8 + lane % 4 · 2 and the next,
// `sums[n][2 · i]` and `sums[n][2 · i + 1]`; the largest score, times log2(e); and the thread's share of Σ 2^(score − largest).
struct Attended {
    float sums[2 * TILE_STEPS][4];
    float largest[2], total[2];
};

// Of the tile's pairs; `row_of(pair)` says in which row of the batch a pair's query stands, for pairs below `pairs`.
// `length`: how many keys of the list the thread's pairs read; `longest`: any pair.
template <typename RowOf>
__device__ __forceinline__ void attend_list(TileMemory& memory, Attended& attended, const element* qkv, const u32* list,
                                            const element* keys, const element* values, int pairs, RowOf row_of,
                                            const int* length, int longest, const float* added, float scale) {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int quad = lane % 4;
    const int kv_head = blockIdx.y;
    keys += kv_head * HEAD_PAD;
    values += kv_head * HEAD_PAD;
    const int blocks = (longest + TILE_KEYS - 1) / TILE_KEYS;
    if (blocks > 0) fetch(memory, 0, list, longest, keys, values);
    // Heads stand at multiples of their length.
#if HEAD_DIM % 8 == 0
    typedef uint4 Piece;
#else
    typedef u32 Piece;
#endif
    const int piece = sizeof(Piece) / sizeof(element), pieces = HEAD_PAD / piece;
#pragma unroll 4
    for (int i = threadIdx.x; i < TILE_PAIRS * pieces; i += 128) {
        const int pair = i / pieces, dim = i % pieces * piece;
        Piece query = {};
        if (pair < pairs && dim < HEAD_DIM) {
            const u32 head = kv_head * GROUP + pair % GROUP;
            query = *reinterpret_cast<const Piece*>(qkv + (size_t)row_of(pair) * QKV_WIDTH + head * HEAD_DIM + dim);
        }
        *reinterpret_cast<Piece*>(&memory.queries[pair][dim]) = query;
    }
    float(&sums)[2 * TILE_STEPS][4] = attended.sums;
    float(&largest)[2] = attended.largest;
    float(&total)[2] = attended.total;
#pragma unroll
    for (int i = 0; i < 2 * TILE_STEPS; i++) sums[i][0] = sums[i][1] = sums[i][2] = sums[i][3] = 0.0f;
    largest[0] = largest[1] = -INFINITY_F;
    total[0] = total[1] = 0.0f;
    const bool busy = warp * 16 < pairs;
    const u32 query_base = (u32)__cvta_generic_to_shared(&memory.queries[warp * 16 + lane % 16][lane / 16 * 8]);
    scale *= LOG2E;

    for (int block = 0; block < blocks; block++) {
        const int stage = block % 2, first = block * TILE_KEYS;
        if (block + 1 < blocks) {
            const int next = first + TILE_KEYS;
            fetch(memory, 1 - stage, list + next, longest - next, keys, values);
            asm volatile("cp.async.wait_group 1;");
        } else {
            asm volatile("cp.async.wait_group 0;");
        }
        __syncthreads();
        if (busy) {
            // Scores of 16 pairs and TILE_KEYS keys.
            float scores[TILE_KEYS / 8][4];
            const u32 key_base = (u32)__cvta_generic_to_shared(&memory.keys[stage][0][0]);
#pragma unroll
            for (int n = 0; n < TILE_KEYS / 8; n++) scores[n][0] = scores[n][1] = scores[n][2] = scores[n][3] = 0.0f;
#pragma unroll
            for (int step = 0; step < TILE_STEPS; step++) {
                u32 query[4];
                load_matrices(query, query_base + step * 16 * sizeof(element));
#pragma unroll
                for (int n = 0; n < TILE_KEYS / 16; n++) {
                    const int key = n * 16 + lane % 8 + (lane / 16) * 8, dim = (lane / 8 % 2) * 8;
                    u32 b[4];
                    load_matrices(b, key_base + (key * TILE_STRIDE + step * 16 + dim) * sizeof(element));
                    multiply_add(scores[2 * n], query, b);
                    multiply_add(scores[2 * n + 1], query, b + 2);
                }
            }
            float best[2] = {largest[0], largest[1]};
#pragma unroll
            for (int n = 0; n < TILE_KEYS / 8; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    const int key = n * 8 + quad * 2 + i % 2;
                    float score = bend_score(scores[n][i] * scale);
                    if (memory.entries[stage][key] & BIASED) score += added[i / 2];
                    if (first + key >= length[i / 2]) score = -INFINITY_F;
                    scores[n][i] = score;
                    best[i / 2] = fmaxf(best[i / 2], score);
                }
            }
            float shift[2];
#pragma unroll
            for (int i = 0; i < 2; i++) {
                best[i] = fmaxf(best[i], __shfl_xor_sync(ALL_LANES, best[i], 1));
                best[i] = fmaxf(best[i], __shfl_xor_sync(ALL_LANES, best[i], 2));
                shift[i] = best[i] == -INFINITY_F ? 0.0f : best[i];
                const float fade = exp2f(largest[i] - shift[i]);
                largest[i] = best[i];
                total[i] *= fade;
#pragma unroll
                for (int n = 0; n < 2 * TILE_STEPS; n++) {
                    sums[n][2 * i] *= fade;
                    sums[n][2 * i + 1] *= fade;
                }
            }
#pragma unroll
            for (int n = 0; n < TILE_KEYS / 8; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    scores[n][i] = exp2f(scores[n][i] - shift[i / 2]);
                    total[i / 2] += scores[n][i];
                }
            }
            const u32 value_base = (u32)__cvta_generic_to_shared(&memory.values[stage][0][0]);
#pragma unroll
            for (int k = 0; k < TILE_KEYS / 16; k++) {
                const u32 a[4] = {pack(scores[2 * k][0], scores[2 * k][1]), pack(scores[2 * k][2], scores[2 * k][3]),
                                  pack(scores[2 * k + 1][0], scores[2 * k + 1][1]),
                                  pack(scores[2 * k + 1][2], scores[2 * k + 1][3])};
                const int key = k * 16 + lane % 16, dim = (lane / 16) * 8;
#pragma unroll
                for (int n = 0; n < TILE_STEPS; n++) {
                    u32 b[4];
                    load_transposed(b, value_base + (key * TILE_STRIDE + n * 16 + dim) * sizeof(element));
                    multiply_add(sums[2 * n], a, b);
                    multiply_add(sums[2 * n + 1], a, b + 2);
                }
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < 2; i++) {
        total[i] += __shfl_xor_sync(ALL_LANES, total[i], 1);
        total[i] += __shfl_xor_sync(ALL_LANES, total[i], 2);
    }
}

// grid (tiles, KV_HEADS), 128 threads; tiles: (first row, rows); sinks: null, or per head the score of one key more.
extern "C" __global__ void __launch_bounds__(128, TILE_BLOCKS)
    attend_tiles(const element* qkv, const element* keys, const element* values, const u32* lists,
                 const uint2* reads, const float* bias, const uint2* tiles, const float* sinks,
                 element* out, float scale) {
    extern __shared__ __align__(16) unsigned char raw_memory[];
    TileMemory& memory = *reinterpret_cast<TileMemory*>(raw_memory);
    const uint2 tile = tiles[blockIdx.x];
    const int pairs = tile.y * GROUP;
    const u32 start = reads[tile.x].x;
    const int longest = reads[tile.x + tile.y - 1].y - start;
    const int first = threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4;
    auto row_of = [&](int pair) { return tile.x + pair / GROUP; };
    int length[2];
    float added[2];
#pragma unroll
    for (int i = 0; i < 2; i++) {
        const int pair = first + 8 * i;
        length[i] = pair < pairs ? reads[row_of(pair)].y - start : 0;
        added[i] = pair < pairs ? bias[row_of(pair)] * LOG2E : 0.0f;
    }
    Attended attended;
    attend_list(memory, attended, qkv, lists + start, keys, values, pairs, row_of, length, longest, added, scale);
#pragma unroll
    for (int i = 0; i < 2; i++) {
        const int pair = first + 8 * i;
        if (pair >= pairs) continue;
        const u32 head = blockIdx.y * GROUP + pair % GROUP;
        const float total = attended.total[i];
        float share = total == 0.0f ? 0.0f : 1.0f / total;
        if (sinks != nullptr) {
            const float sink = sinks[head] * LOG2E;
            const float best = fmaxf(attended.largest[i], sink);
            const float fade = exp2f(attended.largest[i] - best);
            share = fade / (total * fade + exp2f(sink - best));
        }
        element* to = out + ((size_t)row_of(pair) * HEADS + head) * HEAD_DIM;
#pragma unroll
        for (int n = 0; n < 2 * TILE_STEPS; n++) {
            const int dim = n * 8 + threadIdx.x % 4 * 2;
            if (dim < HEAD_DIM)
                *reinterpret_cast<u32*>(to + dim) =
                    pack(attended.sums[n][2 * i] * share, attended.sums[n][2 * i + 1] * share);
        }
    }
}

// grid (units, KV_HEADS), 128 threads; units: (first entry, entries, first key, keys), every entry (row, part) of which reads
// all of these keys. The result goes to the parts of `part_sums` [parts, HEADS, HEAD_DIM] and `part_totals` [parts, HEADS]
// (largest score, total).
extern "C" __global__ void __launch_bounds__(128, TILE_BLOCKS)
    attend_joint(const element* qkv, const element* keys, const element* values, const u32* lists, const float* bias,
                 const uint4* units, const uint2* entries, float* part_sums, float2* part_totals, float scale) {
    extern __shared__ __align__(16) unsigned char raw_memory[];
    TileMemory& memory = *reinterpret_cast<TileMemory*>(raw_memory);
    let_next_start();
    const uint4 unit = units[blockIdx.x];
    const int pairs = unit.y * GROUP;
    entries += unit.x;
    const int first = threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4;
    auto row_of = [&](int pair) { return entries[pair / GROUP].x; };
    int length[2];
    float added[2];
#pragma unroll
    for (int i = 0; i < 2; i++) {
        const int pair = first + 8 * i;
        length[i] = pair < pairs ? unit.w : 0;
        added[i] = pair < pairs ? bias[row_of(pair)] * LOG2E : 0.0f;
    }
    Attended attended;
    attend_list(memory, attended, qkv, lists + unit.z, keys, values, pairs, row_of, length, unit.w, added, scale);
#pragma unroll
    for (int i = 0; i < 2; i++) {
        const int pair = first + 8 * i;
        if (pair >= pairs) continue;
        const size_t at = (size_t)entries[pair / GROUP].y * HEADS + blockIdx.y * GROUP + pair % GROUP;
        if (threadIdx.x % 4 == 0) part_totals[at] = make_float2(attended.largest[i], attended.total[i]);
#pragma unroll
        for (int n = 0; n < 2 * TILE_STEPS; n++) {
            const int dim = n * 8 + threadIdx.x % 4 * 2;
            if (dim < HEAD_DIM)
                *reinterpret_cast<float2*>(part_sums + at * HEAD_DIM + dim) =
                    make_float2(attended.sums[n][2 * i], attended.sums[n][2 * i + 1]);
        }
    }
}

#endif
